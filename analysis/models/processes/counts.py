"""`wandering_counts`: Poisson counts whose log mean has the errors of `wandering_trend`.

A parameter-driven model (Cox 1981, Scand. J. Statist. 8:93; Zeger 1988, Biometrika 75:621): given
its mean a count is Poisson, and the log mean is X b + log exposure + AR(1) + noise + a trend whose
slope may wander. Noise on the log mean is what makes counts vary more than Poisson counts do, as
the negative binomial's gamma does. Counts may be small and may be 0.

For each process and size of its innovations the mode of coefficients and log means is found by
Newton's method, each step a generalised least squares by the Kalman filter with the variance
1 / mean of each count as noise of its own. Laplace's approximation there gives the weight of the
process and a normal distribution of the coefficients (Rue, Martino and Chopin 2009, JRSS B
71:319), and all of them together a mixture.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.errors import refusal
from analysis.models.counts import counts_of, poisson_glm
from analysis.models.processes.autoregression import ErrorLaw
from analysis.models.processes.grid import Processes, nearest_shares
from analysis.models.processes.whitening import find_gaps, work_out_gains
from analysis.models.registry import COUNTS, model
from analysis.models.result import Distribution, Fit, noted

RHOS: Final = (-0.3, 0.0, 0.3, 0.55, 0.75, 0.88, 0.96, 0.99)
NOISES: Final = {0.0: 0.6, 4.0: 0.4}
WANDERINGS: Final = {0.0: 0.4, 0.03: 0.35, 0.15: 0.25}
# Sizes of innovations, flat in logs, from a part of the counts' own noise (smaller ones change
# nothing) to this; first so many, then `FINE` between those with weight.
SMALLEST, LARGEST, COARSE, FINE = 0.25, 1.0, 6, 9
WEIGHTLESS = 1e-3
# A step that moves no log mean by more has arrived; none may move it further than `FARTHEST`.
ARRIVED, FARTHEST, MOST_STEPS = 1e-6, 2.0, 40
# Simulated level changes are covered a little too seldom where autocorrelation is strong, as with
# `wandering_trend` before its calibration; see the tests.
STRETCH = 1.04
# 35 s and 2.5 GB.
MOST_ROWS = 10_000


@dataclass(frozen=True, kw_only=True)
class Modes:
    """Coefficients (G x p), their covariance (G x p x p), log weight (G), and log means (G x n)."""

    beta: np.ndarray
    cov: np.ndarray
    log_weight: np.ndarray
    log_mean: np.ndarray
    converged: bool


@model("wandering_counts", "Poisson counts, errors and trend as in wandering_trend", scales=COUNTS)
def fit_wandering_counts(design: Design) -> Fit:
    """Fit by integrating over the errors of the log mean; see the module's text.

    Raises
    ------
    DesignError : all counts under a term are 0, or there are more than `MOST_ROWS` rows.
    """
    if len(design.y) > MOST_ROWS:
        raise refusal("many rows", n=len(design.y), most=MOST_ROWS)
    poisson_glm(design)  # which refuses what gives no ratio
    Q, R = np.linalg.qr(design.X.to_numpy())
    gaps, log_exposure = find_gaps(design.clock), np.log(design.exposure)
    law, modes = integrate_errors(counts_of(design), Q, log_exposure, gaps)
    back = np.linalg.inv(R)
    distribution = Distribution(
        weight=law.grid.weigh(modes.log_weight),
        center=modes.beta @ back.T,
        scale=back @ modes.cov @ back.T,
        df=float(len(Q) - Q.shape[1]),
        rho=law.grid.rho,
        sigma=law.sigma,
        stretch_of=lambda C: np.full(len(C), STRETCH),
    )
    return _result(design, distribution, modes, law)


def with_sizes(sizes: np.ndarray) -> ErrorLaw:
    """Every process of the grid with innovations of every size."""
    rows = [
        (rho, tau, q, a * b * c, size)
        for (rho, a), (tau, b), (q, c), size in product(
            nearest_shares(RHOS), NOISES.items(), WANDERINGS.items(), sizes
        )
    ]
    rho, tau, q, prior, sigma = np.array(rows).T
    return ErrorLaw(grid=Processes(rho=rho, tau=tau, q=q, prior=prior / prior.sum()), sigma=sigma)


def integrate_errors(
    counts: np.ndarray, X: np.ndarray, log_exposure: np.ndarray, gaps: np.ndarray
) -> tuple[ErrorLaw, Modes]:
    """The processes that matter, and the mode under each; see `find_modes`."""
    smallest = SMALLEST / np.sqrt(counts.mean())
    sizes = np.geomspace(smallest, max(LARGEST, 10 * smallest), COARSE)
    coarse = with_sizes(sizes)
    modes = find_modes(counts, X, log_exposure, gaps, coarse)
    weight = coarse.grid.weigh(modes.log_weight)
    shares = np.array([weight[coarse.sigma == size].sum() for size in sizes])
    heavy = np.flatnonzero(shares > WEIGHTLESS)
    low, high = max(heavy[0] - 1, 0), min(heavy[-1] + 1, COARSE - 1)
    fine = with_sizes(np.geomspace(sizes[low], sizes[high], FINE))
    return fine, find_modes(counts, X, log_exposure, gaps, fine)


def find_modes(
    counts: np.ndarray, X: np.ndarray, log_exposure: np.ndarray, gaps: np.ndarray, law: ErrorLaw
) -> Modes:
    """The mode under each process: counts, log_exposure, gaps n; X n x p."""
    G, (n, p) = len(law.sigma), X.shape
    variance = law.sigma[:, None] ** 2
    eta = np.tile(np.log(counts + 0.5), (G, 1))
    for _ in range(MOST_STEPS):
        mean = np.exp(eta)
        working = eta - log_exposure + (counts - mean) / mean
        gains = work_out_gains(gaps, law.grid, (1 / (mean * variance)).T)
        columns = np.concatenate(
            [np.broadcast_to(X[:, None], (n, G, p)), working.T[..., None]], axis=2
        )
        white = gains.whiten(columns)
        terms, outcome = white[..., :p], white[..., p]
        inverse = np.linalg.inv(terms.mT @ terms)
        beta = (inverse @ (terms.mT @ outcome[..., None]))[..., 0]
        rest = outcome - (terms @ beta[..., None])[..., 0]
        # V^-1 (z - X b), of which all but the part of the counts' own noise is error.
        pull = gains.whiten_back(rest) / variance
        error = working - beta @ X.T - pull / mean
        step = beta @ X.T + log_exposure + error - eta
        eta = eta + np.clip(step, -FARTHEST, FARTHEST)
        arrived = np.abs(step).max() < ARRIVED
        if arrived:
            break
    log_det = n * np.log(law.sigma**2) + gains.log_V + np.log(mean).sum(axis=1)
    log_det = log_det - np.linalg.slogdet(inverse)[1] - p * np.log(law.sigma**2)
    log_density = (counts * eta - np.exp(eta)).sum(axis=1) - (pull * error).sum(axis=1) / 2
    return Modes(
        beta=beta,
        cov=inverse * variance[..., None],
        log_weight=log_density - log_det / 2,
        log_mean=eta,
        converged=bool(arrived),
    )


def _result(design: Design, distribution: Distribution, found: Modes, law: ErrorLaw) -> Fit:
    weight, counts = distribution.weight, counts_of(design)
    mean = np.exp(weight @ found.log_mean)
    linear = design.X.to_numpy() @ distribution.median
    rates = linear if design.scale == "log" else design.exposure * np.exp(linear)
    straight, rho = float(weight @ (law.grid.q == 0)), float(weight @ law.grid.rho)
    facts = {"straight": straight, "before": WANDERINGS[0.0], "size": weight @ law.sigma}
    facts |= {"step": design.outcome.step, "rho": show.number(rho, 2)}
    return Fit(
        distribution=distribution,
        residuals=design.y - rates,
        innovations=pd.Series((counts - mean) / np.sqrt(mean), design.y.index),
        converged=found.converged,
        details={"straight trend": straight, "autocorrelation": rho},
        notes=noted("wandering counts", **facts),
    )
