import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.ticker import MaxNLocator

from analysis import show
from analysis.show.numbers import RAISED


@pytest.mark.parametrize(
    ("value", "digits", "signed", "text"),
    [
        (1234567.4, 0, False, "1,234,567"),
        (-35.94, 1, True, "\u221235.9"),
        (1.2, 1, True, "+1.2"),
        (-0.0001, 1, True, "0.0"),
    ],
)
def test_number(value, digits, signed, text):
    assert show.number(value, digits, signed=signed) == text


def test_estimates_have_three_significant_digits():
    assert show.estimate(547246.6) == "547,000"
    assert show.estimate(12.345) == "12.3"
    assert show.estimate(0.012345) == "0.0123"
    assert show.estimate(0.0005) == "0.0005"
    assert show.estimate(-1.5e-9) == "\u22121.50 \u00d7 10\u207b\u2079"
    assert show.estimate(2e20) == "2.00 \u00d7 10\u00b2\u2070"
    assert show.amount(1589596.98, "encounters") == "1,590,000 encounters"


def test_what_stands_somewhere_has_no_sign_of_a_change():
    assert show.standing(36.3, "%") == "36.3%"
    assert show.standing(5.0, "deaths a week") == "5 deaths a week"
    assert show.standing(8056.4, "visits a day", whole=True) == "8,056 visits a day"
    assert show.standing(1.0, "visits a day") == "1 visit a day"
    assert show.standing(17.23, "ratio") == "17.2"


@pytest.mark.parametrize(
    ("alpha", "told"), [(0.05, "a 95%"), (0.2, "an 80%"), (0.89, "an 11%"), (0.82, "an 18%")]
)
def test_an_interval_has_the_article_of_its_number(alpha, told):
    assert show.an_interval(alpha) == f"{told} interval"


def test_dates_of_computers_are_told_as_a_reader_says_them():
    told = show.dates_in_words("'visits' is 0 in 2015-05, 2024Q2 and on 2017-06-01, not in 1,201.")
    assert told == (
        "'visits' is 0 in May 2015, quarter 2 of 2024 and on 1 June 2017, not in 1,201."
    )


def test_a_column_of_amounts_is_marked_and_one_with_words_is_not():
    html = show.table(["a", "b", "c", "d"], [["x", "1,200", "−3.1%", "1 to 2"]], caption="Three.")
    assert "class='n2 n3'" in html


def test_per_cent_carries_its_sign_and_its_unit():
    assert show.amount(-11.94, "% a month") == "\u221211.9% a month"
    assert show.interval(-59.34, 1.2, "%") == "\u221259.3% to +1.2%"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1940489.4, "19,400 times"),
        (950.0, "10.5 times"),
        (-99.97, "below \u221299.9%"),
        (-99.7, "\u221299.7%"),
        (-100.0, "\u2212100%"),
        (0.004, "+0.004%"),
        (0.4, "+0.4%"),
        (-0.0, "0%"),
    ],
)
def test_per_cent_is_never_rounded_to_nothing_or_to_all(value, text):
    assert show.amount(value, "%", 0) == text


@pytest.mark.parametrize(
    ("unit", "one"),
    [
        ("encounters", "encounter"),
        ("deaths a day", "death a day"),
        ("entries", "entry"),
        ("boxes", "box"),
        ("people", "people"),
        ("price index", "price index"),
    ],
)
def test_a_unit_after_the_number_one(unit, one):
    assert show.singular(unit) == one
    assert show.amount(1, unit, 0) == f"1 {one}"


def test_numbers_of_things():
    assert [show.many(n, "month") for n in (0, 1, 1200)] == ["0 months", "1 month", "1,200 months"]


def test_verbs_and_units_follow_the_number():
    assert [show.verb(n, "were") for n in (0, 1, 2)] == ["were", "was", "were"]
    assert [show.verb(n, "lie") for n in (1, 2)] == ["lies", "lie"]
    assert show.amount(-1.0, "visits a day", 0) == "\u22121 visit a day"
    assert show.rough(-47.3, "%") == "\u221247%"
    assert show.rough(-0.4731, "visits a day") == "\u22120.473 visits a day"


