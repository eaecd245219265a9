"""A notebook and its parameters become a folder with a page, numbers and a record.

A report is made in a folder of its own and moved into place when it is complete. A run that
fails leaves the earlier report as it was, and its record in `reports/.failed/NAME/run.json`.
"""

from __future__ import annotations

import io
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import nbformat
import pandas as pd
from filelock import FileLock, Timeout

from analysis import show
from analysis.errors import AnalysisError, InputError, RunError
from analysis.report.execute import CELL_TIMEOUT, execute, outputs
from analysis.report.named import NamedRun, find_run, named_runs, project_root
from analysis.report.page import build_index, build_page, first_picture
from analysis.report.parameters import Value, check_parameters, read_parameters
from analysis.report.record import (
    Record,
    fail_record,
    fingerprint,
    finish_record,
    read_record,
    start_record,
    write_record,
)


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """How the rendering of one report ended.

    page : the path of its page, None where it failed. fresh : False where the report was there
    already, from the same notebook, parameters, data and code.
    """

    name: str
    page: Path | None
    headline: str = ""
    fresh: bool = True
    seconds: float = 0.0
    error: AnalysisError | None = None


def render(
    run_name: str,
    given: Mapping[str, Any] | None = None,
    *,
    report_name: str | None = None,
    root: Path | None = None,
    again: bool = False,
    cell_timeout: int = CELL_TIMEOUT,
) -> Rendered:
    """Render a named run, and the list of all reports.

    Parameters
    ----------
    given : parameters that differ from the named run's. With any, the report is written under
        `report_name`, or under NAME-custom, so that the named report is not overwritten.
    again : run even if nothing changed since the report was made.
    cell_timeout : seconds > 0 that one cell may take.

    Raises
    ------
    InputError : no such run, or parameters that its notebook does not allow.
    RunError : the run failed, or another process is rendering the same report.
    """
    root = root or project_root()
    run = find_run(root, run_name)
    name = _report_name(report_name or (f"{run_name}-custom" if given else run_name))
    rendered = _render(run, given or {}, name, root, again, cell_timeout)
    write_index(root)
    return rendered


def render_all(
    *,
    root: Path | None = None,
    again: bool = False,
    workers: int | None = None,
    cell_timeout: int = CELL_TIMEOUT,
    done: Callable[[Rendered], object] = lambda _: None,
) -> list[Rendered]:
    """Render all named runs, each in a kernel of its own; one failure does not stop the others.

    workers : how many at once, >= 1; None for as many as there are cores.
    done : called with each as it ends.
    """
    root = root or project_root()
    runs = named_runs(root)
    pool = ThreadPoolExecutor(workers or os.cpu_count() or 1)
    try:
        waiting = [pool.submit(_attempt, run, root, again, cell_timeout) for run in runs.values()]
        ended = []
        for future in as_completed(waiting):
            ended.append(future.result())
            done(ended[-1])
    finally:
        pool.shutdown(cancel_futures=True)
    write_index(root)
    order = list(runs)
    return sorted(ended, key=lambda rendered: order.index(rendered.name))


def write_index(root: Path) -> None:
    """Write the page that lists all complete reports, named runs first."""
    reports = root / "reports"
    order = list(named_runs(root))
    records = [read_record(path.parent) for path in reports.glob("[!.]*/run.json")]
    records.sort(key=lambda r: (order.index(r["name"]) if r["name"] in order else 99, r["name"]))
    entries = [{**record, **_shown(reports / record["name"])} for record in records]
    with FileLock(reports / ".index.lock"):
        partial = reports / ".index.html"
        partial.write_text(build_index(entries), "utf-8")
        os.replace(partial, reports / "index.html")


def make_report(
    run: NamedRun, values: Mapping[str, Value], folder: Path, record: Record, cell_timeout: int
) -> Record:
    """Run the notebook and write page, numbers and record into `folder`."""
    executed = folder / "run.ipynb"
    notebook = execute(run.notebook, values, executed, cell_timeout=cell_timeout)
    executed.unlink(missing_ok=True)
    record = finish_record(record, notebook)
    page = build_page(notebook, record)
    (folder / "index.html").write_text(page, "utf-8")
    if picture := first_picture(page):
        (folder / "figure.svg").write_bytes(picture)
    if record["tables"]:
        write_numbers(folder / "effects.csv", numbers(notebook))
    write_record(folder / "run.json", record)
    return record


