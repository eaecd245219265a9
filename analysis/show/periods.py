"""How days and periods are written for a reader."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd


def period_name(period: pd.Period) -> str:
    """A period as a reader says it: June 2024, the week of 3 June 2024, 5 June 2024, 2024."""
    start = period.start_time
    day = day_name(start)
    match period.freqstr.split("-")[0]:
        case "D":
            return day
        case "W":
            return f"the week of {day}"
        case "14D" | "28D" as days:
            return f"the {'two' if days == '14D' else 'four'} weeks from {day}"
        case "M":
            return f"{start:%B %Y}"
        case "Q":
            return f"quarter {period.quarter} of {period.year}"
        case "6M":
            return _months(start, period.end_time)
    return str(period.year)


def day_name(day: date | pd.Period) -> str:
    """A day as a reader says it: 5 June 2024."""
    return f"{day.day} {day.strftime('%B %Y')}"


def in_period(period: pd.Period) -> str:
    """When something was: in June 2024, on 5 June 2024."""
    return f"{'on' if period.freqstr == 'D' else 'in'} {period_name(period)}"


def span_name(first: pd.Period, last: pd.Period) -> str:
    """A span of periods: June to December 2024."""
    if first == last:
        return period_name(first)
    if first.freqstr in ("M", "6M"):
        return _months(first.start_time, last.end_time)
    return f"{period_name(first)} to {period_name(last)}"


def _months(first: pd.Timestamp, last: pd.Timestamp) -> str:
    return f"{first:%B}{f' {first:%Y}' if first.year < last.year else ''} to {last:%B %Y}"


def unbroken(periods: Iterable[pd.Period]) -> list[tuple[pd.Period, pd.Period]]:
    """The first and last of each unbroken run of periods."""
    found: list[tuple[pd.Period, pd.Period]] = []
    for period in sorted(periods):
        if found and period == found[-1][1] + 1:
            found[-1] = (found[-1][0], period)
        else:
            found.append((period, period))
    return found
