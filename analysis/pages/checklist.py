"""The questions that reviewers ask of an interrupted time series, filled from what a run found.

They are data, in checklist.yml. What no computation can answer is left open and marked so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import pandas as pd
import yaml

from analysis import show
from analysis.design import Design
from analysis.effects.diagnose import Checks
from analysis.effects.estimands import Effects
from analysis.errors import AnalysisError
from analysis.models import Fit, find_model
from analysis.outcome import missing_words
from analysis.pages.model_words import scale_words, season_words, shape_words
from analysis.pages.words import estimated, signed
from analysis.robustness.comparison import Cells, Compared
from analysis.robustness.curve.specification import Curve
from analysis.robustness.placebo import Placebo
from analysis.robustness.power import Power
from analysis.robustness.varied import Windows

# Fewer periods than this on one side are called short; EPOC asks for at least the second.
SHORT, SHORTEST = 12, 3
NEAR = pd.DateOffset(months=6)
WORDING = "EPOC's items are in its own words (doi 10.1186/s13643-018-0877-4, Table 3)."
ANYTHING = "Something that touched one of the two series alone."
SURE = {"A": "primary text seen", "B": "good secondary source", "C": "weak source"}


@dataclass(frozen=True, kw_only=True)
class Run(show.Shown):
    """What a run found. Parts that were not run are None, or a refusal, and their items say so.

    breaks : what would break the comparison.
    """

    fit: Fit
    effects: Effects
    checks: Checks
    placebo: Placebo | AnalysisError | None = None
    windows: Windows | AnalysisError | None = None
    curve: Curve | AnalysisError | None = None
    compared: Compared | None = None
    unmoved: Cells | None = None
    power: Power | AnalysisError | None = None
    breaks: tuple[str, ...] = ()

    @property
    def design(self) -> Design:
        """The design of the fit."""
        return self.fit.design


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question of the checklist.

    state : "found by the run", "for a person to judge" or "not run".
    found : what the run knows about it, in sentences; empty if nothing.
    open : what a person must judge; empty if nothing.
    """

    source: str
    question: str
    state: str
    found: str
    open: str = ""


@dataclass(frozen=True, kw_only=True)
class Checklist(show.Shown):
    """All items, in the order of the sources."""

    items: tuple[Item, ...] = field(repr=False)

    @property
    def open(self) -> tuple[Item, ...]:
        """The items that a person must judge."""
        return tuple(item for item in self.items if item.state == "for a person to judge")

    @property
    def table(self) -> pd.DataFrame:
        """One row an item."""
        return pd.DataFrame([vars(item) for item in self.items])

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self.table)

    def _repr_html_(self) -> str:
        caption = (
            f"Checklist: {len(self.items)} questions, of which {len(self.open)} are left for a "
            f"person to judge. {WORDING}"
        )
        cells = {
            "Question": lambda item: f"{item.question} ({item.source})",
            "State": lambda item: item.state,
            "What is known": lambda item: _joined([item.found, item.open and f"Open: {item.open}"]),
        }
        return show.columns(self.items, cells, caption=caption, kind="checklist")


def fill_checklist(run: Run) -> Checklist:
    """Every item, from what the run holds."""
    facts = {**_design_facts(run), **_fit_facts(run), **_other_facts(run)}
    text = files("analysis.pages").joinpath("checklist.yml").read_text("utf-8")
    items = []
    for entry in yaml.safe_load(text):
        found, left = facts[entry["fact"]], entry.get("open", "")
        left = left.format(breaks=" ".join(run.breaks) or ANYTHING)
        if entry["fact"] == "comparison" and not run.compared:
            left = ""
        state = "for a person to judge" if left else "found by the run" if found else "not run"
        item = {"source": entry["source"], "question": entry["question"]}
        items.append(Item(**item, state=state, found=found, open=left))
    return Checklist(items=tuple(items))


