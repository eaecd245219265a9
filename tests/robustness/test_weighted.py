"""The weighted comparison: weights that are best, a rank that is honest, and refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import analysis as its
from analysis.errors import InputError

PERIODS = pd.period_range("2015-01", periods=60, freq="M")
START = "2018-01-01"


def made(values, name):
    return its.make_outcome(pd.Series(values, PERIODS), name=name, unit="points", kind="measure")


def drawn(count, rng, *, effect=0.0):
    """Series of three common factors; the first has an effect from the start on."""
    factors = np.cumsum(rng.normal(size=(60, 3)), axis=0)
    values = 50 + factors @ rng.uniform(0, 1, (3, count)) + rng.normal(0, 0.3, (60, count))
    values[36:, 0] += effect
    return [made(column, f"place {i}") for i, column in enumerate(values.T)]


def weigh(series, **options):
    return its.weigh_comparison(series[0], series[1:], START, scale="level", **options)


@pytest.mark.parametrize("count", [3, 8, 40])
def test_the_weights_are_the_best_of_all_mixes(count):
    series = drawn(count, np.random.default_rng(count))
    weights = weigh(series).weights

    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)
    others = np.column_stack([s.values[:36] for s in series[1:]])
    own = weights[[s.name for s in series[1:]]].to_numpy()

    def distance(w):
        return np.sum((series[0].values[:36] - others @ w) ** 2)

    start = np.full(count - 1, 1 / (count - 1))
    found = optimize.minimize(
        distance,
        start,
        method="SLSQP",
        bounds=[(0, 1)] * (count - 1),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"maxiter": 500, "ftol": 1e-12},
    )
    assert distance(own) <= found.fun * (1 + 1e-3) + 1e-6


def test_a_mix_that_is_exact_is_found():
    rng = np.random.default_rng(5)
    others = drawn(6, rng)
    truth = np.array([0.5, 0.3, 0.2, 0, 0, 0])
    mixed = sum(w * s.values for w, s in zip(truth, others, strict=True)).to_numpy().copy()
    mixed[36:] -= 7
    weighted = weigh([made(mixed, "town"), *others])
    assert weighted.weights[[s.name for s in others]].tolist() == pytest.approx(truth, abs=1e-3)
    assert weighted.table.loc["average", "estimate"] == pytest.approx(-7, abs=1e-2)
    expected = weighted.expected.values.to_numpy()
    assert mixed - expected == pytest.approx(weighted.gaps["town"], abs=1e-9)


def test_series_that_are_alike_share_their_weight_whatever_their_order():
    series = drawn(4, np.random.default_rng(6))
    twin = replace(series[1], name="twin")
    one, other = weigh([*series, twin]), weigh([series[0], twin, *series[3:0:-1]])
    assert one.weights["twin"] == pytest.approx(one.weights["place 1"], abs=1e-4)
    assert other.weights[one.weights.index].to_numpy() == pytest.approx(one.weights, abs=1e-4)


def test_on_the_log_scale_the_effect_is_in_per_cent():
    rng = np.random.default_rng(7)
    series = [replace(s, values=np.exp(s.values / 20)) for s in drawn(6, rng)]
    without = its.weigh_comparison(series[0], series[1:], START).table.loc["average", "estimate"]
    fallen = series[0].values * np.where(np.arange(60) < 36, 1, 0.8)
    fallen = replace(series[0], values=fallen)
    average = its.weigh_comparison(fallen, series[1:], START).table.loc["average"]
    assert average["unit"] == "%"
    assert 1 + average["estimate"] / 100 == pytest.approx(0.8 * (1 + without / 100))
    assert np.isnan([average["lower"], average["upper"]]).all()


def test_a_shift_lets_a_series_of_another_size_have_its_mix():
    series = drawn(6, np.random.default_rng(7))
    larger = replace(series[0], values=series[0].values + 500)
    shifted = weigh([larger, *series[1:]], shift=True)
    assert shifted.gaps.iloc[:, 0].to_numpy() == pytest.approx(
        weigh(series, shift=True).gaps.iloc[:, 0].to_numpy(), abs=1e-6
    )
    assert shifted.gaps.iloc[:36].mean().to_numpy() == pytest.approx(np.zeros(6), abs=1e-9)
    gap = larger.values - shifted.expected.values
    assert gap.to_numpy() == pytest.approx(shifted.gaps.iloc[:, 0].to_numpy())
    assert shifted.ratios["before"].iloc[0] < weigh([larger, *series[1:]]).ratios["before"].iloc[0]


def test_a_large_effect_has_the_smallest_p_there_is_and_the_page_says_it():
    weighted = weigh(drawn(10, np.random.default_rng(8), effect=40.0))
    assert weighted.table.loc["average", "p_value"] == pytest.approx(weighted.smallest)
    assert weighted.smallest == pytest.approx(1 / 10)
    html = weighted._repr_html_()
    assert "0.10 is the smallest" in html
    assert "no interval" in html


@pytest.mark.slow
def test_without_an_effect_every_rank_is_as_likely():
    """Each series is drawn alike, so that p is uniform on 1/8, 2/8 and so on."""
    ranks = []
    for seed in range(240):
        p = weigh(drawn(8, np.random.default_rng(seed))).table.loc["average", "p_value"]
        ranks.append(round(8 * p))
    assert stats.chisquare(np.bincount(ranks, minlength=9)[1:]).pvalue > 0.01


def test_what_cannot_be_weighed_is_refused():
    series = drawn(4, np.random.default_rng(9))
    with pytest.raises(InputError, match="mixes two or more"):
        weigh(series[:2])
    with pytest.raises(InputError, match="mixes two or more"):
        its.weigh_comparison(series[0], series[1], START)
    series[2] = replace(series[2], values=series[2].values.mask(np.arange(60) == 3))
    with pytest.raises(InputError, match="'place 2' has no figure for 2015-04"):
        weigh(series)
    with pytest.raises(InputError, match="log or level"):
        its.weigh_comparison(series[0], series[1:], START, scale="count")
