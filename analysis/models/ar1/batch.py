"""The models with AR(1) errors for thousands of designs at once, without a loop over them.

Series without gaps in time are solved together: see `stacked`.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from analysis.models.ar1.rho import degrees_of_freedom, refine_maximum, rho_nodes, stencil
from analysis.models.ar1.stacked import Basis, Series, posterior, solve
from analysis.models.mixture import single_summary
from analysis.models.result import SUMMARY

Ar1 = Literal["ar1", "ar1_calibrated", "reml_ar1"]
# Arrays of this many designs stay in the processor's cache.
CHUNK = 192


def ar1_contrasts(
    y: np.ndarray, X: np.ndarray, C: np.ndarray, *, alpha: float, model: Ar1
) -> np.ndarray:
    """Contrasts of regular series: y (B x n), X (B or 1, n, p), C (B or 1, k, p).

    Returns B x k x 7: the columns of `SUMMARY`, and rho (its posterior mean, or its restricted
    maximum).
    """
    pieces = []
    shared = len(X) == 1
    basis = Basis.of(X, C) if shared else None
    for start in range(0, len(y), CHUNK):
        part = slice(start, start + CHUNK)
        own = basis or Basis.of(X[part], C if len(C) == 1 else C[part])
        summary, rho = _summary(own, Series.of(own, y[part]), alpha, model)
        table = summary.reshape(len(rho), -1, len(SUMMARY))
        each = np.broadcast_to(rho[:, None, None], (*table.shape[:2], 1))
        pieces.append(np.concatenate([table, each], axis=2))
    return np.concatenate(pieces)


def _summary(
    basis: Basis, series: Series, alpha: float, model: Ar1
) -> tuple[np.ndarray, np.ndarray]:
    """The summaries of all contrasts (B k x 6), and rho (B)."""
    if model == "reml_ar1":
        return _restricted(basis, series, alpha)
    integrated = posterior(basis, series)
    summary = integrated.mixtures.summary(alpha)
    if model == "ar1_calibrated":
        summary = integrated.mixtures.stretched(summary, integrated.factors.ravel())
    return summary, integrated.mean_rho


def _restricted(basis: Basis, series: Series, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    def restricted(at: np.ndarray, rows: Any) -> np.ndarray:
        return solve(basis.take(rows), series.take(rows), at).log_restricted

    rho = refine_maximum(rho_nodes(series.n, basis.alternating)[0], restricted)
    solved = solve(basis, series, stencil(rho))
    spread = solved.unscaled[..., 1].real
    df = degrees_of_freedom(rho, solved.log_det, solved.rss, np.log(solved.unscaled), solved.df)
    scale = np.sqrt(spread * (solved.rss[:, 1].real / solved.df)[:, None])
    return single_summary(solved.center[..., 1].real, scale, df, alpha), rho