def test_an_interval_without_ends_is_not_identified():
    assert show.interval(math.nan, 1.0, "%") == "not identified"
    assert show.interval(-1.0, math.inf, "%") == "not identified"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.00001, "< 0.001"),
        (0.0559, "0.056"),
        (0.2, "0.20"),
        (-0.1, "< 0.001"),
        (1.2, "1.00"),
        (None, ""),
    ],
)
def test_p_value(p, text):
    assert show.p_value(p) == text
    assert show.p_words(p) == (f"p {text}" if p and p < 0.001 else f"p = {text}")


def test_period_names():
    assert show.period_name(pd.Period("2024-06", "M")) == "June 2024"
    assert show.period_name(pd.Period("2024-06-05", "W")) == "the week of 3 June 2024"
    assert show.period_name(pd.Period("2024Q2", "Q")) == "quarter 2 of 2024"
    assert show.period_name(pd.Period("2024", "Y")) == "2024"
    assert show.period_name(pd.Period("2024-06-03", "28D")) == "the four weeks from 3 June 2024"
    assert show.period_name(pd.Period("2024-07", "6M")) == "July to December 2024"
    assert show.in_period(pd.Period("2024-06-05", "D")) == "on 5 June 2024"
    assert show.in_period(pd.Period("2024-06", "M")) == "in June 2024"
    june, december = pd.Period("2024-06", "M"), pd.Period("2024-12", "M")
    assert show.span_name(june, december) == "June to December 2024"
    assert show.span_name(june - 12, december) == "June 2023 to December 2024"


def test_table_escapes_every_cell():
    html = show.table(["a<b", "x"], [("<script>alert(1)</script>", "&")], caption="<i>")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<th scope='col'>a&lt;b</th>" in html
    assert "<caption>&lt;i&gt;</caption>" in html


def test_table_without_column_names_has_no_empty_header():
    assert "<thead>" not in show.table(["", ""], [("a", "b")], caption="c")


def test_unbroken_runs_of_periods():
    months = [pd.Period(text, "M") for text in ("2024-03", "2023-12", "2024-01", "2024-05")]
    runs = [(str(first), str(last)) for first, last in show.unbroken(months)]
    assert runs == [("2023-12", "2024-01"), ("2024-03", "2024-03"), ("2024-05", "2024-05")]
    assert show.unbroken([]) == []


@pytest.mark.parametrize("ends", [(0, 1), (-0.3, 0.7), (0, 0.22), (5, 5.02), (-1.5, 0.1)])
def test_no_two_marks_of_an_axis_are_alike_whatever_its_size(ends):
    plain = {raised: digit for digit, raised in RAISED.items()} | {ord(","): None}
    for size in 10.0 ** np.arange(-12, 13):
        marks = MaxNLocator(6).tick_values(*(size * end for end in ends))
        texts = [show.mark(value, marks) for value in marks]
        assert len(set(texts)) == len(marks) >= 4
        assert max(map(len, texts)) <= 15
        parts = [t.translate(plain).replace(show.MINUS, "-").split(" \u00d7 10") for t in texts]
        told = [float(number) * 10.0 ** int("".join(raised) or 0) for number, *raised in parts]
        np.testing.assert_allclose(told, marks, rtol=1e-6, atol=1e-6 * size)


def test_numbers_of_rows_are_no_names_of_what_is_handed_on():
    table = pd.DataFrame({"a": [1.5]})
    for index, first in ((None, "index,a\n0,1.5\n"), (["x"], "fit,a\nx,1.5\n")):
        handed = show.with_table("", table if index is None else table.set_axis(index))
        assert handed[show.TABLE_MIME]["csv"] == first


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1150473.0, "1,150,473"),
        (0.0, "0"),
        (-596144.0, "\u2212596,144"),
        (2739.4512, "2,739.45"),
        (0.000104752, "0.000104752"),
        (50.10, "50.1"),
        (999999.96, "1,000,000"),
        (2.38159e-9, "2.38159 \u00d7 10\u207b\u2079"),
        (1.5e18, "1.50000 \u00d7 10\u00b9\u2078"),
    ],
)
def test_a_figure_is_shown_as_it_was_given(value, text):
    assert show.observed(value) == text


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_count_of_numpy_has_the_words_of_a_count(count):
    counted = np.int64(count)
    assert show.verb(counted, "be") == show.verb(count, "be")
    assert show.verb(counted, "lie") == show.verb(count, "lie")
    assert show.many(counted, "month") == show.many(count, "month")
