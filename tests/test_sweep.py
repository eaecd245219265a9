"""Sweeps on cores and on a real Dask cluster, with interruptions and deaths put in on purpose."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

import analysis as its
from analysis import sweep
from analysis.errors import InputError, RunError
from analysis.sweep import Part, Swept, estimate_part, keep_part, read_sweep, run_sweep

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


def here(file: Path, output: Path, **options: object) -> Swept:
    """Sweep in this process."""
    return run_sweep(file, output, workers=1, **options)


def watch(
    monkeypatch: pytest.MonkeyPatch, before: Callable[[int], object] = lambda _: None
) -> list[str]:
    """The parts that are estimated from now on; `before` is called with how many there were."""
    names: list[str] = []

    def estimate(part: Part) -> tuple[str, Swept]:
        before(len(names))
        names.append(part.name)
        return estimate_part(part)

    monkeypatch.setattr(sweep, "estimate_part", estimate)
    return names


def stop_after(count: int, error: BaseException) -> Callable[..., object]:
    def stop(estimated: int, *_: int) -> None:
        if estimated == count:
            raise error

    return stop


def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "PART_SPECIFICATIONS", 4)


def test_every_combination_is_estimated_or_has_a_reason(file, tmp_path):
    swept = here(file, tmp_path / "out.csv")
    assert len(swept.table) + len(swept.invalid) == 3 * 5 * 4
    assert swept.table.equals(pd.read_csv(tmp_path / "out.csv"))
    assert swept.invalid["reason"].str.contains("log scale").all()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "out.csv",
        "out.invalid.csv",
        "sweep.yml",
    ]


def test_estimates_are_those_of_one_by_one(file, tmp_path):
    table = here(file, tmp_path / "out.csv").table
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
    alone = here(file, tmp_path / "a.csv").table
    together = run_sweep(file, tmp_path / "b.csv", workers=2).table
    pd.testing.assert_frame_equal(alone, together)


def sweep_until(file: Path, output: Path, monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    """Sweep until some parts are finished, then stop."""
    kept: list[Path] = []

    def keep(path: Path, found: Swept) -> list[str]:
        texts = keep_part(path, found)
        kept.append(path)
        if len(kept) == parts:
            raise KeyboardInterrupt
        return texts

    with monkeypatch.context() as patched:
        patched.setattr(sweep, "keep_part", keep)
        with pytest.raises(KeyboardInterrupt):
            here(file, output)


def interrupt(file: Path, output: Path, monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    """Sweep until some parts are finished, then stop."""
    small_parts(monkeypatch)
    sweep_until(file, output, monkeypatch, parts)
    assert not output.exists()


def test_an_interrupted_sweep_goes_on_where_it_stopped(file, tmp_path, monkeypatch):
    output = tmp_path / "out.csv"
    interrupt(file, output, monkeypatch, 2)
    redone = watch(monkeypatch)
    swept = here(file, output)
    assert redone == [part.name for part in read_sweep(file)][2:]
    assert len(swept.table) + len(swept.invalid) == 60
    assert swept.table.equals(here(file, tmp_path / "whole.csv").table)


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"x", "cut"])
def test_a_part_that_is_empty_or_cut_is_made_again(file, tmp_path, monkeypatch, content):
    output = tmp_path / "out.csv"
    interrupt(file, output, monkeypatch, 2)
    first = tmp_path / ".out.csv.parts" / read_sweep(file)[0].name
    whole = first.read_bytes()
    first.write_bytes(whole[:-9] if content == "cut" else content)
    redone = watch(monkeypatch)
    swept = here(file, output)
    assert redone[0] == first.name
    assert len(swept.table) + len(swept.invalid) == 60


@pytest.mark.parametrize("change", ["entries", "data", "code"])
def test_estimates_of_other_entries_data_or_code_are_not_mixed_in(tmp_path, monkeypatch, change):
    file, data, output = (tmp_path / name for name in ("s.yml", "data.csv", "out.csv"))
    months = pd.period_range("2019-01", periods=48, freq="M")

    def write(start: str, scale: float) -> None:
        rows = [f"{month},{scale * (900 + 37 * (i % 7) + i):.0f}" for i, month in enumerate(months)]
        data.write_text("month,count\n" + "\n".join(rows) + "\n")
        file.write_text(
            f"start: '{start}'\nend: '2022-12'\nintervention: '2021-06-01'\nscale: level\n"
            f"data: {data}\nseries: {{}}\n"
        )

    write("2019-01", 1)
    before = here(file, tmp_path / "before.csv").table
    sweep_until(file, output, monkeypatch, 1)
    write(*{"entries": ("2019-06", 1), "data": ("2019-01", 3), "code": ("2019-01", 1)}[change])
    if change == "code":
        monkeypatch.setattr(sweep, "code_hash", lambda: "other")
    redone = watch(monkeypatch)
    after = here(file, output).table
    assert len(redone) == 1
    assert (change == "code") == after["estimate"].equals(before["estimate"])


def test_a_typo_never_replaces_earlier_estimates(file, tmp_path):
    output = tmp_path / "out.csv"
    here(file, output)
    earlier = output.read_bytes()
    file.write_text("series: {sector: tuscon}")
    with pytest.raises(RunError, match=r"None of 1 combinations can be estimated.*tuscon"):
        here(file, output)
    assert output.read_bytes() == earlier


def test_two_sweeps_to_one_output(file, tmp_path):
    folder = tmp_path / ".out.csv.parts"
    folder.mkdir()
    with (
        FileLock(folder / "lock"),
        pytest.raises(RunError, match="Another sweep writes to the same output"),
    ):
        here(file, tmp_path / "out.csv")


def test_an_output_that_cannot_be_written_is_said(file, tmp_path, monkeypatch):
    with pytest.raises(RunError, match=r"cannot be written \(File name too long"):
        here(file, tmp_path / f"{'z' * 250}.csv")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sweep, "keep_part", full)
    with pytest.raises(RunError, match=r"cannot be written \(No space left on device\)"):
        here(file, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_worker_that_fails_is_said_and_what_is_finished_is_kept(file, tmp_path, monkeypatch):
    small_parts(monkeypatch)
    with monkeypatch.context() as patched:
        watch(patched, stop_after(3, ConnectionError("gone")))
        with pytest.raises(RunError, match=r"cluster failed \(ConnectionError: gone\)"):
            here(file, tmp_path / "out.csv")
    assert len(watch(monkeypatch)) == 0
    assert len(list((tmp_path / ".out.csv.parts").iterdir())) == 4


def test_parquet(file, tmp_path):
    here(file, tmp_path / "a.csv")
    here(file, tmp_path / "a.parquet")
    csv, parquet = pd.read_csv(tmp_path / "a.csv"), pd.read_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(csv, parquet)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sries: {}", "There is no entry of a sweep 'sries'"),
        ("series: {demografic: all}", "demografic"),
        ("series: {}\nmodel: ar2", "There is no model 'ar2'"),
        ("[1, 2]", "The sweep is wrong"),
        ("a: [", "cannot be read"),
        ("season: 0\nseason: 1", "'season' stands twice"),
        ("alpha: true", "alpha 'true'"),
        ("alpha: 0", "alpha 0"),
        ("alpha: 0.95", "alpha 0.95"),
        ("alpha: abc", "alpha 'abc'"),
        ("series: 3", "series 3"),
        ("series: {sector: [1, [2]]}", "sector"),
        ("estimand: [a]", "estimand"),
        ("season: [[1], [2]]", "There is no value of season"),
        ("season: {a: 1}", "There is no value of season"),
        ("data: {a: b}", "data"),
    ],
)
def test_a_malformed_sweep_is_refused(tmp_path, text, problem):
    path = tmp_path / "sweep.yml"
    path.write_text(text)
    with pytest.raises(InputError, match=problem):
        read_sweep(path)


@pytest.mark.parametrize(
    "text",
    [
        f"start: {[f'{y}-01' for y in range(2000, 9000)]}\nend: {[*map(str, range(2000, 9000))]}",
        f"series: {{sector: {[*range(1000)]}, citizenship: {[*range(1000)]}}}",
        f"phase_in: {[*range(20_000)]}",
        "series: {sector: []}",
        f"model: {['ar1', *range(2000)]}",
    ],
)
def test_a_grid_without_end_is_counted_before_it_is_laid_out(tmp_path, text):
    (tmp_path / "sweep.yml").write_text(text)
    with pytest.raises(InputError, match=r"The number of .* is [\d,]+\."):
        read_sweep(tmp_path / "sweep.yml")


def test_a_missing_sweep_and_a_bad_output_are_refused(file, tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_sweep(tmp_path / "none.yml")
    for output in ("out.txt", "nowhere/out.csv"):
        with pytest.raises(InputError, match=r"ends in \.csv or \.parquet, in a folder that is"):
            here(file, tmp_path / output)


@pytest.mark.parametrize("output", ["data.csv", "data.csv.csv", "./data.csv"])
def test_the_data_are_never_written_over(tmp_path, output):
    name = "data.invalid.csv" if output == "data.csv.csv" else "data.csv"
    (tmp_path / name).write_text(TABLE)
    (tmp_path / "s.yml").write_text(
        f"data: {tmp_path / name}\nvalue_column: births\nwhere: region=each\n"
        "intervention: 2018-02-01\nseason: 0\n"
    )
    with pytest.raises(InputError, match="is no file of the data"):
        here(tmp_path / "s.yml", tmp_path / output.replace("csv.csv", "csv"))
    assert (tmp_path / name).read_text() == TABLE


def test_a_value_that_no_table_has_is_counted_with_its_reason(tmp_path):
    path = tmp_path / "sweep.yml"
    path.write_text("series: {sector: [tucson, tuscon]}\nend: '2024-11'")
    swept = here(path, tmp_path / "out.csv")
    assert len(swept.table) == 1
    assert swept.invalid["outcome"].tolist() == ["sector=tuscon"]
    assert "tuscon" in swept.invalid["reason"][0]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Two workers and their scheduler, as a user would start them."""
    address = f"tcp://127.0.0.1:{free_port()}"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--host", address, "--no-dashboard", "--no-show"], **quiet
    )
    worker = [*dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    workers = [subprocess.Popen(worker, **quiet) for _ in range(2)]
    processes = [*workers, scheduler]
    yield address, processes
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_worker_killed_in_the_middle_loses_nothing(file, tmp_path, monkeypatch, cluster):
    small_parts(monkeypatch)
    address, workers = cluster
    alone = here(file, tmp_path / "a.csv")
    killed: list[float] = []

    def kill_one(path: Path, found: Swept) -> list[str]:
        if len(list(path.parent.iterdir())) > 3 and not killed:
            os.kill(workers[0].pid, signal.SIGKILL)
            killed.append(time.monotonic())
        return keep_part(path, found)

    monkeypatch.setattr(sweep, "keep_part", kill_one)
    together = run_sweep(file, tmp_path / "b.csv", scheduler=address)
    assert killed
    assert workers[0].wait(10) == -signal.SIGKILL
    pd.testing.assert_frame_equal(alone.table, together.table)
    pd.testing.assert_frame_equal(alone.invalid, together.invalid)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("which", "problem"),
    [
        ("workers", "The cluster has no worker left"),
        ("scheduler", "the cluster failed"),
    ],
)
def test_a_cluster_that_is_gone_is_said_and_what_is_finished_is_kept(
    file, tmp_path, monkeypatch, cluster, capfd, which, problem
):
    small_parts(monkeypatch)
    monkeypatch.setattr(sweep, "WAIT", 10)
    address, processes = cluster
    gone = processes[:2] if which == "workers" else processes[2:]

    def kill(path: Path, found: Swept) -> list[str]:
        for process in gone:
            process.kill()
        return keep_part(path, found)

    monkeypatch.setattr(sweep, "keep_part", kill)
    with pytest.raises(RunError, match=problem):
        run_sweep(file, tmp_path / "out.csv", scheduler=address)
    assert "Traceback" not in capfd.readouterr().err
    monkeypatch.undo()
    small_parts(monkeypatch)
    left = watch(monkeypatch)
    swept = here(file, tmp_path / "out.csv")
    assert len(left) < len(read_sweep(file))
    assert len(swept.table) + len(swept.invalid) == 60


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_what_went_with_its_worker_before_it_was_fetched_is_not_waited_for(
    file, tmp_path, monkeypatch, cluster
):
    import distributed  # only here: it takes a second

    small_parts(monkeypatch)
    monkeypatch.setattr(sweep, "WAIT", 5)
    address, processes = cluster
    wait = distributed.wait

    def wait_then_kill(*given, **how):
        done = wait(*given, **how)
        for process in processes[:2]:
            process.kill()
            process.wait()
        return done

    monkeypatch.setattr(distributed, "wait", wait_then_kill)
    with pytest.raises(RunError, match="The cluster has no worker left"):
        run_sweep(file, tmp_path / "out.csv", scheduler=address)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_no_scheduler_is_said_clearly(file, tmp_path):
    with pytest.raises(InputError, match="No Dask scheduler with a worker answers"):
        run_sweep(file, tmp_path / "out.csv", scheduler=f"tcp://127.0.0.1:{free_port()}")


