"""Estimates with their intervals, one below the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis import show
from analysis.outcome import Outcome
from analysis.plot import words
from analysis.plot.axes import apart, effect_axis, limits, name_rows, uprights, wrap
from analysis.plot.picture import BAND, BLUE, GREY, INK, VERMILION, WHITE, Picture
from analysis.robustness.comparison import Cells
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.pooling import Pooled
from analysis.robustness.units import DoseResponse

ENDS = ["estimate", "lower", "upper"]
# Most letters in a line of a label, on a wide screen and on a narrow one.
LETTERS, NARROW_LETTERS = 42, 22


def forest(
    table: pd.DataFrame,
    *,
    caption: str,
    alpha: float,
    unit: str = "%",
    of: Iterable[Outcome] = (),
) -> Picture:
    """Estimates with intervals, one line a row, in blocks by `side` where the table has it.

    table : columns estimate, lower, upper, in `unit`; rows of a side together. Rows are named by
        the index, whose last level gives way to a column `label`. A row that is not identified
        says so.
    alpha : of the intervals.   of : the series under study, whose sources are named.
    """
    blocks = [show.capital(side) for side in table["side"]] if "side" in table else []
    seen = pd.Series([0.0, *table["estimate"].dropna()])
    ends = min(0.0, table["lower"].min()), max(0.0, table["upper"].max())
    cut = " An interval goes on beyond the figure." * (limits(ends, seen) != ends)

    def scale(ax: Axes) -> None:
        ax.set_xlim(*limits(ax.get_xlim(), seen))

    return _listed(table, _row_labels(table), blocks, scale, caption=caption + cut, alpha=alpha,
                   unit=unit, of=of, ratio=False)  # fmt: skip


def cells(parts: Mapping[str, Cells], *, caption: str) -> Picture:
    """Estimates in per cent with intervals, in blocks with a heading each, all on one scale.

    parts : by heading; estimates in per cent, > -100. Hollow where the interval holds zero.
    """
    table = pd.concat([part.table for part in parts.values()], ignore_index=True)
    blocks = [heading for heading, part in parts.items() for _ in part.table.index]
    outcomes = [design.outcome for part in parts.values() for design in part.designs.values()]
    alpha = next(iter(parts.values())).alpha
    return _listed(table, list(table["cell"]), blocks, lambda ax: None, caption=caption,
                   alpha=alpha, unit="%", of=outcomes, ratio=True)  # fmt: skip


def pooled(found: Pooled, cells: Cells) -> Picture:
    """The units, then their mean and a further unit."""
    rows = found.table.rename({"mean": "Mean", "next": "A further unit"})
    caption = "The effect on each unit, their mean, and a further unit."
    return _of_units(pd.concat([found.units, rows]), cells, caption)


def without(found: Pooled, cells: Cells) -> list[Picture]:
    """The mean without each unit in turn; nothing where there are two."""
    caption = "The mean without each unit in turn."
    return [_of_units(found.without, cells, caption)] if len(found.without) else []


def _of_units(table: pd.DataFrame, cells: Cells, caption: str) -> Picture:
    of = [design.outcome for design in cells.designs.values()]
    unit = table["unit"].iloc[0]
    return forest(table, caption=caption, alpha=cells.alpha, unit=unit, of=of)


def dose(found: DoseResponse, *, caption: str, label: str) -> Picture:
    """The effect on each unit by its dose, with intervals, and the weighted line with its own.

    label : of the axis of doses, in per cent.
    """
    units, lines = found.units, found.line.lines
    x, at = 100 * units["dose"], 100 * lines["dose"]

    def draw(ax: Axes, narrow: bool) -> None:
        effect_axis(ax, "y", "change in %, ratio scale", ratio=True)
        ax.fill_between(at, lines["lower"], lines["upper"], color=VERMILION, alpha=BAND, lw=0)
        ax.plot(at, lines["estimate"], color=VERMILION, lw=2)
        uprights(ax, x, units["lower"], units["upper"], color=BLUE, lw=1.2)
        ax.plot(x, units["estimate"], "o", color=BLUE, ms=5.5)
        for name, where, beside in zip(units.index, x, apart(x, 6 if narrow else 3.5), strict=True):
            ax.annotate(
                name, (where, units["upper"][name]), (beside, 1000), rotation=90, fontsize=8,
                ha="center", color=INK, arrowprops={"arrowstyle": "-", "lw": 0.4, "color": GREY},
            )  # fmt: skip
        ax.set_ylim(-98, 900)
        ax.set_xlabel(label)

    at_dose = [f"{n} at {show.number(d)}%" for n, d in zip(units.index, x, strict=True)]
    return Picture(
        draw=draw,
        **words.told("dose", found.outcomes, given=caption, units=units, at=at_dose,
                     ends=found.ends["estimate"], alpha=found.line.alpha),
        table=units[ENDS].set_axis(at_dose),
        places={"x": x.to_numpy(), "y": units["estimate"].to_numpy()},
        height=4.8,
        narrow_height=5.2,
    )  # fmt: skip


def _listed(
    table: pd.DataFrame, labels: Sequence[str], blocks: Sequence[str], scale: Any, *,
    caption: str, alpha: float, unit: str, of: Iterable[Outcome], ratio: bool,
) -> Picture:  # fmt: skip
    """Rows of estimates, in blocks with a heading each, and their values beside."""
    heads = list(dict.fromkeys(blocks))
    block = np.array([heads.index(name) for name in blocks] or np.zeros(len(table)))
    y = -1.2 * block * bool(heads) - np.arange(len(table))

    def draw(ax: Axes, narrow: bool) -> None:
        effect_axis(ax, "x", f"{unit}, ratio scale" if ratio else unit, ratio=ratio)
        _intervals(ax, y, table, filled=not ratio)
        name_rows(ax, y, labels, NARROW_LETTERS if narrow else LETTERS)
        beside: Any = {"xycoords": ("axes fraction", "data"), "va": "center", "color": INK}
        for value, where in zip(table["estimate"], y, strict=True):
            if np.isfinite(value):
                told = show.estimate(value, signed=True)
                ax.annotate(told, (1.01, where), fontsize=8.5, annotation_clip=False, **beside)
        for i, heading in enumerate(heads):
            at, paper = (0.01, y[block == i].max() + 1), {"fc": WHITE, "lw": 0, "pad": 1}
            ax.annotate(heading, at, fontweight="bold", bbox=paper, **beside)
            ax.set_ylim(top=y.max() + 1.7)
        scale(ax)

    parts = {head: table[block == i] for i, head in enumerate(heads)}
    more = 0.4 * len(heads)
    return Picture(
        draw=draw,
        **words.told("listed", of, given=caption, table=table, labels=labels, unit=unit,
                     parts=parts, alpha=alpha),
        table=table[ENDS].set_axis(list(labels)),
        places={"y": y},
        height=_height(labels, LETTERS) + more,
        narrow_height=_height(labels, NARROW_LETTERS) + more,
    )  # fmt: skip


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
    return 1.5 + len(labels) * max(0.3, 0.12 + 0.15 * lines)


def _row_labels(table: pd.DataFrame) -> list[str]:
    keys = [list(key) if isinstance(key, tuple) else [key] for key in table.index]
    if "label" in table and table.index.nlevels > 1:
        keys = [[*key[:-1], label] for key, label in zip(keys, table["label"], strict=True)]
    return [": ".join(map(str, key)) for key in keys]
