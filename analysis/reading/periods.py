"""From dates to regular periods: the step, what a date marks, gaps, and adding up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.reading.dates import STEPS, month_number
from analysis.reading.when import When
from analysis.reading.wording import refusal

WORDS = {step: word for step, (word, _, _) in STEPS.items()}
# The days of the steps that are no calendar's.
LENGTHS = {step: low for step, (_, low, high) in STEPS.items() if low == high}
# Dates that name a period themselves: the frequency and the step.
UNIT_STEPS = {"Y": ("Y", "Y"), "Q": ("Q", "Q"), "H": ("6M", "6M"), "W": ("W-SUN", "W")}
MOST_GAPS = 0.5


@dataclass(frozen=True, kw_only=True)
class Periods:
    """The periods of the rows.

    index : one period a row (NaT where the row has no date).
    step : a key of `WORDS`, or "S" where the rows are parts of days.
    """

    index: pd.PeriodIndex
    step: str
    marks: str
    said: tuple[str, ...] = ()


def find_periods(when: When, dates: str, year_starts: str) -> Periods:
    """The periods that the dates stand for.

    Parameters
    ----------
    dates : "first" or "last" day of the period that a date marks, or "auto".
    year_starts : first month of a fiscal year (October, or 10); "" if there is none.

    Raises
    ------
    DataError : the dates are irregular; the first month of fiscal years is not given.
    """
    form, values = when.dates, when.dates.values
    if form.unit in "YFQ" and (when.fiscal or year_starts):
        return _fiscal(when, year_starts)
    if form.unit in UNIT_STEPS:
        freq, step = UNIT_STEPS[form.unit]
        return Periods(index=pd.PeriodIndex(values, freq=freq), step=step, marks="")
    if form.unit == "S":
        return Periods(index=pd.PeriodIndex(values.dt.normalize(), freq="D"), step="S", marks="")
    if when.fiscal and form.unit == "M":
        values = _calendar_months(when, year_starts)
    return _regular(when, values, dates if dates != "auto" else when.marks)


def _regular(when: When, values: pd.Series, marks: str) -> Periods:
    distinct = values.dropna().drop_duplicates().sort_values()
    name = ", ".join(when.columns)
    if len(distinct) < 2:
        raise refusal("few dates", column=name)
    gaps = distinct.diff().iloc[1:].dt.days.to_numpy()
    step = _step(gaps, distinct, when.dates.unit)
    if not step:
        usual, low, high = float(np.median(gaps)), int(gaps.min()), int(gaps.max())
        raise refusal("irregular", column=name, usual=usual, low=low, high=high)
    if step in LENGTHS:
        return _of_days(values, distinct, step, marks, name)
    said: tuple[str, ...] = ()
    freq = step
    if step == "6M":
        first = values.dt.month.map({m: 1 + m // 7 * 6 for m in range(1, 13)})
        values = pd.to_datetime(pd.DataFrame({"year": values.dt.year, "month": first, "day": 1}))
    elif step in "QY":
        freq, said = _calendar(step, distinct, marks, when.dates.unit)
    index = pd.PeriodIndex(values, freq=freq)
    return Periods(index=index, step=step, marks=marks if said else "", said=said)


def _step(gaps: np.ndarray, distinct: pd.Series, unit: str) -> str:
    """The step that the usual distance between dates implies, "" if there is none."""
    gap = float(np.quantile(gaps, 0.5, method="lower"))
    months = distinct.dt.to_period("M")
    # The ends of January and February, or the first days of February and March, are 28 days apart.
    even = distinct.dt.day.eq(distinct.dt.day.iloc[0]) | distinct.dt.is_month_end
    monthly = months.is_unique and even.all()
    if unit == "D" and gap < 4 and len(distinct) > MOST_GAPS * (gaps.sum() + 1):
        return "D"
    fitting = [step for step, (_, low, high) in STEPS.items() if low <= gap <= high]
    fitting = [step for step in fitting if step not in LENGTHS or (unit == "D" and not monthly)]
    return fitting[0] if fitting else ""


def _of_days(values: pd.Series, distinct: pd.Series, step: str, marks: str, name: str) -> Periods:
    length = LENGTHS[step]
    off = distinct[(distinct - distinct.iloc[0]).dt.days % length != 0]
    if len(off):
        raise refusal("off step", column=name, length=length, day=f"{off.iloc[0]:%Y-%m-%d}")
    if length == 1:
        weekdays = len(distinct) > 7 and not distinct.dt.day_of_week.isin((5, 6)).any()
        said = ("No date is a Saturday or Sunday: these days are gaps.",) if weekdays else ()
        return Periods(index=pd.PeriodIndex(values, freq="D"), step=step, marks="", said=said)
    guess = "" if marks else " (a guess: nothing in the file says so)"
    marks = marks or "first"
    first = values - pd.Timedelta(days=length - 1) if marks == "last" else values
    freq = step
    if step == "W":
        freq = f"W-{(first.dropna().iloc[0] - pd.Timedelta(days=1)):%a}".upper()
    said = (f"A date marks the {marks} day of its {WORDS[step]}{guess}.",)
    return Periods(index=pd.PeriodIndex(first, freq=freq), step=step, marks=marks, said=said)


def _calendar(step: str, distinct: pd.Series, marks: str, unit: str) -> tuple[str, tuple[str, ...]]:
    """The frequency of quarters or years: of the calendar, unless what a date marks says else."""
    months, size, word = distinct.dt.month, 3 if step == "Q" else 12, WORDS[step]
    places = set(months % size)
    guess = ""
    if not marks and unit == "D" and distinct.dt.is_month_end.all():
        marks, guess = "last", " (a guess: all are ends of months)"
    if len(places) > 1 or places == {0} or (places == {1} and marks != "last"):
        return step, ()
    if not marks:
        return step, (f"A date stands for the calendar {word} that holds it (a guess).",)
    month = int(months.iloc[0])
    last = month if marks == "last" else (month + size - 2) % 12 + 1
    named = "day" if unit == "D" else "month"
    said = f"A date marks the {marks} {named} of its {word}{guess}."
    return f"{step}-{_abbreviation(last)}", (said,)


def _start(when: When, year_starts: str) -> int:
    """The number of the first month of a fiscal year.

    Raises
    ------
    DataError : it is not given. InputError : it is not a month.
    """
    if not year_starts:
        year = f"{when.dates.values.dropna().iloc[0]:%Y}"
        raise refusal("fiscal years", column=", ".join(when.columns), year=year)
    month = month_number(year_starts) or (int(year_starts) if year_starts.isdigit() else 0)
    if not 1 <= month <= 12:
        raise refusal("unknown month", given=year_starts)
    return month


def _abbreviation(month: int) -> str:
    return f"{pd.Timestamp(2000, month, 1):%b}".upper()


def _fiscal(when: When, year_starts: str) -> Periods:
    start = _start(when, year_starts)
    if start == 1 and when.dates.unit == "F" and when.dates.form == "two years":
        raise refusal("calendar years", column=when.columns[0])
    step = "Q" if when.dates.unit == "Q" else "Y"
    # The same year and quarter, of years that end before the first month.
    places = pd.PeriodIndex(when.dates.values, freq=step).asi8
    freq = f"{step}-{_abbreviation((start - 2) % 12 + 1)}"
    made = pd.PeriodIndex.from_ordinals(places, freq=freq)
    name = f"{pd.Timestamp(2000, start, 1):%B}"
    said = f"Years start in {name} and are named by the year in which they end."
    return Periods(index=made, step=step, marks="", said=(said,) if start > 1 else ())


def _calendar_months(when: When, year_starts: str) -> pd.Series:
    """Months of fiscal years as calendar months: those from the first month on lie a year back."""
    start, values = _start(when, year_starts), when.dates.values
    back = (values.dt.month >= start) & (start > 1)
    return values.where(~back, values - pd.DateOffset(years=1))


def step_of(periods: pd.PeriodIndex) -> str:
    """The key of `WORDS` of periods."""
    name = periods.freqstr
    return name if name in WORDS else name[0]
