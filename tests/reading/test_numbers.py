"""The decimal mark is decided once for a column; what is no value is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.reading.numbers import is_missing, read_numbers


def column(*texts: str) -> pd.Series:
    return pd.Series(list(texts), dtype=object)


@pytest.mark.parametrize(
    ("texts", "delimiter", "mark", "first"),
    [
        (["12,3", "4"], ";", ",", 12.3),
        (["1.234,5", "987,1"], ";", ",", 1234.5),
        (["1,234.5", "987.1"], ",", ".", 1234.5),
        (["26,014,945", "1,200,000"], ",", ".", 26_014_945),
        (["5,320", "987"], ",", ".", 5320),
        (["5,320", "987"], "\t", ".", 5320),
        (["1 234,5", "2"], ";", ",", 1234.5),
        (["1 234", "987"], ";", ".", 1234),
        (["1'234.50", "2"], ";", ".", 1234.5),
        (["0,123", "0,456"], ";", ",", 0.123),
        (["0.123", "1.456"], ";", ".", 0.123),
        (["1234,567", "1234,568"], ";", ",", 1234.567),
        (["1.5e3", "2"], ",", ".", 1500),
        (["\u22123.5", "2"], ",", ".", -3.5),
        (["1\u202f234,5", "2"], ";", ",", 1234.5),
    ],
)
def test_the_column_decides_the_decimal_mark(texts, delimiter, mark, first):
    numbers = read_numbers(column(*texts), delimiter)
    assert numbers.choice == mark
    assert numbers.values.iloc[0] == first
    assert not len(numbers.bad)


@pytest.mark.parametrize(
    ("texts", "delimiter"),
    [
        (["5,320", "5,272"], ";"),
        (["5,320", "987"], ";"),
        (["5,320", "5,272"], "\t"),
        (["1.234", "987"], ";"),
        (["1.234", "2.001"], "\t"),
        (["1.234", "2,001"], ","),
    ],
)
def test_where_two_readings_fit_none_is_taken(texts, delimiter):
    numbers = read_numbers(column(*texts), delimiter)
    assert numbers.choice == ""
    assert numbers.readings == (",", ".")


def test_one_mark_for_the_whole_column():
    numbers = read_numbers(column("1.50", "2,75"), ";")
    assert numbers.clash == ("1.50", "2,75")


def test_missing_values_are_counted_by_how_they_are_written():
    numbers = read_numbers(column("1", "", "NA", "..", "<5", "-", "NA", "0", "six"), ",")
    assert numbers.missing.value_counts().to_dict() == {
        "": 1, "NA": 2, "..": 1, "<5": 1, "-": 1,
    }  # fmt: skip
    assert numbers.values.dropna().tolist() == [1, 0]
    assert numbers.bad.tolist() == ["six"]


@pytest.mark.parametrize("text", ["0", "-1", "1-4", "5", "no", "n"])
def test_what_is_not_missing(text):
    assert not is_missing(text)


def test_signs_and_footnotes():
    assert read_numbers(column("5%", "6.5 %"), ",").unit == "%"
    assert read_numbers(column("$1,200.50", "-$3"), ",").values.tolist() == [1200.5, -3]
    assert read_numbers(column("5%", "6"), ",").unit == "mixed"
    marked = read_numbers(column("5", "6*", "7 (p)", "8[r]", "9 bp"), ",")
    assert marked.values.dropna().tolist() == [5, 6, 7, 8]
    assert marked.marked == 3
    assert marked.bad.tolist() == ["9 bp"]


@given(
    values=st.lists(st.floats(-1e9, 1e9).map(lambda v: round(v, 2)), min_size=1, max_size=20),
    mark=st.sampled_from(".,"),
    grouped=st.booleans(),
    delimiter=st.sampled_from([";", "\t"]),
)
def test_two_digits_after_the_mark_are_never_misread(values, mark, grouped, delimiter):
    group = {".": ",", ",": "."}[mark] if grouped else ""
    texts = [f"{v:,.2f}".replace(",", "_").replace(".", mark).replace("_", group) for v in values]
    numbers = read_numbers(column(*texts), delimiter)
    np.testing.assert_array_equal(numbers.values, values)
    assert numbers.choice == mark
