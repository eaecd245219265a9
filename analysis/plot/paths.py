"""Series, paths and what a model leaves over, in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.markers import TICKDOWN
from matplotlib.ticker import MaxNLocator

from analysis import show
from analysis.effects.counterfactual import Counterfactual
from analysis.models import Fit
from analysis.outcome import Intervention, Outcome
from analysis.plot import words
from analysis.plot.axes import (
    Marks,
    date_axis,
    effect_axis,
    figure_height,
    finish,
    is_rare,
    limits,
    mark_events,
    name_ends,
    panels_in,
    told_rate,
    told_unit,
    uprights,
)
from analysis.plot.picture import (
    BAND,
    BLUE,
    COLOURS,
    GREY,
    INK,
    PALE,
    VERMILION,
    WIDE,
    Picture,
    middles,
)

# From this height in inches on there is room for panels beneath a path.
ROOM = 5.0
ENDS = ["estimate", "lower", "upper"]
# From so many periods on, points are small and have no mark on the axis each.
MANY = 120
# Colours of several lines, then the same dashed.
LOOKS = [(colour, style) for style in ("-", "--") for colour in COLOURS]


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
        for (name, outcome), (colour, style) in zip(lines.items(), cycle(LOOKS), strict=False):
            dot = "o" if len(outcome.values) < 80 else None
            colour = INK if len(lines) == 1 else colour
            x = middles(outcome.periods)
            ax.plot(x, told_rate(outcome), color=colour, ls=style, label=name, marker=dot, ms=2.5)
        mark_events(ax, marked)
        finish(ax, told_unit(first))
        if len(lines) > 1:
            last = [told_rate(outcome).dropna().iloc[-1] for outcome in lines.values()]
            ends = {
                name + (" (dashed)" if style == "--" else ""): (at, colour)
                for name, at, (colour, style) in zip(lines, last, cycle(LOOKS), strict=False)
            }
            name_ends(ax, ends, 12 if narrow else 18)

    table = pd.DataFrame({name: told_rate(one) for name, one in lines.items()})
    return Picture(
        draw=draw,
        **words.told("series", lines.values(), given=title, table=table, first=first,
                     unit=told_unit(first), marked=marked, rare=is_rare(first)),
        with_log=_above_zero(told_rate(one) for one in lines.values()),
        table=table,
        shared=True,
    )  # fmt: skip


def _above_zero(values: Iterable[pd.Series]) -> bool:
    """Whether an axis of ratios has a place for all of them."""
    return all(bool((one.dropna() > 0).all()) for one in values)


def path(counterfactual: Counterfactual) -> Picture:
    """Observed, fitted and counterfactual path, with the interval of the last shaded."""
    design = counterfactual.fit.design
    known = _rates(counterfactual)
    post = known[design.post]
    partial = (design.in_force > 0) & (design.in_force < 1)
    # Lines break where periods are missing or left out.
    frame = known.reindex(pd.period_range(*design.periods[[0, -1]]))
    ahead = post.reindex(pd.period_range(*post.index[[0, -1]]))
    seen = "counted" if design.outcome.kind == "count" else "observed"
    unit = told_unit(design.outcome)
    gaps = _gaps(counterfactual, ahead, unit)
    last, most = known.iloc[-1], post["counterfactual_upper"]
    ends = post["counterfactual_lower"].min(), most.max()
    cut = limits(ends, known["observed"]) != ends
    named = {"Model": (last["ahead"], BLUE), seen.capitalize(): (last["observed"], INK),
             "Expected": (last["counterfactual"], VERMILION),
             show.interval_name(counterfactual.alpha): (most.iloc[-1], VERMILION)}  # fmt: skip

    def draw(ax: Axes, narrow: bool) -> None:
        below: list[Axes] = []
        if gaps and figure_height(ax) > ROOM:
            ax, *below = panels_in(ax, ["", *gaps], heights=[3, *[1] * len(gaps)])
        _lines(ax, frame, ahead)
        _seen(ax, middles(design.periods), known["observed"].to_numpy(), partial, seen.capitalize())
        mark_events(ax, (design.intervention, *design.events))
        finish(ax, unit)
        _mark_each(ax, middles(frame.index))
        ax.set_ylim(*limits(ax.get_ylim(), known["observed"]))
        name_ends(ax, named, 12)
        for panel, part in zip(below, gaps.values(), strict=False):
            _gap_panel(panel, part, design.intervention, ax.get_xlim(), cut)
        for panel in [ax, *below][:-1]:
            panel.tick_params(labelbottom=False)

    return Picture(
        draw=draw,
        **words.told("path", [design.outcome], design=design, seen=seen, unit=unit,
                     alpha=counterfactual.alpha, post=post, end=post.iloc[-1],
                     several=len(post) > 1, gaps=len(gaps), starts=int(partial.sum()), cut=cut,
                     **_means(counterfactual, unit)),
        table=_drawn(frame, ahead, seen),
        with_log=_above_zero([known["observed"], known["ahead"], ahead["counterfactual_lower"]]),
        shared=True,
        height=WIDE[1] + 1.3 * len(gaps),
    )  # fmt: skip


def _lines(ax: Axes, frame: pd.DataFrame, ahead: pd.DataFrame) -> None:
    """The expected path with its interval, what the model expects and what was seen, as lines."""
    x, x_post = middles(frame.index), middles(ahead.index)
    band = ahead["counterfactual_lower"], ahead["counterfactual_upper"]
    ax.fill_between(x_post, *band, color=VERMILION, alpha=BAND, lw=0)
    ax.plot(x_post, ahead["counterfactual"], color=VERMILION, ls="--", lw=2, label="Expected")
    ax.plot(x, frame["ahead"], color=BLUE, lw=1.3, label="Model")
    ax.plot(x, frame["observed"], color=INK, lw=0.8, alpha=0.6)


def _mark_each(ax: Axes, x: np.ndarray) -> None:
    """A mark for each period, in one line: as marks of the axis they would take long."""
    if len(x) < MANY:
        ax.plot(x, 0 * x, ls="", marker=TICKDOWN, ms=2, mew=0.6, color=GREY, clip_on=False,
                transform=ax.get_xaxis_transform())  # fmt: skip


def _means(counterfactual: Counterfactual, unit: str) -> dict[str, Any]:
    """What was seen and what was expected over the whole post-period, and in which unit."""
    design, both = counterfactual.fit.design, counterfactual.post[["observed", "counterfactual"]]
    rare = is_rare(design.outcome)
    over = len(both) if rare else design.outcome.exposure[both.index].sum()
    observed, expected = both.sum() / over
    # The axis tells the unit of a ratio, which no sentence takes.
    told = f" {unit}" if design.outcome.kind == "count" else unit if unit.startswith("%") else ""
    return {"observed": observed, "expected": expected, "told": told}


def _gaps(
    counterfactual: Counterfactual, ahead: pd.DataFrame, unit: str
) -> dict[str, pd.DataFrame]:
    """The gap in each period after the start and, of counts, the gaps added up, with their ends.

    None for one period: the figure shows it.
    """
    outcome = counterfactual.fit.design.outcome
    if len(counterfactual.post) < 2:
        return {}
    seen = "Counted" if outcome.kind == "count" else "Observed"
    gaps = {f"{seen} less expected, {unit}": ahead.filter(like="effect").set_axis(ENDS, axis=1)}
    if outcome.kind == "count":
        sums = -counterfactual.post[["cumulative", "cumulative_upper", "cumulative_lower"]]
        gaps[f"The same added up, {outcome.unit}"] = sums.set_axis(ENDS, axis=1)
    return gaps


def _gap_panel(
    ax: Axes, part: pd.DataFrame, main: Intervention, ends: tuple[float, float], cut: bool
) -> None:
    """The gap with its interval; cut off only where that of the path is too, which is said."""
    x = middles(pd.PeriodIndex(part.index))
    ax.axhline(0, color=GREY, lw=1)
    ax.fill_between(x, part["lower"], part["upper"], color=VERMILION, alpha=BAND, lw=0)
    ax.plot(x, part["estimate"], color=VERMILION, marker="o", ms=3 if len(x) < MANY else 0)
    if cut:
        ax.set_ylim(*limits(ax.get_ylim(), part["estimate"]))
    ax.axvline(float(date2num(main.start)), color=INK, lw=1.2)
    ax.yaxis.set_major_locator(MaxNLocator(3))
    ax.yaxis.set_major_formatter(Marks())
    ax.set_xlim(*ends)
    date_axis(ax)


def _drawn(frame: pd.DataFrame, ahead: pd.DataFrame, seen: str) -> pd.DataFrame:
    """The numbers of the figure, for those who take them along."""
    expected = ahead.filter(like="counterfactual").reindex(frame.index)
    names = ["expected", "lower end", "upper end"]
    both = frame[["observed", "ahead"]].set_axis([seen, "model"], axis=1)
    return both.join(expected.set_axis(names, axis=1))


def innovations(fitted: Fit) -> Picture:
    """What the model leaves over, in standard deviations, over time."""
    values = fitted.innovations
    periods = pd.PeriodIndex(values.index)
    worst = values.abs().idxmax()

    def draw(ax: Axes, narrow: bool) -> None:
        x = middles(periods)
        ax.axhspan(-2, 2, color=PALE, alpha=0.5, lw=0)
        effect_axis(ax, "y", "standard deviations", ratio=False)
        uprights(ax, x, 0, values, color=BLUE, lw=1)
        ax.plot(x, values, "o", color=BLUE, ms=3.5)
        date_axis(ax)

    beyond = int((values.abs() > 2).sum())
    return Picture(
        draw=draw,
        **words.told("innovations", [fitted.design.outcome], step=fitted.design.outcome.step,
                     beyond=beyond, count=len(values), largest=_sized(values[worst]), worst=worst),
        table=pd.DataFrame({"standard deviations": values.to_numpy()}, periods),
        height=2.8,
    )  # fmt: skip


def _sized(errors: float) -> str:
    return show.number(errors, 1 if abs(errors) < 100 else 0)


def _rates(counterfactual: Counterfactual) -> pd.DataFrame:
    """The path as rates for counts that are not rare, else in the outcome's unit."""
    outcome = counterfactual.fit.design.outcome
    if is_rare(outcome):
        return counterfactual.frame
    return counterfactual.frame.div(outcome.exposure.reindex(counterfactual.frame.index), axis=0)


def _seen(ax: Axes, x: np.ndarray, values: np.ndarray, partial: np.ndarray, label: str) -> None:
    size = 4 if len(x) < MANY else 1.5
    ax.plot(x[~partial], values[~partial], "o", color=INK, ms=size, label=label)
    ax.plot(x[partial], values[partial], "o", mfc="none", mec=INK, mew=1.3, ms=size + 2)
