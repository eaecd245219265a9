"""The error processes that are integrated over, and their prior.

A process has an AR(1) part (rho, innovations of variance 1), white noise on top (tau, its
variance) and a trend whose slope moves by q a period (its standard deviation). rho has the prior
(1 - rho^2)^-1/2 (Berger and Yang 1994, Econometric Theory 10:461, discuss priors for it). With
rho = sin(theta) it is flat in theta, in which the posterior has a standard deviation near
1 / sqrt(n) whatever rho is: so few values, evenly spread over theta, serve for any series.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

import numpy as np

RHOS: Final = (-0.6, -0.3, 0.0, 0.2, 0.4, 0.55, 0.7, 0.8, 0.87, 0.92, 0.96, 0.985, 0.999)
# With noise on top the likelihood says less of rho.
NOISY_RHOS: Final = (-0.6, 0.0, 0.4, 0.7, 0.87, 0.96, 0.999)
NOISES: Final = {0.5: 0.25, 2.0: 0.25, 8.0: 0.25, 32.0: 0.25}
WANDERINGS: Final = {0.006: 0.3, 0.02: 0.25, 0.07: 0.2, 0.25: 0.18, 1.0: 0.07}
STRAIGHT: Final = 0.25
QUIET: Final = 0.5
FEWEST_NODES = 24
# Nodes for each sqrt(n), with which quantiles are exact to about 1e-8 of their standard error.
NODES_BY_ROOT_N = 4.5
NODES_ON_THETA = 6.0


@dataclass(frozen=True, kw_only=True)
class Processes:
    """G error processes: rho (-1 < rho < 1), tau >= 0, q >= 0 and prior weight > 0."""

    rho: np.ndarray
    tau: np.ndarray
    q: np.ndarray
    prior: np.ndarray

    @classmethod
    def ar1(cls, rho: np.ndarray, prior: np.ndarray) -> Processes:
        """AR(1) around straight lines, at these rho (G)."""
        return cls(rho=rho, tau=np.zeros(len(rho)), q=np.zeros(len(rho)), prior=prior)

    def weigh(self, log_likelihood: np.ndarray) -> np.ndarray:
        """The posterior of the processes (... x G), adding up to 1."""
        log_weight = log_likelihood + np.log(self.prior)
        weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
        return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


@lru_cache(maxsize=1)
def standard_grid() -> Processes:
    """The processes of `wandering_trend`: half of the prior on no noise, 1/4 on a straight trend.

    A finer grid moves the ends of intervals by less than a tenth of their standard error.
    """
    trends = {0.0: STRAIGHT} | {q: (1 - STRAIGHT) * w for q, w in WANDERINGS.items()}
    rows = [
        (rho, tau, q, share * noise * weight)
        for rhos, noises in (
            (RHOS, {0.0: QUIET}),
            (NOISY_RHOS, {tau: (1 - QUIET) * w for tau, w in NOISES.items()}),
        )
        for (rho, share), (tau, noise), (q, weight) in product(
            nearest_shares(rhos), noises.items(), trends.items()
        )
    ]
    rho, tau, q, prior = np.array(rows).T
    return Processes(rho=rho, tau=tau, q=q, prior=prior / prior.sum())


def nearest_shares(rhos: tuple[float, ...]) -> list[tuple[float, float]]:
    """Each rho with the share of arcsin(rho) that is nearest to it."""
    theta = np.arcsin(rhos)
    edges = np.concatenate([[-np.pi / 2], (theta[1:] + theta[:-1]) / 2, [np.pi / 2]])
    return list(zip(rhos, np.diff(edges) / np.pi, strict=True))


@lru_cache(maxsize=256)
def ar1_grid(n: int, alternating: bool = False) -> Processes:
    """AR(1) around straight lines for n periods, at increasing rho.

    With a constant in the design the integrand is smooth at rho = 1 and falls like sqrt(1 + rho)
    at -1. In s = sqrt((1 - rho) / 2) it is then smooth and even, so half of a Gauss-Legendre rule
    serves. An alternating term (`alternating`; the 12 months have one) takes the root away at
    -1, and Gauss-Legendre on theta itself is used, which needs more nodes.
    """
    by_root = NODES_ON_THETA if alternating else NODES_BY_ROOT_N
    count = max(FEWEST_NODES, int(np.ceil(by_root * np.sqrt(n))))
    if alternating:
        x, weight = np.polynomial.legendre.leggauss(count)
        return Processes.ar1(np.sin(x * np.pi / 2), weight)
    x, weight = np.polynomial.legendre.leggauss(2 * count)
    s, weight = x[count:][::-1], weight[count:][::-1]
    return Processes.ar1(1 - 2 * s**2, weight / np.sqrt(1 - s**2))


def spans_alternation(Q: np.ndarray, time: np.ndarray) -> bool:
    """Whether (-1)^time is in the span of the orthonormal columns of any Q (... x n x p)."""
    sign = 1.0 - 2.0 * (time % 2)
    return bool((((sign @ Q) ** 2).sum(axis=-1) > (1 - 1e-8) * len(sign)).any())
