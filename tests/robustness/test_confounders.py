"""Measured confounders: each estimate with a covariate beside the one without, in one window."""

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.effects.estimands import estimate_effects
from analysis.errors import InputError
from analysis.models import fit
from analysis.robustness.varied import Covariate, vary_confounders

WORKED = {
    "Darien crossings, lag 1": (-54.9, -78.6, -5.7),
    "Darien crossings, lags 1 and 2": (-51.4, -77.9, 8.2),
    "US job openings": (-55.1, -78.5, -8.0),
}
PERIODS = pd.period_range("2017-01", "2024-12", freq="M")
ENDS = ["estimate", "lower", "upper"]


@pytest.fixture
def wave():
    """A covariate that wanders, longer than the series below."""
    noise = np.random.default_rng(3).normal(0, 0.2, len(PERIODS))
    return pd.Series(np.cumsum(noise), PERIODS)


def driven(wave, lag, effect=0.0, start="2022-06"):
    """A design on a series that follows the covariate of `lag` months before, and an effect."""
    periods = PERIODS[24:]
    noise = np.random.default_rng(5).normal(0, 0.01, len(periods))
    moved = wave.to_numpy()[24 - lag : len(PERIODS) - lag]
    log = 8 + moved + noise + effect * (periods >= start)
    outcome = its.make_outcome(
        pd.Series(np.exp(log), periods), name="made", unit="points", kind="measure"
    )
    return its.build_design(outcome, f"{start}-01", shape="level", season=0)


def test_the_worked_numbers(design):
    found = vary_confounders(design, its.covariates(), model="ar1_calibrated").side("with")
    for name, ends in WORKED.items():
        assert tuple(found.loc[name, ENDS]) == pytest.approx(ends, abs=0.2)


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_the_lag_that_drives_a_series_gives_the_true_effect_and_another_does_not(wave, lag):
    given = driven(wave, lag, effect=-0.5)
    right, wrong = (Covariate(label="wave", values=wave, lags=(k,)) for k in (lag, lag + 4))
    found = vary_confounders(given, [right, wrong]).side("with")
    truth = 100 * np.expm1(-0.5)
    assert found["estimate"].iloc[0] == pytest.approx(truth, abs=1)
    widths = found["upper"] - found["lower"]
    assert widths.iloc[0] < widths.iloc[1] / 3


def test_with_is_the_design_with_the_column_and_without_the_same_window(wave):
    given = driven(wave, 0)
    short = Covariate(label="wave", values=wave[:"2023-10"].drop(PERIODS[:30]), lags=(0, 1))
    found = vary_confounders(given, [short])
    window = given.outcome.window("2019-08", "2023-10")
    assert found.table[["first", "last"]].drop_duplicates().to_numpy().tolist() == [
        [window.periods[0], window.periods[-1]]
    ]
    assert list(found.shortened.index) == ["wave, lags 0 and 1"]
    controls = {"a": wave, "b": wave.set_axis(wave.index + 1)}
    for side, more in {"without": {}, "with": {"controls": controls}}.items():
        alone = its.build_design(window, "2022-06-01", shape="level", season=0, **more)
        row = estimate_effects(fit(alone)).table.loc["average"]
        assert found.side(side)[ENDS].iloc[0].tolist() == pytest.approx(row[ENDS].tolist())


def test_the_design_keeps_its_own_controls(wave):
    given = its.rebuild(driven(wave, 0), controls={"wave": wave})
    noise = pd.Series(np.random.default_rng(1).normal(size=len(PERIODS)), PERIODS)
    without, with_ = vary_confounders(given, [Covariate(label="noise", values=noise)]).table[
        "std_error"
    ]
    assert max(without, with_) < 3  # without the wave it is above 10
    assert (
        vary_confounders(driven(wave, 0), [Covariate(label="noise", values=noise)])
        .table["std_error"]
        .min()
        > 10
    )


def test_no_estimate_with_a_bad_control_stands_alone(design):
    found = vary_confounders(design, its.covariates())
    rows = found._repr_html_().split("<tr>")[2:]
    bad = [row for row in rows if "bad control)" in row]
    assert len(bad) == 3
    assert all(row.count(" to ") == 2 for row in rows)
    assert set(found.table.groupby("covariate")["side"].agg(tuple)) == {("without", "with")}


@pytest.mark.parametrize("lags", [(), (-1,), (1, -2)])
def test_a_lag_that_looks_ahead_is_refused(lags, wave):
    with pytest.raises(InputError, match="lags >= 0"):
        Covariate(label="wave", values=wave, lags=lags)


def test_a_covariate_that_ends_before_the_start_is_left_out_with_the_reason(wave):
    given = driven(wave, 0)
    early = Covariate(label="early", values=wave[:"2022-03"])
    found = vary_confounders(given, [early, Covariate(label="wave", values=wave)])
    assert list(found.left_out["key"]) == ["early"]
    with pytest.raises(InputError, match="None of the 1 covariates"):
        vary_confounders(given, [early])
    nowhere = Covariate(label="nowhere", values=wave[:0])
    with pytest.raises(InputError, match="None of the 1 covariates"):
        vary_confounders(given, [nowhere])
