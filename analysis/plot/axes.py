"""What the axes of all figures share: events, legends, dates, labels."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import (
    FixedLocator,
    Formatter,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullLocator,
)

from analysis import show
from analysis.design.scale import from_per_cent, to_per_cent
from analysis.outcome import Intervention, Outcome
from analysis.plot.picture import GREY, INK, NARROW, WHITE

# A change in per cent below which an axis of ratios does not go.
LEAST = -99.99
# Marks in per cent of an axis of ratios, and finer ones where few of them are in sight.
TICKS = (-95, -90, -75, -50, -25, 0, 50, 100, 200, 400, 900)
FINE = (-30, -20, -15, -10, -5, -2, -1, 0, 1, 2, 5, 10, 15, 20, 30)
FEWEST = 3
# Inches from one of them to the next, upwards and across.
ROOM = (0.2, 0.5)
# How far beyond what was counted an axis reaches, in ranges of what was counted.
REACH = 2.0
# Height in inches of a line of labels.
LINE = 0.17


def mark_events(ax: Axes, events: Iterable[Intervention]) -> None:
    """A line for each event, its label above the axes in a row of its own; the first in bold.

    Labels point inwards; those on the left fall from row to row and lie above those on the right,
    which rise, so that no line runs through the label of another.
    """
    low, high = ax.get_xlim()
    dated = [(float(mdates.date2num(event.start)), event) for event in events]
    inside = sorted((x, i, event) for i, (x, event) in enumerate(dated) if low <= x <= high)
    middle, line = (low + high) / 2, LINE / _inches(ax)
    right = [item for item in inside if item[0] > middle]
    for row, (x, i, event) in enumerate(
        [*right, *(item for item in inside[::-1] if item[0] <= middle)]
    ):
        mark_moment(ax, x, event.label, top=1.02 + line * row, strong=not i)


def mark_moment(
    ax: Axes, x: float, label: str, *, top: float, bottom: float = 0.0, strong: bool
) -> None:
    """A line at a date with its label at the upper end, on the side where there is room.

    top, bottom : ends of the line as shares of the height of the axes.
    """
    colour, shares = INK if strong else GREY, ax.get_xaxis_transform()
    width, style = (1.2, "-") if strong else (0.9, ":")
    ax.plot(
        [x, x], [bottom, top], transform=shares, clip_on=False, color=colour, lw=width, ls=style
    )
    note(ax, label, (x, top), xycoords=shares, fontweight="bold" if strong else "normal",
         color=colour, bbox={"fc": WHITE, "lw": 0, "pad": 0.5})  # fmt: skip


def note(ax: Axes, text: str, at: tuple[float, float], *, gap: int = 4, **look: Any) -> None:
    """A text so many points beside a place, on the side where there is more room."""
    low, high = ax.get_xlim()
    left = at[0] > (low + high) / 2
    room = (at[0] - low if left else high - at[0]) / (high - low)
    # Axes take about four fifths of the width.
    most = int(9.6 * room * _size(ax)[0])
    told = text if len(text) <= most else f"{text[:most].rstrip()}…"
    ax.annotate(told, at, xytext=(-gap if left else gap, 0), textcoords="offset points",
                ha="right" if left else "left", va="center", fontsize=9, annotation_clip=False,
                **look)  # fmt: skip


def uprights(ax: Axes, x: Any, low: Any, high: Any, **look: Any) -> None:
    """Upright lines, drawn as one: as a path each they would be many times as large in a page."""
    ends = np.stack([np.broadcast_to(low, len(x)), high, np.full(len(x), np.nan)], axis=1)
    ax.plot(np.repeat(np.asarray(x), 3), ends.ravel(), solid_capstyle="butt", **look)


def panels_in(
    ax: Axes, titles: Sequence[str], columns: int = 1, heights: Sequence[float] | None = None
) -> list[Axes]:
    """A panel for each title in the place of one pair of axes; heights of rows if not alike."""
    grid = ax.figure.add_gridspec(-(-len(titles) // columns), columns, height_ratios=heights)
    ax.set_subplotspec(grid[0])
    panels = [ax, *(ax.figure.add_subplot(grid[i]) for i in range(1, len(titles)))]
    letters = _letters(_size(ax)[0]) // columns
    for panel, title in zip(panels, titles, strict=True):
        panel.set_title(wrap(title, letters), loc="left", fontsize=10)
    return panels


def name_ends(ax: Axes, ends: Mapping[str, tuple[float, str]], width: int) -> None:
    """Name lines in their colours beside the right end of the axes, none on another.

    ends : value at the end and colour, by name. width : most letters in a line. Call it when
    the ends of the axes are fixed.
    """
    if not ends:
        return
    to_shares = ax.transData + ax.transAxes.inverted()
    named = {
        wrap(name, width): (to_shares.transform((0, y))[1], c) for name, (y, c) in ends.items()
    }
    ordered = sorted(named.items(), key=lambda item: item[1][0])
    lines = max(name.count("\n") for name in named) + 1
    places = apart([min(share, 1.0) for _, (share, _) in ordered], lines * LINE / _inches(ax))
    for (name, (_, colour)), place in zip(ordered, places, strict=True):
        ax.annotate(name, (1.01, place), xycoords="axes fraction", va="center", fontsize=9,
                    color=colour, annotation_clip=False)  # fmt: skip


def apart(places: Sequence[float], gap: float) -> np.ndarray:
    """Sorted places, moved up where they are nearer than a gap."""
    steps = gap * np.arange(len(places))
    return np.asarray(np.maximum.accumulate(np.asarray(places) - steps) + steps)


def figure_height(ax: Axes) -> float:
    """Of the whole figure, in inches."""
    return _size(ax)[1]


def _size(ax: Axes) -> tuple[float, float]:
    """Width and height of the whole figure, in inches."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return float(figure.get_figwidth()), float(figure.get_figheight())


