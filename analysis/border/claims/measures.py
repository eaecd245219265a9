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
    if calculation.years is None:
        value, parts = _measured(outcome, calculation, 0)
    else:
        (first, last), base = calculation.years, int(calculation.window_b[0][:4])
        shifts = range(first - base, last - base + 1)
        parts = np.array([_measured(outcome, calculation, shift)[0] for shift in shifts])
        value = float(np.median(parts))
    return Figure(check=calculation, value=value, parts=parts)


def mean_a_day(outcome: Outcome, window: tuple[str, str]) -> tuple[float, float]:
    """Sum and mean a day of a window of months or days, first and last inclusive.

    Days inside a period count as if every day of it had the same number.
    """
    first, last = _days(window)
    part = outcome.window(str(first.date()), str(last.date()))
    days = _overlap(part, first, last)
    total = float((part.rate.to_numpy() * days).sum())
    return total, total / float(days.sum())


def _measured(outcome: Outcome, calculation: Calculation, shift: int) -> tuple[float, np.ndarray]:
    """The value of a comparison moved by `shift` years, and its parts."""
    after = _shifted(calculation.window_b, shift)
    total, mean = mean_a_day(outcome, after)
    if calculation.window_a is None:
        value = total if calculation.measure == "count" else mean
        return value, np.array([value])
    before_total, before_mean = mean_a_day(outcome, _shifted(calculation.window_a, shift))
    if calculation.measure in ("path", "deepest"):
        first, last = _days(after)
        rates = outcome.window(str(first.date()), str(last.date())).rate.to_numpy()
        path = 100 * (rates / before_mean - 1)
        return float(path.min() if calculation.measure == "deepest" else path[-1]), path
    totals = calculation.measure == "total_change"
    ratio = total / before_total if totals else mean / before_mean
    return 100 * (ratio - 1), np.array([100 * (ratio - 1)])


def _days(window: tuple[str, str]) -> tuple[pd.Timestamp, pd.Timestamp]:
    first, last = (pd.Period(end) for end in window)
    return first.start_time, last.end_time.normalize()


def _overlap(part: Outcome, first: pd.Timestamp, last: pd.Timestamp) -> np.ndarray:
    """Days of the window in each period."""
    starts = np.maximum(part.periods.start_time.to_numpy(), first.to_datetime64())
    ends = np.minimum(part.periods.end_time.normalize().to_numpy(), last.to_datetime64())
    return (ends - starts) / np.timedelta64(1, "D") + 1


def _shifted(window: tuple[str, str], years: int) -> tuple[str, str]:
    first, last = (f"{int(end[:4]) + years}{end[4:]}" for end in window)
    return first, last
