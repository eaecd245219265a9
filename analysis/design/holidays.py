"""Public holidays as a covariate, by the optional package `holidays`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.errors import refusal
from analysis.outcome import Outcome


def holiday_share(outcome: Outcome, place: str) -> pd.Series:
    """The share of each period's days that are public holidays: 0 or 1 for days.

    Parameters
    ----------
    place : a country by its ISO code, or a part of one: US, US-CA, DE-BY.

    Raises
    ------
    InputError : the package is not installed, or does not know the place.
    """
    try:
        import holidays
    except ImportError:
        raise refusal("package holidays", place=place) from None
    country, _, part = place.strip().upper().partition("-")
    first, last = outcome.periods[[0, -1]]
    years = range(first.start_time.year, last.end_time.year + 1)
    try:
        known = holidays.country_holidays(country, subdiv=part or None, years=years)
    except NotImplementedError as error:
        raise refusal("unknown holidays", place=place, error=error) from None
    days = np.sort(np.array(list(known), dtype="datetime64[D]").astype(int))
    ends = [outcome.periods.asfreq("D", end).asi8 for end in ("start", "end")]
    counted = np.searchsorted(days, ends[1], "right") - np.searchsorted(days, ends[0])
    share = counted / outcome.days.to_numpy()
    return pd.Series(share, outcome.periods, name=f"holidays {place}")
