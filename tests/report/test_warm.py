"""Kernels that are forks of one process: each by itself, none left over."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest

from analysis.report import warm
from analysis.report.execute import execute
from analysis.report.warm import Kernels

pytestmark = pytest.mark.slow
SEEN = """
import os, random, numpy as np, analysis
print(os.getpid(), os.getppid(), os.environ["GIVEN"], np.random.rand(), random.random())
print("marked" in vars(analysis), len(os.listdir(f"/proc/{os.getppid()}/task")))
analysis.marked = True
"""


def run(code: str, folder: Path, kernels: Kernels) -> str:
    path = folder / "asked.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
    done = execute(path, {}, folder / "out.ipynb", cell_timeout=60, kernels=kernels)
    return str(done.cells[-1].outputs[0].text)


def processes(mark: str) -> list[int]:
    """Those that were started with a mark in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            found += [int(path.parent.name)] if mark.encode() in path.read_bytes() else []
    return found


def test_each_kernel_is_a_process_of_its_own_and_knows_nothing_of_another(tmp_path):
    with Kernels({"GIVEN": "7"}) as kernels:
        first, second = (run(SEEN, tmp_path, kernels).split() for _ in range(2))

    assert first[0] != second[0]
    assert first[1] == second[1] != str(os.getpid())
    assert first[2] == second[2] == "7"
    assert first[3] != second[3]
    assert first[4] != second[4]
    assert first[5:] == second[5:] == ["False", "1"]


def test_without_a_process_to_fork_a_kernel_starts_as_always(tmp_path, monkeypatch):
    monkeypatch.setattr(warm, "LOADING", [sys.executable, "-c", "raise SystemExit(1)"])

    with Kernels({"GIVEN": "7"}) as kernels:
        seen = run(SEEN, tmp_path, kernels).split()
        assert asyncio.run(kernels.fork([], {})) is None

    assert seen[1:3] == [str(os.getpid()), "7"]


def sleep_in_a_kernel(folder: Path) -> None:
    asleep = f"import time; open({str(folder / 'asleep')!r}, 'w').close(); time.sleep(100)"
    with Kernels({}) as kernels:
        run(asleep, folder, kernels)


@pytest.mark.skipif(sys.platform != "linux", reason="there are no forks elsewhere")
def test_nothing_outlives_a_command_that_is_killed(tmp_path):
    code = "import sys; from test_warm import *; sleep_in_a_kernel(Path(sys.argv[1]))"
    mark = f"MARK={tmp_path}"
    command = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path],
        cwd=Path(__file__).parent,
        env={**os.environ, "MARK": str(tmp_path)},
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "asleep").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(processes(mark)) >= 3
    command.send_signal(signal.SIGKILL)
    command.wait()
    while processes(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not processes(mark)
