"""The search for the best rho, on objectives whose maximum is known."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.models.processes.grid import ar1_grid
from analysis.models.processes.search import RHO_LIMIT, refine_maximum

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
