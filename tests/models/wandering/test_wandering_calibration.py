"""The factor of an interval: what it is made of, its limits, and the coverage it gives."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.models.ar1.surface import halves
from analysis.models.batch import contrasts
from analysis.models.wandering.calibration import (
    FIGURES,
    HIGHEST,
    LOWEST,
    TERMS,
    coefficients,
    figures,
    log_factors,
    quadratic,
    stretch,
)
from analysis.models.wandering.grid import standard_grid
from analysis.models.wandering.surface import Process

GRID = standard_grid()


def made(rng, k=3):
    """Posteriors of two series, and the scales and variances of k contrasts."""
    weight = rng.dirichlet(np.ones(len(GRID.rho)), 2)
    return (
        weight,
        np.exp(rng.normal(size=(2, k, len(GRID.rho)))),
        np.exp(rng.uniform(0, 3, (2, k, len(GRID.rho)))),
    )


def process(rho, q):
    return np.flatnonzero((GRID.rho == rho) & (GRID.q == q) & (GRID.tau == 0))[0]


def test_figures_are_what_they_are_called():
    weight, scale, unscaled = made(np.random.default_rng(1))

    found = figures(weight, scale, unscaled, 30.0)

    assert found.shape == (2, 3, len(FIGURES))
    drawn = np.random.default_rng(2).choice(len(GRID.rho), 300_000, p=weight[0])
    expected = [
        np.sin(np.arcsin(GRID.rho[drawn]).mean()),
        (GRID.q[drawn] == 0).mean(),
        min(np.log(scale[0, 0, drawn]).std(), HIGHEST[2]),
        1 / 30,
    ]
    np.testing.assert_allclose(found[0, 0, :4], expected, atol=0.01)
    white = unscaled[0, 0, process(0.0, 0.0)]
    for column, other in ((4, process(0.0, 0.07)), (5, process(0.985, 0.0))):
        rise = np.clip(np.log(unscaled[0, 0, other] / white), 0, HIGHEST[column])
        assert found[0, 0, column] == pytest.approx(rise)


def test_figures_stay_within_what_was_simulated():
    weight, scale, unscaled = made(np.random.default_rng(3))

    for df in (1.0, 1e6):
        found = figures(weight, scale**9, unscaled**9, df)
        assert (found >= LOWEST).all()
        assert (found <= HIGHEST).all()


def test_one_polynomial_of_28_terms():
    assert len(TERMS) == len(coefficients()) == 28
    np.testing.assert_allclose(np.abs(quadratic(np.stack([LOWEST, HIGHEST]))), 1)


def test_factors_do_not_depend_on_units():
    weight, scale, unscaled = made(np.random.default_rng(4))

    np.testing.assert_allclose(
        stretch(weight, scale, unscaled, 40.0), stretch(weight, 1e6 * scale, 1e3 * unscaled, 40.0)
    )


def test_factors_are_moderate_wherever_the_figures_are():
    """No corner of the surface makes an interval vanish or explode."""
    corners = np.random.default_rng(5).uniform(LOWEST, HIGHEST, (20_000, len(FIGURES)))

    factors = np.exp(log_factors(corners))

    assert factors.min() == pytest.approx(np.exp(-0.6))
    assert factors.max() <= np.exp(0.6)


def test_the_factor_of_a_long_series_fades():
    weight, scale, unscaled = made(np.random.default_rng(6))

    at, beyond, far = (np.log(stretch(weight, scale, unscaled, df)) for df in (200.0, 400.0, 1e7))

    np.testing.assert_allclose(beyond, at / 2)
    np.testing.assert_allclose(far, 0, atol=1e-3)


def test_a_contrast_without_variance_keeps_its_interval():
    weight, scale, unscaled = made(np.random.default_rng(7))
    scale[0, 1], unscaled[0, 1] = 0.0, 0.0

    factors = stretch(weight, scale, unscaled, 20.0)

    assert factors[0, 1] == 1.0
    assert factors[0, 0] != 1.0


@pytest.mark.parametrize("rho", [0.5, 0.8, 0.95])
def test_a_level_in_39_months_covers_as_it_says(rho):
    """Where `wandering_trend` alone falls short; the Monte Carlo error of 3,000 is 0.004."""
    layout = halves(39)
    errors = Process(rho=rho).errors(39, 3000, np.random.default_rng(8))

    table = contrasts(
        errors, layout.X[None], layout.C[:1][None], model="wandering_trend_calibrated"
    )

    covered = ((table[:, 0, 3] < 0) & (table[:, 0, 4] > 0)).mean()
    assert 0.94 - 0.008 < covered < 0.97


def test_a_slope_that_wanders_far_is_covered_more_often_than_without():
    layout = halves(60)
    errors = Process(rho=0.3, q=0.3).errors(60, 600, np.random.default_rng(9))
    shares = []
    for model in ("wandering_trend", "wandering_trend_calibrated", "ar1_calibrated"):
        table = contrasts(errors, layout.X[None], layout.C[1:3][None], model=model)
        shares.append(((table[..., 3] < 0) & (table[..., 4] > 0)).mean(axis=0))

    plain, calibrated, straight = shares
    assert (calibrated > plain).all()
    assert (calibrated > straight + 0.1).all()
