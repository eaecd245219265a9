"""The main effect beside the comparison group and the series that should not move."""

import pytest

import analysis as its
from analysis.border.groups import MAIN, MIXED, RATIO

EVENTS = ["title-42-end", "mexico-enforcement"]
WINDOW = {"start": "2021-10", "end": "2024-12"}


@pytest.fixture(scope="module")
def evidence(fitted):
    adults = its.load_outcome(demographic="family_unit+single_adult", **WINDOW)
    children = its.load_outcome(demographic="unaccompanied_child", **WINDOW)
    mix = its.build_design(
        its.fixed_mix_ratio(**WINDOW), "asylum-restrictions", events=EVENTS, season=0
    )
    return its.gather_evidence(
        its.estimate_effects(fitted),
        its.compare_groups(adults, children, "asylum-restrictions", events=EVENTS),
        its.estimate_effects(its.fit(mix)),
        its.estimate_cells(its.unmoved_outcomes(), "asylum-restrictions", events=EVENTS, **WINDOW),
    )


def test_each_row_is_the_result_it_comes_from(evidence, fitted):
    main = its.estimate_effects(fitted)["average"]
    assert evidence.table.loc[MAIN, "estimate"] == main.estimate
    assert evidence.table.loc[RATIO, "estimate"] == pytest.approx(-46.4, abs=0.2)
    assert evidence.table.loc[MIXED, "estimate"] == pytest.approx(-33.1, abs=0.2)
    assert len(evidence.part("should not move")) == 3


def test_what_moved_is_what_has_an_interval_without_zero(evidence):
    assert list(evidence.moved.index) == ["Border Patrol, northern border"]


def test_the_table_is_handed_on_with_its_key(evidence):
    csv = evidence._repr_mimebundle_()["application/vnd.analysis.table+json"]["csv"]
    assert csv.splitlines()[0].startswith("fit,side,estimate")
    assert len(csv.splitlines()) == 7
