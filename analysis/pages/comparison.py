"""The page of comparison groups in sentences, from its results."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import show
from analysis.border.groups import BREAKS
from analysis.effects.estimands import Effects
from analysis.effects.lineup import LineUp
from analysis.pages.said import prose, say
from analysis.pages.words import Headline, Prose, bracketed, estimated, signed
from analysis.robustness.comparison import Cells, Compared
from analysis.robustness.counted import Counted
from analysis.robustness.estimating import excludes_zero


def groups_headline(
    compared: Compared, mixes: LineUp, unmoved: Cells, counted: Counted
) -> Headline:
    """The effect on the ratio, what is left of it with a fixed mix, and what moved elsewhere."""
    ratio, (treated, comparison) = compared.table.loc["ratio"], compared.words
    exempt = comparison == compared.effects.fit.design.intervention.exempt
    return Headline(
        sentence=say("comparison", "headline", treated=treated, comparison=comparison,
                     exempt=exempt, ratio=ratio),
        detail=(*mix_note(mixes).paragraphs, *unmoved_note(unmoved, counted).paragraphs),
        short=bracketed(ratio),
    )  # fmt: skip


def mix_note(mixes: LineUp) -> Prose:
    """What is left of the first estimate in the others, which hold the mix fixed.

    The share that goes is one of logs, in which the model works.
    """
    average = mixes.table.xs("average", level="estimand")["estimate"]
    logs = np.log1p(average / 100)
    gone = sorted(100 * (1 - logs.iloc[1:] / logs.iloc[0]))
    shares = _range([f"{show.number(share)}%" for share in gone]) if gone[0] > 0 else ""
    left = _range([signed(value, "%") for value in sorted(average.iloc[1:])])
    return prose("comparison", "mix", whole=signed(average.iloc[0], "%"), left=left, shares=shares)


def unmoved_note(unmoved: Cells, counted: Counted) -> Prose:
    """Which series that should not move did, by the model and as counted."""
    moved = unmoved.table[excludes_zero(unmoved.table)]
    text = say("comparison", "unmoved", count=len(unmoved.table), moved=len(moved),
               words=moved_words(moved, counted))  # fmt: skip
    return Prose(text, lesson(moved, counted))


def moved_words(moved: pd.DataFrame, counted: Counted) -> str:
    """Series with their estimates; where the counts went the other way, with the counts too.

    moved : rows with `cell` and the standard columns.
    """
    against = _against_counts(moved, counted)
    said = {
        name: f" against its own trend, though as counted it changed by {signed(count, '%')}"
        for name, count in against.items()
    }
    return show.join_words(
        [f"{row.cell}, {estimated(row)}{said.get(row.cell, '')}" for row in moved.itertuples()]
    )


def lesson(moved: pd.DataFrame, counted: Counted) -> str:
    """Where the model finds a fall but the counts went up, the fall is one from a trend."""
    against = _against_counts(moved, counted)
    return say("comparison", "lesson", names=list(against)) if against else ""


def _against_counts(moved: pd.DataFrame, counted: Counted) -> dict[str, float]:
    """The counted change of each series that the model sees go the other way."""
    counts = counted.table.set_index("label")["estimate"]
    pairs = moved.set_index("cell")["estimate"].items()
    return {str(name): counts[name] for name, value in pairs if value * counts[name] < 0}


def two_group_note(effects: Effects, compared: Compared) -> Prose:
    """What the model with both groups finds beside the ratio, and its autocorrelation."""
    average, ratio = effects["average"], compared.table.loc["ratio"]
    inside = ratio["lower"] <= average.estimate <= ratio["upper"]
    rho = effects.fit.rho or 0
    return prose("comparison", "two_groups", average=average, inside=inside, rho=rho)


def breaks_note() -> Prose:
    """What no figure here can rule out."""
    return Prose(points=BREAKS)


def _range(ends: list[str]) -> str:
    """The first and the last of some numbers in words, once where they are the same."""
    return ends[0] if ends[0] == ends[-1] else f"{ends[0]} to {ends[-1]}"
