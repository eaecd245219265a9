"""Coverage of intervals, one panel a model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.plot.axes import panels_in
from analysis.plot.picture import BLUE, COLOURS, GREEN, GREY, INK, PALE, PURPLE, VERMILION, Picture

# Marks differ as well as colours.
MARKS = "osD^v*P"
AMBER = COLOURS[5]


def coverage(table: pd.DataFrame, *, caption: str, error: float, alpha: float = 0.05) -> Picture:
    """Coverage by length of series, one panel a model, one line an autocorrelation.

    table : columns model, n, rho, coverage (shares). error : the Monte Carlo error at the
        nominal coverage, a share; the band is two of it on each side.
    """
    models, lengths = list(dict.fromkeys(table["model"])), sorted(set(table["n"]))
    rhos, nominal = sorted(set(table["rho"])), 100 * (1 - alpha)
    low = 5 * np.floor(20 * table["coverage"].min() - 0.2)

    def draw(ax: Axes, narrow: bool) -> None:
        columns = 2 if narrow else 3
        figure, places = ax.figure, panels_in(ax, models, columns)
        for i, (name, panel) in enumerate(zip(models, places, strict=True)):
            _panel(panel, table[table["model"] == name], lengths, rhos)
            panel.axhspan(nominal - 200 * error, nominal + 200 * error, color=PALE, lw=0, zorder=0)
            panel.axhline(nominal, color=INK, lw=1, zorder=1)
            panel.set_ylim(low, 101)
            panel.set_ylabel("% covered" if i % columns == 0 else "")
            panel.set_xlabel("Periods in the series" if i >= len(models) - columns else "")
            panel.tick_params(labelleft=i % columns == 0)
        handles, names = panel.get_legend_handles_labels()
        figure.legend(
            handles, names, loc="outside lower center", ncols=3 if narrow else len(rhos),
            title="Autocorrelation from period to period", frameon=False,
        )  # fmt: skip

    ends = table.groupby("model", sort=False)["coverage"].agg(["min", "max"])
    lines = [f"{name}: {100 * a:.1f}% to {100 * b:.1f}%" for name, a, b in ends.itertuples()]
    return Picture(
        draw=draw,
        alt=f"{caption} Lowest and highest over all lengths and autocorrelations. "
        f"{'. '.join(lines)}.",
        caption=caption,
        height=5.6,
        narrow_height=7.2,
    )


def _panel(ax: Axes, table: pd.DataFrame, lengths: list[int], rhos: list[float]) -> None:
    shades = [BLUE, PURPLE, GREEN, AMBER, VERMILION, GREY, INK]
    for i, rho in enumerate(rhos):
        line = table[table["rho"] == rho].set_index("n")["coverage"].reindex(lengths)
        ax.plot(
            range(len(lengths)), 100 * line.to_numpy(), marker=MARKS[i % len(MARKS)], ms=4.5,
            color=shades[i % len(shades)], lw=1.2, label=f"{rho:g}",
        )  # fmt: skip
    ax.set_xticks(range(len(lengths)), [str(n) for n in lengths])
    ax.set_xlim(-0.3, len(lengths) - 0.7)
