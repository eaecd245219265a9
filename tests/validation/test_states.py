"""Proposition 99 with the other 38 states as comparison series.

Figures: cigarette packs sold a head, 1970 to 2000, from Abadie, Diamond and Hainmueller (2010,
JASA 105:493), to the printed decimal.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import analysis as its

START = "1989-01-01"


@pytest.fixture(scope="module")
def states():
    table = pd.read_csv(Path(__file__).with_name("proposition_99.csv"), index_col="year")
    table.index = pd.PeriodIndex(table.index.astype(str), freq="Y")
    return {
        name: its.make_outcome(table[name], name=name, unit="packs a head", kind="measure")
        for name in table
    }


@pytest.fixture(scope="module")
def others(states):
    return [outcome for name, outcome in states.items() if name != "California"]


def test_all_states_in_one_model(states, others):
    """Linden 2015 (Stata J 15:480), itsa cigsale, treatid(3) trperiod(1989) lag(1) posttrend.

    The numbers are those printed in the help of Linden's power_multi_itsa.
    """
    design = its.build_two_group_design(
        states["California"], others, START, scale="level", baseline="shared"
    )
    found = its.fit(design, "newey_west", maxlags=1).tabulate()

    b = found["estimate"]
    assert b["constant"] == pytest.approx(135.4995, abs=5e-5)
    assert b["trend"] == pytest.approx(-0.5477701, abs=5e-6)
    assert b["constant"] + b["treated"] == pytest.approx(132.2258, abs=5e-5)
    assert b["trend"] + b["treated trend"] == pytest.approx(-1.779474, abs=5e-6)

    assert b["shared level"] == pytest.approx(-17.25168, abs=5e-5)
    assert b["trend"] + b["shared slope"] == pytest.approx(-1.051279, abs=5e-6)
    assert b["level"] == pytest.approx(-2.806417, abs=5e-5)
    assert found.loc["level", "p_value"] == pytest.approx(0.631, abs=0.001)
    assert found.loc["slope", "p_value"] == pytest.approx(0.136, abs=0.001)
    assert (found["df"] == 1201).all()


def test_a_weighted_mean_of_the_states(states, others):
    """The outcome before alone: -19.5136 packs and a fit of 1.6564, by R's augsynth.

    The benchmarks of mlsynth give the same, with 0.3939 for Utah and California third of 39 by its
    ratio. Abadie, Diamond and Hainmueller (2010) match further variables too: their p is 1/39.
    """
    weighted = its.weigh_comparison(states["California"], others, START, scale="level")

    assert weighted.table.loc["average", "estimate"] == pytest.approx(-19.5136, abs=5e-4)
    assert weighted.ratios.loc["California", "before"] == pytest.approx(1.6564, abs=5e-5)
    assert weighted.weights["Utah"] == pytest.approx(0.3939, abs=1e-4)
    assert list(weighted.weights.index[:4]) == ["Utah", "Montana", "Nevada", "Connecticut"]
    assert weighted.table.loc["average", "p_value"] == pytest.approx(3 / 39)
