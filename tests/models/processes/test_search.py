"""The search for the best rho, on objectives whose maximum is known."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.models.processes.grid import ar1_grid
from analysis.models.processes.search import RHO_LIMIT, peak_of_parabola, refine_maximum

NODES = ar1_grid(40).rho
TOPS = np.array([-0.83, -0.31, 0.0, 0.377, 0.62, 0.951])


@pytest.mark.parametrize("sharpness", [1.0, 20.0, 300.0])
def test_the_maximum_is_found_in_each_row_whatever_its_width(sharpness):
    """Sharp ones are flat where the search starts, so Newton's first steps lead out of bounds."""
    calls = []

    def objective(rho, rows):
        calls.append(rho)
        z = sharpness * (rho - TOPS[rows, None])
        return -z * np.tanh(z)

    found = refine_maximum(NODES, objective)

    np.testing.assert_allclose(found, TOPS, atol=1e-9)
    assert len(calls) < 15


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_an_objective_that_rises_to_the_edge_ends_there(sign):
    found = refine_maximum(NODES, lambda rho, _: sign * rho)

    assert found[0] == pytest.approx(sign * RHO_LIMIT, abs=1e-6)


def test_the_search_starts_at_the_top_of_a_parabola_in_the_angle():
    theta = np.linspace(-1.5, 1.5, 31)
    tops = np.array([-1.37, -0.512, 0.04, 0.949, 1.38])
    profile = 7 - 3 * (theta - tops[:, None]) ** 2

    found = peak_of_parabola(np.sin(theta), profile, profile.argmax(axis=1))

    np.testing.assert_allclose(found, np.sin(tops), rtol=1e-12)


@pytest.mark.parametrize("end", [0, 30])
def test_the_search_starts_at_an_end_where_that_is_best(end):
    theta = np.linspace(-1.5, 1.5, 31)
    profile = -np.abs(theta - theta[end])[None]

    found = peak_of_parabola(np.sin(theta), profile, profile.argmax(axis=1))

    assert found[0] == np.sin(theta[end])
