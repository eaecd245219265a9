"""The filter whitens what it says, whatever the process and the gaps in time."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.design.named import GROUPS_APART
from analysis.models.processes.grid import standard_grid
from analysis.models.processes.whitening import find_gains, work_out_gains


def covariance(rho, tau, q, clock):
    """Of the errors at these times, written down directly."""
    n = clock[-1] - clock[0] + 1
    lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    response = np.maximum(0, np.subtract.outer(np.arange(n), np.arange(n)))
    whole = rho**lag / (1 - rho**2) + tau * np.eye(n) + q**2 * response @ response.T
    kept = clock - clock[0]
    return whole[np.ix_(kept, kept)]


@pytest.mark.parametrize("clock", [np.arange(25), np.r_[0:6, 9:15, 16, 30:34]])
def test_whitened_columns_have_the_products_of_generalised_least_squares(clock):
    grid, Z = standard_grid(), np.random.default_rng(1).standard_normal((len(clock), 3))

    gains = find_gains(clock)
    white = gains.whiten(Z)

    for g in range(0, len(grid.rho), 7):
        V = covariance(grid.rho[g], grid.tau[g], grid.q[g], clock)
        np.testing.assert_allclose(white[g].T @ white[g], Z.T @ np.linalg.solve(V, Z), rtol=1e-6)
        assert gains.log_V[g] == pytest.approx(np.linalg.slogdet(V)[1], rel=1e-8, abs=1e-8)


def test_groups_are_whitened_apart():
    first, second = np.random.default_rng(2).standard_normal((2, 12, 1))
    clock = np.arange(12)

    both = find_gains(np.r_[clock, clock + GROUPS_APART]).whiten(np.r_[first, second])

    alone = find_gains(clock)
    np.testing.assert_allclose(both[:, :12], alone.whiten(first))
    np.testing.assert_allclose(both[:, 12:], alone.whiten(second))


def test_the_gains_of_a_longer_series_begin_with_those_of_a_shorter_one():
    long, short = find_gains(np.arange(40)), find_gains(np.arange(20))

    np.testing.assert_array_equal(long.gain[:20], short.gain)


def test_the_prior_is_what_the_model_says():
    grid = standard_grid()

    assert grid.prior.sum() == pytest.approx(1)
    assert grid.prior[grid.q == 0].sum() == pytest.approx(0.25)
    assert grid.prior[grid.tau == 0].sum() == pytest.approx(0.5)
    assert grid.q.max() >= 0.3
    assert (np.abs(grid.rho) < 1).all()


@pytest.mark.parametrize(
    "clock", [np.arange(20), np.r_[0:6, 9:15], np.r_[0:8, 0:8] + np.repeat([0, GROUPS_APART], 8)]
)
def test_whitening_forth_and_back_multiplies_by_the_inverse(clock):
    gains, Z = find_gains(clock), np.random.default_rng(3).standard_normal((len(clock), 4))
    white = gains.whiten(Z)

    back = gains.whiten_back(white[:, :, 0])

    np.testing.assert_allclose(back @ Z, (white.mT @ white)[:, 0], rtol=1e-6, atol=1e-8)


def test_noise_of_a_row_is_added_to_its_variance():
    grid, clock = standard_grid(), np.arange(15)
    noise = np.random.default_rng(4).uniform(0, 3, (15, len(grid.rho)))
    Z = np.random.default_rng(5).standard_normal((15, 2))

    white = work_out_gains(np.r_[0, np.ones(14, int)], grid, noise).whiten(Z)

    for g in range(0, len(grid.rho), 11):
        V = covariance(grid.rho[g], grid.tau[g], grid.q[g], clock) + np.diag(noise[:, g])
        np.testing.assert_allclose(white[g].T @ white[g], Z.T @ np.linalg.solve(V, Z), rtol=1e-6)
