"""A question file for a table that is looked at: it asks nothing, and renders as it is."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from analysis.border.question import ask
from analysis.border.selection import own_table
from analysis.design import build_design
from analysis.errors import DesignError, refusal, unknown_name
from analysis.models import fit
from analysis.outcome.written import date_of
from analysis.reading.series import PARAMETERS
from analysis.report.named import PAGES, from_here, named_runs, project_root
from analysis.report.page import templates
from analysis.report.parameters import check_parameters
from analysis.report.question import question_name

# The first of these that a design of the series can have is written into its question.
CHOICES: Mapping[str, tuple[Any, ...]] = {
    "scale": ("log", "level"),
    "shape": ("level+slope", "level"),
    "season": ("auto", "0"),
}


def new_question(
    file: Path, *, intervention: str = "", given: Mapping[str, str], root: Path | None = None
) -> Path:
    """Write a commented question of a table into the folder where one is, and give its path.

    Parameters
    ----------
    intervention : its first day; empty for an example date, two thirds into the series, so
        that there are earlier dates to compare it with. The question says that it is an example.
    given : parameters of a question by name, among them how the file is read.

    Raises
    ------
    InputError : a parameter that no question has, a file that is there already, an official file,
        or a series that no design fits.
    DataError : a file that cannot be used, or that leaves open what only a reader can say.
    """
    root = root or project_root()
    _refuse_unknown(given, root)
    target = Path(f"{question_name(file, named_runs(root))}.yml")
    if target.exists():
        raise refusal("question is there", target=target)
    how = {name: value for name, value in given.items() if name in PARAMETERS}
    reading = own_table(str(file), how)
    if reading is None:
        raise refusal("question of an official file", file=file)
    example = reading.periods[2 * len(reading.periods) // 3].start_time.date()
    found = {"data": from_here(file), **reading.parameters}
    found["title"] = given.get("title", reading.title.removesuffix(f" ({file.name})"))
    chosen: dict[str, Any] = {k: v for k, v in given.items() if k not in PARAMETERS}
    if "intervention" in chosen:
        intervention = chosen.pop("intervention")
    values = {**found, "intervention": intervention or str(example), **chosen}
    chosen |= _terms(values)
    first, last = (date_of(period) for period in reading.periods[[0, -1]])
    facts = {"reading": reading, "found": found, "values": values, "chosen": chosen}
    facts |= {"first": first, "last": last, "example": not intervention}
    template = templates().get_template("question.yml.j2")
    target.write_text(template.render(facts, name=target.stem, line=_line) + "\n", "utf-8")
    return target


def _refuse_unknown(given: Mapping[str, str], root: Path) -> None:
    every: dict[str, Any] = {}
    for run in named_runs(root, PAGES).values():
        every |= run.known
    for name in given:
        if name not in every:
            raise unknown_name("parameter of a question", name, every)
    check_parameters(every, given)


def _terms(values: Mapping[str, Any]) -> dict[str, Any]:
    """The first of the choices, as far as they are not given, with which the series can be fit."""
    asked = ask(values)
    open_ = [(values[name],) if name in values else CHOICES[name] for name in CHOICES]
    refused: DesignError | None = None
    for chosen in product(*open_):
        terms = dict(zip(CHOICES, chosen, strict=True))
        try:
            fit(build_design(asked.outcome, asked.intervention, events=asked.events, **terms))
        except DesignError as error:
            refused = refused or error
        else:
            return terms
    assert refused is not None
    raise refused


def _line(name: str, value: Any) -> str:
    """A parameter as a line of YAML, a text that looks like something else in quotes."""
    return yaml.safe_dump({name: value}, allow_unicode=True, width=1000, sort_keys=False).strip()
