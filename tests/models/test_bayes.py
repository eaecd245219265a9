"""The Bayesian model: its density against dense algebra, its integrals against finer ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import analysis as its
from analysis import show
from analysis.errors import InputError
from analysis.models.bayes import Given
from analysis.models.processes.autoregression import ar1_errors


def dense(design, rho, sigma, prior_scale=2.5):
    """Mean and covariance of the series, the coefficients integrated out, as they are written."""
    y, X, time = design.y.to_numpy(), design.X.to_numpy(), design.clock
    sd, spreads = y.std(ddof=1), X[:, 1:].std(axis=0, ddof=1)
    # The level of the series at the columns' means, then each coefficient.
    to_series = np.column_stack([np.ones(len(y)), X[:, 1:] - X[:, 1:].mean(axis=0)])
    scales = prior_scale * sd * np.concatenate([[1.0], 1 / spreads])
    V = sigma**2 / (1 - rho**2) * rho ** np.abs(np.subtract.outer(time, time))
    return np.full(len(y), y.mean()), to_series * scales**2 @ to_series.T + V, to_series, scales


@pytest.fixture(params=["design", "gapped"])
def either(request):
    """The default border design, whole and with a gap of two months."""
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.4, 0.97])
def test_the_density_is_that_of_the_series(either, rho):
    given = Given.of(either, 2.5)
    sigmas = np.array([0.1, 0.5, 2.0])
    found = given.at(np.full(3, rho), sigmas)[2]

    y = either.y.to_numpy()
    wanted = []
    for sigma in sigmas * given.unit:
        mean, cov, *_ = dense(either, rho, sigma)
        wanted.append(stats.multivariate_normal(mean, cov).logpdf(y))

    np.testing.assert_allclose(np.diff(found), np.diff(wanted), rtol=1e-8)


def test_the_density_compares_values_of_rho(gapped):
    given = Given.of(gapped, 2.5)
    rhos = np.array([-0.5, 0.2, 0.7, 0.97])
    found = given.at(rhos, np.full(4, 0.5))[2]

    y = gapped.y.to_numpy()
    pairs = [dense(gapped, rho, 0.5 * given.unit)[:2] for rho in rhos]
    wanted = [stats.multivariate_normal(mean, cov).logpdf(y) for mean, cov in pairs]

    np.testing.assert_allclose(np.diff(found), np.diff(wanted), rtol=1e-8)


def test_the_coefficients_given_the_errors_are_bayes_rule(gapped):
    given = Given.of(gapped, 2.5)
    rho, sigma = 0.6, 0.3
    found = given.normals(np.array([rho]), np.array([sigma]), np.ones(1))

    mean, cov, to_series, scales = dense(gapped, rho, sigma * given.unit)
    gain = to_series * scales**2
    gain = gain.T @ np.linalg.inv(cov)
    centered = gain @ (gapped.y.to_numpy() - mean)
    spread = np.diag(scales**2) - gain @ (to_series * scales**2)

    np.testing.assert_allclose(found.center[0, 1:], centered[1:], rtol=1e-6)
    np.testing.assert_allclose(found.scale[0, 1:, 1:], spread[1:, 1:], rtol=1e-5, atol=1e-12)
    assert found.sigma[0] == sigma * given.unit


def test_the_default_comparison_leaves_it_out():
    assert "bayes" not in show.words("effects/models.yml")["others"]


@pytest.mark.parametrize("prior_scale", [0, -1.0, np.nan, np.inf])
def test_a_prior_outside_its_bounds_is_refused(design, prior_scale):
    message = f"prior_scale of model bayes is {prior_scale}.[\\s\\S]*above 0 and finite"
    with pytest.raises(InputError, match=message):
        its.fit(design, "bayes", prior_scale=prior_scale)


def test_it_agrees_with_ar1_on_the_border(design):
    """Measured: level -35.6 (ar1: -35.9), average -55.3 [-75.1, -19.7] (-56.0 [-76.3, -19.4])."""
    fitted = its.fit(design, "bayes")
    ours, ar1 = its.estimate_effects(fitted), its.estimate_effects(its.fit(design, "ar1"))

    assert ours["level"].estimate == pytest.approx(ar1["level"].estimate, abs=0.6)
    assert ours["average"].estimate == pytest.approx(ar1["average"].estimate, abs=1.2)
    for name in ("level", "average"):
        assert ours[name].lower == pytest.approx(ar1[name].lower, abs=2)
        assert ours[name].upper == pytest.approx(ar1[name].upper, abs=2)
    assert ours["average"].p_value == pytest.approx(ar1["average"].p_value, abs=0.005)
    assert fitted.rho == pytest.approx(its.fit(design, "ar1").rho, abs=0.05)


def integrated(design, prior_scale):
    """The same posterior by sums over a fine grid of theta and log sigma."""
    given = Given.of(design, prior_scale)
    theta = (np.arange(160) + 0.5) / 160 * np.pi - np.pi / 2
    log_sigma = np.linspace(np.log(0.01), np.log(4), 160)
    theta, log_sigma = (a.ravel() for a in np.meshgrid(theta, log_sigma))
    rho, sigma = np.sin(theta), np.exp(log_sigma)
    log = given.at(rho, sigma)[2] - sigma + log_sigma
    weight = np.exp(log - log.max())
    kept = weight > 1e-9
    weight = weight[kept] / weight[kept].sum()
    return given.normals(rho[kept], sigma[kept], weight)


@pytest.mark.parametrize("prior_scale", [2.5, 0.05])
def test_the_integrals_are_those_of_a_fine_grid(either, prior_scale):
    C = np.eye(either.X.shape[1])
    found = its.fit(either, "bayes", prior_scale=prior_scale).contrast(C)
    wanted = integrated(either, prior_scale).contrast(C)

    for column in ("estimate", "std_error", "lower", "upper"):
        distance = (found[column] - wanted[column]) / wanted["std_error"]
        assert (distance.abs() < 1e-3).all(), (column, distance)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_the_unit_does_not_matter(make_design, factor):
    values = 20 + ar1_errors(40, 0.6, 1, np.random.default_rng(8))[0]
    plain, scaled = (
        its.fit(make_design(values * f, first_post=30), "bayes").tabulate() for f in (1.0, factor)
    )

    columns = ["estimate", "lower", "upper"]
    np.testing.assert_allclose(scaled[columns] / factor, plain[columns], rtol=1e-6)


def test_it_finds_the_truth_in_a_long_series(make_design):
    t = np.arange(400)
    errors = ar1_errors(400, 0.6, 1, np.random.default_rng(4))[0]
    fitted = its.fit(make_design(50 + 0.05 * t - 6 * (t >= 300) + errors, first_post=300), "bayes")

    level = fitted.tabulate().loc["level"]
    assert level["lower"] < -6 < level["upper"] < 0
    assert fitted.rho == pytest.approx(0.6, abs=0.1)
    assert fitted.known.weight @ fitted.known.sigma == pytest.approx(1.0, abs=0.1)


def test_a_series_that_the_terms_nearly_fit_is_integrated_too(make_design):
    """The posterior of sigma is then far from the unit of the series."""
    t = np.arange(40.0)
    errors = 1e-5 * ar1_errors(40, 0.3, 1, np.random.default_rng(2))[0]
    fitted = its.fit(make_design(t + errors, first_post=30), "bayes")

    assert fitted.known.weight @ fitted.known.sigma == pytest.approx(1e-5, rel=0.3)
    assert fitted.tabulate().loc["trend", "std_error"] < 1e-5


def test_a_narrow_prior_draws_effects_to_nothing(design):
    wide, narrow = (its.fit(design, "bayes", prior_scale=scale) for scale in (2.5, 0.05))

    assert abs(narrow.coefficients["level"]) < abs(wide.coefficients["level"]) / 2


def test_what_the_interval_is_stands_below_the_table(design):
    shown = its.estimate_effects(its.fit(design, "bayes"))._repr_html_()

    assert "credible intervals with equal tails" in shown
    assert "p is twice the posterior probability" in shown


def test_intervals_cover_as_often_as_they_say(make_design):
    """40 series of 36 months at rho 0.5: at least 34 of 40 (below 1% if coverage is 95%)."""
    covered = {"level": 0, "average": 0}
    for errors in ar1_errors(36, 0.5, 40, np.random.default_rng(1000)):
        fitted = its.fit(make_design(errors, first_post=18), "bayes")
        effects = its.estimate_effects(fitted)
        for name in covered:
            covered[name] += effects[name].lower < 0 < effects[name].upper

    assert min(covered.values()) >= 34, covered
