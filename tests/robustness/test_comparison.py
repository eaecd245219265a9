"""Comparison groups: the worked ratio, what cancels, cells, and what is said when trends differ."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import build_design, estimate_effects, fit, load_outcome, make_outcome
from analysis.border.events import catalogue
from analysis.border.groups import (
    CITIZENSHIPS,
    fixed_mix_ratio,
    group_cells,
    ratio_outcome,
    sector_cells,
    unmoved_outcomes,
)
from analysis.errors import InputError
from analysis.robustness.comparison import Cells, check_trends, compare_groups, estimate_cells

EVENTS = ("title-42-end", "mexico-enforcement")
WINDOW = {"start": "2021-10", "end": "2024-12"}


@pytest.fixture(scope="module")
def groups():
    treated = load_outcome(demographic="family_unit+single_adult", **WINDOW)
    return treated, load_outcome(demographic="unaccompanied_child", **WINDOW)


@pytest.fixture(scope="module")
def compared(groups):
    return compare_groups(*groups, "asylum-restrictions", events=EVENTS)


def test_the_worked_ratio(groups):
    """-45.6 [-60.5, -21.8] and -28.7 [-47.3, -1.1], rho 0.59, by an independent script."""
    compared = compare_groups(*groups, "asylum-restrictions", events=EVENTS, model="ar1")
    average, level = compared.effects["average"], compared.effects["level"]
    found = [average.estimate, average.lower, average.upper]
    assert found == pytest.approx([-45.6, -60.5, -21.8], abs=0.2)
    found = [level.estimate, level.lower, level.upper]
    assert found == pytest.approx([-28.7, -47.3, -1.1], abs=0.2)
    assert compared.effects.fit.rho == pytest.approx(0.59, abs=0.005)
    assert compared.table.loc["ratio", "estimate"] == pytest.approx(average.estimate, abs=1e-6)


def test_each_group_alone_is_its_own_fit(compared, groups):
    for key, outcome in zip(("treated", "comparison"), groups, strict=True):
        design = build_design(outcome, "asylum-restrictions", events=EVENTS, season=0)
        own = estimate_effects(fit(design))["average"]
        assert compared.table.loc[key, "estimate"] == pytest.approx(own.estimate, abs=1e-6)


def test_what_moves_both_groups_cancels(groups):
    shock = np.exp(np.random.default_rng(1).normal(0, 0.5, 39))
    shocked = [replace(group, values=group.values * shock) for group in groups]
    plain = compare_groups(*groups, "asylum-restrictions", events=EVENTS).table.loc["ratio"]
    moved = compare_groups(*shocked, "asylum-restrictions", events=EVENTS).table.loc["ratio"]
    assert moved["estimate"] == pytest.approx(plain["estimate"], abs=1e-6)
    assert moved["lower"] == pytest.approx(plain["lower"], abs=1e-6)


def test_the_page_names_the_groups_and_the_trend(compared):
    html = compared._repr_html_()
    assert "people in family units and single adults against" in html
    assert "Before the intervention the ratio changed by" in html


def drifting(drift):
    rng = np.random.default_rng(2)
    index = pd.period_range("2020-01", periods=60, freq="M")
    log = drift * np.arange(60) + 0.05 * rng.standard_normal(60)
    return make_outcome(pd.Series(np.exp(log), index), name="r", unit="ratio", kind="measure")


def test_a_drift_before_fails_the_check_of_trends():
    check = check_trends(build_design(drifting(0.02), "2024-06-01", season=0))
    assert check.status == "failed"
    assert check.statistic == pytest.approx(12 * 0.02, abs=0.03)
    assert "drifting apart" in check.reason


def test_no_drift_passes_and_says_what_could_hide():
    check = check_trends(build_design(drifting(0.0), "2024-06-01", season=0))
    assert check.status == "passed"
    assert "could add up to" in check.reason


def test_without_a_trend_term_the_check_is_not_valid():
    design = build_design(drifting(0.0), "2024-06-01", season=0, trend=False)
    assert check_trends(design).status == "not valid"


def test_fixed_mix_equals_a_weighted_mean_of_logs(groups):
    weights = dict(zip(CITIZENSHIPS, (0.3, 0.1, 0.1, 0.0, 0.5), strict=True))
    fixed = fixed_mix_ratio(weights=weights, **WINDOW)
    log = 0.0
    for citizenship, weight in weights.items():
        chosen = {"citizenship": citizenship, **WINDOW}
        above = load_outcome(demographic="family_unit+single_adult", **chosen).values
        below = load_outcome(demographic="unaccompanied_child", **chosen).values
        log = log + weight * np.log(above / below)
    np.testing.assert_allclose(fixed.values, np.exp(log))


def test_the_default_mix_is_that_of_the_treated_before(groups):
    treated = groups[0].values[:"2024-05"].sum()
    shares = {
        name: load_outcome(
            demographic="family_unit+single_adult", citizenship=name, start="2021-10", end="2024-05"
        ).values.sum()
        / treated
        for name in CITIZENSHIPS
    }
    given, default = fixed_mix_ratio(weights=shares, **WINDOW), fixed_mix_ratio(**WINDOW)
    np.testing.assert_allclose(default.values, given.values)


@pytest.mark.parametrize("weights", [{"mexico": 1.0}, dict.fromkeys(CITIZENSHIPS, 0.0)])
def test_weights_that_are_not_weights_are_refused(weights):
    with pytest.raises(InputError, match="There is a weight >= 0 for each of mexico"):
        fixed_mix_ratio(weights=weights, **WINDOW)


def test_cells_equal_fits_of_their_own():
    cells = estimate_cells(
        sector_cells(), "asylum-restrictions", start="2021-10", end="2024-12", events=EVENTS
    )
    assert len(cells.table) == 9
    row = cells.table.set_index("cell").loc["Tucson"]
    outcome = load_outcome(sector="tucson", start="2021-10", end="2024-11")
    own = estimate_effects(fit(build_design(outcome, "asylum-restrictions", events=EVENTS)))[
        "average"
    ]
    assert [row["estimate"], row["lower"]] == pytest.approx([own.estimate, own.lower], abs=1e-6)
    assert str(row["last"]) == "2024-11"


def test_group_cells_are_every_group_by_citizenship():
    cells = group_cells()
    assert len(cells) == 15
    assert sum(cell.values["2024-05"] for cell in cells.values()) == 117905
    mexico = load_outcome(demographic="single_adult", citizenship="mexico")
    assert cells["Single adults, Mexico"].values.equals(mexico.values)


def test_series_that_should_not_move_are_three():
    cells = estimate_cells(
        unmoved_outcomes(), "asylum-restrictions", start="2021-10", end="2024-12", events=EVENTS
    )
    assert list(cells.table["cell"].str[:8]) == ["At ports", "Border P", "Border P"]
    assert cells.left_out.empty
    assert "could not be estimated" not in cells._repr_html_()


def test_a_cell_with_zeros_is_left_out_with_the_reason():
    values = load_outcome(sector="yuma", start="2021-10", end="2024-11").values.copy()
    values["2023-03"] = 0
    cells = {
        "zero": make_outcome(values, name="zero", unit="encounters", catalogue=catalogue()),
        "Yuma": load_outcome(sector="yuma"),
    }
    found = estimate_cells(cells, "asylum-restrictions", start="2021-10", end="2024-12")
    assert list(found.table["cell"]) == ["Yuma"]
    assert "'zero' is 0 in 2023-03" in found.left_out["reason"].item()


def test_no_cell_at_all_is_refused():
    with pytest.raises(InputError, match="None of the 9 series can be estimated"):
        estimate_cells(sector_cells(), "asylum-restrictions", start="2024-03", end="2024-12")


def test_groups_without_a_common_period_are_refused():
    early = load_outcome(start="2012-01", end="2013-12")
    late = load_outcome(start="2022-01", end="2024-12")
    with pytest.raises(InputError, match="have no period in common"):
        ratio_outcome(early, late)


def test_what_stands_in_a_name_parts_no_cells_and_is_no_html():
    row = {"cell": "a | b\n<i>c", "mean_a_day": 2.0, "estimate": -5.0, "lower": -9.0, "upper": 1.0}
    table = pd.DataFrame([{**row, "unit": "%"}])
    html = Cells(table=table, left_out=table[:0], designs={}, alpha=0.05)._repr_html_()
    assert "<th scope='row'>a | b &lt;i&gt;c</th>" in html
    assert html.count("<td>") == 3
    assert "In none of them the interval leaves out zero." in html
