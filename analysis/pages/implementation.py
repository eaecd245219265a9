"""The page on whether the rule bit, and where, in sentences. It computes nothing."""

from __future__ import annotations

from analysis import show
from analysis.border.implementation import Measured
from analysis.pages.words import Headline, Prose, estimated
from analysis.robustness.units import DoseResponse

RELEASED = "Released"


def implementation_headline(measured: Measured, found: DoseResponse) -> Headline:
    """What became of people before and after, and the effect where none and where all went free."""
    row, ends = measured.table.loc[RELEASED], found.ends
    before, after = (f"{show.number(value)}%" for value in (row.before, row.after))
    return Headline(
        sentence=f"The Border Patrol released people after {before} of its encounters in "
        f"{show.period_name(measured.before)}, and {after} in {show.period_name(measured.after)}.",
        detail=(
            "A line through the effects on citizenships, by the share of them that had been "
            f"released before, gives {estimated(ends.loc['zero'])} where none had and "
            f"{estimated(ends.loc['one'])} where all had.",
            "An effect where nobody had been released is one that fewer releases cannot have made. "
            "But citizenships differ in more than this share, so the line is a hint and no proof.",
        ),
        short=f"{before} to {after} released",
    )


def ways_note(measured: Measured, names: list[str]) -> Prose:
    """Whether a lawful way in took more people than before.

    names : of the measures that are lawful ways.
    """
    rows = measured.table.loc[names]
    more = [str(name) for name in rows.index[rows["after"] > rows["before"]]]
    said = [
        f"{name} went from {show.number(row.before)} to {show.number(row.after)} a month"
        for name, row in rows.iterrows()
    ]
    meaning = (
        f"More than before came by {show.join_words(more)}, so a part of a fall between ports may "
        "be people who took this way."
        if more
        else "No way took in more people than before, so a shift to them explains no fall. Where "
        "one closed, more may have come between ports instead."
    )
    return Prose(f"{show.join_words(said)}. {meaning}")


def dose_note(found: DoseResponse) -> Prose:
    """What stands at dose zero, without weights, and how often such a line comes by itself."""
    ends, count = found.ends, len(found.slopes) - 1
    orders = [show.p_words(one.permuted) for one in (found.line, found.unweighted)]
    alike = [estimated(ends.loc[f"{end} unweighted"]) for end in ("zero", "one")]
    placebo = (
        f"With the same shares at {show.many(count, 'earlier date')} on which nothing was done, "
        f"the line is as steep at {found.as_steep} of them."
        if count
        else "No earlier date has figures of all citizenships."
    )
    return Prose(
        f"Of the effect at the mean share, {_standing(found)}. With all citizenships alike, large "
        f"or small, the line gives {alike[0]} where none had been released and {alike[1]} where "
        "all had.",
        points=(
            "With the shares dealt to the citizenships in other orders: for a line as steep, "
            f"{orders[0]} (weighted) and {orders[1]} (all alike).",
            placebo,
        ),
    )


def _standing(found: DoseResponse) -> str:
    """The share of the effect that stands at dose zero, in words that follow its size."""
    share, low, high = (_part(value) for value in found.standing)
    return f"{share} stands at a share of zero; its interval goes from {low} to {high} (in logs)"


def _part(share: float) -> str:
    return "none" if share <= 0 else "all" if share >= 100 else f"{show.number(share)}%"
