"""The Bayesian model: its density against dense algebra, its draws against exact integration."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import analysis as its
from analysis.effects import diagnose, lineup
from analysis.errors import InputError
from analysis.models.ar1 import paths
from analysis.models.ar1.gls import Crossproducts
from analysis.models.bayes.posterior import log_density
from analysis.models.bayes.regression import in_basis, mixed_normals, weak_prior
from analysis.report.execute import execute
from analysis.report.parameters import check_parameters, read_parameters

needs_pymc = pytest.mark.skipif(
    find_spec("pymc") is None, reason="needs PyMC: pip install '.[bayes]'"
)
MISSING = "The model 'bayes' needs PyMC, which is not installed."
REMEDY = r"pip install '\.\[bayes\]'"


def parts(design, prior_scale=2.5):
    """What `fit_bayes` hands to the sampler, and the unit."""
    y, X = design.y.to_numpy(), design.X.to_numpy()
    unit = float(y.std(ddof=1))
    products = Crossproducts.of(y / unit, X, design.clock)
    return products, in_basis(weak_prior(y / unit, X, prior_scale), products), unit


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
    products, prior, unit = parts(either)
    sigmas = np.array([0.1, 0.5, 2.0])
    found = log_density(products, prior, np.full(3, rho), sigmas)

    y = either.y.to_numpy()
    wanted = []
    for sigma in sigmas * unit:
        mean, cov, *_ = dense(either, rho, sigma)
        wanted.append(stats.multivariate_normal(mean, cov).logpdf(y))

    np.testing.assert_allclose(np.diff(found), np.diff(wanted), rtol=1e-8)


def test_the_density_compares_values_of_rho(gapped):
    products, prior, unit = parts(gapped)
    rhos = np.array([-0.5, 0.2, 0.7, 0.97])
    found = log_density(products, prior, rhos, np.full(4, 0.5))

    y = gapped.y.to_numpy()
    pairs = [dense(gapped, rho, 0.5 * unit)[:2] for rho in rhos]
    wanted = [stats.multivariate_normal(mean, cov).logpdf(y) for mean, cov in pairs]

    np.testing.assert_allclose(np.diff(found), np.diff(wanted), rtol=1e-8)


def test_its_derivatives_by_a_complex_step_are_slopes(gapped):
    products, prior, _ = parts(gapped)

    def at(theta, sigma):
        return log_density(products, prior, np.sin(np.array([theta])), np.array([sigma]))[0]

    step = 1e-6
    by_theta = (at(0.8 + step, 0.4) - at(0.8 - step, 0.4)) / (2 * step)
    by_sigma = (at(0.8, 0.4 + step) - at(0.8, 0.4 - step)) / (2 * step)

    assert at(0.8 + 1e-30j, 0.4).imag / 1e-30 == pytest.approx(by_theta, rel=1e-6)
    assert at(0.8, 0.4 + 1e-30j).imag / 1e-30 == pytest.approx(by_sigma, rel=1e-6)


def test_the_coefficients_given_the_errors_are_bayes_rule(gapped):
    products, prior, unit = parts(gapped)
    rho, sigma = 0.6, 0.3
    found = mixed_normals(products, prior, np.array([rho]), np.array([sigma]), unit)

    mean, cov, to_series, scales = dense(gapped, rho, sigma * unit)
    gain = to_series * scales**2
    gain = gain.T @ np.linalg.inv(cov)
    centered = gain @ (gapped.y.to_numpy() - mean)
    spread = np.diag(scales**2) - gain @ (to_series * scales**2)

    np.testing.assert_allclose(found.center[0, 1:], centered[1:], rtol=1e-6)
    np.testing.assert_allclose(found.scale[0, 1:, 1:], spread[1:, 1:], rtol=1e-5, atol=1e-12)
    assert found.sigma[0] == sigma * unit


def test_without_pymc_the_error_names_the_extra(monkeypatch, design):
    monkeypatch.setitem(sys.modules, "pymc", None)

    with pytest.raises(InputError, match=rf"{MISSING}[\s\S]*extra `bayes`[\s\S]*{REMEDY}"):
        its.fit(design, "bayes")


@pytest.mark.slow
def test_without_pymc_a_notebook_ends_with_the_same_error(monkeypatch, tmp_path, root):
    (tmp_path / "pymc.py").write_text("raise ImportError('hidden by a test')")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{root}")
    notebook = root / "notebooks" / "03-effect.ipynb"
    values = check_parameters(read_parameters(notebook), {"model": "bayes"})

    with pytest.raises(InputError, match=rf"{MISSING}[\s\S]*{REMEDY}"):
        execute(notebook, values, tmp_path / "out.ipynb")


def test_it_is_listed_without_importing_pymc():
    code = (
        "import sys, analysis as its; assert 'bayes' in its.registered_models(); "
        "assert not {'pymc', 'pytensor', 'arviz'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_default_comparison_leaves_it_out():
    assert "bayes" not in lineup.MODELS


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draws": 49}, "draws of model bayes is 49.[\\s\\S]*whole number of at least 50"),
        ({"tune": 0}, "tune of model bayes is 0"),
        ({"draws": 100.5}, "draws of model bayes is 100.5"),
        ({"prior_scale": 0}, "prior_scale of model bayes is 0.[\\s\\S]*above 0 and finite"),
        ({"prior_scale": np.nan}, "prior_scale of model bayes is nan"),
        ({"seed": -1}, "seed of model bayes is -1.[\\s\\S]*from 0 to 4294967295"),
    ],
)
def test_an_option_outside_its_bounds_is_refused(design, options, message):
    with pytest.raises(InputError, match=message):
        its.fit(design, "bayes", **options)


@pytest.fixture(scope="module")
def sampled(design):
    """The default fit on the default border design."""
    return its.fit(design, "bayes")


@needs_pymc
def test_it_agrees_with_ar1_on_the_border(design, sampled):
    """Measured: level -35.6 (ar1: -35.9), average -55.3 [-75.1, -19.7] (-56.0 [-76.3, -19.4])."""
    ours, ar1 = its.estimate_effects(sampled), its.estimate_effects(its.fit(design, "ar1"))

    assert sampled.converged
    assert ours["level"].estimate == pytest.approx(ar1["level"].estimate, abs=0.6)
    assert ours["average"].estimate == pytest.approx(ar1["average"].estimate, abs=1.2)
    for name in ("level", "average"):
        assert ours[name].lower == pytest.approx(ar1[name].lower, abs=2)
        assert ours[name].upper == pytest.approx(ar1[name].upper, abs=2)
    assert ours["average"].p_value == pytest.approx(ar1["average"].p_value, abs=0.005)
    assert sampled.rho == pytest.approx(its.fit(design, "ar1").rho, abs=0.05)


def integrated(design, prior_scale=2.5):
    """The same posterior without a sampler: on a grid of theta and log sigma."""
    products, prior, unit = parts(design, prior_scale)
    theta = (np.arange(120) + 0.5) / 120 * np.pi - np.pi / 2
    log_sigma = np.linspace(np.log(0.05), np.log(3), 80)
    theta, log_sigma = (a.ravel() for a in np.meshgrid(theta, log_sigma))
    rho, sigma = np.sin(theta), np.exp(log_sigma)
    log = log_density(products, prior, rho, sigma) - sigma + log_sigma
    weight = np.exp(log - log.max())
    kept = weight > 1e-8
    found = mixed_normals(products, prior, rho[kept], sigma[kept], unit)
    return replace(found, weight=weight[kept] / weight[kept].sum())


@pytest.mark.parametrize("interval", ["mean", "observation"])
def test_paths_of_many_components_are_the_same_either_way(gapped, interval, monkeypatch):
    posterior, X = integrated(gapped), gapped.X_counterfactual.to_numpy()

    def quantiles(seed):
        rng = np.random.default_rng(seed)
        drawn = paths.ar1_paths(gapped, X, posterior, 40_000, interval, rng)
        return np.quantile(drawn, [0.1, 0.5, 0.9], axis=0)

    at_once = quantiles(1)
    monkeypatch.setattr(paths, "MOST_CELLS", 0)
    step_by_step = quantiles(2)

    assert len(posterior.weight) > 1000
    np.testing.assert_allclose(at_once, step_by_step, atol=0.03)
    assert not np.array_equal(at_once, step_by_step)


@needs_pymc
@pytest.mark.parametrize("name", ["design", "gapped"])
def test_the_draws_are_from_the_posterior(name, request):
    """Against exact integration: within a tenth of a standard deviation at each quantile."""
    design = request.getfixturevalue(name)
    fitted = its.fit(design, "bayes")
    C = np.array([design.X.columns == "level", design.difference[design.post].mean(axis=0)], float)

    found, wanted = fitted.contrast(C), integrated(design).contrast(C)

    for column in ("estimate", "lower", "upper"):
        distance = (found[column] - wanted[column]) / wanted["std_error"]
        assert (distance.abs() < 0.1).all(), (column, distance)
    np.testing.assert_allclose(found["std_error"], wanted["std_error"], rtol=0.1)


@needs_pymc
@pytest.mark.parametrize("left_out", [3, 32, 38])
def test_a_row_is_left_out_without_sampling_again(design, sampled, left_out):
    """Weighted draws against exact integration of the series without the row."""
    rows = np.arange(39) != left_out
    C = design.difference[design.post].mean(axis=0)[None]

    found = sampled.without(rows).contrast(C).iloc[0]
    wanted = integrated(design.take(rows)).contrast(C).iloc[0]

    for column in ("estimate", "lower", "upper"):
        assert abs(found[column] - wanted[column]) < 0.15 * wanted["std_error"], column


@needs_pymc
def test_the_checks_sample_only_for_the_curve(monkeypatch, sampled):
    calls = []

    def counted(*given, **options):
        calls.append(given)
        return its.fit(*given, **options)

    monkeypatch.setattr(diagnose, "fit", counted)

    checks = its.check_fit(sampled)

    assert len(calls) == 1
    assert checks["influence"].status in ("passed", "failed")


@needs_pymc
def test_a_seed_gives_the_same_numbers(simple):
    one, same, other = (
        its.fit(simple, "bayes", draws=200, tune=100, seed=seed) for seed in (1, 1, 2)
    )

    pd.testing.assert_frame_equal(one.summary(), same.summary())
    assert not np.allclose(one.summary()["upper"], other.summary()["upper"], rtol=1e-6)


@needs_pymc
def test_the_unit_does_not_matter(make_design):
    values = 20 + ar1_errors(40, 0.6, 8)
    plain, scaled = (
        its.estimate_effects(its.fit(make_design(values * f, first_post=30), "bayes", draws=200))
        for f in (1.0, 1e6)
    )

    for one, other in zip(plain.effects, scaled.effects, strict=True):
        assert other.estimate / 1e6 == pytest.approx(one.estimate, rel=1e-6)
        assert other.upper / 1e6 == pytest.approx(one.upper, rel=1e-6)


def ar1_errors(n, rho, seed):
    rng, e = np.random.default_rng(seed), np.zeros(n)
    e[0] = rng.standard_normal() / np.sqrt(1 - rho**2)
    for t in range(1, n):
        e[t] = rho * e[t - 1] + rng.standard_normal()
    return e


@needs_pymc
def test_it_finds_the_truth_in_a_long_series(make_design):
    t = np.arange(400)
    values = 50 + 0.05 * t - 6 * (t >= 300) + ar1_errors(400, 0.6, 4)

    fitted = its.fit(make_design(values, first_post=300), "bayes")

    level = its.estimate_effects(fitted)["level"]
    assert level.lower < -6 < level.upper
    assert level.upper < 0
    assert fitted.rho == pytest.approx(0.6, abs=0.1)
    assert float(fitted.known.sigma.mean()) == pytest.approx(1.0, abs=0.1)


@needs_pymc
def test_a_narrow_prior_draws_effects_to_nothing(design, sampled):
    narrow = its.fit(design, "bayes", prior_scale=0.05)

    level = {name: abs(f.coefficients["level"]) for name, f in (("w", sampled), ("n", narrow))}
    assert level["n"] < level["w"] / 2


@needs_pymc
def test_too_few_draws_are_told(design):
    few = {"bayes": {"draws": 50, "tune": 50}, "ar1": {}}

    found = its.compare(design, few)

    fit = found.effects["bayes"].fit
    assert not fit.converged
    assert "did not converge: the numbers are not results (" in fit.notes[0]
    assert "the effective sample size is" in fit.notes[0]
    assert "not converged" in found._repr_html_()
    assert "did not converge" in found.effects["bayes"]._repr_html_()


@needs_pymc
def test_what_the_interval_is_stands_below_the_table(sampled):
    shown = its.estimate_effects(sampled)._repr_html_()

    assert "credible intervals with equal tails" in shown
    assert "p is twice the posterior probability" in shown
    assert set(sampled.details) == {"R-hat", "effective sample size", "divergences"}
    assert {"theta", "sigma"} <= set(sampled.raw.posterior)


@needs_pymc
def test_nothing_is_printed_and_nothing_warned():
    code = (
        "import analysis as its; "
        "d = its.build_design(its.load_outcome(start='2021-10', end='2024-12'), "
        "'asylum-restrictions'); its.fit(d, 'bayes', draws=50, tune=50)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


@needs_pymc
@pytest.mark.slow
def test_intervals_cover_as_often_as_they_say(make_design):
    """40 series of 36 months at rho 0.5: at least 34 of 40 (below 1% if coverage is 95%)."""
    covered = {"level": 0, "average": 0}
    for seed in range(40):
        design = make_design(ar1_errors(36, 0.5, 1000 + seed), first_post=18)
        effects = its.estimate_effects(its.fit(design, "bayes", draws=500))
        for name in covered:
            covered[name] += effects[name].lower < 0 < effects[name].upper

    assert min(covered.values()) >= 34, covered
