"""Power: equal to fits of series with the change put in, and what more months do."""

import numpy as np
import pandas as pd
import pytest

from analysis import build_design, estimate_effects, fit, load_outcome, make_outcome
from analysis.errors import InputError
from analysis.models.processes.autoregression import ErrorLaw
from analysis.models.processes.grid import Processes
from analysis.robustness.power import simulate_power, with_post_periods

EVENTS = ("title-42-end", "mexico-enforcement")


@pytest.fixture(scope="module")
def design():
    outcome = load_outcome(start="2021-10", end="2024-12")
    return build_design(outcome, "asylum-restrictions", events=EVENTS)


@pytest.fixture(scope="module")
def power(design):
    return simulate_power(design, post_periods=[4, 7, 12], replicates=600)


def test_the_smallest_fall_has_the_power_asked_for(power):
    for row in power.table.itertuples():
        found = power.of(row.estimate, estimand=row.estimand, post_periods=row.post_periods)
        assert found == pytest.approx(0.8, abs=0.003)
        assert row.lower < row.estimate < row.upper < 0


def test_without_a_change_the_share_found_is_about_alpha(power):
    assert power.of(0.0, estimand="level") == pytest.approx(0.05, abs=0.03)


def test_power_equals_fits_of_series_with_the_change_put_in():
    """40 simulated series, once shifted by an effect of -40% and fitted one by one."""
    rng = np.random.default_rng(1)
    index = pd.period_range("2020-01", periods=48, freq="M")
    noise = 0.2 * rng.standard_normal((40, 48))
    step = np.log(0.6) * (np.arange(48) >= 40)
    shares, shifted = [], []
    for series in noise:
        found = []
        for log in (series + step, series):
            outcome = make_outcome(
                pd.Series(np.exp(log), index), name="s", unit="u", kind="measure"
            )
            fitted = fit(build_design(outcome, "2023-05-01", season=0, shape="level"))
            found.append(estimate_effects(fitted)["level"])
        shares.append(found[0].upper < 0)
        shifted.append(np.log1p(found[1].upper / 100) + np.log(0.6) < 0)
    assert shares == shifted
    assert any(shares)


def test_the_design_with_its_own_post_periods_is_itself(design):
    same = with_post_periods(design, 7)
    np.testing.assert_allclose(same.X, design.X)
    longer = with_post_periods(design, 12)
    np.testing.assert_allclose(longer.X.iloc[:39], design.X)
    assert str(longer.periods[-1]) == "2025-05"


def test_the_errors_are_those_of_the_fit(power, design):
    fitted = fit(design, "wandering_trend_calibrated")
    grid = power.errors.grid

    assert grid.prior @ grid.rho == pytest.approx(fitted.rho, abs=1e-6)
    assert grid.prior[grid.q == 0].sum() == pytest.approx(fitted.details["straight trend"])
    assert f"{fitted.rho:.2f} from one month to the next" in power._repr_html_()
    assert "a trend that wanders in" in power._repr_html_()


def test_series_are_drawn_as_often_as_their_process_is_likely():
    alike, half = np.zeros(2), np.full(2, 0.5)
    grid = Processes(rho=alike, tau=alike, q=np.array([0.0, 1.0]), prior=half)
    law = ErrorLaw(grid=grid, sigma=np.array([1.0, 3.0]))

    series = law.draw(30, 20_000, np.random.default_rng(2))

    assert series.shape == (20_000, 30)
    assert (series[:, 0] ** 2).mean() == pytest.approx(0.5 + 0.5 * 9, rel=0.05)
    # The slope moves from the second period on: at period 30 it has moved 29 times.
    wandered = (np.arange(1, 29) ** 2).sum() + 29**2
    assert (series[:, -1] ** 2).mean() == pytest.approx(0.5 + 0.5 * 9 * (1 + wandered), rel=0.05)


def test_another_model_finds_its_own_errors_and_a_slow_one_leaves_it_to_the_default(design):
    options = {"post_periods": [7], "replicates": 200}

    straight = simulate_power(design, model="ar1_calibrated", **options)
    slow = simulate_power(design, model="prais_winsten", **options)

    assert not straight.errors.grid.q.any()
    assert "wanders" not in straight._repr_html_()
    assert "by AR(1) errors around a straight trend, calibrated" in straight._repr_html_()
    assert slow.model == "wandering_trend_calibrated"
    default = simulate_power(design, **options)
    # A trend that may wander takes a larger change to be told from zero.
    assert default.table["estimate"].min() < straight.table["estimate"].min()


def test_more_power_needs_more_effect(design):
    kwargs = {"post_periods": [7], "replicates": 300}
    low = simulate_power(design, power=0.5, **kwargs).table["estimate"]
    high = simulate_power(design, power=0.9, **kwargs).table["estimate"]
    assert (high < low).all()


def test_the_curve_rises_with_the_effect(power):
    curve = power.curve([-20, -40, -60, -80])
    own = curve[curve["post_periods"] == 7]["power"]
    assert own.is_monotonic_increasing
    assert len(curve) == 12


def test_the_page_gives_a_row_for_each_length(power):
    html = power._repr_html_()
    assert "Change at once" in html
    assert html.count("<tr>") == 4


def test_a_length_that_was_not_simulated_is_refused(power):
    with pytest.raises(InputError, match="not simulated for 9 post-periods"):
        power.of(-50, post_periods=9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"power": 1.0}, "The power is 1.0"),
        ({"alpha": 0.0}, "The alpha is 0.0"),
        ({"replicates": 10}, "The number of replicates is 10"),
        ({"post_periods": [1, 7]}, "The shortest post-period is 1"),
    ],
)
def test_options_out_of_bounds_are_refused(design, options, message):
    with pytest.raises(InputError, match=message):
        simulate_power(design, **options)
