from dataclasses import replace

import pytest

import analysis as its
from analysis import headlines

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


def test_claims_are_counted_by_verdict():
    checked = its.check_claims()
    said = headlines.claims_headline(checked).sentence
    assert f"Of {len(checked.claims)} claims" in said
    assert "1 right size but wrong label" in said
    fewer = replace(checked, claims=checked.claims[:1])
    assert headlines.claims_headline(fewer).sentence.startswith("Of 1 claims")


def test_what_should_not_move_and_did_is_named(compared, unmoved):
    said = headlines.groups_headline(compared, unmoved)
    assert "\u221246% (\u221261% to \u221222%)" in said.sentence
    assert any("northern border" in text and "speaks against" in text for text in said.detail)
    still = replace(unmoved, table=unmoved.table.assign(lower=-10.0, upper=10.0))
    assert len(headlines.groups_headline(compared, still).detail) == 1


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
