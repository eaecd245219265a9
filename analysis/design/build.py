"""The named design: what is modelled (y), by which columns (X), and what would be without it.

The conventions of the columns are in `terms`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from analysis.design.terms import (
    Scale,
    base_columns,
    clashing_terms,
    control_columns,
    exposure,
    first_days,
    last_days,
    modelled,
    reached_by,
    season_columns,
    season_pairs,
    term_columns,
    with_shape,
)
from analysis.errors import DesignError, InputError, unknown_name
from analysis.outcome import Intervention, Outcome, Shape, Which, as_period, find_intervention

MIN_PRE_PERIODS = 4
# Rows of different groups are so many periods apart that nothing is left of any correlation.
GROUPS_APART = 10_000_000


@dataclass(frozen=True, kw_only=True)
class Design:
    """One row a period that is used in the fit.

    y : the modelled series; log of `outcome.rate`, `outcome.rate` itself, or the counts, by
        `scale`; length n.
    X : n x p, named columns. X_counterfactual : the same without the intervention under study.
    time : integer position of each row in the window, so that a gap stays a gap in time.
    T0 : position of the first period with any exposure to the intervention.
    choices : the options of `build_design` that it was built with, for `rebuild`.
    reached : which rows the intervention reaches (from T0 on; up to its end, if it has one).
    group : 0 in rows of the series under study, 1 in rows of the comparison series.
    comparison : the comparison series of a two-group design, or None.
    """

    outcome: Outcome
    intervention: Intervention
    events: tuple[Intervention, ...] = ()
    scale: Scale = "log"
    y: pd.Series = field(repr=False)
    X: pd.DataFrame = field(repr=False)
    X_counterfactual: pd.DataFrame = field(repr=False)
    time: np.ndarray = field(repr=False)
    T0: int
    reached: np.ndarray = field(repr=False)
    group: np.ndarray = field(repr=False)
    season: int | str
    washout: tuple[str, str] | None = None
    comparison: Outcome | None = None
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
        return self.scale != "level"

    @cached_property
    def exposure(self) -> np.ndarray:
        """What a rate is multiplied by to give the outcome: days for counts, 1 for measures."""
        if self.outcome.kind == "measure":
            return np.ones(len(self.y))
        return (last_days(self.periods) - first_days(self.periods) + 1).astype(float)

    @cached_property
    def difference(self) -> np.ndarray:
        """What the intervention adds to each row of X (n x p)."""
        return np.asarray(self.X.to_numpy() - self.X_counterfactual.to_numpy())

    def to_values(self, modelled: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """From log or plain rates to the outcome's unit; the last axis runs over `rows`."""
        # An end of an interval may lie beyond the largest number: it is then infinite.
        with np.errstate(over="ignore"):
            rate = np.exp(modelled) if self.in_per_cent else modelled
            return np.asarray(rate * self.exposure[rows])

    def take(self, rows: np.ndarray) -> Design:
        """The design with some of its rows (a mask of length n); the others stay gaps in time."""
        return replace(
            self,
            y=self.y[rows],
            X=self.X[rows],
            X_counterfactual=self.X_counterfactual[rows],
            time=self.time[rows],
            reached=self.reached[rows],
            group=self.group[rows],
        )

    @property
    def step_columns(self) -> list[str]:
        """The columns that belong to the intervention under study."""
        return [name for name in ("level", "slope", "pulse") if name in self.X]

    def rows_around(self, reach: int = 3) -> pd.DataFrame:
        """The rows of the design from `reach` periods before T0 to `reach` after."""
        near = (np.abs(self.time - self.T0) <= reach) & self.own
        rows = self.X.loc[near, [c for c in self.X if not str(c).startswith("season")]]
        return rows.assign(observed=self.outcome.values.reindex(rows.index))


def build_design(
    outcome: Outcome,
    intervention: Which,
    *,
    events: Sequence[Which] = (),
    scale: Scale = "log",
    season: int | str = "auto",
    shape: Shape = "level+slope",
    phase_in: int | None = None,
    washout: tuple[str, str] | None = None,
    controls: Mapping[str, pd.Series] | None = None,
    trend: bool = True,
) -> Design:
    """Lay out one row a period.

    Parameters
    ----------
    intervention : the one under study, by name, by date or as an object.
    events : other dated interventions, each a level term unless it says otherwise.
    scale : "log" (of the mean count a day, or of the measure), "level", or "count" (the counts
        themselves, for count models, which have a log link).
    season : number of sine and cosine pairs (0 <= K <= half the periods of a year), "months"
        for indicators of the calendar month or quarter, or "auto" (K = 1 under 60 months of
        data or their like, 2 above; 0 for yearly data).
    shape : the terms of the intervention under study, if it does not say itself.
    phase_in : periods >= 0 over which the level rises; None for what the intervention says.
    washout : first and last period, inclusive, to leave out of the fit.
    controls : named series with the outcome's periods, added as columns.

    Raises
    ------
    InputError : an unknown option, or an intervention outside the window.
    DesignError : the window cannot identify the design (names the clashing terms), zeros on a
        log scale, or too short a pre-period.
    """
    find = partial(find_intervention, known=outcome.catalogue)
    main = with_shape(find(intervention), shape, phase_in)
    known = tuple(find(event) for event in events)
    others = tuple(with_shape(event, "level", None) for event in known)
    y, pairs = modelled(outcome, scale), season_pairs(season, outcome)
    _refuse_outside(main, outcome)
    steps = term_columns(main, outcome.periods, prefix="")
    parts = [base_columns(outcome, trend), steps]
    parts += [term_columns(event, outcome.periods, prefix=event.name) for event in others]
    parts += [season_columns(outcome.periods, pairs), control_columns(controls, outcome)]
    X = pd.concat(parts, axis=1)
    _refuse_repeated(X)
    kept = _kept(outcome.periods, washout)
    reached = reached_by(main, outcome.periods)
    design = Design(
        outcome=outcome,
        intervention=main,
        events=others,
        scale=scale,
        y=y[kept],
        X=X[kept],
        X_counterfactual=X[kept].assign(**dict.fromkeys(steps.columns, 0.0)),
        time=np.flatnonzero(kept),
        T0=int(np.argmax(reached)),
        reached=reached[kept],
        group=np.zeros(kept.sum(), dtype=int),
        season=pairs,
        washout=washout,
        choices={
            "events": known,
            "scale": scale,
            "season": season,
            "shape": shape,
            "phase_in": phase_in,
            "washout": washout,
            "controls": controls,
            "trend": trend,
        },
    )
    refuse_unidentified(design)
    return design


