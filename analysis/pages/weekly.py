"""The weekly page in sentences, from its results."""

from __future__ import annotations

import pandas as pd

from analysis import show
from analysis.border.weeks import FirstWeeks
from analysis.effects.estimands import Effects
from analysis.pages.said import prose, say
from analysis.pages.words import Headline, Prose, bracketed, clear_words, signed
from analysis.robustness.varied import PhaseIns


def weekly_headline(weeks: FirstWeeks, effects: Effects) -> Headline:
    """How the first weeks went as they were counted, and the model's average beside them."""
    table, outcome, average = weeks.table, effects.fit.design.outcome, effects["average"]
    # The weeks that something was given out about, and the last one.
    steps = [
        f"{signed(row.estimate, '%')} in week {i}"
        for i, row in enumerate(table.itertuples(), 1)
        if pd.notna(row.press) or i == len(table)
    ]
    return Headline(
        sentence=say("weekly", "headline", weeks=weeks, outcome=outcome, steps=steps),
        detail=(
            say("weekly", "estimate", average=average, outcome=outcome),
            " ".join(weeks.caveats),
        ),
        short=bracketed(average),
    )


def press_note(weeks: FirstWeeks) -> Prose:
    """How far what was given out lies from the chart; the table has each week."""
    said = weeks.table[weeks.table["press"].notna()]
    apart = (said["press"] - said["estimate"]).abs().max()
    return prose("weekly", "press", count=len(said), apart=apart)


def phase_note(varied: PhaseIns) -> Prose:
    """How far the average moves with the phase-in, and why a step at once reads differently."""
    part = varied.table[varied.table["estimand"] == "average"]
    return prose("weekly", "phases", varied=varied, low=part["estimate"].min(), count=len(part),
                 high=part["estimate"].max(), clear=clear_words(part))  # fmt: skip


def months_note(weekly: PhaseIns, monthly: PhaseIns) -> Prose:
    """Why this page and the one by month part: what a step at once and a slow one give in each."""
    by_week, by_month = (_averages(varied)["estimate"] for varied in (weekly, monthly))
    at_once = by_month.iloc[0]
    return prose("weekly", "months", week=weekly.step, month=monthly.step,
                 by_week=_by_phase(weekly), by_month=_by_phase(monthly),
                 by_phase_in=abs(by_week.iloc[0] - at_once)
                 < abs(by_week.iloc[-1] - at_once) / 2)  # fmt: skip


def _averages(varied: PhaseIns) -> pd.DataFrame:
    """The average with a step at once, with the chosen phase-in, and with the longest."""
    part = varied.table[varied.table["estimand"] == "average"]
    chosen = part[part["chosen"]] if part["chosen"].any() else part.iloc[:1]
    return pd.concat([part.iloc[:1], chosen, part.iloc[-1:]]).drop_duplicates("phase_in")


def _by_phase(varied: PhaseIns) -> list[str]:
    return [
        f"{signed(row.estimate, row.unit)} with "
        + ("a step at once" if row.phase_in < 2 else show.many(row.phase_in, varied.step))
        for row in _averages(varied).itertuples()
    ]
