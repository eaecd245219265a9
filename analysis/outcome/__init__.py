"""What is studied: a regular series with its sources, and what happened on which day."""

from analysis.outcome.intervention import (
    SHAPES,
    Intervention,
    Shape,
    Which,
    find_intervention,
    refuse_shape,
)
from analysis.outcome.periods import (
    Numbers,
    When,
    as_period,
    named_series,
    on_own_periods,
    period_of,
    step_of,
)
from analysis.outcome.ratio import mean_outcome, own_words, ratio_outcome
from analysis.outcome.series import (
    Kind,
    Outcome,
    Piece,
    known_events,
    make_outcome,
    missing_words,
)
from analysis.outcome.source import Source, choices_made, note_choices, note_use, sources_used
