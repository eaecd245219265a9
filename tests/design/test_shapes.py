"""Effects that fade or grow by a rate, and effect terms of one's own."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis as its
from analysis.design.terms import Calendar, intervention_term, share_in_force
from analysis.errors import DesignError, InputError
from analysis.pages import effect as page
from analysis.pages.said import say

SHAPES = ["decay", "gradual", "pulse+decay", "level+gradual", "slope+decay"]


def made(n=60, seed=0, effect=0.0):
    rng = np.random.default_rng(seed)
    periods = pd.period_range("2015-01", periods=n, freq="M")
    values = pd.Series(50 + rng.normal(size=n) + effect, periods)
    return its.make_outcome(values, name="made", unit="units", kind="measure")


def design_of(shape, outcome=None, **options):
    options = {"season": 0, "scale": "level", **options}
    return its.build_design(outcome or made(), "2018-01-11", shape=shape, **options)


@given(delta=st.floats(0.02, 0.98), day=st.integers(1, 31))
def test_a_decay_keeps_its_share_and_a_gradual_level_comes_nearer_by_it(delta, day):
    outcome = made()
    calendar = Calendar.of(outcome)
    for shape in ("decay", "gradual"):
        event = its.Intervention(
            name="x", start=pd.Timestamp(2018, 1, day).date(), label="x", shape=f"{shape}({delta})"
        )
        share = share_in_force(event, calendar)
        x = intervention_term(event, share).columns[:, 0]
        goal = share if shape == "gradual" else np.zeros(60)
        np.testing.assert_allclose((goal - x)[38:], delta * (goal - x)[37:-1], atol=1e-12)
        assert not x[:36].any()
        assert x[36] == pytest.approx(share[36] * (1 if shape == "decay" else 1 - delta))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_rate_column_is_the_derivative_by_the_rate(shape):
    design, step = design_of(shape), 1e-6
    low, high = design.at_rate(0.6 - step), design.at_rate(0.6 + step)
    (rate,) = design.terms["rate"]
    column = design.intervention.remembering
    slope = (high.X[column] - low.X[column]) / (2 * step)
    np.testing.assert_allclose(design.at_rate(0.6).X[rate], slope, atol=1e-6)


def test_a_given_rate_has_no_column_and_stands_in_the_shape():
    design = design_of("pulse+decay(0.8)")
    assert design.terms["rate"] == ()
    assert design.intervention.delta == 0.8
    assert design.step_columns == ["pulse", "decay"]


def test_what_remembers_reaches_beyond_its_end():
    event = its.Intervention(
        name="x",
        start=pd.Timestamp("2018-01-01").date(),
        end=pd.Timestamp("2018-06-30").date(),
        label="x",
        shape="gradual(0.5)",
    )
    design = its.build_design(made(), event, season=0, scale="level")
    assert design.post[36:].all()
    assert design.X["gradual"].iloc[-1] > 0


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ("decay+gradual", "decay or gradual, not both"),
        ("level+level", "each part once"),
        ("decay(1.5)", "above 0 and below 1"),
        ("decay(x)", "above 0 and below 1"),
        ("level(0.5)", r"no shape 'level\(0.5\)'"),
        ("none", "A design has a term of the effect"),
    ],
)
def test_a_shape_that_is_none_is_refused(shape, message):
    with pytest.raises(InputError, match=message):
        design_of(shape)


def test_the_rate_of_another_event_has_to_be_given():
    event = its.Intervention(
        name="other", start=pd.Timestamp("2016-03-01").date(), label="Other", shape="decay"
    )
    with pytest.raises(DesignError, match=r"decay\(0.5\)"):
        design_of("level", events=[event])


def test_effect_terms_are_taken_off_with_the_intervention():
    outcome = made()
    own = pd.Series(np.r_[np.zeros(36), np.tile([1.0, 0.0], 12)], outcome.periods, name="odd")
    design = design_of("none", outcome, effect_terms=own)
    assert design.step_columns == ["odd"]
    np.testing.assert_array_equal(design.X_counterfactual["odd"], 0)
    np.testing.assert_array_equal(design.difference[:, -1], own.to_numpy())
    table = its.estimate_effects(its.fit(design, "newey_west")).table
    assert table.loc["odd", "label"] == "For each unit of odd"
    assert table.loc["average", "estimate"] == pytest.approx(table.loc["odd", "estimate"] / 2)


def test_a_term_of_the_effect_is_zero_before_the_start():
    outcome = made()
    own = pd.Series(np.r_[np.zeros(30), np.ones(30)], outcome.periods, name="early")
    with pytest.raises(DesignError, match="'early' is 1 in 2017-07"):
        design_of("level", outcome, effect_terms=own)


def test_a_control_that_begins_with_the_intervention_would_hide_its_effect():
    outcome = made()
    own = pd.Series(np.r_[np.zeros(36), np.ones(24)], outcome.periods, name="hidden")
    with pytest.raises(DesignError, match="effect_terms"):
        design_of("slope", outcome, controls=own)


@settings(max_examples=15, deadline=None)
@given(
    shape=st.sampled_from(["decay", "gradual"]),
    delta=st.floats(0.3, 0.9),
    size=st.sampled_from([-9.0, 9.0]),
    model=st.sampled_from(["newey_west", "ar1", "wandering_trend_calibrated"]),
)
def test_a_rate_that_shows_is_found_by_any_model(shape, delta, size, model):
    k = np.maximum(np.arange(60) - 35, 0)
    path = np.where(k > 0, delta ** (k - 1.0) if shape == "decay" else 1 - delta**k, 0)
    outcome = made(effect=size * path * 2, seed=7)
    design = its.build_design(outcome, "2018-01-01", shape=shape, season=0, scale="level")
    effects = its.estimate_effects(its.fit(design, model))
    rate = effects["delta"]
    assert rate.lower <= rate.estimate <= rate.upper
    assert abs(rate.estimate - delta) < max(0.1, 4 * rate.std_error)
    assert np.sign(effects[shape].estimate) == np.sign(size)


def test_where_nothing_happened_a_rate_has_its_interval_or_is_refused_with_what_works():
    refused = []
    for seed in range(15):
        design = design_of("decay", made(seed=seed))
        try:
            rate = its.estimate_effects(its.fit(design, "ar1"))["delta"]
        except DesignError as error:
            refused.append(error.remedy)
            changed = its.rebuild(design, shape="decay(0.5)")
            assert its.fit(changed, "ar1").design.intervention.delta == 0.5
        else:
            assert 0 <= rate.lower <= rate.estimate <= rate.upper <= 1
    assert refused
    assert all("decay(0.5)" in remedy for remedy in refused)


def test_placebo_dates_and_windows_hold_the_rate_that_was_found():
    k = np.maximum(np.arange(90) - 71, 0)
    outcome = made(n=90, effect=12 * np.where(k > 0, 0.7 ** (k - 1.0), 0))
    design = its.build_design(outcome, "2021-01-01", shape="decay", season=0, scale="level")
    assert its.rebuild(design, season=1).terms["rate"] == ("decay rate",)
    assert its.rebuild(its.fit(design).design).terms["rate"] == ("decay rate",)
    placebo = its.run_placebos(design)
    found = its.fit(design).design.intervention.delta
    assert placebo.design.intervention.delta == pytest.approx(found)
    assert len(placebo.placebos) > 5
    assert its.vary_windows(design).table["estimate"].notna().all()
    its.simulate_power(design, replicates=100)


def test_a_curve_takes_a_given_rate_and_counts_one_that_is_not():
    outcome = made(n=90)
    grid = its.read_grid(
        {
            "intervention": "2021-01-01",
            "shape": ["decay(0.7)", "decay"],
            "scale": "level",
            "season": 0,
            "events": "none",
            "start": None,
            "end": None,
        },
        outcomes={"made": outcome},
    )
    curve = its.run_specifications(grid)
    assert list(curve.table["shape"]) == ["decay(0.7)"]
    assert "decay(0.5)" not in str(curve.table)
    assert len(curve.invalid) == 1


@given(
    first=st.integers(1, 12),
    last=st.integers(1, 12),
    day=st.integers(1, 28),
    freq=st.sampled_from(["M", "Q", "W-SUN", "D"]),
)
@settings(max_examples=40)
def test_a_level_in_some_months_counts_their_days_in_force(first, last, day, freq):
    """Day by day, over the new year too, in periods of any length up to a quarter."""
    periods = pd.period_range("2015-01-04", periods={"D": 900}.get(freq, 60), freq=freq)
    outcome = its.make_outcome(
        pd.Series(np.arange(len(periods), dtype=float), periods), name="x", unit="u", kind="measure"
    )
    shape = f"level(months={first}-{last})"
    event = its.Intervention(name="x", start=date(2016, 3, day), label="x", shape=shape)
    months = {1 + (first - 1 + i) % 12 for i in range((last - first) % 12 + 1)}
    days = pd.date_range(periods[0].start_time, periods[-1].end_time, freq="D")
    works = pd.Series((days >= pd.Timestamp(event.start)) & days.month.isin(months), days)

    found = share_in_force(event, Calendar.of(outcome))

    wanted = works.groupby(days.to_period(freq)).mean()
    assert found == pytest.approx(wanted.to_numpy(), abs=1e-12)
    assert event.parts == ("level",)
    assert its.find_intervention(event).months[0] == first


def test_an_effect_in_summer_is_found_in_all_effects_and_placebos():
    t, month = np.arange(180), np.arange(180) % 12 + 1
    outcome = made(180, effect=4 * np.cos(t / 12) - 5.0 * ((t >= 140) & np.isin(month, [6, 7, 8])))
    design = its.build_design(
        outcome, "2026-09-01", shape="level(months=6-8)", scale="level", season=0
    )

    assert design.intervention.months == (6, 7, 8)
    assert set(pd.PeriodIndex(design.periods[design.post]).month) == {6, 7, 8}
    for model in ("wandering_trend_calibrated", "ols", "forecast_trend"):
        effects = its.estimate_effects(its.fit(design, model))
        assert effects["average"].lower < -5 < effects["average"].upper
        assert effects["last"].estimate == pytest.approx(-5, abs=3)
    tried = its.run_placebos(design).placebos["period"]
    assert {period.month for period in tried} == {6}


def test_months_are_said_in_words_and_what_makes_no_sense_is_refused():
    named = {"6-8": "June to August", "11-2": "November to February", "7": "July"}
    for months, words in named.items():
        design = design_of(f"level(months={months})")
        assert say("design", "shape", design) == f"a shift in {words} of each year"
    counted = its.make_outcome(made(72).values.round(), name="x", unit="visits", kind="count")
    effects = its.estimate_effects(its.fit(design_of("level(months=6-8)", counted)))
    assert "Only June to August of each year are in it." in page.answer(effects).detail[0]
    for shape in ("level(months=0-3)", "level(months=13)", "level(months=6-8)+gradual"):
        with pytest.raises(InputError, match="Months are 1 to 12"):
            design_of(shape)
    yearly = pd.Series(np.arange(20.0) ** 1.5, pd.period_range("2000", periods=20, freq="Y"))
    outcome = its.make_outcome(yearly, name="x", unit="u", kind="measure")
    with pytest.raises(InputError, match="longer than a quarter"):
        its.build_design(outcome, "2012-01-01", shape="level(months=6-8)", scale="level")
