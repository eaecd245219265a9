"""A notebook and its parameters become a folder with a page, numbers and a record.

A report is made in a folder of its own and moved into place when it is complete. A run that
fails leaves the earlier report as it was, and its record in `reports/.failed/NAME/run.json`.
"""

from __future__ import annotations

import io
import os
import time
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd

from analysis import show
from analysis.errors import AnalysisError, InputError, refusal
from analysis.report.before import refuse_doubtful, refuse_series, say_if_long
from analysis.report.crate import write_crate
from analysis.report.folder import keep_failure, put_in_place, workspace
from analysis.report.handover import outputs
from analysis.report.index import write_index
from analysis.report.named import (
    NamedRun,
    find_run,
    linked_pages,
    named_runs,
    project_root,
    report_folder,
)
from analysis.report.page import arrange_cells, build_page
from analysis.report.parameters import (
    Value,
)
from analysis.report.question import question_runs, refuse_names
from analysis.report.record import (
    Record,
    find_exhibits,
    fingerprint,
    finish_record,
    is_whole,
    read_record,
    start_record,
    write_record,
)
from analysis.report.warm import Kernels
from analysis.robustness.kept import FOLDER
from analysis.show.progress import watch

CELL_TIMEOUT = 900
KEPT = Path("reports", ".kept")
PICTURE_MIME, SHARED_MIME = "image/svg+xml", "image/png"


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """How the rendering of one report ended.

    page : the path of its page, of the earlier one where it failed. fresh : False where the report
    was there already, from the same notebook, parameters, data and code.
    """

    name: str
    page: Path
    headline: str = ""
    fresh: bool = True
    seconds: float = 0.0
    error: AnalysisError | None = None

    @property
    def status(self) -> str:
        """failed, rendered or unchanged."""
        return "failed" if self.error else "rendered" if self.fresh else "unchanged"


def render(
    run_name: str,
    given: Mapping[str, Any] | None = None,
    *,
    report_name: str | None = None,
    root: Path | None = None,
    again: bool = False,
    cell_timeout: int = CELL_TIMEOUT,
    strict: bool = False,
    kernels: Kernels | None = None,
) -> Rendered:
    """Render a named run, and the list of all reports.

    Parameters
    ----------
    given : parameters that differ from the named run's. With any, the report is written under
        `report_name`, or under NAME-custom, so that the named report is not overwritten.
    again : run even if nothing changed since the report was made.
    cell_timeout : seconds > 0 that one cell may take.
    strict : refuse given official files where rows of the run's months may be missing.
    kernels : who gives the kernel, which may have begun to load; None to start with the run.

    Raises
    ------
    InputError : no such run, or parameters that its notebook does not allow.
    DataError : rows may be missing, with `strict`.
    RunError : the run failed, or another process is rendering the same report.
    """
    root = root or project_root()
    run = find_run(root, run_name)
    name = _named(report_name, run_name, given, root)
    work = partial(_render, root=root, again=again, cell_timeout=cell_timeout, strict=strict)
    (rendered,) = _at_once([partial(work, run, given or {}, name)], root, 1, kernels or Kernels())
    write_index(root)
    return rendered


def _named(asked: str | None, own: str, given: Mapping[str, Any] | None, root: Path) -> str:
    """The name of a report: as asked, or its own, or NAME-custom with other parameters."""
    name = (f"{own}-custom" if given else own) if asked is None else asked
    report_folder(root, name)
    return name


def render_all(
    *,
    root: Path | None = None,
    again: bool = False,
    workers: int | None = None,
    cell_timeout: int = CELL_TIMEOUT,
    strict: bool = False,
    kernels: Kernels | None = None,
) -> list[Rendered]:
    """Render all named runs and the questions of the project, each page in a kernel of its own.

    One failure does not stop the others.

    workers : how many at once, >= 1; None for as many as there are cores.
    """
    root = root or project_root()
    runs = dict(named_runs(root))
    for path in sorted((root / "notebooks" / "questions").glob("*.yml")):
        runs |= {f"{path.stem}/{run.name}": run for run in question_runs(path, {}, root)}
    work = partial(_render, root=root, again=again, cell_timeout=cell_timeout, strict=strict)
    return _render_each(runs, root, workers, work, kernels)


def render_question(
    path: Path,
    given: Mapping[str, Any] | None = None,
    *,
    only: str | None = None,
    report_name: str | None = None,
    root: Path | None = None,
    again: bool = False,
    workers: int | None = None,
    cell_timeout: int = CELL_TIMEOUT,
    strict: bool = False,
    kernels: Kernels | None = None,
) -> list[Rendered]:
    """Render every page that can be made for a question, as `render_all` renders the named runs.

    Parameters
    ----------
    path : a YAML file of parameters. Its pages go to reports/STEM/PAGE.
    given : parameters that differ from the file's; then they go to `report_name`, or STEM-custom.
    only : one page, by its name.

    Raises
    ------
    InputError : a question that no page can answer (see `question_runs`), or a name that another
        report has.
    """
    root = root or project_root()
    name = _named(report_name, path.stem, given, root)
    refuse_names(name, root)
    runs = question_runs(path, given or {}, root, only=only)
    named = {f"{name}/{run.name}": run for run in runs}
    work = partial(_render, root=root, again=again, cell_timeout=cell_timeout, strict=strict)
    return _render_each(named, root, workers, work, kernels)


