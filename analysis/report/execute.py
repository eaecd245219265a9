"""Execute a notebook through papermill, and turn each way to fail into one clear message."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory
from typing import Any, cast
from uuid import uuid4

import nbformat
import papermill
from jupyter_client import AsyncKernelManager
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.provisioning import LocalProvisioner
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from analysis import errors
from analysis.errors import AnalysisError, RunError, refusal
from analysis.report.handover import ERROR_MIME, outputs
from analysis.report.parameters import Value
from analysis.report.warm import ForkedProcess, Kernels

KERNEL = "python3"
LAUNCH = [sys.executable, "-m", "ipykernel_launcher"]
EXTENSION = "analysis.report.handover"

LONGEST = 90  # bytes of a folder of sockets, whose paths end at 107


def execute(
    notebook: Path,
    parameters: Mapping[str, Value],
    output: Path,
    *,
    cell_timeout: int,
    kernels: Kernels | None = None,
) -> nbformat.NotebookNode:
    """Run a notebook with checked parameters and return it with its outputs.

    output : the file to which papermill writes as it goes.
    cell_timeout : seconds > 0 that one cell may take.
    kernels : who gives the kernel; None for one that starts by itself.

    Raises
    ------
    InputError : the notebook met a mistake in the user's input.
    RunError : a cell failed, the kernel died or could not start, or a cell took too long.
    """
    try:
        with _loop(), kernel(kernels) as config:
            papermill.execute_notebook(
                _literal(notebook),
                _literal(output),
                dict(parameters),
                kernel_name=KERNEL,
                language="python",
                progress_bar=False,
                request_save_on_cell_execute=False,
                execution_timeout=cell_timeout,
                config=config,
            )
    except PapermillExecutionError as error:
        raise _from_cell(error, output, notebook.name) from None
    except CellTimeoutError:
        raise refusal("slow cell", notebook=notebook, seconds=cell_timeout) from None
    except DeadKernelError:
        raise refusal("dead kernel", notebook=notebook) from None
    except NoSuchKernel:
        raise refusal("no kernel", name=KERNEL) from None
    return nbformat.read(output, as_version=4)


_running: set[asyncio.AbstractEventLoop] = set()


def stop_notebooks() -> None:
    """End the notebooks that run in this process: Ctrl-C reaches no other thread than the first."""
    while _running:
        with suppress(RuntimeError):  # it has just ended
            loop = _running.pop()
            loop.call_soon_threadsafe(_cancel_all, loop)


@contextmanager
def _loop() -> Iterator[None]:
    """The event loop of this thread while a notebook runs, with nothing left in it after.

    Raises
    ------
    RunError : the notebook was ended by `stop_notebooks`.
    """
    loop = ensure_event_loop()
    _running.add(loop)
    try:
        yield
    except asyncio.CancelledError:
        raise refusal("stopped") from None
    finally:
        _running.discard(loop)
        left = _cancel_all(loop)
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()


def _cancel_all(loop: asyncio.AbstractEventLoop) -> set[asyncio.Task[Any]]:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    return tasks


def _literal(path: Path) -> str:
    """A path as papermill takes it, which fills in what stands in braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


@contextmanager
def kernel(kernels: Kernels | None = None) -> Iterator[Config]:
    """Start the kernel with its extension, and talk over files, not the network, where it can."""
    # A kernel that is stopped after a failed cell would write a message of its own.
    arguments = ["--IPKernelApp.log_level=CRITICAL", f"--IPKernelApp.extra_extensions={EXTENSION}"]
    client: dict[str, Any] = {"extra_arguments": arguments}
    if kernels:
        client["kernel_manager_class"] = _manager(kernels)
    # The path of a socket has to be short, so its folder is not in the run's own.
    with TemporaryDirectory(prefix="its-") as folder:
        files = {"connection_file": f"{folder}/kernel.json"}
        if os.name != "nt" and len(os.fsencode(folder)) < LONGEST:
            files |= {"transport": "ipc", "ip": f"{folder}/k"}
        yield Config({"NotebookClient": client, "KernelManager": files})


def _manager(kernels: Kernels) -> type[AsyncKernelManager]:
    """The class of managers of kernels that are given."""

    class Manager(AsyncKernelManager):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            named = {"kernel_id": str(uuid4()), "kernel_spec": self.kernel_spec}
            self.provisioner = _Forked(kernels, parent=self, **named)

    return Manager


class _Forked(LocalProvisioner):
    """A kernel that is a fork; one of another Python, or where forks are not, starts as always."""

    def __init__(self, kernels: Kernels, **options: Any) -> None:
        super().__init__(**options)
        self.kernels = kernels

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        kwargs["env"] = {**kwargs["env"], **self.kernels.environment}
        own = cmd[: len(LAUNCH)] == LAUNCH and not kwargs.get("cwd")
        pid = await self.kernels.fork(cmd[len(LAUNCH) :], kwargs["env"]) if own else None
        if pid is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = cast("Popen[Any]", ForkedProcess(pid))
        self.pid = self.pgid = pid
        return self.connection_info


def _from_cell(error: PapermillExecutionError, executed: Path, notebook: str) -> AnalysisError:
    """A user's mistake comes back as the error that the package raised in the kernel."""
    for parts in outputs(nbformat.read(executed, as_version=4), ERROR_MIME):
        kind: type[AnalysisError] = getattr(errors, parts.pop("kind"), RunError)
        return kind(**parts)
    return refusal("failed cell", notebook=notebook, error=error)
