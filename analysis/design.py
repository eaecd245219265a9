"""The named design: what is modelled (y), by which columns (X), and what would be without it.

Conventions (t = 0 for the first period of the window):
- `level` is the share of a period's days on which the intervention applies: 26/30 in June 2024
  for 5 June, 1 afterwards, back towards 0 after an end date.
- `slope` is 0 in the first affected period T0 and t - T0 after it. This is the convention of
  Stata's itsa. Software that starts the slope at 1 has a level coefficient smaller by one slope.
- With a phase-in of m >= 2 periods the level is min(1, exposure / m), where exposure is the
  number of periods since the start, in days; the slope starts in the first period of full level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis.errors import DesignError, InputError, unknown_name
from analysis.outcome import Outcome, as_period
from analysis.policy import Intervention, Shape, find_intervention

Scale = Literal["log", "level", "count"]
SCALES = ("log", "level", "count")
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
        return (_last_days(self.periods) - _first_days(self.periods) + 1).astype(float)

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
    intervention: Intervention | str,
    *,
    events: Sequence[Intervention | str] = (),
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
    main = with_shape(find_intervention(intervention), shape, phase_in)
    others = tuple(with_shape(find_intervention(event), "level", None) for event in events)
    y, pairs = modelled(outcome, scale), season_pairs(season, outcome)
    _refuse_outside(main, outcome)
    steps = term_columns(main, outcome.periods, prefix="")
    parts = [_base(outcome, trend), steps]
    parts += [term_columns(event, outcome.periods, prefix=event.name) for event in others]
    parts += [season_columns(outcome.periods, pairs), _controls(controls, outcome)]
    X = pd.concat(parts, axis=1)
    _refuse_repeated(X)
    kept = _kept(outcome.periods, washout)
    reached = _reached(main, outcome.periods)
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
            "events": events,
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
    intervention: Intervention | str | None = None,
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


def exposure(intervention: Intervention, periods: pd.PeriodIndex) -> np.ndarray:
    """The share of each period's days on which the intervention applies, 0 to 1."""
    first, last = _first_days(periods), _last_days(periods)
    start = np.datetime64(intervention.start, "D").astype(int)
    end = np.datetime64(intervention.end or "9999-12-31", "D").astype(int)
    days = np.minimum(last, end) - np.maximum(first, start) + 1
    return np.clip(days, 0, None) / (last - first + 1)


def _reached(intervention: Intervention, periods: pd.PeriodIndex) -> np.ndarray:
    """The periods that the intervention reaches; a pulse reaches the first one only."""
    reached = exposure(intervention, periods) > 0
    if intervention.shape == "pulse":
        return reached & (np.arange(len(periods)) == np.argmax(reached))
    return reached


def _first_days(periods: pd.PeriodIndex) -> np.ndarray:
    """Days since 1970 of the first day of each period."""
    return np.asarray(periods.asfreq("D", "start").asi8)


def _last_days(periods: pd.PeriodIndex) -> np.ndarray:
    return np.asarray(periods.asfreq("D", "end").asi8)


def with_shape(intervention: Intervention, shape: Shape, phase_in: int | None) -> Intervention:
    """The intervention with a shape, and with this phase-in unless it is None."""
    return replace(
        intervention,
        shape=intervention.shape or shape,
        phase_in=intervention.phase_in if phase_in is None else phase_in,
    )


def modelled(outcome: Outcome, scale: str) -> pd.Series:
    """The outcome on the scale of the model."""
    if scale not in SCALES:
        raise unknown_name("scale", scale, SCALES)
    if scale == "count":
        return _counts(outcome)
    rate = outcome.rate
    if scale == "level":
        return rate
    if (rate <= 0).any():
        where = rate.index[rate <= 0][0]
        raise DesignError(
            f"'{outcome.name}' is {rate[where]:g} in {where}.",
            rule="A log scale needs values above 0.",
            remedy='Use scale="count" with a count model, scale="level", or another series.',
        )
    return pd.Series(np.log(rate), index=rate.index)


def _counts(outcome: Outcome) -> pd.Series:
    if outcome.kind != "count":
        raise DesignError(
            f"'{outcome.name}' is a measure, not a count.",
            rule='scale="count" is for counts of events in a period.',
            remedy='Use scale="log" or "level".',
        )
    return outcome.values.astype(float)


def _refuse_repeated(X: pd.DataFrame) -> None:
    repeated = X.columns[X.columns.duplicated()]
    if len(repeated):
        raise InputError(
            f"The design has more than one term named '{repeated[0]}'.",
            rule="Each event and each control series has a name of its own, and none is called "
            "constant, trend, level, slope or pulse.",
            remedy="Name it once, or rename it.",
        )


