"""Estimates with their intervals, one below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis import show
from analysis.plot import words
from analysis.plot.axes import apart, limits, name_rows, number_axis, ratio_axis, wrap
from analysis.plot.picture import BAND, BLUE, GREY, INK, VERMILION, WHITE, Picture
from analysis.robustness.comparison import Cells
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.units import DoseResponse

# Ticks in per cent of a scale on which halving and doubling are equally far from none.
TICKS, NARROW_TICKS = (-95, -90, -75, -50, 0, 100, 300, 900), (-95, -75, -50, 0, 100, 900)


def forest(table: pd.DataFrame, *, caption: str, unit: str = "%") -> Picture:
    """Estimates with intervals, one line a row, in blocks by `side` where the table has it.

    table : columns estimate, lower, upper, in `unit`; rows of a side together. Rows are named by
        the index, whose last level gives way to a column `label`. A row that is not identified
        says so.
    """
    labels = _row_labels(table)
    seen = pd.Series([0.0, *table["estimate"].dropna()])
    blocks = table["side"].map(show.capital) if "side" in table else pd.Series("", table.index)

    def draw(ax: Axes, narrow: bool) -> None:
        ax.axvline(0, color=GREY, lw=1)
        _blocks(ax, list(blocks), labels, 22 if narrow else 44, table, filled=True)
        ax.set_xlim(*limits(ax.get_xlim(), seen))
        ax.set_xlabel(unit)
        number_axis(ax.xaxis)

    more = 0.4 * blocks.nunique() * ("side" in table)
    ends = min(0.0, table["lower"].min()), max(0.0, table["upper"].max())
    cut = " An interval goes on beyond the figure." * (limits(ends, seen) != ends)
    return Picture(
        draw=draw,
        alt=f"{caption} {words.estimates(table, labels, unit)}.",
        caption=f"{caption}{cut}",
        height=_height(labels, 44) + more,
        narrow_height=_height(labels, 22) + more,
    )


def cells(parts: Mapping[str, Cells], *, caption: str) -> Picture:
    """Estimates in per cent with intervals, in blocks with a heading each, all on one scale.

    parts : by heading; estimates in per cent, > -100. Hollow where the interval holds zero.
    """
    table = pd.concat([part.table for part in parts.values()], ignore_index=True)
    blocks = np.repeat(list(parts), [len(part.table) for part in parts.values()])

    def draw(ax: Axes, narrow: bool) -> None:
        ratio_axis(ax, "x", NARROW_TICKS if narrow else TICKS, "%")
        ax.axvline(0, color=GREY, lw=1)
        width = 24 if narrow else 40
        _blocks(ax, list(blocks), list(table["cell"]), width, table, filled=False)
        ax.tick_params(axis="y", labelsize=9 if narrow else 10)
        ax.set_xlabel("change, ratio scale")

    said = [
        f"{heading}. {words.estimates(part.table, part.table['cell'])}."
        for heading, part in parts.items()
    ]
    height = 1.0 + 0.27 * len(table) + 0.45 * len(parts)
    return Picture(
        draw=draw,
        alt=" ".join([caption, *said]),
        caption=caption,
        height=height,
        narrow_height=height + 0.13 * len(table),
    )


def dose(found: DoseResponse, *, caption: str, label: str) -> Picture:
    """The effect on each unit by its dose, with intervals, and the weighted line with its own.

    label : of the axis of doses, in per cent.
    """
    units, lines = found.units, found.line.lines
    x, at = 100 * units["dose"], 100 * lines["dose"]

    def draw(ax: Axes, narrow: bool) -> None:
        ratio_axis(ax, "y", TICKS, "%")
        ax.axhline(0, color=GREY, lw=1)
        ax.fill_between(at, lines["lower"], lines["upper"], color=VERMILION, alpha=BAND, lw=0)
        ax.plot(at, lines["estimate"], color=VERMILION, lw=2)
        ax.vlines(x, units["lower"], units["upper"], color=BLUE, lw=1.2)
        ax.plot(x, units["estimate"], "o", color=BLUE, ms=5.5)
        for name, where, beside in zip(units.index, x, apart(x, 6 if narrow else 3.5), strict=True):
            ax.annotate(
                name, (where, units["upper"][name]), (beside, 1000), rotation=90, fontsize=8,
                ha="center", color=INK, arrowprops={"arrowstyle": "-", "lw": 0.4, "color": GREY},
            )  # fmt: skip
        ax.set_ylim(-98, 900)
        ax.set_xlabel(label)
        ax.set_ylabel("change, ratio scale")

    at_dose = [f"{n} at {show.number(d)}%" for n, d in zip(units.index, x, strict=True)]
    return Picture(
        draw=draw,
        alt=f"{caption} {words.estimates(units, at_dose)}.",
        caption=caption,
        height=4.6,
        narrow_height=5,
    )


def _blocks(
    ax: Axes, blocks: Sequence[str], names: Sequence[str], width: int, table: pd.DataFrame, *,
    filled: bool,
) -> None:  # fmt: skip
    """Rows of estimates in blocks with a heading each, "" for none, and their values beside."""
    heads = list(dict.fromkeys(blocks))
    block = np.array([heads.index(name) for name in blocks])
    y = -(1.2 * block if any(heads) else 0 * block) - np.arange(len(table))
    _intervals(ax, y, table, filled=filled)
    name_rows(ax, y, names, width)
    beside: Any = {"xycoords": ("axes fraction", "data"), "va": "center", "color": INK}
    for value, where in zip(table["estimate"], y, strict=True):
        if np.isfinite(value):
            told = show.estimate(value, signed=True)
            ax.annotate(told, (1.01, where), fontsize=8.5, annotation_clip=False, **beside)
    for i, heading in enumerate(filter(None, heads)):
        paper = {"fc": WHITE, "lw": 0, "pad": 1}
        at = 0.01, y[block == i].max() + 1
        ax.annotate(heading, at, fontweight="bold", bbox=paper, **beside)
        ax.set_ylim(top=y.max() + 1.7)


def _intervals(ax: Axes, y: np.ndarray, table: pd.DataFrame, *, filled: bool) -> None:
    """A point and a line a row, hollow and thin where zero is inside unless all are `filled`."""
    known = np.isfinite(table[["lower", "upper"]]).all(axis=1).to_numpy()
    clear = excludes_zero(table).to_numpy() | filled | ~known
    for which, width, face in ((clear, 2.0, BLUE), (~clear, 1.2, "none")):
        rows = table[which]
        ax.hlines(y[which], rows["lower"], rows["upper"], color=BLUE, lw=width)
        ax.plot(rows["estimate"], y[which], "o", color=BLUE, mfc=face, mew=1.4, ms=5.5)
    for value, where in zip(table["estimate"][~known], y[~known], strict=True):
        ax.annotate(f"  {show.NOT_IDENTIFIED}", (value, where), va="center", color=GREY)


def _height(labels: Sequence[str], width: int) -> float:
    """Room in inches for as many rows, so that no label runs into the next."""
    lines = max((wrap(label, width).count("\n") for label in labels), default=0) + 1
    return 1.1 + len(labels) * max(0.36, 0.12 + 0.15 * lines)


def _row_labels(table: pd.DataFrame) -> list[str]:
    keys = [list(key) if isinstance(key, tuple) else [key] for key in table.index]
    if "label" in table and table.index.nlevels > 1:
        keys = [[*key[:-1], label] for key, label in zip(keys, table["label"], strict=True)]
    return [": ".join(map(str, key)) for key in keys]
