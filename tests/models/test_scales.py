"""Scale and model fit each other, and a remedy never leads to another error."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis as its
from analysis.errors import DesignError
from analysis.models.registry import COUNTS

COUNT_MODELS = [name for name, m in its.registered_models().items() if m.scales == COUNTS]


def series(kind: str, zeros: bool, seed: int) -> its.Outcome:
    """Three years and a half of counts around 9, or of rates, with or without a few zeros."""
    values = np.random.default_rng(seed).poisson(9, 42).clip(1).astype(float)
    values[[5, 20, 38]] *= not zeros
    values = values if kind == "count" else values / 7
    periods = pd.period_range("2015-01", periods=42, freq="M")
    return its.make_outcome(pd.Series(values, periods), name="made", unit="cases", kind=kind)


def estimate(outcome: its.Outcome, scale: str, model: str) -> its.Fit:
    design = its.build_design(outcome, "2017-07-01", scale=scale, season=0, shape="level")
    return its.fit(design, model)


def ways(remedy: str, scale: str, model: str) -> list[tuple[str, str]]:
    """The combinations that a remedy names: a scale with this model or another, or a model."""
    found = []
    for part in remedy.removeprefix("Use ").rstrip(".").split(" or "):
        named = dict(re.findall(r'(scale|model)="(\w+)"', part))
        found.append((named.get("scale", scale), named.get("model", model)))
    return found


@settings(max_examples=8)
@given(kind=st.sampled_from(["count", "measure"]), zeros=st.booleans(), seed=st.integers(0, 100))
@pytest.mark.parametrize(
    ("scale", "model"), [*itertools.product(["log", "level", "count"], ["ar1", *COUNT_MODELS])]
)
def test_every_way_that_a_remedy_names_works(kind, zeros, seed, scale, model):
    outcome = series(kind, zeros, seed)
    try:
        fits = [estimate(outcome, scale, model)]
    except DesignError as error:
        fits = [estimate(outcome, *way) for way in ways(error.remedy, scale, model)]
    assert fits
    for fit in fits:
        assert its.estimate_effects(fit)["level"].identified


def test_counts_themselves_need_a_count_model_everywhere():
    design = its.build_design(
        series("count", True, 1), "2017-07-01", scale="count", season=0, shape="level"
    )
    refused = (
        lambda: its.fit(design),
        lambda: its.run_placebos(design, min_pre=12),
        lambda: its.vary_windows(design),
    )
    for use in refused:
        with pytest.raises(DesignError, match=r"cannot take a count[\s\S]*quasi_poisson"):
            use()
    # Power and breaks of counts are found by their logarithms.
    for use in (
        lambda: its.simulate_power(design),
        lambda: its.find_breaks(design.outcome, scale="count"),
    ):
        with pytest.raises(DesignError, match="A log scale needs values above 0"):
            use()
    asked = its.compare(design, ["ar1", "quasi_poisson"])
    assert list(asked.effects) == ["quasi_poisson"]
    assert "cannot take a count" in asked.failed["ar1"]
    assert set(its.compare(design).effects) == {*COUNT_MODELS, "Newey-West"}
    assert (
        its.run_placebos(design, min_pre=12, model="quasi_poisson").table["estimate"].notna().all()
    )
