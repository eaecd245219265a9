"""Figures. They draw what was computed elsewhere, and say in words what they show.

A `Picture` is drawn twice, for a wide and for a narrow screen, so that its letters can be read
on both. It shows itself in a notebook as a figure with alt text and a caption.
"""

from __future__ import annotations

import base64
import io
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from itertools import cycle
from typing import Any

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis import show
from analysis.design import exposure
from analysis.effects import Counterfactual
from analysis.models import Fit
from analysis.outcome import Outcome
from analysis.policy import Intervention

# Okabe and Ito's colours, which colour-blind readers can tell apart; ink and grey for the rest.
INK, GREY, PALE = "#1f2933", "#6b7783", "#c9d1d8"
BLUE, VERMILION, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, "#56b4e9", "#e69f00")
WIDE, NARROW = (8.0, 4.3), (4.2, 4.4)
# Dark pages turn the neutral colours round; the picture carries the rule itself.
DARK = {INK: "#e8ecef", GREY: "#9aa6b1", PALE: "#3d4852", BLUE: "#56b4e9"}

Draw = Callable[[Axes, bool], None]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A figure: how to draw it, what it shows in words (`alt`), and its caption.

    draw : called with axes and whether the picture is narrow.
    height : height in inches of the wide picture; the narrow one is as high as it is wide.
    """

    draw: Draw = field(repr=False)
    alt: str
    caption: str
    height: float = WIDE[1]
    narrow_height: float = NARROW[1]

    def figure(self, *, narrow: bool = False) -> Figure:
        """The matplotlib figure."""
        size = (NARROW[0], self.narrow_height) if narrow else (WIDE[0], self.height)
        with sns.axes_style("ticks", _STYLE), mpl.rc_context(_STYLE):
            figure = Figure(figsize=size, layout="constrained")
            axes = figure.subplots()
            self.draw(axes, narrow)
            sns.despine(fig=figure)
        return figure

    def svg(self, *, narrow: bool = False) -> str:
        """The figure as SVG text, the same bytes every time."""
        buffer = io.StringIO()
        with mpl.rc_context({"svg.hashsalt": self.caption, "svg.fonttype": "path"}):
            self.figure(narrow=narrow).savefig(
                buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
            )
        return _for_dark_pages(buffer.getvalue())

    def _repr_html_(self) -> str:
        wide, narrow = _data_uri(self.svg()), _data_uri(self.svg(narrow=True))
        return (
            f"<figure><picture><source media='(max-width: 640px)' srcset='{narrow}'>"
            f"<img src='{wide}' alt='{escape(self.alt, quote=True)}'></picture>"
            f"<figcaption>{escape(self.caption)}</figcaption></figure>"
        )


_STYLE: Any = {
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "font.size": 10,
    "axes.labelsize": 10,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "lines.linewidth": 1.6,
}


def series(
    outcomes: Outcome | Mapping[str, Outcome],
    events: Iterable[Intervention] = (),
    *,
    title: str | None = None,
) -> Picture:
    """Series over time as they were counted (means a day), with dated events."""
    lines = {outcomes.name: outcomes} if isinstance(outcomes, Outcome) else dict(outcomes)
    marked = tuple(events)
    first = next(iter(lines.values()))

    def draw(ax: Axes, narrow: bool) -> None:
        for (name, outcome), colour in zip(lines.items(), cycle(COLOURS), strict=False):
            style: dict[str, Any] = (
                {"marker": "o", "markersize": 2.5} if len(outcome.values) < 80 else {}
            )
            colour = INK if len(lines) == 1 else colour
            ax.plot(_middles(outcome.periods), outcome.rate, color=colour, label=name, **style)
        _mark_events(ax, marked)
        if len(lines) > 1:
            _legend(ax, 1 if narrow else 2)
        _finish(ax, first.rate_unit)

    return Picture(
        draw=draw, alt=_series_alt(lines, marked), caption=title or _series_caption(lines)
    )


def path(counterfactual: Counterfactual) -> Picture:
    """Observed, fitted and counterfactual path, with the interval of the last shaded."""
    design = counterfactual.fit.design
    frame = _per_day(counterfactual)
    post = frame[design.post]
    share = exposure(design.intervention, design.periods)
    partial = (share > 0) & (share < 1)
    level = f"{100 * (1 - counterfactual.alpha):g}%"

    def draw(ax: Axes, narrow: bool) -> None:
        x, x_post = _middles(design.periods), _middles(pd.PeriodIndex(post.index))
        band = post["counterfactual_lower"], post["counterfactual_upper"]
        ax.fill_between(x_post, *band, color=VERMILION, alpha=0.16, lw=0, label=f"{level} interval")
        ax.plot(x_post, post["counterfactual"], color=VERMILION, ls="--", lw=2, label="Expected")
        ax.plot(x, frame["fitted"], color=BLUE, lw=1.3, label="Model")
        _observed(ax, x, frame["observed"].to_numpy(), partial)
        _mark_events(ax, (design.intervention, *design.events))
        _legend(ax, 2 if narrow else 4)
        _finish(ax, design.outcome.rate_unit)

    hollow = f" Hollow: the {design.outcome.step} in which it starts." if partial.any() else ""
    return Picture(
        draw=draw,
        alt=_path_alt(counterfactual, post),
        caption=f"{_sentence(design.outcome.name)}: what was counted, what the model follows, and "
        f"what it expects without {design.intervention.called}, with a {level} interval for "
        f"{_INTERVAL_WORDS[counterfactual.interval]}.{hollow}",
    )


def forest(table: pd.DataFrame, *, caption: str, unit: str = "%") -> Picture:
    """Estimates with intervals, one line a row.

    table : columns estimate, lower, upper, in `unit`. Rows are named by the index, whose last
        level gives way to a column `label`. A row that is not identified says so.
    """
    labels = _row_labels(table)
    y = np.arange(len(table))[::-1]

    def draw(ax: Axes, narrow: bool) -> None:
        ax.axvline(0, color=GREY, lw=1)
        known = np.isfinite(table["lower"]).to_numpy()
        ends = table.loc[known, ["lower", "upper"]].to_numpy()
        ax.hlines(y[known], *ends.T, color=BLUE, lw=2)
        ax.plot(table["estimate"], y, "o", color=BLUE, ms=6)
        for value, where in zip(table["estimate"][~known], y[~known], strict=True):
            ax.annotate(f"  {show.NOT_IDENTIFIED}", (value, where), va="center", color=GREY)
        ax.set_yticks(y, [_wrap(label, 22 if narrow else 44) for label in labels])
        ax.set_ylim(-0.6, len(table) - 0.4)
        ax.set_xlabel(unit)
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: show.number(v)))
        ax.tick_params(axis="y", length=0)

    lines = [
        f"{label}: {show.amount(row.estimate, unit)}, {show.interval(row.lower, row.upper, unit)}"
        for label, row in zip(labels, table.itertuples(), strict=True)
    ]
    height = 1.1 + 0.36 * len(table)
    return Picture(
        draw=draw,
        alt=f"{caption} {'. '.join(lines)}.",
        caption=caption,
        height=height,
        narrow_height=height + 0.14 * len(table),
    )


def _row_labels(table: pd.DataFrame) -> list[str]:
    keys = [list(key) if isinstance(key, tuple) else [key] for key in table.index]
    if "label" in table:
        keys = [[*key[:-1], label] for key, label in zip(keys, table["label"], strict=True)]
    return [": ".join(map(str, key)) for key in keys]


def innovations(fitted: Fit) -> Picture:
    """What the model leaves over, in standard deviations, over time."""
    values = fitted.innovations
    periods = pd.PeriodIndex(values.index)
    worst = values.abs().idxmax()

    def draw(ax: Axes, narrow: bool) -> None:
        x = _middles(periods)
        ax.axhspan(-2, 2, color=PALE, alpha=0.5, lw=0)
        ax.axhline(0, color=GREY, lw=1)
        ax.vlines(x, 0, values, color=BLUE, lw=1)
        ax.plot(x, values, "o", color=BLUE, ms=3.5)
        ax.set_ylabel("standard deviations")
        _date_axis(ax)

    beyond = int((values.abs() > 2).sum())
    return Picture(
        draw=draw,
        alt=f"Errors of the model for each {fitted.design.outcome.step}. {beyond} of {len(values)} "
        f"lie beyond two standard deviations; the largest is {show.number(values[worst], 1)} in "
        f"{show.period_name(worst)}.",
        caption="What the model leaves over, freed of memory. About 1 in 20 lies outside the "
        "shaded band if the model is right.",
        height=2.8,
        narrow_height=3.2,
    )


_INTERVAL_WORDS = {
    "mean": "the expected path",
    "observation": "what could have been counted",
}


def _per_day(counterfactual: Counterfactual) -> pd.DataFrame:
    """The path as means a day for counts, in the outcome's unit for measures."""
    outcome = counterfactual.fit.design.outcome
    if outcome.kind == "measure":
        return counterfactual.frame
    return counterfactual.frame.div(outcome.days.reindex(counterfactual.frame.index), axis=0)


