"""Models that integrate over their error processes, plain and calibrated.

`ar1` : y = X b + AR(1). A level, a slope and a straight trend, as interrupted time series have
been fitted so far, but without an estimate of rho that is taken as known.

`wandering_trend` : AR(1) + white noise + an integrated random walk. Real series seldom keep to a
straight line: their trends bend, and an interval that takes them for straight leaves out the
truth too often. The straight line with AR(1) errors is the case without noise or wandering.

See `grid` for the processes and their prior, `solve` for what is known given a process, and
`calibration` for how far the intervals of the calibrated models are stretched. The factor of each
contrast depends on the design and on what the series says of its errors; the estimates stay.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.models.forecast import seen_rows
from analysis.models.processes.autoregression import Autoregression
from analysis.models.processes.calibration import AR1, WANDERING, Surface
from analysis.models.processes.grid import QUIET, STRAIGHT, Processes
from analysis.models.processes.solve import Kind, OneDesign
from analysis.models.processes.whitening import Whitener, find_gains
from analysis.models.registry import model
from analysis.models.result import Distribution, Fit, noted

# Of a component of a forecast: it would change no digit.
NEGLIGIBLE = 1e-12


@model("ar1", "AR(1) errors, autocorrelation integrated out")
def fit_ar1(design: Design) -> Fit:
    """Fit by integrating over rho; see the module's text."""
    return Fit(distribution=_solve(Autoregression.of, design).distribution())


@model("ar1_calibrated", "AR(1) errors around a straight trend, calibrated")
def fit_ar1_calibrated(design: Design) -> Fit:
    """Fit `ar1`, its intervals stretched so that they cover as often as they say."""
    return Fit(distribution=_calibrated(_solve(Autoregression.of, design), AR1))


@model("wandering_trend", "AR(1) errors, noise and a trend that may wander, integrated out")
def fit_wandering_trend(design: Design) -> Fit:
    """Fit by integrating over the errors; see the module's text."""
    solved = _solve(wandering, design)
    return _described(design, solved.distribution())


@model(
    "wandering_trend_calibrated",
    "AR(1) errors, noise and a trend that may wander, calibrated (default)",
)
def fit_wandering_trend_calibrated(design: Design) -> Fit:
    """Fit `wandering_trend`, its intervals stretched so that they cover as often as they say."""
    return _described(design, _calibrated(_solve(wandering, design), WANDERING))


@model("forecast_trend", "Growth curve forecast from the pre-period", ahead=True)
def fit_forecast_trend(design: Design) -> Fit:
    """Trend, season and events before the start with AR(1) errors, rho integrated out as in `ar1`.

    Given rho, both the forecast and its error follow an exact t with the pre-period's degrees of
    freedom. A rho without weight is left out: each has a covariance of all later periods.
    """
    past, ahead = design.take(seen_rows(design)), list(design.terms["ahead"])
    solved = _solve(Autoregression.of, replace(past, X=past.X.drop(columns=ahead)))
    grid = solved.errors.grid
    kept = grid.weigh(solved.log_restricted[0]) > NEGLIGIBLE
    known = Processes.ar1(grid.rho[kept], grid.prior[kept])

    def errors(clock: np.ndarray, Q: np.ndarray) -> Autoregression:
        return Autoregression(steps=np.diff(clock), grid=known)

    return Fit(distribution=_solve(errors, design).distribution())


def wandering(clock: np.ndarray, Q: np.ndarray) -> Whitener:
    """The errors of `wandering_trend` in rows at these times, whatever their columns."""
    return find_gains(clock)


def _solve(kind: Kind, design: Design) -> OneDesign:
    return OneDesign.of(kind, design.y.to_numpy()[None], design.X.to_numpy(), design.clock)


def _calibrated(solved: OneDesign, surface: Surface) -> Distribution:
    return replace(
        solved.distribution(), stretch_of=lambda C: surface.factors(solved.contrasts(C))[0]
    )


def _described(design: Design, distribution: Distribution) -> Fit:
    """The `Fit` of a wandering trend; innovations are those of the process with most weight."""
    residuals = design.y - design.X.to_numpy() @ distribution.median
    gains, weight = find_gains(design.clock), distribution.weight
    best = int(weight.argmax())
    white = gains.whiten(residuals.to_numpy()[:, None])[best, :, 0] / distribution.sigma[best]
    rho, straight, quiet = (
        float(weight @ part) for part in (gains.grid.rho, gains.grid.q == 0, gains.grid.tau == 0)
    )
    facts: dict[str, Any] = {"straight": straight, "before": STRAIGHT, "rho": show.number(rho, 2)}
    return Fit(
        distribution=distribution,
        residuals=residuals,
        innovations=pd.Series(white, residuals.index),
        details={"straight trend": straight, "no noise": quiet, "autocorrelation": rho},
        notes=noted("wandering", quiet=quiet, quiet_before=QUIET, **facts),
    )
