"""What a design is made of: the outcome on the scale of the model, and columns by kind.

Conventions (t = 0 for the first period of the window):
- `level` is the share of a period's days on which the intervention applies: 26/30 in June 2024
  for 5 June, 1 afterwards, back towards 0 after an end date.
- `slope` is 0 in the first affected period T0 and t - T0 after it. This is the convention of
  Stata's itsa. Software that starts the slope at 1 has a level coefficient smaller by one slope.
- With a phase-in of m >= 2 periods the level is min(1, exposure / m), where exposure is the
  number of periods since the start, in days; the slope starts in the first period of full level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from analysis.errors import DesignError, InputError, unknown_name
from analysis.outcome import Intervention, Outcome, Shape

Scale = Literal["log", "level", "count"]
SCALES = ("log", "level", "count")


def exposure(intervention: Intervention, periods: pd.PeriodIndex) -> np.ndarray:
    """The share of each period's days on which the intervention applies, 0 to 1."""
    first, last = first_days(periods), last_days(periods)
    start = np.datetime64(intervention.start, "D").astype(int)
    end = np.datetime64(intervention.end or "9999-12-31", "D").astype(int)
    days = np.minimum(last, end) - np.maximum(first, start) + 1
    return np.clip(days, 0, None) / (last - first + 1)


def reached_by(intervention: Intervention, periods: pd.PeriodIndex) -> np.ndarray:
    """The periods that the intervention reaches; a pulse reaches the first one only."""
    reached = exposure(intervention, periods) > 0
    if intervention.shape == "pulse":
        return reached & (np.arange(len(periods)) == np.argmax(reached))
    return reached


def first_days(periods: pd.PeriodIndex) -> np.ndarray:
    """Days since 1970 of the first day of each period."""
    return np.asarray(periods.asfreq("D", "start").asi8)


def last_days(periods: pd.PeriodIndex) -> np.ndarray:
    """Days since 1970 of the last day of each period."""
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


def base_columns(outcome: Outcome, trend: bool) -> pd.DataFrame:
    """The constant, and the trend that counts periods from 0 if it is wanted."""
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


def control_columns(controls: Mapping[str, pd.Series] | None, outcome: Outcome) -> pd.DataFrame:
    """The control series on the outcome's periods.

    Raises
    ------
    InputError : a period without a finite number.
    """
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
