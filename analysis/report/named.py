"""The named runs of the project: `notebooks/runs.yml`, and where their reports lie."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from analysis.errors import refusal, unknown_name
from analysis.reading.entries import Text, parse_entry, read_entries
from analysis.report.parameters import Parameter, Value, check_parameters, read_parameters

# A folder's name, its lock and its temporary folder stay below 255 bytes in any alphabet.
REPORT_NAME = re.compile(r"\w[\w-]{0,59}")
RUNS, PAGES = "runs.yml", "pages.yml"
PLAN = ".plan.yaml"  # after the name of the run, or of the question, that it is of
REMEDY = "Correct notebooks/{}; see the entries that are there."


def _plain(notebook: Path) -> Path:
    if notebook.name != str(notebook):
        raise ValueError("it is the name of a file in the folder notebooks")
    return notebook


@dataclass(frozen=True, kw_only=True)
class NamedRun:
    """A report's name, its notebook and the parameters that differ from the notebook's own.

    needs : of a page of a question, the parameter without which there is none.
    """

    name: str
    title: Text
    notebook: Annotated[Path, AfterValidator(_plain)]
    parameters: Annotated[dict[str, Any], BeforeValidator(lambda given: given or {})] = field(
        default_factory=dict
    )
    needs: str = ""

    @cached_property
    def known(self) -> dict[str, Parameter]:
        """The parameters of its notebook."""
        return read_parameters(self.notebook)

    def checked(self, **given: Any) -> dict[str, Value]:
        """The values of all parameters: as given, its own, or the notebook's.

        Raises
        ------
        InputError : as `check_parameters`.
        """
        return check_parameters(self.known, {**self.parameters, **given})


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
    raise refusal("no project", here=here)


def report_folder(root: Path, *names: Any) -> Path:
    """The folder of a report, or of a page of a question (QUESTION, PAGE).

    Nowhere else does a name become a path.

    Raises
    ------
    InputError : a name is not one of a folder.
    """
    for name in names:
        if not (isinstance(name, str) and REPORT_NAME.fullmatch(name)):
            raise refusal("name of a report", name=name)
    return root.joinpath("reports", *names)


def named_runs(root: Path, listing: str = RUNS) -> dict[str, NamedRun]:
    """The runs of `notebooks/runs.yml` by name, or the pages of a question, as they are listed.

    Raises
    ------
    InputError : the file is no valid YAML, an entry has no title or no notebook, or its name
        cannot be a report's.
    """
    folder, what, runs = root / "notebooks", "list of runs", {}
    if listing == PAGES and not (folder / PAGES).is_file():
        return {}
    remedy = REMEDY.format(listing)
    entries = read_entries(folder / listing, what, remedy=remedy)
    for name, entry in parse_entry(dict[Any, dict[str, Any]], entries, what, remedy=remedy).items():
        report_folder(root, name)
        run = parse_entry(NamedRun, {"name": name, **entry}, what, name, remedy=remedy)
        plan = plan_beside(folder, name, entries) if listing == RUNS else {}
        runs[name] = replace(
            run, notebook=folder / run.notebook, parameters={**plan, **run.parameters}
        )
    return runs


def linked_pages(root: Path, name: str) -> dict[str, str]:
    """The links to the pages of notebooks, by their files' names, from the page of report `name`.

    A question has pages of its own; what it has not lies one folder higher. Of several reports of
    a notebook the first is linked.
    """
    nested = "/" in name
    runs = [("../" * nested, run) for run in reversed(named_runs(root).values())]
    runs += [("", run) for run in named_runs(root, PAGES).values() if nested]
    return {run.notebook.name: f"{up}../{run.name}/index.html" for up, run in runs}


def plan_beside(folder: Path, name: str, known: Collection[str]) -> dict[str, str]:
    """The parameter `plan` of a run, or a question, whose plan lies in its folder; else nothing.

    known : all that have a name there.

    Raises
    ------
    InputError : a plan of one that is no longer there: it would be passed over without a word.
    """
    plans = {path.name.removesuffix(PLAN): path for path in folder.glob(f"*{PLAN}")}
    for lost in sorted(plans.keys() - {*known}):
        raise refusal("plan of nothing", plan=plans[lost].name, lost=lost)
    return {"plan": from_here(plans[name])} if name in plans else {}


def from_here(path: Path, here: Path | None = None) -> str:
    """A path as it is written: below a folder, by default this one, without the way to it."""
    whole, here = Path(os.path.abspath(path.expanduser())), here or Path.cwd()
    return os.path.relpath(whole, here) if whole.is_relative_to(here) else str(whole)


def find_run(root: Path, name: str, listing: str = RUNS) -> NamedRun:
    """One run, or one page of a question, by its name.

    Raises
    ------
    InputError : no such run.
    """
    runs = named_runs(root, listing)
    if name not in runs:
        raise unknown_name("run", name, runs)
    return runs[name]
