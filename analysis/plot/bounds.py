"""What it would take to explain an estimate: a trend that bends, an event that nobody measured."""

from __future__ import annotations

from typing import get_args

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.design.scale import to_per_cent, unit_of
from analysis.plot import words
from analysis.plot.axes import Marks, date_axis, effect_axis, note, panels_in
from analysis.plot.picture import BLUE, GREY, INK, PALE, VERMILION, WHITE, Picture, middles
from analysis.robustness.bend import Bends
from analysis.robustness.unmeasured import Left, Unmeasured

# Bends are drawn to a little beyond the one that explains the estimate.
BEYOND = 1.25


def bends(found: Bends) -> Picture:
    """What may be left of the estimate by how far the trend may bend, above the past bends."""
    told = to_per_cent if found.design.in_per_cent else np.asarray
    side, step = float(np.sign(found.estimate)) or 1.0, found.design.outcome.step
    grid = np.linspace(0, BEYOND * found.whole, 80)
    x, reach = told(side * grid), grid * found.per_bend
    unit = unit_of(found.design.outcome, found.design.scale)

    def draw(ax: Axes, narrow: bool) -> None:
        heights = [3, 1.4] if len(found.past) else [1]
        panels = panels_in(ax, [""] * len(heights), heights=heights)
        effect_axis(panels[0], "y", f"effect, {unit}", ratio=found.design.in_per_cent)
        for (low, high), colour, alpha in ((outer, PALE, 1.0), (middle, BLUE, 0.45)):
            panels[0].fill_between(x, told(low), told(high), color=colour, alpha=alpha, lw=0)
        if len(found.past):
            panels[1].hist(told(side * found.past), bins=list(np.sort(x[::3])), color=GREY)
            panels[1].set_ylabel("dates")
            panels[1].yaxis.set_major_locator(MaxNLocator(3, integer=True))
        for panel in panels:
            for bend in {found.open, found.whole} - {0.0}:
                panel.axvline(float(told(side * bend)), color=VERMILION, lw=1.4, ls="--")
            panel.set_xlim(0, x[-1])
            panel.xaxis.set_major_formatter(Marks(signed=True))
        panels[-1].set_xlabel(f"bend every {step}, {unit} a {step}")

    middle, outer = (found.estimate - reach, found.estimate + reach), found.interval(grid)
    ends = {"least": middle[0], "most": middle[1], "lower": outer[0], "upper": outer[1]}
    return Picture(
        draw=draw,
        **words.told("bends", [found.design.outcome], found=found, step=step,
                     whole=found.told(found.slope(found.whole))),
        table=pd.DataFrame({name: told(end) for name, end in ends.items()}).set_axis(
            [f"a bend of {found.told(at)}" for at in x]
        ),
        places={"x": x},
        height=4.6,
    )  # fmt: skip


def unmeasured(found: Unmeasured) -> Picture:
    """Which shift in which period would leave nothing of the estimate, or of its interval."""
    kind = found.gone("interval").astype(int) + found.gone("estimate")
    cells = kind.groupby([found.table["size"], found.table["period"]]).first().unstack()  # noqa: PD010
    start = found.design.outcome.periods[found.design.T0].start_time
    parts = {f"shift that leaves nothing of the {k}": found.needed(k) for k in get_args(Left)}
    periods = pd.PeriodIndex(cells.columns)

    def draw(ax: Axes, narrow: bool) -> None:
        effect_axis(ax, "y", f"lasting shift, {found.unit}", ratio=found.design.in_per_cent)
        x = middles(periods)
        ax.contourf(x, cells.index, cells, levels=[0.5, 1.5, 2.5], colors=[PALE, VERMILION])
        ax.axvline(float(mdates.date2num(start)), color=INK, lw=1.4)
        for _, row in found.measured.iterrows():
            at = middles(pd.PeriodIndex([row["period"]]))[0], row["size"]
            ax.plot(*at, "D", color=BLUE, ms=7)
            note(ax, row["label"], at, gap=7, color=INK, bbox={"fc": WHITE, "lw": 0, "pad": 0.5})
        date_axis(ax)

    return Picture(
        draw=draw,
        **words.told("unmeasured", [found.design.outcome], found=found,
                     row=found.smallest("estimate", before=False)),
        table=pd.DataFrame(parts),
        height=3.9,
    )  # fmt: skip
