"""How long the default model takes, one by one and in a batch, beside rivals in the same run.

A batch times 1,000 series, a rival's loop a hundred or ten of them.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import statsmodels.api as sm

import analysis as its
from analysis.models.batch import METHODS, Problem, batch_contrasts

pytestmark = pytest.mark.benchmark
COUNT = 1000
SHARED, APART = "on one design", "each on a design of its own"


@pytest.fixture(scope="module")
def design():
    outcome = its.load_outcome(component="usbp", start="2021-10", end="2024-12")
    events = ["title-42-end", "mexico-enforcement"]
    return its.build_design(outcome, "asylum-restrictions", events=events, season=1)


@pytest.fixture(scope="module")
def series(design):
    rng = np.random.default_rng(1)
    return design.y.to_numpy() + 0.1 * rng.standard_normal((COUNT, len(design.y)))


@pytest.fixture(scope="module")
def contrasts(design):
    level = (design.X.columns == "level").astype(float)
    return np.array([level, design.difference[design.post].mean(axis=0)])


def problems_of(design, series, contrasts, *, shared):
    X, rng = design.X.to_numpy(), np.random.default_rng(2)
    return [
        Problem(
            y=y,
            X=X if shared else X + 0.01 * rng.standard_normal(X.shape),
            time=design.time,
            C=contrasts,
        )
        for y in series
    ]


def sarimax(y, X):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sm.tsa.SARIMAX(y, X, order=(1, 0, 0)).fit(disp=0)


@pytest.mark.benchmark(group="one fit")
def test_default_fit_with_all_effects_and_10_000_draws(benchmark, design):
    """Default fit with all seven effects."""
    benchmark(lambda: its.estimate_effects(its.fit(design)))


@pytest.mark.benchmark(group="one fit")
def test_default_fit_alone(benchmark, design):
    """Default fit alone."""
    benchmark(lambda: its.fit(design))


@pytest.mark.benchmark(group="one fit")
def test_rival_glsar_three_iterations(benchmark, design):
    """statsmodels GLSAR, its default three iterations, no effects."""
    benchmark(lambda: sm.GLSAR(design.y, design.X).iterative_fit())


@pytest.mark.benchmark(group="one fit")
def test_rival_glsar_until_it_converges(benchmark, design):
    """statsmodels GLSAR until it converges, no effects."""
    benchmark(lambda: sm.GLSAR(design.y, design.X).iterative_fit(maxiter=50))


@pytest.mark.benchmark(group="one fit")
def test_rival_glsar_on_plain_arrays(benchmark, design):
    """statsmodels GLSAR on plain arrays, three iterations, no effects."""
    y, X = design.y.to_numpy(), design.X.to_numpy()
    benchmark(lambda: sm.GLSAR(y, X).iterative_fit())


@pytest.mark.benchmark(group="one fit")
def test_rival_sarimax(benchmark, design):
    """statsmodels SARIMAX(1,0,0), no effects."""
    benchmark(lambda: sarimax(design.y.to_numpy(), design.X.to_numpy()))


@pytest.mark.benchmark(group="1,000 series")
@pytest.mark.parametrize("model", METHODS)
@pytest.mark.parametrize("designs", [SHARED, APART])
def test_batch_of_1_000(benchmark, design, series, contrasts, model, designs):
    """{model} of 1,000 series, {designs}."""
    problems = problems_of(design, series, contrasts, shared=designs == SHARED)
    benchmark.extra_info["count"] = COUNT
    benchmark(lambda: batch_contrasts(problems, model=model))


@pytest.mark.benchmark(group="1,000 series")
def test_rival_loop_of_glsar(benchmark, design, series):
    """A loop of statsmodels GLSAR on plain arrays, to convergence."""
    X, some = design.X.to_numpy(), series[:100]
    benchmark.extra_info["count"] = len(some)
    benchmark.pedantic(
        lambda: [sm.GLSAR(y, X).iterative_fit(maxiter=50).params for y in some], rounds=3
    )


@pytest.mark.benchmark(group="1,000 series")
def test_rival_loop_of_sarimax(benchmark, design, series):
    """A loop of statsmodels SARIMAX(1,0,0)."""
    X, some = design.X.to_numpy(), series[:10]
    benchmark.extra_info["count"] = len(some)
    benchmark.pedantic(lambda: [sarimax(y, X).params for y in some], rounds=3)
