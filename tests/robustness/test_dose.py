"""The effect by a dose: known lines are found, and a dose of nothing shows nothing."""

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.errors import InputError
from analysis.robustness.comparison import estimate_cells
from analysis.robustness.units import dose_response

PERIODS = pd.period_range("2019-01", periods=48, freq="M")
START = "2022-01"
DOSES = dict(zip("abcdefgh", [0.1, 0.2, 0.35, 0.4, 0.6, 0.7, 0.85, 0.95], strict=True))


def histories(effect, seed=1, noise=0.1):
    """A series a unit; `effect` gives the log effect of a dose."""
    rng = np.random.default_rng(seed)
    made = {}
    for name, dose in DOSES.items():
        log = rng.uniform(4, 9) + rng.normal(0, noise, len(PERIODS))
        log = log + effect(dose) * (PERIODS >= START)
        values = pd.Series(np.exp(log), PERIODS)
        made[name] = its.make_outcome(values, name=name, unit="points", kind="measure")
    return made


def response(made, **changes):
    cells = estimate_cells(made, f"{START}-01", season=0, **changes)
    return dose_response(cells, DOSES, histories=made)


@pytest.fixture(scope="module")
def sloped():
    return response(histories(lambda dose: -1.2 * dose))


def test_an_effect_that_goes_with_the_dose_leaves_nothing_at_zero(sloped):
    ends = sloped.ends
    for weights in ("", " unweighted"):
        zero, one = ends.loc[f"zero{weights}"], ends.loc[f"one{weights}"]
        assert zero["lower"] < 0 < zero["upper"]
        assert abs(zero["estimate"]) < 8
        assert one["lower"] < 100 * np.expm1(-1.2) < one["upper"]
    share, low, high = sloped.standing
    assert low < 0 < high
    assert abs(share) < 15


@pytest.mark.slow
def test_an_effect_that_all_share_stands_at_zero():
    found = response(histories(lambda dose: -0.7))
    share, low, high = found.standing
    assert low < 100 < high
    assert share == pytest.approx(100, abs=20)
    assert found.line.permuted > 0.05
    slope = found.line.table.loc["slope"]
    assert slope["lower"] < 0 < slope["upper"]


@pytest.mark.slow
def test_the_real_date_is_steeper_than_dates_on_which_nothing_was_done(sloped):
    assert str(sloped.slopes.index[-1]) == START
    assert len(sloped.slopes) > 5
    assert sloped.slopes.index[:-1].max() < sloped.slopes.index[-1]
    assert sloped.as_steep == 0
    assert sloped.slopes.iloc[-1] == pytest.approx(-1.2, abs=0.2)
    nothing = response(histories(lambda dose: 0.0))
    assert nothing.slopes.abs().max() < 0.4
    assert nothing.line.permuted > 0.05


def test_units_come_by_their_dose_with_the_effects_of_their_own_designs(sloped):
    assert list(sloped.units.index) == list(DOSES)
    assert sloped.units["dose"].is_monotonic_increasing
    made = histories(lambda dose: -1.2 * dose)["c"]
    alone = its.build_design(made, f"{START}-01", season=0)
    row = its.estimate_effects(its.fit(alone)).table.loc["average"]
    for column in ("estimate", "lower", "upper"):
        assert sloped.units.loc["c", column] == pytest.approx(row[column])


@pytest.mark.slow
def test_the_order_in_which_units_are_given_does_not_matter(sloped):
    made = histories(lambda dose: -1.2 * dose)
    turned = response(dict(reversed(made.items())))
    pd.testing.assert_frame_equal(turned.ends, sloped.ends)
    pd.testing.assert_series_equal(turned.slopes, sloped.slopes)


@pytest.mark.slow
def test_a_history_without_earlier_dates_gives_the_real_slope_alone(sloped):
    made = {k: v.window("2021-06") for k, v in histories(lambda dose: -1.2 * dose).items()}
    assert len(response(made).slopes) == 1


@pytest.mark.slow
def test_shocks_that_all_units_share_are_seen_and_make_zero_less_sure(sloped):
    shock = np.random.default_rng(9).normal(0, 0.3, len(PERIODS))
    shared = {
        k: its.make_outcome(v.values * np.exp(shock), name=k, unit="points", kind="measure")
        for k, v in histories(lambda dose: -1.2 * dose).items()
    }
    found = response(shared)
    widths = [
        one.ends.loc["zero", "upper"] - one.ends.loc["zero", "lower"] for one in (found, sloped)
    ]
    assert widths[0] > 1.5 * widths[1]


def test_effects_that_are_not_ratios_are_refused():
    with pytest.raises(InputError, match='scale="log"'):
        response(histories(lambda dose: 0.0), scale="level")


def test_the_table_has_the_units_and_the_line(sloped):
    data = sloped._repr_mimebundle_()
    csv = data["application/vnd.analysis.table+json"]["csv"].splitlines()
    assert [line.split(",")[0] for line in csv[1:]] == [*DOSES, *sloped.ends.index]
    for label in ("Line at 0%", "Line at 100%, all alike", "Line at the mean dose"):
        assert label in data["text/html"]
