"""Public docstrings name parameters and fields, and the errors that are raised."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields, is_dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.errors import AnalysisError

FUNCTIONS = [name for name in its.__all__ if inspect.isroutine(getattr(its, name))]
MONTHS = pd.period_range("2018-01", "2023-12", freq="M")
LATE = pd.period_range("2030-01", "2033-12", freq="M")
START = "2022-01-01"


def series(name: str = "visits", periods: pd.PeriodIndex = MONTHS, seed: int = 0) -> its.Outcome:
    values = 100 + 10 * np.random.default_rng(seed).standard_normal(len(periods))
    return its.make_outcome(pd.Series(values, periods), name=name, unit="u", kind="measure")


@pytest.fixture(scope="module")
def have() -> SimpleNamespace:
    """What the faulty calls are made with."""
    own, other, late = series(), series("calls", seed=1), series("late", LATE)
    design = its.build_design(own, START)
    choices = {"start": "2018-01", "end": "2023-12", "intervention": START, "season": [0, 1]}
    grid = its.read_grid(choices, outcomes={"visits": own})
    weekly = {"component": "usbp", "border": "nationwide", "frequency": "weekly"}
    return SimpleNamespace(
        own=own,
        other=other,
        late=late,
        design=design,
        fit=its.fit(design, "newey_west"),
        arima=its.fit(design, "arima", order=(1, 0, 0)),
        two=its.build_two_group_design(own, other, START),
        placebo=its.run_placebos(design),
        grid=grid,
        curve=its.run_specifications(grid),
        cells=its.estimate_cells({"a": own, "b": other, "c": series(seed=2)}, START),
        one=its.estimate_cells({"a": own}, START),
        weeks=its.load_outcome(**weekly, start="2021-10-04", end="2022-01-30"),
        fates=its.became_of("fates", "2024-06"),
    )


# A call of each function that it must refuse.
FAULTS = {
    "describe_data": lambda h: its.describe_data(""),
    "read_data": lambda h: its.read_data("none.csv"),
    "make_outcome": lambda h: its.make_outcome(pd.Series([1.0], ["a"]), name="x", unit="u"),
    "ratio_outcome": lambda h: its.ratio_outcome(h.own, h.late),
    "read_series": lambda h: its.read_series("none.csv"),
    "find_intervention": lambda h: its.find_intervention("none"),
    "read_grid": lambda h: its.read_grid({"season": [1, 1]}),
    "load_outcome": lambda h: its.load_outcome(component="none"),
    "audit_data": lambda h: its.audit_data("none.csv"),
    "seasonal_pattern": lambda h: its.seasonal_pattern(h.own, until="none"),
    "split_outcome": lambda h: its.split_outcome("none", ["a"], start="2022-01", end="2023-01"),
    "ask": lambda h: its.ask({"component": "none"}),
    "build_design": lambda h: its.build_design(h.own, "2032-01-01"),
    "rebuild": lambda h: its.rebuild(h.two, season=1),
    "build_two_group_design": lambda h: its.build_two_group_design(h.own, h.late, START),
    "fit": lambda h: its.fit(h.design, "newey_west", maxlags=-1),
    "model": lambda h: its.model("ols", "taken")(lambda design: None),
    "refit": lambda h: its.refit(h.fit, season=99),
    "trace_counterfactual": lambda h: its.trace_counterfactual(h.fit, alpha=2),
    "rule_out": lambda h: its.rule_out(h.fit, margin=-1),
    "estimate_effects": lambda h: its.estimate_effects(h.fit, alpha=2),
    "run_placebos": lambda h: its.run_placebos(h.design, alpha=2),
    "extreme_dates": lambda h: its.extreme_dates(h.placebo, count=0),
    "look_back": lambda h: its.look_back(h.arima, h.own),
    "bound_bends": lambda h: its.bound_bends(h.design, model="forecast_trend"),
    "map_unmeasured": lambda h: its.map_unmeasured(h.design, alpha=2.0),
    "choice_shares": lambda h: its.choice_shares(h.curve, bins=0),
    "run_specifications": lambda h: its.run_specifications(h.grid, alpha=2),
    "judge_curve": lambda h: its.judge_curve(h.curve, replicates=5),
    "find_breaks": lambda h: its.find_breaks(h.own, breaks=2, season=1),
    "fixed_mix_ratio": lambda h: its.fixed_mix_ratio(weights={"mexico": 1.0}),
    "mix_of": lambda h: its.mix_of("none"),
    "count_before_after": lambda h: its.count_before_after({"a": h.own}, START, span=0),
    "index_groups": lambda h: its.index_groups({"a": h.own}, "2018-02-01"),
    "check_trends": lambda h: its.check_trends(h.design, alpha=2),
    "compare_groups": lambda h: its.compare_groups(h.own, h.late, START),
    "estimate_cells": lambda h: its.estimate_cells({"late": h.late}, START),
    "pool": lambda h: its.pool([1.0, 2.0], [1.0, 1.0], names=["a"]),
    "meta_regression": lambda h: its.meta_regression([1, 2, 3], [1, 1, 1], [1, 1, 1]),
    "pool_cells": lambda h: its.pool_cells(h.one),
    "regress_cells": lambda h: its.regress_cells(h.cells, {"a": 1.0}),
    "dose_response": lambda h: its.dose_response(
        h.cells, {"a": 0.1, "b": 0.2, "c": 0.3}, histories={}
    ),
    "became_of": lambda h: its.became_of("fates", "1950-01"),
    "by_dose": lambda h: its.by_dose(
        "asylum-restrictions", start="2021-10", end="2024-08", months=0
    ),
    "load_figures": lambda h: its.load_figures("none"),
    "measured": lambda h: its.measured(h.fates, its.find_intervention("asylum-restrictions")),
    "vary_confounders": lambda h: its.vary_confounders(h.design, []),
    "vary_phase_in": lambda h: its.vary_phase_in(h.design, phase_ins=[-1]),
    "vary_windows": lambda h: its.vary_windows(h.design, alpha=2),
    "weigh_comparison": lambda h: its.weigh_comparison(h.own, h.other, START),
    "simulate_power": lambda h: its.simulate_power(h.design, replicates=10),
    "first_weeks": lambda h: its.first_weeks(h.weeks),
    "holiday_weeks": lambda h: its.holiday_weeks(MONTHS),
    "weekly_design": lambda h: its.weekly_design(h.own, START),
    "load_claims": lambda h: its.load_claims("none.yml"),
    "compare": lambda h: its.compare(h.design, []),
    "line_up": lambda h: its.line_up({}),
    "published_design": lambda h: its.published_design("none"),
    "explore_effect": lambda h: its.explore_effect({"component": "none"}),
    "check_cells": lambda h: its.check_cells(its.load_coverage(), cells=0),
}
# What the package itself carries would have to be broken, which other tests do.
OF_THE_PACKAGE = {"embedded", "check_claims", "check_plan"}


def raised_by(name: str) -> set[str]:
    """The classes that a docstring says."""
    lines = inspect.getdoc(getattr(its, name)).partition("Raises\n------\n")[2].splitlines()
    return set(re.findall(r"\w+Error", " ".join(line.partition(" : ")[0] for line in lines)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_parameter_is_named(name):
    said = inspect.getdoc(getattr(its, name))
    parameters = inspect.signature(getattr(its, name)).parameters
    assert [p for p in parameters if not re.search(rf"\b{p}\b", said)] == []


@pytest.mark.parametrize("name", [n for n in its.__all__ if is_dataclass(getattr(its, n))])
def test_each_field_is_named(name):
    said, own = inspect.getdoc(getattr(its, name)), fields(getattr(its, name))
    assert [f.name for f in own if not re.search(rf"\b{f.name}\b", said)] == []


def test_each_function_that_says_an_error_is_given_a_fault():
    assert {n for n in FUNCTIONS if raised_by(n)} == set(FAULTS) | OF_THE_PACKAGE


@pytest.mark.parametrize("name", FAULTS)
def test_the_error_that_is_said_is_raised(name, have):
    with pytest.raises(AnalysisError) as caught:
        FAULTS[name](have)
    assert {kind.__name__ for kind in type(caught.value).__mro__} & raised_by(name)
