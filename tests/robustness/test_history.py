"""False alarms counted by hand, what neighbouring dates share, and the largest changes."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import analysis as its
from analysis import show
from analysis.errors import InputError
from analysis.pages import effect as page
from analysis.pages import robustness as robustness_page


def placebos_of(values, post=6, **options):
    periods = pd.period_range("2010-01", periods=len(values), freq="M")
    outcome = its.make_outcome(
        pd.Series(np.asarray(values, float), periods), name="s", unit="units", kind="measure"
    )
    day = str(periods[-post].start_time.date())
    window = outcome.window(str(periods[-40]), str(periods[-1]))
    design = its.build_design(window, day, season=0)
    return its.run_placebos(design, history=outcome, **options)


@pytest.fixture(scope="module")
def quiet():
    return placebos_of(np.exp(np.random.default_rng(1).normal(size=120) / 10))


def test_dates_at_which_the_interval_leaves_out_zero_are_counted(quiet):
    found = its.count_false_alarms(quiet)

    table = quiet.placebos
    by_hand = sum(row.lower > 0 or row.upper < 0 for row in table.itertuples())
    assert found.left_out == by_hand
    assert found.tried == len(table)
    assert found.share == by_hand / len(table)


def test_post_periods_that_share_no_period(quiet):
    """Six months each, in a row: every sixth of the dates."""
    dates = quiet.placebos["period"]
    span = (dates.iloc[-1] - dates.iloc[0]).n + 1

    assert its.count_false_alarms(quiet).apart == -(-span // 6)


def test_a_change_in_the_history_shows():
    values = np.random.default_rng(2).normal(size=120) / 10
    values[60:] -= 1.5

    loud = its.count_false_alarms(placebos_of(np.exp(values)))

    assert loud.left_out >= 1
    assert f"At {loud.left_out} of {loud.tried} earlier dates" in loud.sentence()
    assert "5% is what it promises" in loud.sentence()
    assert f"only {loud.apart} of them" in loud.sentence()


def test_the_level_of_the_intervals_is_the_one_that_is_promised():
    values = np.exp(np.random.default_rng(3).normal(size=90) / 10)

    wide, narrow = (its.count_false_alarms(placebos_of(values, alpha=a)) for a in (0.01, 0.5))

    assert "zero, where 1% is what" in wide.sentence()
    assert "zero, where 50% is what" in narrow.sentence()
    assert wide.left_out <= narrow.left_out
    assert narrow.left_out > 0


def test_a_short_history_is_called_too_short():
    short = its.count_false_alarms(placebos_of(np.exp(np.arange(40) % 7 / 10)))
    long = replace(short, apart=20)

    assert short.apart < 20
    # With none in as many separate stretches, a rate above this would have shown with 95%.
    assert (1 - short.possible) ** short.apart == pytest.approx(0.05)
    assert "too short to judge the interval" in short.sentence()
    assert "too short" not in long.sentence()


def test_the_interval_of_the_history_holds_zero_where_its_p_is_above_alpha(quiet):
    """At any size of the real estimate, also where it is exactly that of a placebo."""
    sizes = quiet.placebos["statistic"].abs()
    few = sizes.nlargest(4)
    for size in [*few, *(few * 1.0001), *(few * 0.9999), 9.0]:
        for alpha in (0.1, 0.3):
            table = quiet.table.copy()
            table.loc[table["real"], "statistic"] = -size
            moved = replace(quiet, table=table, alpha=alpha)
            low, high = its.count_false_alarms(moved).own
            if np.isfinite(low):
                # An end that is zero to rounding is at the size of a placebo: it holds zero.
                assert (high < -1e-9) == (moved.p_value <= alpha)


def test_the_history_stands_beside_the_model_where_it_is_long(quiet):
    wide = its.count_false_alarms(replace(quiet, alpha=0.2))

    real = quiet.table[quiet.table["real"]].iloc[0]
    assert wide.enough
    ends = show.interval(real["lower"], real["upper"], real["unit"])
    assert f"the model's is {ends}" in wide.sentence()
    assert "The interval that this history supports is" in wide.sentence()
    assert not its.count_false_alarms(replace(quiet, alpha=0.001)).enough
    assert "supports" not in its.count_false_alarms(replace(quiet, alpha=0.001)).sentence()


def test_a_decade_that_is_left_out_does_not_count(quiet):
    table = quiet.table.copy()
    years = pd.PeriodIndex(table["period"]).year
    early = (years < 2015) & ~table["real"]
    table.loc[early, "period"] = [period - 120 for period in table.loc[early, "period"]]
    table.loc[early, "statistic"] = 5.0

    found = its.count_false_alarms(replace(quiet, table=table, alpha=0.2))

    late = quiet.placebos[~early[~table["real"]]]
    real = table.loc[table["real"], "statistic"].abs().item()
    assert set(found.without) == {2000, 2010}
    larger = (late["statistic"].abs() >= real).sum()
    assert found.without[2000] == (1 + larger) / (1 + len(late))
    assert f"p is {found.without[2000]:.2f}"[:9] in found.sentence()


@pytest.mark.slow
def test_p_is_uniform_where_nothing_happened():
    """120 series without a change: so many dates share periods, and still p is as it says."""
    rng = np.random.default_rng(11)
    p = np.array(
        [
            placebos_of(np.exp(rng.normal(size=110) / 10), model="ar1_calibrated").p_value
            for _ in range(120)
        ]
    )

    assert stats.kstest(p, "uniform").pvalue > 0.01
    assert (p <= 0.05).mean() < 0.1


def test_without_any_interval_there_is_nothing_to_count(quiet):
    table = quiet.table.assign(lower=np.nan, upper=np.nan)

    found = its.count_false_alarms(replace(quiet, table=table))

    assert (found.tried, found.left_out, found.apart) == (0, 0, 0)
    assert found.sentence() == "No earlier date of this series has an interval to count."


def test_a_fit_looks_back_as_placebos_do(quiet):
    fitted = its.fit(quiet.design, "ar1_calibrated")
    history = quiet.design.outcome

    found = its.look_back(fitted, history, alpha=0.1)

    wanted = its.run_placebos(quiet.design, model="ar1_calibrated", alpha=0.1)
    pd.testing.assert_frame_equal(found.table, wanted.table)
    assert len(found.placebos) > 0


def test_a_model_that_is_slow_is_left_to_the_page_on_robustness(quiet):
    fitted = its.fit(quiet.design, "prais_winsten")

    refused = its.attempt(its.look_back, fitted, quiet.design.outcome)

    said = page.held_before(refused).paragraphs[0]
    assert "is not measured here" in said
    assert "prais_winsten is fitted one date at a time" in said


def test_the_page_says_what_was_counted_or_why_not(quiet):
    assert page.held_before(quiet).paragraphs == (its.count_false_alarms(quiet).sentence(),)
    assert robustness_page.placebo_note(quiet).points[0] == its.count_false_alarms(quiet).sentence()
    window = quiet.design.outcome
    tiny = its.build_design(
        window.window(str(window.periods[-16])), quiet.design.intervention, season=0
    )
    refused = its.attempt(its.look_back, its.fit(tiny, "ar1_calibrated"), tiny.outcome)
    assert "is not measured here: " in page.held_before(refused).paragraphs[0]


@pytest.fixture(scope="module")
def border(design):
    return its.run_placebos(design, history=its.load_outcome(start="2014-10", end="2024-12"))


def test_they_are_far_apart_and_largest_first(border):
    found = its.extreme_dates(border, count=4)
    periods = sorted(found["period"])
    gaps = [(b - a).n for a, b in itertools.pairwise(periods)]
    assert min(gaps) >= 7
    assert found["statistic"].abs().is_monotonic_decreasing
    assert found["statistic"].abs().iloc[0] == border.placebos["statistic"].abs().max()


def test_no_date_left_out_by_distance_is_larger_than_all_near_it(border):
    found = its.extreme_dates(border, count=200)
    for row in border.placebos.itertuples():
        near = found[[abs((row.period - p).n) < 7 for p in found["period"]]]
        assert near["statistic"].abs().max() >= abs(row.statistic)


def test_events_around_a_date_are_named(border):
    found = its.extreme_dates(border).set_index("period")["near"]
    assert found[pd.Period("2023-07", "M")] == "CBP One at 1,450 a day"
    assert found[pd.Period("2019-06", "M")] == "US and Mexico agree"
    nameless = {period for period, near in found.items() if not near}
    known = [pd.Period(event.start, "M") for event in its.catalogue().values()]
    assert nameless
    assert min(abs((one - other).n) for one in nameless for other in known) > 1


def test_events_in_dates_that_cannot_be_tried_are_found(border):
    assert [e.name for e in its.untried_events(border)] == ["mexico-enforcement"]


def test_the_start_itself_is_no_event_that_cannot_be_tried(border):
    """A programme of some months may start where it does not work yet, before the real period."""
    started = border.left_out["period"].iloc[-1].start_time.date()
    main = replace(border.design.intervention, start=started)
    catalogue = {**border.design.outcome.catalogue, main.name: main}
    outcome = replace(border.design.outcome, catalogue=catalogue)
    moved = replace(border, design=replace(border.design, outcome=outcome))
    assert main.name not in [e.name for e in its.untried_events(moved)]


def test_no_date_at_all_is_refused(border):
    with pytest.raises(InputError, match="It is a whole number, 1 to"):
        its.extreme_dates(border, count=0)
