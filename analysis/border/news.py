"""What given official files add and revise, and how far the answer moves with them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from analysis import show
from analysis.border.question import Question
from analysis.border.selection import beyond_rounding, load_outcome
from analysis.border.sources.reading import read_data
from analysis.border.sources.table import DIMENSIONS
from analysis.effects.estimands import Effects, estimate_effects
from analysis.errors import AnalysisError, attempt
from analysis.models import refit
from analysis.outcome import Outcome


@dataclass(frozen=True, kw_only=True)
class News(show.Shown):
    """What given files change about a run on the embedded figures.

    added : periods that the embedded figures of the series do not have.
    revised : the periods of the run's window that differ by more than rounding, columns `old`,
        `new` and `gap`.
    unused : names of given files that give no figure of the window.
    after : the effects of the run.   before : the same by the embedded figures alone, in the part
        of the window that they have; None where that cannot be estimated.
    """

    added: pd.PeriodIndex
    revised: pd.DataFrame = field(repr=False)
    unused: tuple[str, ...]
    after: Effects
    before: Effects | None


def find_news(question: Question, effects: Effects) -> News | None:
    """What the files of a run change; None for embedded figures, a table of one's own, or a
    series that only the files have."""
    data, outcome = question.values.get("data", ""), effects.fit.design.outcome
    if not data or question.reading is not None:
        return None
    selection = {name: v for name, v in question.values.items() if name in DIMENSIONS}
    known = attempt(load_outcome, **selection)
    if isinstance(known, AnalysisError):
        return None
    used = {piece.source.file for piece in outcome.pieces}
    given = [reading.source.file for reading in read_data(data)]
    before = attempt(_by_known_figures, effects, replace(known, catalogue=outcome.catalogue))
    return News(
        added=load_outcome(**selection, data=data).periods.difference(known.periods),
        revised=beyond_rounding(known.values, outcome, known.pieces),
        unused=tuple(file for file in given if file not in used),
        after=effects,
        before=None if isinstance(before, AnalysisError) else before,
    )


def _by_known_figures(effects: Effects, known: Outcome) -> Effects:
    """The same effects by other figures of the series, as far as they go in the window."""
    first, last = effects.fit.design.outcome.periods[[0, -1]]
    window = known.window(first, min(last, known.periods[-1]))
    return estimate_effects(refit(effects.fit, outcome=window), alpha=effects.alpha)
