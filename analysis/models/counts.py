"""`poisson`, `quasi_poisson`, `negative_binomial`: counts with a log link and an offset."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm

from analysis.design import Design
from analysis.errors import DesignError, InputError
from analysis.models.newey_west import lag_one, sandwich
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
        periods, or an array with a value for each period of the outcome; None for the days.
    maxlags : Newey-West covariance up to this lag, with the factor n / (n - p); None for the
        model's own.

    Raises
    ------
    DesignError : the outcome is no count, the scale is "level", or maxlags outside its bounds.
    InputError : an offset that does not cover the periods.
    """
    counts, exposure = counts_of(design), _exposure(design, offset)
    raw = _glm(design, counts, exposure)
    return _finish(design, "poisson", raw, counts, exposure, 1.0, 0.0, offset, maxlags)


@model("quasi_poisson", "Quasi-Poisson regression", scales=COUNTS)
def fit_quasi_poisson(
    design: Design, *, offset: pd.Series | None = None, maxlags: int | None = None
) -> Fit:
    """As `poisson`, with the variance a multiple of the mean: Pearson chi2 / (n - p)."""
    counts, exposure = counts_of(design), _exposure(design, offset)
    raw = _glm(design, counts, exposure)
    dispersion = float(raw.pearson_chi2 / raw.df_resid)
    return _finish(design, "quasi_poisson", raw, counts, exposure, dispersion, 0.0, offset, maxlags)


@model("negative_binomial", "Negative binomial regression", scales=COUNTS)
def fit_negative_binomial(
    design: Design, *, offset: pd.Series | None = None, maxlags: int | None = None
) -> Fit:
    """As `poisson`, with variance mu + alpha mu^2, alpha by maximum likelihood."""
    counts, exposure = counts_of(design), _exposure(design, offset)
    poisson = _glm(design, counts, exposure)
    raw = _negative_binomial(design, counts, exposure, poisson.params)
    if raw is None:
        return _finish(
            design, "negative_binomial", poisson, counts, exposure, 1.0, 0.0, offset, maxlags
        )
    alpha = float(raw.params[-1])
    return _finish(design, "negative_binomial", raw, counts, exposure, 1.0, alpha, offset, maxlags)


def _negative_binomial(
    design: Design, counts: np.ndarray, exposure: np.ndarray, start: np.ndarray
) -> Any:
    """The fit, or None where the counts vary no more than Poisson counts."""
    model = sm.NegativeBinomial(counts, design.X.to_numpy(), offset=np.log(exposure))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            raw = model.fit(start_params=np.append(start, 0.05), disp=0, maxiter=500)
        except (np.linalg.LinAlgError, ValueError):
            return None
    return raw if raw.params[-1] * counts.mean() > NO_EXCESS else None


def counts_of(design: Design) -> np.ndarray:
    """The counts in the rows of a design."""
    parts = [design.outcome] + ([design.comparison] if design.comparison else [])
    pieces = [
        part.values.reindex(design.periods[design.group == i]).to_numpy(float)
        for i, part in enumerate(parts)
    ]
    return np.concatenate(pieces)


def _exposure(design: Design, offset: pd.Series | None) -> np.ndarray:
    given = design.outcome.days
    if offset is not None:
        given = on_own_periods(offset, "the offset", design.outcome.periods)
    values = given.reindex(design.periods).to_numpy(dtype=float, na_value=np.nan)
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        raise InputError(
            f"The offset is {values[bad][0]:g} in {design.periods[bad][0]}.",
            rule="An offset is a positive number for every period of the fit.",
            remedy="Give the exposure itself (a population), not its logarithm, for each period.",
        )
    return np.asarray(values)


def _glm(design: Design, counts: np.ndarray, exposure: np.ndarray) -> Any:
    X, family = design.X.to_numpy(), sm.families.Poisson()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = sm.GLM(counts, X, family=family, offset=np.log(exposure))
        raw = model.fit(maxiter=200, tol=0, rtol=1e-12)
    # Where terms fit nothing but zeros, a ratio has no lower bound and no interval.
    bare = raw.fittedvalues < 1e-6 * counts.mean()
    if bare.any() or not np.isfinite(raw.params).all():
        raise DesignError(
            f"All counts are 0 from {design.periods[bare][0]} to {design.periods[bare][-1]}, "
            "where the same terms apply."
            if bare.any()
            else "The counts do not determine the ratios.",
            rule="A ratio needs events before and after the intervention, and under each term.",
            remedy='Use scale="level" with model="ar1_calibrated", or fewer terms.',
        )
    return raw


def _finish(
    design: Design,
    name: str,
    raw: Any,
    counts: np.ndarray,
    exposure: np.ndarray,
    dispersion: float,
    alpha: float,
    offset: pd.Series | None,
    maxlags: int | None,
) -> Fit:
    """The `Fit` of any of the three: variance dispersion * mu + alpha * mu^2."""
    X, p = design.X.to_numpy(), design.X.shape[1]
    coefficients = pd.Series(np.asarray(raw.params)[:p], design.X.columns)
    mu = exposure * np.exp(X @ coefficients.to_numpy())
    variance = dispersion * mu + alpha * mu**2
    # Expected information; alpha is orthogonal to the coefficients (Lawless 1987).
    cov = np.linalg.inv(X.T @ (X * (mu**2 / variance)[:, None]))
    if maxlags is not None:
        moments = X * ((counts - mu) * mu / variance)[:, None]
        cov = sandwich(design, cov, moments, maxlags)
    pearson = pd.Series((counts - mu) / np.sqrt(variance), design.y.index)
    days = design.outcome.days.reindex(design.periods).to_numpy()
    modelled = mu if design.scale == "count" else np.log(mu / days)
    searched = getattr(raw, "mle_retvals", None) or {}
    converged = bool(searched.get("converged", getattr(raw, "converged", True)))
    return Fit(
        design=design,
        model=name,
        options={"offset": offset, "maxlags": maxlags},
        distribution=Distribution.single(coefficients, cov),
        coefficients=coefficients,
        residuals=design.y - modelled,
        innovations=pearson,
        rho=lag_one(pearson.to_numpy(), design.clock),
        loglik=float(raw.llf),
        converged=converged,
        offset=None if offset is None else np.log(exposure / days),
        details={
            "dispersion": float(((counts - mu) ** 2 / mu).sum() / (len(mu) - p)),
            "alpha": alpha,
        },
        notes=_notes(converged, pearson, name),
        raw=raw,
    )


def _notes(converged: bool, pearson: pd.Series, name: str) -> tuple[str, ...]:
    notes = []
    if not converged:
        notes.append("The fit did not converge: its numbers are not results.")
    spread = float((pearson**2).mean())
    if name == "poisson" and spread > 2:
        notes.append(
            f"The counts vary {spread:.0f} times as much as Poisson counts would. The intervals of "
            "this model are too narrow; quasi_poisson or negative_binomial allow for it."
        )
    return tuple(notes)
