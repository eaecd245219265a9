"""False alarms of an interval on the very series: how often it left out zero at other dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import show
from analysis.errors import InputError
from analysis.models import Fit
from analysis.models.batch import METHODS
from analysis.outcome import Outcome
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.placebo import Placebo, run_placebos


@dataclass(frozen=True, kw_only=True)
class FalseAlarms(show.Shown):
    """At how many placebo dates an interval left out zero.

    tried : N >= 0 dates with an interval.   left_out : at which it left out zero, 0 to N.
    apart : how many of the dates have post-periods that share no period, 0 to N.
    alpha : the share that the interval promises.   estimand : whose interval.   step : as "month".
    """

    tried: int
    left_out: int
    apart: int
    alpha: float
    estimand: str
    step: str

    @property
    def share(self) -> float:
        """The share of dates at which zero was left out, 0 to 1."""
        return self.left_out / self.tried

    @property
    def possible(self) -> float:
        """The rate of false alarms above which not one in `apart` stretches is unlikely (5%)."""
        return float(1 - 0.05 ** (1 / self.apart))

    def sentence(self) -> str:
        """The count in words, what neighbouring dates share, and whether it can say anything."""
        promised = f"{show.number(100 * self.alpha)}%"
        if not self.tried:
            return "No earlier date of this series has an interval to count."
        text = (
            f"At {self.left_out} of {show.number(self.tried)} earlier dates of this series "
            f"({show.number(100 * self.share)}%) the same interval ({self.estimand}) left out "
            f"zero, where {promised} is what it promises. Dates near each other share most of "
            f"their {self.step}s: only {self.apart} of them have post-periods that share none, and "
            "some may hold real changes."
        )
        if self.apart * self.alpha >= 1:
            return text
        return (
            f"{text} That history is too short to judge the interval: even without any such date "
            f"its true rate could be {show.number(100 * self.possible)}%."
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
        estimand=placebo.estimand,
        step=placebo.design.outcome.step,
    )


def look_back(
    fitted: Fit,
    history: Outcome,
    *,
    controls: Mapping[str, pd.Series] | None = None,
    alpha: float = 0.05,
) -> Placebo:
    """The fitted design at every earlier date of its history, as `run_placebos`.

    Raises
    ------
    InputError : a model that is fitted one date at a time, or what `run_placebos` refuses.
    """
    if fitted.model not in METHODS or fitted.options:
        raise InputError(
            f"Model {fitted.model} is fitted one date at a time.",
            rule="The page on robustness tries it at every earlier date.",
            remedy="Call run_placebos.",
        )
    return run_placebos(
        fitted.design, history=history, model=fitted.model, controls=controls, alpha=alpha
    )
