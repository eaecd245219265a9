"""Groups set to 100 before an intervention; series less the mix of others that is nearest."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from analysis.design.scale import to_per_cent
from analysis.outcome import Intervention, Outcome
from analysis.plot import words
from analysis.plot.axes import (
    Marks,
    date_axis,
    effect_axis,
    mark_events,
    name_ends,
)
from analysis.plot.picture import BLUE, COLOURS, GREY, Picture, middles
from analysis.robustness.counted import Indexed
from analysis.robustness.weighted import Weighted

TICKS = (5, 10, 20, 30, 50, 70, 100, 150, 200, 300, 500)


def groups(
    indexed: Indexed, events: Iterable[Intervention] = (), *, of: Iterable[Outcome] = ()
) -> Picture:
    """Series set to 100 before the intervention, with their straight lines before it (dashed).

    The axis is of ratios: equal shares are equally high, and parallel lines went the same way.
    """
    marked = (indexed.intervention, *events)
    last = indexed.frame.ffill().iloc[-1]
    low, high = float(np.nanmin(indexed.frame)), float(np.nanmax(indexed.frame))

    def draw(ax: Axes, narrow: bool) -> None:
        x = middles(pd.PeriodIndex(indexed.frame.index))
        for i, name in enumerate(indexed.frame):
            colour, mark = COLOURS[i % len(COLOURS)], "os^Dv"[i % 5]
            ax.plot(x, indexed.frame[name], color=colour, marker=mark, ms=3, label=name)
            ax.plot(x, indexed.trends[name], color=colour, ls="--", lw=1.2)
        ax.set_yscale("log")
        ax.set_yticks([tick for tick in TICKS if 0.8 * low < tick < high])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(Marks())
        ax.set_ylabel("mean before = 100, ratio scale")
        mark_events(ax, marked)
        date_axis(ax)
        ends = {
            str(name): (last[name], COLOURS[i % len(COLOURS)]) for i, name in enumerate(last.index)
        }
        name_ends(ax, ends, 12 if narrow else 18)

    return Picture(
        draw=draw,
        **words.told("groups", of, indexed=indexed, marked=marked, last=last),
        table=indexed.frame,
        shared=True,
    )


def gaps(weighted: Weighted) -> Picture:
    """The series less its mix (thick), and each comparison series less a mix of its own (thin)."""
    design = weighted.design
    told = weighted.gaps.apply(to_per_cent) if design.in_per_cent else weighted.gaps
    unit = "%" if design.in_per_cent else design.outcome.rate_unit
    own = told.columns[0]

    def draw(ax: Axes, narrow: bool) -> None:
        x = middles(design.periods)
        for name in reversed(told.columns):
            first = name == own
            ax.plot(x, told[name], color=BLUE if first else GREY, lw=2 if first else 0.6)
        effect_axis(ax, "y", f"gap, {unit}", ratio=False)
        mark_events(ax, [design.intervention])
        date_axis(ax)

    wider = (weighted.ratios["ratio"] >= weighted.ratios["ratio"].iloc[0]).sum()
    return Picture(
        draw=draw,
        **words.told("gaps", [design.outcome], own=own, course=told[own], unit=unit, wider=wider,
                     count=len(weighted.ratios), marked=[design.intervention]),
        table=told,
    )  # fmt: skip
