"""What `arima`, `structural` and the forecasts share: a regression with state-space errors.

The outcome is scaled inside, and several starting values are tried. The forecast of a state-space
model is linear in what was seen, so that the uncertainty of the coefficients and of the errors add
up exactly. The parameters of the errors are taken as estimated, the variance as unknown: a forecast
has a t distribution with the degrees of freedom that the terms and these parameters leave.
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
from analysis.design.identified import MIN_SPARE
from analysis.errors import refusal
from analysis.models.result import Distribution, Fit
from analysis.models.statespace.concentrated import Concentrated, Optimum

# endog (T), exog (T x m) or None -> a statsmodels state-space model.
Build = Callable[[np.ndarray, np.ndarray | None], Any]
SEED = 20240605
STARTS = 4
MAX_ITERATIONS = 500
# Of the mean log-likelihood: a search has arrived when it changes by less.
SMALL_CHANGE = 1e-12
NOT_CONVERGED = "The search for the maximum did not converge: the numbers are not results."
NO_TERMS = "A forecast from the pre-period has no term for it: only periods can be compared."


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


def lay_out(design: Design, rows: np.ndarray, columns: list[str]) -> RegularGrid:
    """The given rows and columns of a design as a regular grid.

    Raises
    ------
    DesignError : a two-group design.
    """
    if design.comparison:
        raise refusal("two groups")
    place = design.time[rows] - design.time[0]
    y = np.full(place[-1] + 1, np.nan)
    X = np.zeros((place[-1] + 1, len(columns)))
    y[place], X[place] = design.y.to_numpy()[rows], design.X[columns].to_numpy()[rows]
    scale = float(np.nanstd(y)) or 1.0
    sizes = np.maximum(np.abs(X).max(axis=0, initial=0.0), 1e-300)
    return RegularGrid(
        y=y / scale, X=X / sizes, columns=columns, sizes=sizes, scale=scale, rows=rows, place=place
    )


def varying_columns(
    design: Design, rows: np.ndarray, reduce: Callable[[np.ndarray], np.ndarray]
) -> list[str]:
    """The columns that are not lost, nor a combination of others before them, after `reduce`.

    Raises
    ------
    DesignError : too few rows are left beside them, as in a forecast from a short past.
    """
    kept: list[str] = []
    steps = [c for c in design.step_columns if design.X.loc[rows, c].any()]
    others = [c for c in design.X if c not in design.step_columns]
    for name in steps + others:
        reduced = reduce(design.X[[*kept, name]].to_numpy()[rows])
        size = np.linalg.norm(reduced, axis=0)
        whole = float(np.linalg.norm(design.X[name].to_numpy()[rows]))
        if size[-1] > 1e-8 * max(whole, 1e-300):
            singular = np.linalg.svd(reduced / size, compute_uv=False)
            if singular[-1] > 1e-8:
                kept.append(name)
    left = len(reduce(design.X.to_numpy()[rows]))
    if left - len(kept) < MIN_SPARE:
        key = "few rows" if rows.all() else "few rows before"
        raise refusal(key, rows=left, terms=len(kept), least=MIN_SPARE)
    return [str(c) for c in design.X if c in kept]


def maximise(
    build: Build, grid: RegularGrid, *, starts: int, change: float, diffuse: bool = False
) -> tuple[Concentrated, Optimum]:
    """The likelihood, and the best optimum of several searches.

    On one thread: on matrices this small more of them only wait, and get in each other's way.

    Raises
    ------
    DesignError : no search has a value.
    """
    found: list[Optimum] = []
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
                found.append(optimum)
    if not found:
        raise refusal("no likelihood")
    return likelihood, max(found, key=lambda optimum: optimum.loglik)


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


def forecast_of(
    design: Design, build: Build, estimated: Estimated
) -> tuple[np.ndarray, np.ndarray]:
    """The forecast of the post rows on the modelled scale (J), and its covariance (J x J).

    Given coefficients b it is F y + (X - F X_pre) b, with F the weights of what was seen.
    """
    grid = estimated.grid
    ahead = design.time[design.post] - design.time[design.pre][-1]
    future = design.X_counterfactual[grid.columns].to_numpy()[design.post] / grid.sizes
    model = build(grid.y, None)
    params, horizon = estimated.errors[model.param_names].to_numpy(), int(ahead[-1])
    forecast, cov = _forecast(model, params, horizon)
    # Missing periods must stay missing in each column.
    columns = np.where(np.isnan(grid.y)[:, None], np.nan, grid.X)
    seen_part = [_forecast(build(x, None), params, horizon)[0] for x in columns.T]
    moved = future - np.reshape(seen_part, (len(grid.columns), horizon)).T[ahead - 1]
    center = (forecast[ahead - 1] + moved @ estimated.beta) * grid.scale
    spread = moved @ estimated.cov @ moved.T + cov[np.ix_(ahead - 1, ahead - 1)]
    return center, spread * grid.scale**2


def _forecast(model: Any, params: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Point forecasts (horizon) and the joint covariance of their errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = model.filter(params)
    states = result.filter_results
    parts = (states.design, states.transition, states.selection, states.state_cov)
    Z, T, R, Q = (part[..., -1] for part in parts)
    state, P = states.predicted_state[:, -1], states.predicted_state_cov[:, :, -1]
    ahead = [Z[0]]
    for _ in range(horizon - 1):
        ahead.append(ahead[-1] @ T)
    carried = np.array(ahead)
    points, cov = np.empty(horizon), np.zeros((horizon, horizon))
    for i in range(horizon):
        points[i] = (Z @ state + states.obs_intercept[:, -1])[0]
        cov[i, i:] = cov[i:, i] = carried[: horizon - i] @ P @ Z[0]
        cov[i, i] += states.obs_cov[0, 0, -1]
        state, P = T @ state + states.state_intercept[:, -1], T @ P @ T.T + R @ Q @ R.T
    return points, cov


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
    """The `Fit` of any state-space regression; a forecast where only the pre-period was fitted.

    build : the model of the undifferenced series.   options : those that it has chosen itself.
    lost : the first periods, whose one-step forecast says nothing; their residuals are 0.
    spent : what the errors cost a forecast in degrees of freedom, beside `lost`.
    restricted : whether the likelihood allows for the terms in the variance (a diffuse one does).
    """
    coefficients, distribution = _coefficients(design, estimated)
    residuals, innovations = _residuals(design, estimated, lost)
    grid, y, beyond = estimated.grid, design.y, None
    fitted = y - residuals
    if not grid.rows.all():
        center, cov = forecast_of(design, build, estimated)
        fitted[design.post] = center
        left = len(grid.place) - lost
        df = max(left - len(grid.columns) - spent, 1)
        cov = cov if restricted else cov * left / df
        beyond = Distribution.single(y.to_numpy()[design.post] - center, cov, df=df)
    return Fit(
        options=options,
        distribution=None if beyond else distribution,
        coefficients=coefficients,
        residuals=residuals,
        innovations=innovations,
        loglik=estimated.loglik - estimated.counted * float(np.log(grid.scale)),
        converged=estimated.converged,
        beyond=beyond,
        fitted=fitted,
        absent=dict.fromkeys(("level", "slope"), NO_TERMS) if beyond else {},
        details=details,
        notes=notes if estimated.converged else (NOT_CONVERGED, *notes),
        raw=estimated.raw,
    )


def _coefficients(design: Design, estimated: Estimated) -> tuple[pd.Series, Distribution]:
    """Coefficients (NaN where the model has none) and their normal distribution."""
    grid, p = estimated.grid, len(design.X.columns)
    size = grid.scale / grid.sizes
    place = [design.X.columns.get_loc(c) for c in grid.columns]
    center, cov = np.zeros(p), np.zeros((p, p))
    center[place] = estimated.beta * size
    cov[np.ix_(place, place)] = estimated.cov * np.outer(size, size)
    coefficients = pd.Series(np.nan, design.X.columns)
    coefficients.iloc[place] = center[place]
    return coefficients, Distribution.single(center, cov)


def _residuals(design: Design, estimated: Estimated, lost: int) -> tuple[pd.Series, pd.Series]:
    """Residuals and innovations, 0 in the first `lost` periods and where nothing was fitted."""
    grid, seen = estimated.grid, estimated.raw.filter_results
    short = len(grid.y) - seen.nobs
    usable = grid.place >= max(lost, short)
    inside, found = np.flatnonzero(grid.rows)[usable], np.zeros((2, len(design.y)))
    found[0, inside] = seen.forecasts_error[0, grid.place[usable] - short] * grid.scale
    found[1, inside] = seen.standardized_forecasts_error[0, grid.place[usable] - short]
    return pd.Series(found[0], design.y.index), pd.Series(found[1], design.y.index)
