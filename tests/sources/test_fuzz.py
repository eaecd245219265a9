"""Whatever happens to a file, reading it gives a table or one of this project's own errors."""

from __future__ import annotations

import gzip
import random
import tempfile
import warnings
from functools import cache
from pathlib import Path

import publisher
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.selection import load_outcome
from analysis.sources import describe_data, read_file

PLAIN = "month,claims\n" + "".join(f"2023-{m:02d},{m}\n" for m in range(1, 13))


@cache
def samples() -> dict[str, bytes]:
    """One small file of each kind."""
    months = ("2023-10", "2024-03")
    text = {
        "southwest": publisher.text(publisher.SOUTHWEST_HEADER, publisher.southwest_rows(*months)),
        "state": publisher.text(publisher.STATE_HEADER, publisher.state_rows(*months)),
        "area": publisher.text(publisher.AREA_HEADER, publisher.area_rows(*months)),
        "plain": PLAIN,
    }
    found = {name: content.encode() for name, content in text.items()}
    found["utf-16"] = text["southwest"].encode("utf-16")
    found["gzip"] = gzip.compress(found["southwest"], mtime=0)
    with tempfile.TemporaryDirectory() as folder:
        sheets = publisher.workbook_sheets("2012-10", "2013-03")
        found["workbook"] = publisher.write_workbook(Path(folder, "b.xlsx"), sheets).read_bytes()
    return found


JUNK = [
    b"",
    b",",
    b'"',
    b"\r\n",
    b"\0",
    b"\xff",
    b"<",
    b";",
    b"-1",
    b"1e9",
    b"2099",
    b"\xef\xbb\xbf",
]


def mutate(content: bytes, seed: int, steps: int) -> bytes:
    """Flip, cut, drop, repeat, swap or insert bytes and whole lines."""
    chance = random.Random(seed)
    for _ in range(steps):
        first, second = sorted(chance.randrange(len(content) + 1) for _ in range(2))
        lines = content.split(b"\n")
        line = chance.randrange(len(lines))
        match chance.randrange(9):
            case 0:
                content = content[:first] + bytes([chance.randrange(256)]) + content[first + 1 :]
            case 1:
                content = content[:first]
            case 2:
                content = content[:first] + content[min(second, first + 40) :]
            case 3:
                content = content[:second] + content[first:second][:500] + content[second:]
            case 4:
                content = content[:first] + chance.choice(JUNK) + content[first:]
            case 5:
                content = b"\n".join([*lines[:line], *lines[line + 1 :]])
            case 6:
                content = b"\n".join([*lines, lines[line], b""])
            case 7:
                chance.shuffle(lines)
                content = b"\n".join(lines)
            case 8:
                cells = lines[line].split(b",")
                cells[chance.randrange(len(cells))] = chance.choice(JUNK)
                content = b"\n".join([*lines[:line], b",".join(cells), *lines[line + 1 :]])
        content = content or b"\n"
    return content


def check_reading(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        path = Path(folder, "data.csv")
        path.write_bytes(content)
        try:
            reading = read_file(path)
        except AnalysisError:
            return
        assert all((table.frame["encounters"] >= 0).all() for table in reading.tables)
        str(describe_data(path))
        try:
            load_outcome(data=path)
        except AnalysisError:
            return


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("kind", sorted(samples()))
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 6))
def test_mutated_files_raise_nothing_else(kind, seed, steps):
    check_reading(mutate(samples()[kind], seed, steps))


@pytest.mark.slow
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("kind", sorted(samples()))
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 12))
def test_many_mutated_files_raise_nothing_else(kind, seed, steps):
    check_reading(mutate(samples()[kind], seed, steps))


@settings(max_examples=100, deadline=None)
@given(cells=st.lists(st.lists(st.text(max_size=12), max_size=4), max_size=8))
def test_any_table_of_text_raises_nothing_else(cells):
    check_reading(publisher.text(["month", "value"], cells).encode("utf-8", "replace"))


@settings(max_examples=100, deadline=None)
@given(label=st.text(max_size=30), column=st.integers(0, 8))
def test_a_strange_label_is_refused_or_changes_no_other_cell(label, column):
    rows = publisher.southwest_rows("2023-10", "2023-12")
    rows[7][column] = label
    check_reading(publisher.text(publisher.SOUTHWEST_HEADER, rows).encode("utf-8", "replace"))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_order_of_rows_changes_the_table(seed):
    rows = publisher.southwest_rows("2023-10", "2024-02")
    random.Random(seed).shuffle(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = publisher.write(Path(folder, "a.csv"), publisher.SOUTHWEST_HEADER, rows)
        frame = read_file(path).tables[0].frame
    assert frame["encounters"].sum() == sum(int(row[-1]) for row in rows)
    assert list(frame["encounters"]) == list(_ordered_counts())


@cache
def _ordered_counts() -> tuple[int, ...]:
    with tempfile.TemporaryDirectory() as folder:
        rows = publisher.southwest_rows("2023-10", "2024-02")
        path = publisher.write(Path(folder, "a.csv"), publisher.SOUTHWEST_HEADER, rows)
        return tuple(read_file(path).tables[0].frame["encounters"])
