"""The explorer as one page without Python: every estimate of a grid, worked out beforehand."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import show
from analysis.border import facts
from analysis.border.grid import read_grid
from analysis.border.question import AUTO, ask
from analysis.design import build_design
from analysis.errors import attempt
from analysis.outcome import Intervention, Outcome, find_intervention
from analysis.report.named import find_run, from_here
from analysis.report.page import hash_of, template_text, templates
from analysis.report.question import question_runs
from analysis.robustness.curve.grid import WORDS, Grid, choice_words, event_names
from analysis.robustness.curve.specification import Curve, run_specifications

PAGE = "explore.html"
SHOWN = ["relative", "relative_lower", "relative_upper"]


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
    run, page, command = find_run(root, "effect"), root / "reports" / PAGE, ["effect"]
    if question is not None:
        (run,) = question_runs(question, {}, root, only="robustness")
        page = root / "reports" / question.stem / PAGE
        command += ["--question", from_here(question, root)]
    values = run.checked()
    asked = ask(values)
    values |= {**asked.values, "events": event_names(tuple(each.name for each in asked.events))}
    if values["season"] == AUTO:
        values["season"] = build_design(asked.outcome, asked.intervention).season
    # What no estimate of the grid has, its report has not either.
    without = [word for text in asked.not_in_curve for word in ("-p", f"{text.split('=')[0]}=")]
    choices = facts("explore.yml") if asked.borders else {}
    grid = read_grid(choices) if choices else asked.grid()
    data = explorer_data(run_specifications(grid), values, choices.get("outcome"))
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(explorer_page({**data, "command": shlex.join([*command, *without])}), "utf-8")
    return page


def explorer_data(
    curve: Curve, chosen: Mapping[str, Any], series: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What the page draws: choices, series, and the estimates in the order of their combinations.

    chosen : what is shown first, by dimension; the first value of those left out.
    series : how each outcome is selected; None for the one of a question.
    """
    grid = curve.grid
    values = {name: list(grid.named(name)) for name in grid.varied or ["outcome"]}
    table = pd.concat([curve.table, curve.invalid])
    table = table.set_index([table[name].astype(str) for name in values])
    table = table[[*SHOWN, "problem"]].loc[list(product(*values.values()))]
    refused, reasons = pd.factorize(table["problem"])
    numbers = map(_known, table[SHOWN].round(2).to_numpy())
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
                        "parts": _parts(grid, name, value, series),
                    }
                    for value in known
                ],
            }
            for name, known in values.items()
        ],
        "cells": [
            found if reason < 0 else int(reason)
            for found, reason in zip(numbers, refused, strict=True)
        ],
        "reasons": list(reasons),
        "series": [_series(outcome, main) for outcome in grid.outcomes.values()],
        "fixed": {name: str(grid.choices[name][0]) for name in ("start", "end")},
        "called": main.called,
        "share": f"{100 * (1 - curve.alpha):g}%",
    }


def explorer_page(data: Mapping[str, Any]) -> str:
    """The page of explorer data: one file that asks for nothing."""
    script = template_text("explore.js")
    style = template_text("style.css") + template_text("explore_page.css")
    made = templates().get_template("explore.html.j2")
    return made.render(data=data, style=style, script=script, hash_of=hash_of)


def _parts(grid: Grid, name: str, value: str, series: Mapping[str, Any] | None) -> str:
    """What makes the same report as a value of a dimension, as a command takes it."""
    given: Mapping[str, Any] = {} if value == "None" else {name: value}
    if name == "outcome":
        given = (series or {}).get(value, {})
    elif name == "events":
        events = grid.named(name)[value]
        # The events of a question are in its file, with words that their names have not.
        given = {} if series is None and events else {name: ",".join(events)}
    return " ".join(f"-p {shlex.quote(f'{key}={part}')}" for key, part in given.items())


def _series(outcome: Outcome, main: Intervention) -> dict[str, Any]:
    """A series as it is drawn: name and mean of each period, and which is the first affected."""
    began = outcome.periods.end_time < str(main.start)
    return {
        "name": outcome.name,
        "unit": outcome.rate_unit,
        "periods": [str(period) for period in outcome.periods],
        "first": int(began.sum()),
        "values": _known(outcome.rate.round(3)),
    }


def _known(values: Any) -> list[float | None]:
    """The values as JSON has them, which knows no NaN."""
    return [None if pd.isna(value) else float(value) for value in values]
