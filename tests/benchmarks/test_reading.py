"""Reading and checking a file, beside a bare pandas.read_csv of the same columns and a groupby."""

from __future__ import annotations

from itertools import islice, product
from pathlib import Path

import pandas as pd
import pytest

from analysis.border.sources import reading

MONTHS = ("OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP")
DEMOGRAPHICS = ("Single Adults", "FMUA", "UC / Single Minors", "Accompanied Minors")
BORDERS = ("Northern Land Border", "Other", "Southwest Land Border")
COUNTRIES = tuple(f"COUNTRY {n}" for n in range(40))
STATE_COLUMNS = [
    "Fiscal Year",
    "Month Grouping",
    "Month (abbv)",
    "Land Border Region",
    "State",
    "Demographic",
    "Citizenship",
    "Title of Authority",
    "Encounter Count",
]
UNUSED = ("Month Grouping",)
SLIM = 20_000  # rows where the benchmark itself is switched off


def write(path: Path, columns: list[str], cells: product, rows: int, pattern: str) -> Path:
    lines = (pattern.format(*cell) + f",{n * 37 % 1999}\r\n" for n, cell in enumerate(cells))
    with path.open("w", newline="") as stream:
        stream.write(",".join(columns) + "\r\n")
        stream.writelines(islice(lines, rows))
    return path


def state_file(path: Path, rows: int) -> Path:
    """The size of the nationwide file by state: 42,532 rows, about 2.7 MB."""
    states = [f"S{n}" for n in range(14)]
    cells = product(range(2020, 2024), MONTHS, BORDERS, states, DEMOGRAPHICS, COUNTRIES[:22])
    pattern = "{0},FYTD,{1},{2},{3},{4},{5},Title 8"
    return write(path, STATE_COLUMNS, cells, rows, pattern)


def bare(path: Path, columns: list[str]) -> pd.Series:
    wanted = [name for name in columns if name not in UNUSED]
    frame = pd.read_csv(path, usecols=wanted)
    return frame.groupby(wanted[:-1])["Encounter Count"].sum()


def ours(path: Path) -> reading.GivenFile:
    reading._read.cache_clear()
    return reading.read_file(path)


@pytest.fixture(scope="module", params=["42,532 rows"])
def case(request, tmp_path_factory):
    rows = 42_532 if request.config.getoption("benchmark_enable") else SLIM
    return state_file(tmp_path_factory.mktemp("benchmark") / "state.csv", rows), STATE_COLUMNS


@pytest.mark.benchmark(group="reading")
def test_reading_and_checking(benchmark, case):
    """Read and check an official file, {case}."""
    path, _ = case
    (table,) = benchmark.pedantic(ours, (path,), rounds=5, warmup_rounds=1).tables
    assert table.frame["encounters"].sum() > 0


@pytest.mark.benchmark(group="reading")
def test_rival_read_csv_and_groupby(benchmark, case):
    """pandas.read_csv and a groupby, nothing checked."""
    path, columns = case
    counts = benchmark.pedantic(bare, (path, columns), rounds=5, warmup_rounds=1)
    assert counts.sum() > 0
