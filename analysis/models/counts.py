"""`poisson`, `quasi_poisson`, `negative_binomial`: counts with a log link and an offset."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm

from analysis.design import Design
from analysis.errors import refusal
from analysis.models.ols import lag_one, sandwich
from analysis.models.registry import COUNTS, model
from analysis.models.result import Distribution, Fit
from analysis.outcome import on_own_periods

# Excess variance, in units of the mean, below which there is none.
NO_EXCESS = 1e-4


@model("poisson", "Poisson regression", scales=COUNTS)
def fit_poisson(
    design: Design, *, offset: pd.Series | None = None, maxlags: int | None = None
) -> Fit:
    """Generalised linear model with log link; normal intervals.

    offset : positive exposure of each period, such as a population: a series with dates or
        periods, or an array with a value for each period of the outcome; None for the outcome's
        denominator, or the days.
    maxlags : Newey-West covariance up to this lag, with the factor n / (n - p); None for the
        model's own.

    Raises
    ------
    DesignError : the outcome is no count, the scale is "level", or maxlags outside its bounds.
    InputError : an offset that does not cover the periods.
    """
    counts = Counts.of(design, offset, maxlags)
    fitted = _finish(counts, poisson_glm(counts))
    spread = float((fitted.innovations**2).mean())
    if spread <= 2:
        return fitted
    note = (
        f"The counts vary {spread:.0f} times as much as Poisson counts would. The intervals of "
        "this model are too narrow; quasi_poisson or negative_binomial allow for it."
    )
    return replace(fitted, notes=(*fitted.notes, note))


@model("quasi_poisson", "Quasi-Poisson regression", scales=COUNTS)
def fit_quasi_poisson(
    design: Design, *, offset: pd.Series | None = None, maxlags: int | None = None
) -> Fit:
    """As `poisson`, with the variance a multiple of the mean: Pearson chi2 / (n - p)."""
    counts = Counts.of(design, offset, maxlags)
    raw = poisson_glm(counts)
    return _finish(counts, raw, dispersion=float(raw.pearson_chi2 / raw.df_resid))


@model("negative_binomial", "Negative binomial regression", scales=COUNTS)
def fit_negative_binomial(
    design: Design, *, offset: pd.Series | None = None, maxlags: int | None = None
) -> Fit:
    """As `poisson`, with variance mu + alpha mu^2, alpha by maximum likelihood."""
    counts = Counts.of(design, offset, maxlags)
    poisson = poisson_glm(counts)
    raw = _negative_binomial(counts, poisson.params)
    return _finish(counts, poisson) if raw is None else _finish(counts, raw, alpha=raw.params[-1])


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What is fitted: counts and their exposure (n each).

    offset : log of the exposure beyond the outcome's, or None.   maxlags : of a Newey-West
    covariance, or None.
    """

    design: Design
    values: np.ndarray
    exposure: np.ndarray
    offset: np.ndarray | None
    maxlags: int | None

    @classmethod
    def of(cls, design: Design, offset: pd.Series | None, maxlags: int | None) -> Counts:
        """The counts of a design; see `fit_poisson` for what is refused."""
        values, exposure = counts_of(design), _exposure(design, offset)
        beyond = None if offset is None else np.log(exposure / design.exposure)
        return cls(design=design, values=values, exposure=exposure, offset=beyond, maxlags=maxlags)


def _negative_binomial(counts: Counts, start: np.ndarray) -> Any:
    """The fit, or None where the counts vary no more than Poisson counts."""
    X, offset = counts.design.X.to_numpy(), np.log(counts.exposure)
    model = sm.NegativeBinomial(counts.values, X, offset=offset)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            raw = model.fit(start_params=np.append(start, 0.05), disp=0, maxiter=500)
        except (np.linalg.LinAlgError, ValueError):
            return None
    return raw if raw.params[-1] * counts.values.mean() > NO_EXCESS else None


def counts_of(design: Design) -> np.ndarray:
    """The counts in the rows of a design."""
    pieces = [
        part.values.reindex(design.periods[design.group == i]).to_numpy(float)
        for i, part in enumerate((design.outcome, *design.comparison))
    ]
    return np.concatenate(pieces)


def _exposure(design: Design, offset: pd.Series | None) -> np.ndarray:
    if offset is None:
        return design.exposure
    given = on_own_periods(offset, "the offset", design.outcome.periods)
    values = given.reindex(design.periods).to_numpy(dtype=float, na_value=np.nan)
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        raise refusal("offset", value=values[bad][0], period=design.periods[bad][0])
    return np.asarray(values)


def poisson_glm(counts: Counts) -> Any:
    """The Poisson regression of statsmodels.

    Raises
    ------
    DesignError : terms that fit nothing but zeros, or counts too far apart for any fit.
    """
    X, family = counts.design.X.to_numpy(), sm.families.Poisson()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = sm.GLM(counts.values, X, family=family, offset=np.log(counts.exposure))
        try:
            raw = model.fit(maxiter=200, tol=0, rtol=1e-12)
        except ValueError:
            raise refusal(
                "counts far apart", low=counts.values.min(), high=counts.values.max()
            ) from None
    # Where terms fit nothing but zeros, a ratio has no lower bound and no interval.
    bare, periods = raw.fittedvalues < 1e-6 * counts.values.mean(), counts.design.periods
    if bare.any() or not np.isfinite(raw.params).all():
        if not bare.any():
            raise refusal("no ratio")
        raise refusal("no events", first=periods[bare][0], last=periods[bare][-1])
    return raw


def _finish(counts: Counts, raw: Any, *, dispersion: float = 1.0, alpha: float = 0.0) -> Fit:
    """The `Fit` of any of the three: variance dispersion * mu + alpha * mu^2."""
    design, X = counts.design, counts.design.X.to_numpy()
    n, p = X.shape
    coefficients = np.asarray(raw.params)[:p]
    mu = counts.exposure * np.exp(X @ coefficients)
    off, variance = counts.values - mu, dispersion * mu + alpha * mu**2
    # Expected information; alpha is orthogonal to the coefficients (Lawless 1987).
    cov = np.linalg.inv(X.T @ (X * (mu**2 / variance)[:, None]))
    if counts.maxlags is not None:
        cov = sandwich(design, cov, X * (off * mu / variance)[:, None], counts.maxlags)
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
        offset=counts.offset,
        details={"dispersion": float((off**2 / mu).sum() / (n - p)), "alpha": float(alpha)},
        notes=() if converged else ("The fit did not converge: its numbers are not results.",),
        raw=raw,
    )
