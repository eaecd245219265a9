"""Windows: each row equals a fit of its own, and the average stays the same question."""

import numpy as np
import pandas as pd
import pytest

from analysis import build_design, estimate_effects, fit, load_outcome, make_outcome, run_placebos
from analysis.effects.estimands import contrast_of
from analysis.robustness.varied import vary_windows

EVENTS = ("title-42-end", "mexico-enforcement")


@pytest.fixture(scope="module")
def history():
    return load_outcome(start="2019-10", end="2024-12")


@pytest.fixture(scope="module")
def design(history):
    return build_design(history.window("2021-10"), "asylum-restrictions", events=EVENTS)


@pytest.fixture(scope="module")
def windows(design, history):
    return vary_windows(design, history=history)


def average(outcome, **options):
    design = build_design(outcome, "asylum-restrictions", **options)
    return estimate_effects(fit(design))["average"]


def test_every_start_that_leaves_a_year_and_every_end_with_two_post_months(windows):
    starts, ends = windows.part("start")["period"], windows.part("end")["period"]
    assert (str(starts.iloc[0]), str(starts.iloc[-1]), len(starts)) == ("2019-10", "2023-06", 45)
    assert (str(ends.iloc[0]), str(ends.iloc[-1]), len(ends)) == ("2024-07", "2024-12", 6)
    assert len(windows.part("left out")) == 39


def test_a_start_equals_its_own_fit(windows, history):
    row = windows.part("start").set_index("period").loc["2022-04"]
    own = average(history.window("2022-04"), events=EVENTS, season=1)
    assert [row["estimate"], row["lower"], row["upper"]] == pytest.approx(
        [own.estimate, own.lower, own.upper], abs=1e-6
    )


def test_a_start_after_the_end_of_title_42_goes_without_that_event(windows, history):
    row = windows.part("start").set_index("period").loc["2023-06"]
    own = average(history.window("2023-06"), events=["mexico-enforcement"], season=1)
    assert row["estimate"] == pytest.approx(own.estimate, abs=1e-6)


def test_an_end_equals_its_own_fit(windows, history):
    row = windows.part("end").set_index("period").loc["2024-08"]
    own = average(history.window("2021-10", "2024-08"), events=EVENTS, season=1)
    assert row["estimate"] == pytest.approx(own.estimate, abs=1e-6)


def test_a_pre_month_left_out_equals_a_washout_of_that_month(windows, history):
    row = windows.part("left out").set_index("period").loc["2023-02"]
    window = history.window("2021-10")
    own = average(window, events=EVENTS, washout=("2023-02", "2023-02"))
    assert [row["estimate"], row["p_value"]] == pytest.approx([own.estimate, own.p_value], abs=1e-6)


def test_a_post_month_left_out_keeps_the_average_over_all_post_months(windows, design, history):
    row = windows.part("left out").set_index("period").loc["2024-12"]
    window = history.window("2021-10")
    fewer = build_design(
        window, "asylum-restrictions", events=EVENTS, washout=("2024-12", "2024-12")
    )
    wanted = fit(fewer).contrast(contrast_of(design, "average")[None])["estimate"].item()
    assert row["estimate"] == pytest.approx(100 * np.expm1(wanted), abs=1e-6)
    assert row["estimate"] != pytest.approx(estimate_effects(fit(fewer))["average"].estimate)


def test_the_chosen_window_is_marked(windows, design):
    chosen = windows.table[windows.table["chosen"]]
    own = estimate_effects(fit(design))["average"].estimate
    assert list(chosen["change"]) == ["start", "end"]
    assert chosen["estimate"].to_numpy() == pytest.approx([own, own])


def test_the_summary_names_the_ends_of_the_range(windows):
    starts = windows.part("start").set_index("period")["estimate"]
    row = windows.by_change.loc["start"]
    assert (row["least"], row["least_period"]) == (starts.min(), starts.idxmin())
    assert (row["greatest"], row["greatest_period"]) == (starts.max(), starts.idxmax())
    assert "95% intervals without 0" in windows._repr_html_()


def test_a_window_that_cannot_identify_the_design_is_named(history):
    design = build_design(history.window("2021-10", "2024-07"), "asylum-restrictions")

    few = vary_windows(design)

    gone = [key for key in few.left_out["key"] if key[0] == "left out"]
    assert [str(period) for _, period in gone] == ["2024-06", "2024-07"]
    assert "not all terms can be told apart" in few.left_out["reason"].iloc[-1]


def test_controls_of_the_design_go_along(history):
    window = history.window("2021-10")
    driver = history.rate * 0 + np.sin(np.arange(len(history.values)))
    with_driver = build_design(window, "asylum-restrictions", season=0, controls={"driver": driver})
    moved = vary_windows(with_driver, history=history, controls={"driver": driver})
    own = average(history.window("2020-01"), season=0, controls={"driver": driver})
    row = moved.part("start").set_index("period").loc["2020-01"]
    assert row["estimate"] == pytest.approx(own.estimate, abs=1e-6)


@pytest.mark.parametrize(("rows", "tried"), [(80, 80), (320, 40)])
def test_of_a_long_series_some_windows_are_tried(rows, tried):
    rng = np.random.default_rng(2)
    values = pd.Series(rng.normal(50, 2, rows), pd.period_range("2010-01", periods=rows, freq="W"))
    series = make_outcome(values, name="made", unit="points", kind="measure")
    start = str(values.index[-10].start_time.date())
    design = build_design(series, start, season=0, scale="level")
    found = vary_windows(design, model="ar1")
    assert len(found.part("left out")) == tried
    assert found.part("start")["chosen"].sum() == found.part("end")["chosen"].sum() == 1
    placebo = run_placebos(design, model="ar1")
    assert 5 < placebo.count <= 40
    assert placebo.left_out["rule"].str.startswith("of so many dates").any() == (rows > 300)
