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
from analysis.errors import DesignError
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

    y is divided by `scale`, each column of X by its size.
    """

    y: np.ndarray
    X: np.ndarray
    columns: list[str]
    sizes: np.ndarray
    scale: float
    place: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Estimated:
    """A state-space regression at its best optimum, on the scale of the grid.

    loglik : the likelihood that is told.   counted : how many forecast errors are in it.
    cov : of the regression terms.
    """

    raw: Any
    loglik: float
    counted: int
    params: pd.Series
    cov: pd.DataFrame
    converged: bool

    def of_errors(self, names: list[str]) -> np.ndarray:
        """The parameters of the error process by name."""
        return self.params[names].to_numpy()


def lay_out(design: Design, rows: np.ndarray, columns: list[str]) -> RegularGrid:
    """The given rows and columns of a design as a regular grid.

    Raises
    ------
    DesignError : a two-group design.
    """
    if design.comparison is not None:
        raise DesignError(
            "The design has two groups.",
            rule="This model takes one series.",
            remedy="Use gls_ar1_ml, ar1 or newey_west, or model the ratio of the two.",
        )
    place = design.time[rows] - design.time[0]
    y = np.full(place[-1] + 1, np.nan)
    X = np.zeros((place[-1] + 1, len(columns)))
    y[place], X[place] = design.y.to_numpy()[rows], design.X[columns].to_numpy()[rows]
    scale = float(np.nanstd(y)) or 1.0
    sizes = np.maximum(np.abs(X).max(axis=0, initial=0.0), 1e-300)
    return RegularGrid(
        y=y / scale, X=X / sizes, columns=columns, sizes=sizes, scale=scale, place=place
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
        raise DesignError(
            f"{left} rows are left for {len(kept)} terms"
            + (", all before the start." if not rows.all() else "."),
            rule=f"A fit needs at least {MIN_SPARE} more rows than terms, "
            "and a forecast has those before the start alone.",
            remedy="Choose an earlier start, or fewer events or season pairs.",
        )
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
        raise DesignError(
            "The state-space model could not be evaluated at any starting value.",
            rule="The series and the order allow a likelihood.",
            remedy="Use a lower order, or fewer terms.",
        )
    return likelihood, max(found, key=lambda optimum: optimum.loglik)


def estimate(build: Build, grid: RegularGrid, *, diffuse: bool = False) -> Estimated:
    """The best of several searches, each from starting values of its own."""
    likelihood, best = maximise(build, grid, starts=STARTS, change=SMALL_CHANGE, diffuse=diffuse)
    params = likelihood.whole(best.errors, likelihood.at(best.errors).beta)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw = likelihood.model.smooth(params, cov_type="none")
        cov = likelihood.cov(best.errors)
    names = [raw.model.param_names[place] for place in likelihood.places]
    counted = likelihood.counted(raw.filter_results)
    return Estimated(
        raw=raw,
        # Of a structural model, software counts what is diffuse in: a constant.
        loglik=float(raw.llf if diffuse else raw.filter_results.llf_obs[counted].sum()),
        counted=int(counted.sum()),
        params=pd.Series(params, raw.model.param_names),
        cov=pd.DataFrame(cov, names, names),
        converged=best.converged,
    )


def distribution_of(
    design: Design, grid: RegularGrid, estimated: Estimated, names: list[str]
) -> tuple[pd.Series, Distribution]:
    """Coefficients (NaN where the model has none) and their normal distribution."""
    size, p = grid.scale / grid.sizes, len(design.X.columns)
    place = [design.X.columns.get_loc(c) for c in grid.columns]
    center, cov = np.zeros(p), np.zeros((p, p))
    center[place] = estimated.params[names].to_numpy() * size
    cov[np.ix_(place, place)] = estimated.cov.loc[names, names] * np.outer(size, size)
    coefficients = pd.Series(np.nan, design.X.columns)
    coefficients.iloc[place] = center[place]
    return coefficients, Distribution.single(center, cov)


def forecast_of(
    design: Design,
    build: Build,
    grid: RegularGrid,
    estimated: Estimated,
    names: list[str],
) -> tuple[np.ndarray, np.ndarray]:
    """The forecast of the post rows on the modelled scale (J), and its covariance (J x J).

    Given coefficients b it is F y + (X - F X_pre) b, with F the weights of what was seen.
    """
    ahead = design.time[design.post] - design.time[design.pre][-1]
    future = design.X_counterfactual[grid.columns].to_numpy()[design.post] / grid.sizes
    model = build(grid.y, None)
    params = estimated.of_errors(model.param_names)
    horizon = int(ahead[-1])
    forecast, cov = _forecast(model, params, horizon)
    # Missing periods must stay missing in each column.
    columns = np.where(np.isnan(grid.y)[:, None], np.nan, grid.X)
    seen_part = [_forecast(build(x, None), params, horizon)[0] for x in columns.T]
    moved = future - np.reshape(seen_part, (len(grid.columns), horizon)).T[ahead - 1]
    beta, beta_cov = estimated.params[names].to_numpy(), estimated.cov.loc[names, names].to_numpy()
    center = (forecast[ahead - 1] + moved @ beta) * grid.scale
    spread = moved @ beta_cov @ moved.T + cov[np.ix_(ahead - 1, ahead - 1)]
    return center, spread * grid.scale**2


def _forecast(model: Any, params: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Point forecasts (horizon) and the joint covariance of their errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = model.filter(params)
    states = result.filter_results
    Z, T, R, Q = (
        states.design[..., -1],
        states.transition[..., -1],
        states.selection[..., -1],
        states.state_cov[..., -1],
    )
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
    grid: RegularGrid,
    estimated: Estimated,
    names: list[str],
    *,
    options: Mapping[str, Any] = MappingProxyType({}),
    details: Mapping[str, float],
    notes: tuple[str, ...] = (),
    lost: int = 0,
    forecast: bool = False,
    spent: int = 0,
    restricted: bool = False,
) -> Fit:
    """The `Fit` of any state-space regression.

    options : those that the model has chosen itself.
    lost : the first periods, whose one-step forecast says nothing; their residuals are 0.
    forecast : whether only the pre-period was fitted; post-period residuals are then 0.
    spent : what the errors cost a forecast in degrees of freedom, beside `lost`.
    restricted : whether the likelihood allows for the terms in the variance (a diffuse one does).
    """
    coefficients, distribution = distribution_of(design, grid, estimated, names)
    rows = design.pre if forecast else np.ones(len(design.y), dtype=bool)
    residuals, innovations = np.zeros(len(design.y)), np.zeros(len(design.y))
    errors = estimated.raw.filter_results.forecasts_error[0]
    standard = estimated.raw.filter_results.standardized_forecasts_error[0]
    short = len(grid.y) - len(errors)
    usable = grid.place >= max(lost, short)
    inside = np.flatnonzero(rows)[usable]
    residuals[inside] = errors[grid.place[usable] - short] * grid.scale
    innovations[inside] = standard[grid.place[usable] - short]
    fitted, beyond = design.y.to_numpy() - residuals, None
    if forecast:
        center, cov = forecast_of(design, build, grid, estimated, names)
        fitted[design.post] = center
        left = len(grid.place) - lost
        df = max(left - len(grid.columns) - spent, 1)
        beyond = Distribution.single(
            design.y.to_numpy()[design.post] - center,
            cov if restricted else cov * left / df,
            df=df,
        )
    index = design.y.index
    if not estimated.converged:
        notes = (NOT_CONVERGED, *notes)
    return Fit(
        options=options,
        distribution=None if forecast else distribution,
        coefficients=coefficients,
        residuals=pd.Series(residuals, index),
        innovations=pd.Series(innovations, index),
        loglik=estimated.loglik - estimated.counted * float(np.log(grid.scale)),
        converged=estimated.converged,
        beyond=beyond,
        fitted=pd.Series(fitted, index),
        absent=dict.fromkeys(("level", "slope"), NO_TERMS) if forecast else {},
        details=details,
        notes=notes,
        raw=estimated.raw,
    )
