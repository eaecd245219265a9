"""Series that break models: each gives a result, or an error that says why not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.errors import DesignError

COUNT_MODELS = ["poisson", "quasi_poisson", "negative_binomial", "wandering_counts"]
OTHERS = sorted(set(its.registered_models()) - set(COUNT_MODELS))
OPTIONS = {"arima": {"order": (1, 0, 0)}, "forecast_arima": {"order": (1, 0, 0)}}


def counted(make_design, counts, first_post, **options):
    choices = {"kind": "count", "scale": "count", "shape": "level"} | options
    return make_design(counts, first_post=first_post, **choices)


@pytest.mark.parametrize("model", OTHERS)
def test_one_post_period(model, make_design):
    values = np.random.default_rng(1).standard_normal(30)
    design = make_design(values, first_post=29, shape="level")

    fit = its.fit(design, model, **OPTIONS.get(model, {}))
    effects = its.estimate_effects(fit, at=(0,))

    assert effects["cumulative"].identified
    assert len(its.trace_counterfactual(fit).post) == 1


@pytest.mark.parametrize("model", OTHERS)
@pytest.mark.parametrize("factor", [1e-15, 1e15])
def test_huge_and_tiny_scales(model, factor, make_design):
    values = 5 + np.random.default_rng(2).standard_normal(40)
    plain, scaled = (
        its.estimate_effects(
            its.fit(
                make_design(values * f, first_post=30, shape="level"),
                model,
                **OPTIONS.get(model, {}),
            )
        )["average"]
        for f in (1.0, factor)
    )

    assert scaled.estimate / factor == pytest.approx(plain.estimate, rel=1e-3, abs=1e-3)
    assert scaled.upper / factor == pytest.approx(plain.upper, rel=1e-3, abs=1e-3)


def test_a_small_noise_on_a_high_level_is_no_exact_fit(make_design):
    values = 1e8 + 1e-3 * np.random.default_rng(3).standard_normal(40)

    level = its.estimate_effects(its.fit(make_design(values, first_post=30), "ar1"))["level"]

    assert abs(level.estimate) < 0.01
    assert level.identified


@pytest.mark.parametrize("model", COUNT_MODELS)
@pytest.mark.parametrize("zeros", [slice(30, 40), slice(0, 30)])
def test_nothing_but_zeros_before_or_after_has_no_ratio(model, zeros, make_design):
    counts = np.random.default_rng(4).poisson(9, 40)
    counts[zeros] = 0

    with pytest.raises(DesignError, match=r"All counts are 0 from .*, where the same terms apply"):
        its.fit(counted(make_design, counts, 30), model)


@pytest.mark.parametrize("model", ["poisson", "quasi_poisson"])
def test_counts_of_any_size(model, make_design):
    counts = np.round(1e12 * (5 + 0.1 * np.random.default_rng(5).standard_normal(40)))

    fit = its.fit(counted(make_design, counts, 30), model)

    assert fit.converged
    assert its.estimate_effects(fit)["level"].estimate == pytest.approx(0, abs=3)


def test_counts_without_excess_are_poisson_counts(make_design):
    """Every other month 9 or 11: less variance than Poisson, so alpha is 0."""
    counts = 10 + (-1.0) ** np.arange(40)
    design = counted(make_design, counts, 30)

    negative, poisson = its.fit(design, "negative_binomial"), its.fit(design, "poisson")

    assert negative.details["alpha"] == 0
    np.testing.assert_allclose(negative.tabulate(), poisson.tabulate(), rtol=1e-8)


def test_a_contrast_without_variance_is_not_identified():
    distribution = its.Distribution.single(np.array([1.0, 2.0]), np.diag([1.0, 0.0]), df=9)

    rows = distribution.contrast(np.eye(2))

    assert np.isfinite(rows.loc[0]).all()
    assert rows.loc[1, ["lower", "upper", "p_value"]].isna().all()


@pytest.mark.parametrize(
    "model",
    [
        "reml_ar1",
        "newey_west",
        "gls_ar1_ml",
        pytest.param("forecast_trend", marks=pytest.mark.slow),
    ],
)
def test_five_thousand_points(model):
    values = np.random.default_rng(6).standard_normal(5000)
    periods = pd.period_range("1925-01-05", periods=5000, freq="W-SUN")
    outcome = its.make_outcome(pd.Series(values, periods), name="long", unit="u", kind="measure")
    design = its.build_design(outcome, "2005-01-01", scale="level", season=1)

    assert its.estimate_effects(its.fit(design, model))["average"].identified
