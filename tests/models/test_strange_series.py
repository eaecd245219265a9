"""Strange series through all models: an answer in order, or a refusal that names the reason."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.errors import DataError, attempt

N, START = 60, 40
T, E = np.arange(N), np.random.default_rng(0).standard_normal(N)
COUNTED = np.random.default_rng(1).poisson
STRANGE = {
    "alternating": 10 + (-1.0) ** T,
    "alternating and huge": 1e6 * (2 + (-1.0) ** T),
    "a spike before": np.where(T == 20, 1000.0, 10.0),
    "a spike after": np.where(T == 50, 1e6, 10.0),
    "a spike among zeros": np.where(T == 10, 1e6, 0.0),
    "always the same": np.full(N, 5.0),
    "of 1e300": 1e300 * (1 + 0.01 * E),
    "of 1e-300": 1e-300 * (1 + 0.1 * E),
    "of 1e154": 1e154 * (5 + E),
    "the smallest that there are": 5e-324 * (1 + T % 5),
    "of 1e99": 1e99 * (5 + E) / 10,
    "of 1e-99": 1e-99 * (50 + E),
    "a straight line": 5.0 + 2 * T,
    "a straight log": np.exp(0.05 * T),
    "straight before": np.where(T < START, 5.0 + T, 5.0 + T + E),
    "the same before": np.where(T < START, 5.0, 5 + np.abs(E)),
    "the same after": np.where(T < START, 20 + E, 30.0),
    "a step": np.where(T < START, 10.0, 20.0),
    "a ramp": np.maximum(1.0, T - 20.0),
    "half as much again each month": 1.5**T,
    "ten times in two months": 10.0 ** (T / 2),
    "a random walk": 100 + np.cumsum(E),
    "a small random walk": 100 + np.cumsum(E * 0.1),
    "few whole numbers": np.round(5 + E * 0.6) + 5,
    "two values": np.where(E > 0, 1.0, 2.0),
    "mostly ones": np.where(T % 17 == 0, 2.0, 1.0),
    "of period 2": np.where(T % 2, 1.0, 100.0),
    "of period 12": 10 + 5 * np.sin(2 * np.pi * T / 12),
    "heavy tails": np.exp(3 * np.random.default_rng(2).standard_t(1.5, N).clip(-60, 60)),
    "one tiny value": np.where(T == 30, 1e-12, 10 + E),
    "every third missing": np.where(T % 3 == 0, np.nan, 10 + E),
    "a long gap": np.where((T > 10) & (T < 22), np.nan, 10 + E),
    "a gap at the start": np.where((T > 36) & (T < 46), np.nan, 10 + E),
    "of both signs": E,
    "far below zero": -1e9 + E,
    "more digits than there are": 1e15 + np.round(E),
    "mostly zeros": COUNTED(0.3, N).astype(float),
    "large counts": COUNTED(1e6, N).astype(float),
}
MODELS = tuple(its.registered_models())
COUNT_MODELS = {"poisson", "quasi_poisson", "negative_binomial", "wandering_counts"}


REFUSED = {"always the same", "a step", "of 1e300", "of 1e-300", "of 1e154"}
REFUSED |= {"the smallest that there are", "more digits than there are"}


@pytest.mark.slow
@pytest.mark.parametrize("name", STRANGE)
def test_each_model_answers_or_says_why_not(name):
    scales = {m: ("count",) if m in COUNT_MODELS else ("log", "level") for m in MODELS}
    answered = sum(
        attempt(check_answer, STRANGE[name], model, scale) is True
        for model in MODELS
        for scale in scales[model]
    )
    print(f"{name}: {answered} answered")
    assert (answered > 0) == (name not in REFUSED)


def check_answer(values: np.ndarray, model: str, scale: str) -> bool:
    """The average lies in its interval and the pages' tables can be made."""
    counts = scale == "count"
    values = np.round(np.abs(values)) if counts else values
    periods = pd.period_range("2018-01", periods=N, freq="M")
    kind = "count" if counts else "measure"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook's reader sees what the table says instead
        outcome = its.make_outcome(pd.Series(values, periods), name="x", unit="u", kind=kind)
        design = its.build_design(outcome, periods[START].start_time.date(), scale=scale)
        effects = its.estimate_effects(its.fit(design, model))
        assert effects._repr_html_()
    average = effects["average"]
    if average.identified:
        assert average.lower <= average.estimate <= average.upper
    return True


@pytest.mark.parametrize("factor", [1e101, 1e-101, 1e300, 5e-324])
def test_values_beyond_what_can_be_squared_are_refused(factor):
    periods = pd.period_range("2018-01", periods=3, freq="M")
    with pytest.raises(DataError, match=r"'x' has the value .* for 2018-01") as refused:
        its.make_outcome(pd.Series(factor, periods), name="x", unit="u", kind="measure")
    assert "between 1e-100 and 1e+100" in refused.value.rule
