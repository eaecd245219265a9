"""From dates to regular periods: the step, what a date marks, gaps, and adding up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import DataError, InputError
from analysis.reading.dates import month_number
from analysis.reading.when import When
from analysis.reading.wording import choices, shown
from analysis.show import number

# Days between neighbours -> the length of a step in days, or the letter of a calendar period.
DAYS = {1: "D", 7: "W", 14: "14D", 28: "28D"}
CALENDAR = (("M", 28, 31), ("Q", 89, 93), ("6M", 181, 184), ("Y", 364, 366))
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
# What rows can be added up to, and from what.
STEPS = {
    "days": "D",
    "weeks": "W",
    "months": "M",
    "quarters": "Q",
    "half-years": "6M",
    "years": "Y",
}
ORDER = ("S", "D", "W", "14D", "28D", "M", "Q", "6M", "Y")
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
    if step in DAYS.values():
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
    if unit == "D" and gap in DAYS and not (monthly and gap == 28):
        return DAYS[int(gap)]
    if unit == "D" and gap < 4 and len(distinct) > MOST_GAPS * (gaps.sum() + 1):
        return "D"
    return next((letter for letter, low, high in CALENDAR if low <= gap <= high), "")


def _of_days(values: pd.Series, distinct: pd.Series, step: str, marks: str, name: str) -> Periods:
    length = next(days for days, word in DAYS.items() if word == step)
    off = distinct[(distinct - distinct.iloc[0]).dt.days % length != 0]
    if len(off):
        raise DataError(
            f"'{name}' is usually {length} days apart, and {off.iloc[0]:%Y-%m-%d} is not.",
            rule=f"Periods of {WORDS[step]} follow each other in steps of {length} days.",
            remedy="Correct that date, or add the rows up to months (step=months) if they are days.",
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
    months = distinct.dt.month
    size = 3 if step == "Q" else 12
    places = set(months % size)
    if len(places) > 1 or places == {1 % size}:
        return step, ()
    word = WORDS[step]
    if not marks or places == {0}:
        if places == {0}:
            return step, ()
        return step, (f"A date stands for the calendar {word} that holds it (a guess).",)
    end = (int(months.iloc[0]) - 2) % 12 + 1 if marks == "first" else int(months.iloc[0])
    if marks == "first" and step == "Q":
        end = (int(months.iloc[0]) + 1) % 12 + 1
    name = f"{pd.Timestamp(2000, end, 1):%b}".upper()
    return f"{step}-{name}", (
        f"A date marks the {marks} {'day' if unit == 'D' else 'month'} of its {word}.",
    )


def _irregular(name: str, distinct: pd.Series, gaps: np.ndarray) -> DataError:
    usual = float(np.median(gaps))
    return DataError(
        f"'{name}' has dates that are usually {usual:g} days apart (from {gaps.min()} to {gaps.max()}).",
        rule="Periods are days, weeks, two or four weeks, months, quarters, half-years or years, "
        "one after the other.",
        remedy="Add the rows up to days, weeks or months in the file, with a 0 where there was nothing.",
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
            f"{'' if sample is None else f'{sample:%Y}'}, and nothing says in which month they start.",
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


def _month_before(month: int) -> str:
    return f"{pd.Timestamp(2000, (month - 2) % 12 + 1, 1):%b}".upper()


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
    made = pd.PeriodIndex.from_ordinals(index.asi8, freq=f"{step}-{_month_before(start)}")
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


def fill_gaps(values: pd.Series, name: str) -> pd.Series:
    """The series with a row for each period from the first to the last value, NaN in gaps.

    Raises
    ------
    DataError : more than half of the periods have no row.
    """
    held = values.dropna()
    periods = pd.PeriodIndex(values.index)
    if len(held) < 2:
        raise DataError(
            f"'{name}' has {len(held)} values.",
            rule="A series has at least two values.",
            remedy="Give a file, column or filter with more values.",
        )
    whole = pd.period_range(held.index.min(), held.index.max(), freq=periods.freq)
    lacking = len(whole.difference(periods))
    if lacking > MOST_GAPS * len(whole):
        raise DataError(
            f"'{name}' has no row for {lacking} of {len(whole)} periods from {whole[0]} to {whole[-1]}.",
            rule="At least half of the periods of a series have a row.",
            remedy="Give a file with the lacking periods, or a column with fewer gaps.",
        )
    return values.reindex(whole)


def add_up(
    values: pd.Series, step: str, to: str, *, mean: bool
) -> tuple[pd.Series, tuple[str, ...]]:
    """Shorter periods added up (or averaged) to longer ones.

    A period of which a part has no row is left out at the ends, and a gap inside.

    Parameters
    ----------
    values : one value a row (rows of one day may repeat where `step` is "S").
    to : a key of `STEPS`.

    Raises
    ------
    InputError : the periods cannot be put together from these.
    """
    target = STEPS.get(to)
    if target is None:
        raise InputError(
            f"step is '{shown(to)}'.", rule=f"It is auto, {choices(STEPS)}.", remedy="step: auto."
        )
    word = "day" if step == "S" else WORDS[step]
    if ORDER.index(target) < ORDER.index(step) or (step in ("W", "14D", "28D") and target != step):
        raise InputError(
            f"step is {to}, and the file has a row for each {word}.",
            rule="Rows are added up to periods that hold them whole: days to weeks, months or "
            "longer, months to quarters or longer.",
            remedy="step: auto.",
        )
    if target == step:
        return values, ()
    parts = values.groupby(level=0).agg("mean" if mean else lambda day: day.sum(skipna=False))
    if target == "D":
        return parts, (f"Rows of one day are {'averaged' if mean else 'added up'}.",)
    whole = "W-SUN" if target == "W" else target
    periods = pd.PeriodIndex(parts.index)
    groups = periods.start_time.to_period(whole)
    held = parts.notna().groupby(groups).sum()
    wanted = pd.Series({p: _number_inside(p, periods) for p in held.index})
    made = parts.groupby(groups).agg("mean" if mean else "sum").where(held >= wanted)
    ends = [str(p) for p in (made.index[0], made.index[-1]) if np.isnan(made[p])]
    said = [
        f"Each {word} is {'averaged' if mean else 'added up'} to {to}"
        f"{' that start on Monday' if target == 'W' else ''}."
    ]
    if ends:
        said.append(f"Left out at the ends, as they are not whole: {choices(ends, 'and')}.")
    inside = int(made.isna().sum()) - len(ends)
    if inside:
        said.append(f"{number(inside)} {to} inside are gaps, as they are not whole.")
    return made, tuple(said)


def _number_inside(period: pd.Period, periods: pd.PeriodIndex) -> int:
    """How many of the shorter periods a longer one holds (weekdays only where no row is else)."""
    parts = pd.period_range(period.start_time, period.end_time, freq=periods.freq)
    if periods.freqstr == "D" and not periods.day_of_week.isin((5, 6)).any():
        return int((parts.day_of_week < 5).sum())
    return len(parts)
