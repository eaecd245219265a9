"""Placebo in time: the same design at dates on which nothing was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.design.scale import from_per_cent
from analysis.errors import refusal
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import Intervention, Outcome
from analysis.robustness.estimating import (
    NO_OPTIONS,
    Varied,
    estimate_designs,
    every,
    in_window,
    try_designs,
    with_known_rate,
)
from analysis.robustness.kept import kept

# Rows of the table on a page; the file has all.
SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Placebo(Varied, rows="placebo dates"):
    """The real estimate among the estimates at earlier dates.

    table : one row a date: `period`, `real`, `pre_periods`, `events` (kept in the fold),
        `inside` (dated events that fall in the fold's post-period), the standard columns, and
        `statistic`, what is ranked: the estimate on the model's scale. The real date is the
        last row.
    left_out : `period`, `reason` and `rule` of each date that was not run.
    """

    @property
    def placebos(self) -> pd.DataFrame:
        """The rows of the placebo dates."""
        return self.table[~self.table["real"]]

    @property
    def real(self) -> pd.Series:
        """The row of the real date."""
        return self.table[self.table["real"]].iloc[0]

    @property
    def count(self) -> int:
        """N, the number of placebo dates."""
        return len(self.placebos)

    @property
    def rank(self) -> int:
        """1 for the most extreme of all, the real date included; ties count against it."""
        size = abs(self.real["statistic"])
        return 1 + int((self.placebos["statistic"].abs() >= size).sum())

    @property
    def p_value(self) -> float:
        """(1 + number of placebos at least as extreme) / (1 + N)."""
        return self.rank / (1 + self.count)

    @property
    def smallest_p(self) -> float:
        """1 / (1 + N): no smaller p is possible with this many placebos."""
        return 1 / (1 + self.count)

    @property
    def reasons(self) -> pd.Series:
        """How many dates were left out, by reason."""
        return self.left_out["rule"].value_counts()

    @property
    def largest(self) -> pd.DataFrame:
        """The rows with the largest estimates, largest first."""
        order = self.table["statistic"].abs().sort_values().index[::-1]
        return self.table.reindex(order).head(SHOWN)


@kept
def run_placebos(
    design: Design,
    *,
    history: Outcome | None = None,
    min_pre: int | None = None,
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] = NO_OPTIONS,
    controls: Mapping[str, pd.Series] | None = None,
    alpha: float = 0.05,
) -> Placebo:
    """The average effect at every earlier date whose post-period ends before the real one starts.

    Each fold has as many post-periods as the real design and starts in the same part of its
    period. It has as many pre-periods as the real design, or fewer where the series starts
    later, but at least `min_pre`. Events are kept where the fold can identify them; a washout
    moves along. An effect in some months of the year is tried whole years earlier. Of a series
    of many hundred periods some dates are tried.

    Parameters
    ----------
    estimand : a linear one; see `estimate_effects`.
    model, options : of each fold.   alpha : as in `estimate_effects`.
    history : a longer series to try the dates in; None for the design's own outcome.
    min_pre : fewest pre-periods of a fold, >= 4; None for a year of periods.
    controls : the control series of the design over all of `history`; None for its own.

    Raises
    ------
    InputError : a history that does not cover the design, none of the dates can be tried, an
        unknown estimand or model, or alpha outside its bounds.
    """
    design = with_known_rate(design, model, options)
    history = design.outcome if history is None else history
    _refuse_other_history(design, history)
    least = max(round(history.steps_per_year) if min_pre is None else min_pre, 4)
    before = int(history.periods.get_loc(_real_period(design)))
    apart = every(before, len(design.y))

    def fold(period: pd.Period) -> Design:
        place = int(history.periods.get_loc(period))
        _refuse_date(design, history, place, before - place, least=least, apart=apart)
        return move_design(design, history, before - place, controls=controls)

    designs, left_out = try_designs(history.periods[:before], fold, "no earlier dates")
    tried = [*designs.values(), design]
    keys = pd.DataFrame([_keys(moved, real=moved is design) for moved in tried])
    table = keys.join(estimate_designs(tried, "average", model=model, options=options, alpha=alpha))
    estimate = table["estimate"].to_numpy()
    return Placebo(
        table=table.assign(statistic=from_per_cent(estimate) if design.in_per_cent else estimate),
        left_out=left_out.rename(columns={"key": "period"}),
        design=design,
        alpha=alpha,
    )


def _refuse_date(
    design: Design, history: Outcome, before: int, back: int, *, least: int, apart: int
) -> None:
    """Refuse a date with so many periods before, so many earlier, with the rule that it breaks."""
    # What works in some months of the year has one start a year.
    year = round(history.steps_per_year) if design.intervention.months else 1
    broken = {
        "its post-period would overlap the real post-period": (
            back < len(design.outcome.periods) - design.T0
        ),
        f"it has fewer than {least} earlier periods": before < least,
        "the effect works in other months of the year": back % year > 0,
        f"of so many dates one in {apart} is tried": back % apart > 0,
    }
    for rule, wrong in broken.items():
        if wrong:
            raise refusal("date not tried", rule=rule)


def move_design(
    design: Design,
    history: Outcome,
    back: int,
    *,
    controls: Mapping[str, pd.Series] | None = None,
) -> Design:
    """The same design `back` periods earlier, in the window that moves along.

    Raises
    ------
    DesignError : the earlier window cannot identify the design.
    """
    real = _real_period(design)
    first = max(design.outcome.periods[0] - back, history.periods[0])
    window = history.window(first, design.outcome.periods[-1] - back)
    return in_window(
        design,
        window,
        intervention=move_intervention(design.intervention, real, back),
        beside=real - back,
        controls=controls,
        washout=[(a - back, b - back) for a, b in design.washout if b - back >= first],
    )


def _real_period(design: Design) -> pd.Period:
    return design.outcome.periods[design.T0]


def move_intervention(intervention: Intervention, real: pd.Period, back: int) -> Intervention:
    """The intervention in the same part of an earlier period; `real` is the one it starts in."""
    into = intervention.start - real.start_time.date()
    earlier = real - back
    longest = (earlier.end_time.normalize() - earlier.start_time.normalize()).days
    start: date = earlier.start_time.date() + min(into, timedelta(days=longest))
    length = None if intervention.end is None else intervention.end - intervention.start
    return replace(
        intervention,
        name=f"placebo {start}",
        label=f"Placebo of {start}",
        start=start,
        end=None if length is None else start + length,
        last_clean=None,
    )


def _keys(design: Design, *, real: bool) -> dict[str, object]:
    known, start = design.outcome.catalogue.values(), _real_period(design)
    first, last = start.start_time.date(), design.outcome.periods[-1].end_time.date()
    inside = [event.inside for event in known if first <= event.start <= last]
    return {
        "period": start,
        "real": real,
        "pre_periods": int(design.pre.sum()),
        "events": "+".join(event.name for event in design.events),
        "inside": show.capital(show.join_words(inside)),
    }


def _refuse_other_history(design: Design, history: Outcome) -> None:
    ours, theirs = design.outcome.values, history.values
    if history.periods.freq != ours.index.freq or len(ours.index.difference(theirs.index)):
        span, own = (f"{at[0]} to {at[-1]}" for at in (history.periods, ours.index))
        raise refusal("short history", name=history.name, span=span, own=own)
    differs = (theirs.reindex(ours.index) - ours).abs() > 1e-9 * ours.abs()
    if differs.any():
        at = differs.idxmax()
        raise refusal("other history", name=history.name, at=at, theirs=theirs[at], ours=ours[at])
