"""The summary page in sentences, for a reader with five minutes. It computes nothing.

It weighs nothing either: each finding is stated with its size, and the reader judges.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from IPython.display import Markdown

from analysis.border import facts
from analysis.border.evidence import Evidence
from analysis.design import Design
from analysis.effects.diagnose import Checks
from analysis.effects.estimands import Effects
from analysis.outcome import Intervention
from analysis.pages.comparison import lesson, moved_words
from analysis.pages.effect import answer
from analysis.pages.said import prose, say
from analysis.pages.words import Folded, Headline, Prose, itself, shown
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
    moved, still = _moved(evidence), evidence.part("should not move")
    words = moved_words(moved, counted)
    why = say("summary", "why", count=len(still), moved=len(moved), words=words)
    main, design = answer(effects), effects.fit.design
    detail = (*main.detail[:-1], spread_words(by_series(curve).iloc[0]), gap_words(design, why))
    return replace(main, detail=detail)


def spread_words(row: pd.Series) -> str:
    """The middle of all choices, and where nine in ten lie; `row` as in `sign_words`."""
    return say("summary", "spread", row=row)


def gap_words(design: Design, why: str) -> str:
    """What an effect does not say, and why."""
    return say("summary", "gap", main=design.intervention, why=why)


def placebo_words(placebo: Placebo) -> str:
    """The rank of the real date among those tried."""
    return say("summary", "placebo", placebo=placebo)


def sign_words(row: pd.Series) -> str:
    """In what share of the choices the estimate has the sign of the middle one.

    row : of a series, see `by_series`.
    """
    fall = row["middle"] < 0
    share = row["share_negative"] if fall else 1 - row["share_negative"]
    return say("summary", "sign", row=row, share=share, fall=fall)


def measured_note(found: Confounders) -> Prose:
    """Which covariates the intervention may move, and which end before the window does."""
    rows = found.side("with")
    moved = rows[rows["moved_by"] != ""].groupby("moved_by", sort=False)
    bad = [(list(part.index), reason) for reason, part in moved]
    return prose("summary", "measured", bad=bad, short=list(found.shortened["last"].items()))


def stays_open(
    checks: Checks,
    power: Power,
    curve: Curve,
    windows: Windows,
    evidence: Evidence,
    counted: Counted,
) -> Prose:
    """What the figures cannot settle: choices, memory of the series, what can be found."""
    return Prose(
        points=(
            say("summary", "clear", row=by_series(curve).iloc[0]),
            starts_words(windows),
            checks["boundary"].reason,
            told_words(power),
            lesson(_moved(evidence), counted),
            "Encounters are events, not people, and a fall between ports of entry is not a fall in "
            "those who leave home.",
        )
    )


def told_words(power: Power) -> str:
    """The smallest average change that the design tells from zero."""
    own = int(power.design.post.sum())
    rows = power.table[power.table["estimand"] == "average"].set_index("post_periods")
    return say("summary", "told", power=power, own=own, needed=rows.loc[own])


def starts_words(windows: Windows) -> str:
    """For which first periods the interval holds zero."""
    starts = windows.part("start")
    if starts.empty:
        return ""
    holds = sorted(starts.loc[~excludes_zero(starts), "period"])
    step = windows.design.outcome.step
    return say("summary", "starts", step=step, count=len(starts), holds=holds)


def _moved(evidence: Evidence) -> pd.DataFrame:
    return evidence.moved.rename_axis("cell").reset_index()
