"""Estimates with their intervals, side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from analysis import show
from analysis.plot.axes import name_rows, wrap
from analysis.plot.picture import BLUE, GREY, Picture


def forest(table: pd.DataFrame, *, caption: str, unit: str = "%") -> Picture:
    """Estimates with intervals, one line a row.

    table : columns estimate, lower, upper, in `unit`. Rows are named by the index, whose last
        level gives way to a column `label`. A row that is not identified says so.
    """
    labels = _row_labels(table)
    wide, thin = ([wrap(label, width) for label in labels] for width in (44, 22))
    y = np.arange(len(table))[::-1]

    def draw(ax: Axes, narrow: bool) -> None:
        ax.axvline(0, color=GREY, lw=1)
        known = np.isfinite(table["lower"]).to_numpy()
        ends = table.loc[known, ["lower", "upper"]].to_numpy()
        ax.hlines(y[known], *ends.T, color=BLUE, lw=2)
        ax.plot(table["estimate"], y, "o", color=BLUE, ms=6)
        for value, where in zip(table["estimate"][~known], y[~known], strict=True):
            ax.annotate(f"  {show.NOT_IDENTIFIED}", (value, where), va="center", color=GREY)
        name_rows(ax, y, thin if narrow else wide)
        ax.set_xlabel(unit)
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: show.number(v)))

    lines = [
        f"{label}: {show.amount(row.estimate, unit)}, {show.interval(row.lower, row.upper, unit)}"
        for label, row in zip(labels, table.itertuples(), strict=True)
    ]
    return Picture(
        draw=draw,
        alt=f"{caption} {'. '.join(lines)}.",
        caption=caption,
        height=_height(wide),
        narrow_height=_height(thin),
    )


def _height(labels: list[str]) -> float:
    """Room in inches for as many rows, so that no label runs into the next."""
    lines = max((label.count("\n") for label in labels), default=0) + 1
    return 1.1 + len(labels) * max(0.36, 0.12 + 0.15 * lines)


def _row_labels(table: pd.DataFrame) -> list[str]:
    keys = [list(key) if isinstance(key, tuple) else [key] for key in table.index]
    if "label" in table and table.index.nlevels > 1:
        keys = [[*key[:-1], label] for key, label in zip(keys, table["label"], strict=True)]
    return [": ".join(map(str, key)) for key in keys]
