"""What every model gives: a `Fit`, whose coefficients follow a mixture of Student t."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis.design import Design
from analysis.models.mixture import MixedT, single_summary


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
    df : > 0, of all components; infinite for a normal distribution.
    rho, sigma : G; AR(1) coefficient (-1 < rho < 1) and sd (> 0) of the innovations.
    df_of : degrees of freedom of each row of a k x p array of contrasts, where a model with one
        component has its own for each (Satterthwaite); None where they are `df`.
    """

    weight: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    df: float
    rho: np.ndarray
    sigma: np.ndarray
    df_of: Callable[[np.ndarray], np.ndarray] | None = None

    def contrast(self, C: np.ndarray, *, alpha: float = 0.05) -> pd.DataFrame:
        """Estimate, interval and p-value of each row of C (k x p).

        The estimate is the median. `lower` and `upper` are the alpha/2 and 1 - alpha/2
        quantiles, NaN where the degrees of freedom are below 2 (not identified). `p_value` is
        twice the smaller tail beyond 0.
        """
        C = np.atleast_2d(C)
        m = C @ self.center.T
        s = np.sqrt(np.einsum("gkp,kp->kg", np.matmul(C, self.scale), C))
        if len(self.weight) == 1:
            df = np.full(len(m), self.df) if self.df_of is None else self.df_of(C)
            values = single_summary(m[:, 0], s[:, 0], df, alpha)
        else:
            weight = np.broadcast_to(self.weight, m.shape)
            values = MixedT(weight=weight, center=m, scale=s, df=self.df).summary(alpha)
        names = ["estimate", "std_error", "df", "lower", "upper", "p_value"]
        return pd.DataFrame(values, columns=names)

    def draw(self, size: int, rng: np.random.Generator) -> Draws:
        """Joint draws of coefficients and error process."""
        which = np.repeat(np.arange(len(self.weight)), rng.multinomial(size, self.weight))
        root = np.linalg.cholesky(self.scale)
        stretch = self._stretch(size, rng)
        normal = rng.standard_normal((size, self.center.shape[1]))
        moved = np.einsum("npq,nq->np", root[which], normal) * stretch[:, None]
        return Draws(
            coefficients=self.center[which] + moved,
            rho=self.rho[which],
            sigma=self.sigma[which] * stretch,
        )

    def _stretch(self, size: int, rng: np.random.Generator) -> np.ndarray:
        if not np.isfinite(self.df):
            return np.ones(size)
        return np.sqrt(self.df / rng.chisquare(self.df, size))


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
