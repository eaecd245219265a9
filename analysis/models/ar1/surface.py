"""Fit the response surface of `calibration` to simulations and write data/surface.csv.

`make surface` runs it, in about a minute. Series without an effect and with AR(1) errors
are laid on many designs: how far the truth lies from the median, in half widths of the plain
interval, is all that is needed of each. The surface is the one with which the share of series
whose distance is within the factor comes as near to 95% as can be, cell by cell of design,
contrast and rho, at the least average width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import optimize, special

from analysis.models.ar1.batch import CHUNK
from analysis.models.ar1.calibration import FIGURES, SURFACE, TERMS, cubic, figures
from analysis.models.ar1.gls import ar1_errors
from analysis.models.ar1.stacked import Basis, Series, posterior
from analysis.models.mixture import MixedT

ALPHA = 0.05
SEED = 19870701
# Cells of rho, and how much the coverage in each counts: beyond 0.8 a short series cannot tell
# it from 1, and what is gained there is paid for below.
RHO = (-0.2, 0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
COUNTS = (0.3, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.3, 0.1, 0.02)
HALVES = (16, 20, 24, 26, 28, 32, 36, 40, 48, 56, 64, 80, 96, 120, 160, 200, 300, 400)
SHORT, LONG = (14, 60), (40, 300)
# Width of the logistic curve that stands in for the step "covered or not", in log distance.
SOFTNESS = 0.05
# Beyond this log distance no factor comes into question.
NEAR = 0.7
# What an average log factor of 1, and a coefficient of 1, weigh against a squared percentage point
# of coverage.
WIDTH, SIZE = 0.2, 1e-3
# The gradient of the loss, in squared percentage points, at which it is fitted.
ARRIVED = 1e-4


@dataclass(frozen=True, kw_only=True)
class SurfaceCell:
    """Simulated series of one design, contrast and process, such as a rho; T terms.

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

    @classmethod
    def of(
        cls,
        terms: np.ndarray,
        distances: np.ndarray,
        *,
        near: float,
        width: float,
        ridge: np.ndarray,
        counts: float = 1.0,
    ) -> SurfaceCell:
        """The cell of all series; beyond the log distance `near` no factor comes into question."""
        log = np.log(np.maximum(distances, 1e-12))
        kept = np.abs(log) < near
        return cls(
            terms=terms[kept],
            distances=log[kept],
            covered=int((log <= -near).sum()),
            size=len(log),
            cost=width * terms.mean(axis=0),
            ridge=ridge,
            counts=counts,
        )


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A design (n x p) and contrasts on it (k x p)."""

    X: np.ndarray
    C: np.ndarray


def fit_surface(layouts: Sequence[Setting], *, replicates: int, seed: int = SEED) -> np.ndarray:
    """The coefficients of the surface (56) from series on these designs."""
    rng = np.random.default_rng(seed)
    cells = [cell for layout in layouts for cell in simulate_cells(layout, replicates, rng)]
    return fit_cells(cells, arrived=ARRIVED)


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


def simulate_cells(layout: Setting, replicates: int, rng: np.random.Generator) -> list[SurfaceCell]:
    """The cells of a design: every contrast at every rho."""
    basis, found, ridge = Basis.of(layout.X[None], layout.C[None]), [], SIZE * np.eye(len(TERMS))
    for rho, counts in zip(RHO, COUNTS, strict=True):
        distances, seen = measure_distances(basis, ar1_errors(len(layout.X), rho, replicates, rng))
        for far, figured in zip(distances.T, cubic(seen).swapaxes(0, 1), strict=True):
            found.append(
                SurfaceCell.of(figured, far, near=NEAR, width=WIDTH, ridge=ridge, counts=counts)
            )
    return found


def measure_distances(basis: Basis, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the truth (0) lies from each median, in half widths of its side (B x k), and the
    figures of each (B x k x 5)."""
    k, distances, seen = basis.C.shape[1], [], []
    for start in range(0, len(errors), CHUNK):
        found = posterior(basis, Series.of(basis, errors[start : start + CHUNK]))
        distances.append(distances_of(found.mixtures).reshape(-1, k))
        seen.append(figures(found.weight, found.rho, np.log(found.variance), found.mixtures.df))
    return np.concatenate(distances), np.concatenate(seen)


