"""Unmeasured events: a shift put into a series is found, and taking it off leaves what is said."""

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.design import rebuild
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.unmeasured import map_unmeasured


def design_of(values, *, scale="log", events=(), catalogue=None, post=8):
    periods = pd.period_range("2015-01", periods=len(values), freq="M")
    outcome = its.make_outcome(
        pd.Series(np.asarray(values, float), periods), name="s", unit="units", kind="measure"
    )
    day = str(periods[-post].start_time.date())
    return its.build_design(outcome, day, season=0, scale=scale, events=events)


def noise(seed, n=40):
    return np.random.default_rng(seed).normal(size=n) / 20


@pytest.fixture(scope="module")
def fallen():
    """Forty months, the last eight of them lower by a third."""
    return design_of(np.exp(3 + noise(1) - 0.4 * (np.arange(40) >= 32)))


@pytest.fixture(scope="module")
def found(fallen):
    return map_unmeasured(fallen)


def test_taking_the_shift_off_and_fitting_again_gives_the_row(fallen, found):
    rng = np.random.default_rng(0)
    for _, row in found.table.iloc[rng.integers(len(found.table), size=5)].iterrows():
        shift = 1 + row["size"] / 100
        values = fallen.outcome.values.copy()
        values[values.index >= row["period"]] /= shift
        outcome = its.make_outcome(values, name="s", unit="units", kind="measure")
        again = its.estimate_effects(its.fit(rebuild(fallen, outcome=outcome)))["average"]

        assert again.estimate == pytest.approx(row["estimate"], abs=1e-6)
        assert (again.lower, again.upper) == pytest.approx((row["lower"], row["upper"]), abs=1e-4)


@pytest.mark.parametrize("side", [-1, 1])
def test_a_ghost_in_the_month_of_the_start_is_found_at_its_size(side):
    """All of the change is a shift that begins with the intervention: its size leaves nothing."""
    ghost = design_of(np.exp(3 + noise(2) + side * 0.5 * (np.arange(40) >= 32)))

    found = map_unmeasured(ghost)
    row = found.smallest("estimate", before=False)

    assert row["period"] == ghost.outcome.periods[ghost.T0]
    estimate = its.estimate_effects(its.fit(ghost))["average"].estimate
    # To the next size that is tried.
    assert np.log1p(row["size"] / 100) == pytest.approx(np.log1p(estimate / 100), abs=0.1)
    assert side * row["size"] > 0
    assert found.gone("interval").sum() > found.gone("estimate").sum() > 0


def test_what_is_gone(found):
    assert not found.gone("estimate")[found.table["size"].abs() < 1e-9].any()
    assert found.gone("interval").equals(~excludes_zero(found.table))
    for before in (True, False):
        row = found.smallest("interval", before=before)
        if row is not None:
            assert (row["period"] < found.design.outcome.periods[32]) == before


def test_the_sentence_has_each_side_and_the_events(found):
    said = found.sentence()
    assert "before the start" in said
    assert "from the start on it takes a lasting shift of" in said
    assert "Events that were measured" not in said
    event = its.Intervention(
        name="strike", label="A strike", start=pd.Timestamp("2016-05-01").date(), shape="level"
    )
    steps = -0.4 * (np.arange(40) >= 32) + 0.3 * (np.arange(40) >= 16)
    with_event = map_unmeasured(design_of(100 * np.exp(steps + noise(3)), events=[event]))
    (row,) = with_event.measured.to_dict("records")
    assert row["size"] == pytest.approx(100 * np.expm1(0.3), abs=6)
    assert f"A strike +{row['size']:.0f}%" in with_event.sentence()
    assert not np.isfinite(found.of_measured("estimate"))
    smallest = with_event.smallest("estimate", before=False)["size"]
    share = np.log1p(smallest / 100) / np.log1p(row["size"] / 100)
    assert with_event.of_measured("estimate") <= 100 * abs(share) + 1e-9


def test_an_interval_that_holds_zero_needs_no_event():
    nothing = map_unmeasured(design_of(100 * np.exp(noise(4)), scale="level"))

    assert "The interval holds zero without any." in nothing.sentence()
    assert nothing.unit == "units"


@pytest.mark.parametrize("seed", range(6))
def test_no_shift_at_all_is_among_those_tried(seed):
    """Whatever the size of the estimate: to rounding would not do."""
    found = map_unmeasured(design_of(100 + noise(seed, 24) * 10.0**seed, scale="level"))

    assert (found.table["size"] == 0).sum() == found.table["period"].nunique()


@pytest.mark.slow
def test_another_model_stands_back_and_a_long_window_is_thinned(fallen):
    slow = map_unmeasured(fallen, model="prais_winsten")
    long = map_unmeasured(design_of(100 * np.exp(noise(5, 150)), scale="level"))

    assert slow.model == "wandering_trend_calibrated"
    assert long.table["period"].nunique() == 40
