"""What given files hold, and whether they can be used, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from analysis import show
from analysis.border.sources.catalogue import embedded
from analysis.border.sources.compare import cross_checks, newest_first, revisions
from analysis.border.sources.reading import AS_IT_IS, Data, Reading, find_files, read_file
from analysis.border.sources.table import ALL, DIMENSIONS, Encounters
from analysis.effects.checks import Check
from analysis.errors import DataError

MANY = 12  # values of a dimension; more are counted instead of listed
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

    readings: tuple[Reading, ...]
    unusable: tuple[DataError, ...]
    checks: tuple[Check, ...]
    revisions: pd.DataFrame = field(repr=False)
    how: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def describe_data(data: Data, how: Mapping[str, str] = AS_IT_IS) -> Description:
    """Read the given files and say what they hold. A file that cannot be used is not fatal.

    how : how to read a table that is no official one: parameters of `read_series`.

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


def _lines(description: Description) -> Iterator[str]:
    for reading in description.readings:
        yield f"{reading.source.file}: usable"
        yield f"  sha256 {reading.source.sha256}"
        if reading.series is not None:
            facts = reading.series.facts()
            width = max(map(len, facts))
            yield from (f"  {name:<{width}}  {value}" for name, value in facts.items())
        for table in reading.tables:
            yield from _table_lines(table)
        yield from (f"  Note: {note}" for note in reading.notes)
        yield ""
    for error in description.unusable:
        yield f"NOT USABLE: {error}\n"
    if description.checks:
        yield "Agreement with other tables"
        for check in description.checks:
            yield f"  {check.status.upper()} {check.name}: {check.reason}"
        yield ""
    yield from _revision_lines(description.revisions)
    for reading in description.readings:
        if reading.series is not None:
            yield f"To ask a question of it: {reading.series.command(description.how)}"


def _table_lines(table: Encounters) -> Iterator[str]:
    source, (first, last) = table.source, table.periods[[0, -1]]
    yield f"  {source.title} ({source.publisher}), vintage {source.vintage}"
    yield f"    {first} to {last}, {len(table.periods)} months, {len(table.frame):,} cells"
    for name in DIMENSIONS:
        values = sorted(table.values(name) - {ALL})
        if len(values) > MANY:
            yield f"    {name}: {len(values)} values, such as {', '.join(values[:5])}"
        elif values:
            yield f"    {name}: {', '.join(values)}"
    if not table.must_select:
        for year, row in fiscal_year_totals(table).iterrows():
            counts = ", ".join(f"{name} {row[name]:,}" for name in row.index.drop("months"))
            yield f"    fiscal year {year} ({row['months']} months): {counts}"


def _revision_lines(found: pd.DataFrame) -> Iterator[str]:
    if found.empty:
        return
    yield f"Revisions: {len(found)} monthly figures differ between releases"
    large = int((found["difference"].abs() > LARGE * found["old"]).sum())
    if large:
        yield f"  {large} of them by more than {LARGE:.0%}: rows may be missing in one of them."
    for row in found.head(MAX_REVISIONS_SHOWN).itertuples():
        yield (
            f"  {row.table}, {row.series}, {row.month}: {row.old:,} (vintage {row.old_vintage}) "
            f"became {row.new:,} (vintage {row.new_vintage}), {row.difference:+,}"
        )
    if len(found) > MAX_REVISIONS_SHOWN:
        yield f"  and {len(found) - MAX_REVISIONS_SHOWN} more"
