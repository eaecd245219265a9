"""The choices of a specification in words for a reader."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis import show
from analysis.models import find_model
from analysis.outcome import find_intervention
from analysis.robustness.curve.grid import Grid

_SAID = show.words("robustness/curve/words.yml")
WORDS: Mapping[str, str] = _SAID["dimensions"]
FIXED = {(name, value): text for name, of in _SAID["values"].items() for value, text in of.items()}


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
