"""Least squares, Newey-West, Prais-Winsten and ARIMA for many series on one design without gaps.

What others use, at a speed at which its coverage can be measured over thousands of series.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy import stats

from analysis.models.processes.autoregression import whiten
from analysis.models.processes.plug_in import MAX_STEPS, TOLERANCE
from analysis.models.processes.search import RHO_LIMIT, Profile

MAXLAGS = 3


def plain_intervals(
    y: np.ndarray, X: np.ndarray, C: np.ndarray, *, model: str, alpha: float = 0.05
) -> np.ndarray:
    """Ends (k x 2 x B) of intervals for k contrasts C of B series y (B x n).

    model : "ols" (the textbook's least squares), "newey_west" (3 lags) or "prais_winsten", the
        last two equal to the single fits, with t intervals of n - p df; or "arima", the order
        (1, 0, 0) by exact likelihood with normal intervals, as ARIMA software gives them.
    """
    estimate, variance = PLAIN[model](y, X, C)
    df = np.inf if model == "arima" else X.shape[0] - X.shape[1]
    half = stats.t.ppf(1 - alpha / 2, df) * np.sqrt(variance)
    return np.stack([estimate - half, estimate + half], axis=1)


def _ols(y: np.ndarray, X: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    coefficients, residuals = _least_squares(y, X)
    sigma2 = (residuals**2).sum(axis=1) / (X.shape[0] - X.shape[1])
    unscaled = np.einsum("kp,pq,kq->k", C, np.linalg.inv(X.T @ X), C)
    return C @ coefficients.T, unscaled[:, None] * sigma2


def _newey_west(y: np.ndarray, X: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n, p = X.shape
    coefficients, residuals = _least_squares(y, X)
    moments = (C @ np.linalg.pinv(X))[:, None, :] * residuals
    variance = (moments**2).sum(axis=2)
    for lag in range(1, MAXLAGS + 1):
        weight = 2 * (1 - lag / (MAXLAGS + 1))
        variance += weight * (moments[..., lag:] * moments[..., :-lag]).sum(axis=2)
    return C @ coefficients.T, variance * n / (n - p)


def _prais_winsten(y: np.ndarray, X: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rho = _iterated_rho(y, X)
    coefficients, inverse = _solve_each(y, X, rho)
    white = whiten(y - coefficients @ X.T, np.arange(len(X)), rho)
    sigma2 = (white**2).sum(axis=1) / (X.shape[0] - X.shape[1])
    return C @ coefficients.T, np.einsum("kp,bpq,kq->kb", C, inverse, C) * sigma2


def _arima(y: np.ndarray, X: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The variance is that of the coefficients given rho."""
    profile = Profile.of(y, X[None], np.arange(len(X)))
    solved = profile.at(profile.maximise(restricted=False)[:, None], C[None])
    variance = solved.unscaled * (solved.rss / len(X))[:, None]
    return solved.center[..., 0].T, variance[..., 0].T


PLAIN: Mapping[str, Callable[..., tuple[np.ndarray, np.ndarray]]] = {
    "ols": _ols,
    "newey_west": _newey_west,
    "prais_winsten": _prais_winsten,
    "arima": _arima,
}
# The options of a model that this module can serve; of the others, none.
OPTIONS: Mapping[str, Mapping[str, object]] = {"arima": {"order": (1, 0, 0)}}


def _least_squares(y: np.ndarray, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    coefficients = y @ np.linalg.pinv(X).T
    return coefficients, y - coefficients @ X.T


def _iterated_rho(y: np.ndarray, X: np.ndarray) -> np.ndarray:
    """The rho at which each of B series (B x n) rests."""
    rho = np.zeros(len(y))
    for _ in range(MAX_STEPS):
        e = y - _solve_each(y, X, rho)[0] @ X.T
        moved = (e[:, 1:] * e[:, :-1]).sum(axis=1) / (e[:, :-1] ** 2).sum(axis=1)
        moved = np.clip(moved, -RHO_LIMIT, RHO_LIMIT)
        arrived = np.abs(moved - rho).max() < TOLERANCE
        rho = moved
        if arrived:
            break
    return rho


def _solve_each(y: np.ndarray, X: np.ndarray, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (B x p) and (X'WX)^-1 (B x p x p) of B series, each at its own rho."""
    time = np.arange(len(X))
    white = whiten(X.T, time, rho[:, None])
    inverse = np.linalg.inv(white @ white.mT)
    moments = white @ whiten(y, time, rho)[..., None]
    return (inverse @ moments)[..., 0], inverse
