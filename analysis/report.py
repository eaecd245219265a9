"""Named runs: a notebook and its parameters become a folder with a page, numbers and a record.

A report is made in a folder of its own and moved into place when it is complete. A run that
fails leaves the earlier report as it was, and its record in `reports/.failed/NAME/run.json`.
"""

from __future__ import annotations

import io
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import nbformat
import pandas as pd
import yaml
from filelock import FileLock, Timeout

from analysis import show
from analysis.errors import AnalysisError, InputError, RunError, unknown_name
from analysis.page import build_index, build_page, first_picture
from analysis.parameters import Parameter, Value, check_parameters, read_parameters
from analysis.run import CELL_TIMEOUT, execute, outputs

LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels", "matplotlib", "seaborn", "papermill")


@dataclass(frozen=True, kw_only=True)
class NamedRun:
    """A report's name, its notebook and the parameters that differ from the notebook's own."""

    name: str
    title: str
    notebook: Path
    parameters: Mapping[str, Any]


def project_root(start: Path | None = None) -> Path:
    """The nearest folder, from here upwards, that holds `notebooks/runs.yml`.

    Raises
    ------
    InputError : there is none.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "notebooks" / "runs.yml").is_file():
            return folder
    raise InputError(
        f"There is no notebooks/runs.yml in {here} or above it.",
        rule="Reports are rendered from inside the project's folder.",
        remedy="Change into the project's folder first.",
    )


def named_runs(root: Path) -> dict[str, NamedRun]:
    """The runs of `notebooks/runs.yml` by name."""
    entries = yaml.safe_load((root / "notebooks" / "runs.yml").read_text("utf-8"))
    return {
        name: NamedRun(
            name=name,
            title=entry["title"],
            notebook=root / "notebooks" / entry["notebook"],
            parameters=entry.get("parameters") or {},
        )
        for name, entry in entries.items()
    }


def render(
    run_name: str,
    given: Mapping[str, Any] | None = None,
    *,
    report_name: str | None = None,
    root: Path | None = None,
    cell_timeout: int = CELL_TIMEOUT,
) -> Path:
    """Render a named run and return the path of its page.

    Parameters
    ----------
    given : parameters that differ from the named run's. With any, the report is written under
        `report_name`, or under NAME-custom, so that the named report is not overwritten.

    Raises
    ------
    InputError : no such run, or parameters that its notebook does not allow.
    RunError : the run failed, or another process is rendering the same report.
    """
    root = root or project_root()
    runs = named_runs(root)
    if run_name not in runs:
        raise unknown_name("run", run_name, runs)
    run = runs[run_name]
    known = read_parameters(run.notebook)
    values = check_parameters(known, {**run.parameters, **(given or {})})
    name = _report_name(report_name or (f"{run_name}-custom" if given else run_name))
    with _workspace(root / "reports", name) as (folder, reports):
        record = _start_record(name, run, known, values, root)
        try:
            notebook = execute(
                run.notebook, values, folder / "run.ipynb", cell_timeout=cell_timeout
            )
            record = _finish_record(record, notebook)
            _write_report(folder, notebook, record)
        except BaseException as error:
            _keep_failure(reports, name, record, error)
            raise
        _replace(folder, reports / name)
    write_index(reports)
    return reports / name / "index.html"


def headline(page: Path) -> str:
    """The headline sentence of a rendered report, "" where it has none."""
    record = json.loads((page.parent / "run.json").read_text("utf-8"))
    return str(record["headline"])


def write_index(reports: Path) -> None:
    """Write the page that lists all complete reports."""
    found = sorted(reports.glob("[!.]*/run.json"))
    records = [json.loads(path.read_text("utf-8")) for path in found]
    order = sorted(records, key=lambda record: (not record["headline"], record["name"]))
    partial = reports / ".index.html"
    partial.write_text(build_index(order), "utf-8")
    os.replace(partial, reports / "index.html")


def _report_name(name: str) -> str:
    if not name.replace("-", "").replace("_", "").isalnum():
        raise InputError(
            f"The report's name is '{name}'.",
            rule="A report's name has letters, digits, - and _ only: it names a folder.",
            remedy="For example effect-2022.",
        )
    return name


@contextmanager
def _workspace(reports: Path, name: str) -> Iterator[tuple[Path, Path]]:
    """A temporary folder beside the reports, on the same disk, and the lock of this report."""
    try:
        reports.mkdir(exist_ok=True)
        lock = FileLock(reports / f".{name}.lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise RunError(
            f"The report '{name}' is being rendered by another process.",
            rule="One report is rendered once at a time.",
            remedy="Wait until the other one ends, or give this one another name with --as.",
        ) from None
    except OSError as error:
        raise _cannot_write(reports, error) from None
    folder = None
    try:
        folder = Path(mkdtemp(prefix=f".{name}-", dir=reports))
        yield folder, reports
    except OSError as error:
        raise _cannot_write(reports, error) from None
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def _cannot_write(reports: Path, error: OSError) -> RunError:
    return RunError(
        f"The report cannot be written to {reports} ({error.strerror or error}).",
        rule="The folder of the reports can be written to, and the disk has room.",
        remedy="Make room, or correct the permissions. The earlier report is as it was.",
    )


def _start_record(
    name: str,
    run: NamedRun,
    known: Mapping[str, Parameter],
    values: Mapping[str, Value],
    root: Path,
) -> dict[str, Any]:
    return {
        "name": name,
        "run": run.name,
        "title": run.title,
        "notebook": run.notebook.name,
        "status": "started",
        "started": _now(),
        "finished": None,
        "headline": "",
        "short": "",
        "parameters": {
            key: {"value": value, "meaning": known[key].meaning} for key, value in values.items()
        },
        "data": [],
        "tables": 0,
        "version": version("border-its"),
        "revision": _revision(root),
        "python": platform.python_version(),
        "libraries": {library: version(library) for library in LIBRARIES},
    }


def _finish_record(record: Mapping[str, Any], notebook: nbformat.NotebookNode) -> dict[str, Any]:
    headlines = outputs(notebook, show.HEADLINE_MIME)
    sources = [entry for found in outputs(notebook, show.SOURCE_MIME) for entry in found["sources"]]
    return {
        **record,
        "status": "complete",
        "finished": _now(),
        "headline": headlines[0]["sentence"] if headlines else "",
        "short": headlines[0]["short"] if headlines else "",
        "data": list({entry["name"]: entry for entry in sources}.values()),
        "tables": len(outputs(notebook, show.TABLE_MIME)),
    }


def _write_report(folder: Path, notebook: nbformat.NotebookNode, record: Mapping[str, Any]) -> None:
    page = build_page(notebook, record)
    (folder / "index.html").write_text(page, "utf-8")
    if picture := first_picture(page):
        (folder / "figure.svg").write_bytes(picture)
    tables = [pd.read_csv(io.StringIO(t["csv"])) for t in outputs(notebook, show.TABLE_MIME)]
    if tables:
        merged = pd.concat(tables, ignore_index=True)
        merged.to_csv(folder / "effects.csv", index=False, lineterminator="\n")
    _write_json(folder / "run.json", record)
    (folder / "run.ipynb").unlink()


def _keep_failure(
    reports: Path, name: str, record: Mapping[str, Any], error: BaseException
) -> None:
    """Record a failed run apart from the good ones; a full disk must not hide the first error."""
    message = str(error) if isinstance(error, AnalysisError) else type(error).__name__
    failed = {**record, "status": "failed", "finished": _now(), "error": message}
    try:
        (reports / ".failed" / name).mkdir(parents=True, exist_ok=True)
        _write_json(reports / ".failed" / name / "run.json", failed)
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


def _write_json(path: Path, record: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _revision(root: Path) -> str | None:
    """The git revision of the code, with "+changes" if the work tree differs from it."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+changes", "--abbrev=12", "--exclude=*"],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return described.stdout.strip()
