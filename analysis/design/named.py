"""The named design: what is modelled (y), by which columns (X), and what would be without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from analysis import show
from analysis.design.scale import Scale, in_per_cent
from analysis.design.terms import Calendar, intervention_term, phased, rate_term, share_in_force
from analysis.outcome import Intervention, Outcome

# Rows of different groups are so many periods apart that nothing is left of any correlation.
GROUPS_APART = 10_000_000
Span: TypeAlias = tuple[pd.Period, pd.Period]


@dataclass(frozen=True, kw_only=True)
class Design(show.Shown):
    """One row a period that is used in the fit: it has a figure, and is in no washout.

    y : the modelled series; log of `outcome.rate`, `outcome.rate` itself, or the counts, by
        `scale`; length n.
    X : n x p, named columns.
    terms : the names of its columns by kind: "base", "intervention" (the one under study), "rate"
        (how its part that remembers moves with a rate that is estimated), "events", "season",
        "controls", and "shared" where there is a comparison.
    time : integer position of each row in the window, so that a gap stays a gap in time.
    T0 : position of the first period in which the intervention is in force.
    washout : first and last period of each stretch that is left out.
    choices : the options of `build_design` that it was built with, for `rebuild`.
    reached : which rows the intervention reaches (from T0 on; up to its end, if it has one).
    group : 0 in rows of the series under study, 1 and so on in rows of the comparison series.
    comparison : the comparison series of a two-group design.
    """

    outcome: Outcome
    intervention: Intervention
    events: tuple[Intervention, ...] = ()
    scale: Scale = "log"
    y: pd.Series = field(repr=False)
    X: pd.DataFrame = field(repr=False)
    terms: Mapping[str, tuple[str, ...]] = field(repr=False)
    time: np.ndarray = field(repr=False)
    T0: int
    reached: np.ndarray = field(repr=False)
    group: np.ndarray = field(repr=False)
    season: int | str
    washout: tuple[Span, ...] = ()
    comparison: tuple[Outcome, ...] = ()
    choices: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def periods(self) -> pd.PeriodIndex:
        """The periods of the rows."""
        return pd.PeriodIndex(self.y.index)

    @property
    def own(self) -> np.ndarray:
        """Which rows belong to the series under study."""
        return self.group == 0

    @property
    def post(self) -> np.ndarray:
        """Which rows are post-period: those that the intervention reaches."""
        return self.reached & self.own

    @property
    def pre(self) -> np.ndarray:
        """Which rows are pre-period: those before T0."""
        return (self.time < self.T0) & self.own

    @property
    def clock(self) -> np.ndarray:
        """`time`, with the groups so far apart that their errors are unrelated."""
        return self.time + GROUPS_APART * self.group

    @property
    def in_per_cent(self) -> bool:
        """Whether effects are ratios, told in per cent."""
        return in_per_cent(self.scale)

    @cached_property
    def exposure(self) -> np.ndarray:
        """What a rate is multiplied by to give the outcome: days or denominator; 1 for measures."""
        return self.outcome.exposure.to_numpy(dtype=float)[self.time]

    @cached_property
    def in_force(self) -> np.ndarray:
        """How far the intervention is in force in each row, 0 to 1: by days and by its phase-in."""
        share = share_in_force(self.intervention, Calendar.of(self.outcome))
        return phased(share, self.intervention)[0][self.time]

    @property
    def step_columns(self) -> list[str]:
        """The columns that belong to the intervention under study."""
        return [*self.terms["intervention"], *self.terms["rate"]]

    def at_rate(self, delta: float) -> Design:
        """The design at another rate of its decay or gradual part, where that is estimated.

        delta : 0 < delta < 1.
        """
        main = self.intervention.at_rate(delta)
        share = share_in_force(main, Calendar.of(self.outcome))
        X = self.X.copy()
        for term in (intervention_term(main, share), rate_term(main, share)):
            X[list(term.names)] = term.columns[self.time]
        return replace(self, intervention=main, X=X)

    @cached_property
    def X_counterfactual(self) -> pd.DataFrame:
        """X without the intervention under study."""
        return self.X.assign(**dict.fromkeys(self.step_columns, 0.0))

    @cached_property
    def difference(self) -> np.ndarray:
        """What the intervention adds to each row of X (n x p)."""
        return self.X.to_numpy() * self.X.columns.isin(self.step_columns)

    def to_values(self, modelled: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """From log or plain rates to the outcome's unit; the last axis runs over `rows`."""
        # An end of an interval may lie beyond the largest number: it is then infinite.
        with np.errstate(over="ignore"):
            rate = np.exp(modelled) if self.in_per_cent else modelled
            return np.asarray(rate * self.exposure[rows])

    def take(self, rows: np.ndarray) -> Design:
        """The design with some of its rows (a mask of length n); the others stay gaps in time."""
        cut = {name: getattr(self, name)[rows] for name in ("y", "X", "time", "reached", "group")}
        return replace(self, **cut)

    def rows_around(self, reach: int = 3) -> pd.DataFrame:
        """The rows of the design from `reach` periods before T0 to `reach` after."""
        near = (np.abs(self.time - self.T0) <= reach) & self.own
        rows = self.X.loc[near, ~self.X.columns.isin(self.terms["season"])]
        return rows.assign(observed=self.outcome.values.reindex(rows.index))
