"""10,000 specifications of the default model beside a loop of statsmodels' GLSAR."""

from contextlib import suppress

import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.border.grid import read_grid
from analysis.errors import InputError
from analysis.robustness.curve.assemble import design_of
from analysis.robustness.curve.specification import run_specifications

LOOPED = 100


@pytest.fixture(scope="module")
def grid():
    starts = [str(month) for month in pd.period_range("2018-10", "2022-11", freq="M")]
    return read_grid(
        {
            "outcome": {"all": {}, "adults": {"demographic": "single_adult"}},
            "start": starts,
            "end": ["2024-11", "2024-12"],
            "intervention": ["asylum-restrictions", "2024-06-18"],
            "season": [0, 1, 2, "months"],
            "events": ["none", "title-42-end", "title-42-end+mexico-enforcement"],
            "phase_in": [0, 2, 3],
        }
    )


@pytest.mark.benchmark(group="specification curve")
def test_ten_thousand_specifications(benchmark, grid):
    """A specification curve."""
    assert len(grid) >= 10_000
    curve = benchmark.pedantic(run_specifications, (grid,), rounds=3, warmup_rounds=1)
    benchmark.extra_info["count"] = len(grid)
    assert len(curve.table) + len(curve.invalid) == len(grid)


@pytest.mark.benchmark(group="specification curve")
def test_rival_loop_of_glsar(benchmark, grid):
    """A loop that lays out designs and runs statsmodels GLSAR.

    One in every 144, to convergence, with an interval.
    """
    chosen = list(grid)[:: len(grid) // LOOPED][:LOOPED]
    benchmark.extra_info["count"] = len(chosen)
    assert benchmark.pedantic(_loop, (grid, chosen), rounds=3) == len(chosen)


@pytest.mark.benchmark(group="specification curve")
def test_rival_loop_of_glsar_on_designs_already_there(benchmark, grid):
    """A loop of statsmodels GLSAR, designs already laid out."""
    chosen = list(grid)[:: len(grid) // LOOPED][:LOOPED]
    designs = [design_of(grid, one) for one in chosen]
    benchmark.extra_info["count"] = len(chosen)
    benchmark.pedantic(lambda: [_fit(design) for design in designs], rounds=3)


def _loop(grid, chosen):
    done = 0
    for one in chosen:
        with suppress(InputError):
            _fit(design_of(grid, one))
        done += 1
    return done


def _fit(design):
    result = sm.GLSAR(design.y, design.X, rho=1).iterative_fit(maxiter=50)
    return result.params, result.conf_int(), result.pvalues
