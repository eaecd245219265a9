"""The interval for the date of a break (Bai 1997, Review of Economics and Statistics 79:551)."""

from __future__ import annotations

import numpy as np
from scipy import integrate, optimize, stats

# So many periods are the interval of a jump of nothing.
UNTOLD, TINY = 1e12, 1e-300
# Beyond this a filter would make the variance run away (Andrews and Monahan 1992).
MOST_MEMORY = 0.97


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
