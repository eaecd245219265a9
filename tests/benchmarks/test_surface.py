"""The response surfaces: what they are fitted to, and that fitting them again gives the same."""

from __future__ import annotations

import numpy as np
import pytest
from layouts import any_layout, halves
from surface import (
    STRAIGHT,
    WHOLE_CLASS,
    any_process,
    any_processes,
    loss,
    write_surface,
)

from analysis.models.batch import contrasts
from analysis.models.processes.autoregression import Process, ar1_errors
from analysis.models.processes.calibration import AR1
from analysis.validation.simulate import half_design, wanted_contrasts

RECIPES = pytest.mark.parametrize("recipe", [STRAIGHT, WHOLE_CLASS], ids=["ar1", "wandering"])


def test_halves_are_the_design_of_the_coverage_tables():
    layout, design = halves(30), half_design(30)

    np.testing.assert_array_equal(layout.X, design.X)
    np.testing.assert_allclose(layout.C, wanted_contrasts(design))


def test_every_layout_can_be_estimated():
    rng = np.random.default_rng(3)
    for layout in [any_layout(rng, 14, 60) for _ in range(60)]:
        n, p = layout.X.shape
        assert np.linalg.matrix_rank(layout.X) == p
        assert n - p >= 6
        assert layout.C.shape in ((4, p), (1, p))
        # Estimands are of the intervention's own terms.
        own = 2 if len(layout.C) == 4 else 1
        assert not np.delete(layout.C, [2, 3][:own], axis=1).any()


@pytest.mark.parametrize(
    ("recipe", "count", "shortest", "longest"),
    [(STRAIGHT, 148, 14, 400), (WHOLE_CLASS, 98, 20, 200)],
)
def test_layouts_are_as_many_as_the_methods_page_says(recipe, count, shortest, longest):
    lengths = [len(one.X) for one in recipe.layouts()]

    assert len(lengths) == count
    assert shortest <= min(lengths)
    assert max(lengths) <= longest


def test_errors_have_the_variance_of_their_process():
    process = Process(rho=0.5, tau=2.0, q=0.3)

    found = process.errors(6, 200_000, np.random.default_rng(1)).var(axis=0)

    wandered = 0.09 * np.array([0, 1, 5, 14, 30, 55])
    np.testing.assert_allclose(found, 1 / 0.75 + 2 + wandered, rtol=0.02)


def test_processes_are_straight_noisy_and_wandering():
    found = [draw.__self__ for draw, _ in any_processes(np.random.default_rng(2))]

    assert sum(one.tau == one.q == 0 for one in found) == 4
    assert sum(one.tau > 0 and one.q == 0 for one in found) == 1
    assert sum(one.q > 0 for one in found) == 4
    assert all(-0.2 < any_process(np.random.default_rng(i)).rho < 0.98 for i in range(50))


@RECIPES
def test_distances_say_who_is_covered(recipe):
    layout = halves(24)
    errors = Process(rho=0.5, q=0.05).errors(24, 250, np.random.default_rng(2))

    distances, seen = recipe.measure(layout, errors)

    model = "ar1" if recipe is STRAIGHT else "wandering_trend"
    table = contrasts(errors, layout.X[None], layout.C[None], model=model)
    np.testing.assert_array_equal(distances < 1, (table[..., 3] < 0) & (table[..., 4] > 0))
    assert seen.shape == (250, 4, len(recipe.surface.bounds))
    # Series of another unit are as far from the truth.
    np.testing.assert_allclose(recipe.measure(layout, 100 * errors)[0], distances, rtol=1e-5)


def test_cells_keep_what_a_factor_could_change():
    cell = STRAIGHT.simulate_cells(halves(24), 300, np.random.default_rng(2))[0]

    assert cell.size == 300
    assert 0 < len(cell.distances) < 300
    assert (np.abs(cell.distances) < STRAIGHT.near).all()
    assert cell.covered + len(cell.distances) <= 300


@RECIPES
def test_the_gradient_is_that_of_the_loss(recipe):
    cells = recipe.simulate_cells(halves(24), 60, np.random.default_rng(1))
    T = len(recipe.surface.terms)
    at, step = np.random.default_rng(2).normal(size=T) / 20, 1e-6

    slope = loss(at, cells)[1]

    for i in (0, 7, T - 1):
        move = step * np.eye(T)[i]
        difference = loss(at + move, cells)[0] - loss(at - move, cells)[0]
        assert slope[i] == pytest.approx(difference / (2 * step), rel=1e-4, abs=1e-6)


def test_fitting_lowers_the_loss_to_where_it_is_flat():
    found = WHOLE_CLASS.fit([halves(24)], replicates=60, seed=6)

    cells = WHOLE_CLASS.simulate_cells(halves(24), 60, np.random.default_rng(6))
    value, slope, _ = loss(found, cells)
    assert value < loss(np.zeros(len(found)), cells)[0]
    assert np.abs(slope).max() < 1e-2


def test_a_surface_fitted_to_one_design_brings_its_coverage_to_95_per_cent():
    layout = halves(30)

    found = STRAIGHT.fit([layout], replicates=800, seed=5)

    distances, seen = STRAIGHT.measure(layout, ar1_errors(30, 0.4, 3000, np.random.default_rng(9)))
    covered = (distances < np.exp(AR1.polynomial(seen) @ found)).mean(axis=0)
    assert (distances[:, 1] < 1).mean() > 0.97
    np.testing.assert_allclose(covered, 0.95, atol=0.015)


@RECIPES
def test_the_table_names_the_factors_of_each_term(recipe):
    written = write_surface(recipe.surface, recipe.surface.coefficients)

    assert written == recipe.surface.table.read_text()
    assert written.count("\n") == len(recipe.surface.terms) + 1
    assert all(f",{name}," in written for name in recipe.surface.bounds)


@pytest.mark.slow
def test_fitting_ar1_again_gives_the_factors_of_the_table():
    """Another seed and fewer series: the factors agree where series are."""
    again = STRAIGHT.fit(STRAIGHT.layouts(), replicates=400, seed=1)

    rng, off = np.random.default_rng(4), []
    for layout in (halves(24), halves(48), halves(120), any_layout(rng, 30, 60)):
        _, seen = STRAIGHT.measure(layout, ar1_errors(len(layout.X), 0.6, 500, rng))
        off.append((AR1.polynomial(seen) @ (again - AR1.coefficients)).ravel())
    assert np.sqrt(np.mean(np.concatenate(off) ** 2)) < 0.03


@pytest.mark.slow
def test_fitting_a_wandering_trend_again_gives_the_same_surface():
    again = WHOLE_CLASS.fit(WHOLE_CLASS.layouts(), replicates=WHOLE_CLASS.replicates)

    np.testing.assert_allclose(again, WHOLE_CLASS.surface.coefficients, atol=2e-3)
