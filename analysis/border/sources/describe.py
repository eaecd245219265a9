"""What given files hold, and whether they can be used, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from analysis import show
from analysis.border.sources.catalogue import embedded
from analysis.border.sources.compare import cross_checks, newest_first, revisions
from analysis.border.sources.reading import AS_IT_IS, Data, GivenFile, find_files, read_file
from analysis.border.sources.table import ALL, DIMENSIONS, Encounters
from analysis.effects.checks import Check
from analysis.errors import DataError
from analysis.show.templates import lay_out

MAX_REVISIONS_SHOWN = 20
LARGE = 0.05  # revisions of a month are usually far below this share


@dataclass(frozen=True, kw_only=True)
class Description(show.Shown):
    """Given files: what each holds, how they agree, and what they revise.

    unusable : each file that cannot be used, with the reason.
    checks : the files compared with each other and with the embedded tables.
    revisions : see `compare.revisions`; the embedded tables are among the releases.
    how : how a table that is no official one was read, as far as it was said.
    """

    readings: tuple[GivenFile, ...]
    unusable: tuple[DataError, ...]
    checks: tuple[Check, ...]
    revisions: pd.DataFrame = field(repr=False)
    how: Mapping[str, str] = field(default_factory=dict)

    @property
    def large_revisions(self) -> int:
        """How many revisions are so large that rows may be missing in a release."""
        return int((self.revisions["difference"].abs() > LARGE * self.revisions["old"]).sum())

    def __str__(self) -> str:
        given = {"splits": _splits, "totals": fiscal_year_totals, "most": MAX_REVISIONS_SHOWN}
        return lay_out("checked", found=self, **given).strip()


def describe_data(data: Data, how: Mapping[str, str] = AS_IT_IS) -> Description:
    """Read the given files and say what they hold. A file that cannot be used is not fatal.

    how : how to read a table that is no official one: parameters of `read_series`.

    Parameters
    ----------
    data : the path of a file, several (a list, or joined by ";"), or a folder.

    Raises
    ------
    DataError : no file is given, or a folder has none.
    """
    readings, unusable = [], []
    for path in find_files(data):
        try:
            readings.append(read_file(path, how))
        except DataError as error:
            unusable.append(error)
    tables = [table for reading in readings for table in reading.tables]
    try:
        chosen = newest_first(tables)
    except DataError as error:
        chosen = tables
        unusable.append(error)
    given = {table.source.name for table in chosen}
    others = [table for table in embedded() if table.source.name not in given]
    return Description(
        readings=tuple(readings),
        unusable=tuple(unusable),
        checks=cross_checks(chosen, others),
        revisions=revisions([*tables, *embedded()]),
        how=how,
    )


def fiscal_year_totals(table: Encounters) -> pd.DataFrame:
    """Encounters by fiscal year (rows, October to September) and border (columns).

    Years of which the table lacks months are among them; `months` says how many it holds.
    """
    periods = pd.PeriodIndex(table.frame["period"])
    year = periods.year + (periods.month >= 10)
    frame = table.with_fixed("border").assign(fiscal_year=year)
    totals = frame.pivot_table(
        index="fiscal_year", columns="border", values="encounters", aggfunc="sum", fill_value=0
    )
    return totals.assign(months=frame.groupby("fiscal_year")["period"].nunique())


def _splits(table: Encounters) -> dict[str, list[str]]:
    """The values of each dimension that a table has, but for "all"."""
    values = {name: sorted(table.values(name) - {ALL}) for name in DIMENSIONS}
    return {name: held for name, held in values.items() if held}
