"""The committed table and figure of the growth say what was measured."""

from __future__ import annotations

import json

import pytest
import workloads
from scaling import CURVES, MEBIBYTE, apart, draw, measure_here, page
from speed_table import FOLDER

ROW = {"what": "one_design", "size": 1_000, "seconds": 0.02, "rounds": 9}
ROW |= {"needs": 3 * MEBIBYTE, "peak": 200 * MEBIBYTE}


@pytest.fixture(scope="module")
def found():
    return json.loads((FOLDER / "scaling.json").read_text("utf-8"))


def test_a_line_gives_the_time_for_one_fit_and_none_for_points(found):
    text = page({**found, "rows": [ROW, {**ROW, "what": "glsar"}]})
    row = "| ar1_calibrated, series on one design | 1,000 fits | 20 ms | 20 µs | 3 MiB | 200 MiB |"
    assert row in text
    assert "converges | 1,000 points | 20 ms |  | 3 MiB | 200 MiB |" in text


def test_the_committed_page_says_what_was_measured(found):
    assert (FOLDER / "scaling.md").read_text("utf-8") == page(found)
    measured = {(row["what"], row["size"]) for row in found["rows"]}
    assert measured == {(name, size) for name, (_, _, sizes) in CURVES.items() for size in sizes}


def test_the_figure_has_a_label_for_every_curve(found):
    texts = [text.get_text() for axes in draw(found["rows"]).axes for text in axes.texts]
    assert set(texts) == {label for _, label, _ in CURVES.values() if label}


def test_labels_keep_a_line_apart_and_their_order():
    placed = dict(apart({"high": 0.52, "low": 0.5, "far": 0.9}))
    assert list(placed) == ["low", "high", "far"]
    assert placed["high"] - placed["low"] == pytest.approx(0.06)
    assert placed["far"] == pytest.approx(0.88)


@pytest.mark.slow
@pytest.mark.parametrize("name", CURVES)
def test_every_workload_runs_at_its_smallest_size(name):
    row = measure_here(name, CURVES[name][2][0])
    assert row["seconds"] > 0
    assert row["peak"] >= row["needs"] >= 0


@pytest.mark.parametrize("size", [24, 5_000])
def test_the_series_has_as_many_points_as_asked(size):
    assert len(workloads.weeks(size).y) == size
