"""Regression with AR(1) errors at many values of rho at once, gaps in time included.

With V the correlation rho**|t_i - t_j|, X'V^-1X is a sum of cross-products whose weights depend
on rho only: one set for each distinct gap between neighbouring rows, quadratic in rho**gap. They
are formed once, in an orthonormal basis of the columns, so that a long trend does no harm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from analysis.design.named import GROUPS_APART, Design
from analysis.models.ar1.rho import refine_maximum, rho_nodes, spans_alternation
from analysis.models.result import Distribution


@dataclass(frozen=True, kw_only=True)
class Gls:
    """Generalised least squares at each of G values of rho.

    coefficients : G x p.        unscaled : G x p x p, (X'W X)^-1, W the inverse of V in units of
        the innovations, so that `rss` / (n - p) estimates the innovations' variance.
    rss : G, weighted residual sum of squares.
    log_V : G, log|V| in units of the innovations.
    log_restricted : G, restricted log-likelihood of rho, the variance profiled out, up to a
        constant.      log_det : G, -log|V|/2 - log|X'V^-1X|/2 in units of the innovations.
    """

    rho: np.ndarray
    coefficients: np.ndarray
    unscaled: np.ndarray
    rss: np.ndarray
    log_det: np.ndarray
    log_V: np.ndarray
    df: int

    @property
    def log_restricted(self) -> np.ndarray:
        """Harville (1974), with the variance at its restricted maximum given rho."""
        return self.log_det - self.df / 2 * np.log(self.rss)

    @property
    def log_likelihood(self) -> np.ndarray:
        """The likelihood of rho, all else profiled out, up to a constant."""
        n = self.df + self.coefficients.shape[1]
        return -0.5 * self.log_V - n / 2 * np.log(self.rss)

    def distribution(self, weight: np.ndarray | None = None) -> Distribution:
        """t distributions of the coefficients with n - p df, by weights of the rho (G).

        None where there is one rho, which is taken as known.
        """
        return Distribution(
            weight=np.ones(1) if weight is None else weight,
            center=self.coefficients,
            scale=self.unscaled * (self.rss / self.df)[:, None, None],
            df=float(self.df),
            rho=self.rho,
            sigma=np.sqrt(self.rss / self.df),
        )


@dataclass(frozen=True, kw_only=True)
class Crossproducts:
    """Cross-products of [Q, r] (Q'Q = I spans X, r the OLS residual), by gap in time.

    span : periods from the first row to the last (n where groups are stacked).
    alternating : whether X spans (-1)^time.
    """

    first: np.ndarray
    gaps: np.ndarray
    now: np.ndarray
    mixed: np.ndarray
    before: np.ndarray
    count: np.ndarray
    ols: np.ndarray
    back: np.ndarray = field(repr=False)
    n: int
    span: int
    alternating: bool

    @classmethod
    def of(cls, y: np.ndarray, X: np.ndarray, time: np.ndarray) -> Crossproducts:
        """Form them once for y (n), X (n x p) and integer times (n, increasing)."""
        Q, R = np.linalg.qr(X)
        back = np.linalg.inv(R)
        ols = back @ (Q.T @ y)
        Z = np.column_stack([Q, y - X @ ols])
        steps = np.diff(time)
        gaps = np.unique(steps)
        pairs = [(Z[1:][steps == gap], Z[:-1][steps == gap]) for gap in gaps]
        return cls(
            first=np.outer(Z[0], Z[0]),
            gaps=gaps,
            now=np.array([a.T @ a for a, _ in pairs]),
            mixed=np.array([a.T @ b + b.T @ a for a, b in pairs]),
            before=np.array([b.T @ b for _, b in pairs]),
            count=np.array([len(a) for a, _ in pairs]),
            ols=ols,
            back=back,
            n=len(y),
            span=_span(time),
            alternating=spans_alternation(Q, time),
        )

    @classmethod
    def of_design(cls, design: Design) -> Crossproducts:
        """Those of a design."""
        return cls.of(design.y.to_numpy(), design.X.to_numpy(), design.clock)

    @property
    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Where rho is evaluated, and the prior weights."""
        return rho_nodes(self.span, self.alternating)

    def maximise(self, objective: Callable[[Gls], np.ndarray]) -> float:
        """The rho with the highest restricted or profile likelihood, at most 0.9999 in size."""
        return float(
            refine_maximum(self.nodes[0], lambda rho, _: objective(self.at(rho[0]))[None])[0]
        )

    def at(self, rho: np.ndarray) -> Gls:
        """Solve at each rho, -1 < rho < 1; complex rho gives derivatives by a complex step."""
        M, log_V = self.weighted(rho)
        p = len(self.ols)
        inverse = np.linalg.inv(M[:, :p, :p])
        move = np.einsum("gpq,gq->gp", inverse, M[:, :p, p])
        rss = M[:, p, p] - np.einsum("gp,gp->g", M[:, :p, p], move)
        sign, log_A = np.linalg.slogdet(M[:, :p, :p])
        # The phase of the determinant is nothing for real rho, its derivative for complex rho.
        log_A = log_A + np.log(sign)
        return Gls(
            rho=rho,
            coefficients=self.ols + move @ self.back.T,
            unscaled=self.back @ inverse @ self.back.T,
            rss=rss,
            log_det=-0.5 * log_V - 0.5 * log_A,
            log_V=log_V,
            df=self.n - p,
        )

    def weighted(self, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[Q, r]'W[Q, r] (G x p+1 x p+1) and log|V| (G) at G values of rho.

        Both are in units of the innovations (V / (1 - rho^2)).
        """
        phi = rho[:, None] ** self.gaps
        spread = 1 - phi**2
        w = (1 - rho[:, None] ** 2) / spread
        M = (1 - rho**2)[:, None, None] * self.first
        M = M + np.einsum("gk,kpq->gpq", w, self.now)
        M = M - np.einsum("gk,kpq->gpq", w * phi, self.mixed)
        M = M + np.einsum("gk,kpq->gpq", w * phi**2, self.before)
        log_V = np.log(spread) @ self.count - self.n * np.log(1 - rho**2)
        return M, log_V


def _span(time: np.ndarray) -> int:
    span = int(time[-1] - time[0]) + 1
    return span if span < GROUPS_APART else len(time)


def whiten(values: np.ndarray, time: np.ndarray | None, rho: float | np.ndarray) -> np.ndarray:
    """Free series (... x n) of AR(1) correlation: innovations keep their variance.

    time : n, integer and increasing; None where no period is missing.
    rho : -1 < rho < 1, one for all or one for each series (...).
    """
    rho = np.asarray(rho)[..., None]
    phi = rho if time is None else rho ** np.diff(time)
    first, rest = values[..., :1], values[..., 1:] - phi * values[..., :-1]
    if time is not None:
        rest = rest * np.sqrt((1 - rho**2) / (1 - phi**2))
    return np.concatenate([first * np.sqrt(1 - rho**2), rest], axis=-1)


def ar1_errors(n: int, rho: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """Stationary AR(1) series with innovations of variance 1 (size x n)."""
    errors = rng.standard_normal((n, size))
    errors[0] /= np.sqrt(1 - rho**2)
    for t in range(1, n):
        errors[t] += rho * errors[t - 1]
    return errors.T
