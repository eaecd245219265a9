"""`forecast_trend`: a growth curve fitted to the pre-period, and carried on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.design import Design
from analysis.errors import InputError
from analysis.models.processes.autoregression import Autoregression, whiten
from analysis.models.processes.solve import OneDesign
from analysis.models.registry import model
from analysis.models.result import Distribution, Fit
from analysis.models.statespace.regression import NO_TERMS, varying_columns

MAX_DEGREE = 3
# A component of less weight changes no digit, and each holds a covariance of all periods.
NEGLIGIBLE = 1e-12


@model("forecast_trend", "Growth curve forecast from the pre-period")
def fit_forecast_trend(design: Design, *, degree: int = 1) -> Fit:
    """A polynomial trend, season and events with AR(1) errors, rho integrated out as in `ar1`.

    degree : of the trend, 1 <= degree <= 3. Effects are observed minus forecast: given rho, both
        the forecast and its error follow an exact t with the pre-period's degrees of freedom.

    Raises
    ------
    InputError : a degree outside its bounds.
    """
    if degree not in range(1, MAX_DEGREE + 1):
        raise InputError(
            f"The degree is {degree}.",
            rule=f"The degree of a growth curve is 1 to {MAX_DEGREE}.",
            remedy="Use 1 for a straight line on the modelled scale.",
        )
    curve = _with_powers(design, degree)
    pre, columns = design.pre, varying_columns(curve, design.pre, lambda X: X)
    columns = [c for c in columns if c not in design.step_columns]
    X = curve.X[columns].to_numpy()
    y = design.y.to_numpy()[None, pre]
    solved = OneDesign.of(Autoregression.of, y, X[pre], design.time[pre])
    return _finish(design, columns, X, solved.distribution())


def _with_powers(design: Design, degree: int) -> Design:
    trend = design.X["trend"] if "trend" in design.X else pd.Series(design.time, design.X.index)
    powers = {f"trend^{k}": (trend / trend.max()) ** k for k in range(2, degree + 1)}
    return replace(design, X=design.X.assign(**powers))


def _finish(design: Design, columns: list[str], X: np.ndarray, distribution: Distribution) -> Fit:
    pre = design.pre
    median = distribution.median
    rho = float(distribution.weight @ distribution.rho)
    sigma = float(np.sqrt(distribution.weight @ distribution.sigma**2))
    fitted = X @ median
    residuals, innovations = np.zeros(len(fitted)), np.zeros(len(fitted))
    residuals[pre] = design.y.to_numpy()[pre] - fitted[pre]
    innovations[pre] = whiten(residuals[pre], design.time[pre], rho) / sigma

    return Fit(
        coefficients=pd.Series(median, columns),
        residuals=pd.Series(residuals, design.y.index),
        innovations=pd.Series(innovations, design.y.index),
        rho=rho,
        beyond=_beyond(design, X, distribution),
        fitted=pd.Series(fitted, design.y.index),
        absent=dict.fromkeys(("level", "slope"), NO_TERMS),
    )


def _beyond(design: Design, X: np.ndarray, known: Distribution) -> Distribution:
    """Observed minus forecast: the last pre-period error decays by rho a period, new ones come."""
    kept = known.weight > NEGLIGIBLE
    known = replace(
        known,
        weight=known.weight[kept] / known.weight[kept].sum(),
        **{part: getattr(known, part)[kept] for part in ("center", "scale", "rho", "sigma")},
    )
    last, post = np.flatnonzero(design.pre)[-1], design.post
    y, ahead = design.y.to_numpy(), design.time[post] - design.time[last]
    decay = known.rho[:, None] ** ahead
    weights = X[post] - decay[..., None] * X[last]
    lags = np.abs(ahead[:, None] - ahead)
    powers = known.rho[:, None] ** np.arange(ahead[-1] + 1)
    errors = powers[:, lags] - decay[..., None] * decay[:, None]
    variance = known.sigma**2 / (1 - known.rho**2)
    return replace(
        known,
        center=y[post] - np.matmul(weights, known.center[..., None])[..., 0] - decay * y[last],
        scale=weights @ known.scale @ weights.mT + variance[:, None, None] * errors,
    )
