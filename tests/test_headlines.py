from analysis import headlines
from analysis.checks import Check
from analysis.diagnose import Checks


def test_failed_comparisons_are_said_in_words(outcome):
    failed = Check(name="a", question="q", null="n", status="failed", reason="They differ by 7.")
    said = headlines.data_headline(outcome, outcome, Checks(checks=(failed,)))
    assert said.detail[1] == "1 of 1 comparisons between publishers fail. They differ by 7."
