"""The response surface: what it is fitted to, and that fitting it again gives the same."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.models.ar1 import surface
from analysis.models.ar1.calibration import FIGURES, SURFACE, TERMS, coefficients, cubic
from analysis.models.ar1.gls import ar1_errors
from analysis.models.ar1.stacked import Basis
from analysis.models.ar1.surface import (
    Setting,
    any_layout,
    fit_surface,
    halves,
    layouts,
    measure_distances,
    simulate_cells,
)
from analysis.models.batch import contrasts
from analysis.validation.simulate import half_design, wanted_contrasts


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


def test_layouts_are_as_many_as_the_methods_page_says():
    found = layouts()

    assert len(found) == 148
    assert min(len(one.X) for one in found) >= 14
    assert max(len(one.X) for one in found) == 400


def test_distances_say_who_is_covered():
    layout = halves(24)
    errors = ar1_errors(24, 0.5, 500, np.random.default_rng(2))

    distances, _ = measure_distances(Basis.of(layout.X[None], layout.C[None]), errors)

    table = contrasts(errors, layout.X[None], layout.C[None], model="ar1")
    np.testing.assert_array_equal(distances < 1, (table[..., 3] < 0) & (table[..., 4] > 0))


def test_cells_keep_what_a_factor_could_change():
    cell = simulate_cells(halves(24), 300, np.random.default_rng(2))[0]

    assert cell.size == 300
    assert 0 < len(cell.distances) < 300
    assert (np.abs(cell.distances) < surface.NEAR).all()
    assert cell.covered + len(cell.distances) <= 300


def test_the_gradient_is_that_of_the_loss():
    cells = simulate_cells(halves(24), 100, np.random.default_rng(1))
    at, step = np.random.default_rng(2).normal(size=56) / 20, 1e-6

    slope = surface.loss(at, cells)[1]

    for i in (0, 7, 55):
        move = step * np.eye(56)[i]
        difference = surface.loss(at + move, cells)[0] - surface.loss(at - move, cells)[0]
        assert slope[i] == pytest.approx(difference / (2 * step), rel=1e-4, abs=1e-6)


def test_a_surface_fitted_to_one_design_brings_its_coverage_to_95_per_cent():
    layout = halves(30)

    found = fit_surface([layout], replicates=800, seed=5)

    errors = ar1_errors(30, 0.4, 3000, np.random.default_rng(9))
    distances, seen = measure_distances(Basis.of(layout.X[None], layout.C[None]), errors)
    covered = (distances < np.exp(cubic(seen) @ found)).mean(axis=0)
    assert (distances[:, 1] < 1).mean() > 0.97
    np.testing.assert_allclose(covered, 0.95, atol=0.015)


def test_the_table_names_the_factors_of_each_term(tmp_path):
    surface.write_surface(tmp_path / "surface.csv", coefficients(), FIGURES, TERMS)

    written = (tmp_path / "surface.csv").read_text()
    assert written == SURFACE.read_text()
    assert written.count("\n") == len(TERMS) + 1
    assert "\n1,mean_rho,inverse_df," in written


@pytest.mark.slow
def test_fitting_again_gives_the_factors_of_the_table():
    """Another seed and fewer series: the factors agree where series are."""
    again = fit_surface(layouts(), replicates=400, seed=1)

    rng, off = np.random.default_rng(4), []
    for layout in (halves(24), halves(48), halves(120), any_layout(rng, 30, 60)):
        _, seen = _seen(layout, rng)
        off.append(cubic(seen) @ (again - coefficients()))
    off = np.concatenate([one.ravel() for one in off])
    assert np.sqrt(np.mean(off**2)) < 0.03


def _seen(layout: Setting, rng: np.random.Generator):
    errors = ar1_errors(len(layout.X), 0.6, 500, rng)
    return measure_distances(Basis.of(layout.X[None], layout.C[None]), errors)
