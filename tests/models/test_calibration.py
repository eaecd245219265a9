"""Calibrated intervals: what they promise, and that they follow the design."""

from __future__ import annotations

import numpy as np
import pytest

import analysis as its
from analysis.errors import DesignError, InputError
from analysis.models.batch import contrasts
from analysis.models.calibration import KNOTS, Calibration, ar1_errors, calibrate
from analysis.simulate import half_design


@pytest.fixture(scope="module")
def halves():
    """Thirty-six months in equal halves, with level and average."""
    design = half_design(36)
    C = np.array([[0, 0, 1, 0], [0, 0, 1, 8.5]], dtype=float)
    return design.X.to_numpy(), design.time, C


@pytest.fixture(scope="module")
def calibration(halves):
    X, time, C = halves
    return calibrate(X, time, C)


@pytest.mark.parametrize(("rho", "too_often"), [(0.0, 0.955), (0.6, 0.968)])
def test_coverage_of_the_average_comes_down_to_its_name(halves, calibration, rho, too_often):
    X, _, C = halves
    errors = ar1_errors(36, rho, 6000, np.random.default_rng(31))
    table = contrasts(errors, X[None], C[None])
    median, factors = table[..., 0], calibration.factors(table[:, 0, 6])
    lower = median + factors * (table[..., 3] - median)
    upper = median + factors * (table[..., 4] - median)

    plain = np.mean((table[:, 1, 3] < 0) & (table[:, 1, 4] > 0))
    covered = np.mean((lower < 0) & (upper > 0), axis=0)

    # The Monte Carlo error of 6,000 replicates is 0.003.
    assert plain > too_often
    np.testing.assert_allclose(covered, 0.95, atol=0.011)


def test_factors_are_positive_and_follow_rho_without_a_jump(calibration):
    rho = np.linspace(-0.9, 0.999, 200)

    factors = calibration.factors(rho)

    assert factors.shape == (200, 2)
    assert (factors > 0).all()
    assert np.abs(np.diff(np.log(factors), axis=0)).max() < 0.1


def test_the_same_design_gives_the_same_factors(halves):
    X, time, C = halves

    one, two = (calibrate(X, time, C, replicates=200).log_factors for _ in range(2))

    np.testing.assert_array_equal(one, two)


def test_factors_do_not_depend_on_the_unit_of_a_contrast(halves):
    X, time, C = halves

    one = calibrate(X, time, C, replicates=200).log_factors
    other = calibrate(X, time, 1000 * C, replicates=200).log_factors

    np.testing.assert_allclose(one, other, atol=1e-6)


def test_long_series_are_left_as_they_are():
    design = half_design(301)
    C = np.eye(4)[2:3]

    factors = calibrate(design.X.to_numpy(), design.time, C).factors(np.array([0.5]))

    np.testing.assert_array_equal(factors, 1.0)


def test_factors_between_knots_are_interpolated():
    calibration = Calibration(log_factors=np.arange(len(KNOTS), dtype=float)[None])

    found = np.log(calibration.factors(np.array([-1.0, 0.25, 0.6, 1.0])))[:, 0]

    np.testing.assert_allclose(found, [0, 1, 2.5, len(KNOTS) - 1])


def test_the_interval_is_stretched_around_the_same_estimate(simple):
    plain, calibrated = (
        its.estimate_effects(its.fit(simple, "ar1", interval=kind))
        for kind in ("plain", "calibrated")
    )

    for name in ("level", "average", "last"):
        one, other = (np.log1p(np.array(_ends(e[name])) / 100) for e in (plain, calibrated))
        assert one[1] == pytest.approx(other[1])
        left, right = (
            (other[0] - other[1]) / (one[0] - one[1]),
            (other[2] - other[1]) / (one[2] - one[1]),
        )
        assert left == pytest.approx(right)
        assert left != pytest.approx(1.0, abs=1e-3)
    assert calibrated.fit.options == {"interval": "calibrated"}


def _ends(effect):
    return effect.lower, effect.estimate, effect.upper


def test_p_and_interval_agree(simple):
    fit = its.fit(simple, "ar1", interval="calibrated")
    unit = np.array(simple.X.columns == "level", dtype=float)[None]
    p = fit.contrast(unit)["p_value"][0]

    at_p = fit.contrast(unit, alpha=p)

    assert at_p["upper"][0] == pytest.approx(0.0, abs=1e-6)


def test_a_washout_is_calibrated_with_its_gap(gapped):
    level = its.fit(gapped, "ar1", interval="calibrated").summary().loc["level"]

    assert level["lower"] < level["estimate"] < level["upper"]


def test_kinds_of_interval(simple):
    with pytest.raises(InputError, match="no kind of interval 'exact'"):
        its.fit(simple, "ar1", interval="exact")


def test_two_groups_are_not_calibrated(simple):
    two = its.build_two_group_design(
        simple.outcome,
        its.load_outcome(demographic="unaccompanied_child", start="2021-10", end="2024-12"),
        "asylum-restrictions",
    )

    with pytest.raises(DesignError, match="calibrated for one series"):
        its.fit(two, "ar1", interval="calibrated")
