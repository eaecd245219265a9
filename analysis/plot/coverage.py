"""Coverage of intervals as a map, one panel a model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from analysis.plot import words
from analysis.plot.axes import panels_in
from analysis.plot.picture import BLUE, GREEN, GREY, INK, VERMILION, Picture

# A miss of so many points is drawn in full colour.
FULL = 40.0


def coverage(table: pd.DataFrame, *, caption: str, error: float, alpha: float = 0.05) -> Picture:
    """Coverage by length of series and autocorrelation, one panel a model.

    table : columns model, n, rho, coverage (shares). error : the Monte Carlo error at the
        nominal coverage, a share; within two of it on each side a cell is as it should be.
    """
    models = list(dict.fromkeys(table["model"]))
    nominal, luck = 100 * (1 - alpha), 200 * error

    def draw(ax: Axes, narrow: bool) -> None:
        columns = 2 if narrow else 3
        for i, panel in enumerate(panels_in(ax, models, columns)):
            part = table[table["model"] == models[i]]
            cells = 100 * part.pivot_table("coverage", "rho", "n", aggfunc="first")
            _map(panel, cells, nominal, luck, 6.0 if narrow else 7.5)
            panel.set_ylabel("autocorrelation" if i % columns == 0 else "")
            panel.set_xlabel("periods in the series" if i >= len(models) - columns else "")
            panel.tick_params(length=0, labelleft=i % columns == 0, labelsize=7.5)

    ends = 100 * table.groupby("model", sort=False)["coverage"].agg(["min", "max"])
    return Picture(
        draw=draw,
        **words.told("coverage", ends=list(ends.itertuples()), given=caption, nominal=nominal),
        shared=True,
        height=1.9 * -(-len(models) // 3) + 0.3,
        narrow_height=1.9 * -(-len(models) // 2) + 0.3,
    )


def _map(ax: Axes, cells: pd.DataFrame, nominal: float, luck: float, letters: float) -> None:
    """One cell a length and autocorrelation with its number; the colour grows with the miss."""
    miss = cells.to_numpy() - nominal
    colours = [[_colour(one, luck) for one in row] for row in miss]
    ax.imshow(colours, aspect="auto", origin="lower")
    for (i, j), value in np.ndenumerate(cells.to_numpy()):
        if np.isfinite(value):
            # Clipped, so that the layout need not measure it.
            ax.text(j, i, f"{value:.0f}", ha="center", va="center", fontsize=letters, color=INK,
                    clip_on=True)  # fmt: skip
    ax.set_xticks(range(cells.shape[1]), [str(n) for n in cells.columns])
    ax.set_yticks(range(cells.shape[0]), [f"{rho:g}" for rho in cells.index])


def _colour(miss: float, luck: float) -> tuple[float, float, float, float]:
    """Green where it is as it should be, orange too low, blue too high."""
    if not np.isfinite(miss):
        return to_rgba(GREY, 0.1)
    if abs(miss) <= luck:
        return to_rgba(GREEN, 0.25)
    return to_rgba(VERMILION if miss < 0 else BLUE, min(0.85, 0.15 + abs(miss) / FULL))