def _observed(ax: Axes, x: np.ndarray, values: np.ndarray, partial: np.ndarray) -> None:
    size = 4 if len(x) < 120 else 1.5
    ax.plot(x, values, color=INK, lw=0.8, alpha=0.6)
    ax.plot(x[~partial], values[~partial], "o", color=INK, ms=size, label="Counted")
    ax.plot(x[partial], values[partial], "o", mfc="none", mec=INK, mew=1.3, ms=size + 2)


def _mark_events(ax: Axes, events: Iterable[Intervention]) -> None:
    """A line for each event, its label above the axes in a row of its own; the first in bold."""
    low, high = ax.get_xlim()
    dated = [(float(mdates.date2num(event.start)), event) for event in events]
    inside = [(x, event) for x, event in dated if low <= x <= high]
    first = dated[0][1].name if dated else ""
    for row, (x, event) in enumerate(sorted(inside, key=lambda item: item[0])):
        strong = event.name == first
        top = 1.02 + 0.06 * row
        ax.plot([x, x], [0, top], transform=ax.get_xaxis_transform(), clip_on=False,
                color=INK if strong else GREY, lw=1.2 if strong else 0.9,
                ls="-" if strong else ":")  # fmt: skip
        left = x > (low + high) / 2
        ax.annotate(
            event.label,
            (x, top),
            xycoords=ax.get_xaxis_transform(),
            xytext=(-4 if left else 4, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=9,
            fontweight="bold" if strong else "normal",
            color=INK if strong else GREY,
            annotation_clip=False,
        )


def _legend(ax: Axes, columns: int) -> None:
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(0, -0.1),
        ncols=columns,
        columnspacing=1.2,
        handlelength=1.6,
        borderaxespad=0.4,
    )


