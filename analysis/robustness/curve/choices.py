"""Where along a specification curve each choice is found, and which choices cannot be made."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.robustness.curve.choice_words import WORDS, choice_words
from analysis.robustness.curve.specification import Curve


def choice_shares(curve: Curve, *, bins: int = 60) -> pd.DataFrame:
    """How often each choice stands in each stretch of the curve, from the lowest estimates up.

    Returns
    -------
    One row a value of a varied dimension, one column a stretch of equally many specifications:
    the share of them with this value, 0 to 1. No more stretches than specifications.
    """
    count = len(curve.table)
    stretch = np.arange(count) * min(bins, count) // count
    rows = {
        (name, value): (curve.table[name].map(str) == value).groupby(stretch).mean()
        for name in curve.grid.varied
        for value in curve.grid.named(name)
    }
    return pd.DataFrame(rows).T.rename_axis(["choice", "value"])


def by_series(curve: Curve) -> pd.DataFrame:
    """For each series, as `Curve.summed_up`."""
    found = curve.summed_up(curve.table["outcome"])
    return found.reindex(list(curve.grid.outcomes)).dropna(how="all")


def invalid_choices(curve: Curve) -> pd.DataFrame:
    """The combinations that cannot be estimated: how many, why, and which choices they share.

    Returns
    -------
    Columns `count`, `reason`, `problem` (its first sentence) and `shared` (the varied choices that
    all of them have, in words), the commonest first.
    """
    rows = []
    for (reason, problem), part in curve.invalid.groupby(["reason", "problem"], sort=False):
        shared = [
            f"{WORDS[name]}: {choice_words(curve.grid, name, str(part[name].iloc[0]))}"
            for name in curve.grid.varied
            if len(set(part[name].map(str))) == 1
        ]
        told = {"reason": reason, "problem": problem, "shared": "; ".join(shared)}
        rows.append({"count": len(part), **told})
    found = pd.DataFrame(rows, columns=["count", "reason", "problem", "shared"])
    return found.sort_values("count", ascending=False, kind="stable", ignore_index=True)
