"""The autocorrelation: where it is evaluated, its restricted maximum, and what it costs in df.

With rho = sin(theta) the prior (1 - rho^2)^-1/2 is flat in theta, and the posterior of theta has
a standard deviation near 1 / sqrt(n) whatever rho is: so few nodes, evenly spread over theta,
serve for any series of a length.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

# The edge of what counts as an AR(1): a maximum beyond it is reported there.
RHO_LIMIT = 0.9999
# Derivatives by a complex step are exact; second ones are central differences of these.
COMPLEX_STEP = 1e-30
STEP = 1e-4
MAX_STEPS = 60
# Newton's error after a step this small is its square.
ENOUGH = 1e-7
FEWEST_NODES = 24
# Nodes for each sqrt(n), with which quantiles are exact to about 1e-8 of their standard error.
NODES_BY_ROOT_N = 4.5
NODES_ON_THETA = 6.0


Objective = Callable[[np.ndarray, Any], np.ndarray]


@lru_cache(maxsize=256)
def rho_nodes(n: int, alternating: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Nodes of rho (increasing, -1 < rho < 1) and their prior weights, for n periods.

    With a constant in the design the integrand is smooth at rho = 1 and falls like sqrt(1 + rho)
    at -1. In s = sqrt((1 - rho) / 2) it is then smooth and even, so half of a Gauss-Legendre rule
    serves. An alternating term (`alternating`; the 12 months have one) takes the root away at
    -1, and Gauss-Legendre on theta itself is used, which needs more nodes.
    """
    if alternating:
        count = max(FEWEST_NODES, int(np.ceil(NODES_ON_THETA * np.sqrt(n))))
        x, weight = np.polynomial.legendre.leggauss(count)
        return np.sin(x * np.pi / 2), weight
    count = max(FEWEST_NODES, int(np.ceil(NODES_BY_ROOT_N * np.sqrt(n))))
    x, weight = np.polynomial.legendre.leggauss(2 * count)
    s, weight = x[count:][::-1], weight[count:][::-1]
    return 1 - 2 * s**2, weight / np.sqrt(1 - s**2)


def spans_alternation(Q: np.ndarray, time: np.ndarray) -> bool:
    """Whether (-1)^time is in the span of the orthonormal columns of any Q (... x n x p)."""
    sign = 1.0 - 2.0 * (time % 2)
    return bool((((sign @ Q) ** 2).sum(axis=-1) > (1 - 1e-8) * len(sign)).any())


def posterior_weights(prior: np.ndarray, log_likelihood: np.ndarray) -> np.ndarray:
    """Weights of the nodes (... x G), adding up to 1."""
    weight = prior * np.exp(log_likelihood - log_likelihood.max(axis=-1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def refine_maximum(nodes: np.ndarray, objective: Objective) -> np.ndarray:
    """The rho with the highest objective in each of B rows.

    objective : from complex rho (b x m, or 1 x m) and an index of b rows to values (b x m);
        analytic. It is first evaluated at the nodes.

    Safeguarded Newton steps on its derivative between the neighbours of the best node,
    -RHO_LIMIT <= rho <= RHO_LIMIT.
    """
    profile = objective(nodes[None], slice(None))
    best = profile.argmax(axis=1)
    edges = np.concatenate([[-RHO_LIMIT], np.clip(nodes, -RHO_LIMIT, RHO_LIMIT), [RHO_LIMIT]])
    low, high = edges[best], edges[best + 2]
    rho = peak_of_parabola(nodes, profile, best)
    open_rows = np.arange(len(rho))
    for _ in range(MAX_STEPS):
        at = rho[open_rows]
        slope, bend = _slope_and_bend(objective, at, open_rows)
        low[open_rows] = np.where(slope > 0, at, low[open_rows])
        high[open_rows] = np.where(slope < 0, at, high[open_rows])
        left, right = low[open_rows], high[open_rows]
        newton = at - slope / np.where(bend < 0, bend, np.nan)
        moved = np.where((newton > left) & (newton < right), newton, (left + right) / 2)
        rho[open_rows] = moved
        open_rows = open_rows[np.abs(moved - at) >= ENOUGH]
        if not len(open_rows):
            break
    return rho


def _slope_and_bend(
    objective: Objective, rho: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    step = np.minimum(STEP, (1 - np.abs(rho)) / 10)
    pair = rho[:, None] + step[:, None] * np.array([-1.0, 1.0]) + 1j * COMPLEX_STEP
    left, right = objective(pair, rows).imag.T / COMPLEX_STEP
    return (left + right) / 2, (right - left) / (2 * step)


def peak_of_parabola(nodes: np.ndarray, profile: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Where a parabola (roughly, in theta) through the best node and its neighbours has its top."""
    theta, rows = np.arcsin(nodes), np.arange(len(best))
    middle = np.clip(best, 1, len(nodes) - 2)
    left, top, right = (profile[rows, middle + move] for move in (-1, 0, 1))
    bend = left - 2 * top + right
    move = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, -1.0), 0.0)
    peak = np.sin(theta[middle] + np.clip(move, -1, 1) * (theta[1] - theta[0]))
    return np.where(best == middle, peak, nodes[best])


def stencil(rho: np.ndarray) -> np.ndarray:
    """Three complex values around each rho (B x 3), for `degrees_of_freedom`."""
    step = np.minimum(STEP, (1 - np.abs(rho)) / 10)
    return rho[:, None] + step[:, None] * np.array([-1.0, 0.0, 1.0]) + 1j * COMPLEX_STEP


def degrees_of_freedom(
    rho: np.ndarray, log_det: np.ndarray, rss: np.ndarray, log_variance: np.ndarray, df: int
) -> np.ndarray:
    """Satterthwaite's degrees of freedom of k contrasts (B x k), 0 where there are none.

    2 / (g' H^-1 g): g the gradient of the contrast's log variance in (rho, log sigma^2), H the
    observed information of the restricted likelihood. All arguments after rho are evaluated on
    its `stencil`: log_det, rss B x 3; log_variance B x k x 3.
    """
    step = np.minimum(STEP, (1 - np.abs(rho)) / 10)
    slope = log_variance[..., 1].imag / COMPLEX_STEP
    first, rss_first = log_det.imag / COMPLEX_STEP, rss.imag / COMPLEX_STEP
    sigma2 = rss[:, 1].real / df
    h11 = -(first[:, 2] - first[:, 0]) / (2 * step)
    h11 = h11 + (rss_first[:, 2] - rss_first[:, 0]) / (2 * step) / (2 * sigma2)
    h12, h22 = -rss_first[:, 1] / (2 * sigma2), df / 2
    det = h11 * h22 - h12 * h12
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (slope**2 * h22 - 2 * slope * h12[:, None] + h11[:, None]) / det[:, None]
        # An information matrix that is not positive (a flat profile) leaves nothing to go by.
        return np.where((det[:, None] > 0) & (spread > 0), 2 / spread, 0.0)