TABLE = "month,region,births,deaths\n" + "".join(
    f"{year}-{month:02},{region},{300 + (7 * year + 5 * month) % 31},{90 + (3 * month) % 17}\n"
    for year in range(2014, 2020)
    for month in range(1, 13)
    for region in ("North", "South")
)


@pytest.mark.parametrize(
    ("lines", "series"),
    [
        ("value_column: each\nwhere: region=each", 4),
        ("value_column: [births, deaths]\nwhere: region=North", 2),
        ("value_column: births\nwhere: region=each", 2),
    ],
)
def test_a_table_of_ones_own_has_one_series_a_column_and_a_group(tmp_path, lines, series):
    (tmp_path / "towns.csv").write_text(TABLE)
    path = tmp_path / "sweep.yml"
    path.write_text(
        f"data: {tmp_path / 'towns.csv'}\n{lines}\nintervention: 2018-02-01\nseason: [0, 1]\n"
    )
    swept = here(path, tmp_path / "out.csv")
    assert len(swept.table) == 2 * series
    assert swept.invalid.empty
    assert swept.table["outcome"].nunique() == series


def test_a_table_of_ones_own_needs_an_intervention_and_known_columns(tmp_path):
    (tmp_path / "towns.csv").write_text(TABLE)
    path = tmp_path / "sweep.yml"
    for lines, message in (
        ("value_column: each\nwhere: region=North", "The grid has no intervention"),
        ("value_column: births\nwhere: town=each\nintervention: 2018-02-01", "town"),
    ):
        path.write_text(f"data: {tmp_path / 'towns.csv'}\n{lines}\n")
        with pytest.raises(InputError, match=message):
            read_sweep(path)
