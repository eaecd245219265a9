"""A user's own model: registered, checked, and usable everywhere."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.metadata import EntryPoint

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import yaml

import analysis as its
from analysis.errors import DesignError, InputError
from analysis.models import Distribution, registry


@pytest.fixture
def registered(monkeypatch):
    """Whatever a test registers is gone after it."""
    monkeypatch.setattr(registry, "_MODELS", dict(registry._MODELS))


def test_a_robust_regression_in_under_ten_lines(registered, design):
    @its.model("robust", "Huber's robust regression")
    def fit_robust(design, *, tuning: float = 1.345):
        """Huber (1964) M-estimation; t intervals with n - p degrees of freedom."""
        raw = sm.RLM(design.y, design.X, sm.robust.norms.HuberT(tuning)).fit()
        distribution = its.Distribution.single(
            raw.params, raw.cov_params(), df=raw.df_resid, sigma=raw.scale
        )
        return its.Fit(distribution=distribution, raw=raw)

    fitted = its.fit(design, "robust", tuning=2.0)
    effects = its.estimate_effects(fitted)

    assert (fitted.model, fitted.options, fitted.rho) == ("robust", {"tuning": 2.0}, 0.0)
    np.testing.assert_allclose(fitted.residuals, fitted.raw.resid, atol=1e-12)
    np.testing.assert_allclose(fitted.innovations, fitted.raw.resid / fitted.raw.scale, atol=1e-12)
    assert effects["level"].estimate < 0
    assert effects["cumulative"].lower < effects["cumulative"].upper
    assert its.registered_models()["robust"].label == "Huber's robust regression"


def test_an_unknown_model_names_the_nearest(design):
    with pytest.raises(InputError, match="Did you mean 'newey_west'"):
        its.fit(design, "newy_west")


def test_an_unknown_option_names_the_known_ones(design):
    with pytest.raises(InputError, match=r"option of model newey_west 'lags'[\s\S]*maxlags"):
        its.fit(design, "newey_west", lags=2)
    with pytest.raises(InputError, match=r"\(none\)"):
        its.fit(design, "reml_ar1", maxlags=2)


def test_a_name_that_is_taken_is_refused(registered):
    with pytest.raises(InputError, match="model name 'ar1' is taken by fit_ar1"):

        @its.model("ar1", "mine")
        def mine(design):
            return None


def test_a_signature_without_defaults_is_refused(registered):
    with pytest.raises(InputError, match=r"signature \(design, strength\)[\s\S]*have defaults"):

        @its.model("mine", "mine")
        def mine(design, strength):
            return None


def test_any_model_forecasts_by_an_indicator_for_each_later_period(registered, design):
    """Least squares: what was observed less the line of the pre-period, carried on."""
    its.model("mine", "mine", ahead=True)(its.registered_models()["newey_west"].function)
    fitted = its.fit(design, "mine")

    y, X, pre = design.y.to_numpy(), design.X.drop(columns=design.step_columns), design.pre
    X = X.loc[:, X[pre].any()].to_numpy()
    ahead = y[~pre] - X[~pre] @ np.linalg.lstsq(X[pre], y[pre], rcond=None)[0]
    np.testing.assert_allclose(fitted.beyond.center[0], ahead, atol=1e-10)
    assert fitted.distribution is None
    assert not fitted.residuals[~pre].any()


def _broken(fit, fault):
    d = fit.distribution
    return {
        "nothing": None,
        "neither": replace(fit, distribution=None),
        "short residuals": replace(fit, residuals=fit.residuals.iloc[1:]),
        "few coefficients": replace(fit, coefficients=fit.coefficients.iloc[1:]),
        "flat scale": replace(fit, distribution=replace(d, scale=d.scale[0])),
        "nan": replace(fit, distribution=replace(d, center=d.center * np.nan)),
        "weights": replace(fit, distribution=replace(d, weight=d.weight * 2)),
    }[fault]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("nothing", "returned NoneType, not a Fit"),
        ("neither", "not a Fit with a distribution"),
        ("short residuals", "returned 38 residuals where the design has 39"),
        ("few coefficients", "returned 7 coefficients where the design has 8"),
        ("flat scale", r"a scale that is not finite numbers of shape \(1, 8, 8\)"),
        ("nan", "a center that is not finite numbers"),
        ("weights", "weights that do not add up to 1"),
    ],
)
def test_a_wrong_return_says_what_is_missing(registered, design, fault, message):
    good = its.fit(design, "newey_west")

    @its.model("mine", "mine")
    def mine(design):
        return _broken(good, fault)

    with pytest.raises(InputError, match=f"The model 'mine' .*{message}"):
        its.fit(design, "mine")


def test_models_of_other_packages_come_through_entry_points(registered, monkeypatch, design):
    entry = EntryPoint("theirs", "analysis.models.ols:fit_newey_west", "analysis.models")
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])

    assert its.fit(design, "theirs").model == "theirs"


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_constant_series_is_refused(make_design, value):
    design = make_design(np.full(30, value), first_post=20)

    with pytest.raises(DesignError, match="fit 'made' exactly"):
        its.fit(design, "ar1")


def test_a_single_distribution_takes_frames_or_arrays():
    params = pd.Series([1.0, 2.0], ["a", "b"])

    d = Distribution.single(params, pd.DataFrame(np.eye(2)), df=5, sigma=2.0)

    assert d.center.shape == (1, 2)
    assert d.scale.shape == (1, 2, 2)
    assert (d.df, d.rho[0], d.sigma[0]) == (5.0, 0.0, 2.0)


def test_each_note_is_in_the_table_and_each_of_the_table_is_noted(root):
    """Keys stand as text in the code; of a conditional, both."""
    kept = yaml.safe_load((root / "analysis" / "models" / "notes.yml").read_text())
    code = "".join(p.read_text() for p in (root / "analysis" / "models").rglob("*.py"))
    noted = {
        key for call in re.findall(r"noted\(([^,)]*)", code) for key in re.findall('"(.*?)"', call)
    }
    assert noted == set(kept)
