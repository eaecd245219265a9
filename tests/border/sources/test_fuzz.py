"""Whatever happens to a file, reading it gives a table or one of this project's own errors."""

from __future__ import annotations

import gzip
import io
import random
import tempfile
import warnings
import zipfile
from functools import cache
from pathlib import Path

import publisher
import pytest
from damage import mutate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.border.selection import load_outcome
from analysis.border.sources.describe import describe_data
from analysis.border.sources.reading import read_file
from analysis.errors import AnalysisError

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


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(label=st.text(max_size=30), column=st.integers(0, 8))
def test_a_strange_label_is_refused_or_changes_no_other_cell(label, column):
    rows = publisher.southwest_rows("2023-10", "2023-12")
    rows[7][column] = label
    check_reading(publisher.text(publisher.SOUTHWEST_HEADER, rows).encode("utf-8", "replace"))


@settings(max_examples=8, deadline=None)
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


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "cp437", "mac_roman"]
READ = {"utf-8", "utf-8-sig", "utf-16"}


@settings(max_examples=16, suppress_health_check=[HealthCheck.too_slow])
@given(
    encoding=st.sampled_from(ENCODINGS),
    label=st.text(st.characters(codec="cp437", min_codepoint=128), min_size=1, max_size=8),
    packed=st.booleans(),
)
def test_a_text_in_another_encoding_is_read_right_or_refused(encoding, label, packed):
    content = f"month,{label}\n{PLAIN.split(chr(10), 1)[1]}".encode(encoding, "replace")
    content = gzip.compress(content, mtime=0) if packed else content
    check_reading(content)
    if encoding in READ:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "data.csv")
            path.write_bytes(content)
            assert load_outcome(data=path).values.tolist() == list(range(1, 13))


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 3))
def test_columns_swapped_lost_or_twice_are_read_right_or_refused(seed, steps):
    """Columns are told by their headers, so whole columns may change places."""
    chance, header = random.Random(seed), publisher.SOUTHWEST_HEADER
    places, whole = list(range(len(header))), True
    for _ in range(steps):
        one, other = chance.randrange(len(places)), chance.randrange(len(places))
        match chance.randrange(4):
            case 0 | 1:
                places[one], places[other] = places[other], places[one]
            case 2:
                places, whole = [p for i, p in enumerate(places) if i != one], False
            case 3:
                places, whole = [*places, places[one]], False
    rows = publisher.southwest_rows("2023-10", "2024-02")
    content = publisher.text(
        [header[p] for p in places], [[row[p] for p in places] for row in rows]
    ).encode()
    check_reading(content)
    if whole:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "a.csv")
            path.write_bytes(content)
            assert tuple(read_file(path).tables[0].frame["encounters"]) == _ordered_counts()


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 4))
def test_a_workbook_with_a_damaged_part_raises_nothing_else(seed, steps):
    """The zip archive is whole, so the damage reaches what reads the sheets."""
    check_reading(with_damaged_part(samples()["workbook"], seed, steps))


@pytest.mark.slow
@settings(max_examples=1500, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 12))
def test_many_workbooks_with_a_damaged_part_raise_nothing_else(seed, steps):
    check_reading(with_damaged_part(samples()["workbook"], seed, steps))


def with_damaged_part(content: bytes, seed: int, steps: int) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    chance = random.Random(seed)
    # Half of the time a sheet, half of the time any part; now and then it is lost.
    sheets = [name for name in parts if "worksheets/" in name]
    hit = chance.choice(sheets if chance.random() < 0.5 else sorted(parts))
    parts[hit] = mutate(parts[hit], seed, steps)
    if chance.random() < 0.1:
        del parts[hit]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates().map(lambda day: day if day.year >= 1900 else None),
    st.sampled_from(["=1/0", "=A1", "#N/A", "#DIV/0!", "1,234", " 10 ", "D", "Total", "\u00a010"]),
)


@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(
    cell=CELLS, sheet=st.sampled_from(["Monthly Count", "Monthly Region"]), place=st.integers(0, 25)
)
def test_a_strange_cell_of_a_workbook_is_refused_or_read(cell, sheet, place):
    sheets = publisher.workbook_sheets("2012-10", "2013-03")
    row = sheets[sheet][place % len(sheets[sheet])]
    row[place % len(row)] = cell
    with tempfile.TemporaryDirectory() as folder:
        content = publisher.write_workbook(Path(folder, "b.xlsx"), sheets).read_bytes()
    check_reading(content)