def _render_each(
    runs: Mapping[str, NamedRun],
    root: Path,
    workers: int | None,
    work: Callable[[NamedRun, Mapping[str, Any], str, Kernels], Rendered],
    kernels: Kernels | None,
) -> list[Rendered]:
    """Render runs by the names of their reports, several at once."""
    calls = [
        partial(_attempt, partial(work, run, {}, name), name, root) for name, run in runs.items()
    ]
    ended = _at_once(calls, root, workers, kernels or Kernels())
    write_index(root)
    return ended


def _at_once(
    calls: Sequence[Callable[[Kernels], Rendered]],
    root: Path,
    workers: int | None,
    kernels: Kernels,
) -> list[Rendered]:
    """What the calls give, several at once; if this is stopped, so are the notebooks."""
    kernels.environment = {FOLDER: str((root / KEPT).resolve())}
    with kernels, ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        waiting = [pool.submit(call, kernels) for call in calls]
        try:
            for future in watch(as_completed(waiting), "Reports", total=len(calls)):
                future.result()
        except BaseException:
            from analysis.report.execute import stop_notebooks

            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in waiting):  # one may be about to start
                stop_notebooks()
                time.sleep(0.1)
            raise
    return [future.result() for future in waiting]


def make_report(
    run: NamedRun,
    values: Mapping[str, Value],
    folder: Path,
    record: Record,
    cell_timeout: int,
    kernels: Kernels | None = None,
) -> Record:
    """Run the notebook and write page, numbers and record into `folder`.

    kernels : who gives the kernel; None for one that starts by itself and works out all.
    """
    # Here, as the process that becomes the kernel loads meanwhile.
    from analysis.report.execute import execute

    executed = folder / "run.ipynb"
    notebook = execute(run.notebook, values, executed, cell_timeout=cell_timeout, kernels=kernels)
    executed.unlink(missing_ok=True)
    record = {**finish_record(record, notebook), "exhibits": find_exhibits(notebook)}
    shown = arrange_cells(notebook)
    pages = linked_pages(run.notebook.parents[1], record["name"])
    (folder / "index.html").write_text(build_page(shown, record, pages), "utf-8")
    for picture in outputs(shown, PICTURE_MIME)[:1]:
        (folder / "figure.svg").write_text(picture, "utf-8")
    for picture in outputs(shown, SHARED_MIME)[:1]:
        (folder / "figure.png").write_bytes(b64decode(picture))
    if record["tables"]:
        write_numbers(folder / "effects.csv", numbers(notebook))
    write_crate(folder, record)
    write_record(folder, record)
    return record


def numbers(notebook: nbformat.NotebookNode) -> pd.DataFrame:
    """All tables that a notebook handed on, each once, with each cell the text that it is.

    Read as numbers, a label "007" or "NA" would come out as another.
    """
    texts = dict.fromkeys(table["csv"] for table in outputs(notebook, show.TABLE_MIME))
    files = [io.StringIO(text, newline="") for text in texts]
    tables = [pd.read_csv(file, dtype=str, keep_default_na=False) for file in files]
    return pd.concat(tables, ignore_index=True)


def write_numbers(path: Path, table: pd.DataFrame) -> None:
    """Write effects.csv."""
    table.to_csv(path, index=False, lineterminator="\n")


def _attempt(
    work: Callable[[Kernels], Rendered], name: str, root: Path, kernels: Kernels
) -> Rendered:
    started = time.monotonic()
    try:
        return work(kernels)
    except AnalysisError as error:
        seconds = time.monotonic() - started
        page = report_folder(root, *name.split("/")) / "index.html"
        return Rendered(name=name, page=page, seconds=seconds, error=error)


def _render(
    run: NamedRun,
    given: Mapping[str, Any],
    name: str,
    kernels: Kernels,
    *,
    root: Path,
    again: bool,
    cell_timeout: int,
    strict: bool,
) -> Rendered:
    started = time.monotonic()
    values = run.checked(**given)
    if strict:
        refuse_doubtful(values)
    target = report_folder(root, *name.split("/"))
    if next(target.glob("[!.]*/run.json"), None):
        raise refusal("folder of a question", name=name)
    if not again and (record := _unchanged(target, fingerprint(run, values, root))):
        page = target / "index.html"
        return Rendered(name=name, page=page, headline=record["headline"], fresh=False)
    refuse_series(values)
    say_if_long(values)
    kernels.load()
    record = start_record(name, run, values, root)
    with workspace(target) as folder:
        try:
            record = make_report(run, values, folder, record, cell_timeout, kernels)
        except BaseException as error:
            keep_failure(target, record, error)
            raise
        put_in_place(folder, target)
    return Rendered(
        name=name,
        page=target / "index.html",
        headline=record["headline"],
        seconds=time.monotonic() - started,
    )


def _unchanged(folder: Path, wanted: str) -> Record | None:
    """The record of the report that is there, if it was made from the same and is as it was."""
    try:
        record = read_record(folder)
    except InputError:
        return None
    return record if record.get("fingerprint") == wanted and is_whole(folder, record) else None
