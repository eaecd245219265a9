"""`arima` and `forecast_arima`: regression with seasonal ARIMA errors, exact likelihood."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from statsmodels.tools.sm_exceptions import InterpolationWarning
from statsmodels.tsa.seasonal import STL
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.stattools import kpss

from analysis.design import Design
from analysis.errors import refusal
from analysis.models.forecast import seen_rows, varying_columns
from analysis.models.registry import model
from analysis.models.result import Fit, noted
from analysis.models.statespace.regression import (
    Build,
    RegularGrid,
    estimate,
    finish,
    lay_out,
    maximise,
)

Order = tuple[int, int, int]
MAX_ORDER = 2
MAX_SEASONAL = 1
KPSS_LEVEL = 0.05
# The share above which R's forecast::nsdiffs takes seasonal differences.
STRONG = 0.64
# Change of the mean log-likelihood under which a search has arrived when orders are compared.
NEAR = 1e-7


@model("arima", "Regression with ARIMA errors")
@model("forecast_arima", "ARIMA forecast from the pre-period", ahead=True)
def fit_arima(
    design: Design,
    *,
    order: Sequence[int] | None = None,
    seasonal_order: Sequence[int] | None = None,
    drift: bool = False,
) -> Fit:
    """Steps, slopes, pulses and all other terms with (seasonal) ARIMA errors.

    order : (p, d, q); None to choose: d by a KPSS test of the residuals, p and q <= 2 by AICc.
    seasonal_order : (P, D, Q) at the periods of a year; None for none, or, with `order` None and
        no season in the design, to choose: D = 1 where the season is strong (as R's auto.arima
        decides), P and Q <= 1 by AICc. At most 36 orders are tried, all of one differencing, as
        AICc compares no others: seconds for 100 months, a minute for 400.
    drift : whether a trend is kept where the errors are differenced once; always so where they
        are chosen to be differenced over the season alone.

    Maximum likelihood: the variance of the innovations is divided by their number, and intervals
    are normal. A forecast divides by what terms and errors leave of it, and has a t distribution.

    Terms that differencing takes away (constant, trend, season) have no coefficient.

    Raises
    ------
    InputError : orders that are not three integers >= 0.
    DesignError : a two-group design.
    """
    season = round(design.outcome.steps_per_year)
    given, given_seasonal = _checked("order", order), _checked("seasonal_order", seasonal_order)
    if given is None:
        full, seasonal, drift, tried = _choose(design, season, given_seasonal, drift)
    else:
        full, seasonal, tried = given, given_seasonal or (0, 0, 0), 1
    build, grid = _lay_out(design, full, seasonal, season, drift)
    estimated = estimate(_likely(build, grid), grid)
    error = estimated.errors.copy()
    error["sigma2"] *= grid.scale**2
    size = len(error) + len(grid.columns)
    aicc = _aicc(estimated.loglik, estimated.counted, size, grid)
    label = f"ARIMA{full}".replace(" ", "")
    label += f"{seasonal}[{season}]".replace(" ", "") if any(seasonal) else ""
    return finish(
        design,
        build,
        estimated,
        options={"order": full, "seasonal_order": seasonal, "drift": drift},
        details={"aicc": aicc, **error.to_dict()},
        notes=noted("chosen order" if tried > 1 else "order", label=label, tried=tried),
        lost=full[1] + seasonal[1] * season,
        spent=full[0] + full[2] + seasonal[0] + seasonal[2],
    )


def _lay_out(
    design: Design, order: Order, seasonal: Order, season: int, drift: bool
) -> tuple[Callable[..., SARIMAX], RegularGrid]:
    def reduce(X: np.ndarray) -> np.ndarray:
        for _ in range(order[1]):
            X = np.diff(X, axis=0)
        for _ in range(seasonal[1]):
            X = X[season:] - X[:-season]
        return X

    def build(y: np.ndarray, X: np.ndarray | None, differenced: bool = False) -> SARIMAX:
        return SARIMAX(
            y,
            exog=X,
            order=order,
            seasonal_order=(*seasonal, season if any(seasonal) else 0),
            simple_differencing=differenced,
            use_exact_diffuse=not differenced,
        )

    differenced = order[1] + seasonal[1] > 0
    columns = varying_columns(design, reduce)
    kept = [c for c in columns if drift or not differenced or c != "trend"]
    return build, lay_out(design, kept)


def _likely(build: Callable[..., SARIMAX], grid: RegularGrid) -> Build:
    """Without gaps the differenced series has an exact likelihood that needs no diffuse start."""
    whole = bool(np.isfinite(grid.y).all())
    return lambda y, X: build(y, X, whole)


def _choose(
    design: Design, season: int, seasonal: Order | None, drift: bool
) -> tuple[Order, Order, bool, int]:
    """Orders by AICc (d by a KPSS test of residuals), whether with drift, and how many tried."""
    rows, terms = seen_rows(design), design.X.columns.drop(list(design.terms.get("ahead", ())))
    y, X = design.y.to_numpy()[rows], design.X[terms].to_numpy()[rows]
    residuals = _residuals(y, X)
    free = seasonal is None and not design.season and 1 < season <= len(y) // 3 and season <= 12
    D = int(free and _strong(residuals, season))
    if D:
        kept = [c for c in terms if drift or c != "trend"]
        X = design.X[kept].to_numpy()[rows]
        residuals = _residuals(y[season:] - y[:-season], X[season:] - X[:-season])
    d = int(_wanders(residuals))
    # Seasonal differences alone leave a trend as their mean.
    drift = drift or (D == 1 and d == 0)
    seasonals = _grid(MAX_SEASONAL, D) if free else iter([seasonal or (0, 0, 0)])
    tried: list[tuple[float, Order, Order]] = []
    for extra in seasonals:
        for order in _grid(MAX_ORDER, d):
            build, grid = _lay_out(design, order, extra, season, drift)
            _, best = maximise(_likely(build, grid), grid, starts=1, change=NEAR)
            counted = int(np.isfinite(grid.y).sum()) - d - extra[1] * season
            size = len(best.errors) + len(grid.columns)
            tried.append((_aicc(best.loglik, counted, size, grid), order, extra))
    _, order, extra = min(tried)
    return order, extra, drift, len(tried)


def _grid(largest: int, d: int) -> Iterator[Order]:
    return ((p, d, q) for p in range(largest + 1) for q in range(largest + 1))


def _residuals(y: np.ndarray, X: np.ndarray) -> np.ndarray:
    return np.asarray(y - X @ np.linalg.lstsq(X, y, rcond=None)[0])


def _strong(residuals: np.ndarray, season: int) -> bool:
    """Whether the season is most of what moves beside the trend (Wang, Smith, Hyndman 2006)."""
    parts = STL(residuals, period=season).fit()
    return bool(1 - parts.resid.var() / (parts.seasonal + parts.resid).var() > STRONG)


def _wanders(residuals: np.ndarray) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InterpolationWarning)
        test = kpss(residuals, regression="c", nlags="auto", result_object=False)
        return bool(test[1] < KPSS_LEVEL)


def _aicc(loglik: float, n: int, k: int, grid: RegularGrid) -> float:
    """Of n forecast errors and k parameters, in the unit of the outcome."""
    loglik -= n * np.log(grid.scale)
    return float(-2 * loglik + 2 * k + 2 * k * (k + 1) / max(n - k - 1, 1e-9))


def _checked(name: str, order: Sequence[int] | None) -> Order | None:
    if order is None:
        return None
    whole = [int(x) for x in order if isinstance(x, int | np.integer) and x >= 0]
    if len(order) != 3 or len(whole) != 3:
        raise refusal("order", name=name, order=order)
    return whole[0], whole[1], whole[2]
