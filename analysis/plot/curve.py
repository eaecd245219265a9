"""The specification curve, with the choices beneath it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from analysis import show
from analysis.plot import words
from analysis.plot.axes import Marks, effect_axis, panels_in, uprights, wrap
from analysis.plot.picture import BLUE, GREY, INK, VERMILION, Picture
from analysis.robustness.curve.grid import WORDS, Grid, choice_words
from analysis.robustness.curve.specification import Curve, choice_shares

# So many intervals are drawn, evenly along the curve: more would be one grey area.
INTERVALS = 150
BINS, NARROW_BINS = 60, 30
# So many shades tell how many of the specifications at a place make a choice.
SHADES = 10


def curve(found: Curve, *, main: float | None = None) -> Picture:
    """Estimates sorted, and for each choice how often it stands in each stretch of the curve.

    main : the estimate of the main specification, in per cent, to be marked with a line.
    """
    shares = {False: choice_shares(found, bins=BINS), True: choice_shares(found, bins=NARROW_BINS)}
    shown = np.unique(np.linspace(0, len(found.table) - 1, INTERVALS).round().astype(int))
    count = len(shares[False]) + len(found.grid.varied)

    def draw(ax: Axes, narrow: bool) -> None:
        above, below = panels_in(ax, ["", ""], heights=[3.2, 0.2 * count])
        _estimates(above, found, main, shown)
        _choices(below, found.grid, shares[narrow], len(found.table), narrow)
        for axes in (above, below):
            axes.set_xlim(0, len(found.table))
        above.tick_params(labelbottom=False)
        below.xaxis.set_major_formatter(Marks())

    height = 3.9 + 0.22 * count
    return Picture(
        draw=draw,
        **words.told("curve", found.grid.outcomes.values(), found=found, main=main,
                     count=len(found.table), strongest=_strongest(found),
                     low=found.whole["low"], high=found.whole["high"]),
        table=found.told.iloc[shown].set_axis(
            [f"Specification {at + 1}: {_chosen(found, at)}" for at in shown]
        ),
        places={"x": shown + 0.5},
        height=height,
    )  # fmt: skip


def _chosen(found: Curve, at: int) -> str:
    """The choices of one specification in words."""
    row = found.table.iloc[at]
    return "; ".join(choice_words(found.grid, name, str(row[name])) for name in found.grid.varied)


def _estimates(ax: Axes, found: Curve, main: float | None, shown: np.ndarray) -> None:
    told, per_cent = found.told, found.unit == "%"
    effect_axis(ax, "y", f"average effect, {found.unit}", ratio=False)
    rows = found.table.iloc[shown]
    clear = (rows["upper"] < 0 if found.side == "below" else rows["lower"] > 0).to_numpy()
    for which, colour in ((clear, VERMILION), (~clear, GREY)):
        part = told.iloc[shown][which]
        ends = part["lower"], part["upper"].fillna(100) if per_cent else part["upper"]
        uprights(ax, shown[which] + 0.5, *ends, color=colour, lw=1, alpha=0.7)
    if main is not None:
        ax.axhline(main, color=INK, lw=1, ls="--")
    ax.plot(np.arange(len(told)) + 0.5, told["estimate"], color=BLUE, lw=2.2)
    if per_cent:
        ax.set_ylim(-100, 100)


def _choices(ax: Axes, grid: Grid, shares: pd.DataFrame, count: int, narrow: bool) -> None:
    """One row a value, with a heading row for each dimension."""
    letters, labels, heads = 24 if narrow else 46, list[str](), list[int]()
    for dimension, part in shares.groupby(level="choice", sort=False):
        name, values = str(dimension), part.index.get_level_values("value")
        heads.append(len(labels))
        labels += [WORDS[name], *(wrap(choice_words(grid, name, str(v)), letters) for v in values)]
    heights = 1 + 0.35 * np.array([label.count("\n") for label in labels])
    places = np.cumsum(heights) - heights / 2
    _strips(ax, shares.to_numpy(), np.delete(places, heads), count / shares.shape[1])
    ax.set_ylim(places[-1] + 0.7, -0.1)
    ax.set_yticks(places, labels, fontsize=7.5 if narrow else 8.5)
    for head in heads:
        ax.get_yticklabels()[head].set_fontweight("bold")
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("specifications, sorted" if narrow else "specifications, lowest estimate first")


def _strips(ax: Axes, shares: np.ndarray, rows: np.ndarray, width: float) -> None:
    """Each row of shares as a strip, the stronger the colour the higher; one path a shade."""
    shades = np.ceil(SHADES * shares)
    for shade in range(1, SHADES + 1):
        row, place = np.nonzero(shades == shade)
        x, y = width * (place[:, None] + [0, 1, 1, 0]), rows[row, None] + [-0.39, -0.39, 0.39, 0.39]
        path = Path.make_compound_path_from_polys(np.stack([x, y], axis=-1))
        ax.add_patch(PathPatch(path, fc=BLUE, alpha=1 - 0.92 * (1 - shade / SHADES), lw=0))


def _strongest(found: Curve) -> str:
    """The choice whose values lie furthest apart, in words."""
    middle, unit = found.by_choice["middle"], found.unit
    spread = middle.groupby(level="choice").agg(lambda m: m.max() - m.min())
    if not spread.max() > 0:
        return ""
    name = str(spread.idxmax())
    parts = [
        f"{choice_words(found.grid, name, str(value))} {show.rough(middle[name, value], unit)}"
        for value in middle[name].index
    ]
    return f"The choice that moves the middle most is {WORDS[name]}: {', '.join(parts)}."