def _design_facts(run: Run) -> dict[str, str]:
    """What the series and the design answer."""
    design, outcome, main = run.design, run.design.outcome, run.design.intervention
    before, after, step = int(design.pre.sum()), int(design.post.sum()), outcome.step
    fewest = min(before, after)
    complete = f"over {main.phase_in} {step}s" if main.phase_in > 1 else f"in the first {step}"
    # A file of one's own has a giver and no publisher.
    publishers = dict.fromkeys(
        piece.source.publisher for piece in outcome.pieces if piece.source.vintage
    )
    out = len(outcome.values.dropna().index.difference(design.periods))
    missing = (
        f"Missing, and not filled: {missing_words(outcome.missing)}. Each stays a gap in time."
        if len(outcome.missing)
        else f"No {step} is missing."
    )
    rounded = [f"Rounded figures: {p}." for p in outcome.pieces if p.source.rounded_to > 1]
    return {
        "date": f"{main.label}: in force from {show.day_name(main.start)} "
        f"({main.source or 'source not given'}; {SURE[main.confidence]}).",
        "outcome": _joined(
            [
                f"{show.capital(outcome.name)}, in {outcome.unit}.",
                *(f"{piece}." for piece in outcome.pieces),
            ]
        ),
        "periods": f"{show.many(before, step)} before and {after} after."
        + f" Fewer than {SHORT} on one side is short." * (fewest < SHORT)
        + f" EPOC asks for at least {SHORTEST}." * (fewest < SHORTEST),
        "delay": f"The effect is complete {complete}. Periods left out around the start: "
        f"{show.join_words([show.span_name(*span) for span in design.washout]) or 'none'}.",
        "season": f"{show.capital(season_words(design))}.",
        "shape": f"The shape is {shape_words(design)}.",
        "collection": " ".join(outcome.caveats),
        "publishers": f"Published by {show.join_words(list(publishers)) or 'the user'}.",
        "missing": _joined(
            [missing, f"Left out of the fit by choice: {show.many(out, step)}.", *rounded]
        ),
        "events": _events(design),
    }


def _events(design: Design) -> str:
    first, last = pd.Timestamp(design.intervention.start) - NEAR, design.periods[-1].end_time
    near = [
        f"{event.label} ({show.day_name(event.start)})"
        for event in design.outcome.catalogue.values()
        if event.name != design.intervention.name and first <= pd.Timestamp(event.start) <= last
    ]
    inside = show.join_words([event.label for event in design.events]) or "none"
    return (
        f"Dated events from six months before to the end: {show.join_words(near) or 'none known'}. "
        f"Of all dated events these are terms of the design: {inside}."
    )


def _fit_facts(run: Run) -> dict[str, str]:
    """What the fit, its effects and its checks answer."""
    labels = {event.name: event.label for event in run.design.events}
    terms = ", ".join(labels.get(str(name), str(name)) for name in run.design.X)
    label = find_model(run.fit.model).label
    rho = run.fit.rho
    memory = "" if rho is None else f"Autocorrelation in the model: {show.number(rho, 2)}."
    failed = [check.reason for check in run.checks.failed]
    post, step = run.design.periods[run.design.post], run.design.outcome.step
    # Years hold every season once; of weeks it is the months in which they begin.
    cycle = {"quarter": 4, "year": 1}.get(step, 12)
    parts = len({(period.start_time.month - 1) * cycle // 12 for period in post})
    named = "quarters of the year" if cycle == 4 else "calendar months"
    covered = f" The post-period covers {parts} of {cycle} {named}." if cycle > 1 else ""
    return {
        "model": f"{label}; {scale_words(run.design)}. Terms of the design: {terms}.",
        "memory": _joined([memory, *_checked(run.checks, "autocorrelation")]),
        "drift": _joined(_checked(run.checks, "boundary", "trend")),
        "unusual": _joined(_checked(run.checks, "influence", "normality")),
        "sizes": _joined(f"{e.label}: {estimated(e)}." for e in run.effects.effects),
        "bias": f"Checks that failed: {' '.join(failed) or 'none.'}{covered}",
    }


def _checked(checks: Checks, *names: str) -> list[str]:
    """Checks of the fit in words; those that the run does not hold are passed over."""
    return [
        f"{check.question} {check.status.capitalize()}"
        f"{'' if check.p_value is None else f', {show.p_words(check.p_value)}'}. {check.reason}"
        for check in checks.checks
        if check.name in names
    ]


def _other_facts(run: Run) -> dict[str, str]:
    """What placebo dates, windows, the curve, power and other series answer, if they were run."""
    choices, power, comparison = [], [], ""
    if isinstance(run.placebo, Placebo):
        choices.append(run.placebo.sentence())
    if isinstance(run.windows, Windows):
        table = run.windows.table
        ends = (signed(end, table["unit"].iloc[0]) for end in table["estimate"].agg(["min", "max"]))
        choices.append(f"In {len(table)} other windows the estimate goes from {' to '.join(ends)}.")
    if isinstance(run.curve, Curve):
        choices.append(run.curve.sentence())
    if run.compared:
        row = run.compared.table.loc["ratio"]
        comparison = f"{row['label']}: {estimated(row)}. {run.compared.trends.reason}"
    if isinstance(run.power, Power):
        own = run.power.table[run.power.table["post_periods"] == run.design.post.sum()]
        power = [
            f"Smallest fall found in {show.number(100 * run.power.power)}% of series "
            f"({row.estimand}): {signed(row.estimate, row.unit)}."
            for row in own.itertuples()
        ]
    shown = [] if run.unmoved is None else list(run.unmoved.table["cell"])
    return {
        "choices": _joined(choices),
        "comparison": comparison,
        "power": _joined(power),
        "shown": f"Also shown: {show.join_words(shown)}." if shown else "",
    }


def _joined(parts: Iterable[str]) -> str:
    return " ".join(part for part in parts if part)
