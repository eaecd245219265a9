"""Many series on many designs at once, by the models that have a fast way for it.

A period that is missing is put back as a row of zeros with an indicator of its own: that leaves
the restricted likelihood and every contrast as they are, so that all series are regular.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from analysis.design import Design
from analysis.errors import refusal, refuse_alpha, unknown_name
from analysis.models.mixture import single_summary
from analysis.models.processes.autoregression import Autoregression
from analysis.models.processes.calibration import AR1, WANDERING, Surface
from analysis.models.processes.grid import standard_grid
from analysis.models.processes.integrated import wandering
from analysis.models.processes.search import Profile, satterthwaite
from analysis.models.processes.solve import Kind, OneDesign, solve_each
from analysis.models.registry import DEFAULT_MODEL
from analysis.models.result import SUMMARY
from analysis.show.progress import watch

Ar1 = Literal["ar1", "ar1_calibrated", "reml_ar1"]
Wandering = Literal["wandering_trend", "wandering_trend_calibrated"]
Method = Ar1 | Wandering
METHODS = (*get_args(Ar1), *get_args(Wandering))
# The errors that a model integrates over, and by what its intervals are stretched.
INTEGRATED: dict[str, tuple[Kind, Surface | None]] = {
    "ar1": (Autoregression.of, None),
    "ar1_calibrated": (Autoregression.of, AR1),
    "wandering_trend": (wandering, None),
    "wandering_trend_calibrated": (wandering, WANDERING),
}
# Arrays of this many bytes at most; memory does not grow with the number of series.
ROOM = 20_000_000
# This many designs are copied beside each other at once, so that memory does not grow with them.
STACKED = 4800
# From so many series on one design it pays to treat them apart from other designs.
SHARED = 8
COLUMNS = [*SUMMARY, "rho"]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One series on one design.

    y : n.   X : n x p, full column rank, n - p >= 3.   time : n integers, increasing.
    C : k x p, the contrasts wanted. Problems that share the same X, time and C objects are
    the cheapest.
    """

    y: np.ndarray
    X: np.ndarray
    time: np.ndarray
    C: np.ndarray

    @classmethod
    def of(cls, design: Design, C: np.ndarray) -> Problem:
        """Contrasts (k x p, or p) of a design of one series."""
        y, X = design.y.to_numpy(), design.X.to_numpy()
        return cls(y=y, X=X, time=design.time, C=np.atleast_2d(C))


def batch_contrasts(
    problems: Sequence[Problem], *, alpha: float = 0.05, model: Method = DEFAULT_MODEL
) -> pd.DataFrame:
    """The contrasts of every problem, equal to those of the single fits.

    Returns one row a contrast, index (problem, contrast), columns estimate, std_error, df,
    lower, upper, p_value and rho (its posterior mean, or its restricted maximum).

    Raises
    ------
    InputError : no such model.
    """
    if model not in METHODS:
        raise unknown_name("batched model", model, METHODS)
    counts = np.array([len(problem.C) for problem in problems], dtype=int)
    starts = np.concatenate([[0], np.cumsum(counts)])
    table = np.empty((starts[-1], len(COLUMNS)))
    with watch(problems, "Estimates") as bar:
        for members, y, X, C in _groups(problems):
            summaries = contrasts(y, X, C, alpha=alpha, model=model)
            rows = starts[members][:, None] + np.arange(C.shape[1])
            table[rows] = summaries
            bar.update(len(members))
    owner = np.repeat(np.arange(len(problems)), counts)
    index = pd.MultiIndex.from_arrays(
        [owner, np.arange(starts[-1]) - starts[owner]],
        names=["problem", "contrast"],
    )
    return pd.DataFrame(table, index, COLUMNS)


