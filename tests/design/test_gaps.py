"""Periods that are missing or left out, and what a user passes beside the outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis as its
from analysis.errors import DesignError, InputError

N, FIRST_POST = 48, 36
MONTHS = pd.period_range("2018-01", periods=N, freq="M")
DAY = "2021-01-01"


def series(seed: int = 1) -> pd.Series:
    return pd.Series(100 + np.random.default_rng(seed).normal(0, 3, N), MONTHS)


def outcome_of(values: pd.Series) -> its.Outcome:
    return its.make_outcome(values, name="visits", unit="visits", kind="measure")


def build(values: pd.Series, **options):
    return its.build_design(outcome_of(values), DAY, **{"season": 0, **options})


FREQUENCIES = ["M", "W-SUN", "W-THU", "Q-DEC", "Q-JAN", "Y-DEC", "Y-JUN"]


@given(
    freq=st.sampled_from(FREQUENCIES),
    gone=st.sets(st.integers(1, N - 2), min_size=1, max_size=9),
    season=st.sampled_from([0, 1, "months"]),
    scale=st.sampled_from(["log", "level"]),
)
def test_a_missing_period_is_a_washout_of_it(freq, gone, season, scale):
    if len([i for i in gone if i >= FIRST_POST]) > (N - FIRST_POST) / 3 or freq[0] in "WY":
        season, gone = 0, {i for i in gone if i < FIRST_POST} or {3}
    periods = pd.period_range("1990-03-08", periods=N, freq=freq)
    values = series().set_axis(periods)
    day, spans = periods[FIRST_POST].start_time, [(periods[i], periods[i]) for i in sorted(gone)]
    options = {"season": season, "scale": scale, "shape": "level"}
    left_out = its.build_design(outcome_of(values), day, washout=spans, **options)
    missing = its.build_design(outcome_of(values.drop(periods[sorted(gone)])), day, **options)
    pd.testing.assert_frame_equal(missing.X, left_out.X)
    pd.testing.assert_series_equal(missing.y, left_out.y)
    np.testing.assert_array_equal(missing.time, left_out.time)
    np.testing.assert_array_equal(missing.post, left_out.post)
    assert missing.T0 == left_out.T0 == FIRST_POST
    assert list(np.flatnonzero(~np.isin(np.arange(N), missing.time))) == sorted(gone)


@given(freq=st.sampled_from(FREQUENCIES), first=st.integers(20, 40))
def test_an_intervention_may_be_a_day_in_any_form(freq, first):
    periods = pd.period_range("1990-03-08", periods=N, freq=freq)
    outcome, start = outcome_of(series().set_axis(periods)), periods[first].start_time
    forms = [periods[first], start, start.date(), str(start.date())]
    forms += [str(start.date())[:7]] if start.day == 1 else []
    designs = [its.build_design(outcome, form, season=0) for form in forms]
    for design in designs:
        assert first == design.T0
        pd.testing.assert_frame_equal(design.X, designs[0].X)


def test_one_event_needs_no_list():
    one, listed = (build(series(), events=given) for given in ("2019-05-01", ["2019-05-01"]))
    pd.testing.assert_frame_equal(one.X, listed.X)
    assert one.events == listed.events


def test_the_month_of_the_start_may_be_missing():
    design = build(series().drop(MONTHS[FIRST_POST]))
    assert design.T0 == FIRST_POST
    assert design.X.loc[MONTHS[FIRST_POST + 1], "slope"] == 1.0
    assert design.pre.sum() == FIRST_POST


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        (range(2, 15), "13 of the 36 months before the start: March 2018 to March 2019"),
        (range(40, 45), "5 of the 12 months after the start: May to September 2021"),
    ],
)
def test_more_than_a_third_missing_is_refused_with_the_months(gone, message):
    with pytest.raises(DesignError, match=message):
        build(series().drop(MONTHS[list(gone)]))
    build(series().drop(MONTHS[list(gone)[1:]]))


def test_washouts_are_pairs_inside_the_window():
    design = build(series(), washout=[("2018-03", "2018-04"), ("2021-01", "2021-01")])
    assert [str(end) for span in design.washout for end in span] == [
        "2018-03",
        "2018-04",
        "2021-01",
        "2021-01",
    ]
    assert len(design.y) == N - 3
    year = build(series(), washout=("2019", "2019"))
    assert len(year.y) == N - 12
    for wrong in (["2018-03"], ("2018-03", "2018-04", "2018-05"), [("2018-03",)]):
        with pytest.raises(InputError, match="washout is"):
            build(series(), washout=wrong)
    with pytest.raises(InputError, match="leaves nothing out"):
        build(series(), washout=[("2018-03", "2018-04"), ("2030-01", "2030-02")])


CONTROL = series(2).rename("rain")
DATED = CONTROL.set_axis(MONTHS.to_timestamp())


@pytest.mark.parametrize(
    ("controls", "name"),
    [
        ({"rain": CONTROL}, "rain"),
        ({"rain": DATED}, "rain"),
        ({"rain": DATED.sample(frac=1, random_state=1)}, "rain"),
        ({"rain": DATED.set_axis(DATED.index.strftime("%Y-%m"))}, "rain"),
        ({"rain": CONTROL.to_frame()}, "rain"),
        ({"rain": CONTROL.to_numpy()}, "rain"),
        ({"rain": list(CONTROL)}, "rain"),
        (CONTROL, "rain"),
        (DATED.rename(None), "control"),
        (DATED.to_frame(), "rain"),
        (CONTROL.to_numpy(), "control 1"),
        (CONTROL.to_numpy()[:, None], "control 1"),
    ],
)
def test_controls_come_in_any_form(controls, name):
    design = build(series(), controls=controls)
    np.testing.assert_array_equal(design.X[name], CONTROL)
    longer = its.rebuild(design, outcome=design.outcome.window("2018-06", "2021-12"))
    np.testing.assert_array_equal(longer.X[name], CONTROL["2018-06":])


def test_a_frame_of_controls_keeps_its_names():
    both = pd.DataFrame({"rain": DATED, "heat": DATED * 2 + np.arange(N) ** 2})
    assert {"rain", "heat"} <= set(build(series(), controls=both).X)


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        (
            CONTROL.to_numpy()[:-1],
            r"'control 1' is a ndarray[\s\S]*array of 48 values",
        ),
        ({"rain": CONTROL.reset_index(drop=True)}, "holds numbers .0 to 47., not dates"),
        ({"rain": CONTROL.asfreq("D", how="start")}, "has the frequency D, the outcome M"),
        ({"rain": CONTROL.astype(object).replace(CONTROL.iloc[0], "wet")}, "has 'wet' for 2018-01"),
        ({"rain": pd.concat([DATED, DATED])}, "more than one value for 2018-01"),
        ({"rain": CONTROL.drop(MONTHS[[3, 4]])}, "has no value for April to May 2018"),
    ],
)
def test_controls_that_do_not_fit_are_refused_by_name(controls, message):
    with pytest.raises(InputError, match=message):
        build(series(), controls=controls)


def test_a_control_may_be_missing_where_nothing_is_used():
    hole = CONTROL.drop(MONTHS[[3, 4]])
    washed = build(series(), controls={"rain": hole}, washout=("2018-04", "2018-05"))
    gapped = build(series().drop(MONTHS[[3, 4]]), controls={"rain": hole})
    assert np.isfinite(washed.X.to_numpy()).all()
    pd.testing.assert_frame_equal(washed.X, gapped.X)
