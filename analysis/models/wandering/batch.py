"""`wandering_trend` for thousands of series and designs at once."""

from __future__ import annotations

from typing import Literal

import numpy as np

from analysis.models.wandering.calibration import stretch
from analysis.models.wandering.grid import standard_grid
from analysis.models.wandering.solve import SolvedProcesses, solve_each, solve_shared
from analysis.models.wandering.whitening import Whitener, find_gains

Wandering = Literal["wandering_trend", "wandering_trend_calibrated"]
# Arrays of this many bytes at most; memory does not grow with the number of series.
ROOM = 20_000_000


def wandering_contrasts(
    y: np.ndarray, X: np.ndarray, C: np.ndarray, *, alpha: float, model: Wandering
) -> np.ndarray:
    """Contrasts of regular series: y (B x n), X (B or 1, n, p), C (B or 1, k, p).

    Returns B x k x 7: estimate, std_error, df, lower, upper, p_value, and the mean of rho.
    """
    gains = find_gains(np.arange(y.shape[1]))
    numbers = y.shape[1] if len(X) == len(C) == 1 else (X.shape[2] + 1 + C.shape[1]) ** 2
    parts, at_once = [], max(1, ROOM // (8 * numbers * len(gains.log_V)))
    for start in range(0, len(y), at_once):
        part = slice(start, start + at_once)
        solved = _solve(gains, y[part], *(a if len(a) == 1 else a[part] for a in (X, C)))
        parts.append(_summary(solved, alpha, calibrated=model == "wandering_trend_calibrated"))
    return np.concatenate(parts)


def _solve(gains: Whitener, y: np.ndarray, X: np.ndarray, C: np.ndarray) -> SolvedProcesses:
    if len(X) == len(C) == 1:
        return solve_shared(gains, y, X[0], C[0])
    whole = (np.broadcast_to(a, (len(y), *a.shape[1:])) for a in (X, C))
    return solve_each(gains, y, *whole)


def _summary(solved: SolvedProcesses, alpha: float, *, calibrated: bool) -> np.ndarray:
    weight, mixtures = solved.weight, solved.mixtures()
    table = mixtures.summary(alpha)
    if calibrated:
        factors = stretch(weight, solved.scale, solved.unscaled, solved.df)
        table = mixtures.stretched(table, factors.ravel())
    table = table.reshape(len(weight), -1, 6)
    rho = np.broadcast_to((weight @ standard_grid().rho)[:, None, None], (*table.shape[:2], 1))
    return np.concatenate([table, rho], axis=2)
