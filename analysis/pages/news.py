"""What given files change, in sentences for the page of the effect."""

from __future__ import annotations

import pandas as pd

from analysis import show
from analysis.border.news import News
from analysis.pages.said import prose
from analysis.pages.words import Prose, estimated


def news(found: News | None) -> Prose:
    """What is added, what is revised, how far the answer moves, and which file is not used."""
    if found is None:
        return Prose()
    outcome, revised = found.after.fit.design.outcome, found.revised
    share = (revised["new"] - revised["old"]).abs() / revised["old"].clip(lower=1)
    both = [one for one in (found.before, found.after) if one]
    answers = [estimated(one["average"]) for one in both]
    ends = [pd.Period(one.fit.design.periods[-1]) for one in both]
    return prose(
        "news",
        "news",
        spans=[show.span_name(*span) for span in show.unbroken(found.added)],
        outside=len(found.added) and found.added[-1] > outcome.periods[-1],
        periods=len(outcome.values),
        step=outcome.step,
        revised=len(revised),
        most=revised.loc[share.idxmax()] if len(revised) else None,
        before=answers[0] if found.before else "",
        after=answers[-1],
        until=f", until {show.period_name(ends[0])}" if ends[0] != ends[-1] else "",
        unused=found.unused,
    )
