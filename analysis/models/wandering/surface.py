"""Fit the response surface of `calibration` to simulations and write surface.csv.

`make surface` runs it, in about three minutes. Series without an effect and with errors of the
class (straight and wandering, noisy and not) are laid on many designs, as for `ar1_calibrated`.
The surface is the one with which the share of series that are covered comes near to 95% cell by
cell of design, contrast and process, at little width and with factors near 1.

What each of these weighs decides between two faults that no factor mends together (see
`calibration`): `UNSURE` and `WIDTH` were chosen so that real series in which nothing is known to
have happened are told apart from zero in about 5%; see
`analysis.validation.real_series`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.models.ar1.gls import ar1_errors
from analysis.models.ar1.surface import (
    Setting,
    SurfaceCell,
    distances_of,
    draw_layouts,
    fit_cells,
    write_surface,
)
from analysis.models.wandering.calibration import FIGURES, SURFACE, TERMS, figures, quadratic
from analysis.models.wandering.solve import solve_shared
from analysis.models.wandering.whitening import find_gains

SEED = 20261127
HALVES = (24, 30, 39, 48, 60, 72, 96, 120)
SHORT, LONG = (20, 60), (40, 200)
STRAIGHT_RHOS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.97)
# A process for each design beside straight lines: how many with noise, and of any kind.
NOISY, ANY = 1, 4
# Beyond this log distance no factor comes into question.
NEAR = 1.2
# What an average log factor of 1 weighs against a squared percentage point of coverage: of an
# interval for a level, and for anything that rests on the trend.
LEVEL_WIDTH, WIDTH = 8.0, 33.0
# What a squared log factor of 1 weighs, on average, and a squared coefficient of 1.
UNSURE, SIZE = 25.0, 1e-2
# The gradient of the loss, in squared percentage points, at which it is fitted.
ARRIVED = 1e-3
AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Process:
    """Errors of the class: AR(1) with rho, noise of variance tau >= 0, slope moves of sd q >= 0."""

    rho: float
    tau: float = 0.0
    q: float = 0.0

    def errors(self, n: int, size: int, rng: np.random.Generator) -> np.ndarray:
        """Series of n periods (size x n)."""
        found = ar1_errors(n, self.rho, size, rng)
        found += np.sqrt(self.tau) * rng.standard_normal((size, n))
        slope = np.cumsum(self.q * rng.standard_normal((size, n)), axis=1)
        found[:, 1:] += np.cumsum(slope, axis=1)[:, :-1]
        return found


def fit_surface(layouts: Sequence[Setting], *, replicates: int, seed: int = SEED) -> np.ndarray:
    """The coefficients of the surface (28) from series on these designs."""
    rng = np.random.default_rng(seed)
    cells = [cell for layout in layouts for cell in simulate_cells(layout, replicates, rng)]
    return fit_cells(cells, arrived=ARRIVED)


def simulate_cells(layout: Setting, replicates: int, rng: np.random.Generator) -> list[SurfaceCell]:
    """The cells of a design: every contrast under straight lines and under other processes."""
    found = []
    for process in processes(rng):
        errors = process.errors(len(layout.X), replicates, rng)
        distances, seen = measure_distances(layout, errors)
        for k in range(len(layout.C)):
            found.append(_cell(distances[:, k], seen[:, k], LEVEL_WIDTH if k == 0 else WIDTH))
    return found


def _cell(distances: np.ndarray, seen: np.ndarray, width: float) -> SurfaceCell:
    terms = quadratic(seen)
    ridge = UNSURE * (terms.T @ terms) / len(terms) + SIZE * np.eye(len(TERMS))
    return SurfaceCell.of(terms, distances, near=NEAR, width=width, ridge=ridge)


def processes(rng: np.random.Generator) -> list[Process]:
    """Half of the straight lines, some with noise, and some of the whole class."""
    straight = rng.choice(STRAIGHT_RHOS, len(STRAIGHT_RHOS) // 2, replace=False)
    found = [Process(rho=float(rho)) for rho in straight]
    found += [
        Process(rho=rng.choice([0.3, 0.6, 0.8, 0.95]), tau=rng.choice([0.5, 2, 8, 32]))
        for _ in range(NOISY)
    ]
    return found + [any_process(rng) for _ in range(ANY)]


def any_process(rng: np.random.Generator) -> Process:
    """A trend that wanders, little or far, half of them without noise or with little."""
    return Process(
        rho=float(np.sin(rng.uniform(-0.2, 1.35))),
        tau=float(rng.choice([0.0, 0.0, 0.5, 2.0, 8.0])),
        q=float(np.exp(rng.uniform(np.log(0.004), np.log(0.5)))),
    )


def measure_distances(layout: Setting, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the truth (0) lies from each median, in half widths of its side (B x k), and the
    figures of each (B x k x 6)."""
    gains, k, distances, seen = find_gains(np.arange(len(layout.X))), len(layout.C), [], []
    for start in range(0, len(errors), AT_ONCE):
        solved = solve_shared(gains, errors[start : start + AT_ONCE], layout.X, layout.C)
        distances.append(distances_of(solved.mixtures()).reshape(-1, k))
        seen.append(figures(solved.weight, solved.scale, solved.unscaled, solved.df))
    return np.concatenate(distances), np.concatenate(seen)


def layouts(seed: int = SEED) -> list[Setting]:
    """The designs to which the surface is fitted."""
    return draw_layouts(HALVES, {SHORT: 60, LONG: 30}, seed)


if __name__ == "__main__":
    write_surface(SURFACE, fit_surface(layouts(), replicates=400), FIGURES, TERMS)