def distances_of(mixtures: MixedT) -> np.ndarray:
    """How far 0 lies from each median, in half widths of its side (M)."""
    median, low, high = mixtures.quantiles(np.array([0.5, ALPHA / 2, 1 - ALPHA / 2])).T
    return np.asarray(np.abs(median) / np.where(median > 0, median - low, high - median))


def halves(n: int) -> Setting:
    """Level and slope from the middle of n periods."""
    return _layout(n, n // 2, first=1.0, ramp=0, slope=True, others=[])


def any_layout(rng: np.random.Generator, shortest: int, longest: int) -> Setting:
    """A design as they come: unequal parts, a partial first period or a ramp, season, events."""
    while True:
        n = int(np.exp(rng.uniform(np.log(shortest), np.log(longest))))
        post = max(3, round(n * rng.choice([0.5, rng.uniform(0.1, 0.65)])))
        if n - post < 6:
            continue
        ramp = 5 if post > 10 and rng.random() < 0.15 else 0
        first = rng.uniform(0.3, 1) if rng.random() < 0.3 else 1.0
        others = [*_season(n, rng), *_events(n, n - post, rng)]
        slope = bool(rng.random() < 0.85)
        found = _layout(n, n - post, first=first, ramp=ramp, slope=slope, others=others)
        spare = n - found.X.shape[1]
        if spare >= 6 and np.linalg.cond(found.X / np.linalg.norm(found.X, axis=0)) < 100:
            return found


def _layout(
    n: int, start: int, *, first: float, ramp: int, slope: bool, others: list[np.ndarray]
) -> Setting:
    t = np.arange(n)
    level = np.clip((t - start + 1) / max(ramp, 1), 0, 1)
    level[start] *= first
    rise = np.maximum(0.0, t - start - max(ramp - 1, 0))
    columns = [np.ones(n), t, level, *([rise] if slope else []), *others]
    gaps, rows = np.column_stack([level, rise])[start:], np.ones((1, 1))
    if slope:
        rows = np.array([[1, 0], [0, 1], gaps.mean(axis=0), gaps[-1]])
    C = np.zeros((len(rows), len(columns)))
    C[:, 2 : 2 + rows.shape[1]] = rows
    return Setting(X=np.column_stack(columns).astype(float), C=C)


def _season(n: int, rng: np.random.Generator) -> list[np.ndarray]:
    t, pairs = np.arange(n), 0
    if n >= 24:
        pairs = rng.choice([0, 0, 1, 2, 6] if n >= 48 else [0, 0, 1])
    if pairs == 6:
        return [(t % 12 == month).astype(float) for month in range(1, 12)]
    angles = [2 * np.pi * k * t / 12 for k in range(1, pairs + 1)]
    return [wave(angle) for angle in angles for wave in (np.sin, np.cos)]


def _events(n: int, start: int, rng: np.random.Generator) -> list[np.ndarray]:
    dates = rng.integers(3, n - 3, size=rng.choice([0, 0, 1, 2]))
    return [(np.arange(n) >= date).astype(float) for date in dates if abs(date - start) >= 3]


def write_surface(
    path: Path, values: np.ndarray, figures: Sequence[str], terms: Sequence[tuple[int, ...]]
) -> None:
    """Write the coefficients beside the names of the two or three factors of each term."""
    names, factors = ("1", *figures), ("first", "second", "third")[: len(terms[0])]
    rows = [
        ",".join([*(names[i] for i in term), f"{value:.4f}"])
        for term, value in zip(terms, values, strict=True)
    ]
    path.write_text("\n".join([",".join([*factors, "coefficient"]), *rows, ""]))


def layouts(seed: int = SEED) -> list[Setting]:
    """The designs to which the surface is fitted."""
    return draw_layouts(HALVES, {SHORT: 80, LONG: 50}, seed)


def draw_layouts(
    lengths: Sequence[int], drawn: Mapping[tuple[int, int], int], seed: int
) -> list[Setting]:
    """Halves of these lengths, and so many designs between two lengths."""
    rng = np.random.default_rng(seed)
    others = [any_layout(rng, *ends) for ends, count in drawn.items() for _ in range(count)]
    return [*(halves(n) for n in lengths), *others]


if __name__ == "__main__":
    write_surface(SURFACE, fit_surface(layouts(), replicates=1200), FIGURES, TERMS)
