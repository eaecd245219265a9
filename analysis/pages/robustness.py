"""The robustness page in sentences: what each figure and table shows, from its results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.effects.estimands import Effect
from analysis.errors import AnalysisError
from analysis.outcome import as_period
from analysis.pages.said import prose, say
from analysis.pages.words import Headline, Prose, itself, shown
from analysis.robustness.breaks import Breaks
from analysis.robustness.curve.specification import Curve, by_series, invalid_choices
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.history import count_false_alarms, untried_events
from analysis.robustness.placebo import Placebo
from analysis.robustness.power import Power
from analysis.robustness.varied import Windows

__all__ = [
    "breaks_note",
    "curve_note",
    "in_words",
    "invalid_note",
    "itself",
    "not_in_curve",
    "placebo_headline",
    "placebo_note",
    "power_note",
    "shown",
    "windows_note",
]


def placebo_note(found: Placebo) -> Prose:
    """How to read rank and p, what was left out, and events that cannot be tried."""
    reasons = [f"{count} ({reason})" for reason, count in found.reasons.items()]
    untried = [f"{e.label} ({show.day_name(e.start)})" for e in untried_events(found)]
    return prose("robustness", "placebo", history=count_false_alarms(found).sentence(),
                 out=len(found.left_out), reasons=reasons, untried=untried)  # fmt: skip


def in_words(found: Any) -> Prose:
    """The sentence in which a result says itself."""
    return Prose(found.sentence())


def windows_note(found: Windows) -> Prose:
    """For which first periods the interval holds zero, and what cannot be estimated."""
    start = found.part("start")
    holds = show.unbroken(start.loc[~excludes_zero(start), "period"])
    spans = [show.span_name(*span) for span in holds]
    return prose("robustness", "windows", spans=spans, left_out=len(found.left_out))


def curve_note(found: Curve) -> Prose:
    """The curve in words, and nine in ten of each series apart where there are several."""
    rows = list(by_series(found).iterrows())
    return prose("robustness", "curve", found=found, rows=rows if len(rows) > 1 else [])


def not_in_curve(choices: Sequence[str]) -> Prose:
    """The choices of the run that the curve cannot have."""
    named = show.join_words(list(choices))
    return Prose(f"The curve is without {named}, which the other sections have." if named else "")


def invalid_note(found: Curve) -> Prose:
    """The combinations that cannot be estimated, counted and named."""
    invalid = invalid_choices(found)
    total = f"{show.number(len(found.invalid))} of {show.number(len(found.grid))} combinations"
    if not len(invalid):
        return Prose("Every combination can be estimated.")
    cells = {
        "Reason": lambda row: row["problem"],
        "Combinations": lambda row: show.number(row["count"]),
        "What all of them share": lambda row: row["shared"],
    }
    table = show.columns(invalid, cells, caption=f"{total} cannot be estimated")
    return Prose(table=table)


def breaks_note(
    found: dict[str, Breaks], period: str | pd.Period, rho: float | None = None
) -> Prose:
    """Whether a break at an unknown date is where the intervention is, for each kind of break.

    rho : the autocorrelation of the model of the page, which knows the dates.
    """
    outcome = next(iter(found.values())).outcome
    asked = show.period_name(as_period(period, outcome.periods, "break"))
    starts = dict.fromkeys(show.period_name(one.path.idxmax() + 1) for one in found.values())
    periods = show.many(len(outcome.periods), outcome.step)
    kinds = [(name, one.sentence(period), _widths(one), periods) for name, one in found.items()]
    return prose("robustness", "breaks", starts=list(starts), asked=asked, rho=rho, kinds=kinds)


def _widths(one: Breaks) -> list[str]:
    return [str((row.last_after - row.first_after).n + 1) for row in one.table.itertuples()]


def power_note(found: Power, effect: Effect) -> Prose:
    """Whether more periods would have helped, and whether the estimate's own size is found."""
    own = int(found.design.post.sum())
    rows = found.table[found.table["estimand"] == effect.estimand].set_index("post_periods")
    told = found.of(effect.estimate, estimand=effect.estimand, post_periods=own)
    return prose("robustness", "power", found=found, step=found.design.outcome.step, own=own,
                 here=rows.loc[own], longest=rows.index[-1], most=rows.iloc[-1], effect=effect,
                 told=told)  # fmt: skip


def placebo_headline(placebo: Placebo | AnalysisError, design: Design) -> Headline:
    """Where the real estimate ranks among the same design at earlier dates."""
    asked = f"{show.capital(design.outcome.name)}: does the estimate hold?"
    if isinstance(placebo, AnalysisError):
        return Headline(sentence=f"No earlier date can be tried. {placebo.rule}", title=asked)
    return Headline(
        sentence=placebo.sentence(),
        detail=(say("robustness", "caveat"),),
        short=show.p_words(placebo.p_value),
        title=asked,
    )
