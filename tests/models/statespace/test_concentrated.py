"""The concentrated likelihood against that of statsmodels, which has the terms in it."""

import warnings

import numpy as np
import pytest
from scipy import optimize
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.structural import UnobservedComponents
from threadpoolctl import threadpool_info, threadpool_limits

from analysis.models.statespace.concentrated import Concentrated
from analysis.models.statespace.regression import RegularGrid, maximise

PERIODS = 96
# Allowed for each model, whatever its parameters are.
ERRORS = np.array([0.5, 0.3, 0.2])
RNG = 7
SEASON = [{"period": 12, "harmonics": 6}]
MODELS = {
    "AR(1)": lambda y, X: SARIMAX(y, exog=X, order=(1, 0, 0)),
    "seasonal AR": lambda y, X: SARIMAX(y, exog=X, order=(1, 0, 0), seasonal_order=(1, 0, 0, 12)),
    "ARIMA": lambda y, X: SARIMAX(y, exog=X, order=(1, 1, 1)),
    "airline": lambda y, X: SARIMAX(
        y,
        exog=X,
        order=(0, 1, 1),
        seasonal_order=(0, 1, 1, 12),
        simple_differencing=not np.isnan(y).any(),
    ),
    "local level": lambda y, X: UnobservedComponents(
        y, level="local level", exog=X, use_exact_diffuse=True
    ),
    "trend": lambda y, X: UnobservedComponents(
        y, level="local linear trend", exog=X, use_exact_diffuse=True
    ),
    # With all six pairs one state is never identified, so that no period is free of it.
    "stochastic season": lambda y, X: UnobservedComponents(
        y, level="local level", exog=X, freq_seasonal=SEASON, use_exact_diffuse=True
    ),
}
# Searches that take over a second each.
LONG = ("airline", "trend", "stochastic season")


@pytest.fixture(params=["whole", "gaps"])
def series(request):
    rng, time = np.random.default_rng(96), np.arange(PERIODS)
    X = np.column_stack([time >= 60, np.cos(time / 3), rng.normal(size=PERIODS)]).astype(float)
    errors = 0.2 * rng.normal(size=PERIODS).cumsum() + rng.normal(size=PERIODS)
    y = X @ [2.0, -0.5, 0.3] + errors
    if request.param == "gaps":
        y[[5, 40, 41, 42]] = np.nan
    return y, X


@pytest.fixture(params=MODELS)
def likelihood(request, series):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield Concentrated.of(MODELS[request.param](*series), 3)


def test_is_that_of_statsmodels_at_the_same_parameters(likelihood):
    errors = ERRORS[: len(likelihood.model.param_names) - 3]
    point = likelihood.at(errors)
    assert point.loglik == pytest.approx(
        likelihood.model.loglike(likelihood.whole(errors, point.beta)), abs=1e-8
    )


def test_no_other_coefficients_are_better(likelihood):
    errors = ERRORS[: len(likelihood.model.param_names) - 3]
    best = likelihood.at(errors)
    spread = np.linalg.inv(best.information)
    for direction, size in zip(np.eye(3), np.sqrt(np.diag(spread)), strict=True):
        for sign in (-1, 1):
            moved = likelihood.whole(errors, best.beta + sign * size * direction)
            curved = size**2 * direction @ best.information @ direction / 2
            assert likelihood.model.loglike(moved) == pytest.approx(best.loglik - curved, abs=1e-6)


@pytest.mark.parametrize(
    "likelihood",
    [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in MODELS],
    indirect=True,
)
def test_search_does_no_worse_than_statsmodels(likelihood):
    best = _best(likelihood)
    full = likelihood.model.fit(disp=0, maxiter=2000, cov_type="none")
    assert best.converged
    # Near the bound of a moving average the likelihood is all but flat.
    assert best.loglik > full.llf - 2e-3


