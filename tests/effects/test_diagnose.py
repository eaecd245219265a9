from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.effects.diagnose import (
    check_autocorrelation,
    check_boundary,
    check_durbin_watson,
    check_influence,
    check_normality,
    check_trend,
)
from analysis.models import Fit


def simulated(errors: np.ndarray, curve: float = 0.0) -> its.Outcome:
    """A monthly measure: flat, with these errors on a log scale and a quadratic trend."""
    t = np.arange(len(errors)) / len(errors)
    values = np.exp(3 + curve * t**2 + errors)
    index = pd.period_range("2010-01", periods=len(errors), freq="M")
    return its.make_outcome(pd.Series(values, index), name="test", unit="units", kind="measure")


def fit_simulated(errors: np.ndarray, curve: float = 0.0, model: str = "ar1") -> Fit:
    outcome = simulated(errors, curve)
    middle = outcome.periods[len(errors) // 2].start_time.date().isoformat()
    return its.fit(its.build_design(outcome, middle, season=0), model=model)


@pytest.fixture
def white() -> np.ndarray:
    return 0.1 * np.random.default_rng(1).standard_normal(120)


def test_white_noise_passes_all(white):
    checks = its.check_fit(fit_simulated(white))
    assert [check.name for check in checks.failed] == []
    assert len(checks.checks) == 6


def test_memory_beyond_lag_one_fails_ljung_box():
    rng = np.random.default_rng(2)
    noise = 0.1 * rng.standard_normal(240)
    for t in range(3, 240):
        noise[t] += 0.8 * noise[t - 3]
    check = check_autocorrelation(fit_simulated(noise))
    assert check.status == "failed"
    assert check.p_value < 0.001
    assert "too narrow" in check.reason


def test_ljung_box_on_a_gap_is_not_valid(white):
    outcome = simulated(white)
    design = its.build_design(outcome, "2015-01-01", season=0, washout=("2015-01", "2015-03"))
    check = check_autocorrelation(its.fit(design))
    assert check.status == "not valid"
    assert check.reason == "The series has a gap."


def test_durbin_watson_fails_on_alternating_innovations(white):
    fitted = fit_simulated(white)
    alternating = pd.Series(np.tile([1.0, -1.0], 60), fitted.innovations.index)
    check = check_durbin_watson(replace(fitted, innovations=alternating))
    assert check.status == "failed"
    assert check.statistic == pytest.approx(4 * 119 / 120)


def test_a_random_walk_fails_the_boundary():
    walk = 0.1 * np.cumsum(np.random.default_rng(3).standard_normal(120))
    check = check_boundary(fit_simulated(walk))
    assert check.status == "failed"
    assert "random walk cannot be ruled out" in check.reason


def test_one_huge_error_fails_normality_and_says_what_follows(white):
    white[30] += 2
    check = check_normality(fit_simulated(white))
    assert check.status == "failed"
    assert "less exact" in check.reason


def test_a_period_that_carries_the_answer_fails_influence():
    errors = 0.05 * np.random.default_rng(4).standard_normal(24)
    errors[23] -= 3
    outcome = simulated(errors)
    design = its.build_design(outcome, "2011-09-01", season=0, shape="level")
    check = check_influence(its.fit(design, model="newey_west", maxlags=0))
    assert check.status == "failed"
    assert "December 2011" in check.reason


def test_a_curved_trend_fails_the_trend_form(white):
    straight = check_trend(fit_simulated(white, curve=0.0))
    curved = check_trend(fit_simulated(white, curve=6.0))
    assert straight.status == "passed"
    assert curved.status == "failed"
    assert curved.p_value < 0.001
    assert "A curve fits better" in curved.reason


def test_a_curve_that_the_window_cannot_tell_is_not_valid():
    outcome = simulated(0.1 * np.random.default_rng(5).standard_normal(7))
    check = check_trend(its.fit(its.build_design(outcome, "2010-05-01", season=0)))
    assert check.status == "not valid"
    assert "cannot tell a curve" in check.reason


def test_checks_do_not_alter_the_fit(fitted):
    before = fitted.design.X.copy(), fitted.innovations.copy()
    its.check_fit(fitted)
    pd.testing.assert_frame_equal(fitted.design.X, before[0])
    pd.testing.assert_series_equal(fitted.innovations, before[1])


def test_table_of_checks_is_in_words(fitted):
    html = its.check_fit(fitted)._repr_html_()
    assert "Can the errors be told from a random walk?" in html
    assert "boundary" not in html.split("<tbody>")[1].split("random walk")[0]


@pytest.mark.parametrize("model", ["wandering_trend_calibrated", "ar1_calibrated"])
def test_what_rho_does_not_say_of_the_trend_is_said_beside_it(design, model):
    fitted = its.fit(design, model)

    reason = check_boundary(fitted).reason

    straight = fitted.details.get("straight trend")
    said = "" if straight is None else f"wanders with {100 * (1 - straight):.0f}% of the weight"
    assert said in reason
    assert ("wanders" in reason) == (model == "wandering_trend_calibrated")
