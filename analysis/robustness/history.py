"""What a series' own history says: false alarms of an interval, its width, the largest changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.design.scale import to_per_cent
from analysis.errors import refusal, refuse_bounds
from analysis.models import Fit
from analysis.models.batch import METHODS
from analysis.outcome import Intervention, Outcome, period_of
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.placebo import Placebo, run_placebos
from analysis.show.templates import Told


@dataclass(frozen=True, kw_only=True)
class FalseAlarms(Told):
    """At how many placebo dates an interval left out zero.

    tried : N >= 0 dates with an interval.   left_out : at which it left out zero, 0 to N.
    apart : how many of the dates have post-periods that share no period, 0 to N.
    """

    placebo: Placebo = field(repr=False)
    tried: int
    left_out: int
    apart: int

    @property
    def enough(self) -> bool:
        """Whether the separate stretches are enough for one false alarm to be expected."""
        return self.apart * self.placebo.alpha >= 1

    @property
    def share(self) -> float:
        """The share of dates at which zero was left out, 0 to 1."""
        return self.left_out / self.tried

    @property
    def possible(self) -> float:
        """The rate of false alarms above which not one in `apart` stretches is unlikely (5%)."""
        return float(1 - 0.05 ** (1 / self.apart))

    @property
    def own(self) -> tuple[float, float]:
        """The interval that the history supports; NaN where that is too short to tell alpha.

        It reaches as far as all but alpha of the placebo estimates do, and so leaves out zero
        exactly where the placebos' p is at most alpha. As in conformal prediction, the real date
        counts as one of the dates.
        """
        if not self.enough:
            return np.nan, np.nan
        sizes = np.sort(self.placebo.placebos["statistic"].abs())
        place = int(np.ceil((1 - self.placebo.alpha) * (1 + len(sizes)) - 1e-9))
        reach = sizes[place - 1] if place <= len(sizes) else np.inf
        ends = self.placebo.real["statistic"] + np.array([-reach, reach])
        low, high = to_per_cent(ends) if self.placebo.design.in_per_cent else ends
        return float(low), float(high)

    @property
    def without(self) -> dict[int, float]:
        """By first year of a decade that has dates, the placebos' p without these."""
        table, real = self.placebo.table, self.placebo.table["real"].to_numpy()
        decade = pd.PeriodIndex(table["period"]).year // 10 * 10
        return {
            int(first): replace(self.placebo, table=table[(decade != first) | real]).p_value
            for first in sorted(set(decade[~real]))
        }


def count_false_alarms(placebo: Placebo) -> FalseAlarms:
    """Count the placebo dates at which the design's own interval leaves out zero.

    Dates whose interval is not identified do not count. The real date is none of them.

    Parameters
    ----------
    placebo : of `run_placebos` or `look_back`.
    """
    dates = placebo.placebos.dropna(subset=["lower", "upper"])
    length, apart, free = len(placebo.design.outcome.periods) - placebo.design.T0, 0, -np.inf
    for place in sorted(period.ordinal for period in dates["period"]):
        if place >= free:
            apart, free = apart + 1, place + length
    out = int(excludes_zero(dates).sum())
    return FalseAlarms(placebo=placebo, tried=len(dates), left_out=out, apart=apart)


def look_back(
    fitted: Fit,
    history: Outcome,
    *,
    controls: Mapping[str, pd.Series] | None = None,
    alpha: float = 0.05,
) -> Placebo:
    """The fitted design at every earlier date of its history, as `run_placebos`.

    Parameters
    ----------
    fitted : a fit.   history, controls, alpha : as in `run_placebos`.

    Raises
    ------
    InputError : a model that is fitted one date at a time, or what `run_placebos` refuses.
    """
    if fitted.model not in METHODS or fitted.options:
        raise refusal("one date at a time", model=fitted.model)
    return run_placebos(
        fitted.design, history=history, model=fitted.model, controls=controls, alpha=alpha
    )


def extreme_dates(placebo: Placebo, *, count: int = 5) -> pd.DataFrame:
    """The placebo dates with the largest estimates, each far from a larger one.

    Neighbouring dates share most of their periods, so that one change of the series makes
    several of them large. Of such a run only the largest is kept: two of them are at least the
    post-periods of the design apart.

    Parameters
    ----------
    count : how many at most, >= 1.

    Returns
    -------
    Rows of `placebo.table`, largest first, and `near`: the dated events that start in the period
    before, the same, or the one after it; empty where the catalogue has none.

    Raises
    ------
    InputError : `count` below 1.
    """
    refuse_bounds(("number of dates", count, count >= 1, "1 or more"))
    apart = int(placebo.design.post.sum())
    order = placebo.placebos["statistic"].abs().sort_values(ascending=False, kind="stable").index
    kept: list[int] = []
    for row in order:
        period = placebo.table.loc[row, "period"]
        far = all(abs((period - placebo.table.loc[k, "period"]).n) >= apart for k in kept)
        if far and len(kept) < count:
            kept.append(row)
    dates = placebo.table.loc[kept]
    known = placebo.design.outcome.catalogue
    return dates.assign(near=[_near(period, known) for period in dates["period"]])


def untried_events(placebo: Placebo) -> list[Intervention]:
    """The other dated events of the catalogue that start in a date that could not be tried.

    Parameters
    ----------
    placebo : of `run_placebos` or `look_back`.
    """
    outcome, out = placebo.design.outcome, set(placebo.left_out["period"])
    # One that works in some months alone may start in a month in which it does not work yet.
    others = [e for e in outcome.catalogue.values() if e.name != placebo.design.intervention.name]
    return [e for e in others if period_of(e.start, outcome.periods) in out]


def _near(period: pd.Period, known: Mapping[str, Intervention]) -> str:
    first, last = (period - 1).start_time.date(), (period + 1).end_time.date()
    return ", ".join(e.label for e in known.values() if first <= e.start <= last)
