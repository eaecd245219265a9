"""Kernels that start at once: each is a fork of one process that has loaded the package.

Only on Linux. System libraries elsewhere do not bear a fork; there a kernel starts as always. The
process that is forked has one thread, runs no code of a notebook, and ends with who started it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import select
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from subprocess import PIPE, Popen
from threading import Lock
from typing import IO

import analysis

LOADING = [sys.executable, "-m", "analysis.report.warm"]
NOTHING: Mapping[str, str] = {}
SOON = 0.02  # seconds
# Libraries start no threads of their own, which a fork would not have.
ONE_THREAD = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
INLINE = "module://matplotlib_inline.backend_inline"
IN_JUPYTER = {"explore_effect"}  # no report has controls
LOADED = ("ipykernel.zmqshell", "matplotlib_inline.backend_inline", "analysis.plot")


class Kernels:
    """Gives kernels to notebooks until a `with` block ends; light, so that it can start early.

    environment : what they find in theirs beside what is in that of this process.
    """

    def __init__(self, environment: Mapping[str, str] = NOTHING) -> None:
        self.environment = environment
        self._one_at_once = Lock()
        self._server: Popen[str] | None = None
        self._loads = True

    def __enter__(self) -> Kernels:
        return self

    def __exit__(self, *_: object) -> None:
        if self._server:
            self._server.kill()
            self._server.communicate()
            self._server = None

    def load(self) -> None:
        """Start the process that is forked, which loads while this one goes on."""
        with self._one_at_once:
            if self._server is None and sys.platform == "linux":
                self._server = Popen(
                    LOADING, stdin=PIPE, stdout=PIPE, text=True, start_new_session=True
                )

    async def fork(self, arguments: list[str], environment: Mapping[str, str]) -> int | None:
        """The process id of a new kernel, the leader of its session; None if there can be none."""
        self.load()
        while self._is_loading():  # nothing is forked for a run that is stopped meanwhile
            await asyncio.sleep(SOON)
        asked = {"arguments": arguments, "environment": environment, "folder": os.getcwd()}
        with self._one_at_once, suppress(OSError):
            if self._server and self._server.stdin:
                print(json.dumps(asked), file=self._server.stdin, flush=True)
                return int(self._answer() or 0) or None
        return None

    def _is_loading(self) -> bool:
        with self._one_at_once:
            if (
                self._server
                and self._server.stdout
                and self._loads
                and _is_ready(self._server.stdout)
            ):
                self._loads = False
                self._answer()
            return self._server is not None and self._loads

    def _answer(self) -> str:
        return self._server.stdout.readline() if self._server and self._server.stdout else ""


class ForkedProcess:
    """What a manager asks of a process, for one that is no child of this one."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ends: int | None = None
        with suppress(ProcessLookupError):  # it has just ended
            self._ends = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """0 once it has ended; its exit code is its parent's to know."""
        if self._ends is not None:
            if not _is_ready(self._ends):
                return None
            os.close(self._ends)
            self._ends = None
        return 0

    wait = poll


def _is_ready(file: int | IO[str]) -> bool:
    """Whether there is something to read; of a process, whether it has ended."""
    watched = select.poll()
    watched.register(file, select.POLLIN)
    return bool(watched.poll(0))


def serve() -> None:
    """Load, then become a kernel in a fork of this process for each line that asks for one."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever is printed is no answer
    os.environ.setdefault("MPLBACKEND", INLINE)  # read, as the next, by what is loaded
    os.environ["JPY_PARENT_PID"] = str(os.getpid())
    os.environ.update(ONE_THREAD)
    gc.disable()  # of what is loaded nothing goes
    for module in LOADED:
        import_module(module)
    for name in analysis.__all__:
        if name not in IN_JUPYTER:
            getattr(analysis, name)
    gc.freeze()
    gc.enable()
    print("loaded", file=answers, flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who asked sees a kernel end
    while line := sys.stdin.readline():
        if os.fork() == 0:
            os.setsid()
            print(os.getpid(), file=answers, flush=True)
            answers.close()
            return _become_kernel(**json.loads(line))


def _become_kernel(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    parent = os.environ["JPY_PARENT_PID"]
    os.environ.clear()
    os.environ.update(environment, JPY_PARENT_PID=parent)
    os.chdir(folder)
    if sys.path[0] in ("", folder):  # as a kernel starts; its shell puts it back
        del sys.path[0]
    np.random.seed()  # noqa: NPY002 - or all kernels would draw the same
    IPKernelApp.launch_instance(arguments)


if __name__ == "__main__":
    serve()
