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
from analysis.pages.words import Headline, Prose, itself, shown, signed, size
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
    return Prose(
        points=(
            count_false_alarms(found).sentence(),
            f"{show.many(len(found.left_out), 'date')} {show.was(len(found.left_out))} left out: "
            f"{show.join_words(reasons) or 'none'}.",
            f"So these cannot be tried: {show.join_words(untried)}." if untried else "",
        )
    )


def in_words(found: Any) -> Prose:
    """The sentence in which a result says itself."""
    return Prose(found.sentence())


def windows_note(found: Windows) -> Prose:
    """For which first periods the interval holds zero, and what cannot be estimated."""
    start = found.part("start")
    spans = [
        show.span_name(*span) for span in show.unbroken(start.loc[~excludes_zero(start), "period"])
    ]
    return Prose(
        points=(
            f"The interval holds zero for starts in {show.join_words(spans)}." if spans else "",
            f"{show.many(len(found.left_out), 'window')} cannot be estimated."
            if len(found.left_out)
            else "",
        )
    )


def curve_note(found: Curve) -> Prose:
    """The curve in words, and nine in ten of each series apart where there are several."""
    series = by_series(found)
    points = tuple(
        f"{show.capital(str(name))}: nine in ten give "
        f"{show.interval(row['low'], row['high'], '%', 0)}, around {signed(row['middle'], '%')}."
        for name, row in series.iterrows()
    )
    text = (
        f"{found.sentence()} These are shares of choices, not probabilities: the choices are not a "
        "sample, and they all use the same figures."
    )
    return Prose(text, points=points if len(points) > 1 else ())


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
    first = next(iter(found.values())).outcome
    asked = show.period_name(as_period(period, first.periods, "break"))
    starts = dict.fromkeys(show.period_name(one.path.idxmax() + 1) for one in found.values())
    where = show.join_words(list(starts)) + ("" if list(starts) == [asked] else f", not {asked}")
    known = "" if rho is None else f", which has {show.number(rho, 2)}"
    return Prose(
        f"The test is strongest for a change that starts in {where}. The shaded interval is of "
        "the break that leaves the least squares; the test first takes out the "
        "autocorrelation of the series without any break. So the two need not name the same "
        "date. That autocorrelation takes a lasting change for memory, so it is higher than "
        f"in the model that knows the dates{known}.",
        points=tuple(
            f"{name}: {one.sentence(period)}{_widths(one)}" for name, one in found.items()
        ),
    )


def _widths(one: Breaks) -> str:
    wide = [str((row.last_after - row.first_after).n + 1) for row in one.table.itertuples()]
    periods = show.many(len(one.outcome.periods), one.outcome.step)
    each = "The interval is" if len(wide) == 1 else "The intervals are"
    return f" {each} as wide as {show.join_words(wide)} of {periods}." if wide else ""


def power_note(found: Power, effect: Effect) -> Prose:
    """Whether more periods would have helped, and whether the estimate's own size is found."""
    step, own = found.design.outcome.step, int(found.design.post.sum())
    rows = found.table[found.table["estimand"] == effect.estimand].set_index("post_periods")
    here, most = rows.loc[own], rows.iloc[-1]
    told = found.of(effect.estimate, estimand=effect.estimand, post_periods=own)
    helps = abs(most["estimate"]) < abs(here["estimate"])
    return Prose(
        points=(
            f"With {show.many(own, step)} after the start, a true average fall must be about "
            f"{size(here['estimate'], here['unit'])} to be told from zero in "
            f"{show.number(100 * found.power)}% of series, and with {rows.index[-1]} about "
            f"{size(most['estimate'], most['unit'])}: more {step}s "
            + ("help." if helps else "do not help, since the path is carried further."),
            f"A true average effect of {signed(effect.estimate, effect.unit)}, the size estimated "
            f"here, is told from zero in {show.number(100 * told)}% of series with {own}.",
        )
    )


def placebo_headline(placebo: Placebo | AnalysisError, design: Design) -> Headline:
    """Where the real estimate ranks among the same design at earlier dates."""
    asked = f"{show.capital(design.outcome.name)}: does the estimate hold?"
    if isinstance(placebo, AnalysisError):
        return Headline(sentence=f"No earlier date can be tried. {placebo.rule}", title=asked)
    return Headline(
        sentence=placebo.sentence(),
        short=show.p_words(placebo.p_value),
        title=asked,
    )
