"""Units fitted one by one and pooled: what their errors share, own starts, doses, coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.errors import InputError
from analysis.robustness.units import correlation_of

PERIODS = pd.period_range("2018-01", periods=60, freq="M")
EFFECT = -0.2


def drawn(rng, *, units=6, tau=0.0, common=0.0, staggered=False, dose=0.0):
    """Series with errors AR(1) of 0.5, of which a share is common, and the start of each."""
    shocks = 0.1 * rng.normal(size=(units + 1, 60))
    errors = np.zeros_like(shocks)
    for t in range(60):
        errors[:, t] = 0.5 * errors[:, t - 1] * (t > 0) + shocks[:, t]
    errors = np.sqrt(1 - common) * errors[:-1] + np.sqrt(common) * errors[-1]
    starts = rng.integers(24, 42, units) if staggered else np.full(units, 36)
    effects = EFFECT + dose * np.arange(units) + tau * rng.normal(size=units)
    found, days = {}, {}
    for i in range(units):
        log = 4 + 0.005 * np.arange(60) + errors[i] + effects[i] * (np.arange(60) >= starts[i])
        found[f"place {i}"] = its.make_outcome(
            pd.Series(np.exp(log), PERIODS), name=f"place {i}", unit="points", kind="measure"
        )
        days[f"place {i}"] = str(PERIODS[starts[i]].start_time.date())
    return found, days


def cells(rng, model="ar1", **options):
    return its.estimate_cells(*drawn(rng, **options), season=0, model=model)


@pytest.mark.parametrize("staggered", [False, True])
def test_the_correlation_is_found_and_is_less_for_other_starts(staggered):
    found = cells(np.random.default_rng(1), units=12, common=0.6, staggered=staggered)
    correlation = correlation_of(list(found.designs.values()))
    assert np.allclose(np.diag(correlation), 1)
    assert np.linalg.eigvalsh(correlation)[0] > 0
    others = correlation[np.triu_indices(12, 1)]
    if staggered:
        assert others.mean() < 0.55
    else:
        assert others == pytest.approx(np.full(66, 0.6), abs=0.1)


def test_units_without_a_common_shock_are_nearly_independent():
    found = cells(np.random.default_rng(2), units=12)
    assert correlation_of(list(found.designs.values()))[0, 1] < 0.1


def test_a_common_shock_widens_the_interval_and_turns_no_weight():
    found = cells(np.random.default_rng(3), units=10, common=0.6)
    together, alone = its.pool_cells(found), its.pool_cells(found, together=False)
    assert together.table.loc["mean", "std_error"] > 1.3 * alone.table.loc["mean", "std_error"]
    assert (together.units["weight"] > 0).all()
    assert together.units["weight"].sum() == pytest.approx(1)


def test_units_stand_as_they_were_estimated_each_with_its_own_start():
    series, days = drawn(np.random.default_rng(4), staggered=True)
    found = its.estimate_cells(series, days, season=0, model="ar1")
    pooled = its.pool_cells(found)
    for name in series:
        design = its.build_design(series[name], days[name], season=0)
        own = its.estimate_effects(its.fit(design, "ar1"))["average"]
        row = pooled.units.loc[name]
        assert [row["estimate"], row["lower"]] == pytest.approx([own.estimate, own.lower], abs=1e-6)


def test_the_next_unit_is_less_sure_than_the_mean():
    table = its.pool_cells(cells(np.random.default_rng(5), tau=0.2)).table
    assert table.loc["next", "lower"] < table.loc["mean", "lower"]
    assert table.loc["next", "upper"] > table.loc["mean", "upper"]


def test_a_dose_that_matters_is_found():
    found = cells(np.random.default_rng(6), units=9, dose=-0.1)
    dosed = its.regress_cells(found, {f"place {i}": i for i in range(9)})
    slope = dosed.table.loc["slope"]
    assert slope["lower"] < 100 * np.expm1(-0.1) < slope["upper"] < 0
    assert dosed.permuted < 0.05


@pytest.mark.parametrize(
    ("doses", "words"),
    [({}, "No dose of the units is given"), ({"place 0": 1.0}, "no dose for the unit")],
)
def test_doses_that_are_missing_are_refused(doses, words):
    with pytest.raises(InputError, match=words):
        its.regress_cells(cells(np.random.default_rng(7), units=3), doses)


def test_a_mean_of_one_unit_is_refused_with_what_the_other_lacks():
    series, days = drawn(np.random.default_rng(8), units=2)
    zero = its.make_outcome(
        series["place 1"].values.where(np.arange(60) != 5, 0.0),
        name="place 1", unit="points", kind="measure",
    )  # fmt: skip
    found = its.estimate_cells({**series, "place 1": zero}, days, season=0, model="ar1")
    with pytest.raises(InputError, match="'place 1' is 0 in 2018-06"):
        its.pool_cells(found)


def test_effects_in_units_that_differ_are_refused():
    series, days = drawn(np.random.default_rng(8), units=2)
    other = its.make_outcome(series["place 0"].values, name="x", unit="francs", kind="measure")
    found = its.estimate_cells(
        {**series, "place 0": other}, days, season=0, scale="level", model="ar1"
    )
    with pytest.raises(InputError, match="in francs and in points"):
        its.pool_cells(found)


@pytest.mark.slow
@pytest.mark.parametrize("common", [0.0, 0.5])
@pytest.mark.parametrize("tau", [0.0, 0.15])
@pytest.mark.parametrize("units", [5, 10, 20])
def test_intervals_of_the_mean_and_of_a_further_unit_hold_what_they_say(units, tau, common):
    """Prints the shares: with what is shared, taken as independent, and of a further unit."""
    rng, hits = np.random.default_rng(9), []
    truth = 100 * np.expm1(EFFECT)
    for _ in range(40):
        found = cells(rng, units=units, tau=tau, common=common)
        table, alone = its.pool_cells(found).table, its.pool_cells(found, together=False).table
        further = 100 * np.expm1(EFFECT + tau * rng.normal())
        rows = (table.loc["mean"], alone.loc["mean"], table.loc["next"])
        held = zip(rows, (truth, truth, further), strict=True)
        hits.append([row["lower"] <= value <= row["upper"] for row, value in held])
    shares = np.mean(hits, axis=0)
    print(f"{units} units, tau {tau}, shared {common}: {shares}")
    # Four standard errors below 95% in 40 draws.
    assert min(shares[0], shares[2]) >= 0.81
