"""The first weeks beside what was said of them, and the phase-ins."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis import show
from analysis.border.weeks import FirstWeeks
from analysis.outcome import Outcome
from analysis.plot import words
from analysis.plot.axes import effect_axis, uprights
from analysis.plot.picture import BLUE, GREY, INK, VERMILION, Picture
from analysis.robustness.varied import ESTIMANDS, PhaseIns, phase_name


def first_weeks(weeks: FirstWeeks, *, of: Iterable[Outcome] = ()) -> Picture:
    """The change of each of the first periods (filled), and the changes given out then (rings)."""
    table = weeks.table
    x = np.arange(1, len(table) + 1)

    def draw(ax: Axes, narrow: bool) -> None:
        effect_axis(ax, "y", "change, %", ratio=False)
        uprights(ax, x, 0, table["estimate"], color=BLUE, lw=1.2)
        ax.plot(x, table["estimate"], "o", color=BLUE, ms=6.5, label="From the chart, by week")
        said = table["press"].notna().to_numpy()
        ax.plot(x[said], table.loc[said, "press"], "o", mfc="none", mec=VERMILION, mew=1.8, ms=13,
                label="Given out then")  # fmt: skip
        ax.set_xticks(x, [_day(period) for period in table["period"]])
        ax.tick_params(axis="x", labelrotation=60 if narrow else 0)
        ax.set_xlabel("week from Monday")
        ax.legend(
            loc="lower left", bbox_to_anchor=(0, 1.0), ncols=1 if narrow else 2, handletextpad=0.4
        )

    return Picture(
        draw=draw,
        shared=True,
        **words.told(
            "first_weeks",
            of,
            weeks=weeks,
            rows=list(table.itertuples()),
            count=len(table),
            last=table["estimate"].iloc[-1],
        ),
        table=table[["estimate", "press"]]
        .set_axis(["from the chart", "given out then"], axis=1)
        .set_axis([show.capital(show.period_name(period)) for period in table["period"]]),
        places={"x": x},
    )


def phase_ins(varied: PhaseIns, *, of: Iterable[Outcome] = ()) -> Picture:
    """The estimate with its interval by the number of periods until the full effect."""
    colours = dict(zip(ESTIMANDS, (VERMILION, BLUE, INK), strict=True))
    average = varied.table[varied.table["estimand"] == "average"]
    kinds = [name for name in ESTIMANDS if name in set(varied.table["estimand"])]
    parts = {kind: varied.table[varied.table["estimand"] == kind] for kind in kinds}
    told = [(ESTIMANDS[kind], part, [phase_name(n, varied.step) for n in part["phase_in"]])
            for kind, part in parts.items()]  # fmt: skip

    def draw(ax: Axes, narrow: bool) -> None:
        effect_axis(ax, "y", "effect, %", ratio=False)
        for i, (kind, part) in enumerate(parts.items()):
            at = part["phase_in"] + 0.16 * (i - (len(kinds) - 1) / 2)
            uprights(ax, at, part["lower"], part["upper"], color=colours[kind], lw=1.6)
            ax.plot(at, part["estimate"], "os^"[i], color=colours[kind], ms=6,
                    label=show.capital(ESTIMANDS[kind]))  # fmt: skip
        for chosen in set(varied.table.loc[varied.table["chosen"], "phase_in"]):
            ax.axvspan(chosen - 0.4, chosen + 0.4, color=GREY, alpha=0.15, lw=0, label="Chosen")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlabel(f"{varied.step}s until the effect is complete")
        columns = 2 if narrow else 3
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, handletextpad=0.4)

    return Picture(
        draw=draw,
        **words.told(
            "phase_ins",
            of,
            varied=varied,
            step=varied.step,
            average=average,
            kinds=told,
            unit=average["unit"].iloc[0],
        ),
        table=average[["estimate", "lower", "upper"]].set_axis(
            [show.capital(phase_name(n, varied.step)) for n in average["phase_in"]]
        ),
        places={"x": average["phase_in"].to_numpy()},
    )


def _day(period: pd.Period) -> str:
    start = period.start_time
    return f"{start.day} {start:%b}"
