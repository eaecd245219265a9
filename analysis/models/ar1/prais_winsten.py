"""`prais_winsten`: iterated AR(1) regression that keeps the first observation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.design import Design
from analysis.models.ar1.gls import Crossproducts
from analysis.models.ar1.plug_in import plug_in
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
    products = Crossproducts.of(y, X, time)
    rho, converged = iterate_rho(products, y, X, time)
    note = f"The iteration of rho did not settle; it stands at {rho:.3f}."
    fitted = plug_in(design, "prais_winsten", products, rho)
    return replace(fitted, converged=converged, notes=() if converged else (note,))


def iterate_rho(
    products: Crossproducts, y: np.ndarray, X: np.ndarray, time: np.ndarray
) -> tuple[float, bool]:
    """The rho at which the iteration rests, and whether it does."""
    neighbours, rho = np.diff(time) == 1, 0.0
    for _ in range(MAX_STEPS):
        e = y - X @ products.at(np.array([rho])).coefficients[0]
        now, before = e[1:][neighbours], e[:-1][neighbours]
        moved = float(np.clip(now @ before / (before @ before), -RHO_LIMIT, RHO_LIMIT))
        if abs(moved - rho) < TOLERANCE:
            return moved, abs(moved) < RHO_LIMIT
        rho = moved
    return rho, False
