"""What is studied: a regular series with its sources, and what happened on which day."""

from analysis.outcome.intervention import (
    SHAPES,
    Intervention,
    Shape,
    catalogue,
    find_intervention,
)
from analysis.outcome.series import (
    STEP_NAMES,
    STEPS_PER_YEAR,
    Kind,
    Outcome,
    Piece,
    as_period,
    days_in,
    make_outcome,
)
from analysis.outcome.source import Source

__all__ = [
    "SHAPES",
    "STEPS_PER_YEAR",
    "STEP_NAMES",
    "Intervention",
    "Kind",
    "Outcome",
    "Piece",
    "Shape",
    "Source",
    "as_period",
    "catalogue",
    "days_in",
    "find_intervention",
    "make_outcome",
]
