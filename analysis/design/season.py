"""The season of a design: waves over the year, or indicators of the calendar; and holidays.

A season is written as a number K of sine and cosine pairs; "months", an indicator for each month,
quarter or half-year; or, of daily series, "weekdays", an indicator for each day of the week, and
"weekdays+K" for both.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from analysis.design.terms import Calendar, Term
from analysis.errors import refusal
from analysis.outcome import Outcome

# Periods before the start that indicators of the days of the week need.
TWO_WEEKS = 14
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def season_parts(season: int | str) -> tuple[str, int]:
    """The indicators ("months", "weekdays" or "") and the number of pairs of a season."""
    indicators, _, pairs = str(season).rpartition("+")
    if not indicators and not pairs.isdigit():
        return pairs, 0
    return indicators, int(pairs)


def choose_season(season: int | str, outcome: Outcome, *, year_before: bool) -> int | str:
    """The season that a choice means for this outcome.

    year_before : whether there is a year before the start: without it "auto" has no waves in a
        daily series.

    Raises
    ------
    InputError : a season that the series cannot have.
    """
    per_year, daily = outcome.steps_per_year, outcome.step == "day"
    text = str(season)
    if text == "auto":
        usual = 1 if len(outcome.values) < 5 * per_year else 2
        pairs = min(usual, int(per_year // 2))
        return pairs if not daily else f"weekdays+{pairs}" if year_before else "weekdays"
    form = re.fullmatch(r"\d+|months|weekdays(\+\d+)?", text, re.ASCII)
    indicators, pairs = season_parts(text) if form and len(text) < 20 else ("", -1)
    if not 0 <= pairs <= per_year / 2 or isinstance(season, bool):
        raise refusal("season", season=season, most=per_year / 2)
    fits = {"months": ("month", "quarter", "half-year"), "weekdays": ("day",)}
    if indicators and outcome.step not in fits[indicators]:
        raise refusal("season of other steps", indicators=indicators, step=outcome.step)
    return pairs if not indicators else f"{indicators}+{pairs}" if pairs else indicators


def season_needs(season: int | str, outcome: Outcome) -> int:
    """Fewest pre-periods of a season: a full year, two weeks for days of the week, or 0."""
    indicators, pairs = season_parts(season)
    if pairs or indicators == "months":
        return int(np.ceil(outcome.steps_per_year))
    return TWO_WEEKS if indicators else 0


def season_term(calendar: Calendar, season: int | str, known: np.ndarray) -> Term:
    """Its columns (n x q). Of indicators, the first month or the first day with figures is out.

    known : n, which periods have figures. A day of the week that has none gets no indicator.
    """
    indicators, pairs = season_parts(season)
    ordinal, columns = calendar.ordinal, {}
    if indicators == "months":
        places = np.round(ordinal).astype(int) % int(calendar.per_year)
        columns = {f"season {i + 1}": places == i for i in range(1, int(calendar.per_year))}
    if indicators == "weekdays":
        # 1 January 1970 was a Thursday.
        places = (calendar.first + 3) % 7
        columns = {DAYS[i]: places == i for i in np.unique(places[known])[1:]}
    for k in range(1, pairs + 1):
        angle = 2 * np.pi * k * ordinal / calendar.per_year
        # At two periods a wave the sine is 0 in each of them.
        if 2 * k < calendar.per_year:
            columns[f"season sin {k}"] = np.sin(angle)
        columns[f"season cos {k}"] = np.cos(angle)
    waves = np.array(list(columns.values()), dtype=float).reshape(len(columns), len(ordinal))
    return Term(names=tuple(columns), columns=waves.T)


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
