"""Whether the months of a published table are all there, and each of them whole."""

from __future__ import annotations

import pandas as pd

from analysis.border.sources.formats import Format
from analysis.errors import DataError

OCTOBER = 10  # fiscal year N starts in October N-1
NEARLY_WHOLE = 0.55  # a last month with fewer rows than this share of the month before is partial


def refuse_future(frame: pd.DataFrame, today: pd.Period, file: str) -> None:
    """Figures of a month to come are a mistake in the file."""
    last = frame["period"].max()
    if last > today:
        raise DataError(
            f"'{file}' has figures for {last}, which is in the future.",
            rule=f"Figures end at the latest in the current month, {today}.",
            remedy="Check the fiscal year in the file: fiscal year N starts in October N-1.",
        )


def without_partial_end(
    frame: pd.DataFrame, rows: pd.Series, kind: Format, today: pd.Period
) -> tuple[pd.DataFrame, list[str]]:
    """Leave out a last month that is not over or not complete, and say so."""
    last = frame["period"].max()
    if last == frame["period"].min():
        return frame, []
    reason = None
    if last >= today:
        reason = "it is not over yet"
    elif lacking := _lacking(frame, kind).get(last):
        reason = f"it has no row for {lacking}"
    elif rows[last] < NEARLY_WHOLE * rows.get(last - 1, 0):
        reason = f"it has {rows[last]} rows, the month before {rows[last - 1]}"
    if reason is None:
        return frame, []
    kept = frame[frame["period"] < last].reset_index(drop=True)
    return kept, [f"The last month, {last}, is incomplete and left out: {reason}."]


def note_late_start(frame: pd.DataFrame) -> list[str]:
    """Published files start with a fiscal year; say it where one does not."""
    first = frame["period"].min()
    if first.month == OCTOBER:
        return []
    return [
        f"The file starts in {first}, not in October as published files do: months may have "
        "been cut off."
    ]


def _lacking(frame: pd.DataFrame, kind: Format) -> dict[pd.Period, str]:
    """Per month, a value that other months have and that a complete month has to have."""
    lacking = {}
    for dimension in kind.whole:
        held = frame.groupby("period")[dimension].unique()
        every = set(frame[dimension].unique())
        for period, values in held.items():
            if absent := every.difference(values):
                lacking[period] = f"{dimension} {min(absent)}"
    return lacking


def refuse_missing_periods(frame: pd.DataFrame, file: str) -> None:
    """A hole would be a period of no encounters, or be skipped."""
    held = pd.PeriodIndex(frame["period"].unique()).sort_values()
    missing = pd.period_range(held[0], held[-1], freq=held.freq).difference(held)
    if len(missing):
        raise DataError(
            f"'{file}' has no row for {', '.join(map(str, missing[:5]))}.",
            rule="A file holds every period between its first and its last.",
            remedy="Download the file again; it may have been cut off or filtered.",
        )


def refuse_partial_months(frame: pd.DataFrame, kind: Format, file: str) -> None:
    """A month inside the table that lacks a whole component or border is not a total."""
    for period, value in _lacking(frame, kind).items():
        raise DataError(
            f"'{file}' has no row for {value} in {period}, though it has in other months.",
            rule=f"A complete month has rows for every {' and '.join(kind.whole)}.",
            remedy="Download the file again; it may have been cut off or filtered.",
        )
