"""The harness: its series are what they say, its coverage is counted right, and the proof."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import analysis as its
from analysis.models.batch import METHODS
from analysis.validation.simulate import ERRORS, half_design, intervals_of, make_cell


def lag_one(series):
    centred = series - series.mean()
    return (centred[:, 1:] * centred[:, :-1]).mean() / (centred**2).mean()


@pytest.mark.parametrize("name", ["ar1", "ar2", "heavy-tailed"])
@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_errors_have_the_autocorrelation_they_say(name, rho):
    series = ERRORS[name](50, rho, 20_000, np.random.default_rng(1))

    assert series.shape == (20_000, 50)
    assert lag_one(series) == pytest.approx(rho, abs=0.02)


def test_ar1_is_stationary_with_unit_innovations():
    series = ERRORS["ar1"](30, 0.8, 50_000, np.random.default_rng(2))

    np.testing.assert_allclose(series.var(axis=0), 1 / (1 - 0.8**2), rtol=0.04)


def test_errors_double_in_the_middle_and_heavy_ones_have_tails():
    grown = ERRORS["doubled"](20, 0.0, 50_000, np.random.default_rng(3))
    heavy = ERRORS["heavy-tailed"](20, 0.0, 50_000, np.random.default_rng(4))

    assert grown[:, -1].std() / grown[:, 0].std() == pytest.approx(2, rel=0.03)
    assert np.mean(np.abs(heavy) > 4) > 20 * 6e-5


def test_what_wanders_grows_and_what_is_shifted_stays_so():
    rng = np.random.default_rng(8)
    sd = {name: ERRORS[name](40, 0.0, 5000, rng).std(axis=0) for name in ERRORS}

    assert sd["wandering far"][-1] > 2 * sd["wandering"][-1] > 2 * sd["ar1"][-1]
    assert sd["random walk"][-1] == pytest.approx(np.sqrt(1 + 0.25 * 40), rel=0.05)
    assert sd["noise"][-1] == pytest.approx(np.sqrt(3), rel=0.05)
    assert sd["halved"][-1] == pytest.approx(0.5, rel=0.05)
    shifted = ERRORS["shift"](40, 0.0, 5000, rng).mean(axis=0)
    assert shifted[10:].min() - shifted[:10].max() > 1.8


def test_seasons_and_curves_are_there():
    season = ERRORS["seasonal"](240, 0.0, 500, np.random.default_rng(5))
    curve = ERRORS["wrong trend"](41, 0.0, 5000, np.random.default_rng(6)).mean(axis=0)

    power = np.abs(np.fft.rfft(season)) ** 2
    assert power.mean(axis=0).argmax() == 20
    assert curve[20] - curve[0] == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("model", METHODS)
def test_the_batch_gives_the_harness_what_single_fits_give(model):
    cell = make_cell(24, 0.4, "ar1", 4, 9)

    fast = intervals_of(cell, model)
    slow = np.array(
        [
            its.fit(_with(cell.design, y), model).contrast(
                np.array([[0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 5.5], [0, 0, 1, 11]], float)
            )[["lower", "upper"]]
            for y in cell.series
        ]
    )

    np.testing.assert_allclose(fast.transpose(2, 0, 1), slow, rtol=1e-6, atol=1e-8)


def _with(design, y):
    return replace(design, y=design.y * 0 + y)


def test_the_halves_are_equal():
    design = half_design(24)

    assert design.post.sum() == design.pre.sum() == 12
    assert design.X["slope"].tolist()[11:14] == [0, 0, 1]
