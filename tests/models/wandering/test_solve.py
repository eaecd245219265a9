"""Generalised least squares under every process, by two ways and by the book."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.models.ar1.surface import any_layout
from analysis.models.wandering.grid import standard_grid
from analysis.models.wandering.solve import solve_each, solve_shared, sweep, weigh
from analysis.models.wandering.whitening import find_gains


def test_shared_and_separate_designs_agree():
    rng = np.random.default_rng(1)
    layout = any_layout(rng, 30, 60)
    n, gains = len(layout.X), find_gains(np.arange(len(layout.X)))
    y = rng.standard_normal((3, n)).cumsum(axis=1)

    shared = solve_shared(gains, y, layout.X, layout.C)
    each = solve_each(gains, y, np.array([layout.X] * 3), np.array([layout.C] * 3))

    for name in ("center", "scale", "weight"):
        np.testing.assert_allclose(
            getattr(shared, name), getattr(each, name), rtol=1e-7, atol=1e-10
        )
    assert shared.df == each.df == n - layout.X.shape[1]


def test_under_white_noise_it_is_least_squares():
    rng = np.random.default_rng(2)
    layout = any_layout(rng, 30, 60)
    n, p = layout.X.shape
    y = rng.standard_normal(n)

    found = solve_shared(find_gains(np.arange(n)), y[None], layout.X, layout.C)

    g = int(np.flatnonzero(_white())[0])
    b, rss = np.linalg.lstsq(layout.X, y, rcond=None)[:2]
    unscaled = layout.C @ np.linalg.inv(layout.X.T @ layout.X) @ layout.C.T
    np.testing.assert_allclose(found.center[0, :, g], layout.C @ b)
    np.testing.assert_allclose(found.scale[0, :, g], np.sqrt(np.diag(unscaled) * rss / (n - p)))


def _white():
    grid = standard_grid()
    return (grid.rho == 0) & (grid.tau == 0) & (grid.q == 0)


def test_the_unit_of_the_series_changes_no_weight():
    rng = np.random.default_rng(3)
    layout = any_layout(rng, 30, 60)
    y = rng.standard_normal((1, len(layout.X))).cumsum(axis=1)
    gains = find_gains(np.arange(len(layout.X)))

    one, other = (solve_shared(gains, k * y, layout.X, layout.C) for k in (1.0, 1e6))

    np.testing.assert_allclose(one.weight, other.weight, atol=1e-10)
    np.testing.assert_allclose(1e6 * one.center, other.center, rtol=1e-6)


def test_sweeping_gives_inverse_and_determinant():
    A = np.random.default_rng(4).standard_normal((5, 9))
    A = A @ A.T
    bordered = np.block([[A, np.eye(5)], [np.eye(5), np.zeros((5, 5))]])[..., None]

    left, log_det = sweep(bordered.copy(), 5)

    np.testing.assert_allclose(np.triu(-left[..., 0]), np.triu(np.linalg.inv(A)), rtol=1e-8)
    assert log_det[0] == pytest.approx(np.linalg.slogdet(A)[1])


def test_weights_add_up_however_far_apart_the_likelihoods_are():
    log = np.linspace(-5000, 5000, len(_white()))

    assert weigh(log).sum() == pytest.approx(1)
