"""`ols` and `newey_west`: least squares, with the standard errors of one's choice."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from statsmodels.regression.linear_model import OLS

from analysis import show
from analysis.design import Design
from analysis.errors import refusal
from analysis.models.processes.autoregression import whiten
from analysis.models.registry import model
from analysis.models.result import Distribution, Fit, noted

Errors = Literal["classical", "HC0", "HC1", "HC2", "HC3", "HAC"]
# The lag-one autocorrelation of residuals only sets how far an observation may stray.
MAX_RHO = 0.95
# A row whose residual keeps less than this of its error is fitted exactly.
FREE = 1e-8


@model("ols", "Ordinary least squares")
def fit_ols(design: Design, *, errors: Errors = "classical", maxlags: int | None = None) -> Fit:
    """Least squares; every interval is a t interval with n - p degrees of freedom.

    errors : "classical" (one variance, the sum of squares divided by n - p); "HC0" (White 1980,
        Econometrica 48:817), "HC1" (times n / (n - p), as Stata's robust), "HC2" or "HC3"
        (MacKinnon and White 1985, J. Econometrics 29:305) for variances that differ; "HAC" for
        neighbours that are related too (see `newey_west`).
    maxlags : of "HAC" and only there, 0 <= maxlags < n; 0 gives "HC1".

    None but "HAC" allows for memory. What such intervals are worth on real series:
    `load_rejections`.

    Raises
    ------
    InputError : no such errors.
    DesignError : maxlags outside its bounds, missing for "HAC" or given for others; "HC2" or
        "HC3" where a term fits a row exactly.
    """
    if (errors == "HAC") != (maxlags is not None):
        raise refusal("lags without HAC", maxlags=maxlags, errors=errors)
    X = design.X.to_numpy()
    raw = OLS(design.y.to_numpy(), X).fit()
    exact = _exact_rows(design)
    if maxlags is not None:
        cov = sandwich(design, np.linalg.inv(X.T @ X), X * raw.resid[:, None], maxlags)
    elif errors in ("HC2", "HC3") and exact.any():
        period = show.period_name(design.periods[exact][0])
        raise refusal("exact row", period=period, errors=errors)
    else:
        cov = raw.cov_params() if errors == "classical" else getattr(raw, f"cov_{errors}")
    # What terms fit exactly, such as the only post-period, leaves nothing to judge its error by.
    after = design.periods[exact & design.post] if errors != "classical" else design.periods[:0]
    words = show.period_name(after[0]) if len(after) else ""
    return _finish(design, raw, cov, noted("exact row", bool(words), period=words))


@model("newey_west", "OLS with Newey-West standard errors")
def fit_newey_west(design: Design, *, maxlags: int = 3) -> Fit:
    """`ols` with errors "HAC", as Stata's itsa has it.

    Bartlett weights up to `maxlags` (0 <= maxlags < n), factor n / (n - p), t(n - p). No
    prewhitening and no automatic bandwidth (Newey and West 1987, Econometrica 55:703).

    Raises
    ------
    DesignError : maxlags outside its bounds.
    """
    return fit_ols(design, errors="HAC", maxlags=maxlags)


def _finish(design: Design, raw: Any, cov: np.ndarray, notes: tuple[str, ...] = ()) -> Fit:
    rho = lag_one(raw.resid, design.clock)
    white = whiten(raw.resid, design.clock, rho)
    sigma = np.sqrt(white @ white / raw.df_resid)
    distribution = Distribution.single(raw.params, cov, df=raw.df_resid, rho=rho, sigma=sigma)
    return Fit(distribution=distribution, notes=notes, raw=raw)


def _exact_rows(design: Design) -> np.ndarray:
    """Which rows the terms fit exactly, whatever the series (n)."""
    Q = np.linalg.qr(design.X.to_numpy())[0]
    return np.asarray(1 - (Q**2).sum(axis=1) < FREE)


def sandwich(design: Design, bread: np.ndarray, moments: np.ndarray, maxlags: int) -> np.ndarray:
    """The covariance of the coefficients (p x p): Bartlett weights by the distance in time.

    bread : p x p, the inverse of the information.   moments : n x p, of which the estimates are
    the roots. The factor is n / (n - p).

    Raises
    ------
    DesignError : maxlags outside its bounds, 0 <= maxlags < n.
    """
    (n, p), clock = moments.shape, design.clock
    if not 0 <= maxlags < n:
        raise refusal("lags", maxlags=maxlags, n=n)
    meat = moments.T @ moments
    for lag in range(1, maxlags + 1):
        later = np.minimum(np.searchsorted(clock, clock + lag), n - 1)
        paired = clock[later] == clock + lag
        product = moments[paired].T @ moments[later[paired]]
        meat += (1 - lag / (maxlags + 1)) * (product + product.T)
    return np.asarray(bread @ meat @ bread * n / (n - p))


def lag_one(residuals: np.ndarray, time: np.ndarray) -> float:
    """The lag-one autocorrelation of residuals (n) at integer times, gaps left out."""
    neighbours = np.diff(time) == 1
    products = (residuals[1:] * residuals[:-1])[neighbours]
    return float(np.clip(products.sum() / (residuals @ residuals), -MAX_RHO, MAX_RHO))
