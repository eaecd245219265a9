"""`reml_ar1`: AR(1) errors with rho at its restricted maximum and Satterthwaite's t."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis import show
from analysis.design import Design
from analysis.models.ar1.gls import Crossproducts
from analysis.models.ar1.rho import degrees_of_freedom, stencil
from analysis.models.registry import model
from analysis.models.result import Fit

BOUNDARY = 0.95


@model("reml_ar1", "AR(1) errors, REML with Satterthwaite degrees of freedom")
def fit_reml_ar1(design: Design) -> Fit:
    """Fit by restricted maximum likelihood (Harville 1974).

    Degrees of freedom of each contrast after Satterthwaite: 2 / (g' H^-1 g), g the gradient of
    the log variance of the contrast in (rho, log sigma^2), H the observed information.
    """
    products = Crossproducts.of_design(design)
    rho = restricted_maximum(products)
    distribution = replace(
        products.at(np.array([rho])).distribution(),
        df_of=lambda C: satterthwaite(products, rho, C),
    )
    return Fit(distribution=distribution, notes=_boundary_note(rho))


def restricted_maximum(products: Crossproducts) -> float:
    """The rho with the highest restricted likelihood, at most 0.9999 in size."""
    return products.maximise(lambda gls: gls.log_restricted)


def satterthwaite(products: Crossproducts, rho: float, C: np.ndarray) -> np.ndarray:
    """Degrees of freedom of each row of C (k x p)."""
    gls = products.at(stencil(np.array([rho]))[0])
    variance = np.einsum("kp,gpq,kq->kg", C, gls.unscaled, C, optimize=True)
    return degrees_of_freedom(
        np.array([rho]), gls.log_det[None], gls.rss[None], np.log(variance)[None], gls.df
    )[0]


def _boundary_note(rho: float) -> tuple[str, ...]:
    if abs(rho) <= BOUNDARY:
        return ()
    note = (
        f"The autocorrelation is estimated at {show.number(rho, 3)}, at the edge of what an AR(1) "
        "can be. "
        "The errors may be a random walk, and the intervals of this model are not reliable. "
        "Models ar1 and ar1_calibrated integrate over the autocorrelation and have no such edge."
    )
    return (note,)
