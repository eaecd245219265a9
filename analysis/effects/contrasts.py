"""The linear estimands of a design: level, slope, at(h), average and last, as contrasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis import show
from analysis.design import Design


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """An estimand: its weights on the coefficients, and on the post-periods (None if a term's)."""

    estimand: str
    label: str
    row: np.ndarray
    periods: np.ndarray | None = None


def contrasts_of(
    design: Design, at: Sequence[int], *, by_terms: bool = True
) -> tuple[list[Contrast], dict[str, str]]:
    """The linear estimands; and those that this design has not, with the reason.

    by_terms : whether the terms of the design say in which periods there is an effect. A
        forecast has one in every post-period.
    """
    given: list[Contrast] = []
    step, unit, own = design.outcome.step, np.eye(design.X.shape[1]), design.terms["intervention"]
    labels, none = (show.words("effects/words.yml")[part] for part in ("labels", "absent"))
    own, why = (own, none["no term"]) if by_terms else ((), none["forecast"])
    absent = {name: why.format(name=name) for name in ("level", "slope") if name not in own}
    # A pulse by itself is the effect in its one period, which has other names.
    for name in own if own != ("pulse",) else ():
        row = unit[design.X.columns.get_loc(name)]
        label = labels.get(name, "For each unit of {name}").format(step=step, name=name)
        given.append(Contrast(estimand=name, label=label, row=row))
    # The sum of trend and slope (Stata's posttrend), where that is the trend of one series.
    alone = not design.comparison and "curve" not in own
    if alone and "slope" in own and "trend" in design.X:
        label = labels["posttrend"].format(step=step)
        row = np.isin(design.X.columns, ["trend", "slope"]).astype(float)
        given.append(Contrast(estimand="posttrend", label=label, row=row))
    for name, (label, weight) in _over_periods(design, at).items():
        if weight is None:
            absent[name] = label
            continue
        row = weight @ design.difference[design.post]
        if row.any() or not by_terms:
            given.append(Contrast(estimand=name, label=label, row=row, periods=weight))
        else:
            absent[name] = none["no effect"].format(label=label[0].lower() + label[1:])
    return given, absent


def _over_periods(design: Design, at: Sequence[int]) -> dict[str, tuple[str, np.ndarray | None]]:
    """Labels and weights on the post-periods; no weights where there is no such period."""
    step, periods = design.outcome.step, design.periods[design.post]
    since = design.time[design.post] - design.T0
    given: dict[str, tuple[str, np.ndarray | None]] = {}
    for h in at:
        label = f"The fit has no {step} that is {h} after the start."
        if h in since:
            later = f"{show.many(h, step)} later" if h else f"In the first {step}"
            label = f"{later}, {show.in_period(design.outcome.periods[design.T0 + h])}"
        given[f"at({h})"] = label, (since == h).astype(float) if h in since else None
    everything = np.ones(len(since)) / len(since)
    given["average"] = f"On average, {post_span(design)}", everything
    given["last"] = (
        f"At the end, {show.in_period(periods[-1])}",
        (since == since[-1]).astype(float),
    )
    return given


def post_span(design: Design) -> str:
    """The post-period in words: June to December 2024."""
    periods = design.periods[design.post]
    return show.span_name(periods[0], periods[-1])
