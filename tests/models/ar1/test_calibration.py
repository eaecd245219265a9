"""Calibrated intervals: how often they cover, and that they follow what the series says of rho."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.models.ar1.calibration import (
    FIGURES,
    HIGHEST,
    LOWEST,
    TERMS,
    coefficients,
    cubic,
    figures,
    stretch,
)
from analysis.models.ar1.gls import ar1_errors
from analysis.models.ar1.surface import any_layout, halves
from analysis.models.batch import contrasts

NODES = np.linspace(-0.9, 0.99, 30)


def shares_covered(layout, rho, replicates, seed, model="ar1_calibrated", alpha=0.05):
    errors = ar1_errors(len(layout.X), rho, replicates, np.random.default_rng(seed))
    table = contrasts(errors, layout.X[None], layout.C[None], model=model, alpha=alpha)
    return np.mean((table[..., 3] < 0) & (table[..., 4] > 0), axis=0)


@pytest.mark.parametrize(("n", "rho"), [(24, 0.0), (24, 0.8), (36, 0.4), (48, 0.6), (96, 0.8)])
def test_level_slope_average_and_last_cover_as_they_say(n, rho):
    """The Monte Carlo error of 4,000 series is 0.0034."""
    covered = shares_covered(halves(n), rho, 4000, seed=31)

    assert covered.min() > 0.94 - 0.007
    assert covered.max() < 0.96 + 0.007


@pytest.mark.slow
@pytest.mark.parametrize("n", [24, 30, 36, 48, 72, 96, 150, 200])
@pytest.mark.parametrize("rho", [0.0, 0.2, 0.4, 0.6, 0.8])
def test_the_whole_range_covers_as_it_says(n, rho):
    covered = shares_covered(halves(n), rho, 10_000, seed=7)

    # The Monte Carlo error of 10,000 series is 0.0022.
    assert covered.min() > 0.94 - 0.0045
    assert covered.max() < 0.96 + 0.0045


@pytest.mark.slow
def test_designs_that_the_surface_has_not_seen_cover_as_they_say():
    """Season, events, ramps and unequal parts: nine cells of ten between 94% and 96%."""
    rng, shares = np.random.default_rng(20240605), []
    for _ in range(40):
        layout = any_layout(rng, 24, 200)
        for rho in (0.0, 0.4, 0.6, 0.8):
            shares.extend(shares_covered(layout, rho, 2500, seed=len(shares)))
    shares = np.array(shares)

    # The Monte Carlo error of 2,500 series is 0.0044.
    assert np.mean((shares > 0.94 - 0.0044) & (shares < 0.96 + 0.0044)) > 0.9
    assert shares.min() > 0.92
    assert shares.max() < 0.98


def test_without_calibration_the_average_covers_too_often():
    """What the calibration is for: the fault is there, and it goes."""
    plain = shares_covered(halves(36), 0.6, 4000, seed=31, model="ar1")

    assert plain[2] > 0.967
    assert shares_covered(halves(36), 0.6, 4000, seed=31)[2] < 0.967


@pytest.mark.parametrize(("alpha", "error"), [(0.1, 0.025), (0.01, 0.006)])
def test_other_intervals_than_95_per_cent_are_better_too(alpha, error):
    off = {
        model: np.abs(shares_covered(halves(48), 0.6, 4000, 3, model, alpha) - (1 - alpha))
        for model in ("ar1", "ar1_calibrated")
    }

    assert (off["ar1_calibrated"][1:] < off["ar1"][1:]).all()
    assert off["ar1_calibrated"].max() < error


def test_estimates_are_those_of_ar1_and_intervals_are_stretched_around_them(simple):
    plain, calibrated = (
        its.estimate_effects(its.fit(simple, model)) for model in ("ar1", "ar1_calibrated")
    )

    for name in ("level", "average", "last"):
        one, other = (np.log1p(np.array(_ends(e[name])) / 100) for e in (plain, calibrated))
        assert one[1] == pytest.approx(other[1])
        left = (other[0] - other[1]) / (one[0] - one[1])
        right = (other[2] - other[1]) / (one[2] - one[1])
        assert left == pytest.approx(right)
        assert left != pytest.approx(1.0, abs=1e-3)


def _ends(effect):
    return effect.lower, effect.estimate, effect.upper


def test_the_total_is_stretched_too(simple):
    plain, calibrated = (
        its.estimate_effects(its.fit(simple, model))["cumulative"]
        for model in ("ar1", "ar1_calibrated")
    )

    assert calibrated.estimate == plain.estimate
    width = [np.log1p(e.upper / 1e6) - np.log1p(e.lower / 1e6) for e in (plain, calibrated)]
    factor = its.fit(simple).known.stretch_of(simple.difference[simple.post].mean(axis=0)[None])
    assert width[1] / width[0] == pytest.approx(factor[0], rel=0.1)


def test_p_and_interval_agree(simple):
    fit = its.fit(simple)
    unit = np.array(simple.X.columns == "level", dtype=float)[None]
    p = fit.contrast(unit)["p_value"][0]

    at_p = fit.contrast(unit, alpha=p)

    assert at_p["upper"][0] == pytest.approx(0.0, abs=1e-6)


def test_a_washout_is_calibrated_with_its_gap(gapped):
    level = its.fit(gapped).summary().loc["level"]

    assert level["lower"] < level["estimate"] < level["upper"]


@pytest.fixture(scope="module")
def two_groups():
    adults, children = (
        its.load_outcome(demographic=group, start="2021-10", end="2024-12")
        for group in ("family_unit+single_adult", "unaccompanied_child")
    )
    return its.build_two_group_design(adults, children, "asylum-restrictions")


def test_two_groups_are_calibrated_too(two_groups):
    plain, calibrated = (
        its.fit(two_groups, model).summary().loc["level"] for model in ("ar1", "ar1_calibrated")
    )

    assert calibrated["estimate"] == plain["estimate"]
    assert calibrated["lower"] != pytest.approx(plain["lower"], rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.4, 0.8])
def test_two_groups_cover_as_they_say(two_groups, rho):
    """The surface has seen no such design. The Monte Carlo error of 600 series is 0.009."""
    n, rng, covered = len(two_groups.y) // 2, np.random.default_rng(3), []
    C = np.array([two_groups.X.columns == name for name in two_groups.step_columns], dtype=float)
    for _ in range(600):
        y = pd.Series(ar1_errors(n, rho, 2, rng).ravel(), two_groups.y.index)
        table = its.fit(replace(two_groups, y=y)).contrast(C)
        covered.append((table["lower"] < 0) & (table["upper"] > 0))

    assert np.mean(covered, axis=0).min() > 0.92
    assert np.mean(covered, axis=0).max() < 0.985


def made(rng, k=3):
    """A posterior of rho and log variances of k contrasts."""
    weight = rng.dirichlet(np.ones(len(NODES)))
    return weight, np.cumsum(rng.uniform(0, 0.2, (k, len(NODES))), axis=1)


def test_figures_are_what_they_are_called():
    weight, log_variance = made(np.random.default_rng(4))

    found = figures(weight, NODES, log_variance, 30.0)

    theta, rng = np.arcsin(NODES), np.random.default_rng(9)
    drawn = rng.choice(len(NODES), 400_000, p=weight)
    assert found.shape == (3, len(FIGURES))
    np.testing.assert_allclose(found[:, 0], NODES[drawn].mean(), atol=0.01)
    np.testing.assert_allclose(found[:, 1], min(theta[drawn].std(), HIGHEST[1]), atol=0.01)
    np.testing.assert_allclose(found[:, 2], log_variance[:, drawn].std(axis=1), atol=0.01)
    room = log_variance[:, -1] - log_variance[:, drawn].mean(axis=1)
    np.testing.assert_allclose(found[:, 3], room / (1 + room), atol=0.01)
    np.testing.assert_allclose(found[:, 4], 1 / 30)


@pytest.mark.parametrize("df", [7.0, 150.0, 399.0])
def test_degrees_of_freedom_of_what_was_simulated_stand_as_they_are(df):
    weight, log_variance = made(np.random.default_rng(4))

    np.testing.assert_allclose(figures(weight, NODES, log_variance, df)[:, 4], 1 / df)


def test_figures_stay_within_what_was_simulated():
    sure = (np.arange(len(NODES)) == len(NODES) - 1).astype(float)
    steep = np.linspace(0, 90, len(NODES))[None]

    for weight in (sure, sure[::-1]):
        for df in (1.0, 1e6):
            found = figures(weight, NODES, steep, df)
            assert (found >= LOWEST).all()
            assert (found <= HIGHEST).all()


def test_one_polynomial_of_56_terms():
    assert len(TERMS) == len(coefficients()) == 56
    corner = cubic(np.stack([LOWEST, HIGHEST]))
    np.testing.assert_allclose(np.abs(corner), 1)


def test_factors_do_not_depend_on_the_unit_of_a_contrast():
    rng = np.random.default_rng(6)
    weight, log_variance = made(rng)

    one = stretch(weight, NODES, np.exp(log_variance), 20.0)
    other = stretch(weight, NODES, 1e6 * np.exp(log_variance), 20.0)

    assert one.shape == (3,)
    np.testing.assert_allclose(one, other)


def test_many_posteriors_at_once():
    rng = np.random.default_rng(8)
    each = [made(rng) for _ in range(4)]

    together = stretch(np.array([w for w, _ in each]), NODES, np.exp([v for _, v in each]), 20.0)

    one_by_one = [stretch(w, NODES, np.exp(v), 20.0) for w, v in each]
    np.testing.assert_allclose(together, one_by_one)


def test_the_factor_of_a_long_series_fades():
    weight, log_variance = made(np.random.default_rng(4))

    short, longer, long = (
        np.log(stretch(weight, NODES, np.exp(log_variance), df)) for df in (400.0, 800.0, 4e6)
    )

    np.testing.assert_allclose(longer, short / 2)
    np.testing.assert_allclose(long, 0, atol=1e-3)


def test_a_contrast_without_variance_keeps_its_interval():
    weight, log_variance = made(np.random.default_rng(4))
    variance = np.exp(log_variance)
    variance[1] = 0.0

    factors = stretch(weight, NODES, variance, 20.0)

    assert factors[1] == 1.0
    assert factors[0] != 1.0
