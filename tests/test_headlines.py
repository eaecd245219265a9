from dataclasses import replace

import pytest

import analysis as its
from analysis import headlines
from analysis.checks import Check
from analysis.diagnose import Checks

EVENTS = ["title-42-end", "mexico-enforcement"]


@pytest.fixture(scope="module")
def compared():
    adults = its.load_outcome(
        demographic="family_unit+single_adult", start="2021-10", end="2024-12"
    )
    children = its.load_outcome(demographic="unaccompanied_child", start="2021-10", end="2024-12")
    return its.compare_groups(adults, children, events=EVENTS)


@pytest.fixture(scope="module")
def unmoved():
    return its.estimate_cells(its.unmoved_outcomes(), start="2021-10", end="2024-11", events=EVENTS)


def test_what_should_not_move_and_did_is_named(compared, unmoved):
    said = headlines.groups_headline(compared, unmoved)
    assert "\u221246% (\u221261% to \u221222%)" in said.sentence
    assert any("northern border" in text and "speaks against" in text for text in said.detail)
    still = replace(unmoved, table=unmoved.table.assign(lower=-10.0, upper=10.0))
    assert len(headlines.groups_headline(compared, still).detail) == 1


def test_failed_comparisons_are_said_in_words(outcome):
    failed = Check(name="a", question="q", null="n", status="failed", reason="They differ by 7.")
    said = headlines.data_headline(outcome, outcome, Checks(checks=(failed,)))
    assert said.detail[1] == "1 of 1 comparisons between publishers fail. They differ by 7."


def test_weeks_name_the_last_week_and_the_chart():
    weekly = its.load_outcome(
        border="nationwide", frequency="weekly", start="2023-01-02", end="2024-12-29"
    )
    weeks = its.first_weeks(weekly)
    said = headlines.weekly_headline(weeks, weekly)
    assert "the week of 22 July 2024" in said.sentence
    assert "\u221254%" in said.sentence
    assert any("Read from a published chart" in text for text in said.detail)
    changed = replace(weeks, table=weeks.table.assign(estimate=-10.0))
    assert "\u221210%" in headlines.weekly_headline(changed, weekly).sentence
