"""What each shape of an effect looks like."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from analysis import show
from analysis.plot.axes import panels_in
from analysis.plot.picture import BLUE, GREY, VERMILION, Picture


def shapes(effects: Mapping[str, pd.Series], start: int) -> Picture:
    """One small panel a shape: what it adds to each month, its parts having sizes of their own.

    start : the place of the first month in which the intervention is in force.
    """
    months = range(1 - start, len(next(iter(effects.values()))) + 1 - start)

    def draw(ax: Axes, narrow: bool) -> None:
        panels = panels_in(ax, list(effects), 2 if narrow else 4)
        for panel, effect in zip(panels, effects.values(), strict=True):
            panel.axhline(0, color=GREY, lw=0.8)
            panel.axvline(0.5, color=VERMILION, lw=1, ls="--")
            panel.plot(months, effect, color=BLUE, marker="o", ms=2, lw=1.2)
            panel.title.set_fontsize(8.5)
            panel.set_yticks([])
            panel.set_xticks([1, 12, 24])

    lines = [f"{name}: {_course(effect, start)}." for name, effect in effects.items()]
    return Picture(
        draw=draw,
        alt=f"What each shape adds, by month from the start on. {' '.join(lines)}",
        caption="What each shape adds to the path that was expected, by month from the start on "
        "(dashed); drawn from the columns of the design.",
        height=1.5 * -(-len(effects) // 4),
        narrow_height=1.4 * -(-len(effects) // 2),
    )


def _course(effect: pd.Series, start: int) -> str:
    marks = {"1": start, "6": start + 5, "24": start + 23}
    told = [f"{show.number(effect.iloc[i], 2)} in month {month}" for month, i in marks.items()]
    return show.join_words(told)
