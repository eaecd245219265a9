"""The page of one effect over units, in sentences."""

from __future__ import annotations

import pandas as pd

from analysis import plot, show
from analysis.pages.words import Headline, Prose, bracketed, estimated
from analysis.plot import Picture
from analysis.robustness.comparison import Cells
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.pooling import Dosed, Pooled


def units_headline(pooled: Pooled, cells: Cells) -> Headline:
    """The mean effect, where a further unit would lie, and how far units differ."""
    mean, following = pooled.table.loc["mean"], pooled.table.loc["next"]
    unit = following["unit"]
    main = next(iter(cells.designs.values())).intervention.called
    return Headline(
        sentence=f"Over {len(pooled.units)} units, {main} came with a mean change of "
        f"{estimated(mean)}.",
        detail=(
            "A further unit of their kind would be expected between "
            f"{show.amount(following['lower'], unit)} and {show.amount(following['upper'], unit)}.",
            pooled.spread.words,
        ),
        short=bracketed(mean),
        title=f"One effect over {len(pooled.units)} units",
    )


def forest(pooled: Pooled) -> Picture:
    """The units, then their mean and a further unit."""
    rows = pd.concat(
        [pooled.units, pooled.table.rename({"mean": "Mean", "next": "A further unit"})]
    )
    caption = "The effect on each unit, their mean, and a further unit, with intervals."
    return plot.forest(rows, caption=caption, unit=rows["unit"].iloc[0])


def alone_note(pooled: Pooled, alone: Pooled) -> Prose:
    """What the interval would be if no shock were shared."""
    one, other = pooled.table.loc["mean"], alone.table.loc["mean"]
    same = abs(one["std_error"] - other["std_error"]) < 0.02 * one["std_error"]
    found = (
        "What the models leave over goes hardly together between units here, so that the interval "
        "is the same as for independent units."
        if same
        else "What the models leave over goes together between units, so the interval counts it: "
        f"taken as independent, the units would give {estimated(other)}."
    )
    return Prose(
        f"Units that feel the same shocks say less than as many independent ones. {found}",
        "No interval can see a shock that reached all units for good on the day of a common start: "
        "it is in each estimate, and in the mean. Starts at different days guard against it.",
    )


def without(pooled: Pooled) -> list[Prose | Picture]:
    """How far the mean rests on a single unit, in words and as a figure."""
    if pooled.without.empty:
        return [Prose("With two units, leaving one out leaves no mean.")]
    table = pooled.without
    low, high = table["estimate"].idxmin(), table["estimate"].idxmax()
    clear = excludes_zero(pooled.table).loc["mean"]
    turned = [str(name) for name in table.index[excludes_zero(table) != clear]]
    does = "does not leave out" if clear else "leaves out"
    note = Prose(
        f"The mean goes from {estimated(table.loc[low])} without {low} to "
        f"{estimated(table.loc[high])} without {high}. "
        + (
            f"Without {turned[0]} alone its interval {does} zero."
            if len(turned) == 1
            else f"Leave out any one of {show.join_words(turned)}, and its interval {does} zero."
            if turned
            else "Whether its interval leaves out zero does not rest on any single unit."
        )
    )
    caption = "The mean without each unit in turn, with intervals."
    return [note, plot.forest(table, caption=caption, unit=table["unit"].iloc[0])]


def left_out_note(cells: Cells, pooled: Pooled) -> Prose:
    """The units that could not be estimated, each with the reason."""
    rows = zip(cells.left_out["key"], cells.left_out["reason"], strict=True)
    vague = cells.table["cell"][~cells.table["cell"].isin(pooled.units.index)]
    points = [f"{name}: {reason}" for name, reason in rows]
    points += [f"{name}: its interval is not identified." for name in vague]
    return Prose("Left out:" if points else "Every unit could be estimated.", points=points)


def dose_note(dosed: Dosed) -> Prose:
    """How the effect goes with the dose, and how the p-value of it comes about."""
    zero, slope = dosed.table.loc["zero"], dosed.table.loc["slope"]
    return Prose(
        f"At dose zero the effect is {estimated(zero)}; each unit of dose changes it by "
        f"{estimated(slope)}. Units differ in more than their dose: this is no experiment."
    )
