"""Newey-West against the article on Stata's itsa, and its guards."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from coverage_table import measure_coverage

import analysis as its
from analysis.design import rebuild
from analysis.errors import DesignError, InputError
from analysis.models.ols import lag_one
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


@pytest.mark.parametrize("errors", ["classical", "HC0", "HC1", "HC2", "HC3", "HAC"])
def test_standard_errors_and_intervals_are_those_of_statsmodels(errors, proposition_99):
    """Its robust results with t intervals; for HAC with its small-sample correction."""
    options = {"maxlags": 2} if errors == "HAC" else {}
    kinds = {"classical": "nonrobust"}
    theirs = sm.OLS(proposition_99.y.to_numpy(), proposition_99.X.to_numpy()).fit(
        cov_type=kinds.get(errors, errors),
        cov_kwds=options | {"use_correction": True} if options else None,
        use_t=True,
    )

    table = its.fit(proposition_99, "ols", errors=errors, **options).tabulate(alpha=0.1)

    np.testing.assert_allclose(table["std_error"], theirs.bse, rtol=1e-10)
    np.testing.assert_allclose(table[["lower", "upper"]], theirs.conf_int(0.1), rtol=1e-8)
    np.testing.assert_allclose(table["p_value"], theirs.pvalues, rtol=1e-6)


def test_classical_errors_are_those_that_are_printed(proposition_99):
    """Proposition 99 by least squares, as printed with four decimals."""
    found = its.fit(proposition_99, "ols").tabulate()["std_error"]

    assert found[["constant", "trend", "level", "slope"]].round(4).tolist() == [
        2.2866,
        0.217,
        3.7471,
        0.4846,
    ]


def test_newey_west_is_an_option_of_least_squares(gapped):
    one, other = its.fit(gapped, "newey_west"), its.fit(gapped, "ols", errors="HAC", maxlags=3)

    pd.testing.assert_frame_equal(one.tabulate(), other.tabulate())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"errors": "robust"}, "no value of errors 'robust'"),
        ({"errors": "HAC"}, "maxlags is None with errors=HAC"),
        ({"maxlags": 2}, "maxlags is 2 with errors=classical"),
        ({"errors": "HAC", "maxlags": 99}, "maxlags is 99"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, message, proposition_99):
    with pytest.raises(InputError, match=message):
        its.fit(proposition_99, "ols", **options)


@pytest.mark.parametrize("errors", ["HC2", "HC3"])
def test_a_row_that_is_fitted_exactly_has_no_such_errors(errors, proposition_99):
    pulse = rebuild(proposition_99, shape="pulse")

    with pytest.raises(DesignError, match="fit 1989 exactly"):
        its.fit(pulse, "ols", errors=errors)
    assert its.estimate_effects(its.fit(pulse, "ols"))["average"].identified
    assert "fit 1989 exactly" in its.fit(pulse, "ols", errors="HC1").notes[0]


def test_classical_intervals_hold_where_least_squares_is_right():
    """Independent normal errors, 2,000 series: 95% is right, with an error of half a point."""
    found = measure_coverage(["ols"], n=[12], rho=[0.0], replicates=2000)

    assert found["coverage"].to_numpy() == pytest.approx(0.95, abs=0.015)
