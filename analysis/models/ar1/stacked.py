"""Generalised least squares with AR(1) errors for many series at once, without a loop over them.

Without gaps in time the inverse of the AR(1) correlation is, in units of the innovations,
(1 + rho^2) I - rho N - rho^2 E: N links neighbours, E marks the first and the last row. In an
orthonormal basis of the columns of X that diagonalises N, X'WX is therefore diagonal plus rank
two, and every sum over rows and columns reduces to a few sums over the p columns for each rho.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analysis.models.ar1.calibration import stretch
from analysis.models.ar1.rho import posterior_weights, rho_nodes, spans_alternation
from analysis.models.mixture import MixedT

# Columns closer to dependent than this are left to QR, which loses half as many digits.
CHOLESKY_LIMIT = 0.01


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What depends on X only, for D designs (1 where all series share it).

    Q : D x n x p, orthonormal.   C : D x k x p, contrasts in that basis.
    links : D x p, eigenvalues of N.   fixed : D x (3 + 3k + k) x p, products of first row f, last
    row l and contrasts c in that basis: ff, fl, ll, then cf, cl, cc for each contrast.
    alternating : whether any X spans (-1)^t.
    """

    Q: np.ndarray
    C: np.ndarray
    links: np.ndarray
    fixed: np.ndarray
    alternating: bool

    @classmethod
    def of(cls, X: np.ndarray, C: np.ndarray) -> Basis:
        """Orthonormalise and diagonalise."""
        back = _orthonormal(X)
        crossed = np.matmul(X[:, 1:].mT, X[:, :-1])
        crossed = np.matmul(back.mT, np.matmul(crossed + crossed.mT, back))
        links, turn = np.linalg.eigh(crossed)
        back = np.matmul(back, turn)
        Q, c = np.matmul(X, back), np.matmul(C, back)
        first, last = Q[:, :1], Q[:, -1:]
        ends = np.concatenate([first * first, first * last, last * last], axis=1)
        fixed = np.concatenate([ends, c * first, c * last, c * c], axis=1)
        alternating = spans_alternation(Q, np.arange(Q.shape[1]))
        return cls(Q=Q, C=c, links=links, fixed=fixed, alternating=alternating)

    def take(self, rows: Any) -> Basis:
        """The same for some of the designs; all where they share one."""
        if len(self.links) == 1:
            return self
        return replace(self, links=self.links[rows], fixed=self.fixed[rows])


@dataclass(frozen=True, kw_only=True)
class Series:
    """What depends on y, for B series on a `Basis`.

    ols : B x k contrasts by least squares.   moving : B x (3 + k) x p, products of b = Q'N r
    with f, l, itself and each contrast.   ends : B x 2, first and last residual.
    size, linked : B, r'r and r'N r.
    """

    ols: np.ndarray
    moving: np.ndarray
    ends: np.ndarray
    size: np.ndarray
    linked: np.ndarray
    n: int

    @classmethod
    def of(cls, basis: Basis, y: np.ndarray) -> Series:
        """Residuals and their products."""
        Q = basis.Q
        on_basis = (y @ Q[0])[:, None] if len(Q) == 1 else np.matmul(y[:, None], Q)
        fitted = on_basis[:, 0] @ Q[0].T if len(Q) == 1 else np.matmul(Q, on_basis.mT)[..., 0]
        r = y - fitted
        near = np.zeros_like(r)
        near[:, 1:] += r[:, :-1]
        near[:, :-1] += r[:, 1:]
        b = (near @ Q[0])[:, None] if len(Q) == 1 else np.matmul(near[:, None], Q)
        sides = np.concatenate([Q[:, :1], Q[:, -1:]], axis=1)
        return cls(
            ols=np.matmul(on_basis, basis.C.mT)[:, 0],
            moving=np.concatenate([b * sides, b * b, b * basis.C], axis=1),
            ends=r[:, [0, -1]],
            size=np.einsum("bn,bn->b", r, r),
            linked=np.einsum("bn,bn->b", r, near),
            n=y.shape[1],
        )

    def take(self, rows: Any) -> Series:
        """The same for some of the series."""
        columns = ("ols", "moving", "ends", "size", "linked")
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})


@dataclass(frozen=True, kw_only=True)
class Solved:
    """Generalised least squares at G values of rho: rss, log_det B x G; the others B x k x G."""

    center: np.ndarray
    unscaled: np.ndarray
    rss: np.ndarray
    log_det: np.ndarray
    df: int

    @property
    def log_restricted(self) -> np.ndarray:
        """Restricted log-likelihood of rho, the variance profiled out, up to a constant."""
        return self.log_det - self.df / 2 * np.log(self.rss)


