"""Choices along the curve, in words, and those that cannot be made."""

from dataclasses import replace

import numpy as np
import pytest

import analysis as its
from analysis.errors import InputError
from analysis.robustness.curve.grid import choice_words


@pytest.fixture(scope="module")
def curve():
    grid = {
        "start": ["2021-10", "2022-01"],
        "end": ["2024-09", "2024-12"],
        "phase_in": [0, 3],
        "shape": ["level+slope", "level"],
        "events": ["none", "title-42-end+mexico-enforcement"],
    }
    return its.run_specifications(its.read_grid(grid))


def test_shares_of_a_dimension_add_to_one_in_every_stretch(curve):
    shares = its.choice_shares(curve, bins=5)
    assert shares.shape[1] == 5
    for _, part in shares.groupby(level="choice"):
        np.testing.assert_allclose(part.sum(), 1)


def test_shares_count_the_rows_of_a_stretch(curve):
    shares = its.choice_shares(curve, bins=2)
    half = curve.table.iloc[: -(-len(curve.table) // 2)]
    assert shares.loc[("end", "2024-09"), 0] == pytest.approx((half["end"] == "2024-09").mean())


def test_no_more_stretches_than_specifications(curve):
    assert its.choice_shares(curve, bins=10_000).shape[1] == len(curve.table)


def test_series_are_summed_up_apart(curve):
    row = its.by_series(curve).iloc[0]
    assert row["middle"] == pytest.approx(curve.table["relative"].median())
    assert row["share_clear"] == pytest.approx(curve.whole["share_clear"])
    turned = replace(curve, table=curve.table.assign(estimate=1.0, upper=2.0))
    assert its.by_series(turned).iloc[0]["share_negative"] == 0


def test_invalid_combinations_are_counted_with_what_they_share(curve):
    found = its.invalid_choices(curve)
    assert found["count"].sum() == len(curve.invalid) > 0
    assert "End: September 2024" in found["shared"].iloc[0]
    assert "after 3 periods" in found["shared"].iloc[0]


@pytest.mark.parametrize(
    ("dimension", "value", "words"),
    [
        ("start", "2021-10", "October 2021"),
        ("start", "None", "all there is"),
        ("events", "none", "none"),
        ("events", "title-42-end", "Title 42 ends"),
        ("intervention", "2024-06-04", "4 June 2024"),
        ("season", "1", "1 wave a year"),
        ("season", "months", "a term for each month"),
        ("phase_in", "2", "after 2 periods"),
        ("scale", "log", "ratios (logarithms)"),
        ("outcome", "at ports", "at ports"),
    ],
)
def test_words_of_a_choice(dimension, value, words):
    assert choice_words(its.default_grid(), dimension, value) == words


def test_every_choice_of_the_package_has_words():
    grid = its.default_grid()
    for dimension in grid.varied:
        for value in grid.named(dimension):
            assert not set("+_") & set(choice_words(grid, dimension, value)), value


def test_only_changes_the_dimensions_given():
    grid = its.default_grid()
    fewer = grid.only({"start": ["2021-10"], "season": [0, 1]})
    assert list(fewer.named("start")) == ["2021-10"]
    assert list(fewer.named("season")) == ["0", "1"]
    assert fewer.named("events") == grid.named("events")
    assert len(fewer) == len(grid) // (len(grid.named("start")) * 2)


@pytest.mark.parametrize(
    ("choices", "message"),
    [({"colour": [1]}, "colour"), ({"start": []}, "no value for start"), ({"scale": ["x"]}, "x")],
)
def test_only_refuses_what_a_grid_refuses(choices, message):
    with pytest.raises(InputError, match=message):
        its.default_grid().only(choices)
