"""The page on whether the rule bit, and where, in sentences. It computes nothing."""

from __future__ import annotations

from analysis import show
from analysis.border.implementation import Measured
from analysis.pages.said import prose, say
from analysis.pages.words import Headline, Prose
from analysis.robustness.units import DoseResponse

RELEASED = "Released"


def implementation_headline(measured: Measured, found: DoseResponse) -> Headline:
    """What became of people before and after, and the effect where none and where all went free."""
    row = measured.table.loc[RELEASED]
    before, after = (f"{show.number(value)}%" for value in (row.before, row.after))
    return Headline(
        sentence=say("implementation", "headline", measured=measured, before=before, after=after),
        detail=(
            say("implementation", "line", ends=found.ends),
            say("implementation", "caveat"),
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
    return prose("implementation", "ways", said=said, more=more)


def dose_note(found: DoseResponse) -> Prose:
    """What stands at dose zero, without weights, and how often such a line comes by itself."""
    share, low, high = map(_part, found.standing)
    return prose("implementation", "dose", found=found, share=share, low=low, high=high,
                 count=len(found.slopes) - 1)  # fmt: skip


def _part(share: float) -> str:
    return "none" if share <= 0 else "all" if share >= 100 else f"{show.number(share)}%"
