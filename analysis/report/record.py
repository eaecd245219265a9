"""The record of a run (run.json): what was run, on what, with what, and how it ended."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat

from analysis import show
from analysis.errors import AnalysisError, InputError
from analysis.report.execute import outputs
from analysis.report.named import NamedRun
from analysis.report.parameters import Parameter, Value

LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels", "matplotlib", "seaborn", "papermill")
# Without these a record cannot be listed or run again.
NEEDED = ("name", "run", "parameters", "data", "version", "python", "libraries")
Record = dict[str, Any]


def start_record(
    name: str,
    run: NamedRun,
    known: Mapping[str, Parameter],
    values: Mapping[str, Value],
    root: Path,
) -> Record:
    """The record of a run that is about to start."""
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
        "fingerprint": fingerprint(run, values),
        "version": version("border-its"),
        "revision": _revision(root),
        "python": platform.python_version(),
        "libraries": _libraries(),
    }


def finish_record(record: Record, notebook: nbformat.NotebookNode) -> Record:
    """The record of a run that is complete, with what its notebook handed on."""
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


def fail_record(record: Record, error: BaseException) -> Record:
    """The record of a run that failed, with the reason."""
    message = str(error) if isinstance(error, AnalysisError) else type(error).__name__
    return {**record, "status": "failed", "finished": _now(), "error": message}


def write_record(path: Path, record: Record) -> None:
    """Write a record as JSON."""
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")


def read_record(folder: Path) -> Record:
    """The record of a complete report.

    Raises
    ------
    InputError : the folder holds no report, or its record cannot be read.
    """
    path = folder / "run.json"
    try:
        record: Record = json.loads(path.read_text("utf-8"))
    except OSError:
        problem = f"There is no report in {folder}."
    except ValueError:
        problem = f"{path} is not a record of a run."
    else:
        if isinstance(record, dict) and set(NEEDED) <= set(record):
            return record
        problem = f"{path} is not a record of a run."
    raise InputError(
        problem,
        rule="A report is a folder with index.html and run.json, such as reports/effect.",
        remedy="Render it first: python -m analysis render effect",
    )


def fingerprint(run: NamedRun, values: Mapping[str, Value]) -> str:
    """What decides a run's numbers: notebook, parameters, given files, code, libraries."""
    parts = [
        run.title,
        run.notebook.read_bytes().hex(),
        json.dumps(values, sort_keys=True),
        _given_files(str(values.get("data", ""))),
        _code(),
        json.dumps(_libraries()),
        platform.python_version(),
    ]
    return _sha256("\n".join(parts).encode())


@cache
def _code() -> str:
    """One hash over all files of the package, tables and templates included."""
    package = Path(str(files("analysis")))
    paths = sorted(p for p in package.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return _sha256("".join(f"{p.relative_to(package)}{_file_hash(p)}" for p in paths).encode())


def _given_files(data: str) -> str:
    """A hash of the files that a `data` parameter names, folders included."""
    named = [Path(part.strip()) for part in data.split(";") if part.strip()]
    found = [p for path in named for p in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return "".join(f"{path.name}{_file_hash(path)}" for path in found if path.is_file())


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _libraries() -> dict[str, str]:
    return {library: version(library) for library in LIBRARIES}


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
