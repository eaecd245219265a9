"""How far an interval of `ar1` must be stretched to cover as often as it says.

The prior of rho makes the plain interval cover too often at some rho and too seldom at others,
and by how much depends on the design, the contrast and rho only: not on the coefficients, nor on
the variance. So it can be simulated for the design in hand (prepivoting, Beran 1987, Biometrika
74:457). The interval is stretched around its median by a factor that is a smooth function of the
posterior mean of rho. The function is the flattest one with which coverage over a grid of rho is
as wanted: a single factor, or one for each prior, cannot do that at every rho at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.models.batch import CHUNK, Basis, Problem, Series, posterior, without_gaps

ALPHA = 0.05
REPLICATES = 3000
SEED = 19870701
# Longer series cover as they say without help.
LONGEST = 300
KNOTS = np.array([0.0, 0.25, 0.5, 0.7, 0.85, 0.97])
# rho, and how much its coverage counts: beyond 0.8 a short series cannot tell it from 1.
RHO = np.array([-0.2, 0.0, 0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.85, 0.9])
COUNTS = np.array([0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.1])
# Coverage this near its aim is left alone; roughness and size of the log factor are held down.
NEAR = 0.005
ROUGHNESS = 0.005
SIZE = 0.006
# Width of the logistic curve that stands in for the step "covered or not", in log distance.
SOFTNESS = 0.05
STEPS = 100


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Log factors (k x knots) for k contrasts, by posterior mean of rho at `KNOTS`."""

    log_factors: np.ndarray

    def factors(self, rho: np.ndarray) -> np.ndarray:
        """The factor of each contrast at each posterior mean of rho: B x k, all > 0."""
        return np.exp(_hats(np.atleast_1d(rho)) @ self.log_factors.T)


def calibrate(
    X: np.ndarray,
    time: np.ndarray,
    C: np.ndarray,
    *,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> Calibration:
    """Simulate AR(1) errors on a design (n x p, at integer times) and fit the factors for C.

    Takes about a second for two contrasts. Series of more than 300 periods are left as they are.
    """
    whole = without_gaps(Problem(y=np.zeros(len(X)), X=X, time=time, C=C))
    if len(whole.y) > LONGEST:
        return Calibration(log_factors=np.zeros((len(C), len(KNOTS))))
    basis, rng = Basis.of(whole.X[None], whole.C[None]), np.random.default_rng(seed)
    # A missing period has a term of its own, so whatever is simulated there is of no account.
    cells = [_distances(basis, ar1_errors(len(whole.y), r, replicates, rng)) for r in RHO]
    hats = np.array([_hats(rho) for _, rho in cells])
    distances = np.log(np.maximum([distance for distance, _ in cells], 1e-12))
    factors = [_flattest(distances[:, :, k], hats) for k in range(len(C))]
    return Calibration(log_factors=np.array(factors))


def ar1_errors(n: int, rho: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """Stationary AR(1) series with innovations of variance 1 (size x n)."""
    errors = rng.standard_normal((n, size))
    errors[0] /= np.sqrt(1 - rho**2)
    for t in range(1, n):
        errors[t] += rho * errors[t - 1]
    return errors.T


def _distances(basis: Basis, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the truth (0) lies from each median, in half widths of its side; and mean rho."""
    k, found, means = basis.C.shape[1], [], []
    for start in range(0, len(errors), CHUNK):
        series = Series.of(basis, errors[start : start + CHUNK])
        mixtures, rho = posterior(basis, series)
        below = mixtures.cdf(np.zeros((len(mixtures.weight), 1)))[0]
        side = np.where(below < 0.5, ALPHA / 2, 1 - ALPHA / 2)
        ends = mixtures.quantiles(np.concatenate([np.full_like(side, 0.5), side], axis=1))
        found.append((ends[:, 0] / (ends[:, 0] - ends[:, 1])).reshape(-1, k))
        means.append(rho)
    return np.concatenate(found), np.concatenate(means)


def _flattest(distances: np.ndarray, hats: np.ndarray) -> np.ndarray:
    """Log factors at the knots, by damped Gauss-Newton steps.

    distances : cells x replicates, log.   hats : cells x replicates x knots.
    """
    rough = ROUGHNESS * np.diff(np.eye(len(KNOTS)), 2, axis=0)
    held = np.concatenate([rough, SIZE * np.eye(len(KNOTS))])
    factors = np.zeros(len(KNOTS))
    for _ in range(STEPS):
        covered = special.expit((hats @ factors - distances) / SOFTNESS)
        off = covered.mean(axis=1) - (1 - ALPHA)
        off = np.sign(off) * np.maximum(np.abs(off) - NEAR, 0)
        slope = np.einsum("cr,crk->ck", covered * (1 - covered), hats)
        slope *= (COUNTS * (off != 0) / SOFTNESS / distances.shape[1])[:, None]
        system = np.concatenate([slope, held])
        aim = -np.concatenate([off * COUNTS, held @ factors])
        step = np.linalg.lstsq(system, aim, rcond=None)[0]
        factors = factors + np.clip(step / 2, -0.2, 0.2)
        if np.abs(step).max() < 1e-3:
            break
    return factors


def _hats(rho: np.ndarray) -> np.ndarray:
    """The weights of the knots in linear interpolation (B x knots)."""
    return np.stack([np.interp(rho, KNOTS, unit) for unit in np.eye(len(KNOTS))], axis=-1)
