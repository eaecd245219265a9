"""Paths of a regression with AR(1) errors, without the intervention."""

from __future__ import annotations

import numpy as np

from analysis.design import Design
from analysis.models.result import Distribution, Draws, Interval

# Up to this many periods a path is drawn at once, from the covariance of its periods.
SHORT = 100
# And up to this many cells of all covariances (40 MB a copy): a posterior has 4,000 of them.
MOST_CELLS = 5_000_000


def ar1_paths(
    design: Design,
    X: np.ndarray,
    distribution: Distribution,
    size: int,
    interval: Interval,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draws on the modelled scale (size x post-periods).

    X : n x p, the columns of the distribution's coefficients without the intervention.
    The error of each draw starts at its last pre-period residual and decays by rho a period;
    for an observation, new innovations are added on the way. Where intervals are calibrated, the
    draws are stretched around their median by the factor of the average effect.
    """
    last = np.flatnonzero(design.pre)[-1]
    ahead = design.time[design.post] - design.time[last]
    y, rows, start = float(design.y.iloc[last]), X[design.post], X[last]
    if len(ahead) <= SHORT and len(distribution.weight) * len(ahead) ** 2 <= MOST_CELLS:
        path = _at_once(distribution, rows, start, y, ahead, size, interval, rng)
    else:
        path = _step_by_step(distribution.draw(size, rng), rows, start, y, ahead, interval, rng)
    if distribution.stretch_of is None:
        return path
    average = design.difference[design.post].mean(axis=0)
    middle = np.median(path, axis=0)
    return np.asarray(middle + distribution.stretch_of(average[None]) * (path - middle))


def _at_once(
    distribution: Distribution,
    rows: np.ndarray,
    start: np.ndarray,
    y: float,
    ahead: np.ndarray,
    size: int,
    interval: Interval,
    rng: np.random.Generator,
) -> np.ndarray:
    """Given rho the periods of a path follow one multivariate t, the same for all its draws."""
    decay = distribution.rho[:, None] ** ahead
    weights = rows - decay[..., None] * start
    center = np.matmul(weights, distribution.center[..., None])[..., 0] + decay * y
    spread = np.matmul(np.matmul(weights, distribution.scale), weights.mT)
    if interval == "observation":
        lags = np.abs(ahead[:, None] - ahead)
        powers = distribution.rho[:, None] ** np.arange(lags.max() + 1)
        shared = powers[:, lags] - decay[..., None] * decay[:, None]
        variance = distribution.sigma**2 / (1 - distribution.rho**2)
        spread = spread + variance[:, None, None] * shared
    return distribution.scatter(center, spread, size, rng)


def _step_by_step(
    drawn: Draws,
    rows: np.ndarray,
    start: np.ndarray,
    y: float,
    ahead: np.ndarray,
    interval: Interval,
    rng: np.random.Generator,
) -> np.ndarray:
    path = drawn.coefficients @ rows.T
    error = y - drawn.coefficients @ start
    for j, gap in enumerate(np.diff(ahead, prepend=0)):
        phi = drawn.rho**gap
        error = phi * error
        if interval == "observation":
            spread = drawn.sigma * np.sqrt((1 - phi**2) / (1 - drawn.rho**2))
            error = error + spread * rng.standard_normal(len(error))
        path[:, j] += error
    return path
