"""What is studied: a regular series with its sources, and what happened on which day."""

from analysis.outcome.intervention import (
    SHAPES,
    Intervention,
    Shape,
    Which,
    find_intervention,
)
from analysis.outcome.ratio import own_words, ratio_outcome
from analysis.outcome.series import (
    STEP_NAMES,
    STEPS_PER_YEAR,
    Kind,
    Outcome,
    Piece,
    as_period,
    days_in,
    known_events,
    make_outcome,
)
from analysis.outcome.source import Source, note_use, sources_used

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
    "Which",
    "as_period",
    "days_in",
    "find_intervention",
    "known_events",
    "make_outcome",
    "note_use",
    "own_words",
    "ratio_outcome",
    "sources_used",
]
