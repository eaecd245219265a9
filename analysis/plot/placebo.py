"""Placebo dates: the estimate at each of them, and how they spread."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis import show
from analysis.design.scale import from_per_cent, to_per_cent
from analysis.outcome import Outcome
from analysis.plot import words
from analysis.plot.axes import (
    date_axis,
    date_ends,
    effect_axis,
    mark_moment,
    panels_in,
)
from analysis.plot.picture import BLUE, PALE, VERMILION, Picture, middles
from analysis.robustness.placebo import Placebo


def placebo(found: Placebo, named: pd.DataFrame, *, of: Iterable[Outcome] = ()) -> Picture:
    """The estimate of the same design at every date, and the distribution of them all.

    named : rows of `found.table` to name on the figure (see `extreme_dates`).
    of : the series in which dates were tried, if it is not that of the design.
    """
    table, real = found.placebos, found.table[found.table["real"]].iloc[0]
    percent = found.design.in_per_cent
    low, high = table["estimate"].quantile([0.25, 0.75])
    drawn = pd.concat([table, real.to_frame().T]).sort_values("period").set_index("period")

    def draw(ax: Axes, narrow: bool) -> None:
        above, below = panels_in(ax, ["", ""], heights=[3, 2])
        label = f"estimate, {real['unit']}"
        effect_axis(above, "y", label, ratio=percent)
        effect_axis(below, "x", label, ratio=percent)
        _over_time(above, found, real)
        _spread(below, table["estimate"], real["estimate"], percent)
        _name(above, pd.concat([named, real.to_frame().T]), narrow)
        below.set_ylabel("dates")
        below.yaxis.set_major_locator(MaxNLocator(4, integer=True))

    return Picture(
        draw=draw,
        **words.told("placebo", of or [found.design.outcome], found=found, real=real, low=low,
                     high=high, named=list(named.itertuples())),
        table=drawn[["estimate", "lower", "upper"]],
        places={"x": _x(drawn.index), "y": drawn["estimate"].to_numpy()},
        shared=True,
        height=6.6,
    )  # fmt: skip


def _over_time(ax: Axes, found: Placebo, real: pd.Series) -> None:
    ax.plot(_x(found.placebos["period"]), found.placebos["estimate"], "o", color=BLUE, ms=3)
    ax.plot(_x([real["period"]]), real["estimate"], "D", color=VERMILION, ms=7)
    for first, last in show.unbroken(found.left_out["period"]):
        ax.axvspan(*date_ends(first, last), color=PALE, alpha=0.5, lw=0)
    date_axis(ax)


def _name(ax: Axes, rows: pd.DataFrame, narrow: bool) -> None:
    """A row above the axes for each date, with a line down to its point; the axis has the unit.

    A phone has room for the dates alone.
    """
    limits = ax.get_ylim()
    to_shares = ax.transData + ax.transAxes.inverted()
    for level, row in enumerate(rows.sort_values("period").itertuples()):
        x = _x([row.period])[0]
        bottom = to_shares.transform((x, row.estimate))[1]
        unit = "%" if row.unit.startswith("%") else ""
        told = f": {show.rough(row.estimate, unit).strip()}" * (not narrow)
        name = show.period_name(row.period)
        name = name.removeprefix("the week of ") if narrow else name
        label = f"{name}{told}{' (the real date)' * bool(row.real)}"
        mark_moment(ax, x, label, top=1.04 + 0.085 * level, bottom=bottom, strong=bool(row.real))
    ax.set_ylim(limits)


def _spread(ax: Axes, values: pd.Series, real: float, percent: bool) -> None:
    # Bins are equally wide, and changes equally large, on the scale of the axis.
    there, back = (from_per_cent, to_per_cent) if percent else (np.asarray, np.asarray)
    bins = np.histogram_bin_edges(there(values), 30)
    ax.hist(values, bins=list(back(bins)), color=BLUE, alpha=0.75)
    ax.axvline(real, color=VERMILION, lw=2.2)
    ax.axvline(float(back(-there(real))), color=VERMILION, lw=1.4, ls=":")


def _x(periods: object) -> np.ndarray:
    return middles(pd.PeriodIndex(list(periods)))  # type: ignore[call-overload]
