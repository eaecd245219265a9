"""What `arima`, `structural` and the forecasts share: a regression with state-space errors.

The outcome is scaled inside, and several starting values are tried. The parameters of the errors
are those of the rows that are seen, taken as estimated; the variance is unknown: a forecast has a t
distribution with the degrees of freedom that the terms and these parameters leave.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from analysis.design import Design
from analysis.errors import refusal
from analysis.models.forecast import seen_rows
from analysis.models.result import Distribution, Fit, noted
from analysis.models.statespace.concentrated import Concentrated, Optimum

# endog (T), exog (T x m) or None -> a statsmodels state-space model.
Build = Callable[[np.ndarray, np.ndarray | None], Any]
SEED = 20240605
STARTS = 4
MAX_ITERATIONS = 500
# Of the mean log-likelihood: a search has arrived when it changes by less.
SMALL_CHANGE = 1e-12


@dataclass(frozen=True, kw_only=True)
class RegularGrid:
    """A design on all periods from its first to `stop`: missing ones are NaN in y, 0 in X.

    y is divided by `scale`, each column of X by its size.   rows : those of the design.
    """

    y: np.ndarray
    X: np.ndarray
    columns: list[str]
    sizes: np.ndarray
    scale: float
    rows: np.ndarray
    place: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Estimated:
    """A state-space regression at its best optimum, on the scale of the grid.

    loglik : the likelihood that is told.   counted : how many forecast errors are in it.
    beta, cov : coefficients (m) of the grid's columns and their covariance (m x m).
    errors : the parameters of the error process by name.
    """

    grid: RegularGrid
    raw: Any
    loglik: float
    counted: int
    beta: np.ndarray
    cov: np.ndarray
    errors: pd.Series
    converged: bool


def lay_out(design: Design, columns: list[str]) -> RegularGrid:
    """Some columns of a design, in the rows that bear on the estimates, as a regular grid.

    Raises
    ------
    DesignError : a two-group design.
    """
    if design.comparison:
        raise refusal("two groups")
    rows = seen_rows(design)
    place = design.time[rows] - design.time[0]
    y = np.full(place[-1] + 1, np.nan)
    X = np.zeros((place[-1] + 1, len(columns)))
    y[place], X[place] = design.y.to_numpy()[rows], design.X[columns].to_numpy()[rows]
    scale = float(np.nanstd(y)) or 1.0
    sizes = np.maximum(np.abs(X).max(axis=0, initial=0.0), 1e-300)
    return RegularGrid(
        y=y / scale, X=X / sizes, columns=columns, sizes=sizes, scale=scale, rows=rows, place=place
    )


def maximise(
    build: Build, grid: RegularGrid, *, starts: int, change: float, diffuse: bool = False
) -> tuple[Concentrated, Optimum]:
    """The likelihood, and the best optimum of several searches.

    On one thread: on matrices this small more of them only wait, and get in each other's way.

    Raises
    ------
    DesignError : no search has a value.
    """
    optima: list[Optimum] = []
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        likelihood = Concentrated.of(
            build(grid.y, grid.X if grid.columns else None), len(grid.columns), diffuse=diffuse
        )
        for start in likelihood.starts(starts, np.random.default_rng(SEED)):
            try:
                optimum = likelihood.search(start, MAX_ITERATIONS, change)
            except (np.linalg.LinAlgError, ValueError):
                continue
            if np.isfinite(optimum.loglik):
                optima.append(optimum)
    if not optima:
        raise refusal("no likelihood")
    return likelihood, max(optima, key=lambda optimum: optimum.loglik)


def estimate(build: Build, grid: RegularGrid, *, diffuse: bool = False) -> Estimated:
    """The best of several searches, each from starting values of its own."""
    likelihood, best = maximise(build, grid, starts=STARTS, change=SMALL_CHANGE, diffuse=diffuse)
    beta = likelihood.at(best.errors).beta
    params = likelihood.whole(best.errors, beta)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw = likelihood.model.smooth(params, cov_type="none")
        cov = likelihood.cov(best.errors)
    counted = likelihood.counted(raw.filter_results)
    return Estimated(
        grid=grid,
        raw=raw,
        # Of a structural model, software counts what is diffuse in: a constant.
        loglik=float(raw.llf if diffuse else raw.filter_results.llf_obs[counted].sum()),
        counted=int(counted.sum()),
        beta=beta,
        cov=cov,
        errors=pd.Series(best.errors, np.delete(raw.model.param_names, likelihood.places)),
        converged=best.converged,
    )


def finish(
    design: Design,
    build: Build,
    estimated: Estimated,
    *,
    options: Mapping[str, Any] = MappingProxyType({}),
    details: Mapping[str, float],
    notes: tuple[str, ...] = (),
    lost: int,
    spent: int,
    restricted: bool = False,
) -> Fit:
    """The `Fit` of any state-space regression.

    build : the model of the undifferenced series.   options : those that it has chosen itself.
    lost : the first periods, whose one-step forecast says nothing; their residuals are 0.
    spent : what the errors cost a forecast in degrees of freedom, beside `lost`.
    restricted : whether the likelihood allows for the terms in the variance (a diffuse one does).
    """
    residuals, innovations = _residuals(design, estimated, lost)
    names, beta, cov = _with_indicators(design, build, estimated)
    grid, df = estimated.grid, np.inf
    known = pd.Series(beta, names).reindex(design.X.columns)
    if len(names) > len(grid.columns):
        left = len(grid.place) - lost
        df = max(left - len(grid.columns) - spent, 1)
        cov = cov if restricted else cov * left / df
    whole = pd.DataFrame(cov, names, names).reindex(index=known.index, columns=known.index)
    return Fit(
        options=options,
        distribution=Distribution.single(known.fillna(0.0), whole.fillna(0.0), df=df),
        coefficients=known,
        residuals=residuals,
        innovations=innovations,
        loglik=estimated.loglik - estimated.counted * float(np.log(grid.scale)),
        converged=estimated.converged,
        fitted=design.y - residuals,
        details=details,
        notes=noted("no maximum", not estimated.converged) + notes,
        raw=estimated.raw,
    )


def _with_indicators(
    design: Design, build: Build, estimated: Estimated
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, coefficients and covariance of the terms, and of the indicators of a forecast."""
    grid, ahead, k = estimated.grid, list(design.terms.get("ahead", ())), len(estimated.beta)
    names, beta, cov = [*grid.columns, *ahead], estimated.beta, estimated.cov
    sizes = np.append(grid.sizes, np.ones(len(ahead)))
    if ahead:
        place = design.time - design.time[0]
        y, X = np.full(place[-1] + 1, np.nan), np.zeros((place[-1] + 1, len(names)))
        y[place] = design.y.to_numpy() / grid.scale
        X[place] = design.X[names].to_numpy() / sizes
        likelihood = Concentrated.of(build(y, X), len(names))
        order = np.delete(likelihood.model.param_names, likelihood.places)
        point = likelihood.at(estimated.errors[order].to_numpy())
        known, beta = np.linalg.inv(point.information), point.beta
        # What the errors add to the covariance of the terms, the indicators have of the terms.
        move = np.vstack([np.eye(k), known[k:, :k] @ np.linalg.inv(known[:k, :k])])
        cov = known + move @ (cov - known[:k, :k]) @ move.T
    size = grid.scale / sizes
    return names, beta * size, cov * np.outer(size, size)


def _residuals(design: Design, estimated: Estimated, lost: int) -> tuple[pd.Series, pd.Series]:
    """Residuals and innovations, 0 in the first `lost` periods and where nothing was fitted."""
    grid, seen = estimated.grid, estimated.raw.filter_results
    short = len(grid.y) - seen.nobs
    usable = grid.place >= max(lost, short)
    inside, errors = np.flatnonzero(grid.rows)[usable], np.zeros((2, len(design.y)))
    errors[0, inside] = seen.forecasts_error[0, grid.place[usable] - short] * grid.scale
    errors[1, inside] = seen.standardized_forecasts_error[0, grid.place[usable] - short]
    return pd.Series(errors[0], design.y.index), pd.Series(errors[1], design.y.index)
