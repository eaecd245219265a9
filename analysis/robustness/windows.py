"""How far the estimate depends on the window: its start, its end, and each single period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.effects.estimands import contrast_of
from analysis.errors import DesignError, InputError
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import Outcome
from analysis.robustness.estimating import Case, estimate_cases, excludes_zero, in_window

Change = Literal["start", "end", "left out"]


@dataclass(frozen=True, kw_only=True)
class Windows:
    """The estimate in every window tried.

    table : `change` ("start", "end" or "left out"), `period` (the new first or last period, or
        the one left out), `chosen` (the design as it is), the standard columns.
    not_run : `change`, `period` and `reason` of windows that cannot identify the design.
    """

    table: pd.DataFrame = field(repr=False)
    not_run: pd.DataFrame = field(repr=False)
    design: Design = field(repr=False)
    estimand: str

    def part(self, change: Change) -> pd.DataFrame:
        """The rows of one kind of change."""
        return self.table[self.table["change"] == change]

    @property
    def summary(self) -> pd.DataFrame:
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

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self.table, "windows")

    def _repr_html_(self) -> str:
        words = {"start": "First period", "end": "Last period", "left out": "Period left out"}
        rows = [
            (
                words[row.Index],
                f"{row.count_}",
                f"{show.amount(row.least, row.unit)} ({show.period_name(row.least_period)})",
                f"{show.amount(row.greatest, row.unit)} ({show.period_name(row.greatest_period)})",
                f"{show.number(100 * row.share_without_zero)}%",
            )
            for row in self.summary.rename(columns={"count": "count_"}).itertuples()
        ]
        header = ["What is changed", "Windows", "Least", "Greatest", "Intervals without 0"]
        caption = "The estimate when the window is changed (in brackets: the period that gives it)"
        return show.table(header, rows, caption=caption)


def vary_windows(
    design: Design,
    *,
    history: Outcome | None = None,
    estimand: str = "average",
    starts: Sequence[str] | None = None,
    ends: Sequence[str] | None = None,
    leave_out: bool = True,
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] | None = None,
    controls: Mapping[str, pd.Series] | None = None,
    alpha: float = 0.05,
) -> Windows:
    """Refit from every start, to several ends, and without each single period.

    With another end the average is over the post-periods until that end. With a period left out
    the fit goes without it but the average stays over all post-periods, so that what changes is
    the period's weight in the fit and not the question. Events that a window does not hold are
    left out of its fit.

    Parameters
    ----------
    history : a longer series to start in; None for the design's own outcome.
    starts, ends : first and last periods to try; None for every one that leaves a year of
        pre-periods, and for every end with at least two post-periods.
    controls : the control series of the design over all of `history`; None for its own.

    Raises
    ------
    InputError : a start or an end outside the history, or no window can be run.
    """
    history = design.outcome if history is None else history
    asked = [("start", p) for p in _starts(design, history, starts)]
    asked += [("end", p) for p in _ends(design, history, ends)]
    cases, not_run = [], []
    for change, period in asked:
        try:
            changed = _with_window(design, history, change, period, controls)
            cases.append(Case(keys=_keys(design, change, period), design=changed))
        except DesignError as error:
            not_run.append({"change": change, "period": period, "reason": error.rule})
    cases += _without_each(design, estimand) if leave_out else []
    if not cases:
        raise InputError(
            "None of the windows can be run.",
            rule=str(not_run[0]["reason"]) if not_run else "At least one window is asked for.",
            remedy="Give a longer history, or other starts and ends.",
        )
    return Windows(
        table=estimate_cases(cases, estimand, model=model, options=options, alpha=alpha),
        not_run=pd.DataFrame(not_run, columns=["change", "period", "reason"]),
        design=design,
        estimand=estimand,
    )


def _starts(design: Design, history: Outcome, starts: Sequence[str] | None) -> list[pd.Period]:
    if starts is not None:
        return [history.window(text).periods[0] for text in starts]
    last = design.outcome.periods[design.T0] - round(history.steps_per_year)
    return list(history.periods[history.periods <= last])


def _ends(design: Design, history: Outcome, ends: Sequence[str] | None) -> list[pd.Period]:
    if ends is not None:
        return [history.window(None, text).periods[-1] for text in ends]
    return list(design.outcome.periods[design.T0 + 1 :])


def _with_window(
    design: Design,
    history: Outcome,
    change: str,
    period: pd.Period,
    controls: Mapping[str, pd.Series] | None,
) -> Design:
    first, last = design.outcome.periods[0], design.outcome.periods[-1]
    first, last = (period, last) if change == "start" else (first, period)
    window = history.window(first, last)
    return in_window(design, window, controls=controls)


def _without_each(design: Design, estimand: str) -> list[Case]:
    contrast = contrast_of(design, estimand)
    cases = []
    for row, period in enumerate(design.periods):
        fewer = design.take(np.arange(len(design.y)) != row)
        if np.linalg.matrix_rank(fewer.X.to_numpy()) == fewer.X.shape[1]:
            keys = _keys(design, "left out", period)
            cases.append(Case(keys=keys, design=fewer, contrast=contrast))
    return cases


def _keys(design: Design, change: str, period: pd.Period) -> dict[str, object]:
    ends = {"start": design.outcome.periods[0], "end": design.outcome.periods[-1]}
    return {"change": change, "period": period, "chosen": ends.get(change) == period}
