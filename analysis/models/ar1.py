"""`ar1`: AR(1) errors with the autocorrelation integrated out.

Given rho, a contrast of the coefficients follows a Student t with n - p degrees of freedom
(flat coefficients and log scale: Zellner and Tiao 1964, J. Am. Stat. Assoc. 59:763). The
restricted likelihood of rho times the prior (1 - rho^2)^-1/2 (Berger and Yang 1994, Econometric
Theory 10:461, discuss priors for this model) weights these t distributions into one mixture.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.design import Design
from analysis.models.gls import Crossproducts, Gls, whiten
from analysis.models.registry import model
from analysis.models.result import Distribution, Fit

COARSE_NODES = 256
FINE_NODES = 160
# exp(-18) of the highest weight is nothing in a 95% interval.
NEGLIGIBLE = 18.0


@model("ar1", "AR(1) errors, autocorrelation integrated out")
def fit_ar1(design: Design) -> Fit:
    """Fit by integrating over rho; see the module's text."""
    y, X = design.y.to_numpy(), design.X.to_numpy()
    gls, weight = integrate_rho(Crossproducts.of(y, X, design.time))
    distribution = Distribution(
        weight=weight,
        center=gls.coefficients,
        scale=gls.unscaled * (gls.rss / gls.df)[:, None, None],
        df=np.full(len(weight), float(gls.df)),
        rho=gls.rho,
        sigma=np.sqrt(gls.rss / gls.df),
    )
    return ar1_result(design, "ar1", distribution)


def integrate_rho(products: Crossproducts) -> tuple[Gls, np.ndarray]:
    """GLS on a grid of rho and the posterior weights of its nodes.

    With rho = sin(theta) the prior is flat in theta, so that equally spaced theta weigh the
    same. A first grid over all of (-1, 1) finds where the weight is, a second one covers it.
    """
    edge = np.pi / 2
    theta = _midpoints(-edge, edge, COARSE_NODES)
    log_weight = products.at(np.sin(theta)).log_restricted
    near = theta[log_weight > log_weight.max() - NEGLIGIBLE]
    half = edge / COARSE_NODES
    gls = products.at(np.sin(_midpoints(near[0] - half, near[-1] + half, FINE_NODES)))
    weight = np.exp(gls.log_restricted - gls.log_restricted.max())
    return gls, weight / weight.sum()


def ar1_result(
    design: Design, name: str, distribution: Distribution, notes: tuple[str, ...] = ()
) -> Fit:
    """The `Fit` of a model with AR(1) errors, from the distribution of its coefficients."""
    median = distribution.contrast(np.eye(design.X.shape[1]))["estimate"].set_axis(design.X.columns)
    rho = float(distribution.weight @ distribution.rho)
    residuals = design.y - design.X @ median
    white = whiten(residuals.to_numpy(), design.time, rho)
    sigma = float(np.sqrt(distribution.weight @ distribution.sigma**2))
    return Fit(
        design=design,
        model=name,
        options={},
        distribution=distribution,
        coefficients=median,
        residuals=residuals,
        innovations=pd.Series(white / sigma, index=residuals.index),
        rho=rho,
        notes=notes,
    )


def _midpoints(low: float, high: float, count: int) -> np.ndarray:
    edges = np.linspace(low, high, count + 1)
    return (edges[1:] + edges[:-1]) / 2
