"""From labelled rows to `Encounters`: every label translated, every rule of a table checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from analysis.border import facts
from analysis.border.sources.cells import doubts, refuse_totals, tally
from analysis.border.sources.formats import OPEN_LISTS, TRANSLATORS, Format
from analysis.border.sources.labels import SPELLINGS
from analysis.border.sources.months import (
    OCTOBER,
    note_late_start,
    refuse_future,
    refuse_missing_periods,
    refuse_partial_months,
    without_partial_end,
)
from analysis.border.sources.rows import short
from analysis.border.sources.table import DIMENSIONS, Encounters
from analysis.errors import DataError
from analysis.outcome import Source

CITIZENSHIP = {"citizenship_group": "citizenship"}
MAX_LABELS = 500  # of a column with an open list; the longest published one has 161 countries
RULES: Mapping[str, str] = facts("formats.yml")["rules"]
CHECK_THE_ROW = "Compare this row with the publisher's page, and correct or report it."


def tidy(
    rows: pd.DataFrame, kind: Format, source: Source, today: pd.Period
) -> tuple[Encounters | None, list[str]]:
    """The table that labelled rows make, and notes on what was left out.

    There is no table where the publisher splits nothing yet in all of the months.

    Parameters
    ----------
    rows : categorical columns named by role, `kind.columns` among them.
    today : the current month. It and what follows cannot be complete.

    Raises
    ------
    DataError : a label that is not known, a number that is not a count, a repeated row, a month
        that is missing or incomplete inside the table, or a month of the future.
    """
    _refuse_empty(rows, source.file)
    _refuse_one_year_twice(rows["fiscal_year"], source.file)
    columns = {
        name: _translate(rows[name], TRANSLATORS[name], name, source.file)
        for name in rows
        if name in TRANSLATORS
    }
    months = _calendar_month(columns)
    tallied = tally(rows, columns["encounters"].to_numpy(), months, source.file)
    refuse_totals(tallied, kind.rounded_to, source.file)
    frame = _without_unsplit(_add_up(columns, months), kind)
    if frame.empty:
        return None, []
    refuse_future(frame, today, source.file)
    held = tallied.start + np.arange(len(tallied.lines))
    lines = pd.Series(tallied.lines, _as_periods(held))
    frame, notes = without_partial_end(frame, lines, kind, today)
    notes += note_late_start(frame)
    refuse_missing_periods(frame, source.file)
    refuse_partial_months(frame, kind, source.file)
    first, last = frame["period"].min(), frame["period"].max()
    table = Encounters(
        frame=frame,
        source=source,
        fixed={name: value for name, value in kind.fixed.items() if name not in frame},
        frequency="monthly",
        must_select=kind.must_select,
        doubts={month: said for month, said in doubts(tallied).items() if first <= month <= last},
    )
    return table, notes


def _refuse_empty(rows: pd.DataFrame, file: str) -> None:
    if rows.empty:
        raise DataError(
            f"'{file}' has a header and no rows.",
            rule="A table has at least one row.",
            remedy="Download the file again.",
        )


def _refuse_one_year_twice(column: pd.Series, file: str) -> None:
    """One fiscal year under two labels comes from two releases pasted together."""
    seen: dict[int, str] = {}
    for label in column.cat.categories:
        year = TRANSLATORS["fiscal_year"](label)
        if isinstance(year, int) and seen.setdefault(year, label) != label:
            raise DataError(
                f"'{file}' has fiscal year {year} as '{short(seen[year])}' and '{short(label)}'.",
                rule="One release of a file writes a fiscal year in one way.",
                remedy="Give the releases as separate files; the newest is used for each month.",
            )


def _translate(
    column: pd.Series, translate: Callable[[str], str | int | None], name: str, file: str
) -> pd.Series:
    """A column of codes; the first label without one is refused with its row."""
    found = [translate(str(label)) for label in column.cat.categories]
    if None in found:
        first = int(np.argmax(column.cat.codes.isin([i for i, c in enumerate(found) if c is None])))
        raise _unknown_label(str(column.iloc[first]), name, int(column.index[first]) + 1, file)
    if name in OPEN_LISTS and len(set(found)) > MAX_LABELS:
        raise DataError(
            f"'{file}' has {len(set(found))} different values of {name}.",
            rule=f"A published table has at most {MAX_LABELS}.",
            remedy="Check that the columns are what their header says.",
        )
    if isinstance(found[0], int):
        return pd.Series(np.array(found, dtype=np.int32)[column.cat.codes], column.index)
    codes, uniques = pd.factorize(np.array(found, dtype=object), sort=True)
    return pd.Series(
        pd.Categorical.from_codes(codes[column.cat.codes], categories=uniques), column.index
    )


def _unknown_label(label: str, name: str, row: int, file: str) -> DataError:
    spellings = [s for group in SPELLINGS.get(name, {}).values() for s in group]
    words = name.replace("_", " ")
    what = "no value" if not label.strip() else f"the unknown value '{short(label)}'"
    return DataError(
        f"'{file}' has {what} in the column {words} (data row {row}).",
        rule=RULES.get(name) or f"A known {words} is one of: {', '.join(spellings)}.",
        remedy=CHECK_THE_ROW,
    )


def _calendar_month(columns: Mapping[str, pd.Series]) -> np.ndarray:
    """Months since year 0. Fiscal year N runs from October N-1 to September N."""
    year, month = columns["fiscal_year"], columns["month"]
    return ((year - (month >= OCTOBER)).astype(np.int64) * 12 + month - 1).to_numpy()


def _add_up(columns: Mapping[str, pd.Series], months: np.ndarray) -> pd.DataFrame:
    """One row a month and cell, in order: each cell has a number, and counts are added by it."""
    split = {CITIZENSHIP.get(name, name): column for name, column in columns.items()}
    names = [name for name in DIMENSIONS if name in split]
    number = months - months.min()
    for name in names:
        codes = split[name].cat
        number = number * len(codes.categories) + codes.codes.to_numpy()
    number, place = np.unique(number, return_inverse=True)
    counts = np.bincount(place, weights=columns["encounters"]).astype(np.int64)
    cells = {}
    for name in reversed(names):
        categories = split[name].cat.categories
        number, codes = np.divmod(number, len(categories))
        cells[name] = pd.Categorical.from_codes(codes, categories=categories)
    ordered = {name: cells[name] for name in names}
    period = _as_periods(number + months.min())
    return pd.DataFrame({"period": period, **ordered, "encounters": counts})


def _as_periods(months: np.ndarray) -> pd.PeriodIndex:
    return pd.PeriodIndex.from_ordinals(months - 1970 * 12, freq="M")


def _without_unsplit(frame: pd.DataFrame, kind: Format) -> pd.DataFrame:
    """Drop the months in which the publisher did not tell a value apart yet."""
    for value, start in kind.starts.items():
        early = frame["period"] < pd.Period(start, "M")
        frame = frame[~(early & (frame[kind.must_select[0]] == value))]
    return frame.reset_index(drop=True)
