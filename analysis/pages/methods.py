"""What the methods page shows of the package itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analysis import plot, show
from analysis.design import Design, build_design
from analysis.effects.lineup import Comparison
from analysis.models import registered_models
from analysis.outcome import SHAPES, Intervention, Outcome, make_outcome
from analysis.pages.model_words import event_words, formula_words, shape_words
from analysis.pages.words import Headline, Prose

# The examples of shapes: months before the start and from it on, a rate, the size of each part.
BEFORE, AFTER, RATE = 6, 24, 0.8
SIZES = {"slope": 6.0, "curve": -0.4, "pulse": 70.0}
START = Intervention(name="start", label="start", start=date(2021, 7, 1))


def default_in_short(found: Comparison, default: str, straight: str) -> Headline:
    """The default model on one design, and what it is if the trend is straight, in a sentence."""
    one, other = (found.effects[name]["average"] for name in (default, straight))
    span = show.span_name(*found.design.periods[[0, -1]])
    sentence = (
        "The effect is the gap between the series and the path that its own past would have led to "
        f"expect. On {found.design.outcome.name}, {span}, the default model gives "
        f"{show.amount(one.estimate, one.unit)} on average, with a 95% interval of "
        f"{show.interval(one.lower, one.upper, one.unit)}. If the trend is taken as straight "
        f"({straight}), it is {show.amount(other.estimate, other.unit)}, "
        f"{show.interval(other.lower, other.upper, other.unit)}."
    )
    return Headline(sentence=sentence, short="how effects and intervals are computed")


def models_table() -> Prose:
    """Every model of this package: its name in the parameters, and what it is."""
    rows = [(m.name, m.label) for m in registered_models().values() if not m.about]
    table = show.table(["Name", "What it is"], rows, caption="Models, by the name to call them")
    return Prose(table=table)


def shapes() -> list[Any]:
    """Each shape as a picture of the columns of its design; how to ask for it, words, formulas."""
    designs = {name: _example(main) for name, main in _interventions().items()}
    rows = [
        (
            f"shape={main.shape}"
            + (f", phase_in={main.phase_in}" if main.phase_in else "")
            + (f", intervention_end={main.end}" if main.end else ""),
            event_words(main, "month") if main.end else shape_words(design),
            formula_words(main),
        )
        for design in designs.values()
        for main in [design.intervention]
    ]
    header = ["How to ask for it", "In words", "Columns"]
    table = show.table(header, rows, caption="Shapes of an effect")
    caption = "What each shape adds to the path that was expected: the columns of its design."
    effects = {name: _added(design) for name, design in designs.items()}
    return [plot.panels(effects, [START], caption=caption), Prose(table=table)]


def _interventions() -> dict[str, Intervention]:
    """An example of each shape that has parts; then a phase-in and an end."""
    rated = [re.sub("(decay|gradual)", rf"\1({RATE})", shape) for shape in SHAPES]
    shaped = {shape: replace(START, shape=shape) for shape in rated}
    return {name: main for name, main in shaped.items() if main.parts} | {
        "level, phased in": replace(START, shape="level", phase_in=6),
        "level, with an end": replace(START, shape="level", end=date(2022, 6, 30)),
    }


def _example(main: Intervention) -> Design:
    return build_design(_series(range(1, BEFORE + AFTER + 1)), main, scale="level", season=0)


def _added(design: Design) -> Outcome:
    names = list(design.terms["intervention"])
    return _series(design.X[names] @ [SIZES.get(name, 100.0) for name in names])


def _series(values: Sequence[float]) -> Outcome:
    months = pd.period_range("2021-01", periods=len(values), freq="M")
    series = pd.Series(np.asarray(values, float), months)
    return make_outcome(series, name="example", unit="units", kind="measure")


def edge_note(found: Comparison) -> Prose:
    """What the fits of a comparison say of themselves, and where models disagree."""
    notes = [f"Model {name}: {note}" for name, e in found.effects.items() for note in e.fit.notes]
    flags = found.disagreements
    count = sum(estimand == "average" for estimand, _ in flags)
    text = (
        f"On this series the average effect of {count} of {len(found.effects)} models has the "
        "opposite sign to another's, or lies outside its interval. What the fits say of themselves:"
    )
    return Prose(text, points=tuple(notes))
