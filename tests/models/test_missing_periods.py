"""A missing period is a gap in time for every model, and whatever stood in it is not used."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.errors import InputError
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


PEOPLE = pd.Series(1e5 + 300.0 * np.arange(N), MONTHS)


@pytest.mark.parametrize(
    "offset",
    [
        PEOPLE.set_axis(MONTHS.to_timestamp()),
        PEOPLE.to_frame("people"),
        PEOPLE.to_numpy(),
        PEOPLE.drop(MONTHS[GONE]),
    ],
)
def test_an_offset_comes_in_any_form_and_is_not_missed_where_nothing_is(offset):
    outcome = its.make_outcome(visits().drop(MONTHS[GONE]), name="visits", unit="visits")
    design = its.build_design(outcome, MONTHS[FIRST_POST], scale="count", season=0)
    wanted = its.fit(design, "poisson", offset=PEOPLE).coefficients
    pd.testing.assert_series_equal(its.fit(design, "poisson", offset=offset).coefficients, wanted)


def test_an_offset_that_does_not_fit_is_refused():
    outcome = its.make_outcome(visits(), name="visits", unit="visits")
    design = its.build_design(outcome, MONTHS[FIRST_POST], scale="count", season=0)
    for offset, message in (
        (PEOPLE.reset_index(drop=True), "The index of the offset holds numbers"),
        (PEOPLE.to_numpy()[1:], "The offset has 47 values for 48 periods"),
        (PEOPLE.drop(MONTHS[4]), "The offset is nan in 2018-05"),
    ):
        with pytest.raises(InputError, match=message):
            its.fit(design, "poisson", offset=offset)
