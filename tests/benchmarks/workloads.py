"""What is measured at growing sizes. Each gives a function to time, its input ready."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm

import analysis as its
from analysis.border.grid import read_grid
from analysis.models.batch import Problem, batch_contrasts
from analysis.robustness.curve.specification import run_specifications

Work = Callable[[], Any]


def one_design(size: int) -> Work:
    """A batch of `ar1_calibrated` over series of 39 months that share a design."""
    return _batch(size, apart=False)


def designs_apart(size: int) -> Work:
    """The same, each series on a design of its own."""
    return _batch(size, apart=True)


def specifications(size: int) -> Work:
    """A specification curve of about `size` combinations (a multiple of 288)."""
    months = pd.period_range("2010-10", "2022-11", freq="M").astype(str)
    many = size > 288 * len(months)
    starts = round(size / 288 / (4 if many else 1))
    choices = {
        "outcome": {"all": {}, "adults": {"demographic": "single_adult"}},
        "start": list(months[-starts:]),
        "end": ["2024-11", "2024-12"],
        "intervention": ["asylum-restrictions", "2024-06-18"],
        "season": [0, 1, 2, "months"],
        "events": ["none", "title-42-end", "title-42-end+mexico-enforcement"],
        "phase_in": [0, 2, 3],
    }
    if many:
        choices |= {"scale": ["log", "level"], "model": ["ar1_calibrated", "reml_ar1"]}
    grid = read_grid(choices)
    assert len(grid) == size, len(grid)
    return lambda: run_specifications(grid)


def fit_with_effects(size: int) -> Work:
    """The default fit with all seven effects, of `size` weeks."""
    design = weeks(size)
    return lambda: its.estimate_effects(its.fit(design))


def fit_alone(size: int) -> Work:
    """The default fit without effects, on the same design."""
    design = weeks(size)
    return lambda: its.fit(design)


def glsar(size: int) -> Work:
    """statsmodels GLSAR until it converges, on the same design."""
    design = weeks(size)
    return lambda: sm.GLSAR(design.y, design.X).iterative_fit(maxiter=50)


def sarimax(size: int) -> Work:
    """statsmodels SARIMAX with AR(1) errors, on the same design."""
    design = weeks(size)
    return lambda: sm.tsa.SARIMAX(design.y, design.X, order=(1, 0, 0)).fit(disp=0)


def components(size: int) -> Work:
    """statsmodels UnobservedComponents with a local level, on the same terms."""
    design = weeks(size)
    terms = design.X.iloc[:, 1:]  # its level is the constant
    return lambda: sm.tsa.UnobservedComponents(design.y, "llevel", exog=terms).fit(disp=0)


def columns(size: int) -> Work:
    """The default fit with all seven effects of 250 weeks, on `size` columns."""
    design = weeks(250)
    rng = np.random.default_rng(2)
    extra = range(size - design.X.shape[1])
    controls = {f"x{i}": pd.Series(rng.normal(size=250), design.periods) for i in extra}
    design = its.build_design(design.outcome, design.intervention, season=0, controls=controls)
    assert design.X.shape[1] == size
    return lambda: its.estimate_effects(its.fit(design))


def _batch(size: int, *, apart: bool) -> Work:
    outcome = its.load_outcome(component="usbp", start="2021-10", end="2024-12")
    events = ["title-42-end", "mexico-enforcement"]
    design = its.build_design(outcome, "asylum-restrictions", events=events, season=1)
    X, y, rng = design.X.to_numpy(), design.y.to_numpy(), np.random.default_rng(1)
    C = design.difference[design.post].mean(axis=0)[None]
    problems = [
        Problem(
            y=y + 0.1 * rng.standard_normal(len(y)),
            X=X + 0.01 * rng.standard_normal(X.shape) if apart else X,
            time=design.time,
            C=C,
        )
        for _ in range(size)
    ]
    return lambda: batch_contrasts(problems, model="ar1_calibrated")


def weeks(size: int):
    rng, errors = np.random.default_rng(1), [0.0]
    for shock in rng.standard_normal(size - 1):
        errors.append(0.5 * errors[-1] + 0.1 * shock)
    index = pd.period_range("1925-01-05", periods=size, freq="W")
    values = pd.Series(100 * np.exp(errors), index)
    outcome = its.make_outcome(values, name="made up", unit="units", kind="measure")
    start = index[size - max(4, size // 5)].start_time
    return its.build_design(outcome, f"{start:%Y-%m-%d}", season=0)
