"""Further series of a question: several comparison series, units, their starts and doses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.border.further import named_series
from analysis.errors import InputError

PLACES = ["North", "South", "East", "West"]


@pytest.fixture
def long(tmp_path):
    """A row for each month and place."""
    rng, periods = np.random.default_rng(1), pd.period_range("2015-01", "2020-12", freq="M")
    rows = [
        (str(p), place, sex, rng.poisson(50)) for p in periods for place in PLACES for sex in "fm"
    ]
    path = tmp_path / "long.csv"
    pd.DataFrame(rows, columns=["month", "place", "sex", "visits"]).to_csv(path, index=False)
    return {"data": str(path), "value_column": "visits", "intervention": "2019-03-01"}


@pytest.fixture
def wide(tmp_path):
    """A column for each place."""
    rng, periods = np.random.default_rng(2), pd.period_range("2015-01", "2020-12", freq="M")
    table = pd.DataFrame({place: rng.poisson(50, 72) for place in PLACES}, periods.astype(str))
    path = tmp_path / "wide.csv"
    table.rename_axis("month").to_csv(path)
    return {"data": str(path), "intervention": "2019-03-01"}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("a", [{"value_column": "a"}]),
        ("a, b", [{"value_column": "a"}, {"value_column": "b"}]),
        ("place=South", [{"where": "sex=f,place=South"}]),
        ("place=South, sex=m", [{"where": "sex=m,place=South"}]),
        (
            "place=South, sex=m, place=East, sex=m",
            [{"where": "sex=m,place=South"}, {"where": "sex=m,place=East"}],
        ),
    ],
)
def test_what_a_text_names(given, wanted):
    assert list(named_series(given, {"where": "sex=f"}).values()) == wanted


def test_every_other_place_is_compared(long):
    asked = its.ask({**long, "where": "place=North, sex=f", "comparison": "place=*"})
    assert len(asked.comparisons) == 3
    assert all("South" in one.name or "East" in one.name or "West" in one.name
               for one in asked.comparisons)  # fmt: skip
    one = its.ask({**long, "where": "place=North, sex=f", "comparison": "place=South"})
    assert one.comparison is one.comparisons[0]


def test_the_comparison_of_several_is_their_geometric_mean(wide):
    asked = its.ask({**wide, "value_column": "North", "comparison": ["South", "East"]})
    rates = [one.rate for one in asked.comparisons]
    assert asked.comparison.values.to_numpy() == pytest.approx(np.sqrt(rates[0] * rates[1]))
    assert its.ask({**wide, "value_column": "North"}).comparison is None


@pytest.mark.parametrize("units", ["place", "place=*"])
def test_units_are_the_values_of_a_column(long, units):
    asked = its.ask({**long, "where": "sex=f", "units": units})
    assert list(asked.units) == sorted(PLACES)
    assert all(len(unit.values) == 72 for unit in asked.units.values())
    assert not asked.units["North"].values.equals(asked.units["South"].values)


def test_units_are_columns_each_with_its_start_and_dose(wide):
    asked = its.ask({
        **wide, "units": PLACES, "unit_starts": {"South": "2018-06-01"},
        "doses": "North=1, South=0.5, East=0, West=0", "intervention_label": "the trial",
    })  # fmt: skip
    assert list(asked.units) == PLACES
    assert {name: str(start.start) for name, start in asked.starts.items()} == {
        "North": "2019-03-01", "South": "2018-06-01", "East": "2019-03-01", "West": "2019-03-01",
    }  # fmt: skip
    assert {start.called for start in asked.starts.values()} == {"the trial"}
    assert asked.doses == {"North": 1.0, "South": 0.5, "East": 0.0, "West": 0.0}
    pooled = its.pool_cells(its.estimate_cells(asked.units, asked.starts))
    assert pooled.table.loc["mean", "lower"] < 0 < pooled.table.loc["mean", "upper"]


def test_units_of_the_border_are_its_parts():
    assert len(its.ask({"units": "sector"}).units) == 9
    assert next(iter(its.ask({"units": "demographic"}).units)) == "Single adults"
    with pytest.raises(InputError, match="sector"):
        its.ask({"units": "region"})


def test_what_does_not_fit_units_is_refused(wide, long):
    for more, words in (
        ({"unit_starts": "Centre=2018-01-01"}, "no unit of unit_starts 'Centre'"),
        ({"doses": "North=much"}, "A dose is a number"),
        ({"units": "North=*"}, "North"),
    ):
        with pytest.raises(InputError, match=words):
            its.ask({**wide, "units": "North, South", **more})
    with pytest.raises(InputError, match="names one series"):
        its.ask({**long, "where": "sex=f", "units": "place=North"})
    with pytest.raises(InputError, match="region"):
        its.ask({**long, "units": "region"})


def test_a_mean_of_series_with_a_zero_is_refused():
    periods = pd.period_range("2020-01", periods=12, freq="M")
    good, bad = (
        its.make_outcome(pd.Series(v, periods), name=n, unit="visits")
        for n, v in (("good", np.arange(1, 13)), ("bad", np.arange(12)))
    )
    from analysis.outcome import mean_outcome

    with pytest.raises(InputError, match="'bad' has a value that is not above 0"):
        mean_outcome([good, bad])
