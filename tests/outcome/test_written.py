"""Names, dated events, spans of time and options out of one line of text."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.outcome import SHAPES, Intervention
from analysis.outcome.written import (
    date_of,
    dated,
    parse_events,
    parse_options,
    parse_spans,
    split_names,
)

KNOWN = {"ban": Intervention(name="ban", start=date(2019, 3, 1), label="Ban")}


def test_split_names():
    assert split_names("a, b,c ,") == ["a", "b", "c"]
    assert split_names("") == split_names("none") == []


days = st.dates(date(1950, 1, 1), date(2060, 1, 1))
labels = st.from_regex(r"([A-Za-z]{2,9}( [a-z]{2,9}){0,3})?", fullmatch=True)
labels = labels.filter(lambda label: label.split(" ")[0] not in SHAPES)


@given(
    entries=st.lists(
        st.tuples(days, st.none() | days, st.sampled_from(["", *SHAPES]), labels), max_size=4
    )
)
def test_events_come_back_as_they_were_written(entries):
    entries = [(one, max(one, end) if end else None, *rest) for one, end, *rest in entries]
    written = [
        " ".join(filter(None, [f"{one}..{end}" if end else str(one), shape, label]))
        for one, end, shape, label in entries
    ]
    found = parse_events(", ".join([*written, "ban"]), KNOWN)
    assert found[-1] is KNOWN["ban"]
    for event, (one, end, shape, label) in zip(found, entries, strict=False):
        assert (event.start, event.end, event.shape) == (one, end, shape or None)
        assert event.label.lower() == label.lower() or (not label and "event of" in event.label)


def test_a_month_is_its_first_day_as_a_start_and_its_last_as_an_end():
    (event,) = parse_events("2020-02..2020-02 lockdown")
    assert (event.start, event.end) == (date(2020, 2, 1), date(2020, 2, 29))


def test_a_label_in_small_letters_is_what_a_sentence_says():
    assert dated("2020-03-01", label="the smoking ban").called == "the smoking ban"
    assert dated("2020-03-01", label="the smoking ban").label == "The smoking ban"
    assert dated("2020-03-01", label="Law 3").called == "“Law 3”"
    assert dated("ban", end="2020-01", known=KNOWN).end == date(2020, 1, 31)
    assert dated("ban", known=KNOWN) is KNOWN["ban"]


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (parse_events, "lockdown", "'lockdown' is not a date"),
        (parse_events, "23/3/2020 lockdown", "has no date that can be read"),
        (parse_events, "2020-03..soon", "has no date that can be read"),
        (parse_events, "2020-05..2020-03", "before it starts"),
        (parse_spans, "2020-03..soon", "The span of time is '2020-03..soon'"),
        (parse_spans, "2020..2021..2022", "The span of time is"),
        (parse_options, "4", "The option '4' has no name"),
    ],
)
def test_each_mistake_is_refused(parse, text, message):
    with pytest.raises(InputError, match=message):
        parse(text)


def test_spans_and_options():
    assert parse_spans("2020-03..2020-05, 2021-01") == [
        ("2020-03", "2020-05"),
        ("2021-01", "2021-01"),
    ]
    assert parse_options("maxlags=4, order=1,1,0, kind=x") == {
        "maxlags": 4,
        "order": (1, 1, 0),
        "kind": "x",
    }
    assert parse_options("") == {}


@pytest.mark.parametrize(
    ("freq", "written"),
    [("M", "2020-02"), ("Q", "2020-01"), ("Y", "2020-01"), ("W-SUN", "2020-02-10")],
)
def test_a_period_is_written_as_a_start(freq, written):
    assert date_of(pd.Period("2020-02-15", freq=freq)) == written
