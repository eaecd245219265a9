"""Fit the response surfaces of `calibration` to simulations and write their tables.

`make surface` runs it, in about four minutes. Series without an effect are laid on many designs,
under many processes: how far the truth lies from the median, in half widths of the plain interval,
is all that is needed of each. A surface is the one with which the share of series whose distance is
within the factor comes as near to 95% as can be, cell by cell of design, contrast and process, at
little width and with factors near 1.

What each of these weighs is in a `Recipe`. For a wandering trend it decides between two faults
that no factor mends together (see `calibration`): `unsure` and `width` were chosen so that real
series in which nothing is known to have happened are told apart from zero in about 5%;
`honesty` chooses again on part of the series and measures the others. Fewer
straight lines among those simulated, or more, only move along the same line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from layouts import Setting, draw_layouts
from scipy import optimize, special

from analysis.models.mixture import MixedT
from analysis.models.processes.autoregression import Autoregression, Process, ar1_errors
from analysis.models.processes.calibration import AR1, WANDERING, Surface
from analysis.models.processes.integrated import wandering
from analysis.models.processes.solve import Kind, OneDesign

ALPHA = 0.05
# Cells of rho, and how much the coverage in each counts: beyond 0.8 a short series cannot tell
# it from 1, and what is gained there is paid for below.
RHOS = (-0.2, 0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
COUNTS = (0.3, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.3, 0.1, 0.02)
STRAIGHT_RHOS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.97)
# A process for each design beside straight lines: how many with noise, and of any kind.
NOISY, ANY = 1, 4
# Width of the logistic curve that stands in for the step "covered or not", in log distance.
SOFTNESS = 0.05
# Arrays of this many series stay in the processor's cache.
AT_ONCE = 100

# From n, a size and a random generator rng: errors (size x n).
Draw = Callable[..., np.ndarray]


def straight_processes(rng: np.random.Generator) -> list[tuple[Draw, float]]:
    """AR(1) around straight lines, each with how much its coverage counts."""
    return [
        (partial(ar1_errors, rho=rho), counts) for rho, counts in zip(RHOS, COUNTS, strict=True)
    ]


def any_processes(rng: np.random.Generator) -> list[tuple[Draw, float]]:
    """Half of the straight lines, some with noise, and some of the whole class; all count alike."""
    straight = rng.choice(STRAIGHT_RHOS, len(STRAIGHT_RHOS) // 2, replace=False)
    found = [Process(rho=float(rho)) for rho in straight]
    found += [
        Process(rho=rng.choice([0.3, 0.6, 0.8, 0.95]), tau=rng.choice([0.5, 2, 8, 32]))
        for _ in range(NOISY)
    ]
    return [(process.errors, 1.0) for process in found + [any_process(rng) for _ in range(ANY)]]


def any_process(rng: np.random.Generator) -> Process:
    """A trend that wanders, little or far, half of them without noise or with little."""
    return Process(
        rho=float(np.sin(rng.uniform(-0.2, 1.35))),
        tau=float(rng.choice([0.0, 0.0, 0.5, 2.0, 8.0])),
        q=float(np.exp(rng.uniform(np.log(0.004), np.log(0.5)))),
    )


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a surface is fitted.

    halves, drawn : the designs; see `draw_layouts`.   replicates : series of each and a process.
    near : beyond this log distance no factor comes into question.
    level_width, width : what an average log factor of 1 weighs against a squared percentage point
        of coverage: of an interval for a level, and for anything that rests on the trend.
    unsure, size : what a squared log factor of 1 weighs, on average, and a squared coefficient.
    arrived : gradient of the loss, in squared percentage points, at which it is fitted.
    """

    surface: Surface
    kind: Kind
    processes: Callable[[np.random.Generator], list[tuple[Draw, float]]]
    halves: tuple[int, ...]
    drawn: tuple[tuple[int, int, int], ...]
    replicates: int
    near: float
    level_width: float
    width: float
    unsure: float
    size: float
    arrived: float
    seed: int

    def layouts(self) -> list[Setting]:
        """The designs to which the surface is fitted."""
        return draw_layouts(self.halves, self.drawn, self.seed)

    def fit(
        self, layouts: Sequence[Setting], *, replicates: int, seed: int | None = None
    ) -> np.ndarray:
        """The coefficients of the terms from series on these designs."""
        rng = np.random.default_rng(self.seed if seed is None else seed)
        cells = [cell for one in layouts for cell in self.simulate_cells(one, replicates, rng)]
        return fit_cells(cells, arrived=self.arrived)

    def simulate_cells(
        self, layout: Setting, replicates: int, rng: np.random.Generator
    ) -> list[SurfaceCell]:
        """The cells of a design: every contrast under every process."""
        found = []
        for draw, counts in self.processes(rng):
            far, seen = self.measure(layout, draw(n=len(layout.X), size=replicates, rng=rng))
            for k in range(len(layout.C)):
                terms = self.surface.polynomial(seen[:, k])
                cell = self._cell(terms, far[:, k], self.width if k else self.level_width, counts)
                found.append(cell)
        return found

    def measure(self, layout: Setting, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far the truth (0) lies from each median, in half widths of its side (B x k), and the
        figures of each (B x k x F)."""
        far, seen, clock = [], [], np.arange(len(layout.X))
        for start in range(0, len(errors), AT_ONCE):
            part = errors[start : start + AT_ONCE]
            solved = OneDesign.of(self.kind, part, layout.X, clock).contrasts(layout.C)
            far.append(distances_of(solved.mixtures).reshape(len(part), -1))
            seen.append(self.surface.figures(solved))
        return np.concatenate(far), np.concatenate(seen)

    def _cell(
        self, terms: np.ndarray, distances: np.ndarray, width: float, counts: float
    ) -> SurfaceCell:
        log = np.log(np.maximum(distances, 1e-12))
        kept, T = np.abs(log) < self.near, terms.shape[1]
        ridge = self.size * np.eye(T)
        if self.unsure:
            ridge += self.unsure * (terms.T @ terms) / len(terms)
        return SurfaceCell(
            terms=terms[kept],
            distances=log[kept],
            covered=int((log <= -self.near).sum()),
            size=len(log),
            cost=width * terms.mean(axis=0),
            ridge=ridge,
            counts=counts,
        )


@dataclass(frozen=True, kw_only=True)
class SurfaceCell:
    """Simulated series of one design, contrast and process; T terms.

    terms : B x T and distances : B (log), of the series whose distance is near to 1.
    covered : how many lie nearer.   size : of all.   cost : of the terms, on average over all (T).
    ridge : what the squares of the coefficients cost (T x T).   counts : how much coverage counts.
    """

    terms: np.ndarray
    distances: np.ndarray
    covered: int
    size: int
    cost: np.ndarray
    ridge: np.ndarray
    counts: float


def fit_cells(cells: Sequence[SurfaceCell], *, arrived: float) -> np.ndarray:
    """The coefficients at which the loss is least: no slope of it is above `arrived`."""
    found = optimize.minimize(
        lambda b: loss(b, cells)[:2],
        np.zeros(len(cells[0].cost)),
        jac=True,
        hess=lambda b: loss(b, cells)[2],
        method="trust-exact",
        options={"gtol": arrived},
    )
    return np.asarray(found.x)


def loss(b: np.ndarray, cells: Sequence[SurfaceCell]) -> tuple[float, np.ndarray, np.ndarray]:
    """How far coverage is off, on average, and what its mending costs, with coefficients b (T).

    And its gradient, and its curvature (T x T) but for that of coverage itself (Gauss-Newton).
    """
    counts = np.array([cell.counts for cell in cells]) / sum(cell.counts for cell in cells)
    width = counts @ [cell.cost for cell in cells]
    ridge = sum(share * cell.ridge for share, cell in zip(counts, cells, strict=True))
    off, steps = np.empty(len(cells)), np.empty((len(cells), len(b)))
    for i, cell in enumerate(cells):
        covered = special.expit((cell.terms @ b - cell.distances) / SOFTNESS)
        off[i] = 100 * ((covered.sum() + cell.covered) / cell.size - (1 - ALPHA))
        steps[i] = 100 * ((covered * (1 - covered)) @ cell.terms) / SOFTNESS / cell.size
    value = counts @ off**2 + width @ b + b @ ridge @ b
    slope = 2 * (counts * off) @ steps + width + 2 * ridge @ b
    return value, slope, 2 * (steps.T * counts) @ steps + 2 * ridge


def distances_of(mixtures: MixedT) -> np.ndarray:
    """How far 0 lies from each median, in half widths of its side (M)."""
    median, low, high = mixtures.quantiles(np.array([0.5, ALPHA / 2, 1 - ALPHA / 2])).T
    return np.asarray(np.abs(median) / np.where(median > 0, median - low, high - median))


def write_surface(surface: Surface, values: np.ndarray) -> str:
    """The table of the coefficients, beside the names of the factors of each term."""
    names, factors = ("1", *surface.bounds), ("first", "second", "third")[: surface.degree]
    rows = [
        ",".join([*(names[i] for i in term), f"{value:.4f}"])
        for term, value in zip(surface.terms, values, strict=True)
    ]
    return "\n".join([",".join([*factors, "coefficient"]), *rows, ""])


STRAIGHT: Final = Recipe(
    surface=AR1,
    kind=Autoregression.of,
    processes=straight_processes,
    halves=(16, 20, 24, 26, 28, 32, 36, 40, 48, 56, 64, 80, 96, 120, 160, 200, 300, 400),
    drawn=((14, 60, 80), (40, 300, 50)),
    replicates=1200,
    near=0.7,
    level_width=0.2,
    width=0.2,
    unsure=0.0,
    size=1e-3,
    arrived=1e-4,
    seed=19870701,
)
WHOLE_CLASS: Final = Recipe(
    surface=WANDERING,
    kind=wandering,
    processes=any_processes,
    halves=(24, 30, 39, 48, 60, 72, 96, 120),
    drawn=((20, 60, 60), (40, 200, 30)),
    replicates=400,
    near=1.2,
    level_width=8.0,
    width=33.0,
    unsure=25.0,
    size=1e-2,
    arrived=1e-3,
    seed=20261127,
)

if __name__ == "__main__":
    for recipe in (STRAIGHT, WHOLE_CLASS):
        fitted = recipe.fit(recipe.layouts(), replicates=recipe.replicates)
        recipe.surface.table.write_text(write_surface(recipe.surface, fitted))
