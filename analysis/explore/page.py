"""The explorer as one page without Python: every estimate of a grid, worked out beforehand."""

from __future__ import annotations

import json
import shlex
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from itertools import product
from math import isfinite
from pathlib import Path
from typing import Any

import jinja2

from analysis import show
from analysis.border import facts
from analysis.border.grid import read_grid
from analysis.border.question import ask, open_choices
from analysis.design import build_design
from analysis.errors import attempt
from analysis.outcome import Intervention, Outcome, find_intervention
from analysis.report.named import find_run
from analysis.report.page import TEMPLATES
from analysis.report.parameters import check_parameters, read_parameters
from analysis.report.question import question_runs
from analysis.robustness.curve.choice_words import WORDS, choice_words
from analysis.robustness.curve.grid import event_names
from analysis.robustness.curve.specification import Curve, run_specifications

PAGE = "explore.html"
AUTO = "auto"
SHOWN = ["relative", "relative_lower", "relative_upper"]
# The parameters that make the same report as a value of a dimension, as -p takes them.
Parts = Callable[[str, str], Mapping[str, object]]


def write_explorers(root: Path) -> None:
    """Write the explorers of the border and of the project's questions, those that can be made."""
    for question in (None, *sorted((root / "notebooks" / "questions").glob("*.yml"))):
        attempt(write_explorer, root, question)


def write_explorer(root: Path, question: Path | None = None) -> Path:
    """Write the explorer of the border, or of a question to its folder of pages.

    Raises
    ------
    InputError : as `question_runs`, or nothing of the grid can be estimated.
    """
    if question is None:
        run, folder, command = find_run(root, "effect"), root / "reports", ["effect"]
    else:
        (run,) = question_runs(question, {}, root, only="robustness")
        folder, command = root / "reports" / question.stem, ["effect", "--question", str(question)]
    values = check_parameters(read_parameters(run.notebook), run.parameters)
    asked, values = ask(values), {**values, **open_choices(values)}
    given = facts("explore.yml")
    grid = read_grid(given) if asked.borders else asked.grid()

    def parts(name: str, value: str) -> Mapping[str, object]:
        if name == "outcome":
            return given["outcome"][value]
        if name == "events":
            names = grid.named(name)[value]
            return {name: ",".join(names)} if asked.borders or not names else {}
        return {} if value == "None" else {name: value}

    if values["season"] == AUTO:
        values["season"] = build_design(asked.outcome, asked.intervention).season
    chosen = {**values, "events": event_names(tuple(event.name for event in asked.events))}
    curve = run_specifications(grid)
    data = {**explorer_data(curve, parts, chosen), "command": shlex.join(command)}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(explorer_page(data), "utf-8")
    return folder / PAGE


def explorer_data(curve: Curve, parts: Parts, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What the page draws: choices, series, and the estimates in the order of their combinations.

    chosen : what is shown first, by dimension; the first value of those left out.
    """
    grid = curve.grid
    values = {name: list(grid.named(name)) for name in grid.varied or ["outcome"]}
    keys = curve.table[list(values)].astype(str).itertuples(index=False, name=None)
    numbers = map(_known, curve.table[SHOWN].round(2).to_numpy().tolist())
    found = dict(zip(keys, numbers, strict=True))
    refused = curve.invalid[list(values)].astype(str).itertuples(index=False, name=None)
    why = dict(zip(refused, curve.invalid["problem"], strict=True))
    reasons = list(dict.fromkeys(why.values()))
    (main,) = {find_intervention(name, grid.events) for name in grid.choices["intervention"][:1]}
    return {
        "choices": [
            {
                "name": name,
                "label": WORDS[name],
                "first": known.index(str(chosen[name])) if str(chosen.get(name)) in known else 0,
                "values": [
                    {
                        "name": value,
                        "label": show.capital(choice_words(grid, name, value)),
                        "parts": " ".join(
                            f"-p {shlex.quote(f'{key}={part}')}"
                            for key, part in parts(name, value).items()
                        ),
                    }
                    for value in known
                ],
            }
            for name, known in values.items()
        ],
        "cells": [
            found[key] if key in found else reasons.index(why[key])
            for key in product(*values.values())
        ],
        "reasons": reasons,
        "series": [_series(outcome, main) for outcome in grid.outcomes.values()],
        "fixed": {name: str(grid.choices[name][0]) for name in ("start", "end")},
        "called": main.called,
        "share": f"{100 * (1 - curve.alpha):g}%",
    }


def explorer_page(data: Mapping[str, Any]) -> str:
    """The page of explorer data: one file that asks for nothing."""
    texts = {name: (TEMPLATES / name).read_text("utf-8") for name in ("style.css", "explore.js")}
    style = texts["style.css"] + (TEMPLATES / "explore_page.css").read_text("utf-8")
    loader = jinja2.FileSystemLoader(TEMPLATES)
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    # A "<" in the data could end its element.
    compact = json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":")).replace(
        "<", "\\u003c"
    )
    return made.get_template("explore.html.j2").render(
        data=compact,
        style=style,
        script=texts["explore.js"],
        allowed={"script": _hash(texts["explore.js"]), "style": _hash(style)},
        **{name: data[name] for name in ("choices", "called")},
    )


def _series(outcome: Outcome, main: Intervention) -> dict[str, Any]:
    """A series as it is drawn: name and mean of each period, and which is the first affected."""
    rate = outcome.rate.round(3)
    began = outcome.periods.end_time < str(main.start)
    return {
        "name": outcome.name,
        "unit": outcome.rate_unit,
        "periods": [str(period) for period in outcome.periods],
        "first": int(began.sum()),
        "values": _known(rate.tolist()),
    }


def _known(values: list[float]) -> list[float | None]:
    """The values as JSON has them, which knows no NaN."""
    return [value if isfinite(value) else None for value in values]


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
