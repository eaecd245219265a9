"""Newey-West against the article on Stata's itsa, and its guards."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.errors import DesignError
from analysis.models.newey_west import lag_one
from analysis.validation.published import published_design


@pytest.fixture(scope="module")
def proposition_99():
    return published_design("proposition-99")


def test_ordinary_least_squares_is_the_case_without_lags(proposition_99):
    """The article's OLS coefficients; without lags the errors are White's."""
    fit = its.fit(proposition_99, "newey_west", maxlags=0)
    X, e = proposition_99.X.to_numpy(), fit.residuals.to_numpy()
    bread = np.linalg.inv(X.T @ X)
    white = bread @ (X.T * e**2) @ X @ bread * 31 / 27

    np.testing.assert_allclose(fit.coefficients, [132.2258, -1.7795, -20.0581, -1.4947], atol=1e-4)
    np.testing.assert_allclose(fit.distribution.scale[0], white, rtol=1e-8)
    assert fit.raw.use_t


def test_lags_count_time_across_a_gap(gapped):
    """By hand: a product enters at the lag of its two periods, not of its two rows."""
    fit = its.fit(gapped, "newey_west", maxlags=2)
    X, e, time = gapped.X.to_numpy(), fit.residuals.to_numpy(), gapped.time
    distance = np.abs(np.subtract.outer(time, time))
    weight = np.clip(1 - distance / 3, 0, None)
    moments = X * e[:, None]
    bread = np.linalg.inv(X.T @ X)
    n, p = X.shape

    by_hand = bread @ moments.T @ weight @ moments @ bread * n / (n - p)

    np.testing.assert_allclose(fit.distribution.scale[0], by_hand, rtol=1e-8)


@pytest.mark.parametrize("maxlags", [-1, 31, 500])
def test_lags_outside_their_bounds_are_refused(proposition_99, maxlags):
    with pytest.raises(DesignError, match=rf"maxlags is {maxlags}\.\n.*number of rows, 31"):
        its.fit(proposition_99, "newey_west", maxlags=maxlags)


def test_one_post_period_is_said_to_have_no_error_of_its_own():
    rng = np.random.default_rng(5)
    series = pd.Series(rng.normal(100, 5, 20), pd.period_range("1981", periods=20, freq="Y"))
    outcome = its.make_outcome(series, name="x", unit="units", kind="measure")
    last = its.build_design(outcome, "2000-01-01", shape="level", scale="level")
    assert "far too small" in its.fit(last, "newey_west").notes[0]
    two = its.build_design(outcome, "1999-01-01", shape="level", scale="level")
    assert its.fit(two, "newey_west").notes == ()


def test_three_lags_unless_told_otherwise(proposition_99):
    assert its.fit(proposition_99, "newey_west").options == {"maxlags": 3}


def test_the_autocorrelation_of_residuals_skips_gaps_and_stays_below_one():
    residuals, time = np.array([1.0, 2.0, -1.0, 3.0]), np.array([0, 1, 5, 6])

    assert lag_one(residuals, time) == pytest.approx((2 * 1 + 3 * -1) / 15)
    assert lag_one(np.ones(100), np.arange(100)) == 0.95
    assert lag_one((-1.0) ** np.arange(100), np.arange(100)) == -0.95
