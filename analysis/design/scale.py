"""What a scale means: which numbers are modelled, and in which unit their contrasts are told.

On the scale "log" (the log of the mean count a day, or of the measure) and on the scale "count"
(the counts themselves, under a log link) a contrast is the log of a ratio and is told in per
cent. On the scale "level" it is told in the unit of the rate.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import DesignError, unknown_name
from analysis.outcome import Outcome

Scale = Literal["log", "level", "count"]
SCALES = ("log", "level", "count")
# Places of estimate, standard error and ends in a row of a table of contrasts.
ESTIMATE, STD_ERROR, LOWER, UPPER = 0, 1, 3, 4


def modelled(outcome: Outcome, scale: str) -> pd.Series:
    """The outcome on the scale of the model.

    Raises
    ------
    InputError : no such scale.
    DesignError : zeros on a log scale, or counts asked of a measure.
    """
    if scale not in SCALES:
        raise unknown_name("scale", scale, SCALES)
    if scale == "count":
        return _counts(outcome)
    rate = outcome.rate
    if scale == "level":
        return rate
    counted = outcome.kind == "count"
    if (rate <= 0).any():
        where = rate.index[rate <= 0][0]
        raise DesignError(
            f"'{outcome.name}' is {rate[where]:g} in {where}.",
            rule="A log scale needs values above 0.",
            remedy='Use scale="level" with model="wandering_trend_calibrated"'
            + (' or scale="count" with model="quasi_poisson".' if counted else "."),
        )
    return pd.Series(np.log(rate), index=rate.index)


def _counts(outcome: Outcome) -> pd.Series:
    if outcome.kind != "count":
        raise DesignError(
            f"'{outcome.name}' is a measure, not a count.",
            rule='scale="count" is for counts of events in a period.',
            remedy=f'Use scale="{"log" if (outcome.values.dropna() > 0).all() else "level"}" with '
            'model="wandering_trend_calibrated".',
        )
    return outcome.values.astype(float)


def in_per_cent(scale: str) -> bool:
    """Whether contrasts are logs of ratios, told in per cent."""
    return scale != "level"


def unit_of(outcome: Outcome, scale: str, estimand: str = "average") -> str:
    """The unit in which an estimand is told."""
    unit = "%" if in_per_cent(scale) else outcome.rate_unit
    return f"{unit} a {outcome.step}" if estimand in ("slope", "posttrend") else unit


def told(contrasts: np.ndarray, per_cent: bool | np.ndarray) -> np.ndarray:
    """Contrasts on the model's scale in the unit in which they are told.

    contrasts : k x 5 or more, in the order of `Distribution.contrast`: estimate, std_error, df,
        lower, upper. The standard error of a ratio is by the delta method.
    per_cent : whether each row is the log of a ratio (k, or one for all).
    """
    values, rows = np.array(contrasts, dtype=float), np.broadcast_to(per_cent, len(contrasts))
    with np.errstate(over="ignore"):
        values[rows, STD_ERROR] = 100 * np.exp(values[rows, ESTIMATE]) * values[rows, STD_ERROR]
        for column in (ESTIMATE, LOWER, UPPER):
            values[rows, column] = to_per_cent(values[rows, column])
    return values


def to_per_cent(logs: ArrayLike) -> np.ndarray:
    """Logs of ratios as changes in per cent."""
    return 100 * np.expm1(np.asarray(logs))


def from_per_cent(changes: ArrayLike) -> np.ndarray:
    """Changes in per cent (above -100) as logs of ratios."""
    return np.log1p(np.asarray(changes) / 100)