def numbers(notebook: nbformat.NotebookNode) -> pd.DataFrame:
    """All tables that a notebook handed on, one under the other, each cell the text that it is.

    Read as numbers, a label "007" or "NA" would come out as another.
    """
    texts = [io.StringIO(table["csv"], newline="") for table in outputs(notebook, show.TABLE_MIME)]
    tables = [pd.read_csv(text, dtype=str, keep_default_na=False) for text in texts]
    return pd.concat(tables, ignore_index=True)


def write_numbers(path: Path, table: pd.DataFrame) -> None:
    """Write effects.csv."""
    table.to_csv(path, index=False, lineterminator="\n")


def _attempt(run: NamedRun, root: Path, again: bool, cell_timeout: int) -> Rendered:
    started = time.monotonic()
    try:
        return _render(run, {}, run.name, root, again, cell_timeout)
    except AnalysisError as error:
        seconds = time.monotonic() - started
        return Rendered(name=run.name, page=None, seconds=seconds, error=error)


def _render(
    run: NamedRun,
    given: Mapping[str, Any],
    name: str,
    root: Path,
    again: bool,
    cell_timeout: int,
) -> Rendered:
    started = time.monotonic()
    known = read_parameters(run.notebook)
    values = check_parameters(known, {**run.parameters, **given})
    target = root / "reports" / name
    if not again and (record := _unchanged(target, fingerprint(run, values))):
        page = target / "index.html"
        return Rendered(name=name, page=page, headline=record["headline"], fresh=False)
    with _workspace(root / "reports", name) as folder:
        record = start_record(name, run, known, values, root)
        try:
            record = make_report(run, values, folder, record, cell_timeout)
        except BaseException as error:
            _keep_failure(target, record, error)
            raise
        _replace(folder, target)
    return Rendered(
        name=name,
        page=target / "index.html",
        headline=record["headline"],
        seconds=time.monotonic() - started,
    )


def _unchanged(folder: Path, wanted: str) -> Record | None:
    """The record of the report that is there, if it was made from the same."""
    try:
        record = read_record(folder)
    except InputError:
        return None
    same = record.get("fingerprint") == wanted and record.get("status") == "complete"
    return record if same and (folder / "index.html").is_file() else None


def _shown(folder: Path) -> dict[str, Any]:
    """What the list of reports shows of one: its numbers and whether it has a picture."""
    path = folder / "effects.csv"
    rows = pd.read_csv(path).to_dict("records") if path.is_file() else []
    return {"effects": rows, "picture": (folder / "figure.svg").is_file()}


def _report_name(name: str) -> str:
    if not name.replace("-", "").replace("_", "").isalnum():
        raise InputError(
            f"The report's name is '{name}'.",
            rule="A report's name has letters, digits, - and _ only: it names a folder.",
            remedy="For example effect-2022.",
        )
    return name


@contextmanager
def _workspace(reports: Path, name: str) -> Iterator[Path]:
    """A temporary folder beside the reports, on the same disk, under the lock of this report."""
    folder = None
    try:
        reports.mkdir(exist_ok=True)
        with FileLock(reports / f".{name}.lock", timeout=0):
            folder = Path(mkdtemp(prefix=f".{name}-", dir=reports))
            yield folder
    except Timeout:
        raise RunError(
            f"The report '{name}' is being rendered by another process.",
            rule="One report is rendered once at a time.",
            remedy="Wait until the other one ends, or give this one another name with --as.",
        ) from None
    except OSError as error:
        raise RunError(
            f"The report cannot be written to {reports} ({error.strerror or error}).",
            rule="The folder of the reports can be written to, and the disk has room.",
            remedy="Make room, or correct the permissions. The earlier report is as it was.",
        ) from None
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _keep_failure(target: Path, record: Record, error: BaseException) -> None:
    """Record a failed run apart from the good ones; a full disk must not hide the first error."""
    folder = target.parent / ".failed" / target.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_record(folder / "run.json", fail_record(record, error))
    except OSError:
        return


def _replace(folder: Path, target: Path) -> None:
    """Put a complete report in the place of the earlier one."""
    folder.chmod(0o755)
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    folder.rename(target)
    shutil.rmtree(old, ignore_errors=True)
