"""The models with AR(1) errors for thousands of designs at once, without a loop over them.

Without gaps in time the inverse of the AR(1) correlation is, in units of the innovations,
(1 + rho^2) I - rho N - rho^2 E: N links neighbours, E marks the first and the last row. In an
orthonormal basis of the columns of X that diagonalises N, X'WX is therefore diagonal plus rank
two, and every sum over rows and columns reduces to a few sums over the p columns for each rho.
A period that is missing is put back as a row of zeros with an indicator of its own: that leaves
the restricted likelihood and every contrast as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from analysis.errors import InputError, unknown_name
from analysis.models.ar1.calibration import stretch
from analysis.models.ar1.rho import degrees_of_freedom, refine_maximum, rho_nodes, stencil
from analysis.models.mixture import MixedT, single_summary
from analysis.models.registry import DEFAULT_MODEL

Method = Literal["ar1", "ar1_calibrated", "reml_ar1"]
METHODS = get_args(Method)
# Arrays of this many designs stay in the processor's cache.
CHUNK = 192
# This many designs are copied beside each other at once, so that memory does not grow with them.
STACKED = 25 * CHUNK
# From so many series on one design it pays to treat them apart from other designs.
SHARED = 8
COLUMNS = ["estimate", "std_error", "df", "lower", "upper", "p_value", "rho"]
# Columns closer to dependent than this are left to QR, which loses half as many digits.
CHOLESKY_LIMIT = 0.01


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


def batch_contrasts(
    problems: Sequence[Problem], *, alpha: float = 0.05, model: Method = DEFAULT_MODEL
) -> pd.DataFrame:
    """The contrasts of every problem, equal to those of the single fits.

    Returns one row a contrast, index (problem, contrast), columns estimate, std_error, df,
    lower, upper, p_value and rho (its posterior mean, or its restricted maximum).

    Raises
    ------
    InputError : no such model, or a problem whose arrays do not fit together.
    """
    if model not in METHODS:
        raise unknown_name("batched model", model, METHODS)
    for problem in problems:
        _refuse_shapes(problem)
    counts = np.array([len(problem.C) for problem in problems], dtype=int)
    starts = np.concatenate([[0], np.cumsum(counts)])
    table = np.empty((starts[-1], len(COLUMNS)))
    for members, y, X, C in _groups(problems):
        found = contrasts(y, X, C, alpha=alpha, model=model)
        rows = starts[members][:, None] + np.arange(C.shape[1])
        table[rows] = found
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
    work = {"ar1": _integrated, "ar1_calibrated": _calibrated, "reml_ar1": _restricted}[model]
    pieces = []
    shared = len(X) == 1
    basis = Basis.of(X, C) if shared else None
    for start in range(0, len(y), CHUNK):
        part = slice(start, start + CHUNK)
        own = basis or Basis.of(X[part], C if len(C) == 1 else C[part])
        pieces.append(work(own, Series.of(own, y[part]), alpha))
    return np.concatenate(pieces)


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
        n = Q.shape[1]
        sign = (-1.0) ** np.arange(n)
        alternating = bool((((sign @ Q) ** 2).sum(axis=1) > (1 - 1e-8) * n).any())
        return cls(Q=Q, C=c, links=links, fixed=fixed, alternating=alternating)

    def take(self, rows: np.ndarray) -> Basis:
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

    def take(self, rows: np.ndarray) -> Series:
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
    log_weight = solved.log_restricted
    weight = prior * np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    scale = np.sqrt(solved.unscaled * (solved.rss / solved.df)[:, None])
    mixtures = MixedT(
        weight=np.repeat(weight, scale.shape[1], axis=0),
        center=solved.center.reshape(-1, len(rho)),
        scale=scale.reshape(-1, len(rho)),
        df=float(solved.df),
    )
    return Integrated(weight=weight, rho=rho, variance=solved.unscaled, mixtures=mixtures)


def _integrated(basis: Basis, series: Series, alpha: float) -> np.ndarray:
    found = posterior(basis, series)
    return _with_rho(found.mixtures.summary(alpha), found.mean_rho)


def _calibrated(basis: Basis, series: Series, alpha: float) -> np.ndarray:
    found = posterior(basis, series)
    plain = found.mixtures.summary(alpha)
    return _with_rho(found.mixtures.stretched(plain, found.factors.ravel()), found.mean_rho)


def _with_rho(summary: np.ndarray, rho: np.ndarray) -> np.ndarray:
    table = summary.reshape(len(rho), -1, 6)
    return np.concatenate([table, _each(rho, table.shape[1])], axis=2)


def _each(rho: np.ndarray, k: int) -> np.ndarray:
    return np.repeat(rho, k).reshape(-1, k, 1)


def _restricted(basis: Basis, series: Series, alpha: float) -> np.ndarray:
    nodes, _ = rho_nodes(series.n, basis.alternating)
    profile = solve(basis, series, nodes[None]).log_restricted

    def restricted(at: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return solve(basis.take(rows), series.take(rows), at).log_restricted

    rho = refine_maximum(nodes, profile, restricted)
    solved = solve(basis, series, stencil(rho))
    spread = solved.unscaled[..., 1].real
    df = degrees_of_freedom(rho, solved.log_det, solved.rss, np.log(solved.unscaled), solved.df)
    center = solved.center[..., 1].real
    scale = np.sqrt(spread * (solved.rss[:, 1].real / solved.df)[:, None])
    table = single_summary(center, scale, df, alpha)
    return np.concatenate([table, _each(rho, table.shape[1])], axis=2)


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


def _groups(
    problems: Sequence[Problem],
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Members, y, X and C of problems that can be stacked."""
    by_design: dict[tuple[int, ...], list[int]] = {}
    for i, problem in enumerate(problems):
        key = (id(problem.X), id(problem.time), id(problem.C))
        by_design.setdefault(key, []).append(i)
    by_shape: dict[tuple[int, ...], list[int]] = {}
    for members in by_design.values():
        first = problems[members[0]]
        gapped = len(first.time) != first.time[-1] - first.time[0] + 1
        if len(members) >= SHARED and not gapped:
            y = _stack([problems[i].y for i in members])
            yield np.array(members), y, _one(first.X), _one(first.C)
            continue
        span = int(first.time[-1] - first.time[0]) + 1
        shape = (span, first.X.shape[1] + span - len(first.time), len(first.C))
        by_shape.setdefault(shape, []).extend(members)
    for members in by_shape.values():
        yield from _parts(problems, members)


