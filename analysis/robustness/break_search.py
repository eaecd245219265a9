"""Where a series breaks, by least squares, and how often one without a break looks as broken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.models.processes.autoregression import ar1_errors, whiten
from analysis.robustness.break_dates import TINY

# Season and breaks settle after a few turns.
MOST_TURNS = 20
ROUNDING = 1e-20


@dataclass(frozen=True, kw_only=True)
class Gains:
    """What each candidate break adds to a fit whose errors have autocorrelation `rho`.

    time : n, when each row is.
    added : K x q x n, for each an orthonormal basis of its whitened columns, free of the base.
    base : n x p, the same of the base.   df : residual degrees of freedom with a break.
    """

    time: np.ndarray
    added: np.ndarray
    base: np.ndarray
    rho: float
    df: int

    @classmethod
    def of(
        cls,
        base: np.ndarray,
        terms: str,
        candidates: np.ndarray,
        *,
        time: np.ndarray,
        rho: float = 0.0,
    ) -> Gains:
        """Whiten, orthogonalise."""
        Q = np.linalg.qr(_white(base, time, rho))[0]
        columns = np.stack(
            [_white(break_columns(time, first, terms), time, rho) for first in candidates]
        )
        added = np.linalg.qr(columns - Q @ (Q.T @ columns))[0].transpose(0, 2, 1)
        df = len(base) - base.shape[1] - columns.shape[2]
        return cls(time=time, added=added, base=Q, rho=rho, df=df)

    def explained(self, y: np.ndarray) -> np.ndarray:
        """Sum of squares that each candidate explains: K, or K x B for n x B series."""
        return np.square(self.added @ _white(y, self.time, self.rho)).sum(axis=1)

    def f(self, y: np.ndarray) -> np.ndarray:
        """Explained sum of squares over the residual variance with the break (as strucchange)."""
        explained = self.explained(y)
        unexplained = _white(y, self.time, self.rho)
        unexplained = unexplained - self.base @ (self.base.T @ unexplained)
        left = np.square(unexplained).sum(axis=0) - explained
        return explained / (np.maximum(left, rounding_of(y)) / self.df)


def _white(values: np.ndarray, time: np.ndarray, rho: float) -> np.ndarray:
    """Series (n, or n x B) freed of AR(1) correlation."""
    return whiten(values.T, time, rho).T


def break_columns(time: np.ndarray, first: int, terms: str) -> np.ndarray:
    """Columns of a break whose first row is `first`: a step, and a slope if asked."""
    since = time - time[first]
    step = (since >= 0).astype(float)
    return step[:, None] if terms == "level" else np.column_stack([step, np.maximum(since, 0)])


def best_breaks(
    y: np.ndarray, base: np.ndarray, terms: str, *, time: np.ndarray, most: int, least: int
) -> list[np.ndarray]:
    """For 0 to `most` breaks, the first rows of those that leave the least squares.

    They are `least` rows or more apart. The search is over all places at once, by dynamic
    programming (Bai and Perron 2003, Journal of Applied Econometrics 18:1). Columns of `base`
    that stay the same, a season, are then taken as with fewer breaks, and each break is moved to
    its best place beside the others until none moves. Of one break that is exact; of several it
    is nearly always.
    """
    same, known = 1 + (terms != "level"), [np.array([], dtype=int)]
    if base.shape[1] == same:
        left = _segments(y, time, terms, least)
        return [_placed(left, count) for count in range(most + 1)]
    lefts = []
    for count in range(1, most + 1):
        X = with_breaks(base, time, known[-1], terms)
        season = base[:, same:] @ np.linalg.lstsq(X, y, rcond=None)[0][same : base.shape[1]]
        lefts.append(_segments(y - season, time, terms, least))
        tried = [_moved(y, base, terms, time, _placed(left, count), least) for left in lefts]
        known.append(min(tried, key=lambda f: squares_left(y, with_breaks(base, time, f, terms))))
    return known


def _moved(
    y: np.ndarray, base: np.ndarray, terms: str, time: np.ndarray, firsts: np.ndarray, least: int
) -> np.ndarray:
    """The breaks, each moved to its best place beside the others until none moves."""
    firsts = firsts.copy()
    for _ in range(MOST_TURNS):
        before = firsts.copy()
        for k in range(len(firsts)):
            rest = np.delete(firsts, k)
            ends = np.concatenate([[0], rest, [len(y)]])
            places = np.arange(ends[k] + least, ends[k + 1] - least + 1)
            beside = with_breaks(base, time, rest, terms)
            gain = Gains.of(beside, terms, places, time=time).explained(y)
            firsts[k] = places[np.argmax(gain)]
        if np.array_equal(before, firsts):
            break
    return firsts


def with_breaks(base: np.ndarray, time: np.ndarray, firsts: np.ndarray, terms: str) -> np.ndarray:
    """The columns of `base`, and beside them those of each break."""
    return np.hstack([base, *(break_columns(time, first, terms) for first in firsts)])


def squares_left(y: np.ndarray, X: np.ndarray) -> float:
    """Sum of squared residuals of y (n) on X (n x p), or what rounding leaves of an exact fit."""
    left = np.square(y - X @ np.linalg.lstsq(X, y, rcond=None)[0]).sum()
    return float(np.maximum(left, rounding_of(y)))


def rounding_of(y: np.ndarray) -> np.ndarray:
    """A sum of squares that is rounding beside that of a series (n, or n x B); above 0."""
    return np.asarray(ROUNDING * np.square(y).sum(axis=0) + TINY)


def _segments(y: np.ndarray, time: np.ndarray, terms: str, least: int) -> np.ndarray:
    """Squares that rows i to j - 1 leave around a mean or a line of their own (n x (n + 1))."""
    n, y, t = len(y), y - y.mean(), time - time.mean()
    left = np.full((n, n + 1), np.inf)
    for i in range(n - least + 1):
        sums = np.cumsum([y[i:], y[i:] ** 2, t[i:], t[i:] ** 2, t[i:] * y[i:]], axis=1)
        Y, YY, T, TT, TY = sums[:, least - 1 :]
        size = np.arange(least, n - i + 1)
        row = YY - Y**2 / size
        if terms != "level":
            row -= (TY - T * Y / size) ** 2 / (TT - T**2 / size)
        left[i, i + least :] = row
    return left


def _placed(left: np.ndarray, count: int) -> np.ndarray:
    """First rows of the segments but the first, in the partition that leaves least."""
    best, came = left[0], []
    for _ in range(count):
        total = best[:-1, None] + left
        came.append(total.argmin(axis=0))
        best = total.min(axis=0)
    firsts, end = [], len(left)
    for origin in reversed(came):
        end = int(origin[end])
        firsts.append(end)
    return np.array(firsts[::-1], dtype=int)


def sup_f_p_value(gain: Gains, statistic: float, *, draws: int, seed: int) -> float:
    """Share of simulated series without a break whose sup F is at least as large."""
    place = gain.time - gain.time[0]
    noise = ar1_errors(place[-1] + 1, gain.rho, draws, np.random.default_rng(seed))
    simulated = gain.f(noise.T[place]).max(axis=0)
    return float((1 + (simulated >= statistic).sum()) / (1 + draws))
