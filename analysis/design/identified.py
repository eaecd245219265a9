"""Whether a window can tell the terms of a design apart. What it cannot is refused by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.linalg import null_space

from analysis.design.terms import Term
from analysis.errors import refusal
from analysis.outcome import Intervention, Outcome, missing_words

MIN_PRE_PERIODS = 4
# Residual degrees of freedom that a fit needs.
MIN_SPARE = 3
# Of the periods before the start, and of those from it on, at most this share is missing: 95%
# intervals still hold .93 to .96 then.
MOST_MISSING = 1 / 3


def refuse_outside(intervention: Intervention, outcome: Outcome, share: np.ndarray) -> None:
    """Refuse an intervention that a window does not hold, by its share in force (n)."""
    first, last = outcome.periods[0], outcome.periods[-1]
    if not share.any():
        raise refusal("no post-period", first=first, last=last, intervention=intervention)
    if intervention.last_clean and last.start_time.date() > intervention.last_clean:
        raise refusal("after the last clean period", last=last, intervention=intervention)


def refuse_gaps(outcome: Outcome, share: np.ndarray) -> None:
    """Refuse a window that misses too much before or after the start, by the share in force (n)."""
    start, missing = int(np.argmax(share > 0)), outcome.values.isna().to_numpy()
    for when, part in (("before", slice(start)), ("after", slice(start, None))):
        none, whole = outcome.periods[part][missing[part]], len(missing[part])
        if len(none) > MOST_MISSING * whole:
            said = missing_words(none)
            raise refusal("gaps", outcome=outcome, none=none, whole=whole, when=when, words=said)


def refuse_unknown_rate(event: Intervention, where: str = "of another event") -> None:
    """Refuse a rate that would have to be estimated where only that of one design is."""
    if event.rate_unknown:
        raise refusal("rate of an event", where=where, event=event)


def refuse_early(added: Sequence[Term], before: np.ndarray, outcome: Outcome) -> None:
    """Refuse a term of the effect that is not 0 before the start (rows: n)."""
    for term in added:
        early = pd.Series(term.columns[:, 0], outcome.periods)[before & (term.columns[:, 0] != 0)]
        if len(early):
            raise refusal("early effect", name=term.names[0], early=early)


def refuse_hidden_effects(controls: Sequence[Term], before: np.ndarray) -> None:
    """Refuse a control that begins with the intervention: what it does would not be an effect."""
    for term in controls:
        column = term.columns[:, 0]
        if not column[before].any() and column[~before].any():
            raise refusal("hidden effect", name=term.names[0])


def refuse_columns(X: np.ndarray, names: Sequence[str]) -> None:
    """Refuse a design (n x p) whose terms its rows cannot tell apart, by name of the terms."""
    zero = [name for name, column in zip(names, X.T, strict=True) if not column.any()]
    if zero:
        raise refusal("empty terms", terms=zero)
    clash = [name for name, hit in zip(names, dependent(X), strict=True) if hit]
    if clash:
        raise refusal("clashing terms", terms=clash)
    n, p = X.shape
    if n - p < MIN_SPARE:
        raise refusal("few rows for a design", n=n, p=p, min_spare=MIN_SPARE)


def dependent(X: np.ndarray) -> np.ndarray:
    """Which columns of X (n x p) are zero or take part in an exact linear dependence (p).

    Read off the null space of the columns at unit length.
    """
    size = np.linalg.norm(X, axis=0)
    unit = X / np.where(size > 0, size, 1.0)
    tolerance = 10 * max(X.shape) * np.finfo(float).eps
    none = null_space(np.linalg.qr(unit, mode="r"), rcond=tolerance)
    return np.asarray(np.abs(none).max(axis=1, initial=0.0) > 1e-6)
