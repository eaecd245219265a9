"""Whether the months of a published table are all there, and each of them whole."""

from __future__ import annotations

import pandas as pd

from analysis.border.refusals import refusal
from analysis.border.sources.formats import Format

OCTOBER = 10  # fiscal year N starts in October N-1
NEARLY_WHOLE = 0.55  # a last month with fewer rows than this share of the month before is partial


def refuse_future(frame: pd.DataFrame, today: pd.Period, file: str) -> None:
    """Figures of a month to come are a mistake in the file."""
    if (last := frame["period"].max()) > today:
        raise refusal("future", file=file, last=str(last), today=str(today))


def without_partial_end(
    frame: pd.DataFrame, rows: pd.Series, kind: Format, today: pd.Period
) -> tuple[pd.DataFrame, list[str]]:
    """Leave out a last month that is not over or not complete, and say so."""
    first, last = frame["period"].min(), frame["period"].max()
    reason = ""
    if last >= today:
        reason = "it is not over yet"
    elif lacking := _lacking(frame, kind).get(last):
        reason = f"it has no row for {lacking}"
    elif rows[last] < NEARLY_WHOLE * rows.get(last - 1, 0):
        reason = f"it has {rows[last]} rows, the month before {rows[last - 1]}"
    if not reason or first == last:
        return frame, []
    kept = frame[frame["period"] < last].reset_index(drop=True)
    return kept, [f"The last month, {last}, is incomplete and left out: {reason}."]


def note_late_start(frame: pd.DataFrame) -> list[str]:
    """Published files start with a fiscal year; say it where one does not."""
    first = frame["period"].min()
    late = f"The file starts in {first}, not in October as published files do: months may have "
    return [] if first.month == OCTOBER else [late + "been cut off."]


def _lacking(frame: pd.DataFrame, kind: Format) -> dict[pd.Period, str]:
    """Per month, a value that other months have and that a complete month has to have."""
    return {
        period: f"{dimension} {min(absent)}"
        for dimension in kind.whole
        for period, held in frame.groupby("period")[dimension].unique().items()
        if (absent := set(frame[dimension].unique()).difference(held))
    }


def refuse_missing_periods(frame: pd.DataFrame, file: str) -> None:
    """A hole would be a period of no encounters, or be skipped."""
    held = pd.PeriodIndex(frame["period"].unique()).sort_values()
    missing = pd.period_range(held[0], held[-1], freq=held.freq).difference(held)
    if len(missing):
        raise refusal("missing periods", file=file, periods=", ".join(map(str, missing[:5])))


def refuse_partial_months(frame: pd.DataFrame, kind: Format, file: str) -> None:
    """A month inside the table that lacks a whole component or border is not a total."""
    for period, value in _lacking(frame, kind).items():
        raise refusal("partial month", file=file, value=value, period=str(period), names=kind.whole)
