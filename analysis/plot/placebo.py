"""Placebo dates: the estimate at each of them, and how they spread."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis import show
from analysis.plot.axes import date_axis, date_ends, mark_moment, middles, panels_in
from analysis.plot.picture import BLUE, GREY, PALE, VERMILION, Picture
from analysis.robustness.placebo import Placebo

# Per cent changes that are told apart on an axis of logarithms.
TICKS = (-90, -75, -50, -25, 0, 50, 100, 200, 400, 900)


def placebo(found: Placebo, named: pd.DataFrame) -> Picture:
    """The estimate of the same design at every date, and the distribution of them all.

    named : rows of `found.table` to name on the figure (see `extreme_dates`).
    """
    table, real = found.placebos, found.table[found.table["real"]].iloc[0]
    percent = found.design.in_per_cent

    def draw(ax: Axes, narrow: bool) -> None:
        above, below = panels_in(ax, 2, heights=[3, 2])
        _over_time(above, found, named, percent)
        _spread(below, _axis(table["estimate"], percent), float(_axis(real["estimate"], percent)))
        for axis in (above.yaxis, below.xaxis):
            _ticks(axis, percent, 4 if narrow else 1)
        above.set_ylabel("estimate" + (", %" if percent else f", {real['unit']}"))
        below.set_xlabel("estimate" + (", %" if percent else f", {real['unit']}"))
        below.set_ylabel("dates")

    step = found.design.outcome.step
    return Picture(
        draw=draw,
        alt=_alt(found, named, real),
        caption=f"The same design tried in every earlier {step}. Above: the estimate at each "
        f"date, the largest changes of the series named; shaded are dates that cannot be tried. "
        f"Below: how many dates have which estimate. The orange mark is the real date; the "
        f"dotted line is a change of the same size upwards.",
        height=6.6,
        narrow_height=6.8,
    )


def _over_time(ax: Axes, found: Placebo, named: pd.DataFrame, percent: bool) -> None:
    table = found.placebos
    real = found.table[found.table["real"]].iloc[0]
    ax.axhline(0, color=GREY, lw=1)
    ax.plot(_x(table["period"]), _axis(table["estimate"], percent), "o", color=BLUE, ms=3)
    at = _x([real["period"]])[0]
    ax.plot(at, _axis(real["estimate"], percent), "D", color=VERMILION, ms=7)
    for first, last in show.unbroken(found.left_out["period"]):
        ax.axvspan(*date_ends(first, last), color=PALE, alpha=0.5, lw=0)
    _name(ax, pd.concat([named, real.to_frame().T]), percent)
    date_axis(ax)


def _name(ax: Axes, rows: pd.DataFrame, percent: bool) -> None:
    """A row above the axes for each date, with a line down to its point."""
    low_high = ax.get_ylim()
    ordered = rows.sort_values("period")
    for level, row in enumerate(ordered.itertuples()):
        x, y = _x([row.period])[0], float(_axis(row.estimate, percent))
        bottom = (y - low_high[0]) / (low_high[1] - low_high[0])
        label = f"{show.period_name(row.period)}: {show.amount(row.estimate, row.unit, 0)}"
        label += " (the real date)" if row.real else ""
        mark_moment(ax, x, label, top=1.04 + 0.085 * level, bottom=bottom, strong=bool(row.real))
    ax.set_ylim(low_high)


def _spread(ax: Axes, values: np.ndarray, real: float) -> None:
    ax.hist(values, bins=30, color=BLUE, alpha=0.75)
    ax.axvline(real, color=VERMILION, lw=2.2)
    ax.axvline(-real, color=VERMILION, lw=1.4, ls=":")
    ax.axvline(0, color=GREY, lw=1)


def _axis(values: object, percent: bool) -> np.ndarray:
    """Where a value stands: per cent changes by their logarithm, so that halves equal doubles."""
    array = np.asarray(values, float)
    return np.log1p(array / 100) if percent else array


def _ticks(axis: object, percent: bool, every: int) -> None:
    if not percent:
        return
    shown = TICKS if every == 1 else tuple(t for t in TICKS if t in (-75, -50, 0, 100, 200))
    low, high = axis.get_view_interval()  # type: ignore[attr-defined]
    places = [float(np.log1p(t / 100)) for t in shown]
    inside = [p for p in places if low <= p <= high]
    axis.set_major_locator(FixedLocator(inside))  # type: ignore[attr-defined]
    axis.set_minor_locator(NullLocator())  # type: ignore[attr-defined]
    words = FuncFormatter(lambda p, _: show.number(round(100 * np.expm1(p)), signed=True))
    axis.set_major_formatter(words)  # type: ignore[attr-defined]


def _x(periods: object) -> np.ndarray:
    return middles(pd.PeriodIndex(list(periods)))  # type: ignore[call-overload]


def _alt(found: Placebo, named: pd.DataFrame, real: pd.Series) -> str:
    largest = show.join_words(
        [
            f"{show.period_name(row.period)} ({show.amount(row.estimate, row.unit, 0)})"
            for row in named.itertuples()
        ]
    )
    low, high = found.placebos["estimate"].quantile([0.25, 0.75])
    return (
        f"Scatter of {found.count} placebo estimates over time, with a histogram beneath. Half "
        f"of them lie between {show.amount(low, real['unit'], 0)} and "
        f"{show.amount(high, real['unit'], 0)}. The estimate of "
        f"{show.period_name(real['period'])} is {show.amount(real['estimate'], real['unit'], 0)}, "
        f"number {found.rank} in size. The largest changes apart from it: {largest}."
    )
