"""Whitening of many columns by many error processes at once: a Kalman filter of three states.

The errors are AR(1) with innovations of variance 1, plus white noise of variance tau, plus an
integrated random walk: a trend whose slope moves by innovations of variance q^2 a period, started
at 0 (Harvey 1989, *Forecasting, Structural Time Series Models and the Kalman Filter*, chapter 3).
What the filter multiplies a surprise by depends on the times of the rows only, not on the columns:
it is worked out once, and a column costs a few operations a row for every process.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from analysis.design.named import GROUPS_APART
from analysis.models.processes.grid import Processes, standard_grid

# Whitened columns of this many bytes at once stay in the processor's cache.
CACHE = 8_000_000
# What more rows than this need is kept for rows without a gap alone: it is 10 kB a row.
LONG = 5_000


@dataclass(frozen=True, kw_only=True)
class Whitener:
    """What the filter needs at each of n rows for each of the G processes of a grid.

    gap : n, periods since the row before; 0 where a row starts afresh (a first row, a new group).
    decay : n x G x 1, what is left of the AR(1) state after `gap`.
    gain : n x 3 x G x 1, by how much a surprise moves the AR(1), the trend and its slope.
    root : n x G x 1, 1 / standard deviation of the surprise.
    """

    grid: Processes
    gap: np.ndarray
    decay: np.ndarray
    gain: np.ndarray
    root: np.ndarray

    @property
    def log_V(self) -> np.ndarray:
        """log|V| of each process (G)."""
        return np.asarray(-2 * np.log(self.root).sum(axis=(0, 2)))

    def first(self, n: int) -> Whitener:
        """What the first n rows need, which no later one bears on."""
        rows = {name: getattr(self, name)[:n] for name in ("gap", "decay", "gain", "root")}
        return replace(self, **rows)

    def whiten(self, columns: np.ndarray) -> np.ndarray:
        """The columns (n x m, or n x G x m) as each process whitens them, G x n x m."""
        n, m, G = len(columns), columns.shape[-1], self.root.shape[1]
        white = np.empty((G, n, m))
        auto, trend, slope, surprise, moved = np.zeros((5, G, m))
        for t, gap in enumerate(self.gap):
            if gap == 0:
                auto[:] = trend[:] = slope[:] = 0.0
            auto *= self.decay[t]
            trend += slope if gap == 1 else gap * slope
            np.subtract(columns[t], auto, out=surprise)
            surprise -= trend
            np.multiply(surprise, self.root[t], out=white[:, t])
            for state, gain in zip((auto, trend, slope), self.gain[t], strict=True):
                state += np.multiply(gain, surprise, out=moved)
        return white

    def shared(self, Q: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Q'WQ (G x p x p), Q'Wr (G x p x B) and r'Wr (B x G) of one Q (n x p), r (B x n)."""
        white = self.whiten(np.column_stack([Q, r.T]))
        columns, seen = np.split(white, [Q.shape[1]], axis=2)
        return columns.mT @ columns, columns.mT @ seen, np.einsum("gnb,gnb->bg", seen, seen)

    def each(self, Z: np.ndarray) -> np.ndarray:
        """Z'WZ of each Z (B x n x m), as m x m x B x G."""
        (B, n, m), G = Z.shape, self.root.shape[1]
        products, at_once = np.empty((m, m, B, G)), max(1, CACHE // (8 * G * n * m))
        for start in range(0, B, at_once):
            part = Z[start : start + at_once]
            white = self.whiten(part.transpose(1, 0, 2).reshape(n, -1))
            white = white.reshape(G, n, len(part), m).transpose(0, 2, 1, 3)
            products[:, :, start : start + at_once] = (white.mT @ white).transpose(2, 3, 1, 0)
        return products

    def whiten_back(self, white: np.ndarray) -> np.ndarray:
        """From whitened values r (G x n) to V^-1 times what they were: the filter's transpose."""
        unwhitened = np.empty_like(white)
        auto, trend, slope = np.zeros((3, len(white), 1))
        for t in range(len(self.gap) - 1, -1, -1):
            moved = sum(g * s for g, s in zip(self.gain[t], (auto, trend, slope), strict=True))
            seen = self.root[t] * white[:, t, None] + moved
            unwhitened[:, t] = seen[:, 0]
            auto, trend, gap = auto - seen, trend - seen, self.gap[t]
            auto, slope = self.decay[t] * auto, slope + gap * trend
            if gap == 0:
                auto, trend, slope = np.zeros((3, len(white), 1))
        return unwhitened


def find_gains(clock: np.ndarray) -> Whitener:
    """The gains of the standard grid for rows at integer times (n, increasing).

    Rows `GROUPS_APART` or more from the one before belong to another group.
    """
    gaps = find_gaps(clock)
    # Rows without a gap need what more of them need: a series in many windows is worked out once.
    more = 1 << (len(gaps) - 1).bit_length()
    regular = (np.arange(more) > 0).astype(np.int64)
    if np.array_equal(gaps, regular[: len(gaps)]):
        return _cached(regular.tobytes()).first(len(gaps))
    if len(gaps) > LONG:
        return work_out_gains(gaps, standard_grid())
    return _cached(gaps.tobytes())


def find_gaps(clock: np.ndarray) -> np.ndarray:
    """Periods since the row before (n), 0 where another group starts."""
    gaps = np.diff(clock, prepend=clock[0]).astype(np.int64)
    gaps[gaps >= GROUPS_APART // 2] = 0
    return gaps


@lru_cache(maxsize=8)
def _cached(steps: bytes) -> Whitener:
    return work_out_gains(np.frombuffer(steps, dtype=np.int64), standard_grid())


def work_out_gains(gap: np.ndarray, grid: Processes, noise: np.ndarray | None = None) -> Whitener:
    """The gains for rows with these gaps before them (n, 0 where a row starts afresh).

    noise : n x G, >= 0, variance of each row's own noise on top, in units of the innovations'.
    """
    n, G = len(gap), len(grid.rho)
    gain, root = np.empty((n, 3, G)), np.empty((n, G))
    P = _start(grid)
    for t in range(n):
        P = _ahead(P, grid, int(gap[t])) if gap[t] else _start(grid)
        seen = P[:, 0] + P[:, 1]
        variance = seen[0] + seen[1] + grid.tau + (0.0 if noise is None else noise[t])
        gain[t], root[t] = seen / variance, 1 / np.sqrt(variance)
        P = P - seen[:, None] * gain[t]
    return Whitener(
        grid=grid,
        gap=gap,
        decay=(grid.rho ** gap[:, None])[..., None],
        gain=gain[..., None],
        root=root[..., None],
    )


def _start(grid: Processes) -> np.ndarray:
    """The covariance (3 x 3 x G) of AR(1), trend and slope in a first row."""
    P = np.zeros((3, 3, len(grid.rho)))
    P[0, 0], P[2, 2] = 1 / (1 - grid.rho**2), grid.q**2
    return P


def _ahead(P: np.ndarray, grid: Processes, gap: int) -> np.ndarray:
    """The covariance `gap` periods later."""
    for _ in range(gap):
        moved = P.copy()
        moved[0] *= grid.rho
        moved[1] += P[2]
        P = moved.copy()
        P[:, 0] *= grid.rho
        P[:, 1] += moved[:, 2]
        P[0, 0] += 1
        P[2, 2] += grid.q**2
    return P
