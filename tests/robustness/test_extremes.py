"""The largest other changes of a series, one for each run of neighbouring dates."""

import itertools

import pandas as pd
import pytest

import analysis as its
from analysis.errors import InputError


@pytest.fixture(scope="module")
def placebo(design):
    return its.run_placebos(design, history=its.load_outcome(start="2014-10", end="2024-12"))


def test_they_are_far_apart_and_largest_first(placebo):
    found = its.extreme_dates(placebo, count=4)
    periods = sorted(found["period"])
    gaps = [(b - a).n for a, b in itertools.pairwise(periods)]
    assert min(gaps) >= 7
    assert found["statistic"].abs().is_monotonic_decreasing
    assert found["statistic"].abs().iloc[0] == placebo.placebos["statistic"].abs().max()


def test_no_date_left_out_by_distance_is_larger_than_all_near_it(placebo):
    found = its.extreme_dates(placebo, count=200)
    for row in placebo.placebos.itertuples():
        near = found[[abs((row.period - p).n) < 7 for p in found["period"]]]
        assert near["statistic"].abs().max() >= abs(row.statistic)


def test_events_around_a_date_are_named(placebo):
    found = its.extreme_dates(placebo).set_index("period")["near"]
    assert found[pd.Period("2023-07", "M")] == "CBP One at 1,450 a day"
    assert found[pd.Period("2019-06", "M")] == "US and Mexico agree"
    nameless = {period for period, near in found.items() if not near}
    known = [pd.Period(event.start, "M") for event in its.catalogue().values()]
    assert nameless
    assert min(abs((one - other).n) for one in nameless for other in known) > 1


def test_events_in_dates_that_cannot_be_tried_are_found(placebo):
    assert [e.name for e in its.untried_events(placebo)] == ["mexico-enforcement"]


def test_no_date_at_all_is_refused(placebo):
    with pytest.raises(InputError, match="It is 1 or more"):
        its.extreme_dates(placebo, count=0)
