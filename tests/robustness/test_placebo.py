"""Placebo dates: the right folds, each equal to a fit of its own, and an honest p-value."""

import numpy as np
import pandas as pd
import pytest

from analysis import build_design, estimate_effects, fit, load_outcome, make_outcome
from analysis.errors import InputError
from analysis.models.processes.autoregression import ar1_errors
from analysis.robustness.placebo import move_design, run_placebos

EVENTS = ("title-42-end", "mexico-enforcement")


def series(values, start="2015-01", freq="M"):
    index = pd.period_range(start, periods=len(values), freq=freq)
    return make_outcome(pd.Series(np.asarray(values, float), index), name="s", unit="cases")


@pytest.fixture(scope="module")
def design():
    outcome = load_outcome(start="2021-10", end="2024-12")
    return build_design(outcome, "asylum-restrictions", events=EVENTS)


@pytest.fixture(scope="module")
def placebo(design):
    return run_placebos(design)


def test_the_folds_are_every_earlier_month_with_a_year_before_and_no_overlap(placebo):
    expected = pd.period_range("2022-10", "2023-11", freq="M")
    assert list(placebo.placebos["period"]) == list(expected)
    assert placebo.table["period"].iloc[-1] == pd.Period("2024-06", "M")
    assert (placebo.placebos["period"] + 7 <= pd.Period("2024-06", "M")).all()


def test_every_earlier_month_is_run_or_left_out_with_a_reason(placebo):
    assert placebo.count + len(placebo.left_out) == 32
    assert placebo.reasons.to_dict() == {
        "it has fewer than 12 earlier periods": 12,
        "its post-period would overlap the real post-period": 6,
    }


def test_a_fold_equals_the_same_design_laid_out_by_hand(placebo):
    row = placebo.table.set_index("period").loc[pd.Period("2023-03", "M")]
    outcome = load_outcome(start="2021-10", end="2023-09")
    by_hand = build_design(outcome, "2023-03-05", events=["title-42-end"], season=1)
    average = estimate_effects(fit(by_hand))["average"]
    assert row["estimate"] == pytest.approx(average.estimate, abs=1e-6)
    assert row["lower"] == pytest.approx(average.lower, abs=1e-6)
    assert row["upper"] == pytest.approx(average.upper, abs=1e-6)
    assert row["events"] == "title-42-end"


def test_the_real_row_is_the_design_itself(placebo, design):
    real = placebo.table[placebo.table["real"]].iloc[0]
    assert real["estimate"] == pytest.approx(estimate_effects(fit(design))["average"].estimate)


def test_rank_and_p_follow_from_the_table(placebo):
    size = np.log1p(placebo.table["estimate"] / 100).abs()
    extreme = int((size.iloc[:-1] >= size.iloc[-1]).sum())
    assert placebo.rank == 1 + extreme
    assert placebo.p_value == (1 + extreme) / (1 + placebo.count)
    assert placebo.smallest_p == 1 / 15
    assert "At 0 of 14 earlier months" in placebo.sentence()


def test_an_end_of_title_42_that_begins_with_the_placebo_is_left_to_the_placebo(placebo):
    may = placebo.table.set_index("period").loc[pd.Period("2023-05", "M")]
    assert may["events"] == ""
    assert "Title 42 ends" in may["inside"]


def test_a_longer_history_gives_full_folds_of_the_same_length(design):
    long = run_placebos(design, history=load_outcome(start="2017-01", end="2024-12"), min_pre=32)
    assert set(long.table["pre_periods"]) == {32}
    assert long.placebos["period"].iloc[0] == pd.Period("2019-09", "M")


def test_a_washout_moves_along():
    rng = np.random.default_rng(1)
    outcome = series(np.exp(rng.normal(5, 0.1, 60)))
    design = build_design(outcome, "2019-06-15", season=0, washout=("2019-06", "2019-07"))
    moved = move_design(design, outcome, 10)
    assert pd.Period("2018-08", "M") not in moved.periods
    assert pd.Period("2018-09", "M") not in moved.periods
    assert pd.Period("2018-10", "M") in moved.periods
    assert str(moved.intervention.start) == "2018-08-15"


def test_weekly_placebos_start_on_the_same_weekday():
    rng = np.random.default_rng(2)
    outcome = series(np.exp(rng.normal(5, 0.1, 120)), start="2022-01-03", freq="W-SUN")
    design = build_design(outcome, "2024-03-06", season=0)
    moved = move_design(design, outcome, 7)
    assert moved.intervention.start.weekday() == design.intervention.start.weekday()


def test_the_table_shows_itself_and_names_the_real_date(placebo):
    html = placebo._repr_html_()
    assert "June 2024 (the real date)" in html
    assert "text/html" in placebo._repr_mimebundle_()


def test_a_history_that_is_another_series_is_refused(design):
    other = load_outcome(component="ofo", end="2024-12")
    with pytest.raises(InputError, match="has 5724 in 2021-10, the design 159113"):
        run_placebos(design, history=other)


def test_a_history_that_is_too_short_is_refused(design):
    with pytest.raises(InputError, match="does not hold all of 2021-10 to 2024-12"):
        run_placebos(design, history=load_outcome(start="2022-10", end="2024-12"))


def test_no_date_left_is_refused_with_the_rule(design):
    with pytest.raises(InputError, match="fewer than 31 earlier periods"):
        run_placebos(design, min_pre=31)


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_p_is_uniform_on_series_without_an_effect(rho):
    """Share of p below 0.1, 0.2, 0.5 in 200 series; standard error 0.02 to 0.035."""
    noise = 0.2 * ar1_errors(72, rho, 200, np.random.default_rng(20240605)).T
    p = []
    for y in noise.T:
        outcome = series(np.exp(5 + y))
        design = build_design(outcome.window("2018-01"), "2020-07-01", season=0)
        p.append(run_placebos(design, history=outcome, min_pre=30).p_value)
    p = np.array(p)
    for level, tolerance in ((0.1, 0.055), (0.2, 0.075), (0.5, 0.09)):
        assert abs((p <= level).mean() - level) < tolerance
