"""Public holidays as a covariate, by the optional package `holidays`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.errors import InputError
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
        raise InputError(
            f"The holidays of {place} were asked for, and the package holidays is not installed.",
            rule="Public holidays come from that package, which is optional.",
            remedy='Install it with pip install "holidays>=0.60", or give a column of holidays.',
        ) from None
    country, _, part = place.strip().upper().partition("-")
    first, last = outcome.periods[[0, -1]]
    years = range(first.start_time.year, last.end_time.year + 1)
    try:
        known = holidays.country_holidays(country, subdiv=part or None, years=years)
    except NotImplementedError as error:
        raise InputError(
            f"The holidays of '{place}' are not known ({error}).",
            rule="A place is the ISO code of a country, or of a part of one.",
            remedy="For example holidays:US, or holidays:US-CA.",
        ) from None
    days = np.sort(np.array(list(known), dtype="datetime64[D]").astype(int))
    ends = [outcome.periods.asfreq("D", end).asi8 for end in ("start", "end")]
    counted = np.searchsorted(days, ends[1], "right") - np.searchsorted(days, ends[0])
    share = counted / outcome.days.to_numpy()
    return pd.Series(share, outcome.periods, name=f"holidays {place}")
