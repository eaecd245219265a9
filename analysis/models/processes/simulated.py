"""Errors, made up: what power is simulated from, and calibration is fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.models.processes.autoregression import ar1_errors


@dataclass(frozen=True, kw_only=True)
class Process:
    """Errors of the class: AR(1) with rho, noise of variance tau >= 0, slope moves of sd q >= 0."""

    rho: float
    tau: float = 0.0
    q: float = 0.0

    def errors(self, n: int, size: int, rng: np.random.Generator) -> np.ndarray:
        """Series of n periods (size x n)."""
        series = ar1_errors(n, self.rho, size, rng)
        series += np.sqrt(self.tau) * rng.standard_normal((size, n))
        slope = np.cumsum(self.q * rng.standard_normal((size, n)), axis=1)
        series[:, 1:] += np.cumsum(slope, axis=1)[:, :-1]
        return series