def _base(outcome: Outcome, trend: bool) -> pd.DataFrame:
    base = pd.DataFrame({"constant": 1.0}, index=outcome.periods)
    return base.assign(trend=np.arange(len(base), dtype=float)) if trend else base


def term_columns(
    intervention: Intervention, periods: pd.PeriodIndex, *, prefix: str
) -> pd.DataFrame:
    """The level, slope or pulse columns of one intervention."""
    share = exposure(intervention, periods)
    level, full = _phased(share, intervention)
    slope = np.clip(np.arange(len(periods)) - full, 0, None) * (share > 0)
    pulse = share * (np.arange(len(periods)) == np.argmax(share > 0))
    columns = {"level": level, "slope": slope, "pulse": pulse}
    wanted = str(intervention.shape).split("+")
    names = {
        part: part if not prefix else prefix if part == "level" else f"{prefix} {part}"
        for part in wanted
    }
    return pd.DataFrame(
        {names[part]: columns[part].astype(float) for part in wanted}, index=periods
    )


def _phased(share: np.ndarray, intervention: Intervention) -> tuple[np.ndarray, int]:
    """The level, and the first period from which the slope counts."""
    if intervention.phase_in < 2:
        return share, int(np.argmax(share > 0))
    level = np.minimum(1.0, np.cumsum(share) / intervention.phase_in) * (share > 0)
    reached = level >= 1 - 1e-12
    return level, int(np.argmax(reached)) if reached.any() else len(share)


def season_pairs(season: int | str, outcome: Outcome) -> int | str:
    """The season that a choice means for this outcome: a number of pairs, or "months"."""
    per_year = outcome.steps_per_year
    if isinstance(season, str) and season.isdigit():
        season = int(season)
    if season == "months":
        if outcome.step not in ("month", "quarter"):
            raise InputError(
                f"Calendar indicators do not fit {outcome.step}s.",
                rule='season="months" needs monthly or quarterly data.',
                remedy="Use a number of sine and cosine pairs.",
            )
        return "months"
    if season == "auto":
        usual = 1 if len(outcome.values) < 5 * per_year else 2
        return min(usual, int(per_year // 2))
    if isinstance(season, bool) or not isinstance(season, int) or not 0 <= season <= per_year / 2:
        raise InputError(
            f"The season is {season!r}.",
            rule=f'A season is "auto", "months", or 0 to {per_year / 2:.0f} sine and cosine pairs.',
            remedy="Use 0 for no season.",
        )
    return season


def season_columns(periods: pd.PeriodIndex, pairs: int | str) -> pd.DataFrame:
    """Harmonics of the calendar, or indicators of the month or quarter (the first left out)."""
    per_year = 365.25 / 7 if periods.freqstr[0] == "W" else 12.0 if periods.freqstr == "M" else 4.0
    if pairs == "months":
        calendar = periods.month if periods.freqstr == "M" else periods.quarter
        indicators = {
            f"season {value}": (calendar == value).astype(float)
            for value in range(2, int(per_year) + 1)
        }
        return pd.DataFrame(indicators, index=periods)
    columns = {}
    for k in range(1, int(pairs) + 1):
        angle = 2 * np.pi * k * np.asarray(periods.astype("int64")) / per_year
        # At two periods a wave the sine is 0 in each of them.
        if 2 * k < per_year:
            columns[f"season sin {k}"] = np.sin(angle)
        columns[f"season cos {k}"] = np.cos(angle)
    return pd.DataFrame(columns, index=periods)


def _controls(controls: Mapping[str, pd.Series] | None, outcome: Outcome) -> pd.DataFrame:
    frame = pd.DataFrame(index=outcome.periods)
    for name, series in (controls or {}).items():
        column = series.reindex(outcome.periods)
        missing = ~np.isfinite(column.to_numpy(dtype=float, na_value=np.nan))
        if missing.any():
            raise InputError(
                f"The control series '{name}' has no value for {column.index[missing][0]}.",
                rule="A control series has a finite number for every period of the window.",
                remedy="Fill it, or shorten the window.",
            )
        frame[name] = column.astype(float)
    return frame


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


def clashing_terms(X: pd.DataFrame) -> list[str]:
    """The names of columns that take part in an exact linear dependence; empty if none.

    X : no column is zero throughout. Read off the null space of the unit-length columns.
    """
    unit = X.to_numpy() / np.linalg.norm(X.to_numpy(), axis=0)
    _, singular, rows = np.linalg.svd(np.linalg.qr(unit, mode="r"), full_matrices=True)
    tolerance = max(X.shape) * np.finfo(float).eps * singular[0] * 10
    rank = int((singular > tolerance).sum())
    involved = np.abs(rows[rank:]).max(axis=0, initial=0.0) > 1e-6
    return [str(name) for name, hit in zip(X.columns, involved, strict=True) if hit]
