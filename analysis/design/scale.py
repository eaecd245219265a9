"""What a scale means: which numbers are modelled, and in which unit their contrasts are told.

On the scale "log" (the log of the mean count a day, or of the measure) and on the scale "count"
(the counts themselves, under a log link) a contrast is the log of a ratio and is told in per
cent. On the scale "level" it is told in the unit of the rate.
"""

from __future__ import annotations

import re
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import refusal, unknown_name
from analysis.outcome import Outcome

Scale = Literal["log", "level", "count"]
SCALES = ("log", "level", "count")
# Places of estimate, standard error and ends in a row of a table of contrasts.
ESTIMATE, STD_ERROR, LOWER, UPPER = 0, 1, 3, 4
NEAR_ZERO = 0.1  # of the mean before the start
# How a unit of shares begins; a difference of two of them is no share.
PER_CENT = re.compile(r"(?:%|per ?cent|pct)(?!\w)", re.I)


def modelled(outcome: Outcome, scale: str) -> pd.Series:
    """The outcome on the scale of the model.

    Raises
    ------
    InputError : no such scale.
    DesignError : zeros on a log scale, or counts asked of a measure.
    """
    if scale not in SCALES:
        raise unknown_name("scale", scale, SCALES)
    name, rate, counted = outcome.name, outcome.rate, outcome.kind == "count"
    low = rate[rate <= 0]
    if scale == "count":
        if not counted:
            raise refusal("measure as count", name=name, scale="level" if len(low) else "log")
        return outcome.values.astype(float)
    if scale == "level":
        return rate
    if len(low):
        key = "no log of a count" if counted else "no log of a measure"
        raise refusal(key, name=name, value=low.iloc[0], period=low.index[0])
    return pd.Series(np.log(rate), index=rate.index)


def in_per_cent(scale: str) -> bool:
    """Whether contrasts are logs of ratios, told in per cent."""
    return scale != "level"


def unit_of(outcome: Outcome, scale: str, estimand: str = "average") -> str:
    """The unit in which an estimand is told; differences of per cents are percentage points."""
    # "Price ran 3 price below" says nothing: a measure's unit may be no more than its name.
    named = outcome.kind == "measure" and outcome.name.casefold().startswith(
        outcome.unit.casefold()
    )
    told = "units" if named else PER_CENT.sub("percentage points", outcome.rate_unit, 1)
    unit = "%" if in_per_cent(scale) else told
    return f"{unit} a {outcome.step}" if estimand in ("slope", "posttrend") else unit


def usual_rate(rates: np.ndarray, pre: np.ndarray) -> np.ndarray:
    """The mean rate of rows before a start (... x n); infinite where a series goes below 0."""
    return np.asarray(np.where((rates < 0).any(axis=-1), np.inf, rates[..., pre].mean(axis=-1)))


def share_of_expected(observed: ArrayLike, expected: ArrayLike, usual: ArrayLike) -> np.ndarray:
    """What was seen less what was expected, in per cent of it.

    NaN where less than nothing was seen, or less was expected than a tenth of what is `usual`: it
    would be of any size.
    """
    enough = (np.asarray(expected) > 0) & (expected >= np.multiply(NEAR_ZERO, usual))
    whole = np.where(enough & (np.asarray(observed) >= 0), expected, np.nan)
    return np.asarray(100 * (observed / whole - 1))


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
