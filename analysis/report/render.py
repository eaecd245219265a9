"""A notebook and its parameters become a folder with a page, numbers and a record.

A report is made in a folder of its own and moved into place when it is complete. A run that
fails leaves the earlier report as it was, and its record in `reports/.failed/NAME/run.json`.
"""

from __future__ import annotations

import io
import os
import time
from base64 import b64decode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd

from analysis import show
from analysis.errors import AnalysisError, InputError, attempt, refusal
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
from analysis.report.parameters import Value
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


@dataclass(frozen=True, kw_only=True)
class Renderer:
    """Renders runs of a project, each in a kernel of its own, and then the lists of reports.

    again : run even if nothing changed since a report was made.
    workers : how many at once, >= 1; None for as many as there are cores.
    cell_timeout : seconds > 0 that one cell may take.
    strict : refuse given official files where rows of a run's months may be missing.
    kernels : who gives the kernels, which may have begun to load.
    """

    root: Path = field(default_factory=project_root)
    again: bool = False
    workers: int | None = None
    cell_timeout: int = CELL_TIMEOUT
    strict: bool = False
    kernels: Kernels = field(default_factory=Kernels)

    def run(
        self, name: str, given: Mapping[str, Any] | None = None, *, report_name: str | None = None
    ) -> Rendered:
        """Render a named run.

        Parameters
        ----------
        given : parameters that differ from the named run's. With any, the report is written under
            `report_name`, or under NAME-custom, so that the named report is not overwritten.

        Raises
        ------
        InputError : no such run, or parameters that its notebook does not allow.
        DataError : rows may be missing, with `strict`.
        RunError : the run failed, or another process is rendering the same report.
        """
        run = find_run(self.root, name)
        (rendered,) = self._each({self._named(report_name, name, given): run}, given)
        if rendered.error:
            raise rendered.error
        return rendered

    def everything(self) -> list[Rendered]:
        """Render all named runs and the questions of the project; a failure stops no other."""
        runs = dict(named_runs(self.root))
        for path in sorted((self.root / "notebooks" / "questions").glob("*.yml")):
            runs |= {f"{path.stem}/{run.name}": run for run in question_runs(path, {}, self.root)}
        return self._each(runs)

    def question(
        self,
        path: Path,
        given: Mapping[str, Any] | None = None,
        *,
        only: str | None = None,
        report_name: str | None = None,
    ) -> list[Rendered]:
        """Render every page that can be made for a question; a failure stops no other.

        Parameters
        ----------
        path : a YAML file of parameters. Its pages go to reports/STEM/PAGE.
        given : parameters that differ from the file's; then they go to `report_name`, or
            STEM-custom.
        only : one page, by its name.

        Raises
        ------
        InputError : a question that no page can answer (see `question_runs`), or a name that
            another report has.
        """
        name = self._named(report_name, path.stem, given)
        refuse_names(name, self.root)
        runs = question_runs(path, given or {}, self.root, only=only)
        return self._each({f"{name}/{run.name}": run for run in runs})

    def _named(self, asked: str | None, own: str, given: Mapping[str, Any] | None) -> str:
        """The name of a report: as asked, or its own, or NAME-custom with other parameters."""
        name = (f"{own}-custom" if given else own) if asked is None else asked
        report_folder(self.root, name)
        return name

    def _each(
        self, runs: Mapping[str, NamedRun], given: Mapping[str, Any] | None = None
    ) -> list[Rendered]:
        """Render runs by the names of their reports; if this is stopped, so are the notebooks."""
        self.kernels.environment = {FOLDER: str((self.root / KEPT).resolve())}
        with self.kernels, ThreadPoolExecutor(self.workers or os.cpu_count()) as pool:
            waiting = [pool.submit(self._one, name, run, given) for name, run in runs.items()]
            try:
                for future in watch(as_completed(waiting), "Reports", total=len(waiting)):
                    future.result()
            except BaseException:
                from analysis.report.execute import stop_notebooks

                pool.shutdown(wait=False, cancel_futures=True)
                while not all(future.done() for future in waiting):  # one may be about to start
                    stop_notebooks()
                    time.sleep(0.1)
                raise
        ended = [future.result() for future in waiting]
        if not all(each.error for each in ended):
            write_index(self.root)
        return ended

    def _one(self, name: str, run: NamedRun, given: Mapping[str, Any] | None) -> Rendered:
        started, target = time.monotonic(), report_folder(self.root, *name.split("/"))
        made = attempt(self._make, name, run, given or {}, target)
        error = made if isinstance(made, AnalysisError) else None
        headline, fresh = ("", True) if error else made
        seconds = time.monotonic() - started
        page = target / "index.html"
        return Rendered(
            name=name, page=page, headline=headline, fresh=fresh, seconds=seconds, error=error
        )

    def _make(
        self, name: str, run: NamedRun, given: Mapping[str, Any], target: Path
    ) -> tuple[str, bool]:
        """The headline of a report, and whether it was made now."""
        values = run.checked(**given)
        if self.strict:
            refuse_doubtful(values)
        if next(target.glob("[!.]*/run.json"), None):
            raise refusal("folder of a question", name=name)
        if not self.again and (record := _unchanged(target, fingerprint(run, values, self.root))):
            return record["headline"], False
        refuse_series(values)
        say_if_long(values)
        self.kernels.load()
        record = start_record(name, run, values, self.root)
        with workspace(target) as folder:
            try:
                record = make_report(run, values, folder, record, self.cell_timeout, self.kernels)
            except BaseException as error:
                keep_failure(target, record, error)
                raise
            put_in_place(folder, target)
        return record["headline"], True


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


def _unchanged(folder: Path, wanted: str) -> Record | None:
    """The record of the report that is there, if it was made from the same and is as it was."""
    try:
        record = read_record(folder)
    except InputError:
        return None
    return record if record.get("fingerprint") == wanted and is_whole(folder, record) else None
