from dataclasses import replace

import analysis as its
from analysis import headlines
from analysis.checks import Check
from analysis.diagnose import Checks


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
