"""How far an interval of `wandering_trend` is stretched.

Averaged over its prior an interval covers as often as it says; in one process it may not. It
covers too often around a straight line with little autocorrelation, too seldom where the slope
wanders far, and a level around strongly autocorrelated errors a little too seldom. No factor can
mend that wholly: a series that could be either must have an interval for both. So the interval is
stretched around its median by a moderate factor (prepivoting, Beran 1987, Biometrika 74:457): a
quadratic polynomial in six figures of the posterior and of the contrast, the same one for every
design. `surface` has fitted its coefficients to simulated series of the class, and weighs what
uniform coverage is worth against width; they are in surface.csv.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np

from analysis.models.ar1.calibration import faded, products
from analysis.models.wandering.grid import standard_grid

SURFACE = Path(__file__).with_name("surface.csv")
FIGURES = ("rho", "straight", "sd_log_scale", "inverse_df", "wandering", "random_walk")
# Figures outside of what was simulated stand at its edge.
LONGEST = 200
LOWEST = np.array([-0.5, 0.0, 0.0, 1 / LONGEST, 0.0, 0.0])
HIGHEST = np.array([0.97, 0.65, 0.75, 1 / 15, 7.0, 6.0])
MIDDLE, HALF = (HIGHEST + LOWEST) / 2, (HIGHEST - LOWEST) / 2
# A log factor beyond this comes of figures that no series of the class has together.
FARTHEST = 0.6
# The terms of a quadratic are the products of two of (1, the six figures).
TERMS = list(combinations_with_replacement(range(len(FIGURES) + 1), 2))
# The processes beside white noise that say what wandering and a random walk cost a contrast.
WANDERING, RANDOM_WALK = (0.0, 0.07), (0.985, 0.0)


def stretch(weight: np.ndarray, scale: np.ndarray, unscaled: np.ndarray, df: float) -> np.ndarray:
    """The factor > 0 of the interval of each contrast (B x k).

    weight : B x G, the posterior of the processes of the grid, adding up to 1.
    scale : B x k x G, > 0, of k contrasts under each process.
    unscaled : B or 1, k, G, > 0, their variance in units of the innovations'.
    df : n - p.
    A contrast whose variance is 0 somewhere keeps its interval.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        log_factor = log_factors(figures(weight, scale, unscaled, df))
    return faded(log_factor, LONGEST / df)


def log_factors(figures: np.ndarray) -> np.ndarray:
    """The logs of the factors (...) that belong to figures (... x 6)."""
    return np.clip(quadratic(figures) @ coefficients(), -FARTHEST, FARTHEST)


def figures(weight: np.ndarray, scale: np.ndarray, unscaled: np.ndarray, df: float) -> np.ndarray:
    """The six figures of each contrast (B x k x 6), each within its bounds.

    The sine of the mean of arcsin(rho); the share of a straight trend; the sd of the log scale,
    which says how much depends on the process; 1 / df; and by how much, in logs, a trend that
    wanders and errors near a random walk raise the variance of the contrast above that in white
    noise, which tells a level from a slope and a long post-period from a short one.
    """
    grid, log_scale, log_unscaled = standard_grid(), np.log(scale), np.log(unscaled)
    mean = np.einsum("bkg,bg->bk", log_scale, weight)
    square = np.einsum("bkg,bg->bk", log_scale**2, weight)
    white = log_unscaled[..., _process(0.0, 0.0)]
    found = [
        np.sin(weight @ np.arcsin(grid.rho))[:, None],
        (weight @ (grid.q == 0))[:, None],
        np.sqrt(np.maximum(square - mean**2, 0)),
        1 / df,
        log_unscaled[..., _process(*WANDERING)] - white,
        log_unscaled[..., _process(*RANDOM_WALK)] - white,
    ]
    joined = np.stack(np.broadcast_arrays(*found), axis=-1)
    return np.clip(joined, LOWEST, HIGHEST)


def quadratic(figures: np.ndarray) -> np.ndarray:
    """The terms of the polynomial (... x 28), the figures scaled to -1 to 1."""
    return products((figures - MIDDLE) / HALF, TERMS)


@lru_cache(maxsize=1)
def coefficients() -> np.ndarray:
    """The fitted coefficients of the terms (28)."""
    return np.loadtxt(SURFACE, delimiter=",", skiprows=1, usecols=2)


@lru_cache(maxsize=8)
def _process(rho: float, q: float) -> int:
    """The number of the process without noise that has this rho and q."""
    grid = standard_grid()
    return int(np.flatnonzero((grid.rho == rho) & (grid.q == q) & (grid.tau == 0))[0])
