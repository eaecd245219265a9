"""How long the default model takes, one by one and in a batch, beside rivals in the same run.

    python -m pytest tests/benchmarks -m benchmark --benchmark-enable

Compare medians within one group. A batch times 1,000 designs, a rival's loop ten or a hundred.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import statsmodels.api as sm

import analysis as its
from analysis.models.batch import Problem, batch_contrasts

pytestmark = pytest.mark.benchmark
COUNT = 1000


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


@pytest.mark.benchmark(group="one fit")
def test_default_fit_with_all_effects_and_10_000_draws(benchmark, design):
    benchmark(lambda: its.estimate_effects(its.fit(design, "ar1")))


@pytest.mark.benchmark(group="one fit")
def test_default_fit_alone(benchmark, design):
    benchmark(lambda: its.fit(design, "ar1"))


@pytest.mark.benchmark(group="one fit")
def test_rival_glsar_three_iterations(benchmark, design):
    benchmark(lambda: sm.GLSAR(design.y, design.X).iterative_fit())


@pytest.mark.benchmark(group="one fit")
def test_rival_glsar_until_it_converges(benchmark, design):
    benchmark(lambda: sm.GLSAR(design.y, design.X).iterative_fit(maxiter=50))


@pytest.mark.benchmark(group="one fit")
def test_rival_glsar_on_plain_arrays(benchmark, design):
    y, X = design.y.to_numpy(), design.X.to_numpy()
    benchmark(lambda: sm.GLSAR(y, X).iterative_fit())


@pytest.mark.benchmark(group="one fit")
def test_rival_sarimax(benchmark, design):
    def fit():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sm.tsa.SARIMAX(design.y.to_numpy(), design.X.to_numpy(), order=(1, 0, 0)).fit(disp=0)

    benchmark(fit)


@pytest.mark.benchmark(group="1,000 designs")
@pytest.mark.parametrize("model", ["ar1", "reml_ar1"])
@pytest.mark.parametrize("shared", [True, False])
def test_batch_of_1_000(benchmark, design, series, contrasts, model, shared):
    problems = problems_of(design, series, contrasts, shared=shared)
    benchmark(lambda: batch_contrasts(problems, model=model))
