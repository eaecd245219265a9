"""Claims of a change beside what the figures give."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis import show
from analysis.border.claims.verdict import CheckedClaim, CheckedClaims
from analysis.plot import words
from analysis.plot.axes import Marks, name_rows
from analysis.plot.picture import BLUE, COLOURS, GREEN, GREY, INK, VERMILION, Picture

# Marks differ as well as colours.
VERDICTS = {
    "supported": (GREEN, "o"),
    "supported after rounding": (BLUE, "s"),
    "right size but wrong label": (VERMILION, "D"),
    "not supported": (COLOURS[5], "X"),
    "cannot be checked with these data": (GREY, "^"),
}


def claimed(checked: CheckedClaims) -> Picture:
    """Each claim of a change in per cent (hollow) and the figure computed (filled), by verdict.

    A claim of a path is a line from its smallest to its largest change. Claims of counts, and
    those for which nothing can be computed, are not drawn.
    """
    rows = [one for one in checked.claims if _drawn(one)]
    y = np.arange(len(rows))[::-1]

    def draw(ax: Axes, narrow: bool) -> None:
        ax.axvline(0, color=GREY, lw=1)
        for where, one in zip(y, rows, strict=True):
            _row(ax, float(where), one)
        labels = [show.capital(one.claim.text) for one in rows]
        name_rows(ax, y, labels, 24 if narrow else 46)
        ax.set_xlabel("change")
        ax.xaxis.set_major_formatter(Marks("%"))
        _legend(ax, rows, narrow)

    return Picture(
        draw=draw,
        **words.told("claimed", rows=rows, others=len(checked.claims) - len(rows)),
        table=pd.DataFrame({"claimed, %": [one.claim.claimed.value for one in rows],
                            "found, %": [show.join_words([show.number(end, 1) for end in one.ends])
                                         for one in rows],
                            "verdict": [one.verdict for one in rows]},
                           [one.said for one in rows]),
        places={"y": y},
        shared=True,
        height=1.6 + 0.46 * len(rows),
        narrow_height=2.2 + 0.62 * len(rows),
    )  # fmt: skip


def _drawn(one: CheckedClaim) -> bool:
    said = one.claim.claimed
    return said.unit == "%" and said.value is not None and bool(one.ends)


def _row(ax: Axes, y: float, one: CheckedClaim) -> None:
    colour, mark = VERDICTS[one.verdict]
    ax.plot(
        one.ends, [y] * len(one.ends), color=colour, lw=2, marker=mark, ms=6.5, label=one.verdict
    )
    said = np.array([one.claim.claimed.value], float)
    ax.plot(said, [y], "o", mfc="none", mec=INK, mew=1.5, ms=12, label="Claimed")


def _legend(ax: Axes, rows: list[CheckedClaim], narrow: bool) -> None:
    handles = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    order = ["Claimed", *(name for name in VERDICTS if name in handles)]
    ax.legend(
        [handles[name] for name in order],
        [show.capital(name) for name in order],
        loc="upper left",
        bbox_to_anchor=(-0.5 if narrow else -0.4, -0.8 / len(rows) - 0.06),
        ncols=1 if narrow else 2,
        title="Claimed, and computed by verdict",
        alignment="left",
    )
