"""What every model gives: a `Fit`, with the distribution of its coefficients or of its forecast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.errors import refusal, refuse_alpha
from analysis.models.mixture import MixedT, single_summary

# Made once, because pandas takes longer over the names than over the numbers.
SUMMARY = pd.Index(["estimate", "std_error", "df", "lower", "upper", "p_value"])
# Of a part of a `Fit` that `fit` adds where the model has left it out.
ADDED: Any = None


@dataclass(frozen=True, kw_only=True)
class Distribution(show.Shown):
    """The distribution of p quantities, such as coefficients: G multivariate Student t, weighted.

    A model with one estimate of its error process has G = 1. A model that integrates over the
    autocorrelation has one component for each value of it.

    weight : G, adding up to 1.       center : G x p.
    scale : G x p x p; a contrast c'b of component g is center + sqrt(c' scale c) * t(df).
    df : > 0, of all components; infinite for a normal distribution.
    rho, sigma : G; AR(1) coefficient (-1 < rho < 1) and sd (> 0) of the innovations.
    df_of : degrees of freedom of each row of a k x p array of contrasts, where a model with one
        component has its own for each (Satterthwaite); None where they are `df`.
    stretch_of : factor > 0 by which the interval of each row of C is stretched around its median,
        where a mixture is calibrated; None where it stands as it is.
    basis : G x J x p, where it is the distribution of J quantities that are basis @ the p, which
        are other columns in each component; None where they are the p themselves.
    """

    weight: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    df: float
    rho: np.ndarray
    sigma: np.ndarray
    df_of: Callable[[np.ndarray], np.ndarray] | None = None
    stretch_of: Callable[[np.ndarray], np.ndarray] | None = None
    basis: np.ndarray | None = None

    @classmethod
    def single(
        cls,
        coefficients: pd.Series | np.ndarray,
        cov: pd.DataFrame | np.ndarray,
        *,
        df: float = np.inf,
        rho: float = 0.0,
        sigma: float = 0.0,
    ) -> Distribution:
        """One Student t: coefficients (p), their covariance (p x p), df > 0, and the errors'."""
        return cls(
            weight=np.ones(1),
            center=np.asarray(coefficients, dtype=float)[None],
            scale=np.asarray(cov, dtype=float)[None],
            df=float(df),
            rho=np.array([float(rho)]),
            sigma=np.array([float(sigma)]),
        )

    def contrast(
        self, C: np.ndarray, *, alpha: float = 0.05, null: np.ndarray | float = 0.0
    ) -> pd.DataFrame:
        """Estimate, interval and p-value of each row of C (k x p).

        The estimate is the median. `lower` and `upper` are the alpha/2 and 1 - alpha/2
        quantiles, NaN where the degrees of freedom are below 2 (not identified). `p_value` is
        twice the smaller tail beyond `null` (one for all, or k).
        """
        return pd.DataFrame(self.summarise(C, alpha, null), columns=SUMMARY)

    def summarise(
        self, C: np.ndarray | None, alpha: float = 0.05, null: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """The same as an array (k x 6), for many small calls; None for each quantity by itself."""
        refuse_alpha(alpha)
        if self.basis is not None:
            C = np.eye(self.basis.shape[1]) if C is None else np.atleast_2d(C)
            rows = np.einsum("kj,gjp->kgp", C, self.basis)
            m = np.einsum("kgp,gp->kg", rows, self.center)
            variance = np.einsum("kgp,gpq,kgq->kg", rows, self.scale, rows, optimize=True)
        elif C is None:
            C, m = np.eye(self.center.shape[1]), self.center.T
            variance = np.einsum("gpp->pg", self.scale)
        else:
            C = np.atleast_2d(C)
            m, variance = C @ self.center.T, np.einsum("gkp,kp->kg", np.matmul(C, self.scale), C)
        # A covariance that is not positive there says nothing of this contrast.
        s = np.sqrt(np.maximum(variance, 0.0))
        if len(self.weight) == 1:
            df = np.full(len(m), self.df) if self.df_of is None else self.df_of(C)
            return single_summary(m[:, 0], s[:, 0], df, alpha, null)
        # Of a coefficient that the model does not have, nothing is known.
        live = (s > 0).all(axis=1)
        if not live.all():
            summary = np.full((len(C), len(SUMMARY)), np.nan)
            summary[live] = self.summarise(C[live], alpha, np.broadcast_to(null, len(C))[live])
            return summary
        mixtures = self._mixtures(m, s)
        values = mixtures.summary(alpha, null)
        if self.stretch_of is None:
            return values
        return mixtures.stretched(values, self.stretch_of(C), null)

    def _mixtures(self, m: np.ndarray, s: np.ndarray) -> MixedT:
        """Mixtures of t with these centers and scales (k x G each)."""
        weight = np.broadcast_to(self.weight, m.shape)
        return MixedT(weight=weight, center=m, scale=s, df=self.df)

    def part(self, at: np.ndarray) -> Distribution:
        """The distribution of some of the quantities, by their places (k)."""

        def whole(C: np.ndarray) -> np.ndarray:
            return np.atleast_2d(C) @ np.eye(self.center.shape[1])[at]

        df_of, stretch_of = self.df_of, self.stretch_of
        return replace(
            self,
            center=self.center[:, at],
            scale=self.scale[:, at[:, None], at],
            df_of=df_of and (lambda C: df_of(whole(C))),
            stretch_of=stretch_of and (lambda C: stretch_of(whole(C))),
        )

    def plain(self) -> Distribution:
        """The same, not stretched."""
        return replace(self, stretch_of=None)

    @property
    def median(self) -> np.ndarray:
        """The median of each coefficient (p)."""
        mixtures = self._mixtures(self.center.T, np.sqrt(np.einsum("gpp->pg", self.scale)))
        return mixtures.quantiles(np.array([0.5]))[:, 0]

    def scatter(self, columns: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
        """Joint draws (size x k) of k of the quantities, not stretched, component by component."""
        wanted = columns
        if self.basis is not None:
            columns = np.arange(self.center.shape[1])
        counts = rng.multinomial(size, self.weight)
        drawn = rng.standard_normal((size, len(columns)))
        if np.isfinite(self.df):
            drawn *= np.sqrt(self.df / rng.chisquare(self.df, size))[:, None]
        present = np.flatnonzero(counts)
        center = self.center[np.ix_(present, columns)]
        roots = _roots(self.scale[np.ix_(present, columns, columns)])
        parts = np.split(drawn, np.cumsum(counts[present])[:-1])
        for rows, root, middle in zip(parts, roots, center, strict=True):
            rows[:] = rows @ root.T + middle
        if self.basis is None:
            return drawn
        bases = self.basis[np.ix_(present, wanted)]
        return np.concatenate([rows @ B.T for rows, B in zip(parts, bases, strict=True)])


@dataclass(frozen=True, kw_only=True)
class Fit(show.Shown):
    """A fitted model.

    A model states what is its own, first of all the `distribution` of its coefficients. `fit` adds
    the design, the model's name, its options and, where a model has left them out, what follows
    from the distribution: coefficients, residuals, innovations and rho.

    distribution : of all coefficients; None of a forecast, which `fit` has made of it.

    coefficients : p medians, by column of the design.
    residuals : y - fitted, length n. innovations : residuals freed of autocorrelation and divided
        by their standard deviation, length n.
    rho : estimated AR(1) coefficient (mean where it is integrated out); 0 if the model has none.
    beyond : the joint distribution of what the intervention adds to the post rows, on the modelled
        scale, where it does not follow from the terms: of a forecast observed minus forecast, and
        over all rates where one is estimated. `fit` makes it.
    fitted : modelled scale, length n, where it is not X @ coefficients.
    loglik : log-likelihood of a model that is fitted by it, else None.
    converged : whether its search ended at a maximum.
    details : named figures of the model's own, such as a dispersion, for the reader.
    notes : what a reader must know about this fit, in sentences; empty if nothing.
    raw : what statsmodels returned, or None.
    """

    design: Design = ADDED
    model: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    distribution: Distribution | None = None
    coefficients: pd.Series = ADDED
    residuals: pd.Series = field(default=ADDED, repr=False)
    innovations: pd.Series = field(default=ADDED, repr=False)
    rho: float = ADDED
    loglik: float | None = None
    converged: bool = True
    beyond: Distribution | None = field(default=None, repr=False)
    fitted: pd.Series | None = field(default=None, repr=False)
    details: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    raw: Any = field(default=None, repr=False)

    @property
    def expected(self) -> np.ndarray:
        """The fitted path on the modelled scale, length n."""
        if self.fitted is not None:
            return self.fitted.to_numpy()
        return np.asarray(self.design.X.to_numpy() @ self.coefficients.to_numpy())

    def contrast(self, C: np.ndarray, *, alpha: float = 0.05) -> pd.DataFrame:
        """Estimates of C b for each row of C (k x p); see `Distribution.contrast`."""
        return self.known.contrast(C, alpha=alpha)

    def added(
        self, W: np.ndarray | None, *, alpha: float = 0.05, null: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """Summary (k x 6) of W d, d what the intervention adds to each of J post rows (W: k x J).

        W : None for each row by itself. On the modelled scale d is (x - x0)'b of a model with
        terms, observed minus forecast of one without. See `Distribution.contrast` for the columns.
        """
        if self.beyond is not None:
            return self.beyond.summarise(W, alpha, null)
        moved = self.design.difference[self.design.post]
        C = moved if W is None else W @ moved
        # Where the design allows no effect, none is known exactly.
        summary, live = np.zeros((len(C), len(SUMMARY))), C.any(axis=1)
        summary[~live, 2:] = [self.known.df, 0.0, 0.0, np.nan]
        summary[live] = self.known.summarise(C[live], alpha, np.broadcast_to(null, len(C))[live])
        return summary

    def scatter_added(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Joint draws (size x J) of what the intervention adds to each post row."""
        moved = self.design.difference[self.design.post]
        if self.beyond is not None:
            return self.beyond.scatter(np.arange(len(moved)), size, rng)
        terms = np.flatnonzero(moved.any(axis=0))
        return self.known.scatter(terms, size, rng) @ moved[:, terms].T

    def tabulate(self, *, alpha: float = 0.05) -> pd.DataFrame:
        """All coefficients, one row each, on the scale on which the model is fitted."""
        table = self.contrast(np.eye(len(self.coefficients)), alpha=alpha)
        return table.set_index(self.coefficients.index)

    @property
    def known(self) -> Distribution:
        """The distribution; an error where the model has none."""
        if self.distribution is None:
            raise refusal("no terms", model=self.model)
        return self.distribution

    def _repr_html_(self) -> str:
        caption = f"Coefficients of model {self.model}, scale {self.design.scale}"
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        if self.distribution is None:
            return f"<h4>{caption}</h4>{notes}{self.coefficients.to_frame('estimate').to_html()}"
        return f"<h4>{caption}</h4>{notes}" + self.tabulate().to_html(float_format="{:.4g}".format)


def noted(key: str, when: bool = True, **facts: Any) -> tuple[str, ...]:
    """The note that `notes.yml` has under a key, with these figures; none unless it is so."""
    return (show.words("models/notes.yml")[key].format(**facts),) if when else ()


def _roots(scale: np.ndarray) -> np.ndarray:
    """A square root of each of G covariances (G x J x J), which may have rows of zeros."""
    try:
        return np.linalg.cholesky(scale)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(scale)
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0))[:, None])