def contrasts(
    y: np.ndarray,
    X: np.ndarray,
    C: np.ndarray,
    *,
    alpha: float = 0.05,
    model: Method = DEFAULT_MODEL,
) -> np.ndarray:
    """Contrasts of regular series: y (B x n), X (B or 1, n, p), C (B or 1, k, p).

    Returns B x k x 7 in the order of `COLUMNS`.
    """
    refuse_alpha(alpha)
    (n, p), k = X.shape[1:], C.shape[1]
    numbers = n if len(X) == len(C) == 1 else (p + 1 + k) ** 2
    processes = len(standard_grid().rho) if model in INTEGRATED else 3
    at_once = max(1, ROOM // (8 * numbers * processes))
    parts, find = [], _integrated if model in INTEGRATED else _restricted
    for start in range(0, len(y), at_once):
        part = slice(start, start + at_once)
        own_X, own_C = (a if len(a) == 1 else a[part] for a in (X, C))
        summaries, rho = find(y[part], own_X, own_C, alpha, model)
        memory = np.broadcast_to(rho[:, None, None], (*summaries.shape[:2], 1))
        parts.append(np.concatenate([summaries, memory], axis=2))
    return np.concatenate(parts)


def _integrated(
    y: np.ndarray, X: np.ndarray, C: np.ndarray, alpha: float, model: Method
) -> tuple[np.ndarray, np.ndarray]:
    """The summaries of all contrasts (B x k x 6), and the mean of rho (B)."""
    (kind, surface), clock = INTEGRATED[model], np.arange(y.shape[1])
    if len(X) == len(C) == 1:
        solved = OneDesign.of(kind, y, X[0], clock).contrasts(C[0])
    else:
        solved = solve_each(kind, y, X, C, clock)
    mixtures = solved.mixtures
    table = mixtures.summary(alpha)
    if surface is not None:
        table = mixtures.stretched(table, surface.factors(solved).ravel())
    return table.reshape(len(y), -1, len(SUMMARY)), solved.weight @ solved.grid.rho


def _restricted(
    y: np.ndarray, X: np.ndarray, C: np.ndarray, alpha: float, model: Method
) -> tuple[np.ndarray, np.ndarray]:
    """The same of `reml_ar1`, with rho at its restricted maximum."""
    profile = Profile.of(y, X, np.arange(y.shape[1]))
    rho = profile.maximise(restricted=True)
    return single_summary(*satterthwaite(profile, rho, C), alpha), rho


def _groups(
    problems: Sequence[Problem],
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Members, y, X and C of problems that can be stacked; one X and C where all share them."""
    by_design: dict[tuple[int, ...], list[int]] = {}
    for i, problem in enumerate(problems):
        key = (id(problem.X), id(problem.time), id(problem.C))
        by_design.setdefault(key, []).append(i)
    stacks, by_shape = [], dict[tuple[int, ...], list[int]]()
    for members in by_design.values():
        first = problems[members[0]]
        span = int(first.time[-1] - first.time[0]) + 1
        shape = (span, first.X.shape[1] + span - len(first.time), len(first.C))
        if len(members) >= SHARED:
            stacks.append((members, 1))
        else:
            by_shape.setdefault(shape, []).extend(members)
    for members in by_shape.values():
        parts = range(0, len(members), STACKED)
        stacks += [(members[start : start + STACKED], STACKED) for start in parts]
    for members, designs in stacks:
        regular = [without_gaps(problems[i]) for i in members]
        y = np.stack([problem.y for problem in regular], dtype=float)
        X, C = (
            np.stack([getattr(problem, part) for problem in regular[:designs]], dtype=float)
            for part in ("X", "C")
        )
        yield np.array(members), y, X, C


def without_gaps(problem: Problem) -> Problem:
    """The same problem with each missing period as a row of zeros and an indicator."""
    place = problem.time - problem.time[0]
    span = int(place[-1]) + 1
    missing = span - len(place)
    if not missing:
        return problem
    if missing < 0:  # each period stands twice
        raise refusal("two groups")
    p, absent = problem.X.shape[1], np.setdiff1d(np.arange(span), place)
    y, X = np.zeros(span), np.zeros((span, p + missing))
    y[place], X[place, :p] = problem.y, problem.X
    X[absent, p + np.arange(missing)] = 1.0
    C = np.pad(problem.C, ((0, 0), (0, missing)))
    return Problem(y=y, X=X, time=np.arange(span), C=C)
