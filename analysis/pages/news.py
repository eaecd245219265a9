"""What given files change, in sentences for the page of the effect."""

from __future__ import annotations

import pandas as pd

from analysis import show
from analysis.border.news import News
from analysis.pages.words import Prose, estimated


def news(found: News | None) -> Prose:
    """What is added, what is revised, how far the answer moves, and which file is not used."""
    if found is None:
        return Prose()
    return Prose(points=(_added(found), _revised(found), _moved(found), _unused(found)))


def _added(found: News) -> str:
    if not len(found.added):
        return "The given files add no period to the embedded figures."
    spans = show.join_words([show.span_name(*span) for span in show.unbroken(found.added)])
    outside = found.added[-1] > found.after.fit.design.outcome.periods[-1]
    return f"The given files add {spans}{', after the end of this window' * outside}."


def _revised(found: News) -> str:
    outcome, revised = found.after.fit.design.outcome, found.revised
    window = show.many(len(outcome.values), outcome.step)
    if revised.empty:
        return f"They revise none of the {window} of this window."
    share = (revised["new"] - revised["old"]).abs() / revised["old"].clip(lower=1)
    most = share.idxmax()
    return (
        f"They revise {len(revised)} of the {window} of this window, most of all "
        f"{show.period_name(most)}: {show.number(revised['new'][most])} instead of "
        f"{show.number(revised['old'][most])}."
    )


def _moved(found: News) -> str:
    if found.before is None:
        return "The embedded figures alone cannot answer this."
    before, after = (estimated(one["average"]) for one in (found.before, found.after))
    ends = [pd.Period(one.fit.design.periods[-1]) for one in (found.before, found.after)]
    until = f", until {show.period_name(ends[0])}" * (ends[0] != ends[1])
    if before == after:
        return f"The average effect stays at {after}, as by the embedded figures{until}."
    return f"The average effect moves from {before} by the embedded figures{until} to {after}."


def _unused(found: News) -> str:
    if not found.unused:
        return ""
    return f"Given, but with no figure of this series in this window: {', '.join(found.unused)}."
