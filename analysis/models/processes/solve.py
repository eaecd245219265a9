"""Generalised least squares under every error process of a grid.

Given a process, a contrast of the coefficients follows a Student t with n - p degrees of freedom
(flat coefficients and log scale: Zellner and Tiao 1964, J. Am. Stat. Assoc. 59:763). The
restricted likelihood of the process (Harville 1974) times its prior weights these t distributions
into one mixture. All is worked out in orthonormal bases of the columns, so that a long trend does
no harm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.models.mixture import MixedT
from analysis.models.processes.autoregression import Autoregression
from analysis.models.processes.grid import Processes
from analysis.models.processes.whitening import Whitener
from analysis.models.result import Distribution

Errors = Autoregression | Whitener
# From the times of the rows (n) and a basis of their columns (... x n x p).
Kind = Callable[[np.ndarray, np.ndarray], Errors]
Rows = slice | np.ndarray


@dataclass(frozen=True, kw_only=True)
class Solved:
    """k contrasts of B series under each of G processes.

    center : B x k x G.   unscaled : B (or 1, where all share one design) x k x G, their variance in
    units of the innovations'.   rss, log_restricted : B x G.   df : n - p, or more.
    """

    grid: Processes
    center: np.ndarray
    unscaled: np.ndarray
    rss: np.ndarray
    log_restricted: np.ndarray
    df: float

    @cached_property
    def weight(self) -> np.ndarray:
        """The posterior of the processes (B x G)."""
        return self.grid.weigh(self.log_restricted)

    @cached_property
    def scale(self) -> np.ndarray:
        """The scale of each t distribution (B x k x G)."""
        return np.sqrt(self.unscaled * (self.rss / self.df)[:, None])

    @property
    def mixtures(self) -> MixedT:
        """One mixture for each contrast of each series (B k of them, series by series)."""
        B, k, G = self.center.shape
        return MixedT(
            weight=np.repeat(self.weight, k, axis=0),
            center=self.center.reshape(B * k, G),
            scale=self.scale.reshape(B * k, G),
            df=float(self.df),
        )


@dataclass(frozen=True, kw_only=True)
class OneDesign:
    """B series on one design, under each of G processes.

    X @ back is orthonormal; in this basis least squares gives `ols` (B x p), the processes `moved`
    (G x p x B) from there, with covariance `inverse` (G x p x p) in units of the innovations'.
    """

    errors: Errors
    back: np.ndarray
    ols: np.ndarray
    moved: np.ndarray
    inverse: np.ndarray
    rss: np.ndarray
    log_restricted: np.ndarray
    df: float

    @classmethod
    def of(cls, kind: Kind, y: np.ndarray, X: np.ndarray, clock: np.ndarray) -> OneDesign:
        """Solve for y (B x n) on X (n x p), rows at integer times (n, increasing)."""
        (n, p), (Q, R) = X.shape, np.linalg.qr(X)
        errors, ols = kind(clock, Q), y @ Q
        A, b, size = errors.shared(Q, y - ols @ Q.T)
        inverse = np.linalg.inv(A)
        moved = inverse @ b
        rss = size - np.einsum("gpb,gpb->bg", b, moved)
        log_det = np.linalg.slogdet(inverse)[1] - errors.log_V
        return cls(
            errors=errors,
            back=np.linalg.inv(R),
            ols=ols,
            moved=moved,
            inverse=inverse,
            rss=rss,
            log_restricted=log_det / 2 - (n - p) / 2 * np.log(rss),
            df=n - p,
        )

    def contrasts(self, C: np.ndarray) -> Solved:
        """The contrasts C (k x p) of every series."""
        rows = C @ self.back
        return Solved(
            grid=self.errors.grid,
            center=(self.ols @ rows.T)[..., None] + (rows @ self.moved).transpose(2, 1, 0),
            unscaled=np.einsum("kp,gpq,kq->kg", rows, self.inverse, rows, optimize=True)[None],
            rss=self.rss,
            log_restricted=self.log_restricted,
            df=self.df,
        )

    def distribution(self) -> Distribution:
        """The distribution of the coefficients of the first series."""
        sigma2 = self.rss[0] / self.df
        return Distribution(
            weight=self.errors.grid.weigh(self.log_restricted[0]),
            center=(self.ols[0] + self.moved[..., 0]) @ self.back.T,
            scale=self.back @ (self.inverse * sigma2[:, None, None]) @ self.back.T,
            df=float(self.df),
            rho=self.errors.grid.rho,
            sigma=np.sqrt(sigma2),
        )


@dataclass(frozen=True, kw_only=True)
class Regressions:
    """B series on designs of their own, which may be views of one.

    Z : B x n x (p + 1), an orthonormal basis Q of the columns and the residuals of least squares.
    ols : B x p, coefficients in that basis.   R : B or 1, p, p, from X = QR.
    """

    Z: np.ndarray
    ols: np.ndarray
    R: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray, X: np.ndarray) -> Regressions:
        """Of y (B x n) and X (B or 1, n, p)."""
        Q, R = np.linalg.qr(X)
        ols = (y[:, None] @ Q)[:, 0]
        residuals = y[..., None] - Q @ ols[..., None]
        whole = np.broadcast_to(Q, (len(y), *Q.shape[1:]))
        return cls(Z=np.concatenate([whole, residuals], axis=2), ols=ols, R=R)

    def take(self, rows: Rows) -> Regressions:
        """Some of the series."""
        R = self.R if len(self.R) == 1 else self.R[rows]
        return Regressions(Z=self.Z[rows], ols=self.ols[rows], R=R)

    def solve(
        self,
        grid: Processes,
        products: np.ndarray,
        log_V: np.ndarray,
        C: np.ndarray,
    ) -> Solved:
        """Contrasts C (B or 1, k, p), from Z'WZ (m x m x B x G)."""
        m, _, B, G = products.shape
        p, k, n = m - 1, C.shape[1], self.Z.shape[1]
        rows, ols = np.linalg.solve(self.R.mT, C.mT)[..., None], self.ols
        M = np.zeros((m + k, m + k, B, G), products.dtype)
        M[:m, :m] = products
        # Bordered by the contrasts, what the sweep leaves is rss, minus centers, minus variances.
        M[:p, m:] = rows.transpose(1, 2, 0, 3)
        left, log_A = sweep(M, p)
        return Solved(
            grid=grid,
            center=(rows * ols[:, :, None, None]).sum(axis=1) - left[0, 1:].transpose(1, 0, 2),
            unscaled=np.diagonal(-left[1:, 1:]).transpose(0, 2, 1),
            rss=left[0, 0],
            log_restricted=-0.5 * (log_V + log_A) - (n - p) / 2 * np.log(left[0, 0]),
            df=n - p,
        )


def solve_each(
    kind: Kind, y: np.ndarray, X: np.ndarray, C: np.ndarray, clock: np.ndarray
) -> Solved:
    """Every series (y: B x n) on a design of its own: X (B x n x p), C (B or 1, k, p)."""
    regressions = Regressions.of(y, X)
    errors = kind(clock, regressions.Z[..., :-1])
    return regressions.solve(errors.grid, errors.each(regressions.Z), errors.log_V, C)


def sweep(M: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Eliminate the first `count` rows and columns of symmetric matrices (m x m x ...), in place.

    Only what is on and above the diagonal is read and right. Returns what is left, (m - count) x
    (m - count) x ..., and the log determinant of what went. Matrices this small take longer to hand
    to LAPACK than to work out.
    """
    log_det = np.zeros(M.shape[2:], M.dtype)
    for j in range(count):
        log_det += np.log(M[j, j])
        row = M[j] / M[j, j]
        for i in range(j + 1, len(M)):
            M[i, i:] -= M[j, i] * row[i:]
    return M[count:, count:], log_det
