"""`wandering_trend`: AR(1) errors, noise and a trend whose slope may wander, all integrated out.

y = X b + AR(1) + white noise + integrated random walk. A straight line with AR(1) errors around
it is the case without noise and without wandering. Real series seldom keep to it: their trends
bend, and an interval that takes them for straight leaves out the truth too often. Flat regression
coefficients and log scale, as in `ar1`; the prior of the three parameters of the errors is in
`grid`. `wandering_trend_calibrated` stretches the intervals; see `calibration`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.models.registry import model
from analysis.models.result import Distribution, Fit
from analysis.models.wandering.calibration import stretch
from analysis.models.wandering.grid import QUIET, STRAIGHT, standard_grid
from analysis.models.wandering.solve import weigh
from analysis.models.wandering.whitening import Whitener, find_gains


@model("wandering_trend", "AR(1) errors, noise and a trend that may wander, integrated out")
def fit_wandering_trend(design: Design) -> Fit:
    """Fit by integrating over the errors; see the module's text."""
    solved = _solve(design)
    return _result(design, solved, solved.distribution)


@model(
    "wandering_trend_calibrated",
    "AR(1) errors, noise and a trend that may wander, calibrated (default)",
)
def fit_wandering_trend_calibrated(design: Design) -> Fit:
    """Fit `wandering_trend`, its intervals stretched so that they cover as often as they say.

    The estimates are those of `wandering_trend`. The factor of each contrast depends on the design
    and on what the series says of its errors (see `analysis.models.wandering.calibration`).
    """
    solved = _solve(design)
    calibrated = replace(solved.distribution, stretch_of=solved.stretch_of)
    return _result(design, solved, calibrated)


@dataclass(frozen=True, kw_only=True)
class _Posterior:
    """The distribution of the coefficients, and how the processes whiten."""

    gains: Whitener
    distribution: Distribution

    def stretch_of(self, C: np.ndarray) -> np.ndarray:
        """The factor of each row of C (k x p)."""
        found = self.distribution
        variance = np.einsum("gkp,kp->kg", np.matmul(C, found.scale), C)
        scale, unscaled = np.sqrt(variance), variance / found.sigma**2
        return stretch(found.weight[None], scale[None], unscaled[None], found.df)[0]

    def innovations(self, residuals: np.ndarray) -> np.ndarray:
        """The residuals as the process with most weight whitens them, with variance 1."""
        best = int(self.distribution.weight.argmax())
        return self.gains.whiten(residuals[:, None])[best, :, 0] / self.distribution.sigma[best]


def _solve(design: Design) -> _Posterior:
    y, X = design.y.to_numpy(), design.X.to_numpy()
    (n, p), gains = X.shape, find_gains(design.clock)
    Q, R = np.linalg.qr(X)
    back = np.linalg.inv(R)
    ols = Q.T @ y
    white = gains.whiten(np.column_stack([Q, y - Q @ ols]))
    M = white.mT @ white
    inverse, b = np.linalg.inv(M[:, :p, :p]), M[:, :p, p]
    move = (inverse @ b[..., None])[..., 0]
    rss = M[:, p, p] - (b * move).sum(axis=1)
    log_det = np.linalg.slogdet(inverse)[1] - gains.log_V
    distribution = Distribution(
        weight=weigh(log_det / 2 - (n - p) / 2 * np.log(rss)),
        center=(ols + move) @ back.T,
        scale=back @ (inverse * (rss / (n - p))[:, None, None]) @ back.T,
        df=float(n - p),
        rho=standard_grid().rho,
        sigma=np.sqrt(rss / (n - p)),
    )
    return _Posterior(gains=gains, distribution=distribution)


def _result(design: Design, solved: _Posterior, distribution: Distribution) -> Fit:
    residuals = design.y - design.X.to_numpy() @ distribution.median
    grid, weight = standard_grid(), distribution.weight
    rho = float(weight @ grid.rho)
    straight = float(weight @ (grid.q == 0))
    quiet = float(weight @ (grid.tau == 0))
    return Fit(
        distribution=distribution,
        residuals=residuals,
        innovations=pd.Series(solved.innovations(residuals.to_numpy()), residuals.index),
        details={"straight trend": straight, "no noise": quiet, "autocorrelation": rho},
        notes=(_what_it_speaks_for(straight, quiet, rho),),
    )


def _what_it_speaks_for(straight: float, quiet: float, rho: float) -> str:
    return (
        f"What the series says of its errors: the trend is straight with a probability of "
        f"{straight:.0%} ({STRAIGHT:.0%} before looking at it), otherwise its slope wanders; "
        f"there is no noise on top of the autocorrelated errors with {quiet:.0%} ({QUIET:.0%} "
        f"before); the autocorrelation is {show.number(rho, 2)} on average."
    )
