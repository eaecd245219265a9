"""What every model gives: a `Fit`, whose coefficients follow a mixture of Student t."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import special
from scipy.optimize import elementwise

from analysis.design import Design

# Below this many degrees of freedom an interval says nothing: it is shown as not identified.
MIN_DF = 2.0


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Joint draws of the coefficients (n x p), the autocorrelation and the innovation sd (n)."""

    coefficients: np.ndarray
    rho: np.ndarray
    sigma: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """The distribution of the coefficients: G multivariate Student t with weights.

    A model with one estimate of its error process has G = 1. A model that integrates over the
    autocorrelation has one component for each value of it.

    weight : G, adding up to 1.       center : G x p.
    scale : G x p x p; a contrast c'b of component g is center + sqrt(c' scale c) * t(df).
    df : G, > 0, infinite for a normal distribution.
    rho, sigma : G; AR(1) coefficient (-1 < rho < 1) and sd (> 0) of the innovations.
    df_of : degrees of freedom of each row of a k x p array of contrasts, where a model has its
        own for each (Satterthwaite); None where they are `df`.
    """

    weight: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    df: np.ndarray
    rho: np.ndarray
    sigma: np.ndarray
    df_of: Callable[[np.ndarray], np.ndarray] | None = None

    def contrast(self, C: np.ndarray, *, alpha: float = 0.05) -> pd.DataFrame:
        """Estimate, interval and p-value of each row of C (k x p).

        The estimate is the median. `lower` and `upper` are the alpha/2 and 1 - alpha/2
        quantiles, NaN where the degrees of freedom are below 2 (not identified). `p_value` is
        twice the smaller tail beyond 0.
        """
        m, s, df = self._components(np.atleast_2d(C))
        probabilities = np.array([0.5, alpha / 2, 1 - alpha / 2])
        median, lower, upper = _quantiles(self.weight, m, s, df, probabilities)
        at_zero = _cdf(np.zeros((1, len(m))), self.weight, m, s, df)[0]
        table = pd.DataFrame(
            {
                "estimate": median,
                "std_error": self._std_error(m, s, df),
                "df": df[:, 0],
                "lower": lower,
                "upper": upper,
                "p_value": 2 * np.minimum(at_zero, 1 - at_zero),
            }
        )
        table.loc[table["df"] < MIN_DF, ["lower", "upper", "p_value"]] = np.nan
        return table

    def draw(self, size: int, rng: np.random.Generator) -> Draws:
        """Joint draws of coefficients and error process."""
        which = np.repeat(np.arange(len(self.weight)), rng.multinomial(size, self.weight))
        root = np.linalg.cholesky(self.scale)
        stretch = self._stretch(which, rng)
        normal = rng.standard_normal((size, self.center.shape[1]))
        moved = np.einsum("npq,nq->np", root[which], normal) * stretch[:, None]
        return Draws(
            coefficients=self.center[which] + moved,
            rho=self.rho[which],
            sigma=self.sigma[which] * stretch,
        )

    def _stretch(self, which: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        df = self.df[which]
        finite = np.isfinite(df)
        stretch = np.ones(len(which))
        stretch[finite] = np.sqrt(df[finite] / rng.chisquare(df[finite]))
        return stretch

    def _components(self, C: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Center, scale and df of each contrast (k x G)."""
        m = C @ self.center.T
        s = np.sqrt(np.einsum("kp,gpq,kq->kg", C, self.scale, C, optimize=True))
        shared = np.broadcast_to(self.df, m.shape)
        df = shared if self.df_of is None else np.repeat(self.df_of(C)[:, None], m.shape[1], 1)
        return m, s, df

    def _std_error(self, m: np.ndarray, s: np.ndarray, df: np.ndarray) -> np.ndarray:
        """The scale of the one component, or the standard deviation of the mixture."""
        if len(self.weight) == 1:
            return s[:, 0]
        within = s**2 * df / np.maximum(df - 2, 1)
        mean = m @ self.weight
        return np.sqrt((within + (m - mean[:, None]) ** 2) @ self.weight)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A fitted model.

    coefficients : p medians, by column of the design. cov : p x p scale of their distribution.
    residuals : y - X b, length n. innovations : residuals freed of autocorrelation and divided
        by their standard deviation, length n.
    rho : estimated AR(1) coefficient (mean where it is integrated out); 0 if the model has none.
    notes : what a reader must know about this fit, in sentences; empty if nothing.
    raw : what statsmodels returned, or None.
    """

    design: Design
    model: str
    options: Mapping[str, Any]
    distribution: Distribution
    coefficients: pd.Series
    residuals: pd.Series = field(repr=False)
    innovations: pd.Series = field(repr=False)
    rho: float
    loglik: float | None = None
    converged: bool = True
    notes: tuple[str, ...] = ()
    raw: Any = field(default=None, repr=False)

    def contrast(self, C: np.ndarray, *, alpha: float = 0.05) -> pd.DataFrame:
        """Estimates of C b for each row of C (k x p); see `Distribution.contrast`."""
        return self.distribution.contrast(C, alpha=alpha)

    def summary(self, *, alpha: float = 0.05) -> pd.DataFrame:
        """All coefficients, one row each, on the scale on which the model is fitted."""
        table = self.contrast(np.eye(len(self.coefficients)), alpha=alpha)
        return table.set_index(self.coefficients.index)

    def _repr_html_(self) -> str:
        caption = f"Coefficients of model {self.model}, scale {self.design.scale}"
        return f"<h4>{caption}</h4>" + self.summary().to_html(float_format="{:.4g}".format)


def _cdf(
    x: np.ndarray, weight: np.ndarray, m: np.ndarray, s: np.ndarray, df: np.ndarray
) -> np.ndarray:
    """Mixture distribution function at x (q x k), for k contrasts with G components."""
    z = (x[..., None] - m) / s
    below = np.where(np.isfinite(df), special.stdtr(df, z), special.ndtr(z))
    return np.asarray(below @ weight)


def _quantiles(
    weight: np.ndarray,
    m: np.ndarray,
    s: np.ndarray,
    df: np.ndarray,
    probabilities: np.ndarray,
) -> np.ndarray:
    """Mixture quantiles (q x k). The components' own quantiles bracket each of them."""
    t = np.where(
        np.isfinite(df),
        special.stdtrit(df, probabilities[:, None, None]),
        special.ndtri(probabilities[:, None, None]),
    )
    ends = m + s * t
    low, high = ends.min(axis=-1), ends.max(axis=-1)
    if len(weight) == 1:
        return np.asarray(low)
    target = np.broadcast_to(probabilities[:, None], low.shape)
    rows = np.broadcast_to(np.arange(m.shape[0]), low.shape)

    def excess(x: np.ndarray, p: np.ndarray, row: np.ndarray) -> np.ndarray:
        index = row.astype(int)
        z = (x[..., None] - m[index]) / s[index]
        return np.asarray(special.stdtr(df[index], z) @ weight - p)

    pad = 1e-9 * (1 + np.abs(high - low))
    found = elementwise.find_root(excess, (low - pad, high + pad), args=(target, rows))
    return np.asarray(found.x)
