"""Quantiles and tails of mixtures of Student t against direct integration and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from analysis.models.mixture import MixedT, single_summary

DEGREES = [3.0, 5.0, 17.0, 31.0, 200.0, 4990.0, np.inf]


def one(df):
    unit = np.ones((1, 1))
    return MixedT(weight=unit, center=0 * unit, scale=unit, df=df)


def law(df):
    return stats.norm() if np.isinf(df) else stats.t(df)


@pytest.fixture
def mixtures():
    """Forty components whose centers and scales move together, as they do over rho."""
    rng = np.random.default_rng(3)
    weight = rng.dirichlet(np.full(40, 0.5), size=5)
    center = np.linspace(-1, 2, 40) + rng.standard_normal((5, 40)) / 10
    scale = np.exp(np.linspace(-2, 2, 40)) * np.ones((5, 1))
    return MixedT(weight=weight, center=center, scale=scale, df=9.0)


@pytest.mark.parametrize("df", DEGREES)
def test_the_distribution_function_is_students(df):
    z = np.linspace(-15, 15, 4001)

    below, density = one(df).cdf(z[None])

    np.testing.assert_allclose(below[0], law(df).cdf(z), atol=2e-12)
    np.testing.assert_allclose(density[0], law(df).pdf(z), atol=2e-9)


@pytest.mark.parametrize("df", [1.0, *DEGREES])
def test_the_tails_go_on_to_nothing(df):
    """With few degrees of freedom there is much to come beyond a hundred standard errors."""
    z = np.array([30.0, 100.0, 125.0, 300.0, 1e4, 1e8, 1e15])

    below, _ = one(df).cdf(np.stack([-z, z]).reshape(1, -1))

    np.testing.assert_allclose(below[0, :7], law(df).cdf(-z), atol=2e-12)
    np.testing.assert_allclose(below[0, 7:], law(df).cdf(z), atol=2e-12)


def test_many_mixtures_of_which_one_component_counts_have_its_quantiles():
    """As over thousands of periods after the start, of a series that settles its model."""
    weight = np.tile([1.0, 1e-20, 1e-30], (3000, 1))
    mixed = MixedT(weight=weight, center=0 * weight, scale=1 + 0 * weight, df=9.0)

    found = mixed.quantiles(np.array([0.025, 0.5]))

    np.testing.assert_allclose(found, np.tile(law(9.0).ppf([0.025, 0.5]), (3000, 1)), atol=1e-9)


@pytest.mark.parametrize("df", DEGREES)
def test_a_single_component_has_students_quantiles(df):
    probabilities = np.array([0.001, 0.025, 0.5, 0.975])

    found = one(df).quantiles(probabilities)[0]

    np.testing.assert_allclose(found, law(df).ppf(probabilities), rtol=1e-9, atol=1e-12)


def test_mixture_quantiles_solve_the_distribution_function(mixtures):
    probabilities = np.array([1e-4, 0.025, 0.5, 0.975, 0.9999])

    found = mixtures.quantiles(probabilities)

    for row, values in enumerate(found):
        parts = stats.t(9.0, mixtures.center[row], mixtures.scale[row])
        direct = [quantile(p, mixtures.weight[row], parts) for p in probabilities]
        np.testing.assert_allclose(values, direct, atol=1e-8)


def quantile(probability, weight, parts):
    return optimize.brentq(lambda x: weight @ parts.cdf(x) - probability, -1e4, 1e4, xtol=1e-13)


def test_the_summary_holds_median_spread_ends_and_p_value(mixtures):
    estimate, error, df, lower, upper, p_value = mixtures.summary(0.1)[0]
    parts = stats.t(9.0, mixtures.center[0], mixtures.scale[0])
    weight = mixtures.weight[0]
    mean = weight @ parts.mean()

    assert weight @ parts.cdf(estimate) == pytest.approx(0.5)
    assert weight @ parts.cdf(lower) == pytest.approx(0.05)
    assert weight @ parts.cdf(upper) == pytest.approx(0.95)
    assert error == pytest.approx(np.sqrt(weight @ (parts.var() + (parts.mean() - mean) ** 2)))
    below = weight @ parts.cdf(0.0)
    assert p_value == pytest.approx(2 * min(below, 1 - below))
    assert df == 9.0


def test_far_apart_components_are_solved_too():
    mixture = MixedT(
        weight=np.array([[0.5, 0.5]]),
        center=np.array([[-1e6, 1e6]]),
        scale=np.array([[1e-3, 1e3]]),
        df=4.0,
    )

    lower, upper = mixture.quantiles(np.array([0.25, 0.75]))[0]

    assert lower == pytest.approx(-1e6, abs=1e-5)
    assert upper == pytest.approx(1e6, abs=1e-2)


def test_a_single_summary_takes_df_for_each_and_refuses_too_few():
    center, scale = np.ones(4), np.full(4, 0.5)
    df = np.array([7.3, np.inf, 1.9, 2.0])

    rows = single_summary(center, scale, df, 0.05)

    assert rows[0, 4] == pytest.approx(1 + 0.5 * stats.t(7.3).ppf(0.975))
    assert rows[1, 3] == pytest.approx(1 + 0.5 * stats.norm().ppf(0.025))
    assert rows[0, 5] == pytest.approx(2 * stats.t(7.3).sf(2.0))
    assert np.isnan(rows[2, 3:]).all()
    assert rows[2, 0] == 1.0
    assert rows[3, 4] == pytest.approx(1 + 0.5 * stats.t(2).ppf(0.975))


def test_normal_mixtures_have_the_standard_deviation_of_their_parts():
    mixture = MixedT(
        weight=np.array([[0.25, 0.75]]),
        center=np.array([[1.0, 3.0]]),
        scale=np.array([[2.0, 1.0]]),
        df=np.inf,
    )

    _, error, df, *_ = mixture.summary(0.05)[0]

    assert error == pytest.approx(np.sqrt(0.25 * (4 + 1.5**2) + 0.75 * (1 + 0.5**2)))
    assert df == np.inf


def test_a_stretched_summary_is_wider_around_its_median(mixtures):
    plain, factors = mixtures.summary(0.05), np.array([0.8, 1.0, 1.3, 2.0, 1.1])
    before = plain.copy()

    found = mixtures.stretched(plain, factors)

    np.testing.assert_array_equal(plain, before)
    np.testing.assert_array_equal(found[:, [0, 2]], plain[:, [0, 2]])
    np.testing.assert_allclose(found[:, 1], factors * plain[:, 1])
    for end in (3, 4):
        half = plain[:, end] - plain[:, 0]
        np.testing.assert_allclose(found[:, end], plain[:, 0] + factors * half)
    # Zero lies as many half widths off as median * (1 - 1 / factor) does in the plain one.
    below = mixtures.cdf((plain[:, 0] * (1 - 1 / factors))[:, None])[0][:, 0]
    np.testing.assert_allclose(found[:, 5], 2 * np.minimum(below, 1 - below))
