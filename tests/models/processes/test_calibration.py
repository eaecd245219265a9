"""The factor of an interval: what it is made of, its limits, and the coverage it gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from layouts import halves

from analysis.models.batch import contrasts
from analysis.models.processes.autoregression import Process
from analysis.models.processes.calibration import AR1, WANDERING
from analysis.models.processes.grid import ar1_grid, standard_grid
from analysis.models.processes.solve import Solved

GRIDS = {AR1.degree: ar1_grid(40), WANDERING.degree: standard_grid()}
SURFACES = pytest.mark.parametrize("surface", [AR1, WANDERING], ids=["ar1", "wandering"])


def made(surface, seed, k=3, df=30):
    """Two series and k contrasts that rise with rho, under the processes of a surface's grid."""
    rng, grid = np.random.default_rng(seed), GRIDS[surface.degree]
    G = len(grid.rho)
    slope = np.arcsin(grid.rho) + 2
    return Solved(
        grid=grid,
        center=rng.normal(size=(2, k, G)),
        unscaled=np.exp(rng.uniform(0.1, 0.5, (2, k, 1)) * slope + rng.uniform(0, 0.3, (2, k, G))),
        rss=np.exp(rng.normal(size=(2, G))),
        log_restricted=rng.normal(size=(2, G)),
        df=df,
    )


def test_figures_of_ar1_are_what_they_are_called():
    solved = made(AR1, 4)
    rho, log_variance = solved.grid.rho, np.log(solved.unscaled[0])

    found = AR1.figures(solved)[0]

    drawn = np.random.default_rng(9).choice(len(rho), 400_000, p=solved.weight[0])
    room = log_variance.max(axis=1) - log_variance[:, drawn].mean(axis=1)
    expected = [
        np.full(3, rho[drawn].mean()),
        np.full(3, min(np.arcsin(rho[drawn]).std(), AR1.bounds["sd_theta"][1])),
        log_variance[:, drawn].std(axis=1),
        room / (1 + room),
        np.full(3, 1 / 30),
    ]
    np.testing.assert_allclose(found, np.transpose(expected), atol=0.01)


def test_figures_of_a_wandering_trend_are_what_they_are_called():
    solved = made(WANDERING, 1)
    grid, unscaled = solved.grid, solved.unscaled[0, 0]

    found = WANDERING.figures(solved)[0, 0]

    drawn = np.random.default_rng(2).choice(len(grid.rho), 300_000, p=solved.weight[0])
    bounds = list(WANDERING.bounds.values())
    expected = [
        np.sin(np.arcsin(grid.rho[drawn]).mean()),
        (grid.q[drawn] == 0).mean(),
        min(np.log(solved.scale[0, 0, drawn]).std(), bounds[2][1]),
        1 / 30,
    ]
    np.testing.assert_allclose(found[:4], expected, atol=0.01)

    def under(rho, q):
        return unscaled[(grid.rho == rho) & (grid.q == q) & (grid.tau == 0)][0]

    for column, other in ((4, under(0.0, 0.07)), (5, under(0.985, 0.0))):
        rise = np.clip(np.log(other / under(0.0, 0.0)), *bounds[column])
        assert found[column] == pytest.approx(rise)


@SURFACES
def test_figures_stay_within_what_was_simulated(surface):
    low, high = np.array(list(surface.bounds.values())).T

    for df in (1, 10**6):
        solved = made(surface, 3, df=df)
        found = surface.figures(replace(solved, unscaled=solved.unscaled**9))
        assert (found >= low).all()
        assert (found <= high).all()


@pytest.mark.parametrize("df", [7, 150, 399])
def test_degrees_of_freedom_of_what_was_simulated_stand_as_they_are(df):
    np.testing.assert_allclose(AR1.figures(made(AR1, 4, df=df))[..., 4], 1 / df)


@pytest.mark.parametrize(("surface", "count"), [(AR1, 56), (WANDERING, 28)])
def test_one_polynomial_of_so_many_terms(surface, count):
    assert len(surface.terms) == len(surface.coefficients) == count
    corners = np.array(list(surface.bounds.values())).T
    np.testing.assert_allclose(np.abs(surface.polynomial(corners)), 1)


@SURFACES
def test_factors_do_not_depend_on_units(surface):
    solved = made(surface, 6)
    other = replace(solved, rss=1e6 * solved.rss, unscaled=1e3 * solved.unscaled)

    np.testing.assert_allclose(surface.factors(solved), surface.factors(other))


def test_factors_are_moderate_wherever_the_figures_are():
    """No corner of the surface makes an interval vanish or explode."""
    low, high = np.array(list(WANDERING.bounds.values())).T
    corners = np.random.default_rng(5).uniform(low, high, (20_000, len(low)))

    factors = np.exp(WANDERING.log_factors(corners))

    assert factors.min() == pytest.approx(np.exp(-0.6))
    assert factors.max() <= np.exp(0.6)


@SURFACES
def test_many_series_at_once(surface):
    solved = made(surface, 8)
    parts = {name: getattr(solved, name) for name in ("center", "unscaled", "rss")}
    parts["log_restricted"] = solved.log_restricted

    one_by_one = [
        surface.factors(replace(solved, **{name: part[i : i + 1] for name, part in parts.items()}))
        for i in range(2)
    ]

    np.testing.assert_allclose(surface.factors(solved), np.concatenate(one_by_one))


@SURFACES
def test_the_factor_of_a_long_series_fades(surface):
    solved, n = made(surface, 4), surface.longest
    at, beyond, far = (
        np.log(surface.factors(replace(solved, df=df))) for df in (n, 2 * n, 10**4 * n)
    )

    np.testing.assert_allclose(beyond, at / 2)
    np.testing.assert_allclose(far, 0, atol=1e-3)


@SURFACES
def test_a_contrast_without_variance_keeps_its_interval(surface):
    solved = made(surface, 7)
    solved.unscaled[0, 1] = 0.0

    factors = surface.factors(solved)

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
