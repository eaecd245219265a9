"""The record of a run (run.json): what was run, on what, with what, and how it ended; and the list
of all exhibits by the records."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from pydantic import TypeAdapter

from analysis import show
from analysis.border import facts
from analysis.border.sources.reading import find_files, this_month
from analysis.errors import AnalysisError, InputError, refusal
from analysis.reading.content import sha256_of
from analysis.report.handover import CHOICES_MIME, SOURCE_MIME, outputs
from analysis.report.named import NamedRun
from analysis.report.parameters import AUTO, Value
from analysis.robustness.kept import code_hash, own_code, sha256

LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels", "matplotlib", "seaborn", "papermill")
CAPTION = re.compile(r"<(fig)?caption>(.*?)</(?:fig)?caption>", re.DOTALL)
HEAD = "| Report | Exhibit | Notebook, code cell | Data (vintage, sha256) |\n|---|---|---|---|"


@dataclass(frozen=True, kw_only=True)
class _Value:
    value: Value


@dataclass(frozen=True, kw_only=True)
class _Source:
    name: str
    vintage: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class _Exhibit:
    cell: int
    kind: str
    caption: str


@dataclass(frozen=True, kw_only=True)
class _Needed:
    """Without these a record cannot be listed or run again."""

    run: str
    title: str
    status: str
    finished: str
    headline: str
    version: str
    python: str
    parameters: dict[str, _Value]
    data: list[_Source]
    libraries: dict[str, str]
    notebook: str = ""
    exhibits: list[_Exhibit] = field(default_factory=list)


NEEDED = TypeAdapter(_Needed)
Record = dict[str, Any]


def start_record(name: str, run: NamedRun, values: Mapping[str, Value], root: Path) -> Record:
    """The record of a run that is about to start; nothing is written yet."""
    return {
        "name": name,
        "run": run.name,
        "title": run.title,
        "page": run.title,
        "notebook": run.notebook.name,
        "started": now(),
        "parameters": {
            key: {"value": value, "meaning": run.known[key].meaning}
            for key, value in values.items()
        },
        "differs": _differs(run, values),
        "fingerprint": fingerprint(run, values, root),
        "version": version("border-its"),
        "revision": revision(root),
        "python": platform.python_version(),
        "libraries": {library: version(library) for library in LIBRARIES},
    }


def finish_record(record: Record, notebook: nbformat.NotebookNode) -> Record:
    """The record of a run that is complete, with what its notebook handed over."""
    headlines = outputs(notebook, show.HEADLINE_MIME)
    used = outputs(notebook, SOURCE_MIME)
    record = _with_choices(record, outputs(notebook, CHOICES_MIME)[-1:])
    of_its_own = record["differs"] or record["own"] or "/" in record["name"]
    own_title = headlines[0].get("title") if headlines and of_its_own else ""
    return {
        **record,
        "title": own_title or record["title"],
        "status": "complete",
        "finished": now(),
        "headline": headlines[0]["sentence"] if headlines else "",
        "data": used[-1]["sources"] if used else [],
        "tables": len(outputs(notebook, show.TABLE_MIME)),
    }


def _with_choices(record: Record, made: Sequence[Mapping[str, Any]]) -> Record:
    """With what was taken for open parameters, and without those that say nothing in this run.

    A run on a table of the reader's own is no variant of the named run.
    """
    chosen = {"taken": {}, "idle": [], "own": False, **(made[0] if made else {})}
    parameters = {
        name: entry | ({"taken": chosen["taken"][name]} if name in chosen["taken"] else {})
        for name, entry in record["parameters"].items()
        if name not in chosen["idle"]
    }
    differs = {} if chosen["own"] else record["differs"]
    return {**record, "parameters": parameters, "differs": differs, "own": chosen["own"]}


def _differs(run: NamedRun, values: Mapping[str, Value]) -> dict[str, Value]:
    """The named run's own values of the parameters that were given another one."""
    border = facts("study.yml")
    told, now = (
        {name: border.get(name, v) if v == AUTO else v for name, v in each.items()}
        for each in (run.checked(), values)
    )
    return {name: told[name] for name, value in now.items() if value != told[name]}


def fail_record(record: Record, error: BaseException) -> Record:
    """The record of a run that failed, with the reason."""
    message = str(error) if isinstance(error, AnalysisError) else type(error).__name__
    return {**record, "status": "failed", "finished": now(), "error": message}


