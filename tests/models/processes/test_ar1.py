"""The integrated model against brute force, and its promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

import analysis as its
from analysis.models.processes.autoregression import Autoregression, span_of, whiten
from analysis.models.processes.grid import Processes, spans_alternation
from analysis.models.processes.plug_in import solve_at
from analysis.models.processes.search import Profile
from analysis.models.processes.solve import OneDesign


def correlation(time, rho):
    return rho ** np.abs(np.subtract.outer(time, time))


def brute_force(y, X, time, rho):
    """Coefficients, (X'V^-1X)^-1, residual sum of squares and restricted likelihood."""
    V = correlation(time, rho) / (1 - rho**2)
    W = np.linalg.inv(V)
    inverse = np.linalg.inv(X.T @ W @ X)
    beta = inverse @ X.T @ W @ y
    residual = y - X @ beta
    rss = residual @ W @ residual
    n, p = X.shape
    logs = np.linalg.slogdet(V)[1] + np.linalg.slogdet(X.T @ W @ X)[1]
    return beta, inverse, rss, -0.5 * logs - (n - p) / 2 * np.log(rss)


@pytest.mark.parametrize("which", ["design", "gapped", "simple"])
@pytest.mark.parametrize("rho", [-0.7, 0.0, 0.3, 0.95])
def test_gls_equals_brute_force_matrices(which, rho, request):
    design = request.getfixturevalue(which)
    y, X, time = design.y.to_numpy(), design.X.to_numpy(), design.time

    one, other = (solve_at(r, y[None], X[None], time) for r in (rho, 0.1))
    beta, inverse, rss, likelihood = brute_force(y, X, time, rho)
    *_, reference = brute_force(y, X, time, 0.1)

    known = one.distribution()
    np.testing.assert_allclose(known.center[0], beta, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(known.scale[0], inverse * rss / one.df, rtol=1e-7, atol=1e-10)
    assert one.rss[0, 0] == pytest.approx(rss, rel=1e-10)
    difference = one.log_restricted[0, 0] - other.log_restricted[0, 0]
    assert difference == pytest.approx(likelihood - reference, abs=1e-8)


@pytest.mark.parametrize("which", ["design", "gapped"])
def test_interval_ends_leave_the_right_tails_by_direct_integration(which, request):
    """The mixture against scipy's adaptive quadrature of the posterior over rho."""
    design = request.getfixturevalue(which)
    y, X, time = design.y.to_numpy(), design.X.to_numpy(), design.time
    unit = np.array(design.X.columns == "level", dtype=float)
    row = its.fit(design, "ar1").contrast(unit[None]).iloc[0]
    n, p = X.shape
    top = brute_force(y, X, time, 0.7)[3]

    def joint(theta, x):
        beta, inverse, rss, likelihood = brute_force(y, X, time, np.sin(theta))
        scale = np.sqrt(unit @ inverse @ unit * rss / (n - p))
        below = 1.0 if x is None else stats.t(n - p).cdf((x - unit @ beta) / scale)
        return np.exp(likelihood - top) * below

    def total(x):
        edge = np.pi / 2 - 1e-6
        return integrate.quad(joint, -edge, edge, args=(x,), epsabs=1e-12, limit=200)[0]

    whole = total(None)
    assert total(row["lower"]) / whole == pytest.approx(0.025, abs=1e-5)
    assert total(row["estimate"]) / whole == pytest.approx(0.5, abs=1e-5)
    assert total(row["upper"]) / whole == pytest.approx(0.975, abs=1e-5)


def test_a_washout_keeps_its_gap_in_time(simple, gapped):
    """Pushing the rows together would give another answer."""
    y, X = gapped.y.to_numpy(), gapped.X.to_numpy()
    closed, kept = (
        solve_at(0.6, y[None], X[None], time).distribution().center
        for time in (np.arange(len(y)), gapped.time)
    )

    assert np.diff(gapped.time).max() == 3
    assert abs(closed - kept).max() > 1e-3


def test_season_by_months_does_not_spoil_the_integration(outcome):
    """Twelve months span (-1)^t, which takes a factor of the likelihood away at rho = -1."""
    design = its.build_design(outcome, "asylum-restrictions", season="months")
    y, X = design.y.to_numpy(), design.X.to_numpy()
    unit = np.array(design.X.columns == "level", dtype=float)[None]
    theta = (np.arange(40_000) + 0.5) / 40_000 * np.pi - np.pi / 2
    fine = Autoregression(
        steps=np.diff(design.time), grid=Processes.ar1(np.sin(theta), np.ones(len(theta)))
    )
    solved = OneDesign.of(lambda clock, Q: fine, y[None], X, design.time).contrasts(unit)

    row = its.fit(design, "ar1").contrast(unit).iloc[0]

    z = (row["lower"] - solved.center[0, 0]) / solved.scale[0, 0]
    below = solved.weight[0] @ stats.t(solved.df).cdf(z)
    assert spans_alternation(np.linalg.qr(X)[0], design.time)
    assert below == pytest.approx(0.025, abs=1e-6)


def test_whitening_frees_the_residuals_of_correlation():
    time = np.array([0, 1, 2, 5, 6, 9])
    root = np.column_stack([whiten(unit, time, 0.6) for unit in np.eye(6)])

    identity = root @ correlation(time, 0.6) @ root.T / (1 - 0.6**2)

    np.testing.assert_allclose(identity, np.eye(6), atol=1e-12)


def test_draws_have_the_distribution_of_the_contrasts(design):
    fit = its.fit(design, "ar1")
    level = np.array([design.X.columns.get_loc("level")])
    drawn = fit.distribution.scatter(level, 200_000, np.random.default_rng(5))
    row = fit.tabulate().loc["level"]

    found = np.quantile(drawn[:, 0], [0.025, 0.5, 0.975])

    # Three Monte Carlo errors of a quantile are near 0.02 standard errors.
    np.testing.assert_allclose(
        found, row[["lower", "estimate", "upper"]], atol=0.03 * row["std_error"]
    )


def test_the_restricted_maximum_is_one(design):
    profile = Profile.of(design.y.to_numpy()[None], design.X.to_numpy()[None], design.time)
    rho = profile.maximise(restricted=True)

    none = np.zeros((1, 0, design.X.shape[1]))
    around = profile.at(rho + np.array([[-1e-4, 0.0, 1e-4]]), none).log_restricted[0]

    assert around[1] == around.max()


def test_reml_at_the_edge_says_so_and_ar1_stays_finite(make_design):
    """A random walk: the restricted likelihood rises all the way to rho = 1."""
    walk = np.random.default_rng(11).standard_normal(40).cumsum() * 10
    design = make_design(walk, first_post=25, trend=False, shape="level")

    reml, integrated = its.fit(design, "reml_ar1"), its.fit(design, "ar1")

    assert reml.rho > 0.95
    assert "at the edge of what an AR(1) can be" in reml.notes[0]
    assert np.isfinite(its.estimate_effects(integrated)["level"].upper)


def test_few_degrees_of_freedom_are_not_identified(make_design):
    walk = np.random.default_rng(4).standard_normal(16).cumsum()
    design = make_design(walk, first_post=9)

    effects = its.estimate_effects(its.fit(design, "reml_ar1"))

    poor = [e for e in effects.effects if e.df < 2]
    assert poor
    assert not any(e.identified for e in poor)
    assert "not identified" in effects._repr_html_()


def test_the_span_counts_periods_gaps_included_and_rows_where_groups_are_stacked(simple, gapped):
    assert span_of(simple.time) == len(simple.time)
    assert span_of(gapped.time) == len(gapped.time) + 2
    assert span_of(np.array([3, 4, 7, 9])) == 7
    assert span_of(np.array([0, 1, 2, 10_000_000, 10_000_001, 10_000_002])) == 6


def test_degrees_of_freedom_are_satterthwaites_by_finite_differences(simple):
    """2 / (g' H^-1 g) from the likelihood of rho and log variance written out."""
    y, X, time = simple.y.to_numpy(), simple.X.to_numpy(), simple.time
    c, (n, p) = np.eye(X.shape[1])[list(simple.X).index("level")], X.shape
    fit = its.fit(simple, "reml_ar1")

    def parts(rho):
        _, inverse, rss, likelihood = brute_force(y, X, time, rho)
        return np.array([likelihood + (n - p) / 2 * np.log(rss), rss, np.log(c @ inverse @ c)])

    values = np.array([parts(fit.rho + h) for h in 0.01 * np.arange(-2, 3)])
    first = np.array([1, -8, 0, 8, -1]) @ values / 0.12
    second = np.array([-1, 16, -30, 16, -1]) @ values / 0.0012
    sigma2 = values[2, 1] / (n - p)
    cross = -first[1] / (2 * sigma2)
    information = [[-second[0] + second[1] / (2 * sigma2), cross], [cross, (n - p) / 2]]
    gradient = np.array([first[2], 1.0])

    wanted = 2 / (gradient @ np.linalg.solve(information, gradient))
    assert fit.contrast(c[None])["df"][0] == pytest.approx(wanted, rel=1e-5)
