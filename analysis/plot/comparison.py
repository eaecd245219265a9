"""Groups beside each other, and the same estimate in many series on one scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from analysis import show
from analysis.outcome import Intervention
from analysis.plot.axes import date_axis, legend, mark_events, middles, wrap
from analysis.plot.picture import BLUE, COLOURS, GREY, INK, Picture
from analysis.robustness.comparison import Cells
from analysis.robustness.counted import Indexed

# Ticks in per cent of a scale on which halving and doubling are equally far from none.
TICKS = (-95, -90, -75, -50, 0, 100, 300, 900)


def groups(indexed: Indexed, events: Iterable[Intervention] = ()) -> Picture:
    """Series set to 100 before the intervention, with their straight lines before it (dashed).

    The axis is of ratios: equal shares are equally high, and parallel lines went the same way.
    """
    marked = (indexed.intervention, *events)
    names = list(indexed.frame)

    def draw(ax: Axes, narrow: bool) -> None:
        x = middles(pd.PeriodIndex(indexed.frame.index))
        for i, name in enumerate(names):
            colour, mark = COLOURS[i % len(COLOURS)], "os^Dv"[i % 5]
            ax.plot(x, indexed.frame[name], color=colour, marker=mark, ms=3, label=name)
            ax.plot(x, indexed.trends[name], color=colour, ls="--", lw=1.2)
        ax.set_yscale("log")
        _ratio_ticks(ax, indexed.frame)
        ax.set_ylabel("mean before = 100, ratio scale")
        mark_events(ax, marked)
        legend(ax, 1 if narrow else 2)
        date_axis(ax)

    return Picture(
        draw=draw,
        alt=" ".join(_index_words(indexed, name) for name in names)
        + f" Marked: {show.join_words([f'{e.label} ({e.start})' for e in marked])}.",
        caption="Means a day, each group's mean before the intervention set to 100. Dashed: the "
        "straight line through each group before. Where the dashed lines are parallel, the groups "
        "went the same way.",
    )


def cells(parts: Mapping[str, Cells], *, caption: str) -> Picture:
    """Estimates in per cent with intervals, in blocks with a heading each, all on one scale.

    parts : by heading; estimates in per cent, > -100.
    """
    tables = {heading: part.table for heading, part in parts.items()}
    rows = sum(len(table) for table in tables.values())
    known = pd.concat([table[["estimate", "lower", "upper"]] for table in tables.values()])
    limits = _log_ratio(np.array([np.nanmin(known), np.nanmax(known)])) + np.array([-0.1, 0.1])

    def draw(ax: Axes, narrow: bool) -> None:
        ax.axvline(0, color=GREY, lw=1)
        y, places, labels = 0.0, [], []
        for heading, table in tables.items():
            ax.annotate(heading, (0.01, y), xycoords=("axes fraction", "data"), va="center",
                        fontweight="bold", color=INK)  # fmt: skip
            for row in table.itertuples():
                y -= 1
                _interval(ax, y, row)
                places.append(y)
                labels.append(wrap(str(row.cell), 24 if narrow else 40))
            y -= 1.2
        ax.set_yticks(places, labels, fontsize=9 if narrow else 10)
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(y + 0.5, 0.7)
        ax.set_xlim(*limits)
        inside = [t for t in TICKS if limits[0] <= _log_ratio(t) <= limits[1]]
        inside = [t for t in inside if not (narrow and t in (-90, 300))]
        ax.set_xticks([_log_ratio(t) for t in inside], [show.amount(t, "%", 0) for t in inside])
        ax.set_xlabel("change, ratio scale")

    height = 1.0 + 0.27 * rows + 0.45 * len(parts)
    return Picture(
        draw=draw,
        alt=f"{caption} "
        + " ".join(f"{heading}. {_cell_words(table)}" for heading, table in tables.items()),
        caption=caption,
        height=height,
        narrow_height=height + 0.13 * rows,
    )


def _interval(ax: Axes, y: float, row: object) -> None:
    estimate, lower, upper = (
        _log_ratio(getattr(row, name)) for name in ("estimate", "lower", "upper")
    )
    if not np.isfinite([lower, upper]).all():
        ax.plot([estimate], [y], "o", color=BLUE, ms=5)
        ax.annotate(f"  {show.NOT_IDENTIFIED}", (float(estimate), y), va="center", color=GREY)
        return
    clear = lower > 0 or upper < 0
    ax.hlines(y, lower, upper, color=BLUE, lw=2.2 if clear else 1.2)
    ax.plot([estimate], [y], "o", color=BLUE, mfc=BLUE if clear else "none", mew=1.4, ms=5.5)


def _log_ratio(percent: float | np.ndarray) -> np.ndarray:
    return np.log1p(np.asarray(percent, float) / 100)


def _ratio_ticks(ax: Axes, frame: pd.DataFrame) -> None:
    low, high = float(np.nanmin(frame)), float(np.nanmax(frame))
    ticks = [t for t in (5, 10, 20, 30, 50, 70, 100, 150, 200, 300, 500) if 0.8 * low < t < high]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: show.number(value)))
    ax.yaxis.set_minor_formatter(NullFormatter())


def _index_words(indexed: Indexed, name: str) -> str:
    series, trend = indexed.frame[name], indexed.trends[name].dropna()
    low, high = series.idxmin(), series.idxmax()
    return (
        f"{show.capital(name)}, mean before set to 100: highest {show.number(series[high])} in "
        f"{show.period_name(high)}, lowest {show.number(series[low])} in {show.period_name(low)}; "
        f"the line before goes from {show.number(trend.iloc[0])} to "
        f"{show.number(trend.iloc[-1])}."
    )


def _cell_words(table: pd.DataFrame) -> str:
    return ". ".join(
        f"{row.cell}: {show.amount(row.estimate, '%')}, {show.interval(row.lower, row.upper, '%')}"
        for row in table.itertuples()
    ) + "."  # fmt: skip
