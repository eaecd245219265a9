"""A question as a file of parameters: every page that can be made of it, in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.errors import InputError, refusal, unknown_name
from analysis.outcome.written import as_text
from analysis.reading.entries import parse_entry, read_entries
from analysis.report.named import PAGES, NamedRun, from_here, named_runs, plan_beside

REMEDY = "Write, for example, a line 'data: clinic.csv' and a line 'intervention: 2021-07-01'."


def question_runs(
    path: Path, given: Mapping[str, Any], root: Path, *, only: str | None = None
) -> list[NamedRun]:
    """The pages of a question, each with those of its parameters that it knows.

    Parameters
    ----------
    path : a YAML file of parameters; paths in `data` and `plan` are relative to it.
    given : parameters that replace those of the file.   only : one page, by its name.

    Raises
    ------
    InputError : a file that is no mapping, a parameter that no page knows or allows, or whatever
        `border.question.ask` refuses: no kernel is started for it.
    """
    values = {**_read(path), **given}
    pages = named_runs(root, PAGES)
    every = {name for run in pages.values() for name in run.known}
    for name in values:
        if name not in every:
            raise unknown_name("parameter of a question", name, every)
    if only is not None and only not in pages:
        raise unknown_name("page of a question", only, pages)
    made = {
        name: replace(run, parameters={k: v for k, v in values.items() if k in run.known})
        for name, run in pages.items()
        if not run.needs or values.get(run.needs)
    }
    try:
        _refuse_question([run for run in made.values() if run.needs != "units"])
    except InputError:
        # Where only the units can be read, such as a table of many places, theirs is the page.
        made = {name: run for name, run in made.items() if run.needs == "units"}
        if not made:
            raise
        _refuse_question(made.values())
    if only is not None and only not in made:
        raise refusal("page of this question", page=only, pages=made)
    return [run for name, run in made.items() if only in (None, name)]


def question_name(file: Path, taken: Mapping[str, Any]) -> str:
    """A name for the question of a data file: its stem, as a folder can be called."""
    stem = file.name.partition(".")[0]
    plain = "-".join("".join(c if c.isalnum() else " " for c in stem).split())[:50] or "question"
    return f"{plain}-question" if plain in taken else plain


def _read(path: Path) -> dict[str, Any]:
    raw = read_entries(path, "question", remedy=REMEDY)
    values = parse_entry(dict[str, Any], raw, "question", remedy=REMEDY)
    values = {k: as_text(v) if isinstance(v, list | dict) else v for k, v in values.items()}
    for name in filter(values.get, ("data", "plan")):
        parts = [path.parent / part.strip() for part in str(values[name]).split(";")]
        values[name] = ";".join(map(from_here, parts))
    questions = [one.stem for one in path.parent.iterdir() if one.suffix in (".yml", ".yaml")]
    return {**plan_beside(path.parent, path.stem, questions), **values}


def _refuse_question(made: Iterable[NamedRun]) -> None:
    """Refuse before any kernel what all pages would refuse."""
    from analysis.border.question import ask

    values: dict[str, Any] = {}
    for run in made:
        values |= run.checked()
    ask(values)


def refuse_names(question: str, root: Path) -> None:
    """Refuse a question whose folder is that of another report.

    Raises
    ------
    InputError : there is such a report, or a named run of this name.
    """
    if question in named_runs(root) or (root / "reports" / question / "run.json").exists():
        raise refusal("name of a question", name=question)
