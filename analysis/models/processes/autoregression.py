"""AR(1) errors at many values of rho at once, gaps in time included.

With V the correlation rho**|t_i - t_j|, a product a'V^-1b is a sum of cross-products whose weights
depend on rho only: three for each distinct gap between neighbouring rows. They are formed once, so
that each further value of rho costs little, however long the series. `Process` makes up errors, to
which calibration is fitted, and `ErrorLaw` those of several processes, of which power is simulated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.signal import lfilter

from analysis.design.named import GROUPS_APART
from analysis.models.processes.grid import Processes, ar1_grid, spans_alternation


@dataclass(frozen=True, kw_only=True)
class Autoregression:
    """AR(1) errors of n rows, in units of the innovations: V is the correlation / (1 - rho^2).

    steps : n - 1, periods since the row before.   grid : G values of rho.
    """

    steps: np.ndarray
    grid: Processes

    @classmethod
    def of(cls, clock: np.ndarray, Q: np.ndarray) -> Autoregression:
        """Of rows at integer times (n, increasing) whose columns Q (... x n x p) spans."""
        grid = ar1_grid(span_of(clock), spans_alternation(Q, clock))
        return cls(steps=np.diff(clock), grid=grid)

    @classmethod
    def at(cls, rho: float, clock: np.ndarray) -> Autoregression:
        """With one rho, taken as known."""
        return cls(steps=np.diff(clock), grid=Processes.ar1(np.array([rho]), np.ones(1)))

    @property
    def log_V(self) -> np.ndarray:
        """log|V| at each rho of the grid (G)."""
        return self.log_V_at(self.grid.rho)

    def shared(self, Q: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Q'WQ (G x p x p), Q'Wr (G x p x B) and r'Wr (B x G) of one Q (n x p), r (B x n)."""
        weights, single = self.weights(self.grid.rho), r[..., None]
        A, b = (np.tensordot(weights, self.forms(Q, z), (0, 0)) for z in (Q, r.T))
        return A, b, np.tensordot(self.forms(single, single)[..., 0, 0], weights, (0, 0))

    def each(self, Z: np.ndarray) -> np.ndarray:
        """Z'WZ of each Z (B x n x m), as m x m x B x G."""
        return self.weighted(self.forms(Z, Z), self.grid.rho[None])

    def forms(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The cross-products (F x ... x i x j) of a (... x n x i) and b (... x n x j)."""
        products = [a[..., :1, :].mT @ b[..., :1, :]]
        for at in self._gaps.values():
            a_now, b_now = a[..., 1:, :][..., at, :], b[..., 1:, :][..., at, :]
            a_old, b_old = a[..., :-1, :][..., at, :], b[..., :-1, :][..., at, :]
            mixed = a_now.mT @ b_old + a_old.mT @ b_now
            products += [a_now.mT @ b_now, mixed, a_old.mT @ b_old]
        return np.stack(products)

    def weights(self, rho: np.ndarray) -> np.ndarray:
        """What each of the F forms counts (F x ...) at rho (...); complex ones give derivatives."""
        square = 1 - rho**2
        shares = [square]
        for gap in self._gaps:
            phi = rho**gap
            share = square / (1 - phi**2)
            shares += [share, -share * phi, share * phi**2]
        return np.stack(shares)

    def weighted(self, forms: np.ndarray, rho: np.ndarray) -> np.ndarray:
        """Sums (m x m x B x G) of forms (F x B x m x m) at rho (B or 1, G)."""
        return np.einsum("fbpq,fbg->pqbg", forms, self.weights(rho))

    def log_V_at(self, rho: np.ndarray) -> np.ndarray:
        """log|V| at any rho."""
        spread = sum(at.sum() * np.log(1 - rho ** (2 * gap)) for gap, at in self._gaps.items())
        return np.asarray(spread - (len(self.steps) + 1) * np.log(1 - rho**2))

    @cached_property
    def _gaps(self) -> dict[int, np.ndarray]:
        """Which rows come so long after the row before, for each distinct gap."""
        return {int(gap): self.steps == gap for gap in np.unique(self.steps)}


def span_of(clock: np.ndarray) -> int:
    """Periods from the first row to the last; rows, where groups are stacked."""
    span = int(clock[-1] - clock[0]) + 1
    return span if span < GROUPS_APART else len(clock)


def whiten(values: np.ndarray, time: np.ndarray, rho: float | np.ndarray) -> np.ndarray:
    """Free series (... x n) of AR(1) correlation: innovations keep their variance.

    time : n, integer and increasing.
    rho : -1 < rho < 1, one for all or one for each series (...).
    """
    rho = np.asarray(rho)[..., None]
    phi = rho ** np.diff(time)
    first, rest = values[..., :1], values[..., 1:] - phi * values[..., :-1]
    rest = rest * np.sqrt((1 - rho**2) / (1 - phi**2))
    return np.concatenate([first * np.sqrt(1 - rho**2), rest], axis=-1)


def ar1_errors(n: int, rho: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """Stationary AR(1) series with innovations of variance 1 (size x n)."""
    errors = rng.standard_normal((n, size))
    errors[0] /= np.sqrt(1 - rho**2)
    return np.asarray(lfilter([1.0], [1.0, -rho], errors, axis=0)).T


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


@dataclass(frozen=True, kw_only=True)
class ErrorLaw:
    """G error processes, each as likely as its prior in the grid.

    sigma : G, sd of the innovations, > 0.
    """

    grid: Processes
    sigma: np.ndarray

    def draw(self, n: int, size: int, rng: np.random.Generator) -> np.ndarray:
        """Series of n periods (size x n), each of a process drawn by its weight."""
        grid, parts = self.grid, []
        drawn = rng.multinomial(size, grid.prior / grid.prior.sum())
        for g in np.flatnonzero(drawn):
            process = Process(rho=float(grid.rho[g]), tau=float(grid.tau[g]), q=float(grid.q[g]))
            parts.append(self.sigma[g] * process.errors(n, int(drawn[g]), rng))
        return np.concatenate(parts)
