"""The interval for the date of a break (Bai 1997, Review of Economics and Statistics 79:551)."""

from __future__ import annotations

import numpy as np
from scipy import integrate, optimize, stats


def date_interval(
    residual: np.ndarray, last: int, jump: float, *, rho: float, alpha: float
) -> tuple[int, int]:
    """First and last position of the last period before a break.

    The variance of the errors is estimated on each side of the break. With AR(1) errors it is
    multiplied by (1 + rho) / (1 - rho), which gives the long-run variance. An interval never
    leaves the series.

    Parameters
    ----------
    residual : n, of the fit with the break.   last : the position, below n - 1.
    jump : size of the jump on the scale of `residual`, not 0.   rho : -1 < rho < 1.
    """
    before, after = (np.mean(part**2) for part in np.split(residual, [last + 1]))
    low, high = date_quantiles(np.array([alpha / 2, 1 - alpha / 2]), after / before)
    unit = before * (1 + rho) / (1 - rho) / jump**2
    # Bai's rule: whole periods, and one more on each side.
    ends = last - int(high * unit) - 1, last - int(low * unit) + 1
    return max(ends[0], 0), min(ends[1], len(residual) - 1)


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
