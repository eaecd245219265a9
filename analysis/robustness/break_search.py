"""Where a series breaks, by least squares, and how often one without a break looks as broken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.models.processes.autoregression import ar1_errors, whiten


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
        return explained / ((np.square(unexplained).sum(axis=0) - explained) / self.df)


def _white(values: np.ndarray, time: np.ndarray, rho: float) -> np.ndarray:
    """Series (n, or n x B) freed of AR(1) correlation."""
    return whiten(values.T, time, rho).T


def break_columns(time: np.ndarray, first: int, terms: str) -> np.ndarray:
    """Columns of a break whose first row is `first`: a step, and a slope if asked."""
    since = time - time[first]
    step = (since >= 0).astype(float)
    return step[:, None] if terms == "level" else np.column_stack([step, np.maximum(since, 0)])


def sup_f_p_value(gain: Gains, statistic: float, *, draws: int, seed: int) -> float:
    """Share of simulated series without a break whose sup F is at least as large."""
    place = gain.time - gain.time[0]
    noise = ar1_errors(place[-1] + 1, gain.rho, draws, np.random.default_rng(seed))
    simulated = gain.f(noise.T[place]).max(axis=0)
    return float((1 + (simulated >= statistic).sum()) / (1 + draws))
