"""From dates to regular periods: the step, what a date marks, gaps, and adding up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import DataError, InputError
from analysis.reading.dates import STEPS, month_number
from analysis.reading.when import When
from analysis.reading.wording import shown

LENGTHS = {"D": 1, "W": 7, "14D": 14, "28D": 28}  # days of the steps that are no calendar's
WORDS = {
    "D": "day",
    "W": "week",
    "14D": "two weeks",
    "28D": "four weeks",
    "M": "month",
    "Q": "quarter",
    "6M": "half-year",
    "Y": "year",
}
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
    if form.unit in "YF" and (when.fiscal or year_starts):
        return _fiscal(when, year_starts)
    if when.fiscal and form.unit == "M":
        values = _calendar_months(when, year_starts)
    marks = dates if dates != "auto" else when.marks
    if form.unit == "Q" and (year_starts or when.fiscal):
        return _fiscal(when, year_starts)
    if form.unit in UNIT_STEPS:
        freq, step = UNIT_STEPS[form.unit]
        return Periods(index=pd.PeriodIndex(values, freq=freq), step=step, marks="")
    if form.unit == "S":
        return Periods(index=pd.PeriodIndex(values.dt.normalize(), freq="D"), step="S", marks="")
    return _regular(when, values, marks)


def _regular(when: When, values: pd.Series, marks: str) -> Periods:
    distinct = values.dropna().drop_duplicates().sort_values()
    name = shown(", ".join(when.columns))
    if len(distinct) < 2:
        raise DataError(
            f"'{name}' holds {len(distinct)} different date{'s' if len(distinct) != 1 else ''}.",
            rule="A series has at least two periods.",
            remedy="Give a file with more periods.",
        )
    gaps = distinct.diff().iloc[1:].dt.days.to_numpy()
    step = _step(gaps, distinct, when.dates.unit)
    if not step:
        raise _irregular(name, distinct, gaps)
    if step in LENGTHS:
        return _of_days(values, distinct, step, marks, name)
    said: tuple[str, ...] = ()
    freq = step
    if step == "6M":
        values = values.map(
            lambda day: day.replace(month=1 + 6 * (day.month > 6), day=1), na_action="ignore"
        )
    elif step in "QY":
        freq, said = _calendar(step, distinct, marks, when.dates.unit)
    index = pd.PeriodIndex(values, freq=freq)
    return Periods(index=index, step=step, marks=marks if said else "", said=said)


def _step(gaps: np.ndarray, distinct: pd.Series, unit: str) -> str:
    """The step that the usual distance between dates implies, "" if there is none."""
    gap = float(np.quantile(gaps, 0.5, method="lower"))
    months = distinct.dt.to_period("M")
    # The ends of January and February, or the first days of February and March, are 28 days apart.
    monthly = (
        months.is_unique
        and (distinct.dt.day.eq(distinct.dt.day.iloc[0]) | distinct.dt.is_month_end).all()
    )
    if unit == "D" and gap < 4 and len(distinct) > MOST_GAPS * (gaps.sum() + 1):
        return "D"
    fitting = [step for step, (low, high) in STEPS.items() if low <= gap <= high]
    fitting = [step for step in fitting if step not in LENGTHS or (unit == "D" and not monthly)]
    return fitting[0] if fitting else ""


def _of_days(values: pd.Series, distinct: pd.Series, step: str, marks: str, name: str) -> Periods:
    length = LENGTHS[step]
    off = distinct[(distinct - distinct.iloc[0]).dt.days % length != 0]
    if len(off):
        raise DataError(
            f"'{name}' is usually {length} days apart, and {off.iloc[0]:%Y-%m-%d} is not.",
            rule=f"Dates that are {length} days apart stay so.",
            remedy="Correct that date.",
        )
    said: tuple[str, ...] = ()
    first = values
    if length > 1:
        if marks == "last":
            first = values - pd.Timedelta(days=length - 1)
        said = (
            f"A date marks the {marks or 'first'} day of its {WORDS[step]}"
            f"{'' if marks else ' (a guess: nothing in the file says so)'}.",
        )
    elif not distinct.dt.day_of_week.isin((5, 6)).any() and len(distinct) > 7:
        said = ("No date is a Saturday or Sunday: these days are gaps.",)
    freq = step
    if step == "W":
        freq = f"W-{(first.dropna().iloc[0] - pd.Timedelta(days=1)):%a}".upper()
    if step in ("14D", "28D"):
        return Periods(
            index=pd.PeriodIndex(first, freq=step), step=step, marks=marks or "first", said=said
        )
    return Periods(
        index=pd.PeriodIndex(first, freq=freq),
        step=step,
        marks=(marks or "first") if length > 1 else "",
        said=said,
    )


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
    return f"{step}-{_abbreviation(last)}", (
        f"A date marks the {marks} {named} of its {word}{guess}.",
    )


def _irregular(name: str, distinct: pd.Series, gaps: np.ndarray) -> DataError:
    usual = float(np.median(gaps))
    return DataError(
        f"'{name}' has dates that are usually {usual:g} days apart, from {gaps.min()} to "
        f"{gaps.max()}.",
        rule="Periods are days, weeks, two or four weeks, months, quarters, half-years or years, "
        "one after the other.",
        remedy="Add the rows up to days, weeks or months in the file, with 0 where nothing was.",
    )


def _start(when: When, year_starts: str) -> int:
    """The number of the first month of a fiscal year.

    Raises
    ------
    DataError : it is not given. InputError : it is not a month.
    """
    if not year_starts:
        sample = next((t for t in when.dates.values.dropna()), None)
        raise DataError(
            f"'{shown(', '.join(when.columns))}' holds fiscal years, such as "
            f"{'' if sample is None else f'{sample:%Y}'}, and nothing says when they start.",
            rule="A fiscal year is named by the year in which it ends; 2010/11 is that of 2011.",
            remedy="year_starts: the first month, such as October, July or April (January if they "
            "are calendar years).",
        )
    month = month_number(year_starts) or (int(year_starts) if year_starts.isdigit() else 0)
    if not 1 <= month <= 12:
        raise InputError(
            f"year_starts is '{shown(year_starts)}'.",
            rule="It is a month: January to December, or 1 to 12.",
            remedy="year_starts: October, for example.",
        )
    return month


def _abbreviation(month: int) -> str:
    return f"{pd.Timestamp(2000, month, 1):%b}".upper()


def _fiscal(when: When, year_starts: str) -> Periods:
    start = _start(when, year_starts)
    if start == 1 and when.dates.unit == "F" and when.dates.form == "two years":
        raise DataError(
            f"year_starts is January, and '{shown(when.columns[0])}' holds years such as 2010/11.",
            rule="A calendar year lies in one year.",
            remedy="year_starts: the first month of the fiscal years, such as April.",
        )
    step = "Q" if when.dates.unit == "Q" else "Y"
    # The same year and quarter, of years that end before the first month.
    index = pd.PeriodIndex(when.dates.values, freq=step)
    made = pd.PeriodIndex.from_ordinals(
        index.asi8, freq=f"{step}-{_abbreviation((start - 2) % 12 + 1)}"
    )
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
