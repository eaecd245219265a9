"""`gls_ar1_ml`: AR(1) errors by maximum likelihood, one rho for all groups."""

from __future__ import annotations

import numpy as np

from analysis.design import Design
from analysis.models.ar1.gls import Crossproducts
from analysis.models.registry import model
from analysis.models.result import Fit


@model("gls_ar1_ml", "AR(1) errors, maximum likelihood")
def fit_gls_ar1_ml(design: Design) -> Fit:
    """As R's nlme::gls(method = "ML", correlation = corAR1()): t with n - p df.

    In a two-group design the errors are correlated within each series, with one rho, and not
    between the two. The errors' variance is divided by n - p, as nlme's summary does.
    """
    products = Crossproducts.of_design(design)
    gls = products.at(np.array([products.maximise(lambda gls: gls.log_likelihood)]))
    constant = -products.n / 2 * (np.log(2 * np.pi) + 1 - np.log(products.n))
    loglik = float(gls.log_likelihood[0] + constant)
    return Fit(distribution=gls.distribution(), loglik=loglik)
