"""How far an interval is stretched so that it covers as often as it says, whatever the process.

Averaged over its prior an interval covers as often as it says; in one process it may not. That of
`ar1` covers too often where the autocorrelation is moderate and too seldom where it is strong.
That of `wandering_trend` covers too often around a straight line with little autocorrelation, too
seldom where the slope wanders far. By how much depends on the design, the contrast and the process,
not on the coefficients or the variance. So the interval is stretched around its median by a factor
that simulation has found (prepivoting, Beran 1987, Biometrika 74:457). The factor is a response
surface, as there are for critical values (MacKinnon 1996, J. Appl. Econometrics 11:601): a
polynomial in a few figures of the posterior, the same one for every design. For a wandering trend
no factor can mend the fault wholly: a series that could be either must have an interval for both.
Its surface weighs what uniform coverage is worth against width. `make surface` has fitted the
coefficients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Final

import numpy as np

from analysis import show
from analysis.models.processes.solve import Solved

# The processes beside white noise that say what wandering and a random walk cost a contrast.
WANDERING_ALONE, RANDOM_WALK = (0.0, 0.07), (0.985, 0.0)


@dataclass(frozen=True, kw_only=True)
class Surface:
    """The log factor: a polynomial of a degree in figures that are scaled to -1 to 1.

    table : where its coefficients are.   bounds : lowest and highest of each figure: what was
    simulated.   measure : the figures of contrasts, as arrays that broadcast to B x k.
    longest : degrees of freedom from which on the correction, of the order 1 / n, fades.
    farthest : log factors beyond it come of figures that no series of the class has together.
    """

    table: Path
    degree: int
    bounds: Mapping[str, list[float]]
    measure: Callable[[Solved], list[np.ndarray]]
    longest: int
    farthest: float = np.inf

    @cached_property
    def terms(self) -> list[tuple[int, ...]]:
        """The terms: products of so many of (1, the figures), by place."""
        return list(combinations_with_replacement(range(len(self.bounds) + 1), self.degree))

    @cached_property
    def coefficients(self) -> np.ndarray:
        """The fitted coefficients of the terms."""
        return np.loadtxt(self.table, delimiter=",", skiprows=1, usecols=self.degree)

    def figures(self, solved: Solved) -> np.ndarray:
        """The figures of each contrast (B x k x F), each within its bounds."""
        joined = np.stack(np.broadcast_arrays(*self.measure(solved)), axis=-1)
        return np.clip(joined, *np.array(list(self.bounds.values())).T)

    def polynomial(self, figures: np.ndarray) -> np.ndarray:
        """The terms (... x T) of figures (... x F)."""
        low, high = np.array(list(self.bounds.values())).T
        scaled = (figures - (high + low) / 2) / ((high - low) / 2)
        x = np.concatenate([np.ones_like(scaled[..., :1]), scaled], axis=-1)
        return np.asarray(reduce(np.multiply, (x[..., i] for i in np.array(self.terms).T)))

    def log_factors(self, figures: np.ndarray) -> np.ndarray:
        """The logs of the factors (...) that belong to figures (... x F)."""
        return np.clip(self.polynomial(figures) @ self.coefficients, -self.farthest, self.farthest)

    def factors(self, solved: Solved) -> np.ndarray:
        """The factor > 0 of each interval (B x k); 1 where a variance is 0 somewhere."""
        with np.errstate(divide="ignore", invalid="ignore"):
            log_factor = self.log_factors(self.figures(solved))
        fading = min(1.0, self.longest / solved.df)
        return np.where(np.isfinite(log_factor), np.exp(fading * log_factor), 1.0)


def _spread(values: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (B x k) of values (B or 1, k, G) by weights (B x G)."""
    mean, square = (np.einsum("bkg,bg->bk", v, weight) for v in (values, values**2))
    return mean, np.sqrt(np.maximum(square - mean**2, 0))


def _ar1_figures(solved: Solved) -> list[np.ndarray]:
    """Mean of rho; sd of arcsin(rho), which is near 1 / sqrt(n); sd of the log variance, which says
    how much depends on rho; h / (1 + h), h the log of how far the variance could still rise above
    its (geometric) mean; and 1 / df."""
    log_variance, theta = np.log(solved.unscaled), np.arcsin(solved.grid.rho)[None, None]
    mean, spread = _spread(log_variance, solved.weight)
    headroom = log_variance.max(axis=-1) - mean
    return [
        (solved.weight @ solved.grid.rho)[:, None],
        _spread(theta, solved.weight)[1],
        spread,
        headroom / (1 + headroom),
        np.array(1 / solved.df),
    ]


def _wandering_figures(solved: Solved) -> list[np.ndarray]:
    """The sine of the mean of arcsin(rho); the share of a straight trend; the sd of the log scale,
    which says how much depends on the process; 1 / df; and by how much, in logs, a trend that
    wanders and errors near a random walk raise the variance of the contrast above that in white
    noise, which tells a level from a slope and a long post-period from a short one."""
    grid, log_unscaled = solved.grid, np.log(solved.unscaled)

    def under(rho: float, q: float) -> np.ndarray:
        return log_unscaled[..., (grid.rho == rho) & (grid.q == q) & (grid.tau == 0)][..., 0]

    white = under(0.0, 0.0)
    return [
        np.sin(solved.weight @ np.arcsin(grid.rho))[:, None],
        (solved.weight @ (grid.q == 0))[:, None],
        _spread(np.log(solved.scale), solved.weight)[1],
        np.array(1 / solved.df),
        under(*WANDERING_ALONE) - white,
        under(*RANDOM_WALK) - white,
    ]


def _surface(name: str, measure: Callable[[Solved], list[np.ndarray]]) -> Surface:
    """A surface whose coefficients and bounds are beside this module."""
    bounds = show.words("models/processes/surfaces.yml")[name]
    return Surface(table=Path(__file__).with_name(f"{name}.csv"), measure=measure, **bounds)


AR1: Final = _surface("ar1", _ar1_figures)
WANDERING: Final = _surface("wandering", _wandering_figures)
