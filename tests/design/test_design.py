"""The rows of a design by the conventions, and every guard fed its fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.design import rebuild
from analysis.design.identified import dependent
from analysis.design.scale import unit_of
from analysis.design.terms import Calendar, share_in_force
from analysis.errors import DesignError, InputError

RESTRICTIONS = "asylum-restrictions"


def series_of(values, start="2000-01", freq="M", kind="measure"):
    periods = pd.period_range(start, periods=len(values), freq=freq)
    values = pd.Series(np.asarray(values, dtype=float), periods)
    return its.make_outcome(values, name="made", unit="units", kind=kind)


def an_event(name, start, **options):
    return its.Intervention(name=name, start=date.fromisoformat(start), label=name, **options)


def test_a_measure_with_no_unit_but_its_name_is_told_in_units():
    made = series_of(range(1, 9))
    for name, unit, told in (("Price (my.csv)", "price", "units"), ("Price", "dollars", "dollars")):
        outcome = replace(made, name=name, unit=unit)
        assert unit_of(outcome, "level") == told
        assert unit_of(outcome, "level", "slope") == f"{told} a month"
        assert unit_of(outcome, "log") == "%"


@pytest.mark.parametrize("unit", ["%", "per cent", "percent", "pct"])
def test_a_difference_of_shares_in_per_cent_is_in_percentage_points(unit):
    share = replace(series_of(range(1, 9)), name="share", unit=unit)
    assert unit_of(share, "level", "slope") == "percentage points a month"
    assert unit_of(replace(share, unit="percentiles"), "level") == "percentiles"


@pytest.fixture(scope="module")
def border():
    return its.load_outcome(component="usbp", start="2021-10", end="2024-12")


@pytest.fixture
def waves():
    """Forty months of a series that no term fits."""
    return series_of(10 + np.sin(np.arange(40) ** 1.3))


def test_the_level_is_the_share_of_days_and_the_slope_starts_at_zero(border):
    rows = its.build_design(border, RESTRICTIONS, season=0).rows_around(2)

    np.testing.assert_allclose(rows["level"], [0, 0, 26 / 30, 1, 1])
    np.testing.assert_array_equal(rows["slope"], [0, 0, 0, 1, 2])
    np.testing.assert_array_equal(rows["trend"], [30, 31, 32, 33, 34])
    assert rows.loc["2024-06", "observed"] == border.values["2024-06"]


def test_an_event_is_a_level_by_share_of_month(border):
    X = its.build_design(border, RESTRICTIONS, events=["title-42-end"], season=0).X

    assert X.loc["2023-05", "title-42-end"] == pytest.approx(20 / 31)
    assert X.loc["2023-04", "title-42-end"] == 0
    assert X.loc["2024-12", "title-42-end"] == 1


def test_the_log_scale_is_of_the_mean_count_a_day(border):
    design = its.build_design(border, RESTRICTIONS)

    assert design.y["2024-02"] == pytest.approx(np.log(border.values["2024-02"] / 29))


def test_the_count_scale_is_the_count(border):
    design = its.build_design(border, RESTRICTIONS, scale="count")

    np.testing.assert_array_equal(design.y, border.values)
    assert design.in_per_cent


def test_the_counterfactual_lacks_only_the_intervention(border):
    design = its.build_design(border, RESTRICTIONS, events=["title-42-end"], season=1)

    changed = (design.X_counterfactual != design.X).any()

    assert set(changed[changed].index) == {"level", "slope"}
    assert (design.X_counterfactual[["level", "slope"]] == 0).all(axis=None)


def test_a_phase_in_rises_by_days_in_force_and_the_slope_waits(border):
    rows = its.build_design(border, RESTRICTIONS, season=0, phase_in=3).rows_around(4)

    done = np.cumsum([26 / 30, 1, 1, 1, 1]) / 3
    np.testing.assert_allclose(rows["level"], [0, 0, 0, 0, *np.minimum(done, 1)])
    np.testing.assert_array_equal(rows["slope"][-2:], [0, 1])


def test_a_temporary_intervention_falls_back(waves):
    event = an_event("short", "2002-01-01", end=date(2002, 6, 15), shape="level")
    design = its.build_design(waves, event, scale="level", season=0)

    assert design.X.loc["2002-05", "level"] == 1
    assert design.X.loc["2002-06", "level"] == pytest.approx(0.5)
    assert design.X.loc["2002-07", "level"] == 0
    assert design.periods[design.post].astype(str).tolist() == [f"2002-0{m}" for m in range(1, 7)]
    assert (design.pre | design.post).sum() == 30
    assert design.pre.sum() == 24


def test_a_pulse_reaches_the_first_period_only(waves):
    event = an_event("strike", "2002-01-11", shape="pulse")
    design = its.build_design(waves, event, scale="level", season=0)

    assert design.X["pulse"].sum() == pytest.approx(21 / 31)
    assert design.post.sum() == 1


def test_each_event_has_its_own_shape(waves):
    events = [
        an_event("strike", "2001-03-01", shape="pulse"),
        an_event("reform", "2001-07-01", shape="level+slope"),
        an_event("campaign", "2002-01-01", end=date(2002, 3, 31)),
    ]
    design = its.build_design(waves, "2002-07-01", events=events, scale="level", season=0)

    assert list(design.X)[2:] == [
        *("level", "slope", "strike pulse", "reform", "reform slope", "campaign")
    ]
    assert design.X["strike pulse"].sum() == 1
    assert design.X["reform slope"].max() == 21
    assert design.X["campaign"].sum() == 3


@pytest.mark.parametrize(("shape", "names"), [("level", ["level"]), ("slope", ["slope"])])
def test_level_or_slope_alone(waves, shape, names):
    design = its.build_design(waves, "2002-01-01", scale="level", season=0, shape=shape)

    assert design.step_columns == names


def test_a_washout_leaves_rows_out_but_not_time(border):
    design = its.build_design(border, RESTRICTIONS, season=0, washout=("2024-06", "2024-08"))

    assert len(design.y) == 36
    assert design.T0 == 32
    assert design.time[design.post].tolist() == [35, 36, 37, 38]
    assert design.X["slope"].iloc[-1] == 6


def test_weeks_have_shares_and_their_own_year():
    values = series_of(np.cos(np.arange(160) ** 1.2), "2021-01-04", "W-SUN")
    design = its.build_design(values, "2023-06-07", scale="level", season=1)

    assert design.X["level"][design.time == design.T0].item() == pytest.approx(5 / 7)
    yearly = design.X["season sin 1"].to_numpy()
    assert np.corrcoef(yearly[:-52], yearly[52:])[0, 1] > 0.99


def test_quarters_have_indicators():
    values = series_of(np.cos(np.arange(40) ** 1.2), "2001Q1", "Q")
    X = its.build_design(values, "2008-01-01", scale="level", season="months").X

    assert [c for c in X if c.startswith("season")] == ["season 2", "season 3", "season 4"]
    assert X.loc["2002Q3", "season 3"] == 1
    assert X.loc["2002Q4", "season 3"] == 0


@pytest.mark.parametrize(("n", "pairs"), [(59, 1), (60, 2)])
def test_the_usual_season_grows_with_the_series(n, pairs):
    design = its.build_design(series_of(np.cos(np.arange(n) ** 1.2)), "2003-01-01", scale="level")

    assert design.season == pairs


def test_yearly_data_have_no_season():
    values = series_of(np.cos(np.arange(30) ** 1.2), "1970", "Y")

    assert its.build_design(values, "1990-01-01", scale="level").season == 0


def test_a_control_series_is_a_column(waves):
    control = pd.Series(np.arange(40) ** 2.0, waves.periods)
    design = its.build_design(
        waves, "2002-01-01", scale="level", season=0, controls={"prices": control}
    )

    np.testing.assert_array_equal(design.X["prices"], control)
    np.testing.assert_array_equal(design.X_counterfactual["prices"], control)


def test_the_share_in_force_counts_days_of_start_and_end():
    calendar = Calendar.of(series_of([1, 2, 3], "2024-01"))

    share = share_in_force(an_event("short", "2024-01-31", end=date(2024, 3, 1)), calendar)

    np.testing.assert_allclose(share, [1 / 31, 1, 1 / 31])


def test_two_groups_have_eight_terms(waves):
    other = series_of(5 + np.cos(np.arange(40) ** 1.4))
    design = its.build_two_group_design(waves, other, "2002-01-01", scale="level")

    assert list(design.X) == [
        *("constant", "trend", "shared level", "shared slope"),
        *("treated", "treated trend", "level", "slope"),
    ]
    assert design.own.sum() == 40
    assert design.post.sum() == 16
    assert (design.X.loc[design.group == 1, ["treated", "level", "slope"]] == 0).all(axis=None)
    assert (design.X_counterfactual["shared level"] == design.X["shared level"]).all()
    assert design.clock[40] - design.clock[39] > 1_000_000


def test_two_groups_cover_the_same_periods(waves):
    with pytest.raises(InputError, match="2000-01 to 2003-04, another made, 2000-01 to 2002-06"):
        its.build_two_group_design(waves, waves.window(end="2002-06"), "2002-01-01")


GUARDS = {
    "an unknown scale": ({"scale": "sqrt"}, "no value of scale 'sqrt'"),
    "counts of a measure": ({"scale": "count"}, "is a measure, not a count"),
    "no post-period": ({"intervention": "2010-01-01"}, "has no post-period"),
    "no pre-period": ({"intervention": "1999-01-01"}, "The pre-period has 0 months"),
    "a short pre-period": ({"intervention": "2000-04-01"}, "needs at least 4"),
    "a season without a year": (
        {"intervention": "2000-11-01", "season": 1},
        r"at least 12 \(a full year for a season\)",
    ),
    "an impossible season": (
        {"season": 7},
        r'season is 7\.\n  Rule: A season is "auto", "months", or 0 to 6 sine and cosine pairs',
    ),
    "a season that is no number": ({"season": True}, "season is True"),
    "a slope in one post-period": (
        {"intervention": "2003-04-01"},
        "These terms are 0 in every row of this window: slope",
    ),
    "an event on the same date": (
        {"events": [an_event("same", "2002-01-01")]},
        "cannot be told apart in this window: level and same",
    ),
    "an event before the window": (
        {"events": [an_event("early", "1990-01-01")]},
        "cannot be told apart in this window: constant and early",
    ),
    "an event after the window": (
        {"events": [an_event("late", "2020-01-01")]},
        "0 in every row of this window: late",
    ),
    "an event named twice": (
        {"events": [an_event("a", "2001-01-01"), an_event("a", "2001-06-01")]},
        "more than one term named 'a'",
    ),
    "an event with a term's name": (
        {"events": [an_event("trend", "2001-01-01")]},
        "more than one term named 'trend'",
    ),
    "a washout outside": ({"washout": ("2010-01", "2010-02")}, "leaves nothing out"),
    "a washout backwards": ({"washout": ("2002-06", "2002-01")}, "leaves nothing out"),
    "a washout that is no date": ({"washout": ("soon", "later")}, "washout 'soon' is not a date"),
    "a washout of all post-periods": (
        {"washout": ("2002-01", "2003-04")},
        "The washout leaves no post-period",
    ),
    "a control with a hole": (
        {"controls": {"x": pd.Series([1.0], pd.period_range("2000-01", periods=1, freq="M"))}},
        "control series 'x' has no value for February 2000",
    ),
}


@pytest.mark.parametrize("fault", GUARDS)
def test_a_design_that_cannot_be_is_refused(waves, fault):
    options, message = GUARDS[fault]
    options = {"intervention": "2002-01-01", "scale": "level", "season": 0} | options

    with pytest.raises(InputError, match=message):
        its.build_design(waves, options.pop("intervention"), **options)


def test_zeros_on_a_log_scale_are_refused_with_the_period():
    counts = series_of([5] * 20 + [0] + [4] * 19, kind="count")

    with pytest.raises(DesignError, match=r"is 0 in 2001-09[\s\S]*quasi_poisson"):
        its.build_design(counts, "2002-01-01", season=0)


def test_a_window_past_the_last_clean_period_is_refused():
    outcome = its.load_outcome(start="2021-10", end="2025-02")

    with pytest.raises(DesignError, match=r"ends in 2025-02[\s\S]*End the window by 2024-12"):
        its.build_design(outcome, RESTRICTIONS)


def test_more_terms_than_the_rows_bear_are_refused():
    short = series_of(np.cos(np.arange(9.0)), "2000-01")
    events = [an_event(f"e{m}", f"2000-0{m}-01") for m in (2, 3)]

    with pytest.raises(DesignError, match=r"There are 8 rows for 6 terms"):
        its.build_design(
            short,
            "2000-07-01",
            events=events,
            scale="level",
            season=0,
            washout=("2000-09", "2000-09"),
        )


def test_months_do_not_fit_weeks():
    values = series_of(np.cos(np.arange(160) ** 1.2), "2021-01-04", "W-SUN")

    with pytest.raises(InputError, match='season="months" does not fit weeks'):
        its.build_design(values, "2023-06-07", scale="level", season="months")


def clashing_terms(X):
    return list(X.columns[dependent(X.to_numpy())])


def test_clashing_terms_name_only_the_columns_involved():
    X = pd.DataFrame({"a": [1.0, 2, 3, 5], "b": [0.0, 1, 0, 1], "c": [1.0, 3, 3, 6]})

    assert clashing_terms(X) == ["a", "b", "c"]
    assert clashing_terms(X.assign(d=[1.0, 0, 0, 0])) == ["a", "b", "c"]
    assert clashing_terms(X[["a", "b"]]) == []


def test_the_units_of_columns_do_not_decide_whether_they_clash():
    X = pd.DataFrame({"a": [1.0, 2, 3, 5], "b": [0.0, 1, 0, 1], "c": [1.0, 0, 0, 2]})
    units = [1e-9, 1.0, 1e9]

    assert clashing_terms(X * units) == []
    assert clashing_terms(X.assign(c=X["a"] + X["b"]) * units) == ["a", "b", "c"]


def test_the_rows_around_the_start_are_three_on_each_side(waves):
    design = its.build_design(waves, "2002-01-01", scale="level", season=1)

    around = design.rows_around()

    assert list(around.index.astype(str)) == [
        *("2001-10", "2001-11", "2001-12", "2002-01", "2002-02", "2002-03", "2002-04")
    ]
    assert list(around) == ["constant", "trend", "level", "slope", "observed"]


@pytest.mark.parametrize(
    ("start", "season", "rule", "remedy"),
    [
        ("2000-04-01", 0, "It needs at least 4.", "Choose an earlier start."),
        (
            "2000-11-01",
            1,
            "It needs at least 12 (a full year for a season).",
            "Choose an earlier start, or season 0.",
        ),
    ],
)
def test_a_short_pre_period_says_what_would_do(waves, start, season, rule, remedy):
    with pytest.raises(DesignError) as caught:
        its.build_design(waves, start, scale="level", season=season)

    assert (caught.value.rule, caught.value.remedy) == (rule, remedy)


def test_the_caller_keeps_his_series(border):
    before = border.values.copy()

    its.build_design(border, RESTRICTIONS, events=["title-42-end"], washout=("2024-06", "2024-06"))

    pd.testing.assert_series_equal(border.values, before)


@pytest.mark.parametrize(("freq", "pairs"), [("M", 6), ("Q", 2)])
def test_all_pairs_of_a_calendar_are_its_indicators(freq, pairs):
    """A wave of two periods has no sine: a column of rounding errors would take its place."""
    values = series_of(np.cos(np.arange(80) ** 1.2), "2001-01", freq)
    waves, calendar = (
        its.build_design(values, "2006-01-01", scale="level", season=season).X
        for season in (pairs, "months")
    )
    assert [c for c in waves if c.startswith("season")] == [
        f"season {wave} {k}"
        for k in range(1, pairs + 1)
        for wave in (("sin", "cos") if k < pairs else ("cos",))
    ]
    both = np.concatenate([waves.to_numpy(), calendar.to_numpy()], axis=1)
    assert np.linalg.matrix_rank(both) == waves.shape[1] == calendar.shape[1]


def test_the_usual_season_of_long_quarterly_data_is_complete():
    values = series_of(np.cos(np.arange(40) ** 1.2), "2001Q1", "Q")
    X = its.build_design(values, "2008-01-01", scale="level").X

    season = X.filter(like="season")
    assert list(season) == ["season sin 1", "season cos 1", "season cos 2"]
    np.testing.assert_allclose(season.abs().max(), 1.0)


def test_a_rebuilt_design_has_the_changes_and_keeps_the_rest(border):
    design = its.build_design(border, RESTRICTIONS, events=["title-42-end"], season=0)
    shorter = border.window(start="2022-01")

    changed = rebuild(design, outcome=shorter, intervention="2024-03-01", season=1)

    wanted = its.build_design(shorter, "2024-03-01", events=["title-42-end"], season=1)
    pd.testing.assert_frame_equal(changed.X, wanted.X)
    pd.testing.assert_frame_equal(rebuild(design).X, design.X)
    with pytest.raises(InputError, match="no option of a design 'seasons'"):
        rebuild(design, seasons=1)


def test_a_two_group_design_cannot_be_rebuilt(waves):
    other = series_of(5 + np.cos(np.arange(40) ** 1.4))
    design = its.build_two_group_design(waves, other, "2002-01-01", scale="level")
    with pytest.raises(DesignError, match="does not hold the choices"):
        rebuild(design)
