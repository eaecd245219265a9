"""A wandering level with priors, against CausalImpact's own example and against dense algebra."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter
from scipy.special import ndtri

import analysis as its
from analysis.design import rebuild
from analysis.errors import InputError

MODELS = ["local_level", "forecast_local_level"]


def r_normals(seed, size):
    """What R's set.seed(seed); rnorm(size) gives: Mersenne Twister, by inversion."""
    state = []
    for i in range(50 + 625):
        seed = (69069 * seed + 1) % 2**32
        state += [seed] if i >= 50 else []
    twister = np.random.MT19937()
    key = np.array(state[1:], dtype=np.uint32)
    twister.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": 624}}
    u = twister.random_raw(2 * size) * 2.3283064365386963e-10
    return ndtri((np.floor(2**27 * u[::2]) + u[1::2]) / 2**27)


@pytest.fixture(scope="module")
def vignette():
    """x1 <- 100 + arima.sim(list(ar = 0.999), n = 100); y <- 1.2 * x1 + rnorm(100), + 10 later."""
    burn = 1 + int(np.ceil(6 / np.log(1 / 0.999)))
    drawn = r_normals(1, burn + 200)
    x = 100 + lfilter([1], [1, -0.999], drawn[: burn + 100])[burn:]
    y = 1.2 * x + drawn[burn + 100 :] + 10 * (np.arange(100) >= 70)
    days = pd.period_range("2014-01-01", periods=100, freq="D")
    outcome = its.make_outcome(pd.Series(y, days), name="y", unit="units", kind="measure")
    options = {"controls": {"x1": pd.Series(x, days)}, "shape": "level"}
    return its.build_design(outcome, "2014-03-12", scale="level", season=0, **options)


def test_the_example_of_causalimpact_comes_out(vignette):
    """Its vignette: 117 and 107 (0.37), 11 [9.8, 11], 316 (11.03) [294.9, 337], 9.9% [9.2%, 11%].

    These are of 1,000 draws: ends have an error of a twentieth of the standard deviation.
    """
    effects = its.estimate_effects(its.fit(vignette, "forecast_local_level"))
    average, total = effects["average"], effects["cumulative"]
    actual = vignette.y.to_numpy()[70:].mean()

    assert vignette.y.iloc[0] == pytest.approx(105.2950, abs=1e-4)
    assert (round(actual), round(actual - average.estimate)) == (117, 107)
    assert average.std_error == pytest.approx(0.37, abs=0.01)
    assert average.lower == pytest.approx(9.8, abs=0.05)
    assert round(average.upper) == 11
    assert -total.estimate == pytest.approx(316, abs=1)
    assert total.std_error == pytest.approx(11.03, abs=0.3)
    assert -total.upper == pytest.approx(294.9, abs=1)
    assert -total.lower == pytest.approx(337, abs=1)
    assert effects["relative"].estimate == pytest.approx(9.9, abs=0.05)
    assert effects["relative"].lower == pytest.approx(9.2, abs=0.1)


def test_a_prior_that_is_certain_gives_generalised_least_squares(make_design):
    """Both variances known: dense matrices, over a gap, for each coefficient and each forecast."""
    rng = np.random.default_rng(8)
    design = make_design(rng.normal(50, 3, 40), first_post=28, washout=("2000-09", "2000-11"))
    y, time, pre = design.y.to_numpy(), design.time, design.pre
    s2, X = y[pre].var(ddof=1), design.X[["constant", "level", "slope"]].to_numpy()
    V = 0.3**2 * s2 * np.minimum.outer(time, time) + 0.4 * s2 * np.eye(len(y))
    known = {"level_sd": 0.3, "level_df": 1e6, "r2": 0.6, "noise_df": 1e6}

    table = its.fit(design, "local_level", **known).tabulate().loc[["level", "slope"]]
    cov = np.linalg.inv(X.T @ np.linalg.solve(V, X))
    b = cov @ X.T @ np.linalg.solve(V, y)
    assert table["estimate"].to_numpy() == pytest.approx(b[1:], rel=1e-4)
    assert table["std_error"].to_numpy() == pytest.approx(np.sqrt(np.diag(cov))[1:], rel=1e-4)

    own = np.column_stack([np.ones(len(y)), np.eye(len(y))[:, ~pre]])
    cov = np.linalg.inv(own.T @ np.linalg.solve(V, own))
    found = its.fit(design, "forecast_local_level", **known).added(None)
    assert found[:, 0] == pytest.approx((cov @ own.T @ np.linalg.solve(V, y))[1:], rel=1e-4)
    assert found[:, 1] == pytest.approx(np.sqrt(np.diag(cov))[1:], rel=1e-4)


def test_the_level_is_between_what_was_expected_and_what_was_seen(make_design):
    """A random walk: a prior that says little finds its steps, a certain one does not look."""
    walk = 20 + np.cumsum(np.random.default_rng(2).standard_normal(120))
    design = make_design(walk, first_post=100, shape="level")
    share = 1 / walk[:100].std(ddof=1)

    found = [its.fit(design, "local_level", level_df=df).details["level sd"] for df in (1e6, 32, 1)]

    assert found[0] == pytest.approx(0.01, rel=1e-2)
    assert found[0] < found[1] < found[2] < 2 * share
    assert found[2] > share / 2


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "options", [{"level_sd": 0}, {"level_df": np.inf}, {"r2": 1}, {"noise_df": -1}]
)
def test_options_out_of_bounds_are_refused(model, options, vignette):
    with pytest.raises(InputError, match=f"The {next(iter(options))} is"):
        its.fit(vignette, model, **options)


@pytest.mark.parametrize("model", MODELS)
def test_residuals_are_surprises_and_the_fitted_path_runs_on(model, vignette):
    fitted = its.fit(vignette, model)
    inside = fitted.innovations[vignette.pre][1:]

    assert 0.3 < inside.std() < 1.5
    assert np.isfinite(fitted.expected).all()
    assert np.abs(fitted.expected - vignette.y)[1:70].max() < 6


def test_months_after_an_end_are_no_part_of_a_forecast(make_design):
    """An intervention that ended: as many effects as months in force, the same without the rest."""
    values = np.random.default_rng(5).normal(20, 2, 50)
    design = make_design(values, first_post=30)
    ended = rebuild(design, intervention=replace(design.intervention, end=date(2003, 2, 28)))
    short = make_design(values[:38], first_post=30)

    found, wanted = (its.fit(one, "forecast_local_level").added(None) for one in (ended, short))

    assert found.shape == (8, 6)
    assert found == pytest.approx(wanted, rel=1e-6, nan_ok=True)
