"""Dates become regular periods; what cannot is refused with what decides."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.errors import DataError, InputError


def table(dates, name="date", values=None) -> str:
    values = values or [10 + i * i for i in range(len(dates))]
    return f"{name},n\n" + "".join(f"{d},{v}\n" for d, v in zip(dates, values, strict=True))


def days(first: str, freq: str, n: int = 24, form: str = "%Y-%m-%d") -> list[str]:
    return list(pd.date_range(first, periods=n, freq=freq).strftime(form))


@pytest.mark.parametrize(
    ("dates", "freq", "first_day"),
    [
        (days("2019-03-30", "D"), "D", "2019-03-30"),
        (days("2019-01-02", "7D"), "W-TUE", "2019-01-02"),
        (days("2019-01-02", "14D"), "14D", "2019-01-02"),
        (days("2019-01-02", "28D"), "28D", "2019-01-02"),
        (days("2019-01-31", "ME"), "M", "2019-01-01"),
        (days("2019-01-31", "ME", 3), "M", "2019-01-01"),
        (days("2019-02-01", "MS", 2), "M", "2019-02-01"),
        (days("2019-03-31", "QE"), "Q-DEC", "2019-01-01"),
        (days("2019-01-31", "QE-JAN"), "Q-JAN", "2018-11-01"),
        (days("2019-06-30", "6ME"), "6M", "2019-01-01"),
        (days("1999-12-31", "YE"), "Y-DEC", "1999-01-01"),
        (days("1999-06-30", "YE-JUN"), "Y-JUN", "1998-07-01"),
    ],
)
def test_the_step_is_read_off_the_dates(read, dates, freq, first_day):
    periods = read(table(dates)).periods
    assert periods.freqstr == freq
    assert periods[0].start_time == pd.Timestamp(first_day)
    assert len(periods) == len(dates)


@pytest.mark.parametrize(
    ("name", "first_day", "said"),
    [
        ("week_ending", "2020-12-28", "marks the last day of its week."),
        ("WeekEnding", "2020-12-28", "marks the last day"),
        ("w/e", "2020-12-28", "marks the last day"),
        ("week commencing", "2021-01-03", "marks the first day of its week."),
        ("weekend visits", "2021-01-03", "marks the first day of its week (a guess"),
        ("date", "2021-01-03", "(a guess: nothing in the file says so)"),
    ],
)
def test_what_a_date_marks_is_read_off_the_name_and_said(read, name, first_day, said):
    reading = read(table(days("2021-01-03", "7D"), name))
    assert reading.periods[0].start_time == pd.Timestamp(first_day)
    assert said in " ".join(reading.notes)
    other = read(table(days("2021-01-03", "7D"), name), dates="last")
    assert other.periods[0].start_time == pd.Timestamp("2020-12-28")


def test_day_and_month_are_told_by_the_whole_column(read):
    text = table(days("2018-01-01", "MS", form="%d/%m/%Y"))
    reading = read(text)
    assert reading.periods.freqstr == "M"
    assert "as month/day/year they would not be regular" in " ".join(reading.notes)
    short = table(days("2018-01-01", "MS", 5, form="%d/%m/%Y"))
    with pytest.raises(DataError) as caught:
        read(short)
    assert "2018-02-01" in caught.value.problem
    assert "2018-01-02" in caught.value.problem
    assert caught.value.remedy == "date_order: day first or month first."
    assert read(short, date_order="day first").periods.freqstr == "M"
    assert read(short, date_order="month first").periods.freqstr == "D"


@pytest.mark.parametrize(
    ("years", "name"),
    [
        (["2009/10", "2010/11", "2011/12"], "Year"),
        (["2009-10", "2010-11", "2011-12"], "Year"),
        (["FY10", "FY11", "FY12"], "Year"),
        (["2010", "2011", "2012"], "fiscal_year"),
    ],
)
def test_fiscal_years_need_their_first_month(read, years, name):
    with pytest.raises(DataError) as caught:
        read(table(years, name))
    assert caught.value.remedy.startswith("year_starts: the first month, such as October")
    periods = read(table(years, name), year_starts="October").periods
    assert [str(p) for p in periods] == ["2010", "2011", "2012"]
    assert periods[0].start_time == pd.Timestamp("2009-10-01")
    with pytest.raises(InputError, match="year_starts is 'Oktobre'"):
        read(table(years, name), year_starts="Oktobre")


def test_months_of_fiscal_years(read):
    text = "fiscal_year,month,n\n2020,OCT,5\n2020,NOV,7\n2020,DEC,9\n2020,JAN,12\n"
    periods = read(text, year_starts="10").periods
    assert [str(p) for p in periods] == ["2019-10", "2019-11", "2019-12", "2020-01"]


def test_gaps_stay_gaps(read):
    dates = days("2019-01-01", "MS")
    reading = read(table([*dates[:5], *dates[7:]]))
    assert [str(p) for p in reading.gaps] == ["2019-06", "2019-07"]
    assert len(reading.values) == 24
    written = read(table(dates).replace(",35\n", ",NA\n"))
    assert written.facts["Missing"] == "1 written NA"
    assert [str(p) for p in written.gaps] == ["2019-06"]


@pytest.mark.parametrize(
    "dates",
    [
        ["2020-01-01", "2020-01-02", "2020-01-04", "2020-01-09", "2020-02-01"],
        ["2019-01-07", "2019-01-14", "2019-01-22", "2019-01-28"],
        ["2019-01-01", "2019-02-01", "2019-02-15", "2019-03-01"],
        ["2019", "2019-02", "2019-03", "2019-04"],
    ],
)
def test_irregular_dates_are_refused(read, dates):
    with pytest.raises(DataError):
        read(table(dates))


def test_days_are_added_up_to_whole_weeks_and_months(read):
    dates = days("2019-01-03", "D", 60)
    weeks = read(table(dates, values=[7, 8] * 30), step="weeks", kind="count")
    assert weeks.values.tolist() == [52.0, 53.0] * 4
    assert weeks.periods[0].start_time == pd.Timestamp("2019-01-07")
    assert any("Left out at the ends" in said for said in weeks.notes)
    months = read(
        table(days("2019-01-03", "D", 99), values=[7, 8] * 49 + [7]), step="months", kind="measure"
    )
    assert [str(p) for p in months.periods] == ["2019-02", "2019-03"]
    assert months.values.tolist() == pytest.approx([7.5, 7.5], abs=0.02)


def test_a_gap_makes_its_week_a_gap(read):
    dates = days("2019-01-07", "D", 28)
    reading = read(
        table(dates[:9] + dates[10:], values=[7 + i % 3 for i in range(27)]), step="weeks"
    )
    assert reading.values.isna().tolist() == [False, True, False, False]


def test_weeks_are_not_months(read):
    with pytest.raises(InputError, match="the file has a row for each week"):
        read(table(days("2019-01-07", "7D")), step="months")


def test_parts_of_days_are_added_up_or_refused(read):
    text = table(
        days("2019-01-01", "6h", 28, form="%Y-%m-%d %H:%M"), values=[i % 4 + 1 for i in range(28)]
    )
    with pytest.raises(DataError) as caught:
        read(text)
    assert caught.value.remedy == "step: days, weeks or months adds the rows up."
    assert read(text, step="days").values.tolist() == [10.0] * 7


def test_rows_without_dates_are_refused(read):
    text = "id,n\n" + "".join(f"{i},{100 + i * i % 7}\n" for i in range(1, 25))
    with pytest.raises(DataError, match="No column holds dates") as caught:
        read(text)
    assert caught.value.remedy.startswith("date_column: the column of dates")


@pytest.mark.parametrize(
    ("dates", "n"),
    [
        (["2019H1", "2019H2", "2020H1"], 3),
        (["2019-04-01", "2019-10-01", "2020-04-01"], 3),
        (["2019-09-30", "2020-03-31", "2020-09-30"], 3),
    ],
)
def test_half_years_of_the_calendar_and_others(read, dates, n):
    reading = read(table(dates), dates="last" if dates[0].endswith("30") else "first")
    periods = reading.periods
    assert (periods.freqstr, len(periods)) == ("6M", n)
    firsts = {"2019H1": "2019-01-01", "2019-04-01": "2019-04-01", "2019-09-30": "2019-04-01"}
    assert periods[0].start_time == pd.Timestamp(firsts[dates[0]])
    assert reading.outcome().periods.equals(periods)


def test_months_are_added_up_to_half_years(read):
    months = read(
        table(days("2019-03-01", "MS", 23), values=[5] * 11 + [6] * 12), step="half-years"
    )
    assert months.values.tolist() == [30.0, 35.0, 36.0]
    assert months.periods[0].start_time == pd.Timestamp("2019-07-01")
    assert months.outcome().step == "half-year"


@pytest.mark.parametrize(
    ("freq", "word"),
    [("D", "day"), ("7D", "week"), ("14D", "two-week period"), ("28D", "four-week period")],
)
def test_each_step_that_is_read_becomes_an_outcome(read, freq, word):
    outcome = read(table(days("2019-01-02", freq, 40), "period_start")).outcome()
    assert (outcome.step, len(outcome.periods)) == (word, 40)
    assert outcome.periods[0].start_time == pd.Timestamp("2019-01-02")


def test_weeks_that_are_no_iso_weeks_are_refused_as_such(read):
    """2014 has 53 weeks from Sunday on, and 52 from Monday on."""
    weeks = [(2014, w) for w in range(1, 54)] + [(2015, w) for w in range(1, 53)]
    rows = "".join(f"{y},{w},{y + w}\n" for y, w in weeks)
    with pytest.raises(DataError, match="'2014-W53' in line 54, and that year has 52") as caught:
        read(f"year,week,cases\n{rows}")
    assert "a column with the first day of each week" in caught.value.remedy
