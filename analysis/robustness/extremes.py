"""The dates at which a series itself made its largest changes, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.errors import refuse_bounds
from analysis.outcome import Intervention, period_of
from analysis.robustness.placebo import Placebo


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
    found = placebo.table.loc[kept]
    known = placebo.design.outcome.catalogue
    return found.assign(near=[_near(period, known) for period in found["period"]])


def untried_events(placebo: Placebo) -> list[Intervention]:
    """The dated events of the catalogue that start in a date that could not be tried."""
    outcome, out = placebo.design.outcome, set(placebo.left_out["period"])
    return [e for e in outcome.catalogue.values() if period_of(e.start, outcome.periods) in out]


def _near(period: pd.Period, known: Mapping[str, Intervention]) -> str:
    first, last = (period - 1).start_time.date(), (period + 1).end_time.date()
    return ", ".join(e.label for e in known.values() if first <= e.start <= last)
