"""The named runs of the project: `notebooks/runs.yml`, and where their reports lie."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from analysis.errors import InputError, unknown_name

# A folder's name, its lock and its temporary folder stay below 255 bytes in any alphabet.
REPORT_NAME = re.compile(r"\w[\w-]{0,59}")


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


def report_folder(root: Path, name: Any) -> Path:
    """The folder of a report. Nowhere else does a name become a path.

    Raises
    ------
    InputError : the name is not one of a folder directly in `reports`.
    """
    if isinstance(name, str) and REPORT_NAME.fullmatch(name):
        return root / "reports" / name
    raise InputError(
        f"The report's name is {name!r:.80}.",
        rule="A report's name has letters, digits, - and _ only, 60 at most: it names a folder.",
        remedy="For example effect-2022.",
    )


def named_runs(root: Path) -> dict[str, NamedRun]:
    """The runs of `notebooks/runs.yml` by name, in the order of the file.

    Raises
    ------
    InputError : the file is no valid YAML, an entry has no title or no notebook, or its name
        cannot be a report's.
    """
    path = root / "notebooks" / "runs.yml"
    try:
        entries = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, ValueError) as error:
        raise _bad_file(f"notebooks/runs.yml is not valid YAML ({error})") from None
    if not isinstance(entries, dict):
        raise _bad_file("notebooks/runs.yml holds no runs by name")
    return {name: _named_run(root, name, entry) for name, entry in entries.items()}


def find_run(root: Path, name: str) -> NamedRun:
    """One run by its name.

    Raises
    ------
    InputError : no such run.
    """
    runs = named_runs(root)
    if name not in runs:
        raise unknown_name("run", name, runs)
    return runs[name]


def _named_run(root: Path, name: Any, entry: Any) -> NamedRun:
    report_folder(root, name)
    if not isinstance(entry, dict) or not all(
        isinstance(entry.get(field), str) for field in ("title", "notebook")
    ):
        raise _bad_file(f"The run '{name}' has no title or no notebook")
    notebook = entry["notebook"]
    if Path(notebook).name != notebook:
        raise _bad_file(f"The notebook of the run '{name}' is '{notebook}', not a file's name")
    parameters = entry.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise _bad_file(f"The parameters of the run '{name}' are {parameters!r}")
    return NamedRun(
        name=name,
        title=entry["title"],
        notebook=root / "notebooks" / notebook,
        parameters=parameters,
    )


def _bad_file(problem: str) -> InputError:
    return InputError(
        f"{problem}.",
        rule="Each run has a name, a title, a notebook, and perhaps parameters.",
        remedy="Correct notebooks/runs.yml; see the entries that are there.",
    )
