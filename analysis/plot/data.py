"""Figures of the data themselves: what covers which months, splits side by side, the season."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from analysis import show
from analysis.border.audit import Season
from analysis.border.sources.table import Encounters
from analysis.outcome import Intervention, Outcome
from analysis.plot import words
from analysis.plot.axes import Marks, date_ends, name_rows, panels_in
from analysis.plot.picture import BLUE, GREY, INK, PALE, VERMILION, Picture, middles

MONTHS = [calendar.month_abbr[number] for number in range(1, 13)]

# What the bars of tables look like.
SPANS: dict[str, dict[str, Any]] = {
    "Exact counts": {"fc": BLUE, "ec": BLUE},
    "Rounded, or read from a chart": {"fc": "none", "ec": BLUE, "hatch": "////"},
    "Window of this page": {"color": PALE, "alpha": 0.5},
}


def spans(tables: Sequence[Encounters], *, start: str, end: str) -> Picture:
    """Which table runs from when to when; the window from `start` to `end` is shaded.

    Exact counts differ from rounded ones, and from those read off a chart, in colour and hatching.
    """
    window = date_ends(pd.Period(start, "M"), pd.Period(end, "M"))
    bars = [date_ends(*table.periods[[0, -1]]) for table in tables]
    y = np.arange(len(tables))[::-1]
    first, last = (end(pd.Period(t.periods[i].start_time, "M") for t in tables)
                   for i, end in ((0, min), (-1, max)))  # fmt: skip

    def draw(ax: Axes, narrow: bool) -> None:
        ax.axvspan(*window, **SPANS["Window of this page"], lw=0)
        for table, (left, right), where in zip(tables, bars, y, strict=True):
            look = SPANS["Exact counts" if table.source.exact else "Rounded, or read from a chart"]
            ax.barh(where, right - left, left=left, height=0.5, **look)
        names = [f"{table.source.title} ({table.source.vintage})" for table in tables]
        name_rows(ax, y, names, 21 if narrow else 38)
        ax.xaxis_date()
        ax.xaxis.set_major_locator(mdates.YearLocator(10 if narrow else 5))
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))
        keys = [Patch(label=label, **look) for label, look in SPANS.items()]
        below = (1.0, -0.5 / len(tables))
        ax.legend(handles=keys, loc="upper right", bbox_to_anchor=below, ncols=1 if narrow else 3)

    each = [(table.source, show.span_name(*table.periods[[0, -1]])) for table in tables]
    return Picture(
        draw=draw,
        **words.told("spans", each=each, first=first, last=last),
        table=pd.DataFrame(
            {"span": [span for _, span in each], "counts": [one.precision for one, _ in each]},
            [one.title for one, _ in each],
        ),
        places={"y": y},
        height=1.1 + 0.46 * len(tables),
        narrow_height=1.5 + 0.76 * len(tables),
    )


def panels(
    outcomes: Mapping[str, Outcome], events: Iterable[Intervention] = (), *, caption: str
) -> Picture:
    """One small panel a series (means a day), all on the same scale, with dated events."""
    marked = sorted(events, key=lambda event: event.start)
    top = 1.08 * max(outcome.rate.max() for outcome in outcomes.values())
    first = next(iter(outcomes.values()))
    ends = [date_ends(*outcome.periods[[0, -1]]) for outcome in outcomes.values()]
    rates = pd.concat({name: one.rate for name, one in outcomes.items()})
    limits = min(left for left, _ in ends), max(right for _, right in ends)

    def draw(ax: Axes, narrow: bool) -> None:
        columns = 2 if narrow else 3
        places = panels_in(ax, list(outcomes), columns)
        for i, (outcome, panel) in enumerate(zip(outcomes.values(), places, strict=True)):
            panel.plot(middles(outcome.periods), outcome.rate, color=INK, lw=1.3)
            for event in marked:
                panel.axvline(
                    float(mdates.date2num(event.start)), color=VERMILION, lw=1, ls="--", zorder=0
                )
            panel.set_ylim(0, top)
            panel.set_xlim(*limits)
            panel.yaxis.set_major_locator(MaxNLocator(4))
            panel.yaxis.set_major_formatter(Marks())
            panel.tick_params(labelleft=i % columns == 0, labelbottom=i >= len(outcomes) - columns)
            _few_dates(panel)
        places[0].figure.supylabel(first.rate_unit, fontsize=10)

    rows, highest = -(-len(outcomes) // 3), rates.groupby(level=0, sort=False).max()
    return Picture(
        draw=draw,
        **words.told("panels", outcomes.values(), given=caption, outcomes=outcomes, marked=marked,
                     dated=words.dated(marked), highest=highest, unit=first.rate_unit),
        table=rates.to_frame(first.rate_unit),
        places={"y": rates.to_numpy()},
        height=0.5 + 1.75 * rows,
        narrow_height=0.5 + 1.6 * -(-len(outcomes) // 2),
    )  # fmt: skip


def season(pattern: Season, *, of: Iterable[Outcome] = ()) -> Picture:
    """The months of each year in per cent of the year's mean; the median of all years in bold."""
    shares = pattern.shares
    median = shares.median()
    years = f"{shares.index[0]} to {shares.index[-1]}"

    def draw(ax: Axes, narrow: bool) -> None:
        for _, year in shares.iterrows():
            ax.plot(range(12), year, color=GREY, lw=0.7, alpha=0.6)
        ax.plot(range(12), median, color=BLUE, lw=2.4, marker="o", ms=4)
        ax.axhline(100, color=GREY, lw=1, ls=":")
        ax.set_xticks(range(12), [name[:1] if narrow else name for name in MONTHS])
        ax.set_ylabel("% of the year's mean")
        ax.set_ylim(bottom=0)

    ranked = median.sort_values()
    low, high = (calendar.month_name[month] for month in (ranked.index[0], ranked.index[-1]))
    return Picture(
        draw=draw,
        **words.told("season", of, count=len(shares), years=years, high=high, low=low,
                     ranked=ranked),
        table=shares.agg(["median", "min", "max"])
        .T.set_axis(["median of the years", "lowest", "highest"], axis=1)
        .set_axis(list(calendar.month_name)[1:]),
        places={"x": range(12)},
        height=3.4,
    )  # fmt: skip


def _few_dates(ax: Axes) -> None:
    """The years, in full where few and as '21 else."""
    low, high = ax.get_xlim()
    years = (high - low) / 365.25
    ax.xaxis.set_major_locator(mdates.YearLocator(1 if years < 8 else 10))
    ax.xaxis.set_major_formatter(mdates.DateFormatter("'%y" if years < 8 else "%Y"))
