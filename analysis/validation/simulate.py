"""Simulated series in which the intervention did nothing: an interval covers if it holds 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from analysis.design import Design, build_design
from analysis.effects.estimands import contrast_of
from analysis.models.batch import Method, contrasts
from analysis.models.processes.autoregression import Process, ar1_errors
from analysis.outcome import make_outcome

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
    n: int, rho: float, size: int, rng: np.random.Generator, *, like: Process
) -> np.ndarray:
    """AR(1), and noise and a trend whose slope moves at random as in another process."""
    return replace(like, rho=rho).errors(n, size, rng)


def walking_errors(n: int, rho: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """AR(1) and a level that moves at random, half an error's height a period."""
    errors = Process(rho=rho).errors(n, size, rng)
    return errors + np.cumsum(0.5 * rng.standard_normal((size, n)), axis=1)


ERRORS: Mapping[str, Errors] = {
    "ar1": ar1_errors,
    "noise": partial(wandering_errors, like=Process(rho=0.0, tau=2.0)),
    "wandering": partial(wandering_errors, like=Process(rho=0.0, q=0.02)),
    "wandering far": partial(wandering_errors, like=Process(rho=0.0, q=0.1)),
    "random walk": walking_errors,
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


def wanted_contrasts(design: Design) -> np.ndarray:
    """Rows of level, slope, average and last."""
    return np.array([contrast_of(design, name) for name in ESTIMANDS], dtype=float)


def intervals_of(cell: Cell, model: str, alpha: float = 0.05) -> np.ndarray:
    """Ends of the intervals of a model that is worked all at once: estimands x 2 x replicates."""
    X, C = cell.design.X.to_numpy(), wanted_contrasts(cell.design)
    table = contrasts(cell.series, X[None], C[None], alpha=alpha, model=cast(Method, model))
    return table[..., 3:5].transpose(1, 2, 0)
