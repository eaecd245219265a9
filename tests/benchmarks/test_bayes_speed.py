"""How long a Bayesian answer takes: this package's `bayes` and CausalPy, beside the default.

    pip install causalpy
    python -m pytest tests/benchmarks/test_bayes_speed.py --benchmark-enable

CausalPy's interrupted time series is fitted to the pre-period, with independent errors. So it does
less than both others: no term for the intervention, and no memory from month to month.
"""

from __future__ import annotations

import logging
import warnings
from importlib.util import find_spec

import pandas as pd
import pytest

import analysis as its

pytestmark = [
    pytest.mark.benchmark(group="one series, one answer"),
    # What a rival warns of is its own affair.
    pytest.mark.filterwarnings("ignore"),
]
needs_causalpy = pytest.mark.skipif(
    find_spec("causalpy") is None, reason="needs CausalPy: pip install causalpy"
)


@pytest.fixture(scope="module")
def design():
    outcome = its.load_outcome(component="usbp", start="2021-10", end="2024-12")
    events = ["title-42-end", "mexico-enforcement"]
    return its.build_design(outcome, "asylum-restrictions", events=events)


@needs_causalpy
def test_ours_default_fit_with_all_effects(benchmark, design):
    """Default fit with all seven effects, beside samplers"""
    effects = benchmark(lambda: its.estimate_effects(its.fit(design)))

    assert effects["average"].estimate < 0


@needs_causalpy
def test_ours_bayes_with_all_effects(benchmark, design):
    """The model bayes with all seven effects"""

    def run():
        return its.estimate_effects(its.fit(design, "bayes"))

    effects = benchmark.pedantic(run, rounds=3, warmup_rounds=1)

    assert effects.fit.converged
    assert effects["average"].estimate < 0


@needs_causalpy
def test_rival_causalpy_interrupted_time_series(benchmark, design):
    """CausalPy: the same terms before the intervention, four chains of 1,000 draws"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import causalpy
    logging.getLogger("pymc").setLevel(logging.ERROR)
    terms = design.X.drop(columns=["constant", *design.step_columns])
    names = [f"x{i}" for i in range(terms.shape[1])]
    frame = terms.set_axis(names, axis=1).assign(y=design.y)
    frame = frame.set_axis(design.periods.to_timestamp())

    def run():
        sampling = {"chains": 4, "cores": 1, "random_seed": 1, "progressbar": False}
        return causalpy.InterruptedTimeSeries(
            frame.copy(),
            pd.Timestamp("2024-06-01"),
            formula=f"y ~ 1 + {' + '.join(names)}",
            model=causalpy.pymc_models.LinearRegression(sample_kwargs=sampling),
        )

    found = benchmark.pedantic(run, rounds=2, warmup_rounds=1)

    assert float(found.post_impact.mean()) < 0
