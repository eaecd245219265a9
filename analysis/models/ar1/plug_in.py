"""A regression with AR(1) errors at one value of rho, which the interval takes as known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.design import Design
from analysis.models.ar1.gls import Crossproducts, whiten
from analysis.models.result import Distribution, Fit


def plug_in(design: Design, name: str, products: Crossproducts, rho: float) -> Fit:
    """Generalised least squares at rho (-1 < rho < 1), with t intervals of n - p df."""
    gls = products.at(np.array([rho]))
    sigma = float(np.sqrt(gls.rss[0] / gls.df))
    coefficients = pd.Series(gls.coefficients[0], design.X.columns)
    residuals = design.y - design.X @ coefficients
    white = whiten(residuals.to_numpy(), design.clock, rho) / sigma
    return Fit(
        design=design,
        model=name,
        options={},
        distribution=Distribution.single(
            coefficients, gls.unscaled[0] * sigma**2, df=gls.df, rho=rho, sigma=sigma
        ),
        coefficients=coefficients,
        residuals=residuals,
        innovations=pd.Series(white, residuals.index),
        rho=rho,
    )
