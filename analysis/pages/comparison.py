"""The page of comparison groups in sentences, from its results."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis import show
from analysis.effects.estimands import Effects
from analysis.effects.lineup import LineUp
from analysis.pages.effect import Headline, Prose
from analysis.robustness.comparison import Cells, Compared
from analysis.robustness.counted import Counted
from analysis.robustness.estimating import excludes_zero


def groups_headline(
    compared: Compared, mixes: LineUp, unmoved: Cells, counted: Counted
) -> Headline:
    """The effect on the ratio, what is left of it with a fixed mix, and what moved elsewhere."""
    ratio = compared.table.loc["ratio"]
    treated, comparison = compared.words
    exempt = comparison == compared.effects.fit.design.intervention.exempt
    size = show.amount(ratio["estimate"], ratio["unit"], 0)
    interval = show.interval(ratio["lower"], ratio["upper"], ratio["unit"], 0)
    return Headline(
        sentence=f"Against {comparison}{', who are exempt' if exempt else ''}, encounters of "
        f"{treated} changed by {size} on average (interval: {interval}).",
        detail=(*mix_note(mixes).paragraphs, *unmoved_note(unmoved, counted).paragraphs),
        short=f"{size} [{interval}]",
    )


def mix_note(mixes: LineUp) -> Prose:
    """What is left of the first estimate in the others, which hold the mix fixed.

    The share that goes is one of logs, in which the model works.
    """
    average = mixes.table.xs("average", level="estimand")["estimate"]
    logs = np.log1p(average / 100)
    gone = sorted(100 * (1 - logs.iloc[1:] / logs.iloc[0]))
    left = _range([show.amount(value, "%") for value in sorted(average.iloc[1:])])
    if gone[0] > 0:
        shares = _range([show.number(share) for share in gone])
        meaning = (
            f"So {shares}% of the estimate (in logs) goes with a change in where people came "
            "from, and is no change within each citizenship."
        )
    else:
        meaning = "Not all of these choices make it smaller."
    whole = show.amount(average.iloc[0], "%")
    return Prose(
        paragraphs=(f"With the mix of citizenships held fixed, {whole} becomes {left}. {meaning}",)
    )


def unmoved_note(unmoved: Cells, counted: Counted) -> Prose:
    """Each series that should not move: what the model finds, and what was counted."""
    counts = counted.table.set_index("label")
    points = [_beside(row, counts.loc[row["cell"]]) for _, row in unmoved.table.iterrows()]
    moved = unmoved.table[excludes_zero(unmoved.table)]
    return Prose(
        paragraphs=(_moved(moved, len(unmoved.table)), *_lesson(moved, counts, counted.span)),
        points=tuple(points),
    )


def two_group_note(effects: Effects, compared: Compared) -> Prose:
    """What the model with both groups finds beside the ratio, and what it leaves out."""
    average, ratio = effects["average"], compared.table.loc["ratio"]
    inside = ratio["lower"] <= average.estimate <= ratio["upper"]
    where = "inside" if inside else "outside"
    return Prose(
        paragraphs=(
            f"Its average is {show.amount(average.estimate, average.unit)} "
            f"({show.interval(average.lower, average.upper, average.unit)}), {where} the interval "
            f"of the ratio. It has {len(effects.fit.design.X.columns)} terms: a constant, a trend, "
            "a level and a slope that both groups share, and how the treated group differs in "
            "each. It has no terms for the other dated events, one autocorrelation for both "
            f"groups ({show.number(effects.fit.rho or 0, 2)}) taken as known, which makes "
            "intervals too narrow, and errors of the two groups taken as unrelated, which makes "
            "them too wide where both groups share their ups and downs.",
        )
    )


def cells_note(parts: Mapping[str, Cells]) -> Prose:
    """In how many series of each kind the estimate is a fall that its interval tells from zero."""
    points = []
    for heading, cells in parts.items():
        table = cells.table
        clear = table[excludes_zero(table)]
        names = show.join_words(
            [f"{row['cell']} ({show.amount(row['estimate'], '%')})" for _, row in clear.iterrows()]
        )
        falls = int((table["estimate"] < 0).sum())
        points.append(
            f"{heading}: {falls} of {len(table)} estimates are falls; {len(clear)} of the "
            f"intervals leave out zero{': ' if names else ''}{names}."
        )
    return Prose(
        paragraphs=(
            "Each is a short series with a model of its own, so most intervals are wide. With many "
            "intervals some leave out zero by chance.",
        ),
        points=tuple(points),
    )


def breaks_note(compared: Compared) -> Prose:
    """What no figure here can rule out."""
    return Prose(paragraphs=(), points=compared.breaks)


def _moved(moved: pd.DataFrame, total: int) -> str:
    if moved.empty:
        return (
            f"In none of the {total} series that should not move does the interval leave out "
            "zero; wide intervals do not show that nothing moved."
        )
    found = [
        f"{row['cell']} ({show.amount(row['estimate'], row['unit'])}, "
        f"{show.interval(row['lower'], row['upper'], row['unit'])})"
        for _, row in moved.iterrows()
    ]
    return (
        f"Among {total} series that should not move, the same design finds a change in "
        f"{len(moved)}: {show.join_words(found)}. That is the strongest argument on this page "
        "against reading the estimate of a single series as the work of the restrictions."
    )


def _lesson(moved: pd.DataFrame, counts: pd.DataFrame, span: int) -> list[str]:
    """Where the model finds a fall but the counts went up, the fall is one from a trend."""
    return [
        f"{row['cell']}: as counted, the mean a day changed by "
        f"{show.amount(counts.loc[row['cell'], 'estimate'], '%')} against the {span} months "
        f"before. {_course(counts.loc[row['cell']])} So the estimate there is a gap to a steep "
        "trend carried forward, and its size rests on that trend. It warns about the method as "
        "much as about other causes: the estimate for the southwest border carries a trend "
        "forward too."
        for _, row in moved.iterrows()
        if row["estimate"] * counts.loc[row["cell"], "estimate"] < 0
    ]


def _course(counts: pd.Series) -> str:
    return (
        f"It was highest in {show.period_name(counts['highest'])} "
        f"({show.estimate(counts['peak'])} a day) and stood at {show.estimate(counts['last'])} in "
        f"{show.period_name(counts['end'])}."
    )


def _beside(row: pd.Series, counts: pd.Series) -> str:
    return (
        f"{row['cell']}: the model gives {show.amount(row['estimate'], row['unit'])} "
        f"({show.interval(row['lower'], row['upper'], row['unit'])}). Counted: "
        f"{show.estimate(counts['before'])} a day before, {show.estimate(counts['after'])} after "
        f"({show.amount(counts['estimate'], '%')}). {_course(counts)}"
    )


def _range(ends: list[str]) -> str:
    """The first and the last of some numbers in words, once where they are the same."""
    return ends[0] if ends[0] == ends[-1] else f"{ends[0]} to {ends[-1]}"
