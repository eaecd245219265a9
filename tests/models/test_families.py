"""The other families: what each promises, against its textbook form, and its guards."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import analysis as its
from analysis.design import rebuild
from analysis.errors import DesignError, InputError
from analysis.models.processes import plug_in
from analysis.validation.published import published_design

COUNT_MODELS = ["poisson", "quasi_poisson", "negative_binomial", "wandering_counts"]
FORECASTS = ["forecast_trend", "forecast_arima", "forecast_structural", "forecast_local_level"]
FAST = {"forecast_arima": {"order": (1, 0, 0)}, "arima": {"order": (1, 0, 0)}}


def ar1_errors(n, rho, seed):
    rng, e = np.random.default_rng(seed), np.zeros(n)
    for t in range(n):
        e[t] = rho * e[t - 1] + rng.standard_normal()
    return e


@pytest.fixture(scope="module")
def stepped(make_design):
    """Ninety months, AR(1) errors with rho 0.5, and a step of -6."""
    t = np.arange(90)
    values = 50 + 0.1 * t - 6 * (t >= 70) + ar1_errors(90, 0.5, 5)
    return make_design(values, first_post=70, shape="level")


@pytest.mark.parametrize("model", sorted(its.registered_models()))
def test_every_model_gives_what_it_can_and_says_what_not(model, border_like):
    effects = its.estimate_effects(its.fit(border_like, model, **FAST.get(model, {})))

    names = set(effects.table.index) | set(effects.absent)
    assert names >= {"level", "slope", "at(1)", "average", "last", "cumulative", "relative"}
    for effect in effects.effects:
        assert effect.lower < effect.estimate < effect.upper
        assert 0 <= effect.p_value <= 1
    if model in FORECASTS:
        assert set(effects.absent) == {"level", "slope"}
        assert "only periods can be compared" in effects._repr_html_()
    else:
        assert not effects.absent


@pytest.fixture(scope="module")
def border_like(outcome):
    return its.build_design(outcome, "asylum-restrictions", season=0)


@pytest.mark.parametrize("model", sorted(set(its.registered_models()) - set(COUNT_MODELS)))
def test_every_model_finds_a_step(model, stepped):
    fit = its.fit(stepped, model, **FAST.get(model, {}))

    average = its.estimate_effects(fit)["average"]

    # Least squares with classical errors takes what remembers as unrelated: it is too sure.
    assert average.lower < -6 < average.upper or model == "ols"
    assert -12 < average.estimate < -2


@pytest.mark.parametrize("model", sorted(its.registered_models()))
def test_every_model_traces_its_path(model, border_like):
    traced = its.trace_counterfactual(its.fit(border_like, model, **FAST.get(model, {})))

    post = traced.post
    assert len(post) == 7
    assert (post["counterfactual_lower"] < post["counterfactual_upper"]).all()
    assert post["cumulative"].iloc[-1] > 0
    assert np.isfinite(traced.frame["fitted"]).all()


@pytest.mark.parametrize(
    "model", sorted(set(its.registered_models()) - {*COUNT_MODELS, "newey_west"})
)
def test_a_gap_in_time_is_taken(model, gapped):
    effects = its.estimate_effects(its.fit(gapped, model, **FAST.get(model, {})))

    assert effects["average"].identified


def test_prais_winsten_is_the_transformed_regression(simple):
    """By hand: first row by sqrt(1 - rho^2), others less rho times the row before."""
    fit = its.fit(simple, "prais_winsten")
    y, X, rho = simple.y.to_numpy(), simple.X.to_numpy(), fit.rho

    def transform(a):
        return np.concatenate([a[:1] * np.sqrt(1 - rho**2), a[1:] - rho * a[:-1]])

    ols = sm.OLS(transform(y), transform(X)).fit()
    e = fit.residuals.to_numpy()

    np.testing.assert_allclose(fit.coefficients, ols.params, rtol=1e-8)
    np.testing.assert_allclose(fit.tabulate()["std_error"], ols.bse, rtol=1e-8)
    assert rho == pytest.approx(e[1:] @ e[:-1] / (e[:-1] @ e[:-1]), abs=1e-8)
    assert fit.converged


def test_gls_ar1_ml_is_at_the_maximum_of_the_likelihood(simple):
    fit = its.fit(simple, "gls_ar1_ml")
    n, time = len(simple.y), simple.time

    def loglik(rho):
        V = rho ** np.abs(np.subtract.outer(time, time))
        W, X, y = np.linalg.inv(V), simple.X.to_numpy(), simple.y.to_numpy()
        b = np.linalg.solve(X.T @ W @ X, X.T @ W @ y)
        s2 = (y - X @ b) @ W @ (y - X @ b) / n
        return -0.5 * (n * np.log(2 * np.pi * s2) + np.linalg.slogdet(V)[1] + n)

    assert fit.loglik == pytest.approx(loglik(fit.rho), abs=1e-8)
    assert fit.loglik > max(loglik(fit.rho - 0.01), loglik(fit.rho + 0.01))


@pytest.mark.parametrize("model", COUNT_MODELS)
def test_count_models_refuse_what_is_no_count(model, make_design, outcome):
    measure = make_design(np.cos(np.arange(40.0)), first_post=30)
    level = its.build_design(outcome, "asylum-restrictions", scale="level")

    for design in (measure, level):
        with pytest.raises(DesignError, match="a count model needs"):
            its.fit(design, model)


def test_count_models_take_zeros(make_design):
    counts = np.random.default_rng(1).poisson(1.5, 60)
    design = make_design(counts, first_post=40, kind="count", scale="count", shape="level")

    fit = its.fit(design, "poisson")

    assert (counts == 0).any()
    assert its.estimate_effects(fit)["level"].identified


def test_the_default_offset_is_days(border_like):
    fit = its.fit(border_like, "poisson")
    days = border_like.outcome.days

    direct = sm.GLM(
        border_like.outcome.values,
        border_like.X,
        family=sm.families.Poisson(),
        offset=np.log(days),
    ).fit()

    np.testing.assert_allclose(fit.coefficients, direct.params, rtol=1e-8)
    mean = its.trace_counterfactual(fit).frame["fitted"]
    np.testing.assert_allclose(mean, direct.fittedvalues, rtol=1e-8)


def test_a_path_with_a_denominator_is_in_counts(border_like):
    people = pd.Series(1e6, border_like.periods, name="a million people")
    design = its.rebuild(border_like, outcome=replace(border_like.outcome, denominator=people))

    frame = its.trace_counterfactual(its.fit(design, "poisson")).frame

    assert frame["fitted"].sum() == pytest.approx(design.outcome.values.sum(), rel=1e-6)


def test_poisson_says_that_its_interval_is_too_narrow(border_like):
    poisson, quasi = its.fit(border_like, "poisson"), its.fit(border_like, "quasi_poisson")

    assert "times as much as Poisson counts" in poisson.notes[0]
    assert f"vary {poisson.details['dispersion'] * 35 / 39:.0f} times" in poisson.notes[0]
    assert quasi.notes == ()
    ratio = quasi.tabulate()["std_error"] / poisson.tabulate()["std_error"]
    np.testing.assert_allclose(ratio, np.sqrt(quasi.details["dispersion"]))


def test_newey_west_errors_of_counts_are_statsmodels(border_like):
    fit = its.fit(border_like, "poisson", maxlags=3)

    direct = sm.GLM(
        border_like.outcome.values,
        border_like.X,
        family=sm.families.Poisson(),
        offset=np.log(border_like.outcome.days),
    ).fit(cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": False})
    n, p = border_like.X.shape

    np.testing.assert_allclose(
        fit.tabulate()["std_error"], direct.bse * np.sqrt(n / (n - p)), rtol=1e-6
    )


def test_count_lags_outside_their_bounds_are_refused(border_like):
    with pytest.raises(InputError, match="maxlags is 39"):
        its.fit(border_like, "poisson", maxlags=39)


def test_arima_without_any_order_is_least_squares(simple):
    fit = its.fit(simple, "arima", order=(0, 0, 0))

    ols = sm.OLS(simple.y, simple.X).fit()

    np.testing.assert_allclose(fit.coefficients, ols.params, rtol=1e-5, atol=1e-7)
    assert fit.loglik == pytest.approx(ols.llf, abs=1e-6)


def test_arima_of_order_one_is_maximum_likelihood_ar1(simple):
    arima, gls = its.fit(simple, "arima", order=(1, 0, 0)), its.fit(simple, "gls_ar1_ml")

    assert arima.loglik == pytest.approx(gls.loglik, abs=1e-4)
    assert arima.details["ar.L1"] == pytest.approx(gls.rho, abs=1e-3)
    np.testing.assert_allclose(arima.coefficients, gls.coefficients, rtol=2e-2)


@pytest.mark.parametrize("factor", [1e-8, 1.0, 1e9])
def test_arima_does_not_mind_the_scale(make_design, factor):
    values = (20 + ar1_errors(60, 0.6, 8)) * factor
    design = make_design(values, first_post=45, shape="level")

    fit, exact = its.fit(design, "arima", order=(1, 0, 0)), its.fit(design, "gls_ar1_ml")

    assert fit.converged
    assert fit.coefficients["level"] == pytest.approx(exact.coefficients["level"], rel=1e-3)
    assert fit.loglik == pytest.approx(exact.loglik, abs=1e-4)


def test_differencing_takes_constant_and_season_away(outcome):
    design = its.build_design(outcome, "asylum-restrictions", season=1)

    fit = its.fit(design, "arima", order=(0, 1, 0), seasonal_order=(0, 0, 0))

    lost = set(fit.coefficients.index[fit.coefficients.isna()])
    assert lost == {"constant", "trend"}
    drifting = its.fit(design, "arima", order=(0, 1, 0), drift=True)
    assert np.isfinite(drifting.coefficients["trend"])


def test_an_order_is_chosen_and_told(stepped):
    fit = its.fit(stepped, "arima", seasonal_order=(0, 0, 0))

    assert "chosen from 9 by AICc" in fit.notes[0]
    assert fit.options["order"][0] + fit.options["order"][2] > 0


@pytest.mark.slow
def test_seasonal_differences_are_chosen_as_auto_arima_does():
    """Schaffer and others (2021): forecast::auto.arima chooses (2,1,0)(0,1,1)[12]."""
    design = rebuild(published_design("quetiapine"), season=0)

    fit = its.fit(design, "arima")

    assert fit.options["order"] == (2, 1, 0)
    assert fit.options["seasonal_order"] == (0, 1, 1)
    assert "chosen from 36 by AICc" in fit.notes[0]


@pytest.mark.slow
@pytest.mark.parametrize(("strength", "differences"), [(0.2, 0), (4, 1)])
def test_only_a_strong_season_is_differenced(strength, differences, make_design):
    t = np.arange(72)
    noise = np.random.default_rng(4).standard_normal(72)
    values = 50 + 0.2 * t + strength * np.cos(2 * np.pi * t / 12) + noise

    fit = its.fit(make_design(values, first_post=60, shape="level"), "arima")

    assert fit.options["seasonal_order"][1] == differences
    # Differenced twice, the errors take the trend in.
    assert fit.options["order"][1] or fit.coefficients["trend"] == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize("order", [(1, 0), (1, -1, 0), (1, 0.5, 0)])
def test_an_impossible_order_is_refused(simple, order):
    with pytest.raises(InputError, match=r"three whole numbers of at least 0|Sequence\[int\]"):
        its.fit(simple, "arima", order=order)


def test_a_random_walk_forecast_widens_as_it_should(make_design):
    """ARIMA(0,1,0): the forecast is the last value, its variance h sigma^2, a t of 69 df."""
    walk = np.random.default_rng(12).standard_normal(80).cumsum() + 100
    design = make_design(walk, first_post=70, shape="level")
    fit = its.fit(design, "forecast_arima", order=(0, 1, 0))

    sigma2 = np.mean(np.diff(walk[:70]) ** 2)
    beyond = fit.beyond
    np.testing.assert_allclose(walk[70:] - beyond.center[0], walk[69])
    np.testing.assert_allclose(np.diag(beyond.scale[0]), sigma2 * np.arange(1, 11), rtol=1e-4)
    assert beyond.df == 69


def test_a_structural_model_shows_its_variances(stepped):
    fit = its.fit(stepped, "structural")

    assert set(fit.details) == {"sigma2.irregular", "sigma2.level"}
    with pytest.raises(InputError, match="value of level 'levle'"):
        its.fit(stepped, "structural", level="levle")


def test_a_level_that_does_not_vary_is_told(make_design):
    noise = np.random.default_rng(2).standard_normal(90)
    design = make_design(noise, first_post=70, shape="level")

    fit = its.fit(design, "structural")

    assert "bound of zero: sigma2.level" in fit.notes[0]


@pytest.mark.parametrize("model", ["arima", "structural"])
def test_two_groups_are_refused_where_one_is_taken(model, stepped):
    outcome = stepped.outcome
    design = its.build_two_group_design(outcome, outcome, "2005-11-01", scale="level")
    y = design.y + np.random.default_rng(1).standard_normal(len(design.y))
    with pytest.raises(DesignError, match="The design has two groups"):
        its.fit(replace(design, y=y), model)


def test_a_forecast_has_no_contrast(stepped):
    fit = its.fit(stepped, "forecast_trend")

    with pytest.raises(InputError, match="forecast_trend has no terms for the intervention"):
        fit.tabulate()


ONE_RHO = ["reml_ar1", "newey_west", "prais_winsten", "gls_ar1_ml"]


@pytest.mark.parametrize("model", ONE_RHO)
@pytest.mark.parametrize("which", ["simple", "gapped"])
def test_innovations_have_the_variance_one_with_n_minus_p(model, which, request):
    design = request.getfixturevalue(which)
    fit = its.fit(design, model)
    n, p = design.X.shape

    assert fit.innovations @ fit.innovations == pytest.approx(n - p)
    np.testing.assert_allclose(fit.residuals, design.y - fit.expected, atol=1e-12)


@pytest.mark.parametrize("model", ["ar1", *ONE_RHO])
def test_a_long_series_gives_rho_and_sigma_back(model, make_design):
    """Innovations of 3, rho 0.6. The standard errors are near 0.016 and 0.04."""
    design = make_design(3 * ar1_errors(2500, 0.6, 21), first_post=2000, start="1900-01", freq="M")

    fit = its.fit(design, model)

    assert fit.rho == pytest.approx(0.6, abs=0.06)
    assert fit.distribution.weight @ fit.distribution.rho == pytest.approx(fit.rho)
    assert fit.distribution.weight @ fit.distribution.sigma == pytest.approx(3, abs=0.15)
    assert fit.innovations.std() == pytest.approx(1, abs=0.01)


def test_prais_winsten_says_when_rho_does_not_settle(make_design, simple):
    """The residuals of a growing swing follow those before them by more than minus one."""
    design = make_design((-1.1) ** np.arange(30), first_post=24, shape="level")

    wild, tame = its.fit(design, "prais_winsten"), its.fit(simple, "prais_winsten")

    assert not wild.converged
    assert wild.notes == ("The iteration of rho did not settle; it stands at −1.000.",)
    assert tame.converged
    assert tame.notes == ()


def test_prais_winsten_says_when_its_steps_run_out(simple, monkeypatch):
    monkeypatch.setattr(plug_in, "MAX_STEPS", 2)

    fit = its.fit(simple, "prais_winsten")

    assert not fit.converged
    assert "did not settle" in fit.notes[0]


def test_options_of_every_model_go_by_name():
    for name, known in its.registered_models().items():
        options = list(inspect.signature(known.function).parameters.values())[1:]
        assert all(option.kind is option.KEYWORD_ONLY for option in options), name


@pytest.mark.parametrize("step", [0.5, 2.0])
def test_a_negative_binomial_of_counts_without_excess_is_poisson(make_design, step):
    """Whatever the signs of the terms: only the excess says which of the two it is."""
    t, rng = np.arange(80), np.random.default_rng(7)
    mean = 200 * np.where(t >= 60, step, 1) * np.exp((1.25 - step) * t / 200)
    even, uneven = np.round(mean), rng.poisson(rng.gamma(10, mean / 10))
    options = {"first_post": 60, "kind": "count", "scale": "count", "shape": "level"}
    smooth, rough = (make_design(counts, **options) for counts in (even, uneven))

    fit, poisson = its.fit(smooth, "negative_binomial"), its.fit(smooth, "poisson")

    assert fit.details["alpha"] == 0
    pd.testing.assert_frame_equal(fit.tabulate(), poisson.tabulate())
    assert its.fit(rough, "negative_binomial").details["alpha"] == pytest.approx(0.1, abs=0.05)


def test_poisson_counts_need_no_warning(make_design):
    counts = np.random.default_rng(31).poisson(500, 120)
    options = {"first_post": 100, "kind": "count", "scale": "count", "shape": "level"}

    assert its.fit(make_design(counts, **options), "poisson").notes == ()


def test_a_slight_excess_is_kept_and_widens_the_interval_as_statsmodels_does(make_design):
    rng = np.random.default_rng(3)
    counts = rng.poisson(rng.gamma(400, 200 / 400, 200))
    options = {"first_post": 150, "kind": "count", "scale": "count", "shape": "level"}

    fit = its.fit(make_design(counts, **options), "negative_binomial")

    assert 0 < fit.details["alpha"] * 200 < 1
    # The observed information of statsmodels, and the expected one here.
    np.testing.assert_allclose(fit.tabulate()["std_error"], fit.raw.bse[:-1], rtol=0.03)


@pytest.mark.parametrize("scale", ["log", "count"])
def test_residuals_of_counts_are_on_the_scale_of_the_design(outcome, scale):
    design = its.build_design(outcome, "asylum-restrictions", season=0, scale=scale)

    fit = its.fit(design, "quasi_poisson")

    mean = fit.raw.fittedvalues
    fitted = np.log(mean / outcome.days.to_numpy()) if scale == "log" else mean
    np.testing.assert_allclose(fit.residuals, design.y - fitted, rtol=1e-7, atol=1e-7)
    pearson = (outcome.values - mean) / np.sqrt(mean * fit.details["dispersion"])
    np.testing.assert_allclose(fit.innovations, pearson, rtol=1e-7)


@pytest.mark.parametrize("model", ["forecast_arima", "forecast_structural"])
def test_a_forecast_of_white_noise_is_that_of_least_squares(model, make_design):
    """t with n - p degrees of freedom, where normal quantiles and sigma^2 over n are 14% short."""
    rng = np.random.default_rng(22)
    noise = rng.standard_normal(31)
    # Neighbours that pull apart keep the variance of a level at its bound of zero.
    noise[:19] = np.where(np.arange(19) % 2, 1, -1) * np.abs(noise[:19])
    design = make_design(noise, first_post=19, shape="level")
    options = {"order": (0, 0, 0)} if model == "forecast_arima" else {}

    found = its.estimate_effects(its.fit(design, model, **options))["average"]

    X, pre = design.X[["constant", "trend"]].to_numpy(), design.pre
    ols, mean = sm.OLS(noise[pre], X[pre]).fit(), X[~pre].mean(axis=0)
    spread = ols.mse_resid * (1 / 12 + mean @ np.linalg.inv(X[pre].T @ X[pre]) @ mean)
    assert found.df == 17
    assert found.estimate == pytest.approx(noise[~pre].mean() - mean @ ols.params, abs=1e-4)
    assert (found.upper - found.lower) / 2 == pytest.approx(
        stats.t.ppf(0.975, 17) * np.sqrt(spread), rel=1e-3
    )


@pytest.mark.parametrize("model", ["forecast_trend", "forecast_arima"])
def test_a_forecast_from_too_short_a_past_is_refused(model, make_design):
    """Four quarters with a season leave nothing to estimate an error by."""
    design = make_design(50 + ar1_errors(30, 0.3, 2), first_post=4, freq="Q", season=1)

    with pytest.raises(DesignError, match="all before the start"):
        its.fit(design, model, **FAST.get(model, {}))


@pytest.mark.parametrize("model", FORECASTS)
def test_a_forecast_from_a_past_that_is_long_enough_is_a_result(model, make_design):
    design = make_design(50 + ar1_errors(30, 0.3, 2), first_post=8, freq="Q", season=1)

    effects = its.estimate_effects(its.fit(design, model, **FAST.get(model, {})))

    assert np.isfinite(effects["average"].estimate)
