"""The one path that every number follows from: what the intervention adds to each post-period.

With d(t) what it adds on the scale of the model, what would have been counted is the observed
value with this taken off, the shocks of that period staying as they were: y exp(-d) where effects
are ratios, y - d where they are differences (of rates, for counts). This is the attributable number
of epidemiology. Of a forecast, d is observed minus forecast, so that it is the forecast itself.

Points are the medians of d(t), period by period, and what follows from them; no draw moves them.
On a level scale a sum is linear in d and its interval exact. A sum of ratios is not: draws say by
how much its logarithm bends away from the contrast that touches it, whose interval is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from analysis.design import Design
from analysis.models import Fit

DRAWS = 6000
SEED = 20240605
# More cells than this are drawn in fewer replicates, to bound memory (160 MB a matrix).
MAX_CELLS = 20_000_000
FEWEST_DRAWS = 1000
# The columns of a summary: estimate, std_error, df, lower, upper, p_value.
SPAN = [0, 3, 4]
MIDDLE = [0.025, 0.975]
ERROR, LOWER, UPPER, P_VALUE = 1, 3, 4, 5


@dataclass(frozen=True, kw_only=True)
class Path:
    """What was seen in J post-periods, and what the intervention added.

    observed : J, in the outcome's unit.   exposure : J, by which a difference is multiplied: days
    or denominator; 1 for measures.   added : J x (estimate, lower, upper) of d, on the modelled
    scale.
    """

    fit: Fit = field(repr=False)
    alpha: float
    observed: np.ndarray
    exposure: np.ndarray
    added: np.ndarray

    @classmethod
    def of(cls, fit: Fit, *, alpha: float) -> Path:
        """The path of a fit, with intervals of 100 (1 - alpha)%.

        The medians of a mixture do not add up exactly. On a level scale all that are not 0 are
        moved by the same little so that they add up to the total, whose median is known.
        """
        design = fit.design
        exposure = design.exposure[design.post]
        added = fit.added(None, alpha=alpha)[:, SPAN]
        if not design.in_per_cent:
            total, live = fit.added(exposure[None])[0, 0], added[:, 0] != 0
            added[live, 0] += (total - exposure @ added[:, 0]) / (exposure @ live or 1.0)
        return cls(
            fit=fit,
            alpha=alpha,
            observed=observed_values(design, design.post),
            exposure=exposure,
            added=_enclosed(added),
        )

    @cached_property
    def counterfactual(self) -> np.ndarray:
        """What would have been seen: J x (estimate, lower, upper), in the outcome's unit."""
        # An end of an interval may lie beyond the largest number: it is then infinite.
        with np.errstate(over="ignore", invalid="ignore"):
            if self.fit.design.in_per_cent:
                expected = self.observed[:, None] * np.exp(-self.added)
            else:
                expected = self.observed[:, None] - self.exposure[:, None] * self.added
        return expected[:, [0, 2, 1]]

    def sums(self, lengths: Sequence[int] | np.ndarray) -> np.ndarray:
        """Counterfactual minus observed, summed over the first m post-periods (each m >= 1).

        One row a length, the columns of `Distribution.contrast`, in the outcome's unit. The ends
        and p-values of sums of ratios come of `DRAWS` draws.
        """
        chosen = np.arange(len(self.exposure)) < np.asarray(lengths)[:, None]
        if self.fit.design.in_per_cent:
            summaries = self._sums_of_ratios(chosen)
        else:
            summaries = self.fit.added(np.where(chosen, -self.exposure, 0.0), alpha=self.alpha)
        summaries[:, 0] = chosen @ (self.counterfactual[:, 0] - self.observed)
        summaries[:, SPAN] = _enclosed(summaries[:, SPAN])
        return summaries

    def _sums_of_ratios(self, chosen: np.ndarray) -> np.ndarray:
        """The sum of c is exp(L): its ends are those of the contrast that touches L, and a bend."""
        expected, seen = chosen * self.counterfactual[:, 0], chosen @ self.observed
        total = np.where(expected.any(axis=1), expected.sum(axis=1), np.nan)
        weights = np.nan_to_num(expected / total[:, None], nan=1.0)
        with np.errstate(divide="ignore", over="ignore"):
            L, log_seen, middle = np.log(total), np.log(seen), weights @ self.added[:, 0]
            summaries = self.fit.added(weights, alpha=self.alpha)
            bends = self._draw_bends(weights)
            low = L + middle - summaries[:, UPPER] + bends.at(self.alpha / 2)
            high = L + middle - summaries[:, LOWER] + bends.at(1 - self.alpha / 2)
            null = middle + L - log_seen + bends.at(bends.rank(log_seen - L))
            p_value = self.fit.added(weights, null=np.nan_to_num(null))[:, P_VALUE]
            summaries[:, ERROR] *= total
            summaries[:, LOWER], summaries[:, UPPER] = np.exp(low) - seen, np.exp(high) - seen
            summaries[:, P_VALUE] = np.where(np.isfinite(null), p_value, np.nan)
        return summaries

    def _draw_bends(self, weights: np.ndarray) -> Draws:
        """How L bends, from draws as wide as the 95% interval of the last sum's tangent."""
        J, center = len(self.exposure), self.added[:, 0]
        size = max(FEWEST_DRAWS, min(DRAWS, MAX_CELLS // J))
        moved = self.fit.scatter_added(size, np.random.default_rng(SEED)) - center
        known, drawn = self.fit.added(weights[-1:])[0], np.quantile(moved @ weights[-1], MIDDLE)
        moved *= (known[UPPER] - known[LOWER]) / (drawn[1] - drawn[0])
        # Of the sum of w exp(-moved) the largest term is taken out, against overflow.
        largest = (-moved).max(axis=1, keepdims=True)
        curved = np.log(np.exp(-moved - largest) @ weights.T) + largest
        return Draws(curved=np.sort(curved, axis=0), straight=np.sort(-moved @ weights.T, axis=0))


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Draws of k sums less their points, in logs (draws x k), sorted; and of their tangents."""

    curved: np.ndarray
    straight: np.ndarray

    def at(self, q: float | np.ndarray) -> np.ndarray:
        """By how much the quantile q of each sum (0 < q < 1; one, or k) exceeds its tangent's."""
        size, k = self.curved.shape
        place = np.broadcast_to(np.clip(np.multiply(q, size), 1, size - 1), k)
        # A bend is smooth in q: its mean over ranks around it is steadier than its value there.
        reach = np.minimum(place, size - place) / 2
        first, last = (place - reach).astype(int), (place + reach).astype(int) + 1
        bent = np.vstack([np.zeros(k), np.cumsum(self.curved - self.straight, axis=0)])
        return np.asarray((bent[last, range(k)] - bent[first, range(k)]) / (last - first))

    def rank(self, values: np.ndarray) -> np.ndarray:
        """The share of the draws of each sum below a value (k)."""
        return np.asarray((self.curved <= values).mean(axis=0))


def observed_values(design: Design, rows: np.ndarray) -> np.ndarray:
    """The outcome in rows of the series under study."""
    return design.outcome.values.to_numpy(dtype=float)[design.time[rows]]


def _enclosed(values: np.ndarray) -> np.ndarray:
    """Ends that hold the estimate: one of draws, or of a very short interval, may just miss it."""
    estimate, lower, upper = values.T
    return np.stack([estimate, np.minimum(lower, estimate), np.maximum(upper, estimate)], axis=1)