def _parts(
    problems: Sequence[Problem], members: Sequence[int]
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Members of one shape, so many at a time, each on a design of its own."""
    for start in range(0, len(members), STACKED):
        part = members[start : start + STACKED]
        regular = [without_gaps(problems[i]) for i in part]
        yield (
            np.array(part),
            _stack([problem.y for problem in regular]),
            _stack([problem.X for problem in regular]),
            _stack([problem.C for problem in regular]),
        )


def _stack(arrays: Sequence[np.ndarray]) -> np.ndarray:
    joined = np.concatenate(arrays, dtype=float)
    return joined.reshape(len(arrays), *arrays[0].shape)


def _one(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=float)[None]


def without_gaps(problem: Problem) -> Problem:
    """The same problem with each missing period as a row of zeros and an indicator."""
    place = problem.time - problem.time[0]
    span = int(place[-1]) + 1
    missing = span - len(place)
    if not missing:
        return problem
    p, absent = problem.X.shape[1], np.setdiff1d(np.arange(span), place)
    y, X = np.zeros(span), np.zeros((span, p + missing))
    y[place], X[place, :p] = problem.y, problem.X
    X[absent, p + np.arange(missing)] = 1.0
    C = np.pad(problem.C, ((0, 0), (0, missing)))
    return Problem(y=y, X=X, time=np.arange(span), C=C)


def _refuse_shapes(problem: Problem) -> None:
    n, p = problem.X.shape
    if len(problem.y) != n or len(problem.time) != n or problem.C.shape[1] != p or n - p < 3:
        raise InputError(
            f"A problem has y {problem.y.shape}, X {problem.X.shape}, time {problem.time.shape} "
            f"and C {problem.C.shape}.",
            rule="y and time have a value for each row of X, C a column for each column of X, "
            "and there are at least 3 more rows than columns.",
            remedy="Correct the shapes.",
        )
