"""`ar1`: AR(1) errors with the autocorrelation integrated out; `ar1_calibrated`.

Given rho, a contrast of the coefficients follows a Student t with n - p degrees of freedom
(flat coefficients and log scale: Zellner and Tiao 1964, J. Am. Stat. Assoc. 59:763). The
restricted likelihood of rho times the prior (1 - rho^2)^-1/2 (Berger and Yang 1994, Econometric
Theory 10:461, discuss priors for this model) weights these t distributions into one mixture.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.design import Design
from analysis.models.ar1.calibration import stretch
from analysis.models.ar1.gls import Crossproducts
from analysis.models.ar1.rho import posterior_weights
from analysis.models.registry import model
from analysis.models.result import Distribution, Fit


@model("ar1", "AR(1) errors, autocorrelation integrated out")
def fit_ar1(design: Design) -> Fit:
    """Fit by integrating over rho; see the module's text."""
    return Fit(distribution=integrate_rho(Crossproducts.of_design(design)))


@model("ar1_calibrated", "AR(1) errors around a straight trend, calibrated")
def fit_ar1_calibrated(design: Design) -> Fit:
    """Fit `ar1`, its intervals stretched so that they cover as often as they say.

    The estimates are those of `ar1`. The factor of each contrast depends on the design and on
    what the series says of rho (see `calibration`): intervals are narrower where
    `ar1` covers too often and wider where it covers too seldom.
    """
    plain = integrate_rho(Crossproducts.of_design(design))
    calibrated = replace(plain, stretch_of=lambda C: _factors(plain, C))
    return Fit(distribution=calibrated)


def _factors(plain: Distribution, C: np.ndarray) -> np.ndarray:
    variance = np.einsum("gkp,kp->kg", np.matmul(C, plain.scale), C) / plain.sigma**2
    return stretch(plain.weight, plain.rho, variance, plain.df)


def integrate_rho(products: Crossproducts) -> Distribution:
    """GLS at the nodes of rho, mixed by their posterior weights."""
    rho, prior = products.nodes
    gls = products.at(rho)
    return gls.distribution(posterior_weights(prior, gls.log_restricted))
