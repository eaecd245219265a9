"""The choices of a specification in words for a reader."""

from __future__ import annotations

import pandas as pd

from analysis import show
from analysis.models import find_model
from analysis.outcome import find_intervention
from analysis.robustness.curve.grid import Grid

WORDS = {
    "outcome": "Series",
    "start": "Start",
    "end": "End",
    "intervention": "Date of the change",
    "shape": "Shape of the effect",
    "phase_in": "Periods until the full effect",
    "events": "Other events",
    "season": "Season",
    "model": "Model",
    "scale": "Scale",
}
FIXED = {
    ("scale", "log"): "shares (logarithms)",
    ("scale", "level"): "numbers a day",
    ("season", "0"): "none",
    ("season", "months"): "a term for each month",
    ("season", "auto"): "by length of the series",
    ("shape", "level+slope"): "shift and slope",
    ("shape", "level"): "shift only",
    ("shape", "slope"): "slope only",
    ("shape", "pulse"): "first period only",
    ("phase_in", "0"): "at once",
}


def choice_words(grid: Grid, dimension: str, value: str) -> str:
    """A value of a dimension, as it stands in the curve's table, for a reader."""
    if (dimension, value) in FIXED:
        return FIXED[dimension, value]
    match dimension:
        case "start" | "end":
            return show.period_name(pd.Period(value)) if value != "None" else "all there is"
        case "events":
            events = [find_intervention(each, grid.events) for each in grid.named("events")[value]]
            return show.join_words([event.label for event in events]) or "none"
        case "intervention":
            return show.day_name(find_intervention(value, grid.events).start)
        case "model":
            return find_model(value).label
        case "season":
            return f"{value} {'wave' if value == '1' else 'waves'} a year"
        case "phase_in":
            return f"after {value} periods"
        case "shape":
            return value.replace("+", " and ")
    return value
