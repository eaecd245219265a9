"""Series with a known truth: how often intervals cover it, and how often they find nothing.

The truth is that the intervention did nothing, so that an interval covers when it holds 0, and
the share of intervals that do not is the type I error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from analysis.design import Design, build_design
from analysis.effects.estimands import contrast_of
from analysis.errors import refusal, unknown_name
from analysis.models import fit
from analysis.models.batch import METHODS, contrasts
from analysis.models.processes.autoregression import ar1_errors
from analysis.models.processes.simulated import Process
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import make_outcome
from analysis.progress import watch

LENGTHS = (12, 24, 36, 48, 72, 96, 144, 200)
RHOS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95)
ESTIMANDS = ("level", "slope", "average", "last")
FIRST = "2000-01"
# Far from 0, so that a log is possible; no model minds where the series stands.
HEIGHT = 100.0
# So many first periods are discarded, in which a memory of nothing shows.
BURN_IN = 200

# (n, rho, replicates, rng) -> replicates x n, errors with mean 0 and innovations of variance 1.
Errors = Callable[[int, float, int, np.random.Generator], np.ndarray]


def ar2_errors(n: int, rho: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """AR(2) with lag-one autocorrelation rho and a second coefficient of 0.3 (0 <= rho < 1)."""
    drawn = rng.standard_normal((n + BURN_IN, size))
    return lfilter([1.0], [1.0, -0.7 * rho, -0.3], drawn, axis=0)[-n:].T


def seasonal_errors(n: int, rho: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """AR(1) plus a sine wave of 12 periods, of amplitude 1 and any phase."""
    phase = rng.uniform(0, 2 * np.pi, (size, 1))
    return ar1_errors(n, rho, size, rng) + np.sin(2 * np.pi * np.arange(n) / 12 + phase)


def heavy_errors(n: int, rho: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """AR(1) with innovations of Student's t with 3 degrees of freedom, scaled to variance 1."""
    drawn = rng.standard_t(3, (n + BURN_IN, size)) / np.sqrt(3)
    return lfilter([1.0], [1.0, -rho], drawn, axis=0)[-n:].T


