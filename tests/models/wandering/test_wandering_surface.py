"""The response surface: its errors, what it is fitted to, and that it can be fitted again."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.models.ar1.surface import halves, loss, write_surface
from analysis.models.wandering.calibration import FIGURES, SURFACE, TERMS, coefficients
from analysis.models.wandering.surface import (
    Process,
    any_process,
    fit_surface,
    layouts,
    measure_distances,
    processes,
    simulate_cells,
)


def test_errors_have_the_variance_of_their_process():
    process = Process(rho=0.5, tau=2.0, q=0.3)

    found = process.errors(6, 200_000, np.random.default_rng(1)).var(axis=0)

    wandered = 0.09 * np.array([0, 1, 5, 14, 30, 55])
    np.testing.assert_allclose(found, 1 / 0.75 + 2 + wandered, rtol=0.02)


def test_processes_are_straight_noisy_and_wandering():
    found = processes(np.random.default_rng(2))

    assert sum(one.tau == one.q == 0 for one in found) == 4
    assert sum(one.tau > 0 and one.q == 0 for one in found) == 1
    assert sum(one.q > 0 for one in found) == 4
    assert all(-0.2 < any_process(np.random.default_rng(i)).rho < 0.98 for i in range(50))


def test_layouts_are_as_many_as_the_methods_page_says():
    found = layouts()

    assert len(found) == 98
    assert max(len(one.X) for one in found) <= 200


def test_distances_say_who_is_covered():
    layout = halves(24)
    errors = Process(rho=0.5, q=0.05).errors(24, 150, np.random.default_rng(3))

    distances, seen = measure_distances(layout, errors)

    assert distances.shape == (150, 4)
    assert seen.shape == (150, 4, 6)
    # Series of another unit are as far from the truth.
    np.testing.assert_allclose(measure_distances(layout, 100 * errors)[0], distances, rtol=1e-5)


def test_the_gradient_is_that_of_the_loss():
    cells = simulate_cells(halves(24), 60, np.random.default_rng(4))
    at, step = np.random.default_rng(5).normal(size=28) / 20, 1e-6

    slope = loss(at, cells)[1]

    for i in (0, 7, 27):
        move = step * np.eye(28)[i]
        difference = loss(at + move, cells)[0] - loss(at - move, cells)[0]
        assert slope[i] == pytest.approx(difference / (2 * step), rel=1e-4, abs=1e-6)


def test_fitting_lowers_the_loss_to_where_it_is_flat():
    found = fit_surface([halves(24)], replicates=60, seed=6)

    cells = simulate_cells(halves(24), 60, np.random.default_rng(6))
    value, slope, _ = loss(found, cells)
    assert value < loss(np.zeros(len(TERMS)), cells)[0]
    assert np.abs(slope).max() < 1e-2


@pytest.mark.slow
def test_fitting_again_gives_the_same_surface():
    again = fit_surface(layouts(), replicates=400)

    np.testing.assert_allclose(again, coefficients(), atol=2e-3)


def test_the_table_names_the_factors_of_each_term(tmp_path):
    write_surface(tmp_path / "surface.csv", coefficients(), FIGURES, TERMS)

    assert (tmp_path / "surface.csv").read_text() == SURFACE.read_text()
