"""How far an interval of `ar1` is stretched so that it covers as often as it says.

Integrating over rho covers too often where the autocorrelation is moderate and too seldom where
it is strong: by how much depends on the design, the contrast and rho only, not on the
coefficients or the variance. So the interval is stretched around its median by a factor that
simulation has found (prepivoting, Beran 1987, Biometrika 74:457). The factor is a response
surface, as there are for critical values (MacKinnon 1996, J. Appl. Econometrics 11:601): a cubic
polynomial in five figures of the posterior, the same one for every design. `surface.py` has
fitted its coefficients; they are in data/surface.csv.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, reduce
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np

SURFACE = Path(__file__).with_name("surface.csv")
FIGURES = ("mean_rho", "sd_theta", "sd_log_variance", "headroom", "inverse_df")
# Figures outside of what was simulated stand at its edge.
LONGEST = 400
LOWEST = np.array([-0.5, 0.03, 0.0, 0.0, 1 / LONGEST])
HIGHEST = np.array([0.97, 0.6, 1.5, 0.9, 1 / 6])
MIDDLE, HALF = (HIGHEST + LOWEST) / 2, (HIGHEST - LOWEST) / 2
# The terms of a cubic are the products of three of (1, the five figures).
TERMS = list(combinations_with_replacement(range(len(FIGURES) + 1), 3))


def stretch(weight: np.ndarray, rho: np.ndarray, variance: np.ndarray, df: float) -> np.ndarray:
    """The factor > 0 of the interval of each contrast.

    weight : ... x G, the posterior of rho at the nodes rho (G, -1 < rho < 1), adding up to 1.
    variance : ... x k x G, > 0, of k contrasts at these nodes, in units of the innovations'.
    df : n - p.

    Returns ... x k. A contrast whose variance is 0 somewhere keeps its interval.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        log_factor = cubic(figures(weight, rho, np.log(variance), df)) @ coefficients()
    return faded(log_factor, LONGEST / df)


def faded(log_factor: np.ndarray, fading: float) -> np.ndarray:
    """The factors, 1 where there is none.

    Beyond the longest series that were simulated (fading < 1) the correction, of the order 1 / n,
    fades.
    """
    return np.where(np.isfinite(log_factor), np.exp(min(1.0, fading) * log_factor), 1.0)


def figures(weight: np.ndarray, rho: np.ndarray, log_variance: np.ndarray, df: float) -> np.ndarray:
    """The five figures of each contrast, ... x k x 5, each within its bounds.

    Mean of rho; sd of arcsin(rho), which is near 1 / sqrt(n); sd of the log variance, which says
    how much depends on rho; h / (1 + h), h the log of how far the variance could still rise above
    its (geometric) mean; and 1 / df.
    """
    theta = np.arcsin(rho)
    mean = np.einsum("...kg,...g->...k", log_variance, weight)
    square = np.einsum("...kg,...g->...k", log_variance**2, weight)
    headroom = log_variance.max(axis=-1) - mean
    spread = np.sqrt(np.maximum(weight @ theta**2 - (weight @ theta) ** 2, 0))
    found = [
        (weight @ rho)[..., None],
        spread[..., None],
        np.sqrt(np.maximum(square - mean**2, 0)),
        headroom / (1 + headroom),
        1 / df,
    ]
    joined = np.stack(np.broadcast_arrays(*found), axis=-1)
    return np.clip(joined, LOWEST, HIGHEST)


def cubic(figures: np.ndarray) -> np.ndarray:
    """The terms of the polynomial (... x 56), the figures scaled to -1 to 1."""
    return products((figures - MIDDLE) / HALF, TERMS)


def products(scaled: np.ndarray, terms: Sequence[tuple[int, ...]]) -> np.ndarray:
    """The products (... x T) that T terms name by place in (1, the scaled figures)."""
    x = np.concatenate([np.ones_like(scaled[..., :1]), scaled], axis=-1)
    return np.asarray(reduce(np.multiply, (x[..., i] for i in np.array(terms).T)))


@lru_cache(maxsize=1)
def coefficients() -> np.ndarray:
    """The fitted coefficients of the terms (56)."""
    return np.loadtxt(SURFACE, delimiter=",", skiprows=1, usecols=3)
