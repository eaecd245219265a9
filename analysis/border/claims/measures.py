"""The value of a comparison: a measure of one series in one window, or against another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.border.claims.ledger import Calculation
from analysis.border.selection import load_outcome
from analysis.outcome import Outcome


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What the data give for a calculation.

    parts : what the value is made of: the path from first to last, or each year's value.
    """

    check: Calculation
    value: float
    parts: np.ndarray

    @property
    def is_path(self) -> bool:
        """Whether a claim is held against all of the path and not against the value."""
        return self.check.measure == "path"


def measure(calculation: Calculation) -> Figure:
    """The value of a calculation."""
    outcome = load_outcome(**calculation.series)
    base = int(calculation.window_b[0][:4])
    first, last = calculation.years or (base, base)
    years = range(first - base, last - base + 1)
    parts = np.concatenate([_measured(outcome, calculation, shift) for shift in years])
    deepest = calculation.measure == "deepest"
    value = np.median(parts) if calculation.years else parts.min() if deepest else parts[-1]
    return Figure(check=calculation, value=float(value), parts=parts)


def mean_a_day(outcome: Outcome, window: tuple[str, str]) -> tuple[float, float]:
    """Sum and mean a day of a window of months or days, first and last inclusive.

    Days inside a period count as if every day of it had the same number.
    """
    first, last = _days(window)
    part = outcome.window(str(first.date()), str(last.date()))
    starts = np.maximum(part.periods.start_time, first)
    ends = np.minimum(part.periods.end_time.normalize(), last)
    days = ((ends - starts) / pd.Timedelta(days=1) + 1).to_numpy()
    total = float((part.rate.to_numpy() * days).sum())
    return total, total / float(days.sum())


def _measured(outcome: Outcome, calculation: Calculation, shift: int) -> np.ndarray:
    """The value of a comparison moved by `shift` years, or each of a path."""
    after = _shifted(calculation.window_b, shift)
    total, mean = mean_a_day(outcome, after)
    if calculation.window_a is None:
        return np.array([total if calculation.measure == "count" else mean])
    before_total, before_mean = mean_a_day(outcome, _shifted(calculation.window_a, shift))
    if calculation.measure == "total_change":
        return np.array([100 * (total / before_total - 1)])
    if calculation.measure == "change":
        return np.array([100 * (mean / before_mean - 1)])
    part = outcome.window(*(str(day.date()) for day in _days(after)))
    return 100 * (part.rate.to_numpy() / before_mean - 1)


def _days(window: tuple[str, str]) -> tuple[pd.Timestamp, pd.Timestamp]:
    first, last = (pd.Period(end) for end in window)
    return first.start_time, last.end_time.normalize()


def _shifted(window: tuple[str, str], years: int) -> tuple[str, str]:
    first, last = (f"{int(end[:4]) + years}{end[4:]}" for end in window)
    return first, last
