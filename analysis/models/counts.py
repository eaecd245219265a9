"""`poisson`, `quasi_poisson`, `negative_binomial`: counts with a log link and an offset.

The offset is the log of what counts are divided by: the outcome's denominator, or the days.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.discrete.discrete_model import NegativeBinomial
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from analysis.design import Design
from analysis.errors import refusal
from analysis.models.ols import lag_one, sandwich
from analysis.models.registry import COUNTS, model
from analysis.models.result import Distribution, Fit, noted

# Excess variance, in units of the mean, below which there is none.
NO_EXCESS = 1e-4


@model("poisson", "Poisson regression", scales=COUNTS)
def fit_poisson(design: Design, *, maxlags: int | None = None) -> Fit:
    """Generalised linear model with log link; normal intervals.

    maxlags : Newey-West covariance up to this lag, with the factor n / (n - p); None for the
        model's own.

    Raises
    ------
    DesignError : terms under which there is no event, or maxlags outside its bounds.
    """
    fitted = _finish(design, poisson_glm(design), maxlags)
    spread = float((fitted.innovations**2).mean())
    wide = noted("overdispersed", spread > 2, spread=spread)
    return replace(fitted, notes=fitted.notes + wide)


@model("quasi_poisson", "Quasi-Poisson regression", scales=COUNTS)
def fit_quasi_poisson(design: Design, *, maxlags: int | None = None) -> Fit:
    """As `poisson`, with the variance a multiple of the mean: Pearson chi2 / (n - p)."""
    raw = poisson_glm(design)
    return _finish(design, raw, maxlags, dispersion=float(raw.pearson_chi2 / raw.df_resid))


@model("negative_binomial", "Negative binomial regression", scales=COUNTS)
def fit_negative_binomial(design: Design, *, maxlags: int | None = None) -> Fit:
    """As `poisson`, with variance mu + alpha mu^2, alpha by maximum likelihood."""
    poisson, counts = poisson_glm(design), counts_of(design)
    wider = NegativeBinomial(counts, design.X.to_numpy(), offset=np.log(design.exposure))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            raw = wider.fit(start_params=np.append(poisson.params, 0.05), disp=0, maxiter=500)
        except (np.linalg.LinAlgError, ValueError):
            raw = poisson
    # Counts may vary no more than Poisson counts.
    alpha = 0.0 if raw is poisson else float(raw.params[-1])
    if not alpha * counts.mean() > NO_EXCESS:
        return _finish(design, poisson, maxlags)
    return _finish(design, raw, maxlags, alpha=alpha)


def counts_of(design: Design) -> np.ndarray:
    """The counts in the rows of a design."""
    pieces = [
        part.values.reindex(design.periods[design.group == i]).to_numpy(float)
        for i, part in enumerate((design.outcome, *design.comparison))
    ]
    return np.concatenate(pieces)


def poisson_glm(design: Design) -> Any:
    """The Poisson regression of statsmodels.

    Raises
    ------
    DesignError : terms that fit nothing but zeros, or counts too far apart for any fit.
    """
    counts, family = counts_of(design), Poisson()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GLM(counts, design.X.to_numpy(), family=family, offset=np.log(design.exposure))
        try:
            raw = model.fit(maxiter=200, tol=0, rtol=1e-12)
        except ValueError:
            raise refusal("counts far apart", low=counts.min(), high=counts.max()) from None
    # Where terms fit nothing but zeros, a ratio has no lower bound and no interval.
    bare = design.periods[raw.fittedvalues < 1e-6 * counts.mean()]
    if len(bare):
        raise refusal("no events", bare=bare)
    if not np.isfinite(raw.params).all():
        raise refusal("no ratio")
    return raw


def _finish(
    design: Design, raw: Any, maxlags: int | None, *, dispersion: float = 1.0, alpha: float = 0.0
) -> Fit:
    """The `Fit` of any of the three: variance dispersion * mu + alpha * mu^2."""
    X, counts = design.X.to_numpy(), counts_of(design)
    n, p = X.shape
    coefficients = np.asarray(raw.params)[:p]
    mu = design.exposure * np.exp(X @ coefficients)
    off, variance = counts - mu, dispersion * mu + alpha * mu**2
    # Expected information; alpha is orthogonal to the coefficients (Lawless 1987).
    cov = np.linalg.inv(X.T @ (X * (mu**2 / variance)[:, None]))
    if maxlags is not None:
        cov = sandwich(design, cov, X * (off * mu / variance)[:, None], maxlags)
    pearson = pd.Series(off / np.sqrt(variance), design.y.index)
    searched = getattr(raw, "mle_retvals", None) or {}
    converged = bool(searched.get("converged", getattr(raw, "converged", True)))
    return Fit(
        distribution=Distribution.single(coefficients, cov),
        residuals=design.y - (mu if design.scale == "count" else np.log(mu / design.exposure)),
        innovations=pearson,
        rho=lag_one(pearson.to_numpy(), design.clock),
        loglik=float(raw.llf),
        converged=converged,
        details={"dispersion": float((off**2 / mu).sum() / (n - p)), "alpha": float(alpha)},
        notes=noted("not converged", not converged),
        raw=raw,
    )
