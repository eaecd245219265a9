"""Any allowed choice of the effect notebook gives a result, or a refusal with its remedy."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis as its
from analysis.errors import AnalysisError

SHAPES = ["level+slope", "level", "slope", "pulse"]
SLOW = ["arima", "forecast_arima", "structural", "forecast_structural", "bayes"]
MODELS = sorted(set(its.registered_models()) - set(SLOW))
FREQUENCIES = {"M": 12, "Q": 4, "Y": 1, "W-SUN": 52}


@st.composite
def choices(draw: st.DrawFn, *, models: list[str]) -> dict[str, Any]:
    """A series of any kind, step, size and direction; dates anywhere, near the ends too."""
    freq = draw(st.sampled_from(list(FREQUENCIES)))
    n = draw(st.integers(8, 90))
    kind, size = draw(st.sampled_from(["count", "measure"])), draw(st.sampled_from([3, 30, 1e6]))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    low = draw(st.sampled_from([0, 0, 2]))
    values = size * np.exp(draw(st.sampled_from([-0.05, 0, 0.03])) * np.arange(n))
    values = values * np.exp(0.3 * rng.standard_normal(n))
    values = rng.poisson(values).astype(float) if kind == "count" else values - size * low
    periods = pd.period_range("2001", periods=n, freq=freq)
    first, last = periods[0].start_time.date(), periods[-1].end_time.date()
    day = st.integers(0, (last - first).days).map(lambda d: first + timedelta(days=d))
    start, where = draw(day), draw(st.sampled_from(["any", "middle", "middle", "end"]))
    if where != "any":
        back = n // 3 if where == "middle" else draw(st.integers(0, 2))
        start = periods[-1 - back].start_time.date() + timedelta(days=draw(st.integers(0, 20)))
    end = draw(st.one_of(st.none(), day.filter(lambda d: d >= start)))
    events = draw(st.lists(day, max_size=2, unique=True))
    model = draw(st.sampled_from(models))
    scales = its.registered_models()[model].scales
    return {
        "outcome": its.make_outcome(
            pd.Series(values, periods), name="made", unit="cases", kind=kind
        ),
        "intervention": its.Intervention(name="it", start=start, end=end, label="it"),
        "events": [str(event) for event in events],
        "shape": draw(st.sampled_from(SHAPES)),
        "phase_in": draw(st.sampled_from([0, 0, 2, 5, 24])),
        "season": draw(st.sampled_from(["auto", "auto", "0", "0", "1", "months", "6"])),
        "scale": draw(
            st.sampled_from(scales if draw(st.booleans()) else ["log", "level", "count"])
        ),
        "model": model,
        "horizon": draw(st.integers(0, 60)),
        "alpha": draw(st.sampled_from([0.001, 0.05, 0.1, 0.5])),
    }


def use(outcome, intervention, model, horizon, alpha, **options) -> None:
    """What the notebook does, and what must hold of whatever it gives."""
    design = its.build_design(outcome, intervention, **options)
    fit = its.fit(design, model)
    effects = its.estimate_effects(fit, at=[horizon], alpha=alpha)
    path = its.trace_counterfactual(fit, alpha=alpha)
    compared = its.compare(design, [model], at=[horizon], alpha=alpha)
    shown = [effects, path, compared, its.check_fit(fit), its.line_up({"main": fit}, alpha=alpha)]
    assert not any("nan" in page._repr_html_().replace("ordnance", "") for page in shown)
    for effect in effects.effects:
        assert effect.lower <= effect.estimate <= effect.upper or not effect.identified
        assert 0 <= effect.p_value <= 1 or np.isnan(effect.p_value)
        assert np.isfinite(effect.estimate)
    total = effects["cumulative"].estimate
    assert -path.post["effect"].sum() == pytest.approx(total, rel=1e-9, abs=1e-9)
    if "relative" in effects.table.index:
        assert effects["relative"].estimate * total <= 0


def refused_or_used(chosen: dict[str, Any]) -> None:
    with suppress(AnalysisError):
        use(**chosen)


@given(choices(models=MODELS))
@settings(max_examples=20)
def test_any_choice_is_a_result_or_a_refusal(chosen):
    refused_or_used(chosen)


@pytest.mark.slow
@given(choices(models=MODELS + SLOW))
@settings(max_examples=400)
def test_many_choices_are_results_or_refusals(chosen):
    refused_or_used(chosen)
