"""`wandering_trend`: its worked numbers, what it says of a series, and when its intervals widen."""

from __future__ import annotations

import numpy as np
import pytest

import analysis as its
from analysis.models.processes.autoregression import Process

MODELS = ("wandering_trend", "wandering_trend_calibrated")
# Level, its interval, average, its interval; per cent. By an independent script, from a grid of
# 455 processes.
EVENTS = (-37.8, -61.3, -0.5, -57.5, -78.4, -18.0)
NO_EVENTS = (-44.3, -65.8, -2.2, -58.8, -75.2, -17.3)


@pytest.mark.parametrize(("events", "published"), [(True, EVENTS), (False, NO_EVENTS)])
def test_worked_numbers(outcome, design, events, published):
    plain = its.build_design(outcome, "2024-06-05", season=1)

    effects = its.estimate_effects(its.fit(design if events else plain, "wandering_trend"))

    pair = effects["level"], effects["average"]
    found = [value for e in pair for value in (e.estimate, e.lower, e.upper)]
    np.testing.assert_allclose(found, published, atol=0.3)


def made(make_design, process, seed=1, n=120, **options):
    errors = process.errors(n, 1, np.random.default_rng(seed))[0]
    return make_design(errors, first_post=n // 2, **options)


@pytest.mark.parametrize(
    ("process", "straight", "quiet"),
    [
        (Process(rho=0.0, q=1.0), (0.0, 0.01), (0.0, 1.0)),
        (Process(rho=0.0), (0.3, 1.0), (0.0, 1.0)),
        (Process(rho=0.95, tau=32.0), (0.1, 1.0), (0.0, 0.3)),
    ],
)
def test_shares_say_what_the_series_is_made_of(make_design, process, straight, quiet):
    fit = its.fit(made(make_design, process), "wandering_trend")

    assert straight[0] <= fit.details["straight trend"] <= straight[1]
    assert quiet[0] <= fit.details["no noise"] <= quiet[1]
    assert fit.details["autocorrelation"] == fit.rho


def test_the_note_is_a_sentence_with_these_shares(design):
    fit = its.fit(design, "wandering_trend_calibrated")

    assert f"straight with a probability of {fit.details['straight trend']:.0%}" in fit.notes[0]
    assert "25% before looking" in fit.notes[0]
    assert f"{fit.rho:.2f} on average" in fit.notes[0]


def test_estimates_are_not_moved_by_calibration(design):
    plain, calibrated = (its.fit(design, name).tabulate() for name in MODELS)

    np.testing.assert_allclose(plain["estimate"], calibrated["estimate"])
    assert not np.allclose(plain["lower"], calibrated["lower"], rtol=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_innovations_are_white_and_of_variance_one(make_design, name):
    fit = its.fit(made(make_design, Process(rho=0.8), n=300), name)

    innovations = fit.innovations.to_numpy()
    assert innovations.std() == pytest.approx(1, abs=0.15)
    assert abs(np.corrcoef(innovations[1:], innovations[:-1])[0, 1]) < 0.15


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("shape", ["level", "slope", "level+slope", "pulse"])
def test_every_shape(make_design, name, shape):
    design = made(make_design, Process(rho=0.5), n=60, shape=shape)

    table = its.fit(design, name).tabulate()

    assert (table["lower"] < table["estimate"]).all()
    assert (table["estimate"] < table["upper"]).all()


def test_two_groups(outcome):
    other = its.make_outcome(
        outcome.values[::-1].set_axis(outcome.values.index), name="other", unit="encounters"
    )
    stacked = its.build_two_group_design(outcome, other, "2024-06-05")

    table = its.fit(stacked, "wandering_trend_calibrated").tabulate()

    assert np.isfinite(table.to_numpy()).all()
    assert (table["lower"] < table["upper"]).all()


def test_a_trend_the_series_shows_to_wander_widens_the_interval(make_design):
    calm, bent = (
        its.fit(made(make_design, process, n=60), "wandering_trend_calibrated")
        for process in (Process(rho=0.3), Process(rho=0.3, q=0.5))
    )

    def width(fit):
        table = fit.tabulate().loc["slope"]
        return table["upper"] - table["lower"]

    assert width(bent) > 3 * width(calm)
