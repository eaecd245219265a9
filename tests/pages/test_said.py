"""What a template makes of results: paragraphs, points, tables, headlines, words in bold."""

from dataclasses import replace
from datetime import date

import jinja2
import pytest

import analysis as its
from analysis.pages import effect, question
from analysis.pages.said import say
from analysis.show.templates import environment


def design_of(outcome, season=1, **changes):
    return its.build_design(replace(outcome, **changes), "2024-06-05", season=season, events=())


def test_words_in_bold_begin_a_paragraph_and_a_fact_ends_none(outcome):
    asked = effect.question(design_of(outcome, name="visits\n\n- to a clinic", parts=()))
    first, assumptions = asked.paragraphs
    assert first[0] == "Question."
    assert "How far did visits - to a clinic run above" in first[1]
    assert assumptions[0] == "Assumptions."


@pytest.mark.parametrize(("season", "said"), [(1, "trend and season would"), (0, "trend would")])
def test_blanks_around_words_that_depend_on_facts_are_kept(outcome, season, said):
    assert said in effect.question(design_of(outcome, season)).paragraphs[1][1]


def test_lines_with_a_dash_are_points_each_once_and_empty_ones_are_left_out(outcome):
    events = [its.Intervention(name=n, label=n, start=date(2023, 5, m))
              for m, n in enumerate("AB", 1)]  # fmt: skip
    noted = replace(outcome, notes=("**Not** all",), catalogue={})
    noted = replace(noted, pieces=(), notes=("**Not** all", "One.", "One."))
    told = effect.limits(its.build_design(noted, "2024-06-05", events=events[:1]))
    assert told.paragraphs == ()
    assert told.points[:2] == (("Not", "all"), "One.")
    assert "Modelled, with dates taken as known: A." in told.points
    assert told.points.count("One.") == 1
    assert effect.limits(design_of(outcome, catalogue={})).points.count("") == 0


def test_a_bar_in_a_name_parts_no_cells_and_a_heading_in_it_makes_no_headline(outcome):
    named = replace(outcome, name="# a | b", parts=(), unit="x | y")
    table = question.values_table(named).table
    assert "<th scope='col'>x | y</th>" in table
    assert "<caption># a | b</caption>" in table
    said = question.data_headline(named)
    assert said.sentence.startswith("# a | b: 39 months")
    assert said.title == "# a | b: what the figures are"


def test_a_part_in_one_line_and_a_fact_that_is_missing():
    assert say("question", "zeros", 1) == "1 value is 0."
    assert say("question", "zeros", 0) == ""
    with pytest.raises(jinja2.UndefinedError):
        environment().from_string("{{ missing }}").render()


def test_a_page_and_a_part_that_there_is_not_are_missing_names():
    with pytest.raises(AttributeError, match="effect"):
        effect.nothing(1)
    with pytest.raises(ImportError, match="nothing"):
        from analysis.pages import nothing  # noqa: F401
