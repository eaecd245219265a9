"""`newey_west`: ordinary least squares with Newey-West standard errors, as in Stata's itsa."""

from __future__ import annotations

import numpy as np
import pandas as pd
import statsmodels.api as sm

from analysis.design import Design
from analysis.errors import DesignError
from analysis.models.gls import whiten
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
    n, p = design.X.shape
    if not 0 <= maxlags < n:
        raise DesignError(
            f"maxlags is {maxlags}.",
            rule=f"The number of lags is at least 0 and below the number of rows, {n}.",
            remedy="A small number is usual: 1 for yearly data, 3 for monthly data.",
        )
    y, X = _with_empty_rows(design)
    raw = sm.OLS(y, X).fit(
        cov_type="HAC",
        cov_kwds={"maxlags": maxlags, "use_correction": False},
        use_t=True,
    )
    coefficients = raw.params
    residuals = design.y - design.X @ coefficients
    rho = _lag_one(residuals.to_numpy(), design.time)
    white = whiten(residuals.to_numpy(), design.time, rho)
    sigma = np.sqrt(white @ white / (n - p))
    return Fit(
        design=design,
        model="newey_west",
        options={"maxlags": maxlags},
        distribution=Distribution(
            weight=np.ones(1),
            center=coefficients.to_numpy()[None],
            scale=(raw.cov_params().to_numpy() * n / (n - p))[None],
            df=float(n - p),
            rho=np.array([rho]),
            sigma=np.array([sigma]),
        ),
        coefficients=coefficients,
        residuals=residuals,
        innovations=pd.Series(white / sigma, index=residuals.index),
        rho=rho,
        raw=raw,
    )


def _with_empty_rows(design: Design) -> tuple[pd.Series, pd.DataFrame]:
    """Rows of zeros where a washout left periods out, so that lags count time, not rows."""
    time = pd.RangeIndex(design.time[0], design.time[-1] + 1)
    y = pd.Series(design.y.to_numpy(), index=design.time)
    X = design.X.set_axis(design.time)
    return y.reindex(time, fill_value=0.0), X.reindex(time, fill_value=0.0)


def _lag_one(residuals: np.ndarray, time: np.ndarray) -> float:
    neighbours = np.diff(time) == 1
    products = (residuals[1:] * residuals[:-1])[neighbours]
    return float(np.clip(products.sum() / (residuals @ residuals), -MAX_RHO, MAX_RHO))