@pytest.mark.parametrize("name", ["AR(1)", "ARIMA", "local level"])
def test_covariance_is_the_inverse_of_the_whole_hessian(name, series):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        likelihood = Concentrated.of(MODELS[name](*series), 3)
        errors = _best(likelihood).errors
        params = likelihood.whole(errors, likelihood.at(errors).beta)
        model = likelihood.model
        counted = model.nobs - model.loglikelihood_burn
        whole = np.linalg.inv(-model.hessian(params, transformed=True) * counted)
    places = np.ix_(likelihood.places, likelihood.places)
    assert likelihood.cov(errors) == pytest.approx(whole[places], rel=2e-3, abs=1e-5)


def test_a_model_without_terms_has_only_its_errors():
    y = np.random.default_rng(5).normal(size=40)
    likelihood = Concentrated.of(SARIMAX(y, order=(1, 0, 0)), 0)
    best = _best(likelihood)
    assert likelihood.cov(best.errors).shape == (0, 0)
    assert best.loglik == pytest.approx(likelihood.model.loglike(best.errors))


def _best(likelihood):
    starts = likelihood.starts(4, np.random.default_rng(RNG))
    found = [likelihood.search(start, 500, 1e-12) for start in starts]
    return max(found, key=lambda optimum: optimum.loglik)


def test_the_diffuse_likelihood_is_that_of_coefficients_in_a_diffuse_state(series):
    y, X = series
    build = {"level": "local level", "exog": X, "use_exact_diffuse": True}
    diffuse = Concentrated.of(UnobservedComponents(y, **build), 3, diffuse=True)
    in_state = UnobservedComponents(y, **build, mle_regression=False)
    points = np.array([[0.5, 0.3], [1.0, 0.1], [0.2, 0.8]])

    ours = np.array([diffuse.at(errors).loglik for errors in points])
    theirs = np.array([in_state.loglike(errors) for errors in points])
    assert ours - ours[0] == pytest.approx(theirs - theirs[0], abs=1e-6)


def test_an_indicator_of_the_months_and_a_fixed_seasonal_state_are_the_same_model():
    """Terms do not shrink the variances, however many there are."""
    rng = np.random.default_rng(84)
    y = rng.normal(size=84).cumsum() + rng.normal(size=84) + np.tile(np.arange(12.0), 7)
    months = np.tile(np.eye(12)[:, 1:], (7, 1))
    build = {"level": "local level", "use_exact_diffuse": True}
    by_terms = Concentrated.of(UnobservedComponents(y, exog=months, **build), 11, diffuse=True)
    by_state = UnobservedComponents(y, seasonal=12, stochastic_seasonal=False, **build)
    fitted = by_state.fit(disp=0, maxiter=2000)
    assert _best(by_terms).errors == pytest.approx(np.asarray(fitted.params), rel=2e-3)


def test_searches_run_on_one_thread(monkeypatch):
    """With more, two fits at once took fifty times as long as one."""
    seen = []
    search = Concentrated.search

    def watched(*arguments):
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        return search(*arguments)

    monkeypatch.setattr(Concentrated, "search", watched)
    y = np.random.default_rng(5).normal(size=40)
    grid = RegularGrid(
        y=y,
        X=np.empty((40, 0)),
        columns=[],
        sizes=np.empty(0),
        scale=1.0,
        rows=np.ones(40, dtype=bool),
        place=np.arange(40),
    )
    with threadpool_limits(2):
        assert {pool["num_threads"] for pool in threadpool_info()} == {2}
        maximise(lambda y, X: SARIMAX(y, order=(1, 0, 0)), grid, starts=1, change=1e-7)
    assert set(seen) == {1}


def test_a_search_that_rounding_breaks_off_at_the_top_has_arrived(monkeypatch, series):
    """As scipy 1.18 does here; one that breaks off on a slope has not."""
    likelihood = Concentrated.of(MODELS["AR(1)"](*series), 3)
    whole = optimize.minimize

    def broken_off(*args, **options):
        found = whole(*args, **options)
        found.success = False
        return found

    monkeypatch.setattr(optimize, "minimize", broken_off)
    start = likelihood.starts(1, np.random.default_rng(1))[0]

    assert likelihood.search(start, 500, 1e-12).converged
    assert not likelihood.search(start + 1, 1, 1e-12).converged
