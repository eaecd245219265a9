"""Windows, break dates and power."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis import show
from analysis.effects.estimands import Effect
from analysis.outcome import Intervention, Outcome, period_of
from analysis.plot import words
from analysis.plot.axes import date_axis, date_ends, effect_axis, panels_in, uprights
from analysis.plot.picture import BLUE, COLOURS, GREY, INK, PALE, VERMILION, Picture, middles
from analysis.robustness.breaks import Breaks
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.power import Power
from analysis.robustness.varied import Change, Windows

# A panel with no more periods than this names each of them.
MOST_NAMED = 7
PANELS: dict[Change, str] = {
    "start": "First {step} of the window",
    "end": "Last {step} of the window",
    "left out": "One {step} left out of the fit",
}


def windows(found: Windows, *, of: Iterable[Outcome] = ()) -> Picture:
    """The estimate by first period, by last period, and by period left out, with intervals.

    of : the series over which windows were tried, if it is not that of the design.
    """
    unit, step = str(found.table["unit"].iloc[0]), found.design.outcome.step
    parts = {title.format(step=step): found.part(change) for change, title in PANELS.items()}
    parts = {title: part for title, part in parts.items() if len(part)}

    def draw(ax: Axes, narrow: bool) -> None:
        for panel, part in zip(panels_in(ax, list(parts)), parts.values(), strict=True):
            effect_axis(panel, "y", unit, ratio=False)
            _window_panel(panel, part)

    drawn = pd.concat({title: part.set_index("period") for title, part in parts.items()})
    return Picture(
        draw=draw,
        **words.told(
            "windows",
            of or [found.design.outcome],
            parts=parts,
            drawn=drawn,
            unit=unit,
            alpha=found.alpha,
        ),
        table=drawn[["estimate", "lower", "upper"]],
        places={"y": drawn["estimate"].to_numpy()},
        height=2.3 * len(parts),
    )


def breaks(found: Mapping[str, Breaks], intervention: Intervention) -> Picture:
    """How much a break at each date would explain, one panel a kind of break."""

    def draw(ax: Axes, narrow: bool) -> None:
        for panel, one in zip(panels_in(ax, list(found)), found.values(), strict=True):
            _break_panel(panel, one, intervention)

    first = next(iter(found.values()))
    parts = {name: one.sentence(_period(one, intervention)) for name, one in found.items()}
    drawn = pd.concat({name: one.path for name, one in found.items()})
    return Picture(
        draw=draw,
        **words.told(
            "breaks",
            [first.outcome],
            first=first,
            main=intervention,
            parts=parts,
            found=found,
        ),
        table=drawn.to_frame("F of a break after it"),
        places={"x": _ends(drawn.index.get_level_values(-1)), "y": drawn.to_numpy()},
        height=2.3 * len(found),
    )


def power(found: Power, effect: Effect) -> Picture:
    """The share of series in which a change of each size is told from zero.

    effect : the estimate of the run, to be marked; its estimand is the one that is shown.
    """
    own = int(found.design.post.sum())
    tried = sorted(found.table["post_periods"].unique())
    shown = [n for n in dict.fromkeys([tried[0], own, tried[-1]]) if n in tried]
    sizes = _sizes(found, effect)
    step = found.design.outcome.step
    lines = found.curve(sizes, estimand=effect.estimand)

    def draw(ax: Axes, narrow: bool) -> None:
        for count, colour, style in zip(shown, COLOURS, ("-", "--", ":"), strict=False):
            part = lines[lines["post_periods"] == count]
            ax.plot(part["effect"], 100 * part["power"], color=colour, ls=style, lw=2,
                    label=f"{show.many(count, step)} after the start")  # fmt: skip
        ax.axhline(100 * found.power, color=GREY, lw=1)
        ax.axvline(effect.estimate, color=VERMILION, lw=1.4)
        ax.set_ylim(0, 101)
        ax.set_ylabel("found in % of series")
        effect_axis(ax, "x", f"true average effect, {effect.unit}", ratio=False)
        ax.legend(
            loc="lower left", bbox_to_anchor=(0, 1.0), ncols=1 if narrow else 3, handlelength=1.6
        )

    small = found.table[found.table["estimand"] == effect.estimand].set_index("post_periods")
    wide = 100 * lines.pivot_table("power", "effect", "post_periods").reindex(sizes)[shown]
    wide.columns = [f"found in % of series, {show.many(n, step)} after" for n in shown]
    return Picture(
        draw=draw,
        **words.told(
            "power",
            [found.design.outcome],
            found=found,
            effect=effect,
            step=step,
            shown=shown,
            needed=small["estimate"],
            own=small["estimate"][own],
            share=show.number(100 * found.power),
        ),
        table=wide.set_axis([f"a true average of {show.amount(s, effect.unit)}" for s in sizes]),
        places={"x": sizes},
        height=3.6,
    )


def _window_panel(ax: Axes, part: pd.DataFrame) -> None:
    ordered = part.sort_values("period")
    x = middles(pd.PeriodIndex(ordered["period"]))
    clear = excludes_zero(ordered).to_numpy()
    ends = ordered[["lower", "upper"]].to_numpy()
    size, width = (2.2, 0.8) if len(x) > 60 else (4, 1.6)
    for which, colour in ((clear, BLUE), (~clear, GREY)):
        uprights(ax, x[which], *ends[which].T, color=colour, lw=width, alpha=0.6)
        ax.plot(x[which], ordered["estimate"].to_numpy()[which], "o", color=colour, ms=size)
    chosen = ordered["chosen"].to_numpy(bool)
    ax.plot(x[chosen], ordered["estimate"].to_numpy()[chosen], "D", color=VERMILION, ms=6)
    if len(x) > MOST_NAMED:
        date_axis(ax)
    else:
        ax.set_xticks(x, [period.strftime("%b\n%Y") for period in ordered["period"]])


def _break_panel(ax: Axes, one: Breaks, intervention: Intervention) -> None:
    # A break is after a period, so its F stands at the end of it.
    x = _ends(one.path.index)
    for row in one.table.itertuples():
        ax.axvspan(*date_ends(row.first_after, row.last_after), color=PALE, alpha=0.6, lw=0)
        ax.axvline(mdates.date2num(row.break_after.end_time), color=BLUE, lw=1.6)
    ax.plot(x, one.path.to_numpy(), color=INK, lw=1.6)
    ax.axvline(float(mdates.date2num(intervention.start)), color=VERMILION, lw=1.6, ls="--")
    ax.set_xlim(*date_ends(*one.outcome.periods[[0, -1]]))
    ax.set_ylim(bottom=0)
    ax.set_ylabel("F")
    date_axis(ax)


def _ends(periods: pd.Index) -> np.ndarray:
    return np.asarray(mdates.date2num(pd.PeriodIndex(periods).end_time.to_numpy()))


def _period(one: Breaks, intervention: Intervention) -> pd.Period:
    return period_of(intervention.start, one.outcome.periods)


def _sizes(found: Power, effect: Effect) -> list[float]:
    fall = found.side == "fall"
    if found.design.in_per_cent and fall:
        return [float(size) for size in range(-90, 1, 2)]
    most = 2 * max(abs(effect.estimate), float(found.table["estimate"].abs().max()))
    return [float(size) for size in np.linspace(-most if fall else 0, 0 if fall else most, 46)]
