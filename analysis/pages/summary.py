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
from analysis.outcome import Intervention
from analysis.pages.comparison import lesson, moved_words
from analysis.pages.effect import answer
from analysis.pages.words import Headline, Prose, estimated, signed, size
from analysis.robustness.counted import Counted
from analysis.robustness.curve.choices import by_series
from analysis.robustness.curve.specification import Curve
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.placebo import Placebo
from analysis.robustness.power import Power
from analysis.robustness.windows import Windows


def summary_headline(
    effects: Effects, curve: Curve, evidence: Evidence, counted: Counted
) -> Headline:
    """The answer with its range over choices, and what it does not say."""
    main, row = answer(effects), by_series(curve).iloc[0]
    moved, still = _moved(evidence), evidence.part("should not move")
    besides = (
        f", and of {len(still)} series that should stay as they were the same method finds a "
        f"change in {len(moved)} ({moved_words(moved, counted)})"
        if len(moved)
        else ""
    )
    return Headline(
        sentence=main.sentence,
        detail=(
            *main.detail[:-1],
            f"Of {_ways(row)} the middle gives {signed(row['middle'], '%')}, and nine in ten give "
            f"{show.interval(row['low'], row['high'], '%', 0)}.",
            "This is a gap between two paths. How much of it is the work of "
            f"{effects.fit.design.intervention.called} these figures cannot tell: other things "
            f"changed in the same months{besides}.",
        ),
        short=main.short,
        title=main.title,
    )


def speaks_for(evidence: Evidence, placebo: Placebo, curve: Curve) -> Prose:
    """The comparison group first, then the placebo dates and the sign over all choices."""
    ratio, fixed = evidence.table.loc[RATIO], evidence.table.loc[MIXED]
    row = by_series(curve).iloc[0]
    return Prose(
        f"{_exempt(placebo.design.intervention)}Against unaccompanied children, encounters of "
        f"families and single adults changed by {estimated(ratio)}. With the mix of "
        f"citizenships held fixed it is {estimated(fixed)}. What touched all groups "
        "alike, such as enforcement in Mexico, cancels here.",
        points=(
            placebo_words(placebo),
            sign_words(row),
        ),
    )


def placebo_words(placebo: Placebo) -> str:
    """The rank of the real date among those tried."""
    return (
        f"Among {1 + placebo.count} dates at which the same method was tried, the real one is "
        f"number {placebo.rank} in size ({show.p_words(placebo.p_value)}; neighbouring "
        "dates share most of their figures, so this is a rough guide)."
    )


def sign_words(row: pd.Series) -> str:
    """In what share of the choices the estimate has the sign of the middle one.

    row : of a series, see `by_series`.
    """
    fall = row["middle"] < 0
    share = row["share_negative"] if fall else 1 - row["share_negative"]
    told = f"{show.number(100 * share, 0 if share == 1 else 1)}% of the {_ways(row)}"
    return f"{told} give a {'fall' if fall else 'rise'}."


def speaks_against(
    evidence: Evidence, counted: Counted, fall: FallBefore, fitted: Fit, named: pd.DataFrame
) -> Prose:
    """What moved though it should not have, the fall before, and larger changes elsewhere."""
    return Prose(
        _against_words(evidence, counted),
        lesson(_moved(evidence), counted),
        points=(_before_words(fall, fitted), _larger_words(named, evidence)),
    )


def stays_open(checks: Checks, power: Power, curve: Curve, windows: Windows) -> Prose:
    """What the figures cannot settle: choices, memory of the series, what can be found."""
    row = by_series(curve).iloc[0]
    return Prose(
        points=(
            f"In {show.number(100 * row['share_clear'])}% of the {_ways(row)} the interval lies "
            "wholly below zero.",
            starts_words(windows),
            checks["boundary"].reason,
            told_words(power),
            "Encounters are events, not people, and a fall between ports of entry is not a fall in "
            "those who leave home.",
        )
    )


def told_words(power: Power) -> str:
    """The smallest average fall that the design tells from zero."""
    own = int(power.design.post.sum())
    rows = power.table[power.table["estimand"] == "average"].set_index("post_periods")
    needed = rows.loc[own]
    return (
        f"With {show.many(own, power.design.outcome.step)} after the start, only a true "
        f"average fall of about {size(needed['estimate'], needed['unit'])} or more is told "
        f"from zero in {show.number(100 * power.power)}% of cases."
    )


def _exempt(main: Intervention) -> str:
    return f"{show.capital(main.exempt)} are exempt. " if main.exempt else ""


def _ways(row: pd.Series) -> str:
    return f"{show.number(row['count'])} defensible ways to compute it"


def starts_words(windows: Windows) -> str:
    """For which first periods the interval holds zero."""
    starts, step = windows.part("start"), windows.design.outcome.step
    holds = starts.loc[~excludes_zero(starts), "period"]
    if starts.empty:
        return ""
    if not len(holds):
        return f"The interval is without zero for all {len(starts)} first {step}s tried."
    return (
        f"The interval holds zero for {len(holds)} of {len(starts)} first {step}s of the window, "
        f"the earliest {show.period_name(holds.min())}, the latest {show.period_name(holds.max())}."
    )


def _moved(evidence: Evidence) -> pd.DataFrame:
    return evidence.moved.rename_axis("cell").reset_index()


def _against_words(evidence: Evidence, counted: Counted) -> str:
    moved, still = evidence.moved, evidence.part("should not move")
    if not len(moved):
        return (
            f"None of the {len(still)} series that should stay as they were has an interval "
            "without zero."
        )
    others = [name for name in still.index if name not in moved.index]
    rest = f" The interval holds zero for: {'; '.join(others)}." if others else ""
    return (
        "Where nothing should change, the same method also finds a change: "
        f"{moved_words(_moved(evidence), counted)}. So part of what it finds may be something "
        f"else, or the method takes too much for a change.{rest}"
    )


def _before_words(fall: FallBefore, fitted: Fit) -> str:
    began = "The fall began before" if fall.before < 0 else "There was no fall before"
    text = (
        f"{began}: from {show.period_name(fall.peak)} to {show.period_name(fall.last_before)} the "
        f"daily mean went from {show.number(fall.rates[0])} to {show.number(fall.rates[1])} "
        f"({signed(fall.before, '%')}), and from there to {show.period_name(fall.end)} to "
        f"{show.number(fall.rates[2])} ({signed(fall.after, '%')})."
    )
    parts = [
        f"{_shift(fitted, event.name)} with {event.called}"
        for event in fitted.design.events
        if event.name in fitted.summary().index
    ]
    if not parts or fitted.design.scale != "log":
        return text
    return f"{text} The model finds lasting shifts of {show.join_words(parts)}."


def _larger_words(named: pd.DataFrame, evidence: Evidence) -> str:
    main = evidence.part("main").iloc[0]
    parts = [
        f"{show.period_name(row.period)} ({show.rough(row.estimate, row.unit)}"
        f"{f'; {row.near}' if row.near else ''})"
        for row in named[named["estimate"] < main["estimate"]].itertuples()
    ]
    return f"The same method finds a larger fall at {show.join_words(parts)}." if parts else ""


def _shift(fitted: Fit, name: str) -> str:
    """A term of the model in per cent, with its interval."""
    row = fitted.summary().loc[name]
    shown = {c: 100 * np.expm1(row[c]) for c in ("lower", "estimate", "upper")}
    return estimated(pd.Series({**shown, "unit": "%"}))
