"""Robustness on a series that has missing periods: each refit sees the gap as the main fit does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis as its
from analysis.errors import InputError
from analysis.robustness.counted import count_before_after
from analysis.robustness.curve.assemble import assemble_grid, design_of
from analysis.robustness.curve.grid import make_grid

N = 72
MONTHS = pd.period_range("2015-01", periods=N, freq="M")
DAY = "2020-01-01"
COLUMNS = ["estimate", "std_error", "lower", "upper", "p_value"]


def whole() -> pd.Series:
    return pd.Series(np.exp(5 + np.random.default_rng(4).normal(0, 0.1, N)), MONTHS)


def outcome_of(values: pd.Series) -> its.Outcome:
    return its.make_outcome(values, name="visits", unit="visits", kind="measure")


@pytest.fixture(scope="module")
def gapped() -> its.Outcome:
    return outcome_of(whole().drop(MONTHS[[0, 9, 30, 31, 62]]))


@pytest.fixture(scope="module")
def design(gapped):
    return its.build_design(gapped, DAY, season=1)


def own(design, row) -> None:
    effect = its.estimate_effects(its.fit(design))["average"]
    wanted = [getattr(effect, name) for name in COLUMNS]
    np.testing.assert_allclose(row[COLUMNS].to_numpy(float), wanted, rtol=1e-6, atol=1e-9)


@given(gone=st.sets(st.integers(1, N - 2), min_size=1, max_size=24))
def test_the_curve_has_the_designs_of_build_design(gone):
    outcome = outcome_of(whole().drop(MONTHS[sorted(gone)]))
    choices = {
        "intervention": DAY,
        "start": ["2015-01", "2016-03"],
        "shape": ["level", "level+slope"],
        "phase_in": [0, 3],
        "events": ["none", "2018-05-01"],
        "season": [0, "months"],
        "scale": ["log", "level"],
    }
    grid = make_grid(choices, {"visits": outcome})
    for one in list(assemble_grid(grid, "average"))[:: 1 + len(gone) // 4]:
        if one.problem is None:
            with pytest.raises(InputError) as refused:
                design_of(grid, one.specification)
            assert one.reason == refused.value.reason
            continue
        made = design_of(grid, one.specification)
        np.testing.assert_allclose(one.problem.X, made.X, atol=1e-9)
        np.testing.assert_array_equal(one.problem.time, made.time)
        np.testing.assert_allclose(one.problem.y, made.y)
        rate = made.outcome.rate.dropna().reindex(made.periods)[made.post]
        assert one.observed == pytest.approx(rate.mean())


def test_placebos_are_fits_of_their_own(design):
    table = its.run_placebos(design).placebos
    assert len(table) > 20
    row = table.iloc[len(table) // 2]
    back = design.outcome.periods[design.T0] - row["period"]
    window = design.outcome.window(None, design.outcome.periods[-1] - back)
    own(its.build_design(window, row["period"], season=1), row)


def test_windows_are_fits_of_their_own(design):
    table = its.vary_windows(design).table
    starts = table[table["change"] == "start"]
    row = starts.iloc[len(starts) // 3]
    window = design.outcome.window(row["period"], None)
    own(its.build_design(window, DAY, season=1), row)
    left_out = set(table.loc[table["change"] == "left out", "period"])
    assert left_out == set(design.periods)


def test_means_before_and_after_are_of_what_was_counted(gapped):
    days = gapped.days[gapped.values.notna()]
    counts = its.make_outcome(2.0 * days, name="twice a day", unit="visits")
    row = count_before_after({"a": counts}, DAY, span=12).table.loc["a"]
    assert (row["before"], row["after"]) == (2.0, 2.0)
