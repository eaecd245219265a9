"""Calibrated intervals: how often they cover, and that they follow what the series says of rho."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from layouts import any_layout, halves

import analysis as its
from analysis.models.batch import contrasts
from analysis.models.processes.autoregression import ar1_errors


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
    level = its.fit(gapped).tabulate().loc["level"]

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
        its.fit(two_groups, model).tabulate().loc["level"] for model in ("ar1", "ar1_calibrated")
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
