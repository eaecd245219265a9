"""Sweeps on cores and on a real Dask cluster, with interruptions and deaths put in on purpose."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis import sweep
from analysis.errors import InputError, RunError
from analysis.sweep import Estimated, Part, estimate_part, on_cluster, read_sweep, run_sweep

ROOT = Path(__file__).parent.parent
SWEEP = """
series:
  demographic: [all, family_unit, accompanied_minor]
  citizenship: each
start: ["2021-10", "2022-01"]
season: [0, 1]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.yml"
    path.write_text(SWEEP)
    return path


def here(parts: Sequence[Part]) -> Iterator[Estimated]:
    """Estimate in this process."""
    yield from map(estimate_part, parts)


def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "PART_SPECIFICATIONS", 4)


def test_every_combination_is_estimated_or_has_a_reason(file, tmp_path):
    swept = run_sweep(file, tmp_path / "out.csv", run=here)
    assert len(swept.table) + len(swept.invalid) == 3 * 5 * 4
    assert swept.table.equals(pd.read_csv(tmp_path / "out.csv"))
    assert swept.invalid["reason"].str.contains("log scale").all()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "out.csv",
        "out.invalid.csv",
        "sweep.yml",
    ]


def test_estimates_are_those_of_one_by_one(file, tmp_path):
    table = run_sweep(file, tmp_path / "out.csv", run=here).table
    row = table[
        (table["outcome"] == "demographic=family_unit, citizenship=mexico")
        & (table["start"] == "2022-01")
        & (table["season"] == 1)
    ].iloc[0]
    outcome = its.load_outcome(
        demographic="family_unit", citizenship="mexico", start="2022-01", end="2024-12"
    )
    design = its.build_design(outcome, "asylum-restrictions", season=1)
    average = its.estimate_effects(its.fit(design))["average"]
    np.testing.assert_allclose(row["estimate"], average.estimate, rtol=1e-6)
    np.testing.assert_allclose(row["upper"], average.upper, rtol=1e-6)


@pytest.mark.slow
def test_cores_give_the_same(file, tmp_path, monkeypatch):
    small_parts(monkeypatch)
    alone = run_sweep(file, tmp_path / "a.csv", run=here).table
    together = run_sweep(file, tmp_path / "b.csv", run=sweep.on_cores(2)).table
    pd.testing.assert_frame_equal(alone, together)


def test_an_interrupted_sweep_goes_on_where_it_stopped(file, tmp_path, monkeypatch):
    small_parts(monkeypatch)
    output = tmp_path / "out.csv"

    def interrupted(parts: Sequence[Part]) -> Iterator[Estimated]:
        yield estimate_part(parts[0])
        yield estimate_part(parts[1])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_sweep(file, output, run=interrupted)
    assert not output.exists()
    redone: list[int] = []

    def watched(parts: Sequence[Part]) -> Iterator[Estimated]:
        redone.extend(part.number for part in parts)
        yield from here(parts)

    swept = run_sweep(file, output, run=watched)
    assert redone == list(range(2, 15))
    assert len(swept.table) + len(swept.invalid) == 60


def test_parts_of_another_sweep_are_not_mixed_in(file, tmp_path, monkeypatch):
    small_parts(monkeypatch)

    def dies(parts: Sequence[Part]) -> Iterator[Estimated]:
        yield estimate_part(parts[0])
        raise RunError("x", rule="y", remedy="z")

    with pytest.raises(RunError):
        run_sweep(file, tmp_path / "out.csv", run=dies)
    file.write_text(SWEEP.replace("season: [0, 1]", "season: 0"))
    with pytest.raises(InputError, match="holds parts of another sweep"):
        run_sweep(file, tmp_path / "out.csv", run=here)
    assert len(run_sweep(file, tmp_path / "out.csv", run=here, again=True).table) > 0


def test_parquet(file, tmp_path):
    run_sweep(file, tmp_path / "a.csv", run=here)
    run_sweep(file, tmp_path / "a.parquet", run=here)
    csv, parquet = pd.read_csv(tmp_path / "a.csv"), pd.read_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(csv, parquet)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sries: {}", "There is no entry of a sweep 'sries'"),
        ("series: {demografic: all}", "There is no dimension of a series 'demografic'"),
        ("series: {}\nmodel: ar2", "There is no model 'ar2'"),
        ("[1, 2]", "holds no entries by name"),
        ("a: [", "is not valid YAML"),
    ],
)
def test_a_malformed_sweep_is_refused(tmp_path, text, problem):
    path = tmp_path / "sweep.yml"
    path.write_text(text)
    with pytest.raises(InputError, match=problem):
        read_sweep(path)


def test_a_missing_sweep_and_a_bad_output_are_refused(file, tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_sweep(tmp_path / "none.yml")
    with pytest.raises(InputError, match=r"ends in \.csv or \.parquet"):
        run_sweep(file, tmp_path / "out.txt", run=here)
    with pytest.raises(InputError, match="does not exist"):
        run_sweep(file, tmp_path / "nowhere" / "out.csv", run=here)


def test_a_value_that_no_table_has_is_counted_with_its_reason(tmp_path):
    path = tmp_path / "sweep.yml"
    path.write_text("series: {sector: [tucson, tuscon]}\nend: '2024-11'")
    swept = run_sweep(path, tmp_path / "out.csv", run=here)
    assert len(swept.table) == 1
    assert swept.invalid["outcome"].tolist() == ["sector=tuscon"]
    assert "tuscon" in swept.invalid["reason"][0]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, as a user would start them."""
    address = f"tcp://127.0.0.1:{free_port()}"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--host", address, "--no-dashboard", "--no-show"], **quiet
    )
    worker = [*dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    workers = [subprocess.Popen(worker, **quiet) for _ in range(2)]
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_worker_killed_in_the_middle_loses_nothing(file, tmp_path, monkeypatch, cluster):
    small_parts(monkeypatch)
    address, workers = cluster
    alone = run_sweep(file, tmp_path / "a.csv", run=here)
    killed: list[float] = []

    def kill_one(ended: int, total: int) -> None:
        if ended >= 3 and not killed:
            os.kill(workers[0].pid, signal.SIGKILL)
            killed.append(time.monotonic())

    run = on_cluster(address)
    together = run_sweep(file, tmp_path / "b.csv", run=run, done=kill_one)
    assert killed
    assert workers[0].wait(10) == -signal.SIGKILL
    pd.testing.assert_frame_equal(alone.table, together.table)
    pd.testing.assert_frame_equal(alone.invalid, together.invalid)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_no_scheduler_is_said_clearly(file, tmp_path):
    with pytest.raises(InputError, match="No Dask scheduler answers"):
        run_sweep(file, tmp_path / "out.csv", run=on_cluster(f"tcp://127.0.0.1:{free_port()}"))