def curved_errors(n: int, rho: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """AR(1) around a parabola (two errors' height in the middle) that a straight line misses."""
    return ar1_errors(n, rho, size, rng) + 2 * (1 - np.linspace(-1, 1, n) ** 2)


def shifted_errors(n: int, rho: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """AR(1) with a lasting shift, two errors high, after a quarter of the series."""
    return ar1_errors(n, rho, size, rng) + 2.0 * (np.arange(n) >= n // 4)


def scaled_errors(
    n: int, rho: float, size: int, rng: np.random.Generator, *, after: float
) -> np.ndarray:
    """AR(1) whose standard deviation is `after` > 0 times as large from the middle on."""
    return ar1_errors(n, rho, size, rng) * np.where(np.arange(n) < n // 2, 1.0, after)


def wandering_errors(
    n: int,
    rho: float,
    size: int,
    rng: np.random.Generator,
    *,
    tau: float = 0.0,
    level: float = 0.0,
    q: float = 0.0,
) -> np.ndarray:
    """AR(1), noise of variance tau, and a trend whose level and slope move at random.

    level, q : >= 0, sd of the moves of level and slope from one period to the next.
    """
    found = Process(rho=rho, tau=tau, q=q).errors(n, size, rng)
    return found + np.cumsum(level * rng.standard_normal((size, n)), axis=1)


ERRORS: Mapping[str, Errors] = {
    "ar1": ar1_errors,
    "noise": partial(wandering_errors, tau=2.0),
    "wandering": partial(wandering_errors, q=0.02),
    "wandering far": partial(wandering_errors, q=0.1),
    "random walk": partial(wandering_errors, level=0.5),
    "wrong trend": curved_errors,
    "shift": shifted_errors,
    "ar2": ar2_errors,
    "seasonal": seasonal_errors,
    "doubled": partial(scaled_errors, after=2.0),
    "halved": partial(scaled_errors, after=0.5),
    "heavy-tailed": heavy_errors,
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of a study: a design of n periods, and replicates x n series of no effect."""

    design: Design
    series: np.ndarray


def measure_coverage(
    models: Sequence[str] | Mapping[str, Mapping[str, Any]] = (DEFAULT_MODEL,),
    *,
    n: Sequence[int] = LENGTHS,
    rho: Sequence[float] = RHOS,
    errors: str = "ar1",
    replicates: int = 2000,
    alpha: float = 0.05,
    seed: int = 1,
) -> pd.DataFrame:
    """Coverage and type I error of models on level-and-slope designs of equal halves.

    models : names, or names with options, as for `compare`.
    errors : a name in `ERRORS`.

    Returns one row for (model, n, rho, estimand): coverage (share of identified intervals that
    hold 0), mc_error of it, width (median, on the modelled scale), type_one (share of all
    replicates with an interval that excludes 0) and identified (share). Every model sees the
    same series.

    Raises
    ------
    InputError : no such errors, fewer than 2 replicates, or what `fit` refuses.
    """
    if errors not in ERRORS:
        raise unknown_name("kind of errors", errors, ERRORS)
    if replicates < 2:
        raise refusal("too few replicates", replicates=replicates)
    make = partial(make_cell, errors=errors, replicates=replicates, seed=seed)
    return measure_cells(make, models, n=n, rho=rho, alpha=alpha)


def half_design(n: int) -> Design:
    """Level and slope from the middle of n months of a series that is only a place-holder."""
    periods = pd.period_range(FIRST, periods=n, freq="M")
    filler = pd.Series(HEIGHT + np.cos(np.arange(n) ** 1.3), periods)
    outcome = make_outcome(filler, name="simulated", unit="units", kind="measure")
    return build_design(outcome, str(periods[n // 2].start_time.date()), scale="level", season=0)


def make_cell(n: int, rho: float, errors: str, replicates: int, seed: int) -> Cell:
    """The design of one cell, and its series (replicates x n)."""
    series = ERRORS[errors](n, rho, replicates, seed_of(n, rho, seed))
    return Cell(design=half_design(n), series=HEIGHT + series)


def seed_of(n: int, rho: float, seed: int) -> np.random.Generator:
    """The random numbers of one cell."""
    return np.random.default_rng([seed, n, round(1000 * abs(rho))])


def intervals_of(cell: Cell, options: dict[str, Any], name: str, alpha: float) -> np.ndarray:
    """Ends of the intervals: estimands x 2 x replicates."""
    model = options.pop("model", name)
    if model in METHODS and not options:
        X, C = cell.design.X.to_numpy(), wanted_contrasts(cell.design)
        table = contrasts(cell.series, X[None], C[None], alpha=alpha, model=model)
        return table[..., 3:5].transpose(1, 2, 0)
    every = [_single(design, model, options, alpha) for design in replicate_designs(cell)]
    return np.array(every).transpose(1, 2, 0)


def measure_cells(
    make: Callable[[int, float], Cell],
    models: Sequence[str] | Mapping[str, Mapping[str, Any]],
    *,
    n: Sequence[int],
    rho: Sequence[float],
    alpha: float = 0.05,
    ends_of: Callable[..., np.ndarray] = intervals_of,
) -> pd.DataFrame:
    """The same for cells of any kind, by length and autocorrelation.

    ends_of : what gives the intervals of a cell.
    """
    wanted = dict(models) if isinstance(models, Mapping) else {name: {} for name in models}
    rows = []
    for length, r in watch(list(product(n, rho)), "Cells"):
        cell = make(length, r)
        for name, options in wanted.items():
            ends = ends_of(cell, dict(options), name, alpha)
            for estimand, table in zip(ESTIMANDS, ends, strict=True):
                rows.append((name, length, r, estimand, *_summary(*table)))
    names = ["model", "n", "rho", "estimand"]
    columns = [*names, "coverage", "mc_error", "width", "type_one", "identified"]
    return pd.DataFrame(rows, columns=columns).set_index(names)


def wanted_contrasts(design: Design) -> np.ndarray:
    """Rows of level, slope, average and last."""
    return np.array([contrast_of(design, name) for name in ESTIMANDS], dtype=float)


def replicate_designs(cell: Cell) -> Iterator[Design]:
    """The design of the cell with each of its series in turn."""
    index = cell.design.y.index
    for values in cell.series:
        y = pd.Series(values, index)
        yield replace(cell.design, y=y, outcome=replace(cell.design.outcome, values=y))


def _single(
    design: Design, model: str, options: Mapping[str, Any], alpha: float
) -> list[tuple[float, float]]:
    found = fit(design, model, **options)
    if found.distribution is not None:
        table = found.contrast(wanted_contrasts(design), alpha=alpha)
        return list(zip(table["lower"], table["upper"], strict=True))
    periods = int(design.post.sum())
    rows = np.stack([np.full(periods, 1 / periods), np.eye(periods)[-1]])
    ends = [(lower, upper) for *_, lower, upper, _ in found.added(rows, alpha=alpha)]
    return [(np.nan, np.nan), (np.nan, np.nan), *ends]


def _summary(lower: np.ndarray, upper: np.ndarray) -> tuple[float, float, float, float, float]:
    known = np.isfinite(lower) & np.isfinite(upper)
    excludes = known & ((lower > 0) | (upper < 0))
    count = int(known.sum())
    if not count:
        return np.nan, np.nan, np.nan, float(excludes.mean()), 0.0
    coverage = 1 - excludes.sum() / count
    error = np.sqrt(max(coverage * (1 - coverage), 1e-9) / count)
    width = float(np.median((upper - lower)[known]))
    return float(coverage), float(error), width, float(excludes.mean()), float(known.mean())
