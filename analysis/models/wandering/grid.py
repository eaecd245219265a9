"""The error processes that are integrated over, and their prior.

A process has an AR(1) part (rho, innovations of variance 1), white noise on top (tau, its
variance) and a trend whose slope moves by q a period (its standard deviation). rho is flat in
arcsin, as in `ar1`; half of the prior is on no noise, a quarter on a straight trend. A finer grid
moves the ends of intervals by less than a tenth of their standard error.
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


@dataclass(frozen=True, kw_only=True)
class Processes:
    """G error processes: rho (-1 < rho < 1), tau >= 0, q >= 0 and prior weight, adding up to 1."""

    rho: np.ndarray
    tau: np.ndarray
    q: np.ndarray
    prior: np.ndarray


@lru_cache(maxsize=1)
def standard_grid() -> Processes:
    """The processes that the model integrates over."""
    trends = [(0.0, STRAIGHT), *((q, (1 - STRAIGHT) * w) for q, w in WANDERINGS.items())]
    rows = [
        (rho, 0.0, q, QUIET * share * weight)
        for (rho, share), (q, weight) in product(nearest_shares(RHOS), trends)
    ]
    rows += [
        (rho, tau, q, (1 - QUIET) * share * noise * weight)
        for (rho, share), (tau, noise), (q, weight) in product(
            nearest_shares(NOISY_RHOS), NOISES.items(), trends
        )
    ]
    rho, tau, q, prior = np.array(rows).T
    return Processes(rho=rho, tau=tau, q=q, prior=prior / prior.sum())


def nearest_shares(rhos: tuple[float, ...]) -> list[tuple[float, float]]:
    """Each rho with the share of arcsin(rho) that is nearest to it."""
    theta = np.arcsin(rhos)
    edges = np.concatenate([[-np.pi / 2], (theta[1:] + theta[:-1]) / 2, [np.pi / 2]])
    return list(zip(rhos, np.diff(edges) / np.pi, strict=True))
