"""The table says what the figures say."""

from __future__ import annotations

import json

import pytest
from speed_table import FOLDER, duration, page, read_rows, results


def timed(name, median, *, group="fit", params=None, **info):
    return {
        "name": name,
        "group": group,
        "params": params,
        "extra_info": info,
        "stats": {"median": median, "rounds": 5},
    }


def raw_of(*benchmarks, left_out=None):
    return {
        "benchmarks": list(benchmarks),
        "left_out": left_out or {},
        "datetime": "2025-01-31T10:00:00+00:00",
        "commit_info": {"id": "abc123", "dirty": True},
        "machine_info": {
            "machine": "x86_64",
            "cpu": {"count": 2, "brand_raw": "A processor"},
            "memory": 8 * 2**30,
            "os": "Debian",
            "python_version": "3.11.7",
            "libraries": {"numpy": "2.4.6"},
        },
    }


OURS = timed("test_default_fit", 0.002, what="Default fit")
GLSAR = timed("test_rival_glsar", 0.009, what="GLSAR")


def test_the_ratio_is_the_rivals_time_over_ours():
    (row,) = read_rows(raw_of(OURS, GLSAR))
    assert (row.ours.what, row.rival.what) == ("Default fit", "GLSAR")
    assert row.ratio == pytest.approx(4.5)


def test_the_ratio_is_of_one_thing_where_counts_differ():
    ours = timed("test_batch", 0.02, what="A batch", count=1000)
    loop = timed("test_rival_loop", 0.4, what="A loop", count=100)
    found = results(raw_of(ours, loop))
    assert found["rows"][0]["ratio"] == pytest.approx(200)
    assert "| A batch | 20 ms for 1,000 | A loop | 400 ms for 100 | 200 |" in page(found)


def test_without_a_rival_there_is_a_time_and_no_ratio():
    other = timed("test_rival_elsewhere", 1.0, group="other")
    (row,) = read_rows(raw_of(OURS, other))
    assert (row.rival, row.ratio) == (None, None)
    assert "| Default fit | 2 ms |  |  |  |" in page(results(raw_of(OURS, other)))


def test_every_one_of_ours_stands_beside_every_rival_of_its_group():
    second = timed("test_rival_sarimax", 0.06, what="SARIMAX")
    alone = timed("test_fit_alone", 0.001, what="Fit alone")
    rows = read_rows(raw_of(OURS, alone, GLSAR, second))
    pairs = [(row.ours.what, row.rival.what) for row in rows]
    assert pairs == [
        ("Default fit", "GLSAR"),
        ("Default fit", "SARIMAX"),
        ("Fit alone", "GLSAR"),
        ("Fit alone", "SARIMAX"),
    ]


def test_a_shared_parameter_pairs_equal_values_and_another_does_not_matter():
    benchmarks = [
        timed("test_read[a]", 2.0, params={"rows": "few", "kind": "x"}),
        timed("test_read[b]", 6.0, params={"rows": "many", "kind": "x"}),
        timed("test_rival_read[a]", 1.0, params={"rows": "few"}),
        timed("test_rival_read[b]", 2.0, params={"rows": "many"}),
    ]
    assert [row.ratio for row in read_rows(raw_of(*benchmarks))] == [
        0.5,
        pytest.approx(1 / 3, 1e-3),
    ]


def test_what_was_skipped_is_said_and_is_no_row():
    found = results(raw_of(OURS, GLSAR, left_out={"test_other.py": "no module named 'other'"}))
    assert len(found["rows"]) == 1
    assert "Left out:\n\n- `test_other.py`: no module named 'other'" in page(found)


def test_a_benchmark_without_words_has_its_name():
    (row,) = read_rows(raw_of(timed("test_some_thing", 1.0), timed("test_rival_loop", 1.0)))
    assert (row.ours.what, row.rival.what) == ("some thing", "loop")


def test_the_machine_the_date_and_the_revision_are_kept():
    found = results(raw_of(OURS, GLSAR))
    assert found["revision"] == "abc123 with changes"
    where = "Measured 2025-01-31 on 2 cores of A processor, 8 GiB, Debian, Python 3.11.7."
    assert where in page(found)
    assert "numpy 2.4.6" in page(found)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(166.19, "166 s"), (0.0013214, "1.32 ms"), (4.1e-5, "41 µs"), (2e-10, "0.2 ns")],
)
def test_times_in_words(seconds, words):
    assert duration(seconds) == words


def test_the_table_says_what_was_measured():
    """`make bench` writes both; no number there is typed."""
    found = json.loads((FOLDER / "results.json").read_text("utf-8"))
    assert (FOLDER / "results.md").read_text("utf-8") == page(found)
