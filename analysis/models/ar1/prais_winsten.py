"""`prais_winsten`: iterated AR(1) regression that keeps the first observation."""

from __future__ import annotations

import numpy as np

from analysis import show
from analysis.design import Design
from analysis.models.ar1.gls import Crossproducts, whiten
from analysis.models.ar1.rho import RHO_LIMIT
from analysis.models.registry import model
from analysis.models.result import Fit

TOLERANCE = 1e-10
MAX_STEPS = 500


@model("prais_winsten", "AR(1) errors, Prais-Winsten")
def fit_prais_winsten(design: Design) -> Fit:
    """Prais and Winsten (1954), iterated as in Stata's prais and itsa: t with n - p df.

    rho is the slope of the residuals on those of the period before; the interval takes it as
    known, which is why it is too narrow in short series.
    """
    y, X, time = design.y.to_numpy(), design.X.to_numpy(), design.clock
    rho, settled = (found[0] for found in iterate_rho(y[None], X, time))
    note = f"The iteration of rho did not settle; it stands at {show.number(rho, 3)}."
    gls = Crossproducts.of(y, X, time).at(np.array([rho]))
    notes = () if settled else (note,)
    return Fit(distribution=gls.distribution(), converged=bool(settled), notes=notes)


def iterate_rho(
    y: np.ndarray, X: np.ndarray, time: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """The rho at which each of B series (B x n) rests, and whether it does (B)."""
    rho, next_to = np.zeros(len(y)), True if time is None else np.diff(time) == 1
    for _ in range(MAX_STEPS):
        e = y - solve_at(y, X, time, rho)[0] @ X.T
        before, now = e[:, :-1] * next_to, e[:, 1:]
        moved = (now * before).sum(axis=1) / (before**2).sum(axis=1)
        moved = np.clip(moved, -RHO_LIMIT, RHO_LIMIT)
        settled = np.abs(moved - rho) < TOLERANCE
        rho = moved
        if settled.all():
            break
    return rho, settled & (np.abs(rho) < RHO_LIMIT)


def solve_at(
    y: np.ndarray, X: np.ndarray, time: np.ndarray | None, rho: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (B x p) and (X'WX)^-1 (B x p x p) of B series, each at its own rho."""
    white = whiten(X.T, time, rho[:, None])
    inverse = np.linalg.inv(white @ white.mT)
    moments = white @ whiten(y, time, rho)[..., None]
    return (inverse @ moments)[..., 0], inverse
