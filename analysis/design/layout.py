"""Designs as arrays: the core under `build_design` and under the specification curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from analysis.design import identified, terms
from analysis.design.identified import MIN_PRE_PERIODS
from analysis.design.season import TWO_WEEKS, choose_season, season_needs, season_term
from analysis.design.terms import Calendar, Term
from analysis.errors import refusal
from analysis.outcome import Intervention, Outcome

NO_CONTROLS: Mapping[str, pd.Series] = {}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The columns of a design in the periods that are used.

    X : n x p.   terms : the names of its columns by kind.   kept : which periods of the window
    are used.   T0 : position of the first that the intervention reaches.   reached : n.
    season : see `season`.   need : fewest pre-periods.
    """

    outcome: Outcome
    intervention: Intervention
    X: np.ndarray
    terms: Mapping[str, tuple[str, ...]]
    kept: np.ndarray
    T0: int
    reached: np.ndarray
    season: int | str
    need: int

    @property
    def names(self) -> list[str]:
        """The names of the columns, in their order."""
        return [name for of_kind in self.terms.values() for name in of_kind]

    @property
    def pre(self) -> np.ndarray:
        """Which rows are pre-periods."""
        return np.flatnonzero(self.kept) < self.T0

    def refuse_unidentified(self, *, independent: bool = False) -> None:
        """Refuse a design that the window cannot identify.

        independent : whether its columns are known to be; that saves most of the time.
        """
        n, p = self.X.shape
        enough = self.need <= self.T0 and n - p >= identified.MIN_SPARE
        if independent and enough and n == len(self.kept):
            return
        if self.pre.sum() < self.need:
            why = " (a full year for a season)" if self.need > MIN_PRE_PERIODS else ""
            if self.need == TWO_WEEKS and self.outcome.step == "day":
                why = " (two weeks for days of the week)"
            also = ", or season 0" if why else ""
            raise refusal("short pre-period", n=self.pre.sum(), design=self, why=why, also=also)
        if not self.reached.any():
            raise refusal("washed out")
        identified.refuse_columns(self.X, self.names)


def designer(outcome: Outcome) -> Callable[..., Layout]:
    """What lays out designs of a series: `lay_out(intervention, events, season, ...)`.

    Each term is made once, however many designs have it.
    """
    calendar, known = Calendar.of(outcome), outcome.values.notna().to_numpy()
    make = {
        "base": cache(partial(terms.base_term, len(known))),
        "own": cache(partial(_own_terms, outcome, calendar)),
        "event": cache(partial(_event_term, calendar)),
        "season": cache(partial(_seasonal, outcome, calendar, known)),
    }
    return partial(_lay_out, outcome, known, make)


def _own_terms(
    outcome: Outcome, calendar: Calendar, main: Intervention
) -> tuple[np.ndarray, int, list[Term], list[Term]]:
    """Which periods it reaches, the first of them, its terms and that of its rate."""
    share = terms.share_in_force(main, calendar)
    identified.refuse_outside(main, outcome, share)
    if outcome.values.hasnans:
        identified.refuse_gaps(outcome, share)
    reached = terms.reached_by(main, share)
    rate = [terms.rate_term(main, share)] if main.rate_unknown else []
    return reached, int(np.argmax(reached)), [terms.intervention_term(main, share)], rate


def _event_term(calendar: Calendar, event: Intervention) -> Term:
    identified.refuse_unknown_rate(event)
    share = terms.share_in_force(event, calendar)
    return terms.intervention_term(event, share, prefix=event.name)


def _seasonal(
    outcome: Outcome, calendar: Calendar, known: np.ndarray, season: int | str, year_before: bool
) -> tuple[int | str, int, Term]:
    """The season that a choice means, how many pre-periods it needs, and its columns."""
    chosen = choose_season(season, outcome, year_before=year_before)
    need = max(MIN_PRE_PERIODS, season_needs(chosen, outcome))
    return chosen, need, season_term(calendar, chosen, known)


def _given_terms(
    outcome: Outcome,
    kept: np.ndarray,
    T0: int,
    effect_terms: Mapping[str, pd.Series],
    controls: Mapping[str, pd.Series],
) -> tuple[list[Term], list[Term]]:
    """The series that are part of the effect, and those beside it."""
    before = kept & (np.arange(len(kept)) < T0)
    added = terms.series_terms(effect_terms, outcome, kept, "effect")
    identified.refuse_early(added, before, outcome)
    beside = terms.series_terms(controls, outcome, kept, "control")
    identified.refuse_hidden_effects(beside, before)
    return added, beside


def _lay_out(
    outcome: Outcome,
    known: np.ndarray,
    make: Mapping[str, Callable[..., Any]],
    main: Intervention,
    events: Sequence[Intervention],
    season: int | str,
    *,
    trend: bool = True,
    kept: np.ndarray | None = None,
    controls: Mapping[str, pd.Series] = NO_CONTROLS,
    effect_terms: Mapping[str, pd.Series] = NO_CONTROLS,
) -> Layout:
    """The columns in the periods that are kept, by default all that have figures.

    known : which periods have figures.   make : what makes the terms.

    Raises
    ------
    InputError : a season that the series cannot have, a term named twice, a control without
        a value.
    DesignError : a window without the start, or with too many gaps.
    """
    kept = known if kept is None else kept
    reached, T0, step, rate = make["own"](main)
    chosen, need, waves = make["season"](season, bool(known[:T0].sum() > outcome.steps_per_year))
    added, beside = _given_terms(outcome, kept, T0, effect_terms, controls)
    for term in added:
        reached = reached | (term.columns[:, 0] != 0)
    X, named = terms.stack({
        "base": [make["base"](trend)],
        "intervention": [*step, *added],
        "rate": rate,
        "events": [make["event"](event) for event in events],
        "season": [waves],
        "controls": beside,
    })  # fmt: skip
    # Rows are picked only where some are left out: there may be thousands of designs.
    rows = slice(None) if kept.all() else kept
    return Layout(
        outcome=outcome,
        intervention=main,
        X=X[rows],
        terms=named,
        kept=kept,
        T0=T0,
        reached=reached[rows],
        season=chosen,
        need=need,
    )
