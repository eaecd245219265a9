"""Generalised least squares under every process, by two ways and by the book."""

from __future__ import annotations

import numpy as np
import pytest
from layouts import any_layout

from analysis.design.named import GROUPS_APART
from analysis.models.processes.autoregression import Autoregression
from analysis.models.processes.grid import Processes, standard_grid
from analysis.models.processes.integrated import wandering
from analysis.models.processes.solve import OneDesign, solve_each, sweep
from analysis.models.processes.whitening import find_gaps, work_out_gains

KINDS = [wandering, Autoregression.of]


def solve_shared(kind, y, layout):
    return OneDesign.of(kind, y, layout.X, np.arange(len(layout.X))).contrasts(layout.C)


@pytest.mark.parametrize("kind", KINDS)
def test_shared_and_separate_designs_agree(kind):
    rng = np.random.default_rng(1)
    layout = any_layout(rng, 30, 60)
    n = len(layout.X)
    y = rng.standard_normal((3, n)).cumsum(axis=1)

    shared = solve_shared(kind, y, layout)
    each = solve_each(kind, y, np.array([layout.X] * 3), layout.C[None], np.arange(n))

    for name in ("center", "scale", "weight"):
        np.testing.assert_allclose(
            getattr(shared, name), getattr(each, name), rtol=1e-7, atol=1e-10
        )
    assert shared.df == each.df == n - layout.X.shape[1]


@pytest.mark.parametrize(
    "clock", [np.arange(20), np.r_[0:6, 9:15, 16], np.r_[0:8, GROUPS_APART + np.arange(8)]]
)
def test_autoregression_is_the_process_without_noise_or_wandering(clock):
    """Sums of few cross-products and the Kalman filter give the same."""
    rng, rhos = np.random.default_rng(6), np.array([-0.6, 0.0, 0.5, 0.95])
    Q, r = rng.standard_normal((len(clock), 3)), rng.standard_normal((2, len(clock)))
    grid = Processes.ar1(rhos, np.ones(4))
    few = Autoregression(steps=np.diff(clock), grid=grid)

    filtered = work_out_gains(find_gaps(clock), grid)

    for one, other in zip(few.shared(Q, r), filtered.shared(Q, r), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(few.each(Q[None]), filtered.each(Q[None]), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(few.log_V, filtered.log_V, atol=1e-10)


def test_under_white_noise_it_is_least_squares():
    rng = np.random.default_rng(2)
    layout = any_layout(rng, 30, 60)
    n, p = layout.X.shape
    y = rng.standard_normal(n)

    found = solve_shared(wandering, y[None], layout)

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

    one, other = (solve_shared(wandering, k * y, layout) for k in (1.0, 1e6))

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

    assert standard_grid().weigh(log).sum() == pytest.approx(1)
