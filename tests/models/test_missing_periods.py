"""A missing period is a gap in time for every model, and whatever stood in it is not used."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.models import registered_models

N, FIRST_POST, GONE = 48, 38, [7, 8, 20, 41]
MONTHS = pd.period_range("2018-01", periods=N, freq="M")
COUNTS = ("poisson", "quasi_poisson", "negative_binomial")


def visits() -> pd.Series:
    rng = np.random.default_rng(3)
    mean = np.exp(7 + 0.01 * np.arange(N) - 0.3 * (np.arange(N) >= FIRST_POST))
    return pd.Series(rng.poisson(mean * rng.gamma(200, 1 / 200, N)), MONTHS, dtype=float)


def table(values: pd.Series, model: str, **options) -> pd.DataFrame:
    outcome = its.make_outcome(values, name="visits", unit="visits")
    scale = "count" if model in COUNTS else "log"
    day = MONTHS[FIRST_POST].start_time
    design = its.build_design(outcome, day, scale=scale, season=0, **options)
    order = {"order": (1, 0, 0)} if "arima" in model else {}
    return its.estimate_effects(its.fit(design, model, **order)).table


@pytest.mark.parametrize("model", sorted(registered_models()))
def test_missing_and_left_out_are_one(model):
    washout = [(MONTHS[i], MONTHS[i]) for i in GONE]
    left_out = table(visits(), model, washout=washout)
    missing = table(visits().drop(MONTHS[GONE]), model)
    pd.testing.assert_frame_equal(missing, left_out)
    numbers = missing[["estimate", "lower", "upper"]].to_numpy(float)
    assert np.isfinite(numbers).all()
