"""The named runs of the project: `notebooks/runs.yml`, and where their reports lie."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from analysis.entries import Text, parse_entry, read_entries
from analysis.errors import InputError, unknown_name

# A folder's name, its lock and its temporary folder stay below 255 bytes in any alphabet.
REPORT_NAME = re.compile(r"\w[\w-]{0,59}")
REMEDY = "Correct notebooks/runs.yml; see the entries that are there."


def _plain(notebook: Path) -> Path:
    if notebook.name != str(notebook):
        raise ValueError("it is the name of a file in the folder notebooks")
    return notebook


@dataclass(frozen=True, kw_only=True)
class NamedRun:
    """A report's name, its notebook and the parameters that differ from the notebook's own."""

    name: str
    title: Text
    notebook: Annotated[Path, AfterValidator(_plain)]
    parameters: Annotated[dict[str, Any], BeforeValidator(lambda given: given or {})] = field(
        default_factory=dict
    )


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
    folder, what, runs = root / "notebooks", "list of runs", {}
    entries = read_entries(folder / "runs.yml", what, remedy=REMEDY)
    for name, entry in parse_entry(dict[Any, dict[str, Any]], entries, what, remedy=REMEDY).items():
        report_folder(root, name)
        run = parse_entry(NamedRun, {"name": name, **entry}, what, name, remedy=REMEDY)
        runs[name] = replace(run, notebook=folder / run.notebook)
    return runs


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
