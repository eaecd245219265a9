"""`newey_west`: ordinary least squares with Newey-West standard errors, as in Stata's itsa."""

from __future__ import annotations

import numpy as np
import statsmodels.api as sm

from analysis.design import Design
from analysis.errors import DesignError
from analysis.models.processes.autoregression import whiten
from analysis.models.registry import model
from analysis.models.result import Distribution, Fit

# The lag-one autocorrelation of residuals only sets how far an observation may stray.
MAX_RHO = 0.95


@model("newey_west", "OLS with Newey-West standard errors")
def fit_newey_west(design: Design, *, maxlags: int = 3) -> Fit:
    """OLS; Bartlett weights up to `maxlags` (0 <= maxlags < n), factor n / (n - p), t(n - p).

    No prewhitening and no automatic bandwidth (Newey and West 1987, Econometrica 55:703).

    Raises
    ------
    DesignError : maxlags outside its bounds.
    """
    y, X = design.y.to_numpy(), design.X.to_numpy()
    n, p = X.shape
    raw = sm.OLS(y, X).fit()
    cov = sandwich(design, np.linalg.inv(X.T @ X), X * raw.resid[:, None], maxlags)
    rho = lag_one(raw.resid, design.clock)
    white = whiten(raw.resid, design.clock, rho)
    sigma = np.sqrt(white @ white / (n - p))
    return Fit(
        distribution=Distribution.single(raw.params, cov, df=n - p, rho=rho, sigma=sigma),
        notes=_one_post_period(design),
        raw=raw,
    )


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
        raise DesignError(
            f"maxlags is {maxlags}.",
            rule=f"The number of lags is at least 0 and below the number of rows, {n}.",
            remedy="A small number is usual: 1 for yearly data, 3 for monthly data.",
        )
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


def _one_post_period(design: Design) -> tuple[str, ...]:
    """A level fits the only post-period exactly, which leaves nothing to judge its error by."""
    if design.post.sum() > 1:
        return ()
    return (
        "There is one post-period. Its residual is zero, so the standard error of this model is "
        "far too small. Use wandering_trend_calibrated.",
    )
