"""What a template makes of its facts: paragraphs, points, words in bold, blanks."""

import jinja2
import pytest

from analysis.filled import environment
from analysis.outcome import Intervention, find_intervention
from analysis.pages.said import prose, say


class Series:
    """As much of an outcome as the template asks for."""

    name, notes, caveats, step = (
        "visits\n\n- to a clinic",
        ("**Not** all",),
        ("One.", "One."),
        "month",
    )


def asked(season):
    main = find_intervention("2021-05-01", {})
    return prose("effect", "question", outcome=Series(), main=main, others=[], season=season)


def test_words_in_bold_begin_a_paragraph_and_a_fact_ends_none():
    question, assumptions = asked(season=True).paragraphs
    assert question[0] == "Question."
    assert "How far did visits - to a clinic run above" in question[1].replace("  ", " ")
    assert assumptions[0] == "Assumptions."


@pytest.mark.parametrize(
    ("season", "said"), [(True, "trend and season would"), (False, "trend would")]
)
def test_blanks_around_words_that_depend_on_facts_are_kept(season, said):
    assert said in asked(season).paragraphs[1][1]


def test_lines_with_a_dash_are_points_each_once_and_empty_ones_are_left_out():
    main = Intervention(name="m", label="M", start=find_intervention("2021-05-01", {}).start)
    told = prose("effect", "limits", outcome=Series(), main=main, later=[], inside=["A", "B"],
                 periods=1, past=False)  # fmt: skip
    assert told.paragraphs == ()
    assert told.points[0] == ("Not", "all")
    assert "Modelled, with dates taken as known: A and B." in told.points
    assert (
        "The expected path is carried through 1 month: the further out, the more" in told.points[3]
    )
    assert told.points.count("One.") == 1


def test_a_part_in_one_line_and_a_fact_that_is_missing():
    assert say("question", "zeros", count=1) == "1 value is 0."
    assert say("question", "zeros", count=0) == ""
    with pytest.raises(jinja2.UndefinedError):
        environment().from_string("{{ missing }}").render()
