"""The page of one effect over units, in sentences."""

from __future__ import annotations

import pandas as pd

from analysis import plot
from analysis.pages.said import prose, say
from analysis.pages.words import Headline, Prose, bracketed
from analysis.plot import Picture
from analysis.robustness.comparison import Cells
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.pooling import Dosed, Pooled


def units_headline(pooled: Pooled, cells: Cells) -> Headline:
    """The mean effect, where a further unit would lie, and how far units differ."""
    mean, following, count = pooled.table.loc["mean"], pooled.table.loc["next"], len(pooled.units)
    main = next(iter(cells.designs.values())).intervention
    return Headline(
        sentence=say("units", "headline", count=count, main=main, mean=mean),
        detail=(say("units", "further", next=following), pooled.spread.words),
        short=bracketed(mean),
        title=f"One effect over {count} units",
    )


def forest(pooled: Pooled, cells: Cells) -> Picture:
    """The units, then their mean and a further unit."""
    rows = pd.concat(
        [pooled.units, pooled.table.rename({"mean": "Mean", "next": "A further unit"})]
    )
    return _forest(
        rows, cells, "The effect on each unit, their mean, and a further unit, with intervals."
    )


def _forest(table: pd.DataFrame, cells: Cells, caption: str) -> Picture:
    of = [design.outcome for design in cells.designs.values()]
    return plot.forest(table, caption=caption, unit=table["unit"].iloc[0], of=of)


def alone_note(pooled: Pooled, alone: Pooled) -> Prose:
    """What the interval would be if no shock were shared."""
    one, other = pooled.table.loc["mean"], alone.table.loc["mean"]
    same = abs(one["std_error"] - other["std_error"]) < 0.02 * one["std_error"]
    return prose("units", "alone_note", same=same, other=other)


def without(pooled: Pooled, cells: Cells) -> list[Prose | Picture]:
    """How far the mean rests on a single unit, in words and as a figure."""
    if pooled.without.empty:
        return [Prose("With two units, leaving one out leaves no mean.")]
    table = pooled.without
    low, high = (table.loc[end] for end in (table["estimate"].idxmin(), table["estimate"].idxmax()))
    clear = excludes_zero(pooled.table).loc["mean"]
    turned = [str(name) for name in table.index[excludes_zero(table) != clear]]
    note = prose("units", "without", low=low, high=high, turned=turned, clear=clear)
    return [note, _forest(table, cells, "The mean without each unit in turn, with intervals.")]


def left_out_note(cells: Cells, pooled: Pooled) -> Prose:
    """The units that could not be estimated, each with the reason."""
    rows = list(zip(cells.left_out["key"], cells.left_out["reason"], strict=True))
    vague = cells.table["cell"][~cells.table["cell"].isin(pooled.units.index)]
    return prose("units", "left_out", rows=rows, vague=list(vague))


def dose_note(dosed: Dosed) -> Prose:
    """How the effect goes with the dose, and how the p-value of it comes about."""
    return prose("units", "dose_note", table=dosed.table)
