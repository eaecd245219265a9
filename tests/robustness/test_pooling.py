"""Pooling over units: published numbers, limits that are known, coverage, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from analysis.errors import InputError
from analysis.robustness.pooling import meta_regression, pool

# Trials of a vaccine (Colditz et al. 1994): ill and well with it, ill and well without, latitude.
BCG = np.array([
    (4, 119, 11, 128, 44), (6, 300, 29, 274, 55), (3, 228, 11, 209, 42),
    (62, 13536, 248, 12619, 52), (33, 5036, 47, 5761, 13), (180, 1361, 372, 1079, 44),
    (8, 2537, 10, 619, 19), (505, 87886, 499, 87892, 13), (29, 7470, 45, 7232, 27),
    (17, 1699, 65, 1600, 42), (186, 50448, 141, 27197, 18), (5, 2493, 3, 2338, 33),
    (27, 16886, 29, 17825, 33),
], float)  # fmt: skip


@pytest.fixture(scope="module")
def trials():
    a, b, c, d, latitude = BCG.T
    ratio = np.log(a / (a + b) / (c / (c + d)))
    return ratio, np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)), latitude


def restricted(tau2, y, X, v):
    """Minus twice the restricted log-likelihood, up to a constant."""
    w = 1 / (v + tau2)
    A = X.T @ (w[:, None] * X)
    rest = y - X @ np.linalg.solve(A, X.T @ (w * y))
    return -np.log(w).sum() + np.linalg.slogdet(A)[1] + (w * rest**2).sum()


def test_the_mean_of_the_vaccine_trials(trials):
    """Viechtbauer 2010 (J Stat Softw 36(3)): tau^2 0.3132, I^2 92.22%, Q 152.2330, mean -0.7145."""
    pooled = pool(*trials[:2])

    spread, mean = pooled.spread, pooled.table.loc["mean"]
    assert spread.tau**2 == pytest.approx(0.3132, abs=5e-5)
    assert pytest.approx((92.22, 152.2330), abs=0.005) == (spread.I2, spread.Q)
    assert mean["estimate"] == pytest.approx(-0.7145, abs=5e-5)
    # The published 0.1798 is without Knapp and Hartung's factor.
    weights = 1 / (trials[1] ** 2 + spread.tau**2)
    q = (weights * (trials[0] - mean["estimate"]) ** 2).sum() / 12
    assert mean["std_error"] / np.sqrt(q) == pytest.approx(0.1798, abs=5e-5)


def test_the_dose_of_the_vaccine_trials(trials):
    """The same article: 0.2515 - 0.0291 a degree, tau^2 0.0764, QE 30.7331."""
    dosed = meta_regression(*trials)

    assert dosed.table["estimate"].tolist() == pytest.approx([0.2515, -0.0291], abs=5e-5)
    # Their search stops at 1e-5.
    assert dosed.spread.tau**2 == pytest.approx(0.0764, abs=1e-4)
    assert pytest.approx(30.7331, abs=5e-5) == dosed.spread.Q
    assert 0.0005 <= dosed.permuted < 0.03


@pytest.mark.parametrize("seed", range(2))
def test_tau_is_where_the_restricted_likelihood_is_highest(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(4, 15))
    errors, dose = rng.uniform(0.1, 1, k), rng.normal(size=k)
    y = rng.normal(size=k) * rng.choice([0.1, 1.0])
    for X, spread in (
        (np.ones((k, 1)), pool(y, errors).spread),
        (np.column_stack([np.ones(k), dose]), meta_regression(y, errors, dose).spread),
    ):
        grid = np.linspace(0, 4, 401)
        deviance = [restricted(tau2, y, X, errors**2) for tau2 in grid]
        near = grid[int(np.argmin(deviance))]
        best = optimize.minimize_scalar(
            restricted, bounds=(max(near - 0.01, 0), near + 0.01), args=(y, X, errors**2)
        )
        assert spread.tau**2 == pytest.approx(best.x, abs=1e-4)


def test_a_shift_a_change_of_unit_and_the_order_of_units_do_what_they_should(trials):
    y, errors, latitude = trials
    plain, moved = pool(y, errors), pool(3 * y + 1, 3 * errors)
    for name in ("estimate", "lower", "upper"):
        assert moved.table[name].to_numpy() == pytest.approx(3 * plain.table[name] + 1)
    turned = pool(y[::-1], errors[::-1])
    assert turned.table.loc["mean", "lower"] == pytest.approx(plain.table.loc["mean", "lower"])
    per_cent = pool(y, errors, unit="%").table
    assert per_cent["upper"].to_numpy() == pytest.approx(100 * np.expm1(plain.table["upper"]))
    assert np.allclose(plain.units["weight"].sum(), 1)
    zero = meta_regression(y, errors, latitude)
    elsewhere = meta_regression(y, errors, latitude - 30)
    assert zero.table.loc["slope"].iloc[:6].tolist() == pytest.approx(
        elsewhere.table.loc["slope"].iloc[:6].tolist()
    )
    line = zero.table["estimate"]
    assert elsewhere.table.loc["zero", "estimate"] == pytest.approx(line["zero"] + 30 * line.slope)


def test_without_each_unit_is_the_mean_of_the_others(trials):
    y, errors, _ = trials
    without = pool(y, errors).without
    others = pool(y[1:], errors[1:]).table.loc["mean"]
    assert without.iloc[0][["estimate", "lower"]].tolist() == pytest.approx(
        others[["estimate", "lower"]].tolist()
    )
    assert pool(y[:2], errors[:2]).without.empty


def test_a_permutation_test_of_few_units_is_exact():
    dosed = meta_regression([0.0, 1.0, 2.0, 3.0], [0.1] * 4, [0, 1, 2, 3])
    assert dosed.permuted == pytest.approx(2 / 24)
    assert dosed.smallest == pytest.approx(2 / 24)


@pytest.mark.slow
def test_the_permutation_test_holds_its_size_where_there_is_no_slope():
    rng = np.random.default_rng(3)
    low = 0
    for seed in range(200):
        errors = rng.uniform(0.2, 0.5, 8)
        y = rng.normal(0, np.sqrt(0.1 + errors**2))
        low += meta_regression(y, errors, rng.normal(size=8), seed=seed).permuted <= 0.1
    assert stats.binomtest(low, 200, 0.1).pvalue > 0.01


def test_a_correlation_widens_the_interval_and_one_that_cannot_be_is_refused():
    y, errors = np.array([0.1, 0.3, -0.2, 0.4]), np.full(4, 0.2)
    alone, together = pool(y, errors), pool(y, errors, correlation=0.5)
    width = [p.table.loc["mean", "upper"] - p.table.loc["mean", "lower"] for p in (alone, together)]
    assert width[1] > width[0]
    with pytest.raises(InputError, match="positive definite"):
        pool(y, errors, correlation=-0.9)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (([1.0], [1.0]), "2 or more"),
        (([1.0, np.nan], [1.0, 1.0]), "finite"),
        (([1.0, 2.0], [1.0, 0.0]), "above 0"),
        (([1.0, 2.0], [1.0]), "for each unit"),
    ],
)
def test_what_cannot_be_pooled_is_refused(given, words):
    with pytest.raises(InputError, match=words):
        pool(*given)


@pytest.mark.parametrize(
    ("dose", "words"), [([1, 1, 1], "not all the same"), ([1, 2], "for each unit")]
)
def test_doses_that_tell_nothing_are_refused(dose, words):
    with pytest.raises(InputError, match=words):
        meta_regression([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], dose)
