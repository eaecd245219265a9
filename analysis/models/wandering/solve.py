"""Generalised least squares under every error process of the grid, for many series at once.

Given a process, a contrast of the coefficients follows a Student t with n - p degrees of freedom;
the restricted likelihood of the process times its prior weights these t distributions into one
mixture, as in `ar1`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.models.mixture import MixedT
from analysis.models.wandering.grid import Processes, standard_grid
from analysis.models.wandering.whitening import Whitener

# Whitened columns of this many bytes at once stay in the processor's cache.
CACHE = 8_000_000


@dataclass(frozen=True, kw_only=True)
class SolvedProcesses:
    """k contrasts of B series under each of G processes.

    center : B x k x G.   unscaled : B (or 1, where all share one design) x k x G, their variance in
    units of the innovations'.   rss, log_restricted : B x G.   df : n - p.
    """

    center: np.ndarray
    unscaled: np.ndarray
    rss: np.ndarray
    log_restricted: np.ndarray
    df: int

    @property
    def weight(self) -> np.ndarray:
        """The posterior of the processes (B x G)."""
        return weigh(self.log_restricted)

    @property
    def scale(self) -> np.ndarray:
        """The scale of each t distribution (B x k x G)."""
        return np.sqrt(self.unscaled * (self.rss / self.df)[:, None])

    def mixtures(self) -> MixedT:
        """One mixture for each contrast of each series (B k of them, series by series)."""
        B, k, G = self.center.shape
        return MixedT(
            weight=np.repeat(self.weight, k, axis=0),
            center=self.center.reshape(B * k, G),
            scale=self.scale.reshape(B * k, G),
            df=float(self.df),
        )


def weigh(log_likelihood: np.ndarray, grid: Processes | None = None) -> np.ndarray:
    """The posterior of the processes (... x G), of the standard grid where no other is given."""
    log_weight = log_likelihood + np.log((grid or standard_grid()).prior)
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def solve_shared(gains: Whitener, y: np.ndarray, X: np.ndarray, C: np.ndarray) -> SolvedProcesses:
    """Every series (y: B x n) on one design: X (n x p), C (k x p)."""
    n, p = X.shape
    Q, R = np.linalg.qr(X)
    rows = np.linalg.solve(R.T, C.T).T
    white = gains.whiten(Q)
    inverse = np.linalg.inv(white.mT @ white)
    ols = y @ Q
    seen = gains.whiten((y - ols @ Q.T).T)
    b = white.mT @ seen
    move = inverse @ b
    rss = np.einsum("gnb,gnb->bg", seen, seen) - np.einsum("gpb,gpb->bg", b, move)
    log_det = np.linalg.slogdet(inverse)[1] - gains.log_V
    return SolvedProcesses(
        center=(ols @ rows.T)[..., None] + (rows @ move).transpose(2, 1, 0),
        unscaled=np.einsum("kp,gpq,kq->kg", rows, inverse, rows, optimize=True)[None],
        rss=rss,
        log_restricted=log_det / 2 - (n - p) / 2 * np.log(rss),
        df=n - p,
    )


def solve_each(gains: Whitener, y: np.ndarray, X: np.ndarray, C: np.ndarray) -> SolvedProcesses:
    """Every series (y: B x n) on a design of its own: X (B x n x p), C (B x k x p)."""
    (B, n, p), k = X.shape, C.shape[1]
    Q, R = np.linalg.qr(X)
    rows = np.linalg.solve(R.mT, C.mT)[..., None]
    ols = Q.mT @ y[..., None]
    M = np.zeros((p + 1 + k, p + 1 + k, B, len(gains.log_V)))
    M[: p + 1, : p + 1] = _products(gains, np.concatenate([Q, y[..., None] - Q @ ols], axis=2))
    # Bordered by the contrasts, what the sweep leaves is rss, minus centers and minus variances.
    M[:p, p + 1 :] = rows.transpose(1, 2, 0, 3)
    left, log_A = sweep(M, p)
    spread = np.diagonal(-left[1:, 1:]).transpose(0, 2, 1)
    return SolvedProcesses(
        center=(rows * ols[:, :, None]).sum(axis=1) - left[0, 1:].transpose(1, 0, 2),
        unscaled=spread,
        rss=left[0, 0],
        log_restricted=-0.5 * (gains.log_V + log_A) - (n - p) / 2 * np.log(left[0, 0]),
        df=n - p,
    )


def _products(gains: Whitener, Z: np.ndarray) -> np.ndarray:
    """Cross-products of whitened columns: from B x n x m to m x m x B x G."""
    B, n, m = Z.shape
    G = len(gains.log_V)
    found, at_once = np.empty((m, m, B, G)), max(1, CACHE // (8 * G * n * m))
    for start in range(0, B, at_once):
        part = Z[start : start + at_once]
        white = gains.whiten(part.transpose(1, 0, 2).reshape(n, -1))
        white = white.reshape(G, n, len(part), m).transpose(0, 2, 1, 3)
        found[:, :, start : start + at_once] = (white.mT @ white).transpose(2, 3, 1, 0)
    return found


def sweep(M: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Eliminate the first `count` rows and columns of symmetric matrices (m x m x ...), in place.

    Only what is on and above the diagonal is read and right. Returns what is left, (m - count) x
    (m - count) x ..., and the log determinant of what went. Matrices this small take longer to hand
    to LAPACK than to work out.
    """
    log_det = np.zeros(M.shape[2:])
    for j in range(count):
        log_det += np.log(M[j, j])
        row = M[j] / M[j, j]
        for i in range(j + 1, len(M)):
            M[i, i:] -= M[j, i] * row[i:]
    return M[count:, count:], log_det
