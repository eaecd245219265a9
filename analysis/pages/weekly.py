"""The weekly page in sentences, from its results."""

from __future__ import annotations

import pandas as pd

from analysis import show
from analysis.border.weeks import FirstWeeks
from analysis.effects.estimands import Effects
from analysis.pages.words import Headline, Prose, bracketed, clear_words, estimated, signed
from analysis.robustness.varied import PhaseIns


def weekly_headline(weeks: FirstWeeks, effects: Effects) -> Headline:
    """How the first weeks went as they were counted, and the model's average beside them."""
    table, outcome = weeks.table, effects.fit.design.outcome
    average = effects["average"]
    # The weeks that something was given out about, and the last one.
    steps = [
        f"{signed(row.estimate, '%')} in week {i}"
        for i, row in enumerate(table.itertuples(), 1)
        if pd.notna(row.press) or i == len(table)
    ]
    return Headline(
        sentence=f"Against {show.period_name(weeks.base)}, {outcome.name} stood at "
        f"{show.join_words(steps)}.",
        detail=(
            "The model's estimate, which also takes trend, season and earlier events into "
            f"account, is {estimated(average)} on average until "
            f"{show.period_name(outcome.periods[-1])}.",
            " ".join(weeks.caveats),
        ),
        short=bracketed(average),
    )


def press_note(weeks: FirstWeeks) -> Prose:
    """How far what was given out lies from the chart; the table has each week."""
    said = weeks.table[weeks.table["press"].notna()]
    if said.empty:
        return Prose("Nothing was given out about these weeks.")
    apart = (said["press"] - said["estimate"]).abs().max()
    return Prose(
        f"The {len(said)} figures given out lie within {show.number(apart, 1)} points of the "
        "chart. These are changes from one week to a later one: season and what else changed "
        "are in them, so they are no estimates of an effect. The chart has whole weeks; the "
        "figures given out are averages of seven days that may end on another day."
    )


def phase_note(varied: PhaseIns) -> Prose:
    """How far the average moves with the phase-in, and why a step at once reads differently."""
    part = varied.table[varied.table["estimand"] == "average"]
    low, high = part["estimate"].min(), part["estimate"].max()
    return Prose(
        f"The effect on average lies between {signed(low, '%')} and {signed(high, '%')} over "
        f"the {len(part)} choices; the interval is without zero {clear_words(part)}. The "
        "effect when complete means something else under each: with a step at once it is the "
        f"shift in the first {varied.step}s, and the slope has to follow the fall after it."
    )


def months_note(weekly: PhaseIns, monthly: PhaseIns) -> Prose:
    """Why this page and the one by month part: what a step at once and a slow one give in each."""
    parts = [_by_phase(weekly), _by_phase(monthly)]
    return Prose(
        f"The same question by {weekly.step} and by {monthly.step}, on average: "
        f"{'; '.join(parts)}. {_why_apart(weekly, monthly)}"
    )


def _why_apart(weekly: PhaseIns, monthly: PhaseIns) -> str:
    """Whether the two pages part by how the effect builds up, or also with a step at once."""
    by_week, by_month = (_averages(varied)["estimate"] for varied in (weekly, monthly))
    at_once = by_month.iloc[0]
    if abs(by_week.iloc[0] - at_once) < abs(by_week.iloc[-1] - at_once) / 2:
        return (
            "So most of what lies between the two pages is how long the effect is taken to build "
            "up, not the series."
        )
    return "With a step at once they part as well, so it is not how the effect builds up alone."


def _averages(varied: PhaseIns) -> pd.DataFrame:
    """The average with a step at once, with the chosen phase-in, and with the longest."""
    part = varied.table[varied.table["estimand"] == "average"]
    chosen = part[part["chosen"]] if part["chosen"].any() else part.iloc[:1]
    return pd.concat([part.iloc[:1], chosen, part.iloc[-1:]]).drop_duplicates("phase_in")


def _by_phase(varied: PhaseIns) -> str:
    words = [
        f"{signed(row.estimate, row.unit)} with "
        + ("a step at once" if row.phase_in < 2 else f"{show.many(row.phase_in, varied.step)}")
        for row in _averages(varied).itertuples()
    ]
    return f"by {varied.step} {show.join_words(words)}"