def write_record(folder: Path, record: Record) -> None:
    """Write a report's record, with the hashes of the files that lie beside it."""
    files = {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.is_file()}
    files.pop("run.json", None)
    text = json.dumps({**record, "files": files}, indent=2, ensure_ascii=False)
    (folder / "run.json").write_text(text + "\n", "utf-8")


def is_whole(folder: Path, record: Record) -> bool:
    """Whether a complete report is there and its files are as they were written."""
    files = record.get("files")
    if record["status"] != "complete" or not isinstance(files, dict) or "index.html" not in files:
        return False
    paths = {folder / name: wanted for name, wanted in files.items()}
    return all(path.is_file() and sha256_of(path) == paths[path] for path in paths)


def read_record(folder: Path) -> Record:
    """The record of a complete report.

    Raises
    ------
    InputError : the folder holds no report, or its record cannot be read.
    """
    path, here = folder / "run.json", folder.resolve()
    if not path.is_file():
        raise refusal("no report", problem=f"There is no report in {folder}.")
    try:
        text = path.read_text("utf-8")
        NEEDED.validate_json(text, strict=True)
        record: Record = json.loads(text)
    except (OSError, ValueError, RecursionError):
        raise refusal("no report", problem=f"{path} is not a record of a run.") from None
    nested = "/" in str(record.get("name", ""))
    return {**record, "name": f"{here.parent.name}/{here.name}" if nested else here.name}


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def revision(root: Path) -> str | None:
    """The git revision of the code, with "+changes" if the work tree differs from it.

    Reports do not count: they are made from the rest.
    """
    asked = (
        ["git", "rev-parse", "--short=12", "HEAD"],
        ["git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":(exclude)reports"],
    )
    try:
        revision, changes = (
            subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
            for command in asked
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return revision.strip() + ("+changes" if changes else "")


def find_exhibits(notebook: nbformat.NotebookNode) -> list[dict[str, Any]]:
    """The figures and tables of an executed notebook: code cell (from 1), kind and caption."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    own = [c for c in code if "injected-parameters" not in c.metadata.get("tags", [])]
    return [
        {"cell": number, "kind": "figure" if figure else "table", "caption": unescape(caption)}
        for number, cell in enumerate(own, start=1)
        for output in cell.get("outputs", ())
        for figure, caption in CAPTION.findall(output.get("data", {}).get("text/html", ""))
    ]


def exhibits_page(root: Path) -> str:
    """A table in Markdown of all exhibits of the reports of a project, as data editors ask for."""
    lines = [HEAD]
    for path in sorted((root / "reports").rglob("run.json")):
        try:
            lines += _lines(read_record(path.parent))
        except InputError:
            lines.append(f"| {path.parent.name} | damaged | | |")
    return "\n".join(lines) + "\n"


def _lines(record: Record) -> list[str]:
    data = "; ".join(f"{s['name']} ({s['vintage']}, {s['sha256'][:12]})" for s in record["data"])
    return [
        f"| {record['name']} | {e['kind']}: {e['caption'].replace('|', '/')} "
        f"| {record.get('notebook', '')}, {e['cell']} | {data} |"
        for e in record.get("exhibits", [])
    ]


def fingerprint(run: NamedRun, values: Mapping[str, Any], root: Path) -> str:
    """A hash of every byte that decides a run: notebook, parameters, files, code, libraries.

    root : the project's folder, where a notebook finds modules of the reader's own.
    """
    parts = [
        run.title,
        sha256_of(run.notebook),
        json.dumps(values, sort_keys=True),
        data_hash(str(values.get("data", ""))),
        *[sha256_of(plan) for plan in [Path(str(values.get("plan", "")))] if plan.is_file()],
        own_code(root),
        code_hash(),
    ]
    return sha256("\n".join(parts))


def data_hash(data: str) -> str:
    """A hash of the files that a parameter `data` names, as they are opened to be read.

    The current month is in it, as what was published before its end is incomplete.
    """
    if not data:
        return ""
    try:
        paths = find_files(data)
        return sha256("\n".join([str(this_month()), *(f"{p.name} {sha256_of(p)}" for p in paths)]))
    except (AnalysisError, OSError, ValueError):
        return "unreadable"
