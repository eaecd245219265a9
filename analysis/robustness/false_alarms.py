"""False alarms of an interval on the very series: how often it left out zero at other dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis import show
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.placebo import Placebo


@dataclass(frozen=True, kw_only=True)
class FalseAlarms:
    """At how many placebo dates an interval left out zero.

    tried : N > 0 dates with an interval.   left_out : at which it left out zero, 0 to N.
    apart : how many of the dates have post-periods that share no period, 1 to N.
    alpha : the share that the interval promises.   step : such as "month".
    """

    tried: int
    left_out: int
    apart: int
    alpha: float
    step: str

    @property
    def share(self) -> float:
        """The share of dates at which zero was left out, 0 to 1."""
        return self.left_out / self.tried

    def sentence(self) -> str:
        """The count in words, with what neighbouring dates have in common."""
        promised = f"{show.number(100 * self.alpha)}%"
        return (
            f"At {self.left_out} of {self.tried} earlier dates of this series "
            f"({show.number(100 * self.share)}%) the same interval left out zero, where "
            f"{promised} is what it promises. Dates near each other share most of their "
            f"{self.step}s: only {self.apart} of them have post-periods that share none, and "
            "some may hold real changes."
        )


def count_false_alarms(placebo: Placebo) -> FalseAlarms:
    """Count the placebo dates at which the design's own interval leaves out zero.

    Dates whose interval is not identified do not count. The real date is none of them.
    """
    dates = placebo.placebos.dropna(subset=["lower", "upper"])
    places = np.sort([period.ordinal for period in dates["period"]])
    length, apart, free = len(placebo.design.outcome.periods) - placebo.design.T0, 0, -np.inf
    for place in places:
        if place >= free:
            apart, free = apart + 1, place + length
    return FalseAlarms(
        tried=len(dates),
        left_out=int(excludes_zero(dates).sum()),
        apart=apart,
        alpha=placebo.alpha,
        step=placebo.design.outcome.step,
    )
