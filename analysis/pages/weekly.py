"""The weekly page in sentences, from its results."""

from __future__ import annotations

import pandas as pd

from analysis import show
from analysis.border.weeks import FirstWeeks
from analysis.effects.estimands import Effects
from analysis.pages.words import Headline, Prose, bracketed, estimated, signed
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.phase_in import PhaseIns

# Above this autocorrelation a path strays for more than a dozen periods.
STRONG = 0.9


def weekly_headline(weeks: FirstWeeks, effects: Effects) -> Headline:
    """How the first weeks went as they were counted, and the model's average beside them."""
    table, outcome = weeks.table, effects.fit.design.outcome
    average = effects["average"]
    steps = [f"{signed(row['estimate'], '%')} in week {i + 1}" for i, row in _told(table)]
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
    """How far what was given out lies from the chart, week by week."""
    said = weeks.table[weeks.table["press"].notna()]
    points = [
        f"{show.capital(show.period_name(row['period']))}: given out "
        f"{signed(row['press'], '%')}, from the chart "
        f"{show.amount(row['estimate'], '%')} ({row['who']})."
        for _, row in said.iterrows()
    ]
    if said.empty:
        return Prose(paragraphs=("Nothing was given out about these weeks.",))
    apart = (said["press"] - said["estimate"]).abs().max()
    return Prose(
        paragraphs=(
            f"The {len(said)} figures given out lie within {show.number(apart, 1)} points of the "
            "chart. These are changes from one week to a later one: season and what else changed "
            "are in them, so they are no estimates of an effect. The chart has whole weeks and "
            "the whole country; the figures given out are averages of seven days that may end on "
            "another day.",
        ),
        points=tuple(points),
    )


def memory_note(effects: Effects) -> Prose:
    """Why the model's path may run beside the counts for long, where it does."""
    design, rho = effects.fit.design, effects.fit.rho
    if rho is None:
        return Prose(paragraphs=())
    far = (
        " With so much memory the counts can run beside the model's line for months: the line is "
        "what trend, season and events add up to, and is itself known only roughly. That is why "
        "the intervals are wide."
        if rho > STRONG
        else ""
    )
    return Prose(
        paragraphs=(
            f"What one {design.outcome.step} lies above or below the model's line goes on into the "
            f"next by a factor of about {show.number(rho, 2)}.{far}",
        )
    )


def phase_note(varied: PhaseIns) -> Prose:
    """How far the estimates move with the phase-in, and why a step at once reads differently."""
    sentences = [_moves(varied.table, kind, words) for kind, words in _KINDS.items()]
    return Prose(
        paragraphs=(
            " ".join(text for text in sentences if text),
            "The effect when complete means something else under each choice: with a step at once "
            f"it is the shift in the first {varied.step}s, and the slope has to follow the fall "
            "that comes after.",
        )
    )


def months_note(weekly: PhaseIns, monthly: PhaseIns) -> Prose:
    """Why this page and the one by month part: what a step at once and a slow one give in each."""
    parts = [_by_phase(weekly), _by_phase(monthly)]
    return Prose(
        paragraphs=(
            f"The same question by {weekly.step} and by {monthly.step}, on average: "
            f"{'; '.join(parts)}. So most of what lies between the two pages is how long the "
            "effect is taken to build up, not the series.",
        )
    )


def _by_phase(varied: PhaseIns) -> str:
    part = varied.table[varied.table["estimand"] == "average"]
    chosen = part[part["chosen"]] if part["chosen"].any() else part.iloc[:1]
    rows = pd.concat([part.iloc[:1], chosen, part.iloc[-1:]]).drop_duplicates("phase_in")
    words = [
        f"{signed(row.estimate, row.unit)} with "
        + ("a step at once" if row.phase_in < 2 else f"{show.many(row.phase_in, varied.step)}")
        for row in rows.itertuples()
    ]
    return f"by {varied.step} {show.join_words(words)}"


_KINDS = {"average": "on average", "level": "when complete"}


def _moves(table: pd.DataFrame, kind: str, words: str) -> str:
    part = table[table["estimand"] == kind]
    if part.empty:
        return ""
    low, high = part["estimate"].min(), part["estimate"].max()
    clear = int(excludes_zero(part).sum())
    return (
        f"The effect {words} lies between {signed(low, '%')} and {signed(high, '%')} "
        f"over the {len(part)} choices; {clear} of the intervals leave out zero."
    )


def _told(table: pd.DataFrame) -> list[tuple[int, pd.Series]]:
    """The weeks that something was given out about, and the last one."""
    return [
        (i, row)
        for i, (_, row) in enumerate(table.iterrows())
        if pd.notna(row["press"]) or i == len(table) - 1
    ]
