"""`ar1`: AR(1) errors with the autocorrelation integrated out.

Given rho, a contrast of the coefficients follows a Student t with n - p degrees of freedom
(flat coefficients and log scale: Zellner and Tiao 1964, J. Am. Stat. Assoc. 59:763). The
restricted likelihood of rho times the prior (1 - rho^2)^-1/2 (Berger and Yang 1994, Econometric
Theory 10:461, discuss priors for this model) weights these t distributions into one mixture.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from analysis.design import Design
from analysis.errors import DesignError, unknown_name
from analysis.models.calibration import calibrate
from analysis.models.gls import Crossproducts, Gls, whiten
from analysis.models.registry import model
from analysis.models.result import Distribution, Fit
from analysis.models.rho import rho_nodes

Kind = Literal["plain", "calibrated"]


@model("ar1", "AR(1) errors, autocorrelation integrated out")
def fit_ar1(design: Design, *, interval: Kind = "plain") -> Fit:
    """Fit by integrating over rho; see the module's text.

    interval : "plain", or "calibrated": intervals and p-values of contrasts are stretched so
        that they cover 95% for this very design under AR(1) errors with rho up to 0.8 (see
        `analysis.models.calibration`). It takes about a second. Estimates and simulated paths,
        and so the cumulative effect, stay as they are.

    Raises
    ------
    InputError : another kind of interval.
    DesignError : a calibrated interval for a two-group design.
    """
    _refuse_kind(interval, design)
    y, X = design.y.to_numpy(), design.X.to_numpy()
    gls, weight = integrate_rho(Crossproducts.of(y, X, design.clock))
    rho = float(weight @ gls.rho)

    def stretch_of(C: np.ndarray) -> np.ndarray:
        return calibrate(X, design.time, C).factors(np.array([rho]))[0]

    distribution = Distribution(
        weight=weight,
        center=gls.coefficients,
        scale=gls.unscaled * (gls.rss / gls.df)[:, None, None],
        df=float(gls.df),
        rho=gls.rho,
        sigma=np.sqrt(gls.rss / gls.df),
        stretch_of=stretch_of if interval == "calibrated" else None,
    )
    return replace(ar1_result(design, "ar1", distribution), options={"interval": interval})


def _refuse_kind(interval: str, design: Design) -> None:
    if interval not in ("plain", "calibrated"):
        raise unknown_name("kind of interval", interval, ["plain", "calibrated"])
    if interval == "calibrated" and design.comparison is not None:
        raise DesignError(
            "The design has two groups.",
            rule="Intervals are calibrated for one series.",
            remedy='Use interval="plain", or model the ratio of the two.',
        )


def integrate_rho(products: Crossproducts) -> tuple[Gls, np.ndarray]:
    """GLS at the nodes of rho, and their posterior weights."""
    rho, prior = rho_nodes(products.span, products.alternating)
    gls = products.at(rho)
    weight = prior * np.exp(gls.log_restricted - gls.log_restricted.max())
    return gls, weight / weight.sum()


def ar1_result(
    design: Design, name: str, distribution: Distribution, notes: tuple[str, ...] = ()
) -> Fit:
    """The `Fit` of a model with AR(1) errors, from the distribution of its coefficients."""
    median, index = distribution.median, design.y.index
    rho = float(distribution.weight @ distribution.rho)
    residuals = design.y.to_numpy() - design.X.to_numpy() @ median
    white = whiten(residuals, design.clock, rho)
    sigma = float(np.sqrt(distribution.weight @ distribution.sigma**2))
    return Fit(
        design=design,
        model=name,
        options={},
        distribution=distribution,
        coefficients=pd.Series(median, design.X.columns),
        residuals=pd.Series(residuals, index),
        innovations=pd.Series(white / sigma, index),
        rho=rho,
        notes=notes,
    )
