"""A plan that is locked before new figures come: how a later run departs from it, and its forecast.

A plan is a file of parameters, as a question is, with a block `locked` of what was known. The
forecast is the planned design's own: each coming period has an indicator, whose coefficient is
minus what is expected there, so that what stands in for its figure does not matter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis.border.question import Question, ask, estimate
from analysis.design import rebuild
from analysis.effects.estimands import Effects
from analysis.errors import refusal
from analysis.models import fit
from analysis.models.batch import METHODS
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import Intervention, Outcome
from analysis.outcome.written import date_of
from analysis.pages import plan as said
from analysis.pages.words import Prose, estimated
from analysis.reading.entries import parse_entry, read_entries
from analysis.report.named import PLAN, find_run, project_root
from analysis.report.question import question_runs
from analysis.report.record import now, revision
from analysis.robustness.kept import sha256

AHEAD = 6  # periods that are forecast
NOT_COMPARED = ("data", "plan", "locked")  # new figures come in another file
ENDS = ("estimate", "upper", "lower")  # of what was put in minus what is expected
REMEDY = "Restore the file as it was written, or lock a plan: python -m analysis plan effect"


@dataclass(frozen=True, kw_only=True)
class Locked:
    """What was known when a plan was locked.

    until : the last period with a figure.   sources : vintage and sha256 by file.
    estimates : in words, by estimand.   forecast : by period, what is expected and both ends of
    its interval.   sha256 : of the plan without it.
    """

    question: str
    written: datetime
    version: str
    revision: str | None
    until: str
    sources: dict[str, str]
    estimates: dict[str, str]
    forecast: dict[str, tuple[float, float, float]]
    sha256: str


def lock_plan(name: str, given: Mapping[str, Any], root: Path | None = None) -> Path:
    """Write the plan of a named run, or of a question by its file, and give its path.

    Raises
    ------
    InputError : a run without an effect, a plan that is there already, or what the run refuses.
    """
    root, file = root or project_root(), Path(name)
    of_file = file.suffix in (".yml", ".yaml")
    runs = question_runs(file, given, root, only="effect") if of_file else [find_run(root, name)]
    target = (file if of_file else root / "notebooks" / name).with_suffix(PLAN)
    if "plan" not in runs[0].known or target.exists():
        raise refusal("no plan", name=name, target=target)
    values = runs[0].checked(**({} if of_file else given))
    question = ask(values)
    effects, whole = estimate(question, values), question.whole
    locked = {
        "question": target.name.removesuffix(PLAN),
        "written": now(),
        "version": version("border-its"),
        "revision": revision(root),
        "until": date_of(whole.periods[-1]),
        "sources": {p.source.file: f"{p.source.vintage} {p.source.sha256}" for p in whole.pieces},
        "estimates": {one.estimand: estimated(one) for one in effects.effects},
        "forecast": _forecast(effects, whole),
    }
    plan = {**_asked(question, values), "locked": locked}
    locked["sha256"] = _hash(plan)
    target.write_text(yaml.safe_dump(plan, sort_keys=False, allow_unicode=True), "utf-8")
    return target


def check_plan(question: Question, given: Mapping[str, Any], effects: Effects) -> Any:
    """Each departure of a run from the plan in its parameter `plan`, and the forecast's score.

    The prose of them; empty without a plan.

    given : its parameters by name, as a notebook has them.

    Parameters
    ----------
    question : of the run.   effects : what it found.

    Raises
    ------
    InputError : no such file, or one that is no plan.
    """
    if not given.get("plan"):
        return Prose()
    path = Path(str(given["plan"]))
    content = read_entries(path, "plan", remedy=REMEDY)
    plan = parse_entry(dict[str, Any], content, "plan", remedy=REMEDY)
    locked = parse_entry(Locked, plan.get("locked"), "plan", "locked", remedy=REMEDY)
    found = {one.estimand: estimated(one) for one in effects.effects}
    own = {"version": version("border-its"), "file": path.name, "estimands": [*found]}
    own |= _asked(question, given)
    then = {"version": locked.version, "file": locked.question + PLAN, **plan}
    then["estimands"] = [*locked.estimates]
    pairs = {name: (_told(value), _told(own.get(name))) for name, value in then.items()}
    departures = {k: (a, b) for k, (a, b) in pairs.items() if k not in NOT_COMPARED and a != b}
    whole, forecast = question.whole, None
    if locked.sha256 == _hash(plan):
        periods = pd.PeriodIndex([*locked.forecast], freq=whole.periods.freq)
        ends = pd.DataFrame([*locked.forecast.values()], periods, ["expected", "lower", "upper"])
        forecast = ends.assign(observed=whole.values.reindex(periods))
    average = found.get("average", "none")
    return said.compared(locked, departures, average, forecast, whole, float(plan["alpha"]))


def _told(value: Any) -> str:
    return "nothing" if value in ("", None) else str(value).replace("..", "/")


def _asked(question: Question, given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters, with what each "auto" stands for; of a table of one's own but the open end,
    which goes where its figures go."""
    values = {name: question.values.get(name, value) for name, value in given.items()}
    return values if question.reading is None else {**values, "end": given["end"]}


def _forecast(effects: Effects, whole: Outcome) -> dict[str, list[float]]:
    """By coming period, what is expected without covariates, and both ends of its interval."""
    fitted, design = effects.fit, effects.fit.design
    ahead = pd.period_range(whole.periods[-1] + 1, periods=AHEAD)
    values = pd.concat([whole.values, pd.Series(whole.values.iloc[-1], ahead)])
    spans = {date_of(one): (one.start_time.date(), one.end_time.date()) for one in ahead}
    marks = [
        Intervention(name=name, label=name, start=first, end=last, shape="level")
        for name, (first, last) in spans.items()
    ]
    longer = rebuild(
        design,
        outcome=replace(whole, values=values),
        # After its last clean day an effect mixes with others; a forecast takes them as they come.
        intervention=replace(design.intervention, last_clean=None),
        events=[*design.events, *marks],
        controls=None,
        scale="log" if design.scale == "log" else "level",
        season=design.season,
    )
    model = fitted.model if fitted.model in METHODS else DEFAULT_MODEL
    off = fit(longer, model).tabulate(alpha=effects.alpha).loc[[*spans], [*ENDS]].to_numpy().T
    rows = longer.periods.isin(ahead)
    told = longer.to_values(longer.y[rows].to_numpy() - off, rows)
    return dict(zip(spans, told.T.tolist(), strict=True))


def _hash(plan: Mapping[str, Any]) -> str:
    locked = {k: v for k, v in plan["locked"].items() if k != "sha256"}
    text = json.dumps({**plan, "locked": locked}, sort_keys=True, default=str)
    return sha256(text)
