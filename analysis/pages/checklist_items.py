"""The items of the checklist: what a run knows about each, and what it cannot know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from analysis import show
from analysis.checks import Check
from analysis.design import Design
from analysis.effects.diagnose import Checks
from analysis.effects.estimands import Effects
from analysis.models import Fit, registered_models
from analysis.outcome import missing_words
from analysis.robustness.comparison import Cells, Compared
from analysis.robustness.curve.specification import Curve
from analysis.robustness.placebo import Placebo
from analysis.robustness.power import Power
from analysis.robustness.windows import Windows

State = Literal["found by the run", "for a person to judge", "not run"]
JANDOC, EPOC = "Jandoc 2015", "EPOC"
SHORT = 12
SHORTEST = 3
NEAR = pd.DateOffset(months=6)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run found. Parts that were not run are None, and their items say so."""

    fit: Fit
    effects: Effects
    checks: Checks
    placebo: Placebo | None = None
    windows: Windows | None = None
    curve: Curve | None = None
    compared: Compared | None = None
    unmoved: Cells | None = None
    power: Power | None = None

    @property
    def design(self) -> Design:
        """The design of the fit."""
        return self.fit.design


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question of the checklist.

    found : what the run knows about it, in sentences; empty if nothing.
    open : what a person must judge; empty if nothing.
    """

    source: str
    question: str
    state: State
    found: str
    open: str = ""


def _date(run: Run) -> Item:
    main = run.design.intervention
    sure = {"A": "primary text seen", "B": "good secondary source", "C": "weak source"}
    return _found(
        JANDOC,
        "Is the date of the intervention clear?",
        f"{main.label}: in force from {main.start.day} {main.start:%B %Y} "
        f"({main.source or 'source not given'}; {sure[main.confidence]}).",
    )


def _outcome(run: Run) -> Item:
    outcome = run.design.outcome
    pieces = " ".join(f"{piece}." for piece in outcome.pieces)
    return _found(
        JANDOC,
        "Is the outcome defined, with its source?",
        f"{outcome.name[0].upper()}{outcome.name[1:]}, in {outcome.unit}. {pieces}".strip(),
    )


def _periods(run: Run) -> Item:
    design = run.design
    before, after, step = int(design.pre.sum()), int(design.post.sum()), design.outcome.step
    few = "" if min(before, after) >= SHORT else f" Fewer than {SHORT} on one side is short."
    least = "" if min(before, after) >= SHORTEST else f" EPOC asks for at least {SHORTEST}."
    return _found(
        JANDOC,
        "Are there enough periods before and after?",
        f"{before} {step}s before and {after} after.{few}{least}",
    )


def _lag(run: Run) -> Item:
    design = run.design
    phase_in, step = design.intervention.phase_in, design.outcome.step
    shape = f"over {phase_in} {step}s" if phase_in > 1 else f"in the first {step}"
    washout = show.join_words([show.span_name(*span) for span in design.washout]) or "none"
    return _found(
        JANDOC,
        "Is a delay of the effect allowed for?",
        f"The effect is complete {shape}. Periods left out around the start: {washout}.",
    )


def _model(run: Run) -> Item:
    label = registered_models()[run.fit.model].label
    labels = {event.name: event.label for event in run.design.events}
    terms = ", ".join(labels.get(str(name), str(name)) for name in run.design.X)
    scale = "logarithms" if run.design.scale == "log" else "levels"
    return _found(
        JANDOC, "Is the model described?", f"{label}, on {scale}. Terms of the design: {terms}."
    )


def _memory(run: Run) -> Item:
    rho = f"Autocorrelation in the model: {run.fit.rho:.2f}."
    return _checked(run, "Is autocorrelation looked at and allowed for?", rho, "autocorrelation")


def _drift(run: Run) -> Item:
    question = "Is a drifting series (non-stationarity) looked at?"
    return _checked(run, question, "", "boundary", "trend")


def _season(run: Run) -> Item:
    season = run.design.season
    words = {
        0: "No season terms.",
        1: "One pair of sine and cosine with a period of one year.",
        "months": "An indicator for each calendar month or quarter.",
    }
    text = words.get(season, f"{season} pairs of sine and cosine with a period of one year.")
    return _found(JANDOC, "Is season allowed for?", text)


def _influence(run: Run) -> Item:
    return _checked(run, "Are unusual periods looked at?", "", "influence", "normality")


def _sensitivity(run: Run) -> Item:
    parts = [run.placebo.sentence()] if run.placebo else []
    if run.windows:
        table = run.windows.table
        ends = show.interval(
            table["estimate"].min(), table["estimate"].max(), table["unit"].iloc[0]
        )
        parts.append(f"In {len(table)} other windows the estimate goes from {ends}.")
    parts += [run.curve.sentence()] if run.curve else []
    return _maybe(JANDOC, "Do other choices give the same answer?", " ".join(parts))


def _comparison(run: Run) -> Item:
    question = "Is there a comparison series?"
    if run.compared is None:
        return _maybe(JANDOC, question, "")
    row = run.compared.table.loc["ratio"]
    text = (
        f"{row['label']}: {show.amount(row['estimate'], row['unit'])} "
        f"({show.interval(row['lower'], row['upper'], row['unit'])}). {run.compared.trends.reason}"
    )
    return _judge(
        JANDOC, question, text, " ".join(["Could one of these be so?", *run.compared.breaks])
    )


def _sizes(run: Run) -> Item:
    parts = [
        f"{e.label}: {show.amount(e.estimate, e.unit)} ({show.interval(e.lower, e.upper, e.unit)})."
        for e in run.effects.effects
    ]
    return _found(
        JANDOC, "Are effects given with intervals, relative and absolute?", " ".join(parts)
    )


def _power(run: Run) -> Item:
    question = "Could the design have found an effect?"
    if run.power is None:
        return _maybe(JANDOC, question, "")
    own = run.power.table[run.power.table["post_periods"] == run.design.post.sum()]
    parts = [
        f"Smallest fall found in {show.number(100 * run.power.power)}% of series "
        f"({row.estimand}): {show.amount(row.estimate, row.unit)}."
        for row in own.itertuples()
    ]
    return _maybe(JANDOC, question, " ".join(parts))


def _other_changes(run: Run) -> Item:
    main, periods = run.design.intervention, run.design.periods
    first, last = pd.Timestamp(main.start) - NEAR, periods[-1].end_time
    near = [
        f"{event.label} ({event.start.day} {event.start:%B %Y})"
        for event in run.design.outcome.catalogue.values()
        if event.name != main.name and first <= pd.Timestamp(event.start) <= last
    ]
    known = f"Dated events from six months before to the end: {show.join_words(near) or 'none'}."
    inside = show.join_words([event.label for event in run.design.events]) or "none"
    return _judge(
        EPOC,
        "Was the intervention independent of other changes?",
        f"{known} Of all dated events these are terms of the design: {inside}.",
        "Could one of the others, or something not listed, explain the change?",
    )


def _shape(run: Run) -> Item:
    return _judge(
        EPOC,
        "Was the shape of the effect fixed beforehand?",
        f"The shape is {str(run.design.intervention.shape).replace('+', ' and ')}.",
        "Was it chosen before the figures were seen? A run cannot know.",
    )


def _collection(run: Run) -> Item:
    return _judge(
        EPOC,
        "Was the intervention unlikely to change how the outcome is counted?",
        " ".join(run.design.outcome.caveats),
        "Did the rules change what is counted, or where people are counted? Title 42 and the "
        "appointments at ports of entry did.",
    )


def _blinding(run: Run) -> Item:
    publishers = dict.fromkeys(piece.source.publisher for piece in run.design.outcome.pieces)
    return _judge(
        EPOC,
        "Were those who count unaware of the intervention, or is the outcome objective?",
        f"Counts published by {show.join_words(list(publishers)) or 'the user'}.",
        "Those who carry out a policy also count. Is that a risk for a count of encounters?",
    )


def _missing(run: Run) -> Item:
    design = run.design
    outcome, missing = design.outcome, design.outcome.missing
    out = len(outcome.values.dropna().index.difference(design.periods))
    rounded = [p for p in outcome.pieces if p.source.rounded_to > 1]
    parts = [
        f"Missing, and not filled: {missing_words(missing)}. Each stays a gap in time."
        if len(missing)
        else f"No {outcome.step} is missing.",
        f"{out} are left out of the fit by choice.",
    ]
    parts += [f"Rounded figures: {piece}." for piece in rounded]
    return _found(EPOC, "Were missing figures dealt with?", " ".join(parts))


def _selective(run: Run) -> Item:
    shown = [] if run.unmoved is None else list(run.unmoved.table["cell"])
    known = f"Also shown: {show.join_words(shown)}." if shown else ""
    return _judge(
        EPOC,
        "Are all outcomes that were looked at reported?",
        known,
        "Was another outcome looked at and left out?",
    )


def _other_bias(run: Run) -> Item:
    failed = [f"{check.question} {check.reason}" for check in run.checks.failed]
    known = "Checks that failed: " + (" ".join(failed) if failed else "none.")
    months = sorted({period.start_time.month for period in run.design.periods[run.design.post]})
    seasons = f"The post-period covers {len(months)} of 12 calendar months."
    return _judge(
        EPOC, "Are there other risks of bias?", f"{known} {seasons}", "Anything else in this case?"
    )


JANDOC_ITEMS: tuple[Callable[[Run], Item], ...] = (
    _date,
    _outcome,
    _periods,
    _lag,
    _model,
    _memory,
    _drift,
    _season,
    _influence,
    _sensitivity,
    _comparison,
    _sizes,
    _power,
)
EPOC_ITEMS: tuple[Callable[[Run], Item], ...] = (
    _other_changes,
    _shape,
    _collection,
    _blinding,
    _missing,
    _selective,
    _other_bias,
)


def _found(source: str, question: str, found: str) -> Item:
    return Item(source=source, question=question, state="found by the run", found=found)


def _maybe(source: str, question: str, found: str) -> Item:
    state: State = "found by the run" if found else "not run"
    return Item(source=source, question=question, state=state, found=found)


def _judge(source: str, question: str, found: str, left: str) -> Item:
    state: State = "for a person to judge"
    return Item(source=source, question=question, state=state, found=found, open=left)


def _checked(run: Run, question: str, start: str, *names: str) -> Item:
    """An item answered by checks of the fit; those that the run does not hold are passed over."""
    held = {check.name: check for check in run.checks.checks}
    parts = [_check_words(held[name]) for name in names if name in held]
    return _maybe(JANDOC, question, " ".join(filter(None, [start, *parts])) if parts else "")


def _check_words(check: Check) -> str:
    p = "" if check.p_value is None else f", p = {show.p_value(check.p_value)}"
    return f"{check.question} {check.status.capitalize()}{p}. {check.reason}"
