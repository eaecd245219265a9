"""What a design is made of: terms, each a few columns over the periods of a window, as arrays.

`build_design` and the specification curve both put designs together from these.

Conventions (t = 0 for the first period of the window):
- `level` is the share of a period's days on which the intervention is in force: 26/30 in June
  2024 for 5 June, 1 afterwards, back towards 0 after an end date.
- `slope` is 0 in the first affected period T0 and t - T0 after it. This is the convention of
  Stata's itsa. Software that starts the slope at 1 has a level coefficient smaller by one slope.
- `curve` is the slope squared. `pulse` is the level in period T0, 0 after it.
- `decay` starts as the pulse and keeps delta of itself each period: x_t = delta x_(t-1) + pulse_t.
- `gradual` approaches the level: x_t = delta x_(t-1) + (1 - delta) level_t, so that its
  coefficient is the change in the long run. Both are first-order transfer functions (Box and Tiao
  1975, J. Am. Stat. Assoc. 70:70). Where delta is estimated, a column of the derivative by it
  stands beside the column.
- `level(months=6-8)` is in force in these months of each year only, by the share of days; a slope
  beside it counts all periods and works in these.
- With a phase-in of m >= 2 periods the level is min(1, s / m), where s is the number of periods
  in force since the start, in days; the slope starts in the first period of full level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from analysis.errors import refusal
from analysis.outcome import Intervention, Outcome, Shape, missing_words

# The delta from which one that is to be estimated starts.
START = 0.5


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """n periods as numbers.

    ordinal : of the period, counted from the first one of 1970 (with a part of one, where periods
        do not start in it).   per_year : periods in a year.
    first, last : of its first and last day, counted from 1 January 1970.
    """

    ordinal: np.ndarray
    first: np.ndarray
    last: np.ndarray
    per_year: float

    @classmethod
    def of(cls, outcome: Outcome) -> Calendar:
        """The periods of a series."""
        periods = outcome.periods
        return cls(
            ordinal=periods.asi8 / periods.freq.n,
            first=periods.asfreq("D", "start").asi8,
            last=periods.asfreq("D", "end").asi8,
            per_year=outcome.steps_per_year,
        )

    @property
    def days(self) -> np.ndarray:
        """The number of days in each period."""
        return self.last - self.first + 1


@dataclass(frozen=True, kw_only=True)
class Term:
    """Columns that belong together: q names, and n x q numbers."""

    names: tuple[str, ...]
    columns: np.ndarray


# What terms are for, in the order of their columns.
Kinds = Mapping[str, Sequence[Term]]


def stack(kinds: Kinds) -> tuple[np.ndarray, dict[str, tuple[str, ...]]]:
    """X (n x p), and the names of its columns by kind of term.

    Raises
    ------
    InputError : two columns of one name.
    """
    terms = {kind: tuple(n for term in kinds[kind] for n in term.names) for kind in kinds}
    names = [name for of_kind in terms.values() for name in of_kind]
    if len(set(names)) < len(names):
        repeated = next(name for i, name in enumerate(names) if name in names[:i])
        raise refusal("term named twice", repeated=repeated)
    return np.concatenate([t.columns for of in kinds.values() for t in of], axis=1), terms


def share_in_force(intervention: Intervention, calendar: Calendar) -> np.ndarray:
    """The share of each period's days on which the intervention is in force, 0 to 1.

    Raises
    ------
    InputError : it works in some months only, and the periods are longer than a quarter.
    """
    start = np.datetime64(intervention.start, "D").astype(int)
    end = np.datetime64(intervention.end or "9999-12-31", "D").astype(int)
    first, last = np.maximum(calendar.first, start), np.minimum(calendar.last, end)
    days = last - first + 1
    if intervention.months:
        if calendar.per_year < 4:
            raise refusal("months of long periods", shape=intervention.shape)
        every = np.arange(calendar.first[0], calendar.last[-1] + 1)
        month = every.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12 + 1
        # How many days work before each day.
        before = np.concatenate([[0], np.cumsum(np.isin(month, intervention.months))])
        first, after = (np.clip(d - every[0], 0, len(every)) for d in (first, last + 1))
        days = before[after] - before[first]
    return np.maximum(days, 0) / calendar.days


def reached_by(intervention: Intervention, share: np.ndarray) -> np.ndarray:
    """The periods that it reaches, by its share in force.

    A pulse reaches the first one only; what remembers reaches all from then on, also after an end.
    """
    reached, since = share > 0, np.arange(len(share))
    if intervention.parts == ("pulse",):
        return reached & (since == np.argmax(reached))
    return reached.any() & (since >= np.argmax(reached)) if intervention.remembering else reached


def with_shape(intervention: Intervention, shape: Shape, phase_in: int | None) -> Intervention:
    """The intervention with a shape, and with this phase-in unless it is None."""
    return replace(
        intervention,
        shape=intervention.shape or shape,
        phase_in=intervention.phase_in if phase_in is None else phase_in,
    )


def base_term(n: int, trend: bool = True) -> Term:
    """The constant, and the trend that counts periods from 0 if it is wanted."""
    columns = np.column_stack([np.ones(n), np.arange(n, dtype=float)])
    return Term(names=("constant", "trend")[: 1 + trend], columns=columns[:, : 1 + trend])


def intervention_term(intervention: Intervention, share: np.ndarray, *, prefix: str = "") -> Term:
    """The level, slope or pulse of one intervention, by its share in force (n).

    prefix : the name of an event; empty for the intervention under study.
    """
    since, reached = np.arange(len(share)), share > 0
    level, full = phased(share, intervention)
    slope = np.maximum(since - full, 0) * reached
    pulse = share * (since == np.argmax(reached))
    delta = intervention.delta or START
    columns = {
        "level": level,
        "slope": slope,
        "curve": slope**2,
        "pulse": pulse,
        "decay": _kept_up(pulse, delta),
        "gradual": _kept_up((1 - delta) * level, delta),
    }
    parts = intervention.parts
    named = [prefix if part == "level" else f"{prefix} {part}" for part in parts]
    chosen = np.array([columns[part] for part in parts], dtype=float)
    return Term(
        names=tuple(named if prefix else parts), columns=chosen.reshape(len(parts), len(share)).T
    )


def rate_term(intervention: Intervention, share: np.ndarray) -> Term:
    """How its decay or gradual column moves with delta, at its delta or at `START` (n x 1)."""
    part, delta = intervention.remembering, intervention.delta or START
    alone = replace(intervention, shape=f"{part}({delta!r})")
    column = intervention_term(alone, share).columns[:, 0]
    moved = np.concatenate([[0.0], column[:-1]])
    if part == "gradual":
        moved -= phased(share, intervention)[0]
    return Term(names=(f"{part} rate",), columns=_kept_up(moved, delta)[:, None])


def _kept_up(given: np.ndarray, delta: float) -> np.ndarray:
    """x_t = delta x_(t-1) + given_t."""
    return np.asarray(lfilter([1.0], [1.0, -delta], given))


def phased(share: np.ndarray, intervention: Intervention) -> tuple[np.ndarray, int]:
    """How far it is in force in each period, and the first from which the slope counts."""
    if intervention.phase_in < 2:
        return share, int(np.argmax(share > 0))
    level = np.minimum(1.0, np.cumsum(share) / intervention.phase_in) * (share > 0)
    reached = level >= 1 - 1e-12
    return level, int(np.argmax(reached)) if reached.any() else len(share)


def series_terms(
    given: Mapping[str, pd.Series], outcome: Outcome, kept: np.ndarray, what: str
) -> list[Term]:
    """Each given series on the outcome's periods.

    kept : n, the periods that are used; in the others a value may be missing, and is then 0.
    what : "control" or "effect", for messages.

    Raises
    ------
    InputError : a period that is used has no value.
    """
    terms = []
    for name, series in given.items():
        column = series.reindex(outcome.periods).to_numpy(dtype=float)
        missing = outcome.periods[np.isnan(column) & kept]
        if len(missing):
            raise refusal("series with gaps", what=what, name=name, missing=missing_words(missing))
        terms.append(Term(names=(name,), columns=np.nan_to_num(column)[:, None]))
    return terms