def _letters(inches: float) -> int:
    """About how many letters of a label have room in so many inches."""
    return max(int(11 * inches), 12)


def _inches(ax: Axes) -> float:
    """About how high the axes will be."""
    return 0.8 * float(ax.get_position().height) * figure_height(ax)


def finish(ax: Axes, unit: str) -> None:
    """Label the values with their unit, start them at 0 where none is below, and the dates.

    An axis of ratios has no 0, and says what it is.
    """
    ratios = ax.get_yscale() == "log"
    label = f"{unit}, ratio scale" if ratios else unit
    ax.set_ylabel(wrap(label, _letters(_inches(ax))))
    if ratios:
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: show.estimate(value)))
    else:
        drawn = [np.asarray(line.get_ydata(), float) for line in ax.lines]
        if min(values.min() for values in drawn if values.size) >= 0:
            ax.set_ylim(bottom=0)
        ax.yaxis.set_major_locator(MaxNLocator(6))
        ax.yaxis.set_major_formatter(Marks())
    date_axis(ax)


def limits(wanted: tuple[float, float], seen: pd.Series) -> tuple[float, float]:
    """The ends of an axis that keeps what was counted readable, however wide the interval is.

    An axis that begins at 0 or above stays as it is below.
    """
    reach = REACH * max(float(np.ptp(seen)), 0.1 * float(seen.abs().max()))
    low = min(max(wanted[0], float(seen.min()) - reach), max(wanted[0], 0.0))
    return low, min(wanted[1], float(seen.max()) + reach)


def date_ends(first: pd.Period, last: pd.Period) -> tuple[float, float]:
    """The first and the last day of a span of periods, as matplotlib counts days."""
    return float(mdates.date2num(first.start_time)), float(mdates.date2num(last.end_time))


def name_rows(ax: Axes, places: np.ndarray, labels: Sequence[str], width: int) -> None:
    """Name rows that stand one apart, without marks; at most `width` letters in a line."""
    ax.set_yticks(places, [wrap(label, width) for label in labels])
    ax.set_ylim(min(places) - 0.6, max(places) + 0.6)
    ax.tick_params(axis="y", length=0)


class Marks(Formatter):
    """Marks of an axis as a reader writes them, no two alike, with what stands after each."""

    def __init__(self, after: str = "", *, signed: bool = False) -> None:
        self.after, self.signed = after, signed

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """All marks of the axis in words."""
        return [show.mark(one, values, signed=self.signed) + self.after for one in values]

    def __call__(self, value: float, pos: int | None = None) -> str:
        """A mark by itself."""
        return self.format_ticks([value])[0]


class Roomy(FixedLocator):
    """Marks of an axis of effects, those nearest to none first, as far as each has room."""

    def __init__(self, ax: Axes, which: Literal["x", "y"]) -> None:
        super().__init__(TICKS)
        self.ax, self.which = ax, which

    def __call__(self) -> list[float]:
        """Those that are shown."""
        ends = sorted(self.ax.get_xlim() if self.which == "x" else self.ax.get_ylim())
        for marks in (TICKS, FINE, MaxNLocator(5).tick_values(*ends)):
            roomy = self._roomy(marks)
            if len(roomy) >= FEWEST:
                break
        return roomy

    def _roomy(self, ticks: Sequence[float]) -> list[float]:
        across, kept = self.which == "x", dict[float, float]()
        low, high = sorted(self.ax.get_xlim() if across else self.ax.get_ylim())
        gap = ROOM[across] * self.ax.figure.dpi
        for mark in sorted((float(tick) for tick in ticks if low <= tick <= high), key=abs):
            at = (mark, 0.0) if across else (0.0, mark)
            place = self.ax.transData.transform(at)[int(not across)]
            if all(abs(place - other) >= gap for other in kept.values()):
                kept[mark] = float(place)
        return sorted(kept)


def effect_axis(ax: Axes, which: Literal["x", "y"], label: str, *, ratio: bool) -> None:
    """An axis of effects with a line at none; as ratios, where halving is as far as doubling.

    Call it before anything is drawn. ratio : for changes in per cent, > -100.
    """
    axis, line = (ax.xaxis, ax.axvline) if which == "x" else (ax.yaxis, ax.axhline)
    if ratio:
        set_scale = ax.set_xscale if which == "x" else ax.set_yscale
        there = partial(np.maximum, LEAST)
        set_scale("function", functions=(lambda x: from_per_cent(there(x)), to_per_cent))
        axis.set_major_locator(Roomy(ax, which))
        axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(Marks(signed=True))
    axis.set_label_text(label)
    line(0, color=GREY, lw=1)


def date_axis(ax: Axes) -> None:
    """Years and months along the bottom, fewer of them where a figure is for a phone."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    least, most = (4, 9) if figure.get_figwidth() > NARROW else (3, 7)
    locator = mdates.AutoDateLocator(minticks=least, maxticks=most)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))


def is_rare(outcome: Outcome) -> bool:
    """Whether a day has less than one of what is counted: it is then told for each period."""
    daily = outcome.kind == "count" and outcome.denominator is None
    return daily and bool(outcome.rate.mean() < 1)


def told_rate(outcome: Outcome) -> pd.Series:
    """The series as it is told: the rate; rare counts as they are."""
    return outcome.values if is_rare(outcome) else outcome.rate


def told_unit(outcome: Outcome) -> str:
    """The unit of `told_rate`."""
    return f"{outcome.unit} a {outcome.step}" if is_rare(outcome) else outcome.rate_unit


def wrap(label: str, width: int) -> str:
    """The label in lines of at most `width` letters."""
    return "\n".join(textwrap.wrap(label, width))
