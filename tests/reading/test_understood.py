"""What was understood is said, in words, in a dict, and as parameters that say the same."""

from __future__ import annotations

import re
import shlex

import pandas as pd
import pytest

import analysis as its
from analysis.design.identified import MIN_SPARE
from analysis.errors import DataError, InputError
from analysis.reading.series import FEWEST, read_series

RATES = "year,month,aces,smokban,pop\n" + "".join(
    f"{2002 + m // 12},{m % 12 + 1},{700 + m * m % 91},{int(m > 10)},{350_000 + 100 * m}\n"
    for m in range(24)
)


def test_values_divided_by_a_column(read):
    with pytest.raises(DataError) as caught:
        read(RATES)
    assert caught.value.remedy == "value_column: aces or pop."
    reading = read(RATES, value_column="aces", divide_by="pop/100000")
    assert reading.kind == "count"
    assert reading.unit == "aces per 100,000 pop"
    assert reading.values.iloc[0] == pytest.approx(700 / 3.5)
    assert reading.top.iloc[0] == 700
    assert reading.under.iloc[0] == 3.5
    assert read(RATES, value_column="aces", divide_by="pop").under.iloc[0] == 350_000
    assert read(RATES, value_column="aces", divide_by="10").values.iloc[0] == 70
    with pytest.raises(DataError, match="divide_by: 'smokban' is 0 for 2002-01"):
        read(RATES, value_column="aces", divide_by="smokban")
    for wrong in ("people", "0", "-5"):
        with pytest.raises(InputError, match="divide_by: there is no column"):
            read(RATES, value_column="aces", divide_by=wrong)


@pytest.mark.parametrize(
    ("name", "values", "kind", "why"),
    [
        ("visits", ["5", "6", "0"], "count", "whole numbers"),
        ("mean_house_price", ["250085", "254184", "1"], "measure", "the name says mean"),
        ("search index", ["24", "25", "9"], "measure", "the name says index"),
        ("cases per 100000", ["24", "25", "9"], "measure", "the name says per"),
        ("cases", ["24.5", "25", "9"], "measure", "not all values are whole"),
        ("balance of trade", ["-4", "25", "9"], "measure", "a value is negative"),
        ("percentage", ["4", "25", "9"], "measure", "the name says percentage"),
        ("unemployed", ["4", "25", "9"], "measure", "the name says unemployed"),
        ("supervisors", ["4", "25", "9"], "count", "whole numbers"),
        ("Inzidenz", ["24", "25", "9"], "measure", "the name says Inzidenz"),
        ("Arbeitslosenquote", ["4", "25", "9"], "measure", "the name says Arbeitslosenquote"),
        ("taxa_desemprego", ["4", "25", "9"], "measure", "the name says taxa"),
        ("taxation cases", ["4", "25", "9"], "count", "whole numbers"),
        ("anxiety", ["44", "100", "9"], "measure", "the greatest is 100"),
        ("anxiety", ["44", "101", "100"], "count", "whole numbers"),
    ],
)
def test_the_kind_is_judged_and_the_reason_given(read, name, values, kind, why):
    rows = "".join(f"2019-{m:02d},{v}\n" for m, v in enumerate(values, 1))
    reading = read(f"month,{name}\n{rows}")
    assert (reading.kind, why in reading.facts["Kind"]) == (kind, True)
    assert read(f"month,{name}\n{rows}", kind="measure").facts["Kind"] == "measure (as given)"


def test_what_was_given_to_decide_is_among_the_parameters(read):
    text = "day;n\n01/02/2019;1.234\n02/02/2019;2.345\n03/02/2019;3.456\n"
    given = {"decimal": "point", "date_order": "day first"}
    reading = read(text, **given)
    assert reading.values.tolist() == [1.234, 2.345, 3.456]
    assert given.items() <= reading.parameters.items()
    assert read(text, **reading.parameters).values.equals(reading.values)


def test_a_number_that_stands_for_missing_is_refused(read):
    with pytest.raises(DataError, match="has -999 for 2019-02"):
        read("month,n\n2019-01,5\n2019-02,-999\n2019-03,7\n2019-04,8\n")


