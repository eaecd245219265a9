"""The page of units: its sentences follow the numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis import plot
from analysis.pages import question as comparison_page
from analysis.pages import units as page

PERIODS = pd.period_range("2016-01", periods=60, freq="M")


def made(name, rng, change):
    log = 5 + rng.normal(0, 0.1, 60) + change * (np.arange(60) >= 40)
    return its.make_outcome(
        pd.Series(np.exp(log), PERIODS), name=name, unit="points", kind="measure"
    )


@pytest.fixture(scope="module", params=[-0.4, 0.4], ids=["fall", "rise"])
def cells(request):
    rng = np.random.default_rng(3)
    series = {f"place {i}": made(f"place {i}", rng, request.param) for i in range(5)}
    return its.estimate_cells(series, "2019-05-01", season=0, model="ar1")


def test_the_headline_follows_the_mean(cells):
    pooled = its.pool_cells(cells)
    said = page.units_headline(pooled, cells)
    sign = "\u2212" if pooled.table.loc["mean", "estimate"] < 0 else "+"
    assert f"mean change of {sign}" in said.sentence
    assert "Over 5 units" in said.sentence
    assert said.detail[1] == pooled.spread.sentence()


def test_what_is_shared_is_told_as_it_is(cells):
    pooled = its.pool_cells(cells)
    assert "hardly together" in page.alone_note(pooled, pooled).paragraphs[0]
    table = pooled.table.assign(std_error=2 * pooled.table["std_error"])
    said = page.alone_note(replace(pooled, table=table), pooled).paragraphs[0]
    assert "taken as independent, the units would give" in said


def test_a_mean_that_rests_on_one_unit_is_told(cells):
    pooled = its.pool_cells(cells)
    firm = page.without(pooled).paragraphs[0]
    assert "does not rest on any single unit" in firm
    without = pooled.without.copy()
    without.loc["place 3", ["lower", "upper"]] = [-50.0, 50.0]
    turned = page.without(replace(pooled, without=without)).paragraphs[0]
    assert "Only without place 3 does its interval hold zero" in turned
    without.loc["place 1", ["lower", "upper"]] = [-50.0, 50.0]
    both = page.without(replace(pooled, without=without)).paragraphs[0]
    assert "any one of place 1 and place 3" in both


def test_units_that_are_left_out_are_named(cells):
    assert "Every unit" in page.left_out_note(cells, its.pool_cells(cells)).paragraphs[0]
    table = cells.table.copy()
    table.loc[2, ["lower", "upper"]] = np.nan
    vague = replace(cells, table=table)
    points = page.left_out_note(vague, its.pool_cells(vague)).points
    assert points == ("place 2: its interval is not identified.",)


@pytest.mark.parametrize("narrow", [False, True])
def test_the_forest_has_every_unit_the_mean_and_the_next(cells, narrow):
    picture = plot.pooled(its.pool_cells(cells), cells)
    for name in [*cells.table["cell"], "Mean", "A further unit"]:
        assert name in picture.alt
    picture.figure(narrow=narrow).draw_without_rendering()


def test_the_weighted_note_and_its_figure_follow_the_gap():
    rng = np.random.default_rng(4)
    walk = np.cumsum(rng.normal(0, 0.05, 60))
    series = [
        its.make_outcome(
            pd.Series(np.exp(4 + walk + 0.1 * i + rng.normal(0, 0.01, 60)), PERIODS),
            name=f"place {i}", unit="points", kind="measure",
        )
        for i in range(6)
    ]  # fmt: skip
    fallen = replace(series[2], values=series[2].values * np.where(np.arange(60) < 40, 1, 0.7))
    weighted = its.weigh_comparison(fallen, series[:2] + series[3:], "2019-05-01")
    said = " ".join(comparison_page.weighted_note(weighted).paragraphs)
    assert "place 1: p = 0.17" in said
    assert "below it on average" in said
    assert "poor fit" not in said
    lonely = replace(series[2], values=series[2].values * np.exp(rng.normal(0, 0.5, 60)))
    poor = its.weigh_comparison(lonely, series[:2] + series[3:], "2019-05-01")
    assert "poor fit" in " ".join(comparison_page.weighted_note(poor).paragraphs)
    picture = plot.gaps(weighted)
    assert "place 1 of 6" in picture.alt
    picture.figure(narrow=True).draw_without_rendering()
