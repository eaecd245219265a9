"""What an effect adds where its columns bend with a rate that is itself uncertain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.models.mixture import MixedT

# Rates that are tried, over all but this probability of their distribution.
RATES, OUTSIDE = 31, 1e-3
# Components that together weigh less are left out.
NEGLIGIBLE = 1e-4


@dataclass(frozen=True, kw_only=True)
class Bent:
    """The joint distribution of d, what an effect adds to J rows: N multivariate t of its k terms.

    Given a rate, d is linear in the terms. weight : N, adding up to 1.   center : N x k.
    scale : N x k x k.   df : of all.   columns : N x J x k, the terms' columns at each one's rate.
    stretch_of : the factor (m) of the intervals of W d (W: m x J), or None.
    """

    weight: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    df: float
    columns: np.ndarray
    stretch_of: Callable[[np.ndarray], np.ndarray] | None = None

    def summarise(
        self, W: np.ndarray | None, alpha: float = 0.05, null: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """Estimate, std_error, df, lower, upper and p_value of each row of W d; None for each d."""
        W = np.eye(self.columns.shape[1]) if W is None else np.atleast_2d(W)
        rows = np.einsum("mj,njk->mnk", W, self.columns)
        center = np.einsum("mnk,nk->mn", rows, self.center)
        spread = np.einsum("mnk,nkl,mnl->mn", rows, self.scale, rows, optimize=True)
        mixtures = MixedT(
            weight=np.broadcast_to(self.weight, center.shape),
            center=center,
            scale=np.sqrt(np.maximum(spread, 1e-300)),
            df=self.df,
        )
        values = mixtures.summary(alpha, null)
        if self.stretch_of is None:
            return values
        return mixtures.stretched(values, self.stretch_of(W), null)

    def scatter(self, columns: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
        """Joint draws (size x c) of c of the d, not stretched."""
        which = rng.choice(len(self.weight), size, p=self.weight)
        drawn = rng.standard_normal((size, self.center.shape[1]))
        if np.isfinite(self.df):
            drawn *= np.sqrt(self.df / rng.chisquare(self.df, size))[:, None]
        values, vectors = np.linalg.eigh(self.scale)
        roots = vectors * np.sqrt(np.maximum(values, 0))[:, None]
        b = self.center[which] + np.einsum("skl,sl->sk", roots[which], drawn)
        return np.einsum("sjk,sk->sj", self.columns[which][:, columns], b)


def bend(
    weight: np.ndarray,
    center: np.ndarray,
    scale: np.ndarray,
    df: float,
    *,
    rate: int,
    rates: np.ndarray,
    columns_at: Callable[[float], np.ndarray],
    moved: Callable[[float], float],
    stretch_of: Callable[[np.ndarray], np.ndarray] | None,
) -> Bent:
    """From the joint distribution of the terms and of a column of the rate, that of d.

    weight, center, scale, df : of G multivariate t of p quantities, such as `Distribution` has.
    rate : which of the p belongs to the rate.   rates : even steps over the rates that are tried.
    columns_at : the J x p columns of the effect at a rate, 0 for what is no term of it.
    moved : the value of the p-th quantity that a rate stands for.

    Given the rate, the others are t with one degree of freedom more (Kotz and Nadarajah 2004,
    Multivariate t Distributions, section 1.11).
    """
    at = np.array([moved(r) for r in rates])
    spread = np.sqrt(scale[:, rate, rate])
    z = (at[:, None] - center[:, rate]) / spread
    density = stats.norm.pdf(z) if np.isinf(df) else stats.t.pdf(z, df)
    weights = (weight * density / spread).ravel()
    order = np.argsort(-weights)
    enough = np.cumsum(weights[order]) <= (1 - NEGLIGIBLE) * weights.sum()
    kept = order[: max(1, int(enough.sum()) + 1)]
    node, g = np.unravel_index(kept, z.shape)
    pulled = scale[g, :, rate] / scale[g, rate, rate, None]
    narrower = scale[g] - pulled[:, :, None] * scale[g][:, rate, None, :]
    if np.isfinite(df):
        narrower *= ((df + z[node, g] ** 2) / (df + 1))[:, None, None]
    columns = np.array([columns_at(r) for r in rates])
    own = np.flatnonzero(columns.any(axis=(0, 1)))
    return Bent(
        weight=weights[kept] / weights[kept].sum(),
        center=(center[g] + pulled * (at[node] - center[g, rate])[:, None])[:, own],
        scale=narrower[:, own[:, None], own],
        df=df + 1,
        columns=columns[node][:, :, own],
        stretch_of=stretch_of,
    )
