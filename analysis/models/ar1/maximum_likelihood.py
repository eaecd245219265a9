"""`gls_ar1_ml`: AR(1) errors by maximum likelihood, one rho for all groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.design import Design
from analysis.models.ar1.gls import Crossproducts
from analysis.models.ar1.plug_in import plug_in
from analysis.models.ar1.rho import refine_maximum, rho_nodes
from analysis.models.registry import model
from analysis.models.result import Fit


@model("gls_ar1_ml", "AR(1) errors, maximum likelihood")
def fit_gls_ar1_ml(design: Design) -> Fit:
    """As R's nlme::gls(method = "ML", correlation = corAR1()): t with n - p df.

    In a two-group design the errors are correlated within each series, with one rho, and not
    between the two. The errors' variance is divided by n - p, as nlme's summary does.
    """
    products = Crossproducts.of(design.y.to_numpy(), design.X.to_numpy(), design.clock)
    rho = likelihood_maximum(products)
    n, loglik = products.n, products.at(np.array([rho])).log_likelihood[0]
    constant = -n / 2 * (np.log(2 * np.pi) + 1 - np.log(n))
    fitted = plug_in(design, "gls_ar1_ml", products, rho)
    return replace(fitted, loglik=float(loglik + constant))


def likelihood_maximum(products: Crossproducts) -> float:
    """The rho with the highest likelihood, the variance profiled out."""
    nodes, _ = rho_nodes(products.span, products.alternating)
    profile = products.at(nodes).log_likelihood

    def objective(rho: np.ndarray, _: np.ndarray) -> np.ndarray:
        return products.at(rho[0]).log_likelihood[None]

    return float(refine_maximum(nodes, profile[None], objective)[0])
