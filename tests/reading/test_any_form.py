"""A known series in a random form comes back, or the file is refused by name: never another."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from writing import same, write_series

from analysis.errors import DataError, InputError
from analysis.reading.series import read_series

SEEDS = st.integers(min_value=0, max_value=10**9)


@settings(max_examples=25)
@given(SEEDS)
def test_the_series_that_was_written_or_a_refusal(tmp_path_factory, seed):
    written = write_series(tmp_path_factory.mktemp("any") / "given", seed)
    try:
        reading = read_series(written.path, **written.parameters)
    except DataError:
        return
    assert same(reading.values, written.values), written.how
    again = read_series(written.path, **reading.parameters)
    assert again.values.equals(reading.values)
    assert again.kind == reading.kind


@pytest.mark.slow
def test_nine_in_ten_are_read(tmp_path):
    seeds = range(400)
    read = 0
    for seed in seeds:
        written = write_series(tmp_path / f"given{seed}", seed)
        try:
            reading = read_series(written.path, **written.parameters)
        except DataError:
            continue
        assert same(reading.values, written.values), written.how
        read += 1
    assert read >= 0.9 * len(seeds)


@settings(max_examples=25)
@given(SEEDS, st.integers(min_value=0, max_value=4), st.integers(min_value=0, max_value=10**9))
def test_a_damaged_file_is_refused_or_read_the_same_way_twice(tmp_path_factory, seed, cuts, where):
    """Whatever is lost, doubled or put in, no other error comes than a refusal."""
    written = write_series(tmp_path_factory.mktemp("any") / "given", seed)
    if written.path.suffix == ".csv":
        content = bytearray(written.path.read_bytes())
        for cut in range(cuts):
            place = (where * (cut + 7)) % len(content)
            content[place : place + cut] = (b"", b",", b'"', b"\n\n", content[:40])[
                (seed + cut) % 5
            ]
        written.path.write_bytes(bytes(content))
    try:
        reading = read_series(written.path, **written.parameters)
    except InputError:
        return
    assert read_series(written.path, **reading.parameters).values.equals(reading.values)
