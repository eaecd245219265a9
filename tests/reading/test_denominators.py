"""Published rates of counts come out of a user's file with a column that divides."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.errors import DataError
from analysis.outcome import make_outcome
from analysis.reading.series import read_series
from analysis.validation.published import published_cases

CASES = {
    ("poisson", "level"): {"model": "poisson", "shape": "level", "season": "0"},
    ("quasi", "level"): {"model": "quasi_poisson", "shape": "level", "season": "0"},
    ("season", "level"): {"model": "quasi_poisson", "shape": "level", "season": "2"},
    ("slope", "slope"): {"model": "quasi_poisson", "shape": "level+slope", "season": "2"},
}


@pytest.fixture(scope="module")
def sicily(tmp_path_factory) -> Path:
    series = published_cases()["sicily"].series
    events, people = series["events"]["values"], series["population"]["values"]
    months = pd.period_range("2002-01", periods=len(events), freq="M")
    path = tmp_path_factory.mktemp("sicily") / "sicily.csv"
    rows = {"year": months.year, "month": months.month, "aces": events, "stdpop": people}
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def published(key: tuple[str, str]) -> list[tuple[float, float]]:
    """The ratio and its ends, each with how exactly it was published."""
    found = [n for n in published_cases()["sicily"].numbers if (n.fit, n.of) == key]
    return [(one.published, one.tolerance) for one in found]


@pytest.mark.parametrize("key", CASES)
def test_sicily_as_published_from_a_file(sicily, key):
    outcome = read_series(sicily, value_column="aces", divide_by="stdpop/100000").outcome()
    given = CASES[key]
    design = its.build_design(
        outcome, "2005-01-01", scale="count", shape=given["shape"], season=given["season"]
    )
    # The published step is that of the period before the first one.
    estimand = key[1]
    found = its.estimate_effects(its.fit(design, given["model"]))[estimand]
    for value, (wanted, within) in zip(
        (found.estimate, found.lower, found.upper), published(key), strict=True
    ):
        assert 1 + value / 100 == pytest.approx(wanted, abs=within)


@pytest.mark.slow
@pytest.mark.parametrize("key", [("poisson", "level"), ("season", "level")])
def test_sicily_as_published_through_the_command_line(sicily, key, root, tmp_path):
    shutil.copytree(root / "notebooks", tmp_path / "notebooks")
    given = {**CASES[key], "data": str(sicily), "value_column": "aces", "scale": "count"}
    given |= {"divide_by": "stdpop/100000", "intervention": "2005-01-01", "events": "none"}
    command = [sys.executable, "-m", "analysis", "render", "effect", "--as", "sicily"]
    command += [text for k, v in given.items() for text in ("-p", f"{k}={v}")]
    env = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(tmp_path / "reports" / "sicily" / "effects.csv")
    row = table[table["estimand"] == "level"].iloc[0]
    for column, (wanted, within) in zip(
        ("estimate", "lower", "upper"), published(key), strict=True
    ):
        assert 1 + row[column] / 100 == pytest.approx(wanted, abs=within)


def test_a_rate_and_its_counts_say_the_same(sicily):
    """The average in per cent is the rate's; the total is in counts, and both ends sum alike."""
    reading = read_series(sicily, value_column="aces", divide_by="stdpop/100000")
    counts = reading.outcome()
    rates = make_outcome(reading.values, name="rate", unit="aces", kind="measure")
    fits = [
        its.fit(its.build_design(one, "2005-01-01", season=0), "ar1") for one in (counts, rates)
    ]
    one, other = (its.estimate_effects(fitted)["average"].estimate for fitted in fits)
    assert one == pytest.approx(other, rel=1e-9)
    post = its.trace_counterfactual(fits[0]).post
    total = its.estimate_effects(fits[0])["cumulative"]
    assert total.unit == "aces"
    assert (post["counterfactual"] - post["observed"]).sum() == pytest.approx(total.estimate)
    assert post["observed"].tolist() == counts.values[post.index].tolist()


def test_only_counts_that_a_column_divides_stay_counts(read):
    rows = "".join(f"2019-{m:02d},{5 * m},{1000 + m}\n" for m in range(1, 13))
    text = f"month,visits,people\n{rows}"
    given = {"value_column": "visits"}
    by_column = read(text, **given, divide_by="people/1000").outcome()
    assert (by_column.kind, by_column.unit) == ("count", "visits")
    assert by_column.rate_unit == "visits per 1,000 people"
    by_number = read(text, **given, divide_by="1000").outcome()
    assert (by_number.kind, by_number.rate_unit) == ("measure", "visits / 1,000")
    halves = text.replace(",5,", ",5.5,")
    assert read(halves, **given, divide_by="people").outcome().kind == "measure"


def test_a_denominator_is_positive_wherever_there_is_a_count():
    months = pd.period_range("2020-01", periods=6, freq="M")
    counts = pd.Series([5, 6, np.nan, 7, 8, 9], months)
    below = pd.Series([2.0, 2, np.nan, 2, 2, 2], months, name="per 1,000 people")
    made = make_outcome(counts, name="n", unit="visits", denominator=below)
    assert made.rate.iloc[0] == 2.5
    assert made.window("2020-04").rate.iloc[0] == 3.5
    with pytest.raises(DataError, match="The denominator is 0 in 2020-02"):
        make_outcome(counts, name="n", unit="visits", denominator=below.where(months.month != 2, 0))
    with pytest.raises(DataError, match="is of a measure"):
        make_outcome(counts, name="n", unit="visits", kind="measure", denominator=below)
