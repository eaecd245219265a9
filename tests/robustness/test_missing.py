"""Robustness on a series that has missing periods: each refit sees the gap as the main fit does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
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
@settings(max_examples=6)
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
    for specification, one in list(assemble_grid(grid, "average"))[:: 1 + len(gone) // 4]:
        if isinstance(one, InputError):
            with pytest.raises(InputError) as refused:
                design_of(grid, specification)
            assert one.reason == refused.value.reason
            continue
        made = design_of(grid, specification)
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


def test_a_break_beside_missing_months_is_found_there():
    values = whole() * np.where(np.arange(N) >= 40, 0.5, 1.0)
    found = its.find_breaks(outcome_of(values.drop(MONTHS[[20, 40, 41]])), terms="level", draws=99)
    row = found.table.iloc[0]
    assert row["break_after"] == MONTHS[39]
    assert row["last_after"] >= MONTHS[41]
    assert found.contains(MONTHS[40])
    assert found.contains(MONTHS[42])
    assert row["estimate"] == pytest.approx(-50, abs=3)


def test_breaks_without_memory_are_least_squares_on_the_figures():
    gone = [5, 6, 7, 30, 55]
    found = its.find_breaks(outcome_of(whole().drop(MONTHS[gone])), errors="independent", season=0)
    time = np.setdiff1d(np.arange(N), gone)
    y = np.log(whole().to_numpy()[time])

    def rss(first: int | None) -> float:
        X = [np.ones(len(time)), time]
        if first is not None:
            X += [time >= first, np.maximum(time - first, 0)]
        X = np.column_stack(X).astype(float)
        return float(np.sum((y - X @ np.linalg.lstsq(X, y, rcond=None)[0]) ** 2))

    for before, f in found.path.items():
        first = time[time > MONTHS.get_loc(before)][0]
        with_break = rss(int(first))
        assert f == pytest.approx((rss(None) - with_break) / (with_break / (len(time) - 4)))
