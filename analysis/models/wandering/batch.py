"""`wandering_trend` for thousands of series and designs at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from analysis.models.wandering.calibration import stretch
from analysis.models.wandering.grid import standard_grid
from analysis.models.wandering.solve import Solved, solve_each, solve_shared
from analysis.models.wandering.whitening import Gains, find_gains

if TYPE_CHECKING:
    from analysis.models.ar1.batch import Problem

Wandering = Literal["wandering_trend", "wandering_trend_calibrated"]
WANDERING = get_args(Wandering)
# So many series at once; memory does not grow with their number.
CHUNK = 64


def wandering_contrasts(
    y: np.ndarray,
    X: np.ndarray,
    C: np.ndarray,
    *,
    clock: np.ndarray | None = None,
    alpha: float = 0.05,
    model: Wandering = "wandering_trend_calibrated",
) -> np.ndarray:
    """Contrasts of B series of n rows: y (B x n), X (B or 1, n, p), C (B or 1, k, p).

    clock : n integers, increasing, the periods of the rows; None for neighbours. Rows of different
        groups are `GROUPS_APART` periods apart.

    Returns B x k x 7: estimate, std_error, df, lower, upper, p_value, and the mean of rho.
    """
    gains = find_gains(np.arange(y.shape[1]) if clock is None else clock)
    parts = []
    for start in range(0, len(y), CHUNK):
        part = slice(start, start + CHUNK)
        solved = _solve(gains, y[part], *(a if len(a) == 1 else a[part] for a in (X, C)))
        parts.append(_summary(solved, alpha, calibrated=model == "wandering_trend_calibrated"))
    return np.concatenate(parts)


def solve_problems(
    problems: Sequence[Problem], *, alpha: float, model: Wandering
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Problems that can be worked together: their numbers, and their contrasts (... x k x 7)."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for i, one in enumerate(problems):
        times = np.diff(one.time, prepend=one.time[:1]).tobytes()
        groups.setdefault((times, one.X.shape, len(one.C)), []).append(i)
    for members in groups.values():
        for start in range(0, len(members), CHUNK):
            part = [problems[i] for i in members[start : start + CHUNK]]
            same = all(one.X is part[0].X and one.C is part[0].C for one in part)
            distinct = part[:1] if same else part
            yield (
                np.array(members[start : start + CHUNK]),
                wandering_contrasts(
                    np.array([one.y for one in part], dtype=float),
                    np.array([one.X for one in distinct], dtype=float),
                    np.array([one.C for one in distinct], dtype=float),
                    clock=part[0].time,
                    alpha=alpha,
                    model=model,
                ),
            )


def _solve(gains: Gains, y: np.ndarray, X: np.ndarray, C: np.ndarray) -> Solved:
    if len(X) == len(C) == 1:
        return solve_shared(gains, y, X[0], C[0])
    whole = (np.broadcast_to(a, (len(y), *a.shape[1:])) for a in (X, C))
    return solve_each(gains, y, *whole)


def _summary(solved: Solved, alpha: float, *, calibrated: bool) -> np.ndarray:
    weight, mixtures = solved.weight, solved.mixtures()
    table = mixtures.summary(alpha)
    if calibrated:
        factors = stretch(weight, solved.scale, solved.unscaled, solved.df)
        table = mixtures.stretched(table, factors.ravel())
    table = table.reshape(len(weight), -1, 6)
    rho = np.broadcast_to((weight @ standard_grid().rho)[:, None, None], (*table.shape[:2], 1))
    return np.concatenate([table, rho], axis=2)
