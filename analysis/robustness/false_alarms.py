"""What the series' own history says of an interval: false alarms at other dates, and its width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis import show
from analysis.design.scale import to_per_cent
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
    models : ends of the interval of the model, in `unit`.
    own : those of the interval that the history supports: it reaches as far as all but alpha of the
        placebo estimates do (and so leaves out zero exactly where the placebos' p is at most
        alpha). NaN where `apart` stretches are too few to tell alpha.
    without : by first year of a decade, the placebos' p without the dates of that decade.
    """

    tried: int
    left_out: int
    apart: int
    alpha: float
    estimand: str
    step: str
    unit: str
    models: tuple[float, float]
    own: tuple[float, float]
    without: Mapping[int, float]

    @property
    def enough(self) -> bool:
        """Whether the separate stretches are enough for one false alarm to be expected."""
        return self.apart * self.alpha >= 1

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
        if self.enough:
            return f"{text} {self._own_words()}"
        return (
            f"{text} That history is too short to judge the interval: even without any such date "
            f"its true rate could be {show.number(100 * self.possible)}%."
        )

    def _own_words(self) -> str:
        """The interval of the history beside the model's, and p without each decade."""
        own, models = (show.interval(*ends, self.unit) for ends in (self.own, self.models))
        text = f"The interval that this history supports is {own}; the model's is {models}."
        if len(self.without) < 2:
            return text
        least, most = (
            show.p_value(p) for p in (min(self.without.values()), max(self.without.values()))
        )
        return f"{text} Without any one decade, p is {least} to {most}."


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
    real = placebo.table[placebo.table["real"]].iloc[0]
    return FalseAlarms(
        tried=len(dates),
        left_out=int(excludes_zero(dates).sum()),
        apart=apart,
        alpha=placebo.alpha,
        estimand=placebo.estimand,
        step=placebo.design.outcome.step,
        unit=real["unit"],
        models=(real["lower"], real["upper"]),
        own=_own_interval(placebo) if apart * placebo.alpha >= 1 else (np.nan, np.nan),
        without=_without_decades(placebo),
    )


def _own_interval(placebo: Placebo) -> tuple[float, float]:
    """The estimate, less and plus the size that all but alpha of the placebo estimates stay below.

    As in conformal prediction, the real date counts as one of the dates.
    """
    sizes = np.sort(placebo.placebos["statistic"].abs())
    place = int(np.ceil((1 - placebo.alpha) * (1 + len(sizes)) - 1e-9))
    reach = sizes[place - 1] if place <= len(sizes) else np.inf
    ends = placebo.table.loc[placebo.table["real"], "statistic"].item() + np.array([-reach, reach])
    low, high = to_per_cent(ends) if placebo.design.in_per_cent else ends
    return float(low), float(high)


def _without_decades(placebo: Placebo) -> dict[int, float]:
    """The placebos' p without the dates of each decade that has some."""
    table = placebo.table
    decade = pd.PeriodIndex(table["period"]).year // 10 * 10
    past = decade[~table["real"].to_numpy()]
    return {
        int(each): replace(placebo, table=table[(decade != each) | table["real"]]).p_value
        for each in sorted(set(past))
    }


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
