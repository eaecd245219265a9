"""A grid of choices that fits a series: what a careful analyst could try on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from analysis.models.batch import METHODS
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import Intervention, Outcome, period_of
from analysis.outcome.written import date_of
from analysis.robustness.curve.grid import Grid, make_grid

STARTS = 5
# By the periods of a year.
SEASONS: dict[int, tuple[int | str, ...]] = {
    1: (0,), 2: (0, 1), 4: (0, 1, "months"), 12: (0, 1, 2, "months"),
    365: ("weekdays", "weekdays+1", "weekdays+2"),
}  # fmt: skip
# Fewest periods before the start in a window, whatever the length of a year.
LEAST = 8
# From so many periods after the start on, an earlier end and a slower start are tried too.
MANY = 8


def first_periods(history: Outcome, intervention: Intervention) -> list[str]:
    """Up to `STARTS` first periods, evenly apart, that each leave a year before the start.

    history : all periods there are; the first of them is always among these.
    """
    periods = history.periods
    before = int(np.searchsorted(periods.asi8, _first(history, intervention).ordinal))
    last = max(before - max(ceil(history.steps_per_year), LEAST), 0)
    places = np.unique(np.linspace(0, last, STARTS).round().astype(int))
    return [date_of(periods[place]) for place in places]


def series_grid(
    history: Outcome,
    intervention: Intervention,
    *,
    starts: Sequence[str],
    end: str,
    events: Sequence[Intervention] = (),
    shape: str = "level+slope",
    phase_in: int = 0,
    season: int | str = "auto",
    model: str = DEFAULT_MODEL,
) -> Grid:
    """Windows, shapes, seasons, events and scales that this series can have.

    Parameters
    ----------
    starts, end : first periods and the last one.
    events : with all of them and without them is tried.
    shape, phase_in, season : the main choice, beside which others are tried.
    model : kept if thousands of its fits can be worked at once; otherwise the default.
    """
    window = history.window(end=end)
    post = len(window.periods) - window.periods.get_loc(_first(history, intervention))
    year = round(history.steps_per_year)
    known = {event.name: event for event in (intervention, *events)}
    one_shape = shape == "pulse" or post < 3
    positive = bool((window.values.dropna() > 0).all())
    seasons = SEASONS.get(year, (0, 1, 2))
    ends = [window.periods[-1], *([window.periods[-1 - post // 4]] if post >= MANY else [])]
    slower = [max(2, year // 4)] if MANY <= post > year // 2 and not one_shape else []
    choices: dict[str, Any] = {
        "start": list(starts),
        "end": [date_of(period) for period in ends],
        "intervention": intervention.name,
        "shape": [shape] if one_shape else _each(shape, "level+slope", "level"),
        "phase_in": _each(phase_in, 0, *slower),
        "events": ["none", [event.name for event in events]] if events else "none",
        "season": list(seasons) if season in ("auto", *seasons) else [season, *seasons],
        "model": model if model in METHODS else DEFAULT_MODEL,
        "scale": ["log", "level"] if positive else "level",
    }
    series = replace(history, catalogue={**history.catalogue, **known})
    return make_grid(choices, {history.name: series})


def _first(series: Outcome, intervention: Intervention) -> pd.Period:
    return period_of(intervention.start, series.periods)


def _each(*values: Any) -> list[Any]:
    """The values, each once."""
    return list(dict.fromkeys(values))
