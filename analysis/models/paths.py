"""Paths of a regression with AR(1) errors, from draws of its coefficients."""

from __future__ import annotations

import numpy as np

from analysis.design import Design
from analysis.models.result import Draws, Interval


def ar1_paths(
    design: Design, X: np.ndarray, drawn: Draws, interval: Interval, rng: np.random.Generator
) -> np.ndarray:
    """Paths without the intervention on the modelled scale (draws x post-periods).

    X : n x p, the columns of `drawn.coefficients` without the intervention.
    The error of each draw starts at its last pre-period residual and decays by rho a period;
    for an observation, new innovations are added on the way.
    """
    last = np.flatnonzero(design.pre)[-1]
    path = drawn.coefficients @ X[design.post].T
    error = design.y.iloc[last] - drawn.coefficients @ X[last]
    times = np.concatenate([[design.time[last]], design.time[design.post]])
    for j, gap in enumerate(np.diff(times)):
        phi = drawn.rho**gap
        error = phi * error
        if interval == "observation":
            spread = drawn.sigma * np.sqrt((1 - phi**2) / (1 - drawn.rho**2))
            error = error + spread * rng.standard_normal(len(error))
        path[:, j] += error
    return path
