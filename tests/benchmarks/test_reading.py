"""Reading and checking a file, beside a bare pandas.read_csv of the same columns and a groupby."""

from __future__ import annotations

import subprocess
import sys
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
AREA_COLUMNS = [
    "Fiscal Year",
    "Month Grouping",
    "Month (abbv)",
    "Component",
    "Land Border Region",
    "Area of Responsibility",
    "AOR (Abbv)",
    "Demographic",
    "Citizenship",
    "Title of Authority",
    "Encounter Type",
    "Encounter Count",
]
UNUSED = ("Month Grouping", "AOR (Abbv)")
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


def area_file(path: Path, rows: int) -> Path:
    """A file by area of responsibility of 1,000,000 rows."""
    kinds = (
        "Office of Field Operations,{border},Area {n} Field Office,A{n},{who},{land},"
        "Title 8,Inadmissibles",
        "U.S. Border Patrol,{border},Area {n} Sector,A{n},{who},{land},Title 8,Apprehensions",
        "U.S. Border Patrol,{border},Area {n} Sector,A{n},{who},{land},Title 42,Expulsions",
    )
    labels = [
        kind.format(border=border, n=n, who=who, land=land)
        for kind, border, n, who, land in product(
            kinds, BORDERS, range(10), DEMOGRAPHICS, COUNTRIES
        )
    ]
    cells = product(range(2014, 2024), MONTHS, labels)
    return write(path, AREA_COLUMNS, cells, rows, "{0},FYTD,{1},{2}")


def bare(path: Path, columns: list[str]) -> pd.Series:
    wanted = [name for name in columns if name not in UNUSED]
    frame = pd.read_csv(path, usecols=wanted)
    return frame.groupby(wanted[:-1])["Encounter Count"].sum()


def ours(path: Path) -> reading.Reading:
    reading._read.cache_clear()
    return reading.read_file(path)


@pytest.fixture(scope="module", params=["42,532 rows", "1,000,000 rows"])
def case(request, tmp_path_factory):
    slim = not request.config.getoption("benchmark_enable")
    folder = tmp_path_factory.mktemp("benchmark")
    if request.param == "42,532 rows":
        return state_file(folder / "state.csv", SLIM if slim else 42_532), STATE_COLUMNS
    return area_file(folder / "area.csv", SLIM if slim else 1_000_000), AREA_COLUMNS


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


PEAK = """
import resource, sys
sys.path.insert(0, {folder!r})
from pathlib import Path
import test_reading
test_reading.{call}
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_mebibytes(call: str) -> float:
    code = PEAK.format(folder=str(Path(__file__).parent), call=call)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


@pytest.mark.slow
def test_peak_memory_is_at_most_one_and_a_half_times_that_of_pandas(tmp_path):
    path = area_file(tmp_path / "area.csv", 1_000_000)
    mine = peak_mebibytes(f"ours(Path({str(path)!r}))")
    theirs = peak_mebibytes(f"bare(Path({str(path)!r}), test_reading.AREA_COLUMNS)")
    assert mine <= 1.5 * theirs
