"""With gaps, the likelihood is that of the figures there are, whatever their unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis as its

N, FIRST_POST = 40, 30
MONTHS = pd.period_range("2018-01", periods=N, freq="M")
ORDERS = [(1, 0, 0), *[pytest.param(o, marks=pytest.mark.slow) for o in [(1, 1, 0), (0, 2, 1)]]]


def fitted(values: np.ndarray, gone: set[int], order: tuple[int, int, int], **options):
    series = pd.Series(values, MONTHS).drop(MONTHS[sorted(gone)])
    outcome = its.make_outcome(series, name="x", unit="units", kind="measure")
    day = MONTHS[FIRST_POST].start_time
    design = its.build_design(outcome, day, scale="level", season=0, shape="level")
    return its.fit(design, "arima", order=order, **options)


def walk(seed: int, d: int) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=N)
    for _ in range(d):
        values = np.cumsum(values)
    return values


def density(fit) -> float:
    """Log density of the figures, or of their differences, with ARMA(1, 1) errors or less."""
    ar, ma = fit.details.get("ar.L1", 0.0), fit.details.get("ma.L1", 0.0)
    lags = np.abs(np.subtract.outer(np.arange(N), np.arange(N)))
    psi = np.concatenate([[1.0], (ar + ma) * ar ** np.arange(2000)])
    cov = np.array([psi[: 2001 - k] @ psi[k:] for k in range(N)])[lags] * fit.details["sigma2"]
    known = fit.coefficients.dropna()
    rest = fit.design.y.to_numpy() - fit.design.X[known.index].to_numpy() @ known
    time = fit.design.time
    if not fit.options["order"][1]:
        return log_normal(rest, cov[np.ix_(time, time)])
    steps = np.arange(1, N)
    over = (steps > time[:-1, None]) & (steps <= time[1:, None])
    return log_normal(np.diff(rest), over @ cov[1:, 1:] @ over.T)


def log_normal(rest: np.ndarray, cov: np.ndarray) -> float:
    size = rest @ np.linalg.solve(cov, rest) + np.linalg.slogdet(2 * np.pi * cov)[1]
    return -0.5 * float(size)


@pytest.mark.parametrize("order", ORDERS)
@given(seed=st.integers(0, 99), gone=st.sets(st.integers(1, N - 2), min_size=1, max_size=6))
@settings(max_examples=2)
def test_the_unit_adds_its_logarithm_for_each_figure(order, seed, gone):
    values, power = walk(seed, order[1]), 4
    plain, other = fitted(values, gone, order), fitted(values * 10.0**power, gone, order)
    counted = N - len(gone) - order[1]
    shift = counted * power * np.log(10)
    assert other.loglik == pytest.approx(plain.loglik - shift, abs=1e-4)
    assert other.details["aicc"] == pytest.approx(plain.details["aicc"] + 2 * shift, abs=2e-4)


@pytest.mark.parametrize("gone", [set(), {1}, {5, 6, 7, 20, 33}])
@pytest.mark.parametrize("order", [(1, 0, 0), (1, 0, 1), (0, 1, 1), (1, 1, 0)])
def test_the_likelihood_is_the_density_of_the_figures(gone, order):
    fit = fitted(walk(1, order[1]), gone, order)
    assert fit.loglik == pytest.approx(density(fit), abs=1e-6)


@pytest.mark.parametrize("gone", [set(), {1}, {5, 6, 7, 20, 33}])
def test_structural_too(gone):
    def loglik(factor: float) -> float:
        series = pd.Series(factor * walk(2, 1), MONTHS).drop(MONTHS[sorted(gone)])
        outcome = its.make_outcome(series, name="x", unit="units", kind="measure")
        day = MONTHS[FIRST_POST].start_time
        design = its.build_design(outcome, day, scale="level", season=0, shape="level")
        return its.fit(design, "structural").loglik

    counted = N - len(gone) - 2
    assert loglik(1e4) == pytest.approx(loglik(1.0) - counted * 4 * np.log(10), abs=1e-3)
