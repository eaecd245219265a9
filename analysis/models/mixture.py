"""Distribution function and quantiles of mixtures of Student t, many at once.

The t distribution function is read off a table of cubics in the angle arctan(z / sqrt(df)), in
which its density is a power of a cosine and smooth at any df. Its error is below 1e-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

CELLS = 4096
# Beyond 9 standard deviations a normal tail is 1e-19; a t tail with few df fills the circle.
REACH = 9.0
MAX_STEPS = 80
# Below this many degrees of freedom an interval says nothing: it is shown as not identified.
MIN_DF = 2.0
# Log odds this near their aim are at it after one more step of Newton's.
ENOUGH = 3e-5
# Components of less weight than this in every mixture are left out.
NEGLIGIBLE = 1e-13
# From this many components of all mixtures together, every third gives the starting value.
MANY = 2000
COARSE_STEPS = 2


@dataclass(frozen=True, kw_only=True)
class MixedT:
    """M mixtures of G Student t each.

    weight : M x G, each row adding up to 1.   center, scale : M x G, scale > 0.
    df : of all components, >= 1; infinite for a normal distribution.
    """

    weight: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    df: float

    def cdf(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distribution function and density at x (M x q)."""
        inverse = 1 / (self.scale if np.isinf(self.df) else self.scale * np.sqrt(self.df))
        scaled = x[..., None] * inverse[:, None]
        scaled -= (self.center * inverse)[:, None]
        below, density = _normal(scaled) if np.isinf(self.df) else _student(scaled, self.df)
        return (
            np.matmul(below, self.weight[..., None])[..., 0],
            np.matmul(density, (self.weight * inverse)[..., None])[..., 0],
        )

    def quantiles(self, probabilities: np.ndarray) -> np.ndarray:
        """Quantiles (M x q) at q probabilities, or at M x q of them, above 0 and below 1.

        Newton's method on the log odds of the distribution function, which is nearly linear.
        Every quantile lies between the smallest and the largest of its components' own.
        """
        own = special.stdtrit(self.df, np.atleast_2d(probabilities))
        middle = (self.weight * self.center).sum(axis=1, keepdims=True)
        start = middle + (self.weight * self.scale).sum(axis=1, keepdims=True) * own
        if self.weight.shape[1] == 1:
            return start
        kept = self._only(self.weight.max(axis=0) > NEGLIGIBLE)
        if kept.weight.shape[1] > 1 and kept.weight.size >= MANY:
            third = kept._only(np.arange(kept.weight.shape[1]) % 3 == 1)
            start = third._solve(start, probabilities, own, steps=COARSE_STEPS)
        return kept._solve(start, probabilities, own, steps=MAX_STEPS)

    def summary(self, alpha: float, null: np.ndarray | float = 0.0) -> np.ndarray:
        """M x 6: median, standard deviation, df, lower, upper, p-value against `null` (M)."""
        ends = self.quantiles(np.array([0.5, alpha / 2, 1 - alpha / 2]))
        below = self.cdf(np.zeros((len(self.weight), 1)) + np.reshape(null, (-1, 1)))[0][:, 0]
        mean = (self.weight * self.center).sum(axis=1, keepdims=True)
        inflated = 1.0 if np.isinf(self.df) else self.df / max(self.df - 2, 1)
        spread = self.scale**2 * inflated + (self.center - mean) ** 2
        error = np.sqrt((self.weight * spread).sum(axis=1))
        df, p_value = np.full(len(error), self.df), _two_sided(below)
        return np.stack([ends[:, 0], error, df, ends[:, 1], ends[:, 2], p_value], axis=1)

    def stretched(
        self, summary: np.ndarray, factors: np.ndarray, null: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """A summary (M x 6) with its intervals stretched around the medians by factors (M).

        The p-value is that of the stretched distribution: it is alpha where an end is `null`.
        """
        median, wider = summary[:, 0], summary.copy()
        wider[:, 1] *= factors
        wider[:, 3:5] = median[:, None] + factors[:, None] * (summary[:, 3:5] - median[:, None])
        below = self.cdf((median + (null - median) / factors)[:, None])[0][:, 0]
        wider[:, 5] = _two_sided(below)
        return wider

    def _only(self, columns: np.ndarray) -> MixedT:
        weight = self.weight[:, columns]
        return MixedT(
            weight=weight / weight.sum(axis=1, keepdims=True),
            center=self.center[:, columns],
            scale=self.scale[:, columns],
            df=self.df,
        )

    def _solve(
        self, x: np.ndarray, probabilities: np.ndarray, own: np.ndarray, *, steps: int
    ) -> np.ndarray:
        """Newton steps from x (M x q), kept inside a shrinking bracket."""
        bounds = [self.center + self.scale * t[:, None] for t in own.T]
        low = np.stack([bound.min(axis=1) for bound in bounds], axis=1)
        high = np.stack([bound.max(axis=1) for bound in bounds], axis=1)
        x = np.clip(x, low, high)
        wanted = np.log(probabilities) - np.log1p(-probabilities)
        for _ in range(steps):
            below, density = self.cdf(x)
            below = np.clip(below, 1e-300, 1 - 1e-16)
            excess = np.log(below) - np.log1p(-below) - wanted
            low, high = np.where(excess < 0, x, low), np.where(excess > 0, x, high)
            newton = x - excess * below * (1 - below) / np.maximum(density, 1e-300)
            near = np.abs(excess) <= ENOUGH
            inside = (newton >= low) & (newton <= high)
            x = np.where(inside | near, newton, (low + high) / 2)
            if near.all():
                break
        return x


def single_summary(
    center: np.ndarray,
    scale: np.ndarray,
    df: np.ndarray,
    alpha: float,
    null: np.ndarray | float = 0.0,
) -> np.ndarray:
    """The same six columns (..., 6) for single t distributions, each with its own df.

    With df below 2, or without a scale, there is no interval: its ends and the p-value are NaN.
    """
    usable = np.where(df >= MIN_DF, df, np.nan)
    scale = np.where(scale > 0, scale, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        below = special.stdtr(usable, -np.abs(center - null) / scale)
        reach = scale * special.stdtrit(usable, 1 - alpha / 2)
    return np.stack([center, scale, df, center - reach, center + reach, 2 * below], axis=-1)


def _two_sided(below: np.ndarray) -> np.ndarray:
    """The p-value of a tail: the table of the distribution function may pass 0 and 1 by 1e-12."""
    return np.asarray(2 * np.clip(np.minimum(below, 1 - below), 0, None))


def _normal(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return special.ndtr(z), np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)


def _student(scaled: np.ndarray, df: float) -> tuple[np.ndarray, np.ndarray]:
    """Distribution function of t at scaled * sqrt(df), and its derivative by `scaled`."""
    reach, (a, b, c, d) = _table(float(df))
    per_angle = CELLS / (2 * reach)
    place = np.arctan(scaled)
    place *= per_angle
    place += CELLS / 2
    np.clip(place, 0, CELLS * (1 - 1e-15), out=place)
    cell = place.astype(np.intp)
    place -= cell
    b, c, d = b.take(cell), c.take(cell), d.take(cell)
    d *= place
    slope = 2 * c
    c += d
    slope += 3 * d
    slope *= place
    slope += b
    c *= place
    b += c
    b *= place
    b += a.take(cell)
    scaled *= scaled
    scaled += 1
    slope *= per_angle
    slope /= scaled
    return b, slope


@lru_cache(maxsize=64)
def _table(df: float) -> tuple[float, np.ndarray]:
    """Hermite cubics (4 x CELLS) of the distribution function over equal cells of the angle."""
    reach = min(np.pi / 2 * (1 - 1e-13), np.arctan(REACH / np.sqrt(df)) * (1 + 40 / df))
    angle = np.linspace(-reach, reach, CELLS + 1)
    value = special.stdtr(df, np.tan(angle) * np.sqrt(df))
    log_norm = special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - 0.5 * np.log(np.pi)
    slope = np.exp(log_norm + (df - 1) * np.log(np.cos(angle))) * (2 * reach / CELLS)
    rise, left, right = np.diff(value), slope[:-1], slope[1:]
    return reach, np.array([value[:-1], left, 3 * rise - 2 * left - right, left + right - 2 * rise])