@pytest.mark.parametrize("name", ["kind", "dates", "decimal", "date_order", "step"])
def test_a_parameter_that_is_not_known_is_refused(read, name):
    with pytest.raises(InputError, match=f"{name} is 'Sunday'"):
        read(RATES, value_column="aces", **{name: "Sunday"})


def test_what_was_understood_can_be_shown(read):
    reading = read(f"# source <b>\n{RATES}", value_column="aces", divide_by="pop/100000")
    assert reading.facts["Dates"].startswith("year, month (year-month;")
    assert reading.parameters["date_column"] == "year,month"
    assert "<b>" not in reading._repr_html_()
    assert re.search(r"Gaps\s+none", repr(reading))


def test_the_command_repeats_what_was_said(read):
    given = {"value_column": "aces", "divide_by": "pop/100000", "title": "Acute events"}
    command = read(RATES, **given).command(given)
    words = shlex.split(command)
    assert words[:4] == ["python", "-m", "analysis", "new"]
    assert words[4].endswith("given.csv")
    assert words[5:-2] == [word for k, v in given.items() for word in ("-p", f"{k}={v}")]


def test_a_series_too_short_for_any_effect_is_said_to_be(read):
    assert FEWEST == MIN_SPARE + 3
    rows = [f"2019-{m:02d},{7 * m % 5 + 3}\n" for m in range(1, 7)]
    assert "Too short" in read("month,n\n" + "".join(rows[:5])).notes[-1]
    outcome = read("month,n\n" + "".join(rows)).outcome()
    assert not any("Too short" in note for note in outcome.notes)
    assert its.build_design(outcome, "2019-05-01", shape="level", season=0).X.shape == (6, 3)


def test_a_file_is_called_as_it_is(tmp_path):
    path = tmp_path / "Fälle; 2019 (new).csv"
    path.write_text("month,n\n" + "".join(f"2019-{m:02d},{m * m % 7 + 2}\n" for m in range(1, 9)))
    outcome = read_series(path).outcome()
    (piece,) = outcome.pieces
    assert piece.source.file == path.name
    assert piece.source.vintage == ""
    assert "vintage" not in str(piece)


def test_zeros_before_the_first_value_are_asked_about(read):
    values = [0, 0, *range(60, 80)]
    text = "month,price\n" + "".join(
        f"{2018 + i // 12}-{i % 12 + 1},{v}\n" for i, v in enumerate(values)
    )
    asked = "All values before 2018-03 are 0, and none after it: does the series begin there?"
    assert asked in read(text).notes
    assert asked not in read(f"{text}2020-01,0\n").notes
    assert asked not in read(text.replace(",0\n", ",\n")).notes


@pytest.mark.parametrize(
    ("column", "where", "title", "unit"),
    [
        ("value", "", "given", "units"),
        ("Totals", "", "given", "units"),
        ("visits", "", "visits", "visits"),
        ("n", "place=north", "given (place: north)", "units"),
        ("calls", "place=north", "calls (place: north)", "calls"),
    ],
)
def test_a_column_whose_name_says_nothing_is_called_by_what_does(read, column, where, title, unit):
    rows = [f"{2000 + m // 12}-{m % 12 + 1:02d},north,{50 + m * m % 7}" for m in range(40)]
    reading = read("\n".join([f"month,place,{column}", *rows]), value_column=column, where=where)
    assert reading.title == title
    assert reading.unit == unit


def test_a_series_of_too_many_periods_is_refused_with_a_step_that_works(read):
    days = pd.date_range("1950-01-01", periods=20_100).strftime("%Y-%m-%d")
    text = "day,visits\n" + "".join(f"{day},{50 + i % 7}\n" for i, day in enumerate(days))
    with pytest.raises(DataError, match="20,100 periods") as caught:
        read(text).outcome()
    assert "step=weeks" in caught.value.remedy
    assert len(read(text, step="weeks").outcome().values) < 3000
