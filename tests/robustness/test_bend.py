"""Bends of the trend: closed forms, published numbers, and series of which the truth is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import analysis as its
from analysis.models.processes.autoregression import Process
from analysis.robustness.bend import Bends, bound_bends, largest_move
from analysis.robustness.estimating import estimate_moved


def series(values, *, scale="log", post=8, **options):
    periods = pd.period_range("2015-01", periods=len(values), freq="M")
    outcome = its.make_outcome(
        pd.Series(np.asarray(values, float), periods), name="s", unit="units", kind="measure"
    )
    day = str(periods[-post].start_time.date())
    return its.build_design(outcome, day, season=0, scale=scale, **options)


def noisy(seed=0, n=40, scale="log", **options):
    walk = Process(rho=0.5).errors(n, 1, np.random.default_rng(seed))[0]
    values = np.exp(3 + walk / 10) if scale == "log" else 100 + 5 * walk
    return series(values, scale=scale, **options)


def hinges(count, since):
    return np.array([np.maximum(since - bend + 1, 0) for bend in range(count)], float)


@pytest.mark.parametrize("seed", range(4))
def test_the_largest_move_is_that_of_a_linear_programme(seed):
    rng = np.random.default_rng(seed)
    since = np.sort(rng.choice(12, size=rng.integers(2, 9), replace=False))
    weights, count = rng.normal(size=len(since)), since.max() + 1

    # Variables: the departure in each period, its second differences bounded by 1.
    second = np.diff(np.vstack([np.zeros((2, count)), np.eye(count)]), n=2, axis=0)
    padded = np.zeros(count)
    padded[since] = weights
    best = optimize.linprog(
        -padded, np.vstack([second, -second]), np.ones(2 * count), bounds=(None, None)
    )

    assert largest_move(weights, since) == pytest.approx(-best.fun)


def test_least_squares_with_shift_and_slope_has_the_mean_of_the_triangular_numbers():
    found = bound_bends(noisy(post=7), model="newey_west")

    assert found.per_bend == pytest.approx(np.mean([1, 3, 6, 10, 15, 21, 28]), rel=1e-5)


@pytest.mark.parametrize(
    ("model", "scale"),
    [
        ("wandering_trend_calibrated", "log"),
        ("ar1_calibrated", "level"),
        ("prais_winsten", "log"),
        ("quasi_poisson", "count"),
    ],
)
def test_no_departure_that_is_put_in_moves_an_estimate_further(model, scale):
    design = noisy(3, scale="level" if scale == "level" else "log")
    if scale == "count":
        counts = its.make_outcome(
            np.round(100 * design.outcome.values), name="s", unit="units", kind="count"
        )
        design = its.build_design(counts, design.intervention, season=0, scale="count")
    found = bound_bends(design, model=model)
    size = 1e-3 if scale != "level" else 1e-2
    rng, since = np.random.default_rng(1), design.time - design.T0
    signs = [*rng.choice([-1.0, 1.0], size=(30, 8)), np.ones(8)]
    moves = [np.zeros(len(since)), *(size * s @ hinges(8, since) for s in signs)]

    moved = estimate_moved(design, np.array(moves), model=model)[:, 0]

    assert np.abs(moved - moved[0]).max() <= size * found.per_bend * 1.02
    assert moved[0] == pytest.approx(found.estimate)


# Effects of Medicaid expansion on coverage in the R package HonestDiD's README, in the years 2008
# to 2012 and 2014, 2015 against 2013: coefficients and lower triangle of their covariance,
# estimated from the same public table (Mixtape Sessions, ehec_data) as it says: two-way fixed
# effects, clustered by state.
BETA = [-528.5, -1129.7, -267.6, -141.9, 34.0, 4644.7, 6920.6]
SIGMA = [
    [748.8],
    [604.0, 726.6],
    [444.5, 378.9, 505.2],
    [338.6, 286.7, 267.4, 400.3],
    [432.8, 454.3, 277.8, 241.3, 546.3],
    [476.6, 442.9, 306.1, 238.1, 368.3, 837.6],
    [242.5, 282.5, 96.4, 29.2, 97.2, 632.1, 1071.2],
]
# By M, the intervals for 2014 that the README prints.
PUBLISHED = {
    0.0: (0.0259, 0.0607), 0.01: (0.0132, 0.0787), 0.02: (0.00286, 0.0907),
    0.03: (-0.00714, 0.101), 0.04: (-0.0171, 0.111), 0.05: (-0.0271, 0.121),
}  # fmt: skip


@pytest.mark.parametrize(
    "most",
    [0.0, 0.01, 0.02, *(pytest.param(m, marks=pytest.mark.slow) for m in (0.03, 0.04, 0.05))],
)
def test_rambachan_and_roth_give_the_same_intervals_for_differences(most):
    """Their interval is the shortest over affine estimators, given the largest bias of each: that
    bias is `largest_move`, of the years before 2013 (backwards) and of those after it."""
    covariance = np.zeros((7, 7))
    covariance[np.tril_indices(7)] = np.concatenate(SIGMA)
    covariance = (covariance + np.tril(covariance, -1).T) * 1e-7
    beta, years = np.array(BETA) * 1e-5, np.arange(-5, 0)
    # What an estimator takes off for the years before leaves nothing of a straight trend.
    exact, free = -years / (years @ years), np.linalg.svd(years[None])[2][1:].T

    def weights(free_part):
        return np.concatenate([exact + free @ free_part, [1.0, 0.0]])

    def half(free_part):
        w = weights(free_part)
        error = np.sqrt(w @ covariance @ w)
        bias = largest_move(w[:4][::-1], np.arange(4)) + largest_move(w[5:], np.arange(2))
        return error * np.sqrt(stats.ncx2.ppf(0.95, 1, (most * bias / error) ** 2))

    starts = [np.zeros(4), np.linalg.lstsq(free, np.eye(5)[4] - exact, rcond=None)[0]]
    how = {"maxiter": 20000, "maxfev": 20000, "xatol": 1e-8, "fatol": 1e-10}
    tried = [optimize.minimize(half, x, method="Nelder-Mead", options=how) for x in starts]
    best = min(tried, key=lambda one: one.fun)

    middle = weights(best.x) @ beta
    np.testing.assert_allclose((middle - best.fun, middle + best.fun), PUBLISHED[most], atol=4e-4)


def test_where_estimate_and_interval_reach_zero():
    found = Bends(
        estimate=-0.6, lower=-1.0, upper=-0.2, per_bend=4.0, past=np.array([0.01, 0.05, 0.2]),
        design=noisy(), alpha=0.05,
    )  # fmt: skip
    mirrored = replace(found, estimate=0.6, lower=0.2, upper=1.0)

    for one in (found, mirrored):
        assert (one.whole, one.open) == pytest.approx((0.15, 0.05))
        assert (one.sharper(one.whole), one.sharper(one.open)) == (1, 2)
        assert one.table[["lower", "upper"]].abs().min(axis=1).min() == pytest.approx(0, abs=1e-9)
        assert one.table[["least", "most"]].abs().min(axis=1).min() == pytest.approx(0, abs=1e-9)
    assert "−13.9% a month" in found.sentence()
    assert "+16.2% a month" in mirrored.sentence()
    assert "1 of 3 earlier dates" in found.sentence()
    none = replace(found, upper=0.1, past=np.empty(0))
    assert none.open == 0
    assert "holds zero without any bend" in none.sentence()
    assert "earlier dates" not in none.sentence()


def test_past_dates_are_told_as_bends():
    design = noisy(n=60)
    placebo = its.run_placebos(design)

    found = bound_bends(design, past=placebo)

    assert found.sharper(found.whole) == placebo.rank - 1
    refused = its.attempt(its.run_placebos, noisy(n=20))
    assert len(bound_bends(design, past=refused).past) == 0


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_series_that_bend_by_less_are_covered(rho):
    """400 series without an effect whose trend bends by M after the start: the interval for bends
    up to M holds zero in at least as many as it says, the plain one in fewer."""
    design, bend = noisy(post=8), 0.03
    since = design.time - design.T0
    departure = bend * np.ones(8) @ hinges(8, since)
    errors = 0.1 * Process(rho=rho).errors(len(since), 400, np.random.default_rng(5))
    level = np.zeros(len(since)) - design.y.to_numpy()

    found = estimate_moved(design, level + departure + errors)
    reach = bend * bound_bends(design).per_bend

    assert ((found[:, 1] - reach <= 0) & (found[:, 2] + reach >= 0)).mean() >= 0.95
    assert ((found[:, 1] <= 0) & (found[:, 2] >= 0)).mean() < 0.9
