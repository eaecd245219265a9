"""False alarms: dates counted by hand, and what neighbouring dates share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analysis as its


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
    assert found.alpha == 0.05


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

    assert (wide.alpha, narrow.alpha) == (0.01, 0.5)
    assert wide.left_out <= narrow.left_out
    assert narrow.left_out > 0
