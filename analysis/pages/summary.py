"""The summary page in sentences, for a reader with five minutes. It computes nothing.

It weighs nothing either: each finding is stated with its size, and the reader judges.
"""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from analysis import show
from analysis.border import facts
from analysis.border.evidence import Evidence
from analysis.design import Design
from analysis.effects.diagnose import Checks
from analysis.effects.estimands import Effects
from analysis.outcome import Intervention
from analysis.pages.comparison import lesson, moved_words
from analysis.pages.effect import answer
from analysis.pages.words import Folded, Headline, Prose, itself, shown, signed, size
from analysis.robustness.counted import Counted
from analysis.robustness.curve.specification import Curve, by_series
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.placebo import Placebo
from analysis.robustness.power import Power
from analysis.robustness.varied import Confounders, Windows

__all__ = [
    "Folded",
    "gap_words",
    "itself",
    "measured_note",
    "orientation",
    "placebo_words",
    "shown",
    "sign_words",
    "spread_words",
    "starts_words",
    "stays_open",
    "summary_headline",
    "told_words",
]


def orientation(intervention: Intervention) -> Markdown:
    """What is studied, who else acted, and where to read of it; empty for what is not described."""
    return Markdown(facts("orientation.yml").get(intervention.name, ""))


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
            spread_words(row),
            gap_words(effects.fit.design, f"other things changed in the same months{besides}"),
        ),
        short=main.short,
        title=main.title,
    )


def spread_words(row: pd.Series) -> str:
    """The middle of all choices, and where nine in ten lie; `row` as in `sign_words`."""
    return (
        f"Of {_ways(row)} the middle gives {signed(row['middle'], '%')}, and nine in ten give "
        f"{show.interval(row['low'], row['high'], '%', 0)}."
    )


def gap_words(design: Design, why: str) -> str:
    """What an effect does not say, and why."""
    return (
        "This is a gap between two paths. How much of it is the work of "
        f"{design.intervention.called} these figures cannot tell: {why}."
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


def measured_note(found: Confounders) -> Prose:
    """Which covariates the intervention may move, and which end before the window does."""
    rows = found.side("with")
    moved = rows[rows["moved_by"] != ""].groupby("moved_by", sort=False)
    bad = [f"{show.join_words(list(part.index))}: {reason}." for reason, part in moved]
    short = [
        f"The figures of {name} end with {show.period_name(row['last'])}, so both estimates beside "
        "it are for fewer months after the start."
        for name, row in found.shortened.iterrows()
    ]
    return Prose(points=(*bad, *short))


def stays_open(
    checks: Checks,
    power: Power,
    curve: Curve,
    windows: Windows,
    evidence: Evidence,
    counted: Counted,
) -> Prose:
    """What the figures cannot settle: choices, memory of the series, what can be found."""
    row = by_series(curve).iloc[0]
    return Prose(
        points=(
            f"In {show.number(100 * row['share_clear'])}% of the {_ways(row)} the interval lies "
            "wholly below zero.",
            starts_words(windows),
            checks["boundary"].reason,
            told_words(power),
            lesson(_moved(evidence), counted),
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
