"""The curve as a whole: p on series without an effect, on earlier dates, and what is compared."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import toeplitz
from statsmodels.api import GLS

import analysis as its
from analysis.effects.estimands import contrast_of
from analysis.errors import InputError
from analysis.models.processes.autoregression import Process
from analysis.robustness.curve.assemble import design_of
from analysis.robustness.curve.grid import make_grid
from analysis.robustness.curve.inference import judge_curve


def curve_of(values, *, starts=("2012-01", "2013-01"), **choices):
    periods = pd.period_range("2010-01", periods=len(values), freq="M")
    outcome = its.make_outcome(
        pd.Series(np.asarray(values, float), periods), name="s", unit="units", kind="measure"
    )
    chosen = {
        "start": list(starts),
        "intervention": str(periods[-8].start_time.date()),
        "shape": ["level", "level+slope"],
        "season": 0,
        "scale": "level",
        **choices,
    }
    return its.run_specifications(make_grid(chosen, {"s": outcome}))


def noise(rho, seed, n=72):
    return 100 + Process(rho=rho).errors(n, 1, np.random.default_rng(seed))[0]


@pytest.fixture(scope="module", params=[-1, 1])
def moved(request):
    """A fall or a rise of six standard deviations."""
    values = noise(0.2, 1) + request.param * 6 * (np.arange(72) >= 64)
    return request.param, judge_curve(curve_of(values, scale=["log", "level"]), replicates=39)


def test_a_large_change_to_either_side_is_told_from_chance(moved):
    side, found = moved
    rows = found.table.set_index("statistic")

    assert rows.loc["middle", "value"] * side > 0
    assert (rows.loc[["middle", "clear"], "simulated_p"] <= 0.05).all()
    assert rows.loc["one_sided", "value"] == 1
    assert rows["simulated_p"].min() == 1 / 40


def test_values_are_generalised_least_squares_and_p_counts_the_dates():
    curve = curve_of(noise(0.2, 3), model="ar1", scale=["log", "level"])
    rows = judge_curve(curve, replicates=19).table.set_index("statistic")

    estimates, below, clear = worked_one_by_one(curve)
    assert rows.loc["middle", "value"] == pytest.approx(np.median(estimates))
    assert rows.loc["one_sided", "value"] == max(below.mean(), 1 - below.mean())
    side = below if below.mean() >= 0.5 else ~below
    assert rows.loc["clear", "value"] == pytest.approx((side & clear).mean())
    dates = rows["dates"].iloc[0]
    # Eight months each, back from the start, with most of a window before them.
    assert 2 <= dates <= 4
    assert (rows["placebo_p"] * (1 + dates)).round(9).isin(range(1, dates + 2)).all()


def worked_one_by_one(curve, back=0):
    """Each specification by statsmodels, under the mean covariance of the widest one's AR(1).

    back : so many periods later stand the figures that are worked.
    """
    designs = [design_of(curve.grid, one) for one in curve.grid]
    rate = curve.grid.outcomes["s"].rate.shift(back)
    law = its.fit(max((d for d in designs if d.in_per_cent), key=lambda d: len(d.y)), "ar1").known
    found = []
    for design in designs:
        n, seen = len(design.y), rate[design.periods].to_numpy()
        V = sum(
            w * s**2 / (1 - r**2) * toeplitz(r ** np.arange(n))
            for w, s, r in zip(law.weight, law.sigma, law.rho, strict=True)
        )
        c, y = contrast_of(design, "average"), np.log(seen) if design.in_per_cent else seen
        result = GLS(y, design.X.to_numpy(), sigma=V).fit().t_test(c)
        estimate = float(result.effect[0])
        observed = float(seen[design.post].mean())
        shown = np.expm1(estimate) if design.in_per_cent else estimate / (observed - estimate)
        found.append((100 * shown, estimate < 0, float(result.pvalue) < 0.05))
    return tuple(map(np.array, zip(*found, strict=True)))


def test_earlier_dates_are_the_real_figures_slid_under_the_same_specifications():
    curve = curve_of(noise(0.2, 3), model="ar1", scale=["log", "level"], starts=["2013-01"])
    rows = judge_curve(curve, replicates=19).table.set_index("statistic")

    real, *past = (np.abs(np.log1p(np.median(worked_one_by_one(curve, b)[0]) / 100))
                   for b in (0, 8, 16, 24, 32))  # fmt: skip
    assert rows.loc["middle", "dates"] == len(past)
    assert rows.loc["middle", "placebo_p"] == (1 + sum(p >= real for p in past)) / (1 + len(past))


def test_earlier_figures_that_a_scale_cannot_take_are_passed_over():
    zero = np.where(np.arange(72) == 10, 0.0, noise(0.2, 3))
    found = judge_curve(curve_of(zero, scale="log", starts=["2013-01"]), replicates=19).table
    assert (found["dates"] == 3).all()


def test_a_larger_change_at_an_earlier_date_counts():
    values = noise(0.0, 5) - 9 * (np.arange(72) >= 56)
    rows = judge_curve(curve_of(values), replicates=19).table.set_index("statistic")

    assert rows.loc["middle", "placebo_p"] >= 2 / (1 + rows["dates"].iloc[0])


def test_a_short_history_has_no_earlier_date():
    found = judge_curve(curve_of(noise(0, 6, n=32), starts=["2010-01"]), replicates=19)

    assert (found.table["dates"] == 0).all()
    assert found.table["placebo_p"].isna().all()
    assert "earlier date" not in found.sentence()
    assert ">none<" in found._repr_html_()


def test_all_specifications_are_worked_and_a_seed_fixes_the_rest():
    curve = curve_of(noise(0.3, 7), season=[0, 1, 2])

    one, again = (judge_curve(curve, replicates=19) for _ in range(2))

    assert (one.table["specifications"] == len(curve.table)).all()
    pd.testing.assert_frame_equal(one.table, again.table)


def test_a_gap_is_one_in_the_test_too():
    values = noise(0.3, 8)
    values[40:44] = np.nan
    rows = judge_curve(curve_of(values), replicates=19).table
    assert rows["value"].notna().all()


def test_a_model_that_is_fitted_one_series_at_a_time_is_judged_by_the_same_measure():
    curve = curve_of(noise(0, 1), model="newey_west")
    assert judge_curve(curve, replicates=19).table["simulated_p"].notna().all()


def test_an_estimand_without_periods_of_its_own_has_its_unit():
    curve = curve_of(noise(0, 1), shape="level+slope")
    slope = its.run_specifications(curve.grid, estimand="slope")
    rows = judge_curve(slope, replicates=19).table.set_index("statistic")
    assert rows.loc["middle", "unit"] == "units a month"


def test_too_few_replicates_are_refused():
    with pytest.raises(InputError, match="19 or more"):
        judge_curve(curve_of(noise(0, 1)), replicates=5)


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_p_is_no_smaller_than_it_says_where_nothing_happened(rho):
    p = [
        judge_curve(
            curve_of(noise(rho, seed), model="ar1_calibrated"), replicates=39
        ).table.set_index("statistic")["simulated_p"]["middle"]
        for seed in range(60)
    ]
    assert np.mean(np.array(p) <= 0.1) <= 0.2