def solve(basis: Basis, series: Series, rho: np.ndarray) -> Solved:
    """Solve at rho (1 or B, G), which may be complex for derivatives."""
    k = series.ols.shape[1]
    square = rho * rho
    diagonal = (1 + square)[:, None] - rho[:, None] * basis.links[..., None]
    inverse = 1 / diagonal
    fixed = np.matmul(basis.fixed.astype(rho.dtype, copy=False), inverse)
    moving = np.matmul(series.moving.astype(rho.dtype, copy=False), inverse)
    ff, fl, ll = fixed[:, 0], fixed[:, 1], fixed[:, 2]
    cf, cl, cc = (fixed[:, 3 + i * k : 3 + (i + 1) * k] for i in range(3))
    fb, lb, bb, cb = moving[:, 0], moving[:, 1], moving[:, 2], moving[:, 3:]
    first, last = series.ends[:, :1], series.ends[:, 1:]
    # K = I - rho^2 F'D^-1F, and its inverse times rho^2.
    k11, k22, k12 = 1 - square * ff, 1 - square * ll, -square * fl
    det = k11 * k22 - k12 * k12
    j11, j22, j12 = square * k22 / det, square * k11 / det, -square * k12 / det
    # v = -rho b - rho^2 (f r_1 + l r_n) is Q'Wr.
    gf = -rho * fb - square * (first * ff + last * fl)
    gl = -rho * lb - square * (first * fl + last * ll)
    vv = square * bb + 2 * rho * square * (first * fb + last * lb)
    vv = vv + square * square * (first**2 * ff + 2 * first * last * fl + last**2 * ll)
    whole = (1 + square) * series.size[:, None] - rho * series.linked[:, None]
    whole = whole - square * (first**2 + last**2)
    rss = whole - vv - (j11 * gf * gf + 2 * j12 * gf * gl + j22 * gl * gl)
    hf, hl = j11 * gf + j12 * gl, j12 * gf + j22 * gl
    move = -rho[:, None] * cb - square[:, None] * (first[:, None] * cf + last[:, None] * cl)
    move = move + cf * hf[:, None] + cl * hl[:, None]
    spread = cc + j11[:, None] * cf * cf + 2 * j12[:, None] * cf * cl + j22[:, None] * cl * cl
    log_det = 0.5 * np.log(1 - square) - 0.5 * (np.log(diagonal).sum(axis=1) + np.log(det))
    return Solved(
        center=series.ols[..., None] + move,
        unscaled=spread,
        rss=rss,
        log_det=log_det,
        df=series.n - basis.links.shape[1],
    )


@dataclass(frozen=True, kw_only=True)
class Integrated:
    """What the series say of rho and of their contrasts.

    weight : B x G, of the nodes rho (G).   variance : B or 1, k, G, of the contrasts given rho,
    in units of the innovations'.   mixtures : of all contrasts, B k of them, series by series.
    """

    weight: np.ndarray
    rho: np.ndarray
    variance: np.ndarray
    mixtures: MixedT

    @property
    def mean_rho(self) -> np.ndarray:
        """The posterior mean of rho (B)."""
        return self.weight @ self.rho

    @property
    def factors(self) -> np.ndarray:
        """By how much the intervals are stretched to be calibrated (B x k)."""
        return stretch(self.weight, self.rho, self.variance, self.mixtures.df)


def posterior(basis: Basis, series: Series) -> Integrated:
    """Integrate over rho."""
    rho, prior = rho_nodes(series.n, basis.alternating)
    solved = solve(basis, series, rho[None])
    weight = posterior_weights(prior, solved.log_restricted)
    scale = np.sqrt(solved.unscaled * (solved.rss / solved.df)[:, None])
    mixtures = MixedT(
        weight=np.repeat(weight, scale.shape[1], axis=0),
        center=solved.center.reshape(-1, len(rho)),
        scale=scale.reshape(-1, len(rho)),
        df=float(solved.df),
    )
    return Integrated(weight=weight, rho=rho, variance=solved.unscaled, mixtures=mixtures)


def _orthonormal(X: np.ndarray) -> np.ndarray:
    """`back` such that X @ back has orthonormal columns: by Cholesky, or by QR if in doubt."""
    size = 1 / np.sqrt(np.einsum("dnp,dnp->dp", X, X))
    gram = np.matmul(X.mT, X) * size[:, None] * size[..., None]
    try:
        lower = np.linalg.cholesky(gram)
        if lower.diagonal(axis1=1, axis2=2).min() > CHOLESKY_LIMIT:
            return size[..., None] * np.linalg.inv(lower).mT
    except np.linalg.LinAlgError:
        pass
    return np.asarray(np.linalg.inv(np.linalg.qr(X, mode="r")))
