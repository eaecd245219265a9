"""Where a series breaks, by least squares, how sure the date is, and how often a series without a
break looks as broken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import integrate, optimize, stats

from analysis.models.processes.autoregression import ar1_errors, whiten

# So many periods are the interval of a jump of nothing.
UNTOLD, TINY, ROUNDING = 1e12, 1e-300, 1e-20
# Beyond this a filter would make the variance run away (Andrews and Monahan 1992).
MOST_MEMORY = 0.97


@dataclass(frozen=True, kw_only=True)
class Gains:
    """What each candidate break adds to a fit whose errors have autocorrelation `rho`.

    time : n, when each row is.
    added : K x q x n, for each an orthonormal basis of its whitened columns, free of the base.
    base : n x p, the same of the base.   df : residual degrees of freedom with a break.
    """

    time: np.ndarray
    added: np.ndarray
    base: np.ndarray
    rho: float
    df: int

    @classmethod
    def of(
        cls,
        base: np.ndarray,
        terms: str,
        candidates: np.ndarray,
        *,
        time: np.ndarray,
        rho: float = 0.0,
    ) -> Gains:
        """Whiten, orthogonalise."""
        Q = np.linalg.qr(_white(base, time, rho))[0]
        columns = np.stack(
            [_white(break_columns(time, first, terms), time, rho) for first in candidates]
        )
        added = np.linalg.qr(columns - Q @ (Q.T @ columns))[0].transpose(0, 2, 1)
        df = len(base) - base.shape[1] - columns.shape[2]
        return cls(time=time, added=added, base=Q, rho=rho, df=df)

    def explained(self, y: np.ndarray) -> np.ndarray:
        """Sum of squares that each candidate explains: K, or K x B for n x B series."""
        return np.square(self.added @ _white(y, self.time, self.rho)).sum(axis=1)

    def f(self, y: np.ndarray) -> np.ndarray:
        """Explained sum of squares over the residual variance with the break (as strucchange)."""
        explained = self.explained(y)
        unexplained = _white(y, self.time, self.rho)
        unexplained = unexplained - self.base @ (self.base.T @ unexplained)
        left = np.square(unexplained).sum(axis=0) - explained
        return explained / (np.maximum(left, rounding_of(y)) / self.df)


def _white(values: np.ndarray, time: np.ndarray, rho: float) -> np.ndarray:
    """Series (n, or n x B) freed of AR(1) correlation."""
    return whiten(values.T, time, rho).T


def break_columns(time: np.ndarray, first: int, terms: str) -> np.ndarray:
    """Columns of a break whose first row is `first`: a step, and a slope if asked."""
    since = time - time[first]
    step = (since >= 0).astype(float)
    return step[:, None] if terms == "level" else np.column_stack([step, np.maximum(since, 0)])


def best_breaks(
    y: np.ndarray, base: np.ndarray, terms: str, *, time: np.ndarray, count: int, least: int
) -> np.ndarray:
    """The first rows of the breaks that leave the least squares, `least` rows or more apart.

    One is sought at every place. Several are sought at all places at once, by dynamic programming
    (Bai and Perron 2003, Journal of Applied Econometrics 18:1), where all columns of `base` change
    at a break.
    """
    if count == 1 and base.shape[1] > 1 + (terms != "level"):
        places = np.arange(least, len(y) - least + 1)
        gain = Gains.of(base, terms, places, time=time).explained(y)
        return places[[np.argmax(gain)]]
    return _placed(_segments(y, time, terms, least), count)


def with_breaks(base: np.ndarray, time: np.ndarray, firsts: np.ndarray, terms: str) -> np.ndarray:
    """The columns of `base`, and beside them those of each break."""
    return np.hstack([base, *(break_columns(time, first, terms) for first in firsts)])


def squares_left(y: np.ndarray, X: np.ndarray) -> float:
    """Sum of squared residuals of y (n) on X (n x p), or what rounding leaves of an exact fit."""
    left = np.square(y - X @ np.linalg.lstsq(X, y, rcond=None)[0]).sum()
    return float(np.maximum(left, rounding_of(y)))


def rounding_of(y: np.ndarray) -> np.ndarray:
    """A sum of squares that is rounding beside that of a series (n, or n x B); above 0."""
    return np.asarray(ROUNDING * np.square(y).sum(axis=0) + TINY)


def _segments(y: np.ndarray, time: np.ndarray, terms: str, least: int) -> np.ndarray:
    """Squares that rows i to j - 1 leave around a mean or a line of their own (n x (n + 1))."""
    n, y, t = len(y), y - y.mean(), time - time.mean()
    left = np.full((n, n + 1), np.inf)
    for i in range(n - least + 1):
        sums = np.cumsum([y[i:], y[i:] ** 2, t[i:], t[i:] ** 2, t[i:] * y[i:]], axis=1)
        Y, YY, T, TT, TY = sums[:, least - 1 :]
        size = np.arange(least, n - i + 1)
        row = YY - Y**2 / size
        if terms != "level":
            row -= (TY - T * Y / size) ** 2 / (TT - T**2 / size)
        left[i, i + least :] = row
    return left


def _placed(left: np.ndarray, count: int) -> np.ndarray:
    """First rows of the segments but the first, in the partition that leaves least."""
    best, came = left[0], []
    for _ in range(count):
        total = best[:-1, None] + left
        came.append(total.argmin(axis=0))
        best = total.min(axis=0)
    firsts, end = [], len(left)
    for origin in reversed(came):
        end = int(origin[end])
        firsts.append(end)
    return np.array(firsts[::-1], dtype=int)


def sup_f_p_value(gain: Gains, statistic: float, *, draws: int, seed: int) -> float:
    """Share of simulated series without a break whose sup F is at least as large."""
    place = gain.time - gain.time[0]
    noise = ar1_errors(place[-1] + 1, gain.rho, draws, np.random.default_rng(seed))
    simulated = gain.f(noise.T[place]).max(axis=0)
    return float((1 + (simulated >= statistic).sum()) / (1 + draws))


def date_interval(
    last: int, jump: float, before: float, after: float, *, n: int, alpha: float
) -> tuple[int, int]:
    """First and last position of the last period before a break, inside a series of n.

    Parameters
    ----------
    last : the position, below n - 1.   jump : its size.
    before, after : the long-run variance of the errors on each side, above 0.
    """
    low, high = date_quantiles(np.array([alpha / 2, 1 - alpha / 2]), after / before)
    unit = before / max(jump**2, before / UNTOLD)
    # Bai's rule: whole periods, and one more on each side. Where one side is so much noisier that
    # the date is surely there, both quantiles are: the date found stays in its interval.
    ends = last - int(max(high, 0.0) * unit) - 1, last - int(min(low, 0.0) * unit) + 1
    return max(ends[0], 0), min(ends[1], n - 1)


def long_run_variance(e: np.ndarray) -> float:
    """Of errors (n) whose memory has no known form, as kernHAC of R's sandwich gives it.

    An AR(1) filter, the quadratic spectral kernel with a bandwidth by AR(1) (Andrews 1991,
    Econometrica 59:817), and the filter undone (Andrews and Monahan 1992, Econometrica 60:953).
    """
    memory = _kept(e[:-1], e[1:])
    u = e[1:] - memory * e[:-1]
    left = _kept(u[:-1] - u[:-1].mean(), u[1:])
    width = 1.3221 * (len(u) * 4 * left**2 / (1 - left) ** 4) ** 0.2
    x = 1.2 * np.pi * np.arange(1, len(u)) / max(width, 1e-9)
    weights = 3 / x**2 * (np.sin(x) / x - np.cos(x))
    lags = np.correlate(u, u, "full")[len(u) :]
    return float((u @ u + 2 * weights @ lags) / (len(e) - 1) / (1 - memory) ** 2)


def _kept(before: np.ndarray, now: np.ndarray) -> float:
    """The share of an error that is left a period later, by least squares."""
    return float(np.clip(before @ now / max(before @ before, TINY), -MOST_MEMORY, MOST_MEMORY))


def date_quantiles(probabilities: np.ndarray, ratio: float) -> np.ndarray:
    """Quantiles of the place of the maximum of Bai's two-sided process, at each probability.

    The process is a Brownian motion with drift -|s|/2 on both sides, whose variance is 1 a unit
    of s before the break and `ratio` > 0 after it.

    Derived from two facts. The maximum of one side is exponential (rate 1, or 1 / ratio), and the
    time at which a maximum m is reached is inverse Gaussian with mean 2m and shape m^2 / variance.
    """
    lower_mass = _beyond(0.0, 1.0, ratio)

    def excess(x: float, p: float) -> float:
        below = _beyond(-x, 1.0, ratio) if x < 0 else 1 - _beyond(x, ratio, 1.0)
        return below - p

    reach = 400.0 * max(1.0, ratio)
    ends = [(-reach, 0.0) if p < lower_mass else (0.0, reach) for p in probabilities]
    return np.array(
        [
            optimize.brentq(excess, *end, args=(p,))
            for end, p in zip(ends, probabilities, strict=True)
        ]
    )


def _beyond(x: float, own: float, other: float) -> float:
    """Probability that the maximum is on one side (variance `own`), at least x >= 0 away."""

    def density(m: float) -> float:
        here = np.exp(-m / own) / own * -np.expm1(-m / other)
        if x == 0:
            return float(here)
        shape = m * m / own
        return float(here * stats.invgauss.sf(x, 2 * m / shape, scale=shape))

    return float(integrate.quad(density, 0, 60 * own, limit=200)[0])
