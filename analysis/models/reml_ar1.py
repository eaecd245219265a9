"""`reml_ar1`: AR(1) errors with rho at its restricted maximum and Satterthwaite's t."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from analysis.design import Design
from analysis.models.ar1 import ar1_result
from analysis.models.gls import Crossproducts
from analysis.models.registry import model
from analysis.models.result import Distribution, Fit

BOUNDARY = 0.95
STEP = 1e-4


@model("reml_ar1", "AR(1) errors, REML with Satterthwaite degrees of freedom")
def fit_reml_ar1(design: Design) -> Fit:
    """Fit by restricted maximum likelihood (Harville 1974).

    Degrees of freedom of each contrast after Satterthwaite: 2 / (g' H^-1 g), g the gradient of
    the log variance of the contrast in (rho, log sigma^2), H the observed information.
    """
    products = Crossproducts.of(design.y.to_numpy(), design.X.to_numpy(), design.time)
    rho = restricted_maximum(products)
    gls = products.at(np.array([rho]))
    sigma2 = gls.rss / gls.df
    distribution = Distribution(
        weight=np.ones(1),
        center=gls.coefficients,
        scale=gls.unscaled * sigma2[:, None, None],
        df=np.array([float(gls.df)]),
        rho=gls.rho,
        sigma=np.sqrt(sigma2),
        df_of=lambda C: satterthwaite(products, rho, C),
    )
    return ar1_result(design, "reml_ar1", distribution, _boundary_note(rho))


def restricted_maximum(products: Crossproducts) -> float:
    """The rho in (-1, 1) with the highest restricted likelihood: a grid, then a polish."""
    theta = np.linspace(-np.pi / 2, np.pi / 2, 402)[1:-1]
    best = int(np.argmax(products.at(np.sin(theta)).log_restricted))
    around = theta[max(best - 1, 0)], theta[min(best + 1, len(theta) - 1)]
    found = minimize_scalar(
        lambda angle: -products.at(np.sin([angle])).log_restricted[0],
        bounds=around,
        method="bounded",
        options={"xatol": 1e-10},
    )
    return float(np.sin(found.x))


def satterthwaite(products: Crossproducts, rho: float, C: np.ndarray) -> np.ndarray:
    """Degrees of freedom of each row of C (k x p), by central differences in rho."""
    step = min(STEP, (1 - abs(rho)) / 10)
    gls = products.at(rho + step * np.array([-1.0, 0.0, 1.0]))
    log_variance = np.log(np.einsum("kp,gpq,kq->kg", C, gls.unscaled, C, optimize=True))
    slope = (log_variance[:, 2] - log_variance[:, 0]) / (2 * step)
    information = _information(gls.log_det, gls.rss, gls.df, step)
    gradient = np.column_stack([slope, np.ones(len(slope))])
    spread = np.einsum("ki,ij,kj->k", gradient, np.linalg.inv(information), gradient)
    # An information matrix that is not positive (a flat profile) leaves nothing to go by.
    return np.where(spread > 0, 2 / np.where(spread > 0, spread, 1), 0.0)


def _information(log_det: np.ndarray, rss: np.ndarray, df: int, step: float) -> np.ndarray:
    """Minus the second derivatives of the restricted likelihood in (rho, log sigma^2)."""
    second = (log_det[0] - 2 * log_det[1] + log_det[2]) / step**2
    sigma2 = rss[1] / df
    rss_first = (rss[2] - rss[0]) / (2 * step)
    rss_second = (rss[0] - 2 * rss[1] + rss[2]) / step**2
    cross = -rss_first / (2 * sigma2)
    return np.array([[-second + rss_second / (2 * sigma2), cross], [cross, df / 2]])


def _boundary_note(rho: float) -> tuple[str, ...]:
    if abs(rho) <= BOUNDARY:
        return ()
    note = (
        f"The autocorrelation is estimated at {rho:.3f}, at the edge of what an AR(1) can be. "
        "The errors may be a random walk, and the intervals of this model are not reliable. "
        "Model ar1 integrates over the autocorrelation and has no such edge."
    )
    return (note,)