def rebuild(
    design: Design,
    *,
    outcome: Outcome | None = None,
    intervention: Which | None = None,
    **changes: Any,
) -> Design:
    """The same design with some choices changed, as options of `build_design`.

    Raises
    ------
    InputError : an option that `build_design` does not have, a two-group design, and whatever
        `build_design` raises.
    """
    if design.comparison is not None:
        raise DesignError(
            "A two-group design does not hold the choices that it was built with.",
            rule="Only designs of build_design can be rebuilt.",
            remedy="Call build_two_group_design again.",
        )
    for name in changes:
        if name not in design.choices:
            raise unknown_name("option of a design", name, design.choices)
    return build_design(
        outcome or design.outcome,
        intervention or design.intervention,
        **{**design.choices, **changes},
    )


def _refuse_repeated(X: pd.DataFrame) -> None:
    repeated = X.columns[X.columns.duplicated()]
    if len(repeated):
        raise InputError(
            f"The design has more than one term named '{repeated[0]}'.",
            rule="Each event and each control series has a name of its own, and none is called "
            "constant, trend, level, slope or pulse.",
            remedy="Name it once, or rename it.",
        )


def _kept(periods: pd.PeriodIndex, washout: tuple[str, str] | None) -> np.ndarray:
    if washout is None:
        return np.ones(len(periods), dtype=bool)
    first, last = (as_period(text, periods, "washout") for text in washout)
    kept = np.asarray((periods < first) | (periods > last))
    if kept.all():
        raise InputError(
            f"The washout {first} to {last} leaves nothing out of {periods[0]} to {periods[-1]}.",
            rule="A washout is a first and a last period inside the window, the first first.",
            remedy="Correct it, or use None.",
        )
    return kept


def _refuse_outside(intervention: Intervention, outcome: Outcome) -> None:
    first, last = outcome.periods[0], outcome.periods[-1]
    if not exposure(intervention, outcome.periods).any():
        raise DesignError(
            f"The window {first} to {last} has no post-period: "
            f"'{intervention.name}' starts on {intervention.start}.",
            rule="The window holds periods before and after the start of the intervention.",
            remedy="Choose a later end, or another intervention.",
        )
    if intervention.last_clean and last.start_time.date() > intervention.last_clean:
        raise DesignError(
            f"The window ends in {last}, after the last clean period of '{intervention.name}'.",
            rule=f"Its effect can be told from the next large event's until "
            f"{intervention.last_clean}.",
            remedy=f"End the window by {intervention.last_clean:%Y-%m}.",
        )


def refuse_unidentified(design: Design) -> None:
    """Refuse a design whose terms the window cannot tell apart, by name of the terms."""
    need = MIN_PRE_PERIODS
    if design.season == "months" or design.season:
        need = max(need, int(np.ceil(design.outcome.steps_per_year)))
    if design.pre.sum() < need:
        raise DesignError(
            f"The pre-period has {design.pre.sum()} {design.outcome.step}s "
            f"before {design.intervention.start}.",
            rule=f"It needs at least {need}"
            + (" (a full year for a season)." if need > 4 else "."),
            remedy="Choose an earlier start"
            + (", or season 0." if need > MIN_PRE_PERIODS else "."),
        )
    if not design.post.any():
        raise DesignError(
            "The washout leaves no post-period.",
            rule="At least one period after the start of the intervention stays in the fit.",
            remedy="Shorten the washout.",
        )
    zero = [str(name) for name in design.X if not design.X[name].any()]
    if zero:
        raise DesignError(
            f"These terms are 0 in every row of this window: {', '.join(zero)}.",
            rule="Each term varies in the window. A slope change needs at least two post-periods.",
            remedy='Leave the term out (shape "level" has no slope), or widen the window.',
        )
    clash = clashing_terms(design.X)
    if clash:
        raise DesignError(
            f"These terms cannot be told apart in this window: {', '.join(clash)}.",
            rule="No column of the design is zero or a combination of others.",
            remedy="Leave one of them out, or widen the window.",
        )
    n, p = design.X.shape
    if n - p < 3:
        raise DesignError(
            f"There are {n} rows for {p} terms.",
            rule="A fit needs at least 3 more rows than terms.",
            remedy="Widen the window, or use fewer events or season pairs.",
        )
