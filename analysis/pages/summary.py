"""The summary page in sentences, for a reader with five minutes. It computes nothing.

It weighs nothing either: each finding is stated with its size, and the reader judges.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import show
from analysis.border.evidence import MIXED, RATIO, Evidence, FallBefore
from analysis.effects.diagnose import Checks
from analysis.effects.estimands import Effects
from analysis.models import Fit
from analysis.pages.effect import Headline, Prose, answer
from analysis.robustness.curve.choices import by_series
from analysis.robustness.curve.specification import Curve
from analysis.robustness.placebo import Placebo
from analysis.robustness.power import Power
from analysis.robustness.windows import Windows


def summary_headline(effects: Effects, curve: Curve, evidence: Evidence) -> Headline:
    """The answer with its range over choices, and what it does not say."""
    design, average = effects.fit.design, effects["average"]
    first, last = design.periods[design.post][[0, -1]]
    row = by_series(curve).iloc[0]
    main = answer(effects)
    unit = average.unit
    sentence = (
        f"{show.span_name(first, last)}: {design.outcome.name} ran "
        f"{_size(average.estimate, unit)} {_side(average.estimate)} where their own past pointed."
    )
    moved = evidence.moved
    where = f" ({show.join_words(list(moved.index))})" if len(moved) else ""
    besides = f", and {len(moved)} of the series that should stay as they were moved{where}"
    return Headline(
        sentence=sentence,
        detail=(
            f"The {100 * (1 - effects.alpha):g}% interval goes from "
            f"{show.interval(average.lower, average.upper, unit, 0)}. Of "
            f"{show.number(row['count'])} defensible ways to compute it, nine in ten give "
            f"{show.interval(row['low'], row['high'], '%', 0)}.",
            f"This is a gap between two paths. How much of it is the work of "
            f"{design.intervention.called} these figures cannot tell: other things changed in the "
            f"same months{besides if where else ''}.",
        ),
        short=main.short,
    )


def speaks_for(evidence: Evidence, placebo: Placebo, curve: Curve) -> Prose:
    """The comparison group first, then the placebo dates and the sign over all choices."""
    ratio, fixed = evidence.table.loc[RATIO], evidence.table.loc[MIXED]
    row = by_series(curve).iloc[0]
    first = (
        f"Unaccompanied children are exempt. Against them, encounters of families and single "
        f"adults changed by {_estimate(ratio)}. With the mix of citizenships held fixed it is "
        f"{_estimate(fixed)}. What touched all groups alike, such as enforcement in Mexico, "
        "cancels here."
    )
    share = row["share_negative"]
    points = [
        f"Among {1 + placebo.count} dates at which the same method was tried, the real one is "
        f"number {placebo.rank} in size (p = {show.p_value(placebo.p_value)}; neighbouring dates "
        "share most of their figures, so this is a rough guide).",
        f"{show.number(100 * share, 0 if share == 1 else 1)}% of the {show.number(row['count'])} "
        "ways to compute it give a fall.",
    ]
    return Prose(paragraphs=(first,), points=tuple(points))


def speaks_against(evidence: Evidence, fall: FallBefore, fitted: Fit, named: pd.DataFrame) -> Prose:
    """What moved though it should not have, the fall before, and larger changes elsewhere."""
    return Prose(
        paragraphs=(_moved_words(evidence),),
        points=tuple(filter(None, [_before_words(fall, fitted), _larger_words(named, evidence)])),
    )


def stays_open(checks: Checks, power: Power, curve: Curve, windows: Windows) -> Prose:
    """What the figures cannot settle: choices, memory of the series, what can be found."""
    boundary = checks["boundary"]
    own = int(power.design.post.sum())
    rows = power.table[power.table["estimand"] == "average"].set_index("post_periods")
    row, needed = by_series(curve).iloc[0], rows.loc[own]
    points = [
        f"In {show.number(100 * row['share_clear'])}% of the {show.number(row['count'])} ways to "
        "compute it the interval lies wholly below zero.",
        _starts_words(windows),
        boundary.reason,
        f"With {own} {power.design.outcome.step}s after the start, only a true average fall of "
        f"about {_size(needed['estimate'], needed['unit'])} or more is told from zero in "
        f"{show.number(100 * power.power)}% of cases.",
        "Encounters are events, not people, and a fall between ports of entry is not a fall in "
        "those who leave home.",
    ]
    return Prose(paragraphs=(), points=tuple(points))


def _starts_words(windows: Windows) -> str:
    """For which first periods the interval holds zero."""
    starts = windows.part("start")
    holds = starts[(starts["lower"] <= 0) & (starts["upper"] >= 0)]
    step = windows.design.outcome.step
    if not len(holds):
        return f"The interval is without zero for all {len(starts)} first {step}s tried."
    first, last = holds["period"].min(), holds["period"].max()
    return (
        f"The interval holds zero for {len(holds)} of {len(starts)} first "
        f"{windows.design.outcome.step}s of the window, the earliest "
        f"{show.period_name(first)}, the latest {show.period_name(last)}."
    )


def _moved_words(evidence: Evidence) -> str:
    moved, still = evidence.moved, evidence.part("should not move")
    if not len(moved):
        return (
            f"None of the {len(still)} series that the restrictions are not about has an interval "
            "without zero."
        )
    parts = [f"{name}: {_estimate(row)}" for name, row in moved.iterrows()]
    others = [name for name in still.index if name not in moved.index]
    rest = f" The interval holds zero for: {'; '.join(others)}." if others else ""
    return (
        f"Where the restrictions should change nothing, the same method also finds a change. "
        f"{'. '.join(parts)}. So part of what it finds may be something else, or the method "
        f"takes too much for a change.{rest}"
    )


def _before_words(fall: FallBefore, fitted: Fit) -> str:
    began = "The fall began before" if fall.before < 0 else "There was no fall before"
    text = (
        f"{began}: from {show.period_name(fall.peak)} to {show.period_name(fall.last_before)} the "
        f"daily mean went from {show.number(fall.rates[0])} to {show.number(fall.rates[1])} "
        f"({show.amount(fall.before, '%', 0)}), and from there to {show.period_name(fall.end)} to "
        f"{show.number(fall.rates[2])} ({show.amount(fall.after, '%', 0)})."
    )
    parts = [
        f"{_size_of(fitted, event.name)} with {event.called}"
        for event in fitted.design.events
        if event.name in fitted.summary().index
    ]
    if not parts or fitted.design.scale != "log":
        return text
    return f"{text} The model finds lasting shifts of {show.join_words(parts)}."


def _larger_words(named: pd.DataFrame, evidence: Evidence) -> str:
    main = evidence.part("main").iloc[0]
    larger = named[(named["estimate"] < main["estimate"])]
    if not len(larger):
        return ""
    parts = [
        f"{show.period_name(row.period)} ({show.amount(row.estimate, row.unit, 0)})"
        for row in larger.itertuples()
    ]
    return f"The same method finds a larger fall at {show.join_words(parts)}."


def _size_of(fitted: Fit, name: str) -> str:
    row = fitted.summary().loc[name]
    low, middle, high = (100 * np.expm1(row[c]) for c in ("lower", "estimate", "upper"))
    return f"{show.amount(middle, '%', 0)} ({show.interval(low, high, '%', 0)})"


def _estimate(row: pd.Series) -> str:
    low_high = show.interval(row["lower"], row["upper"], row["unit"], 0)
    return f"{show.amount(row['estimate'], row['unit'], 0)} ({low_high})"


def _size(value: float, unit: str) -> str:
    return show.amount(abs(value), unit, 0).lstrip("+")


def _side(value: float) -> str:
    return "below" if value < 0 else "above"
