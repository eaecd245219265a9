"""Where a likelihood of the rho of AR(1) errors is highest, and what that costs in df."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.models.processes.autoregression import Autoregression
from analysis.models.processes.solve import Regressions, Rows, Solved

# The edge of what counts as an AR(1): a maximum beyond it is reported there.
RHO_LIMIT = 0.9999
# Derivatives by a complex step are exact; second ones are central differences of these.
COMPLEX_STEP = 1e-30
STEP = 1e-4
MAX_STEPS = 60
# Newton's error after a step this small is its square.
ENOUGH = 1e-7

Objective = Callable[[np.ndarray, Rows], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """B series with AR(1) errors, ready to be solved at any rho of each.

    forms : F x B x m x m, cross-products of their `Regressions`; see `Autoregression`.
    """

    errors: Autoregression
    regressions: Regressions
    forms: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray, X: np.ndarray, clock: np.ndarray) -> Profile:
        """Of y (B x n) and X (B or 1, n, p), rows at integer times (n, increasing)."""
        regressions = Regressions.of(y, X)
        errors = Autoregression.of(clock, regressions.Z[..., :-1])
        forms = errors.forms(regressions.Z, regressions.Z)
        return cls(errors=errors, regressions=regressions, forms=forms)

    def at(self, rho: np.ndarray, C: np.ndarray, rows: Rows = slice(None)) -> Solved:
        """Contrasts C (B or 1, k, p) of some rows of the series at rho (b or 1, G)."""
        products = self.errors.weighted(self.forms[:, rows], rho)
        log_V = self.errors.log_V_at(rho)
        return self.regressions.take(rows).solve(self.errors.grid, products, log_V, C)

    def maximise(self, *, restricted: bool) -> np.ndarray:
        """The rho (B) with the highest restricted or profile likelihood, |rho| <= RHO_LIMIT."""
        none = np.zeros((1, 0, self.regressions.ols.shape[1]))

        def objective(rho: np.ndarray, rows: Rows) -> np.ndarray:
            solved = self.at(rho, none, rows)
            if restricted:
                return solved.log_restricted
            return log_likelihood(solved.rss, self.errors.log_V_at(rho), len(self.errors.steps) + 1)

        return refine_maximum(self.errors.grid.rho, objective)


def log_likelihood(rss: np.ndarray, log_V: np.ndarray, n: int) -> np.ndarray:
    """The likelihood of rho, all else profiled out, up to a constant."""
    return np.asarray(-0.5 * log_V - n / 2 * np.log(rss))


def refine_maximum(nodes: np.ndarray, objective: Objective) -> np.ndarray:
    """The rho with the highest objective in each of B rows.

    objective : from complex rho (b x m, or 1 x m) and an index of b rows to values (b x m);
        analytic. It is first evaluated at the nodes.

    Safeguarded Newton steps on its derivative between the neighbours of the best node,
    -RHO_LIMIT <= rho <= RHO_LIMIT.
    """
    best = objective(nodes[None], slice(None)).argmax(axis=1)
    edges = np.concatenate([[-RHO_LIMIT], np.clip(nodes, -RHO_LIMIT, RHO_LIMIT), [RHO_LIMIT]])
    low, high, rho = edges[best], edges[best + 2], nodes[best]
    open_rows = np.arange(len(rho))
    for _ in range(MAX_STEPS):
        at = rho[open_rows]
        step, around = stencil(at)
        left, right = objective(around[:, ::2], open_rows).imag.T / COMPLEX_STEP
        slope, bend = (left + right) / 2, (right - left) / (2 * step)
        low[open_rows] = np.where(slope > 0, at, low[open_rows])
        high[open_rows] = np.where(slope < 0, at, high[open_rows])
        below, above = low[open_rows], high[open_rows]
        newton = at - slope / np.where(bend < 0, bend, np.nan)
        moved = np.where((newton > below) & (newton < above), newton, (below + above) / 2)
        rho[open_rows] = moved
        open_rows = open_rows[np.abs(moved - at) >= ENOUGH]
        if not len(open_rows):
            break
    return rho


def stencil(rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Three complex values around each rho (B x 3), and how far apart they are (B)."""
    step = np.minimum(STEP, (1 - np.abs(rho)) / 10)
    return step, rho[:, None] + step[:, None] * np.array([-1.0, 0.0, 1.0]) + 1j * COMPLEX_STEP


def satterthwaite(
    profile: Profile, rho: np.ndarray, C: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Estimate, standard error and degrees of freedom (B x k each) of contrasts C (B or 1, k, p).

    The degrees of freedom are 2 / (g' H^-1 g): g the gradient of the contrast's log variance in
    (rho, log sigma^2), H the observed information of the restricted likelihood; 0 where there are
    none.
    """
    step, around = stencil(rho)
    solved = profile.at(around, C)
    df, rss = solved.df, solved.rss
    sigma2, rss_slope = rss[:, 1].real / df, rss.imag / COMPLEX_STEP
    log_slope = (solved.log_restricted + df / 2 * np.log(rss)).imag / COMPLEX_STEP
    slope = np.log(solved.unscaled[..., 1]).imag / COMPLEX_STEP
    h11 = -(log_slope[:, 2] - log_slope[:, 0]) / (2 * step)
    h11 = h11 + (rss_slope[:, 2] - rss_slope[:, 0]) / (2 * step) / (2 * sigma2)
    h12, h22 = -rss_slope[:, 1] / (2 * sigma2), df / 2
    det = h11 * h22 - h12 * h12
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (slope**2 * h22 - 2 * slope * h12[:, None] + h11[:, None]) / det[:, None]
        # An information matrix that is not positive (a flat profile) leaves nothing to go by.
        freedom = np.where((det[:, None] > 0) & (spread > 0), 2 / spread, 0.0)
    scale = np.sqrt(solved.unscaled[..., 1].real * sigma2[:, None])
    return solved.center[..., 1].real, scale, freedom
