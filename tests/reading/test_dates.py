"""The forms of dates, each read as the day that it names."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.reading.dates import FORMS, all_forms, looks_like_date, month_number


def forms(*texts: str, loose: bool = False):
    return all_forms(pd.Series(list(texts), dtype=object), loose=loose)


@pytest.mark.parametrize(
    ("text", "unit", "day"),
    [
        ("2019-01-31", "D", "2019-01-31"),
        ("2019/1/5", "D", "2019-01-05"),
        ("20190131", "D", "2019-01-31"),
        ("31/01/2019", "D", "2019-01-31"),
        ("1/31/2019", "D", "2019-01-31"),
        ("31.1.19", "D", "2019-01-31"),
        ("05-Jan-20", "D", "2020-01-05"),
        ("5 January 2020", "D", "2020-01-05"),
        ("January 5, 2020", "D", "2020-01-05"),
        ("2019-01-31 00:00:00", "D", "2019-01-31"),
        ("2019-01-31T00:00:00Z", "D", "2019-01-31"),
        ("2019-01", "M", "2019-01-01"),
        ("201901", "M", "2019-01-01"),
        ("2019m3", "M", "2019-03-01"),
        ("2019-M03", "M", "2019-03-01"),
        ("01/2019", "M", "2019-01-01"),
        ("Jan-19", "M", "2019-01-01"),
        ("Sept 2019", "M", "2019-09-01"),
        ("1981 Feb", "M", "1981-02-01"),
        ("März 2019", "M", "2019-03-01"),
        ("2019Q3", "Q", "2019-07-01"),
        ("Q3 2019", "Q", "2019-07-01"),
        ("Apr-Jun 2019", "Q", "2019-04-01"),
        ("2019H2", "H", "2019-07-01"),
        ("2019-W01", "W", "2018-12-31"),
        ("1991 W06", "W", "1991-02-04"),
        ("1970", "Y", "1970-01-01"),
        ("FY19", "F", "2019-01-01"),
        ("1999/00", "F", "2000-01-01"),
    ],
)
def test_each_form(text, unit, day):
    (form,) = forms(text, text)
    assert form.unit == unit
    assert form.values.tolist() == [pd.Timestamp(day)] * 2


@pytest.mark.parametrize(
    "text",
    ["2019-13", "2019-02-30", "31/31/2019", "2019Q5", "Market 2019", "2019-W54", "0005",
     "Feb-Apr 2019", "9999-01-01", "total", "12.5", "2010-12-2013"],
)  # fmt: skip
def test_what_is_no_date(text):
    assert not looks_like_date(text)


def test_two_orders_of_day_and_month_are_both_given_until_one_cell_decides():
    assert {form.form for form in forms("01/02/2019", "03/04/2019")} == {
        "day/month/year",
        "month/day/year",
    }
    assert [form.form for form in forms("01/02/2019", "13/02/2019")] == ["day/month/year"]


def test_numbers_are_dates_only_where_that_is_asked():
    assert forms("43831", "43862") == []
    (serial,) = forms("43831", "43862", loose=True)
    assert serial.values.tolist() == [pd.Timestamp("2020-01-01"), pd.Timestamp("2020-02-01")]
    (decimal,) = forms("1949", "1949.08333333333", "1949.1666667", loose=True)
    assert decimal.unit == "M"
    assert decimal.values.dt.month.tolist() == [1, 2, 3]
    assert forms("1991.1", "1991.119", loose=True) == []  # weeks: no day can be told


def test_months_of_seven_languages():
    assert [month_number(word) for word in ("Jan.", "févr", "MÄRZ", "abril", "Okt", "dic")] == [
        1, 2, 3, 4, 10, 12,
    ]  # fmt: skip


@given(
    st.dates(min_value=pd.Timestamp(1950, 1, 1).date(), max_value=pd.Timestamp(2030, 1, 1).date())
)
def test_no_form_reads_a_written_date_as_another_of_its_own_kind(day):
    text = f"{day:%Y-%m-%d}"
    (form,) = forms(text)
    assert form.values.iloc[0].date() == day
    assert FORMS[form.form][0] == "D"
