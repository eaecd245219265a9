"""From dates to regular periods: the step, what a date marks, gaps, and adding up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import refusal
from analysis.outcome.periods import (
    STEPS,
    WORDS,
    frequency,
    half_years,
    is_of_days,
    periods_of,
    usual_step,
)
from analysis.reading.dates import Dates, month_number

# What rows can be added up to, and from what.
ADDED_TO = {f"{WORDS[step]}s": step for step in ("D", "W", "M", "Q", "6M", "Y")}
ORDER = ("S", *WORDS)
# Dates that name a period themselves, or a moment of a day: the frequency and the step.
UNIT_STEPS = {"Y": ("Y", "Y"), "Q": ("Q", "Q"), "W": ("W-SUN", "W"), "S": ("D", "S")}
# The months of a half-year, a quarter and a year.
SIZES = {"6M": 6, "Q": 3, "Y": 12}


@dataclass(frozen=True, kw_only=True)
class Periods:
    """The periods of the rows.

    index : one period a row.
    step : a key of `STEPS`, or "S" where the rows are parts of days.
    """

    index: pd.PeriodIndex
    step: str
    marks: str = ""
    said: tuple[str, ...] = ()


def find_periods(when: Dates, dates: str, year_starts: str) -> Periods:
    """The periods that the dates stand for.

    Parameters
    ----------
    dates : "first" or "last" day of the period that a date marks, or "auto".
    year_starts : first month of a fiscal year (October, or 10); "" if there is none.

    Raises
    ------
    DataError : the dates are irregular; the first month of fiscal years is not given.
    """
    unit, values = when.unit, when.values
    if unit in "YFQ" and (when.fiscal or year_starts):
        return _fiscal(when, year_starts)
    if unit in UNIT_STEPS:
        freq, step = UNIT_STEPS[unit]
        return Periods(index=pd.PeriodIndex(values, freq=freq), step=step)
    if unit == "H":
        return Periods(index=periods_of(pd.DatetimeIndex(values), half_years(1)), step="6M")
    if when.fiscal and unit == "M":
        values = _calendar_months(when, year_starts)
    return _regular(when, values, dates if dates != "auto" else when.marks)


def _regular(when: Dates, values: pd.Series, marks: str) -> Periods:
    distinct = pd.DatetimeIndex(values.dropna().drop_duplicates().sort_values())
    if len(distinct) < 2:
        raise refusal("few dates", column=when.name)
    step = usual_step(distinct)
    if not step or (is_of_days(step) and when.unit != "D"):
        gaps = pd.Series(distinct).diff().dt.days
        ends = {"usual": gaps.median(), "low": gaps.min(), "high": gaps.max()}
        raise refusal("irregular", column=when.name, **ends)
    if is_of_days(step):
        return _of_days(values, distinct, step, marks, when.name)
    if step == "M":
        return Periods(index=pd.PeriodIndex(values, freq="M"), step=step)
    last, said = _last_month(step, distinct, marks, when.unit)
    index = _ending_in(last, step, pd.DatetimeIndex(values))
    return Periods(index=index, step=step, marks=marks if said else "", said=said)


def _ending_in(month: int, step: str, days: pd.DatetimeIndex) -> pd.PeriodIndex:
    """The quarters, half-years or years that hold the days and of which one ends in a month."""
    if step == "6M":
        return periods_of(days, half_years(month % 6 + 1))
    return days.to_period(f"{step}-{pd.Timestamp(2000, month, 1):%b}".upper())


def _of_days(
    values: pd.Series, distinct: pd.DatetimeIndex, step: str, marks: str, name: str
) -> Periods:
    length = STEPS[step].low
    off = distinct[(distinct - distinct[0]).days % length != 0]
    if len(off):
        raise refusal("off step", column=name, length=length, day=f"{off[0]:%Y-%m-%d}")
    if length == 1:
        weekdays = len(distinct) > 7 and not distinct.day_of_week.isin((5, 6)).any()
        said = ("No date is a Saturday or Sunday: these days are gaps.",) if weekdays else ()
        return Periods(index=pd.PeriodIndex(values, freq="D"), step=step, said=said)
    guess = "" if marks else " (a guess: nothing in the file says so)"
    # Few weeks begin on a Friday or a Saturday; those of many agencies end then.
    if not marks and length == 7 and distinct[0].day_of_week in (4, 5):
        marks, guess = "last", f" (a guess: all are {distinct[0]:%A}s)"
    marks = marks or "first"
    first = values - pd.Timedelta(days=length - 1) if marks == "last" else values
    index = pd.PeriodIndex(first, freq=frequency(step, first.dropna().iloc[0]))
    said = (f"A date marks the {marks} day of its {WORDS[step]}{guess}.",)
    return Periods(index=index, step=step, marks=marks, said=said)


def _last_month(
    step: str, distinct: pd.DatetimeIndex, marks: str, unit: str
) -> tuple[int, tuple[str, ...]]:
    """In which month one of the periods ends: December, unless what a date marks says else."""
    months, size, word = distinct.month, SIZES[step], WORDS[step]
    places = set(months % size)
    guess = ""
    if not marks and unit == "D" and distinct.is_month_end.all():
        marks, guess = "last", " (a guess: all are ends of months)"
    if len(places) > 1 or places == {0} or (places == {1} and marks != "last"):
        return 12, ()
    if not marks:
        return 12, (f"A date stands for the calendar {word} that holds it (a guess).",)
    month = int(months[0])
    last = month if marks == "last" else (month + size - 2) % 12 + 1
    named = "day" if unit == "D" else "month"
    return last, (f"A date marks the {marks} {named} of its {word}{guess}.",)


def _start(when: Dates, year_starts: str) -> int:
    """The number of the first month of a fiscal year.

    Raises
    ------
    DataError : it is not given. InputError : it is not a month.
    """
    if not year_starts:
        year = f"{when.values.dropna().iloc[0]:%Y}"
        raise refusal("fiscal years", column=when.name, year=year)
    month = month_number(year_starts) or (int(year_starts) if year_starts.isdigit() else 0)
    if not 1 <= month <= 12:
        raise refusal("unknown month", given=year_starts)
    return month


def _fiscal(when: Dates, year_starts: str) -> Periods:
    start = _start(when, year_starts)
    if start == 1 and when.unit == "F" and when.form == "two years":
        raise refusal("calendar years", column=when.columns[0])
    step = "Q" if when.unit == "Q" else "Y"
    # The same year and quarter, of years that end before the first month.
    places = pd.PeriodIndex(when.values, freq=step).asi8
    like = _ending_in((start - 2) % 12 + 1, step, pd.DatetimeIndex(["2000-01-01"]))
    made = pd.PeriodIndex.from_ordinals(places, freq=like.freq)
    name = f"{pd.Timestamp(2000, start, 1):%B}"
    said = f"Years start in {name} and are named by the year in which they end."
    return Periods(index=made, step=step, said=(said,) if start > 1 else ())


def _calendar_months(when: Dates, year_starts: str) -> pd.Series:
    """Months of fiscal years as calendar months: those from the first month on lie a year back."""
    start, values = _start(when, year_starts), when.values
    back = (values.dt.month >= start) & (start > 1)
    return values.where(~back, values - pd.DateOffset(years=1))


def add_up(values: pd.Series, step: str, to: str, *, mean: bool) -> pd.Series:
    """Shorter periods added up (or averaged) to longer ones; NaN where a part has no row.

    Parameters
    ----------
    values : one value a row (rows of one day may repeat where `step` is "S").
    to : a key of `ADDED_TO`.

    Raises
    ------
    InputError : the periods cannot be put together from these.
    """
    target = ADDED_TO[to]
    if ORDER.index(target) < ORDER.index(step) or (step in ("W", "14D", "28D") and target != step):
        raise refusal("other step", step=to, word=WORDS.get(step, "day"))
    if target == step:
        return values
    parts = values.groupby(level=0).agg("mean" if mean else lambda day: day.sum(skipna=False))
    if target == "D":
        return parts
    periods = pd.PeriodIndex(parts.index)
    like = half_years(1) if target == "6M" else pd.PeriodIndex(["2000"], freq=target)
    groups = periods_of(periods.start_time, like)
    held = parts.notna().groupby(groups).sum()
    wanted = _numbers_inside(pd.PeriodIndex(held.index), periods)
    return parts.groupby(groups).agg("mean" if mean else "sum").where(held >= wanted)


def _numbers_inside(longer: pd.PeriodIndex, periods: pd.PeriodIndex) -> np.ndarray:
    """How many of the shorter periods each longer one holds (weekdays if there are no others)."""
    first, last = longer.start_time, longer.end_time
    if periods.freqstr == "D" and not periods.day_of_week.isin((5, 6)).any():
        days = first.to_numpy("datetime64[D]"), last.to_numpy("datetime64[D]") + 1
        return np.busday_count(*days)
    size = periods.freq.n
    held = last.to_period(periods.freq).asi8 - first.to_period(periods.freq).asi8
    return held // size + 1
