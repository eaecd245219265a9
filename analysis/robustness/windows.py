"""How far the estimate depends on the window: its start, its end, and each single period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.effects.estimands import contrast_of
from analysis.errors import refusal
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import Outcome
from analysis.robustness.estimating import (
    NO_OPTIONS,
    estimate_designs,
    every,
    excludes_zero,
    in_window,
    try_designs,
    with_known_rate,
)

Change = Literal["start", "end", "left out"]


@dataclass(frozen=True, kw_only=True)
class Windows(show.Shown, rows="windows"):
    """The estimate in every window tried.

    table : `change` ("start", "end" or "left out"), `period` (the new first or last period, or
        the one left out), `chosen` (the design as it is), the standard columns.
    left_out : windows that cannot identify the design, as of `try_designs`.
    """

    table: pd.DataFrame = field(repr=False)
    left_out: pd.DataFrame = field(repr=False)
    design: Design = field(repr=False)

    def part(self, change: Change) -> pd.DataFrame:
        """The rows of one kind of change."""
        return self.table[self.table["change"] == change]

    @property
    def by_change(self) -> pd.DataFrame:
        """For each kind of change: how many, least, greatest, share of intervals without 0."""
        kinds = self.table.groupby("change", sort=False)
        return pd.DataFrame(
            {
                "count": kinds.size(),
                "least": kinds["estimate"].min(),
                "greatest": kinds["estimate"].max(),
                "least_period": kinds.apply(lambda k: k.loc[k["estimate"].idxmin(), "period"]),
                "greatest_period": kinds.apply(lambda k: k.loc[k["estimate"].idxmax(), "period"]),
                "share_without_zero": kinds.apply(lambda k: excludes_zero(k).mean()),
                "unit": kinds["unit"].first(),
            }
        )

    def _repr_html_(self) -> str:
        words = {"start": "First period", "end": "Last period", "left out": "Period left out"}

        def at(row: pd.Series, end: str) -> str:
            period = show.period_name(row[f"{end}_period"])
            return f"{show.amount(row[end], row['unit'])} ({period})"

        cells = {
            "What is changed": lambda row: words[row.name],
            "Windows": lambda row: f"{row['count']}",
            "Least": lambda row: at(row, "least"),
            "Greatest": lambda row: at(row, "greatest"),
            "Intervals without 0": lambda row: f"{show.number(100 * row['share_without_zero'])}%",
        }
        caption = "The estimate when the window is changed (in brackets: the period that gives it)"
        return show.columns(self.by_change, cells, caption=caption)


def vary_windows(
    design: Design,
    *,
    history: Outcome | None = None,
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] = NO_OPTIONS,
    controls: Mapping[str, pd.Series] | None = None,
    alpha: float = 0.05,
) -> Windows:
    """Refit from every start, to every end, and without each single period.

    A start leaves a year before the intervention. With another end the average is over the
    post-periods until that end. With a period left out the fit goes without it but the average
    stays over all post-periods, so that what changes is the period's weight in the fit and not the
    question. Events that a window does not hold are left out of its fit. Of a series of many
    hundred periods some of each are tried.

    Parameters
    ----------
    history : a longer series for earlier starts; None for the design's own outcome.
    controls : the control series of the design over all of `history`; None for its own.

    Raises
    ------
    InputError : no window can be run.
    """
    design = with_known_rate(design, model, options)
    history = design.outcome if history is None else history
    periods, known, whole = design.outcome.periods, history.periods, contrast_of(design, "average")
    last_start = periods[design.T0] - round(history.steps_per_year)
    tried: dict[Change, pd.PeriodIndex] = {
        "start": known[known <= last_start][::-1],
        "end": periods[design.T0 + 1 :][::-1],
        "left out": design.periods,
    }
    chosen = {("start", periods[0]), ("end", periods[-1])}
    asked: list[tuple[Change, pd.Period]] = []
    for change, each in tried.items():
        some = set(each[:: every(len(each), len(design.y))])
        asked += [(change, p) for p in sorted(each) if p in some or (change, p) in chosen]
    designs, left_out = try_designs(
        asked,
        lambda key: _changed(design, history, controls, *key),
        "windows",
        remedy="Give a longer history.",
    )
    contrasts = [
        whole if change == "left out" else contrast_of(one, "average")
        for (change, _), one in designs.items()
    ]
    how: Any = {"contrasts": contrasts, "model": model, "options": options, "alpha": alpha}
    keys = pd.DataFrame(list(designs), columns=["change", "period"])
    keys["chosen"] = [key in chosen for key in designs]
    table = keys.join(estimate_designs(designs.values(), "average", **how))
    return Windows(table=table, left_out=left_out, design=design)


def _changed(
    design: Design,
    history: Outcome,
    controls: Mapping[str, pd.Series] | None,
    change: Change,
    period: pd.Period,
) -> Design:
    if change == "left out":
        return _without(design, period)
    first, last = design.outcome.periods[[0, -1]]
    window = history.window(*((period, last) if change == "start" else (first, period)))
    return in_window(design, window, controls=controls)


def _without(design: Design, period: pd.Period) -> Design:
    """The design without one period; refused where its terms cannot be told apart then."""
    fewer = design.take(design.periods != period)
    if np.linalg.matrix_rank(fewer.X.to_numpy()) < fewer.X.shape[1]:
        raise refusal("clash without a period", period=period)
    return fewer
