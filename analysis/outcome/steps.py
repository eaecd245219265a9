"""The steps from one period to the next that a series can have, and which period holds a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

YEAR = 365.25


@dataclass(frozen=True, kw_only=True)
class Step:
    """word : for one period.   low, high : days from one first day to the next."""

    word: str
    low: int
    high: int
    per_year: float


def _days(word: str, length: int) -> Step:
    return Step(word=word, low=length, high=length, per_year=YEAR / length)


# By the frequency of pandas without its anchor. Of periods of 14 or 28 days, and of half-years, the
# first one says where all of them start.
STEPS = {
    "D": _days("day", 1),
    "W": _days("week", 7),
    "14D": _days("two-week period", 14),
    "28D": _days("four-week period", 28),
    "M": Step(word="month", low=28, high=31, per_year=12.0),
    "Q": Step(word="quarter", low=89, high=93, per_year=4.0),
    "6M": Step(word="half-year", low=181, high=184, per_year=2.0),
    "Y": Step(word="year", low=365, high=366, per_year=1.0),
}
WORDS = {key: step.word for key, step in STEPS.items()}
NAMES = ", ".join(f"{word}s" for word in WORDS.values()).replace(", years", " or years")
# The same periods under other frequencies of pandas.
OTHER_NAMES = {"2W": "14D", "4W": "28D", "2Q": "6M"}
MOSTLY = 0.5  # of the days between its ends have a row in a daily series


def step_of(periods: pd.PeriodIndex) -> str:
    """The key of `STEPS` of periods; their frequency where they have another step."""
    return str(periods.freqstr.split("-")[0])


def usual_step(days: pd.DatetimeIndex) -> str:
    """The key of `STEPS` that the usual distance between days implies; "" if there is none.

    days : two or more, in order, each once.
    """
    gaps = np.diff(days.to_numpy()).astype("timedelta64[D]").astype(float)
    gap = float(np.quantile(gaps, 0.5, method="lower"))
    if gap < 4 and len(days) > MOSTLY * (gaps.sum() + 1):
        return "D"
    # The ends of January and February, or the first days of February and March, are 28 days apart.
    even = (days.day == days.day[0]) | days.is_month_end
    monthly = days.to_period("M").is_unique and bool(even.all())
    fitting = [key for key, step in STEPS.items() if step.low <= gap <= step.high]
    return next((key for key in fitting if not (monthly and is_of_days(key))), "")


def is_of_days(step: str) -> bool:
    """Whether all periods of a step have the same number of days: it is no calendar's."""
    return STEPS[step].low == STEPS[step].high


def frequency(step: str, first: pd.Timestamp) -> str:
    """The frequency of pandas of periods of which one starts on a day."""
    # A week ends on the day before the weekday of its first day.
    return f"W-{(first - pd.Timedelta(days=1)):%a}".upper() if step == "W" else step


def half_years(first_month: int) -> pd.PeriodIndex:
    """A half-year that starts in a month (1 to 12), to be used as `like` in `periods_of`."""
    return pd.PeriodIndex([pd.Period(f"2000-{first_month:02d}", "6M")])


def periods_of(days: pd.DatetimeIndex, like: pd.PeriodIndex) -> pd.PeriodIndex:
    """The periods that hold the days, one after the other as those of `like`."""
    starting = days.to_period(like.freq)
    if like.freq.n == 1 or not len(like):
        return starting
    back = np.where(starting.isna(), 0, (starting.asi8 - like.asi8[0]) % like.freq.n)
    return pd.PeriodIndex.from_ordinals(starting.asi8 - back, freq=like.freq)


def period_of(day: object, like: pd.PeriodIndex) -> pd.Period:
    """The period that holds a day, one of those that go on as `like` does."""
    return periods_of(pd.DatetimeIndex([pd.Timestamp(day)]), like)[0]
