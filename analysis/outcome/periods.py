"""The steps of series, which periods dates mean, and the numbers of a user on periods."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from analysis.errors import refusal

# A day, a month, a quarter or a year; a week is written by pandas with both its ends.
SPAN = re.compile(r"[12]\d{3}(Q[1-4]|-\d{2}(-\d{2})?)?", re.ASCII)
# Whole numbers that are years.
YEARS = range(1000, 3000)
# A series of which more is missing was read with the wrong frequency, or has a date far off.
MOST_MISSING = 0.5
# What is read as numbers with dates: a series, a frame with one column, or an array.
Numbers: TypeAlias = Any
When: TypeAlias = str | date | pd.Period
YEAR = 365.25  # days


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


def as_period(when: When, like: pd.PeriodIndex, what: str, *, last: bool = False) -> pd.Period:
    """The period, of the same frequency as `like`, that a date means as the end of a span.

    A month in which `like` itself begins or ends means the periods that `like` has of it.

    A month or a year means the periods that begin in it: the first of them, or the last where
    `last`. So 2024-06 is, of weeks, those that begin in June 2024. A day, or anything else in
    which no period begins, means the period that holds it.

    when : text (YYYY-MM-DD, YYYY-MM, YYYY, 2024Q2), date, Timestamp or Period.
    what : how a message calls it, such as "start".

    Raises
    ------
    InputError : not a date.
    """
    if isinstance(when, pd.Period) and when.freq == like.freq and like.freq.n == 1:
        return when
    span = span_of(when)
    if span is None:
        raise refusal("not a date", what=what, when=when)
    edge = period_of(span.end_time if last else span.start_time, like)
    begins_before = edge.start_time < span.start_time
    if not last and begins_before and (edge + 1).start_time <= span.end_time:
        edge = edge + 1
    own = like[-1] if last else like[0]
    inside = span.start_time <= own.start_time <= span.end_time
    return own if inside and not like[0] <= edge <= like[-1] else edge


def span_of(when: object) -> pd.Period | None:
    """The day, month, quarter or year that a text, a date or a period means; None if none."""
    if isinstance(when, pd.Period):
        return when
    text = when.isoformat()[:10] if isinstance(when, date) else str(when).strip().split("/")[0]
    try:
        return pd.Period(text) if SPAN.fullmatch(text) else None
    except ValueError:
        return None


def on_own_periods(given: Numbers, what: str, like: pd.PeriodIndex | None = None) -> pd.Series:
    """Numbers on the periods that their index means, oldest first; NaN where one is missing.

    Parameters
    ----------
    given : a series or a frame with one column, whose index holds periods, the first days of
        periods, or years; or, with `like`, an array with one value for each of its periods.
    what : how a message calls it, such as "'visits'" or "the offset".
    like : periods whose frequency the dates have; None to tell it from the dates.

    Raises
    ------
    DataError : an index of other things, a value that is not a number, a period given twice.
    """
    series = _one_column(given, what, like)
    values = pd.Series(_numbers(series, what), _periods(series.index, what, like)).sort_index()
    repeated = values.index[values.index.duplicated()]
    if len(repeated):
        raise refusal("repeated period", what=what, period=repeated[0])
    return values


def every_period(values: pd.Series, name: str) -> pd.Series:
    """The series from its first to its last value, with NaN in every period between them.

    Raises
    ------
    DataError : no value, or none for more than half of the periods.
    """
    given = values.dropna()
    if given.empty:
        raise refusal("no value", name=name)
    first, last = given.index.min(), given.index.max()
    every = pd.period_range(first, last, freq=first.freq)
    if len(given) < (1 - MOST_MISSING) * len(every):
        step = WORDS[step_of(every)]
        raise refusal("mostly missing", name=name, given=given, every=every, step=step)
    return given.reindex(every)


def named_series(given: Numbers, what: str, like: pd.PeriodIndex) -> dict[str, pd.Series]:
    """Several series by name: of a mapping, a frame (its columns), a series, or an array.

    An array has one row for each period of `like`; its columns are called by `what` and number.

    Raises
    ------
    DataError : as `on_own_periods`.
    """
    match given:
        case None:
            columns: dict[str, Any] = {}
        case pd.Series():
            columns = {str(given.name if given.name is not None else what): given}
        case pd.DataFrame() | Mapping():
            columns = {str(name): column for name, column in given.items()}
        case _:
            table = np.atleast_1d(np.asarray(given))
            table = table[:, None] if table.ndim == 1 else table
            columns = {f"{what} {1 + i}": column for i, column in enumerate(table.T)}
    return {
        name: on_own_periods(column, f"the {what} series '{name}'", like)
        for name, column in columns.items()
    }


def _one_column(given: Numbers, what: str, like: pd.PeriodIndex | None) -> pd.Series:
    if isinstance(given, pd.DataFrame) and given.shape[1] == 1:
        return given.iloc[:, 0]
    if isinstance(given, pd.Series):
        return given
    if like is not None and np.shape(given) == like.shape:
        return pd.Series(np.asarray(given), like)
    array = f", or as an array of {len(like)} values" if like is not None else ""
    raise refusal("no series", what=what, given=given, shape=np.shape(given), array=array)


def _numbers(series: pd.Series, what: str) -> np.ndarray:
    """The values as numbers, NaN where there is none."""
    numbers = pd.to_numeric(series, errors="coerce").to_numpy(float, na_value=np.nan)
    bad = series[np.isinf(numbers) | (np.isnan(numbers) & series.notna().to_numpy())]
    if len(bad):
        raise refusal("not a number", what=what, bad=bad)
    return np.asarray(numbers)


def _periods(index: pd.Index, what: str, like: pd.PeriodIndex | None) -> pd.PeriodIndex:
    if isinstance(index, pd.PeriodIndex):
        return _known_frequency(index, what, like)
    if pd.api.types.is_numeric_dtype(index) and len(index):
        if not set(index) <= set(YEARS):
            first, freq = ("2018-01", "M") if like is None else (like[0], step_of(like))
            raise refusal("numbers for dates", what=what, index=index, first=first, freq=freq)
        index = index.astype(int).astype(str)
    try:
        dates = pd.DatetimeIndex(pd.to_datetime(index, format="ISO8601"))
        if dates.hasnans:
            raise ValueError("a place is empty")
    except (ValueError, TypeError) as error:
        raise refusal("dates missing", what=what, error=error) from None
    dates = dates.tz_localize(None).normalize()
    return periods_of(dates, _guessed(dates, what) if like is None else like)


def _known_frequency(
    index: pd.PeriodIndex, what: str, like: pd.PeriodIndex | None
) -> pd.PeriodIndex:
    if (same := OTHER_NAMES.get(step_of(index))) and len(index):
        index = periods_of(index.start_time, pd.PeriodIndex([index[0].start_time], freq=same))
    if like is not None and index.freq != like.freq:
        raise refusal("other frequency", what=what, index=index, like=like)
    if step_of(index) not in STEPS:
        raise refusal("odd frequency", what=what, index=index, names=NAMES)
    _refuse_overlap(index, what, index if like is None else like)
    return index


def _refuse_overlap(index: pd.PeriodIndex, what: str, like: pd.PeriodIndex) -> None:
    """Periods of several days or months start where those of `like` go on."""
    off = index[(index.asi8 - like.asi8[:1]) % index.freq.n != 0] if len(like) else like
    if len(off):
        raise refusal("overlap", what=what, step=WORDS[step_of(index)], off=off, like=like)


def _guessed(dates: pd.DatetimeIndex, what: str) -> pd.PeriodIndex:
    """A period of the step that the usual distance between dates implies."""
    distinct = dates.unique().sort_values()
    if len(distinct) < 2:
        raise refusal("too few dates", what=what, n=len(distinct))
    step, first = usual_step(distinct), distinct[0]
    if not step:
        usual = np.median(np.diff(distinct)) / np.timedelta64(1, "D")
        raise refusal("odd distance", what=what, usual=usual, names=NAMES)
    if step == "6M":
        return half_years(first.month if first.month % 6 else first.month - 5)
    made = pd.PeriodIndex([first], freq=frequency(step, first))
    if made.freq.n > 1:
        _refuse_overlap(distinct.to_period(made.freq), what, made)
    return made