def _finish(ax: Axes, unit: str) -> None:
    ax.set_ylabel(unit)
    if min(np.min(np.asarray(line.get_ydata(), float)) for line in ax.lines) >= 0:
        ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(MaxNLocator(6))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: show.number(value, _decimals(ax))))
    _date_axis(ax)


def _date_axis(ax: Axes) -> None:
    locator = mdates.AutoDateLocator(minticks=4, maxticks=8)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))


def _decimals(ax: Axes) -> int:
    low, high = ax.get_ylim()
    return 0 if high - low >= 6 else 1 if high - low >= 0.6 else 2


def _middles(periods: pd.PeriodIndex) -> np.ndarray:
    """The middle day of each period, as matplotlib counts days."""
    starts = mdates.date2num(periods.start_time.to_numpy())
    ends = mdates.date2num(periods.end_time.to_numpy())
    return np.asarray((starts + ends) / 2)


def _series_alt(lines: Mapping[str, Outcome], events: Iterable[Intervention]) -> str:
    parts = []
    for name, outcome in lines.items():
        rate, unit = outcome.rate, outcome.rate_unit
        low, high = rate.idxmin(), rate.idxmax()
        digits = 0 if outcome.kind == "count" else None
        parts.append(
            f"{_sentence(name)}, {show.span_name(rate.index[0], rate.index[-1])}: lowest "
            f"{show.amount(rate[low], unit, digits)} in {show.period_name(low)}, highest "
            f"{show.amount(rate[high], unit, digits)} in {show.period_name(high)}, last "
            f"{show.amount(rate.iloc[-1], unit, digits)}."
        )
    marked = show.join_words([f"{event.label} ({event.start})" for event in events])
    return " ".join(parts) + (f" Marked: {marked}." if marked else "")


def _series_caption(lines: Mapping[str, Outcome]) -> str:
    first = next(iter(lines.values()))
    what = first.name if len(lines) == 1 else "Series"
    return f"{_sentence(what)}: mean of each {first.step}."


def _path_alt(counterfactual: Counterfactual, post: pd.DataFrame) -> str:
    design = counterfactual.fit.design
    unit, first, last = design.outcome.rate_unit, post.index[0], post.index[-1]
    end = post.iloc[-1]
    return (
        f"Line chart of {design.outcome.name} with a vertical line at "
        f"{design.intervention.start} ({design.intervention.label}). From "
        f"{show.span_name(first, last)} the observed series goes from "
        f"{show.number(post['observed'].iloc[0])} to {show.number(end['observed'])} {unit}. "
        f"The expected path without it goes from "
        f"{show.amount(post['counterfactual'].iloc[0], unit)} to "
        f"{show.amount(end['counterfactual'], unit)}, with an interval at the end of "
        f"{show.interval(end['counterfactual_lower'], end['counterfactual_upper'], unit)}."
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _wrap(label: str, width: int) -> str:
    return "\n".join(textwrap.wrap(label, width))


def _for_dark_pages(svg: str) -> str:
    """Give the picture a rule of its own that turns its neutral colours round on dark pages."""
    rules = "".join(
        f"[style*='fill: {old}']{{fill:{new}!important}}"
        f"[style*='stroke: {old}']{{stroke:{new}!important}}"
        for old, new in DARK.items()
    )
    style = f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"
    return re.sub(r"(<svg[^>]*>)", lambda match: match.group(1) + style, svg, count=1)


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
