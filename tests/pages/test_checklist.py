"""The checklist: filled from what a run holds, open where only a person can judge."""

from dataclasses import replace

import pytest

from analysis import build_design, estimate_effects, fit, load_outcome
from analysis.border.grid import read_grid
from analysis.border.groups import unmoved_outcomes
from analysis.effects.diagnose import check_fit
from analysis.errors import InputError
from analysis.pages.checklist import Run, fill_checklist
from analysis.robustness.comparison import compare_groups, estimate_cells
from analysis.robustness.curve.specification import run_specifications
from analysis.robustness.placebo import run_placebos
from analysis.robustness.power import simulate_power
from analysis.robustness.varied import vary_windows

EVENTS = ("title-42-end", "mexico-enforcement")
WINDOW = {"start": "2021-10", "end": "2024-12"}


@pytest.fixture(scope="module")
def fitted():
    return fit(build_design(load_outcome(**WINDOW), "asylum-restrictions", events=EVENTS))


@pytest.fixture(scope="module")
def bare(fitted):
    return Run(fit=fitted, effects=estimate_effects(fitted), checks=check_fit(fitted))


@pytest.fixture(scope="module")
def full(fitted, bare):
    treated = load_outcome(demographic="family_unit+single_adult", **WINDOW)
    children = load_outcome(demographic="unaccompanied_child", **WINDOW)
    return Run(
        fit=bare.fit,
        effects=bare.effects,
        checks=bare.checks,
        placebo=run_placebos(fitted.design),
        windows=vary_windows(fitted.design),
        curve=run_specifications(read_grid({"start": ["2021-10", "2022-01"]})),
        compared=compare_groups(treated, children, "asylum-restrictions", events=EVENTS),
        unmoved=estimate_cells(unmoved_outcomes(), "asylum-restrictions", events=EVENTS, **WINDOW),
        power=simulate_power(fitted.design, post_periods=[7], replicates=200),
    )


def item(run, part):
    return next(one for one in fill_checklist(run).items if part in one.question)


def test_all_items_are_there_in_order(full):
    items = fill_checklist(full).items
    assert [one.source for one in items] == ["Jandoc 2015"] * 13 + ["EPOC"] * 7
    assert len({one.question for one in items}) == 20


def test_the_items_of_epoc_are_in_its_own_words(full):
    items = [one.question for one in fill_checklist(full).items if one.source == "EPOC"]
    assert items == [
        "Was the intervention independent of other changes?",
        "Was the shape of the intervention effect pre-specified?",
        "Was the intervention unlikely to affect data collection?",
        "Was knowledge of the allocated interventions adequately prevented during the study?",
        "Were incomplete outcome data adequately addressed?",
        "Was the study free from selective outcome reporting?",
        "Was the study free from other risks of bias?",
    ]


def test_what_was_not_run_says_so(bare):
    states = {part: item(bare, part).state for part in ("other choices", "comparison", "found an")}
    assert set(states.values()) == {"not run"}


def test_a_comparison_that_is_refused_is_not_run(bare):
    refused = InputError("'south' has a 0.", rule="Above 0.", remedy="Leave it out.")
    assert item(replace(bare, compared=refused), "comparison") == item(bare, "comparison")


def test_what_was_run_is_quoted_from_the_results(full):
    assert full.placebo.sentence() in item(full, "other choices").found
    assert full.curve.sentence() in item(full, "other choices").found
    assert full.compared.trends.reason in item(full, "comparison").found
    assert "Smallest fall found in 80% of series, at once: " in item(full, "found an").found
    assert "At ports of entry, southwest" in item(full, "selective outcome reporting").found


def test_the_date_the_periods_and_the_model_are_those_of_the_design(full):
    assert "in force from 5 June 2024" in item(full, "date of the intervention").found
    assert "32 months before and 7 after. Fewer than 12" in item(full, "enough periods").found
    assert "Title 42 ends" in item(full, "model described").found


def test_checks_of_the_fit_are_quoted(full):
    memory = item(full, "autocorrelation").found
    assert full.checks["autocorrelation"].reason in memory
    assert f"{full.fit.rho:.2f}" in memory
    for check in full.checks.failed:
        assert check.reason in item(full, "other risks").found


def test_other_changes_are_listed_from_the_catalogue_and_left_to_a_person(full):
    other = item(full, "independent of other changes")
    assert other.state == "for a person to judge"
    assert "Panama closes Darien trails (1 July 2024)" in other.found
    assert "Asylum restrictions" not in other.found
    assert other.open


def test_what_a_run_cannot_know_is_open(full):
    checklist = fill_checklist(full)
    questions = " ".join(one.question for one in checklist.open)
    for part in ("pre-specified", "affect data collection", "selective outcome reporting"):
        assert part in questions
    assert all(one.open for one in checklist.open)
    assert not any(one.open for one in checklist.items if one not in checklist.open)


def test_the_page_marks_what_is_open(full):
    checklist = fill_checklist(full)
    html = checklist._repr_html_()
    assert f"of which {len(checklist.open)} are left for a person to judge" in html
    assert html.count("for a person to judge</td>") == len(checklist.open)
    assert list(checklist.table.columns) == ["source", "question", "state", "found", "open"]
