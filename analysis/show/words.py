"""How days, periods and other words stand in a sentence; and the package's own files of words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd
import yaml

# A day, a month or a quarter as computers write them.
ISO = re.compile(r"\b(?:19|20)\d\d(?:-[01]\d(?:-[0-3]\d)?|Q[1-4])\b")


@cache
def words(place: str) -> dict[str, Any]:
    """What a file of words (YAML) of the package holds; `place` is under `analysis/`."""
    found: dict[str, Any] = yaml.safe_load(files("analysis").joinpath(place).read_text("utf-8"))
    return found


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """The text with a small first letter, but not an acronym."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


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


def dates_in_words(text: str) -> str:
    """A text for a terminal with its dates as a reader says them: 2024-06, 2024-06-05, 2024Q2."""
    return ISO.sub(lambda date: period_name(pd.Period(date[0])), text)


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
