"""The ratio of two series, period by period."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import refusal
from analysis.outcome.series import Outcome, make_outcome


def ratio_outcome(treated: Outcome, comparison: Outcome, *, name: str | None = None) -> Outcome:
    """The ratio of the rates of two series over the periods that both have.

    Parameters
    ----------
    treated, comparison : series with rates; `comparison` divides.
    name : of the ratio; None for "ratio of ... to ...".

    Raises
    ------
    InputError : no period in common, or the comparison has a zero.
    """
    both = treated.periods.intersection(comparison.periods)
    if not len(both):
        raise refusal("nothing in common", treated=treated, comparison=comparison)
    below = comparison.rate[both]
    if (below == 0).any():
        raise refusal("ratio to zero", comparison=comparison, period=below.index[below == 0][0])
    return make_outcome(
        treated.rate[both] / below,
        name=name or _ratio_name(treated, comparison),
        unit="ratio",
        kind="measure",
        pieces=(*treated.pieces, *comparison.pieces),
        catalogue=treated.catalogue,
    )


def mean_outcome(outcomes: Sequence[Outcome]) -> Outcome:
    """The geometric mean of the rates of several series, over the periods that all have.

    Raises
    ------
    InputError : a value that is not above 0.
    """
    if len(outcomes) == 1:
        return outcomes[0]
    rates = pd.concat({i: one.rate for i, one in enumerate(outcomes)}, axis=1, join="inner")
    if (rates <= 0).any(axis=None):
        name = outcomes[int((rates <= 0).any().argmax())].name
        raise refusal("mean of ratios", name=name)
    return make_outcome(
        np.exp(np.log(rates).mean(axis=1, skipna=False)),
        name=f"the mean of {len(outcomes)} series",
        unit=outcomes[0].rate_unit,
        kind="measure",
        # Several columns of one file are one source.
        pieces=list({p.source.sha256: p for one in outcomes for p in one.pieces}.values()),
    )


def own_words(first: Outcome, second: Outcome) -> tuple[str, str, str]:
    """The parts that the names of two series begin with in common, and each one's rest.

    Parameters
    ----------
    first, second : any two series.
    """
    one, other = first.parts or (first.name,), second.parts or (second.name,)
    same = 0
    while same < min(len(one), len(other)) - 1 and one[same] == other[same]:
        same += 1
    return ", ".join(one[:same]), ", ".join(one[same:]), ", ".join(other[same:])


def _ratio_name(treated: Outcome, comparison: Outcome) -> str:
    head, above, below = own_words(treated, comparison)
    return f"ratio of {above} to {below}" + (f", {head}" if head else "")
