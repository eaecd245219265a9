"""What size of an effect is ruled out, and effects of a level scale in per cent."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import analysis as its
from analysis.effects.equivalence import Equivalence
from analysis.effects.estimands import linear_effect
from analysis.errors import InputError

PARTS = ("at(1)", "average", "last")


def design_of(values, *, scale="level", kind="measure", shape="level+slope", first=40):
    periods = pd.period_range("2000-01", periods=len(values), freq="M")
    series = pd.Series(np.asarray(values, dtype=float), periods)
    outcome = its.make_outcome(series, name="made", unit="units", kind=kind)
    day = str(periods[first].start_time.date())
    return its.build_design(outcome, day, scale=scale, season=0, shape=shape)


def noisy(seed, base=100.0, n=60):
    rng = np.random.default_rng([20261128, seed])
    return base + rng.normal(0, 5, n) + rng.normal(0, 10) * (np.arange(n) >= 40)


@pytest.mark.parametrize("seed", range(4))
def test_an_effect_in_per_cent_is_that_of_the_path(seed):
    """Of one period, from the row of the path; of all, from the means of its rates."""
    kind = ("measure", "count")[seed % 2]
    values = noisy(seed, 900.0).round()
    fitted = its.fit(
        design_of(values, kind=kind), ("newey_west", "ar1", "forecast_trend")[seed % 3]
    )
    effects, post = its.estimate_effects(fitted), its.trace_counterfactual(fitted).post
    last, share = post.iloc[-1], effects["relative(last)"]
    ends = last[["counterfactual", "counterfactual_upper", "counterfactual_lower"]]
    told = 100 * (last["observed"] / ends.to_numpy(float) - 1)
    np.testing.assert_allclose([share.estimate, share.lower, share.upper], told, rtol=1e-6)
    days = post.index.days_in_month if kind == "count" else 1
    means = post[["observed", "counterfactual"]].div(days, axis=0).mean()
    expected = 100 * (means["observed"] / means["counterfactual"] - 1)
    assert effects["relative(average)"].estimate == pytest.approx(expected, abs=0.01)
    for name in PARTS:
        one, other = effects[name], effects[f"relative({name})"]
        assert other.p_value == one.p_value
        assert (other.lower > 0) == (one.lower > 0)
        assert linear_effect(fitted, f"relative({name})").upper == pytest.approx(
            other.upper, rel=1e-3
        )


def test_per_cents_are_of_a_level_scale_alone_and_only_above_zero():
    log = its.estimate_effects(its.fit(design_of(noisy(1), scale="log"), "ar1"))
    assert not [name for name in log.table.index if name.startswith("relative(")]
    around_zero = its.estimate_effects(its.fit(design_of(noisy(1, 0.0)), "ar1"))
    assert not [name for name in around_zero.table.index if name.startswith("relative")]
    assert "relative" in around_zero.absent


def test_the_limit_is_where_both_sides_are_just_rejected():
    """At x = limit the larger of the two one-sided p-values is alpha."""
    fitted = its.fit(design_of(noisy(2)), "newey_west")
    found = its.rule_out(fitted, "average", alpha=0.05)
    average = linear_effect(fitted, "average")
    t = (np.array([1, -1]) * average.estimate - found.limit) / average.std_error
    assert stats.t.cdf(t, average.df).max() == pytest.approx(0.05)


def of(lower, upper, margin=None, unit="%"):
    fitted = its.fit(design_of(noisy(2), scale="log"), "newey_west")
    effect = replace(linear_effect(fitted, "average"), lower=lower, upper=upper, unit=unit)
    return Equivalence(effect=effect, alpha=0.05, margin=margin)


@pytest.mark.parametrize(
    ("lower", "upper", "margin", "verdict", "words"),
    [
        (
            -4.0,
            3.0,
            5.0,
            "smaller",
            "The change is smaller than 5%. On average, a change of more than 4%",
        ),
        (-4.0, 3.0, 4.0, "cannot tell", "Whether the change is smaller than 4% the data cannot"),
        (-9.0, -6.0, 5.0, "larger", "The change is larger than 5%."),
        (
            6.0,
            9.0,
            5.0,
            "larger",
            "On average, a change of more than 9% either way is ruled out "
            "(ends of a 90% interval).",
        ),
        (-4.0, 30.0, 5.0, "cannot tell", "whether there was a smaller one the data cannot tell."),
        (
            -50.0,
            130.0,
            None,
            "cannot tell",
            "On average, not even a doubling is ruled out (ends of a 90% interval).",
        ),
        (np.nan, np.nan, 5.0, "cannot tell", "No size of change is ruled out."),
    ],
)
def test_the_verdict_follows_the_interval(lower, upper, margin, verdict, words):
    found = of(lower, upper, margin)
    assert found.verdict == verdict
    assert words in found.sentence()


def test_on_a_level_scale_the_limit_is_in_per_cent_or_in_the_unit():
    fitted = its.fit(design_of(noisy(3)), "ar1_calibrated")
    assert its.rule_out(fitted).effect.unit == "%"
    assert "% of what was expected either way" in its.rule_out(fitted).sentence()
    assert its.rule_out(fitted, "average").effect.unit == "units"
    assert its.rule_out(its.fit(design_of(noisy(3, 0.0)), "ar1")).effect.unit == "units"


@pytest.mark.parametrize("options", [{"alpha": 0.6}, {"alpha": 0.0}, {"margin": 0.0}])
def test_options_out_of_bounds_are_refused(options):
    with pytest.raises(InputError, match=r"The (alpha|margin) is"):
        its.rule_out(its.fit(design_of(noisy(2)), "newey_west"), **options)


@pytest.mark.slow
def test_an_effect_as_large_as_the_margin_is_seldom_called_smaller():
    """At most 5% (standard error 0.9% of 600); none at all mostly is, with a margin of 4 errors."""
    rng, calls = np.random.default_rng(14), {0.0: 0, 4.0: 0}
    for truth in calls:
        for _ in range(600):
            y = rng.standard_normal(60) + truth * (np.arange(60) >= 40)
            fitted = its.fit(design_of(y, shape="level"), "ar1_calibrated")
            calls[truth] += its.rule_out(fitted, "average", margin=4.0).verdict == "smaller"
    assert 0.02 <= calls[4.0] / 600 <= 0.075
    assert calls[0.0] / 600 > 0.95
