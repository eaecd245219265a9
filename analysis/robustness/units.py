"""One effect over units, each a series with its own fit: pooled, and against a dose of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.design import Design
from analysis.design.scale import from_per_cent
from analysis.effects.estimands import COLUMNS, contrast_of
from analysis.errors import refusal, unknown_name
from analysis.robustness.comparison import Cells
from analysis.robustness.pooling import Dosed, Pooled, meta_regression, pool


def pool_cells(cells: Cells, *, together: bool = True) -> Pooled:
    """The mean effect over units that were estimated one by one.

    Each unit's standard error is the one that its interval says, whatever its model. Where those
    are wider than need be, tau^2 is too small: the prediction uses the variance of the estimates
    instead, which holds more than that of the effects.

    Parameters
    ----------
    together : whether the units' errors are as correlated as their residuals (`correlation_of`);
        False takes them as independent.

    Raises
    ------
    InputError : fewer than two units with an interval, or units of measurement that differ.
    """
    given, names = _given(cells, together)
    pooled = pool(**given, names=names, between=float(np.var(given["estimates"], ddof=1)))
    own = cells.table.set_index("cell").loc[names, COLUMNS]
    return replace(pooled, units=own.assign(weight=pooled.units["weight"]))


def regress_cells(cells: Cells, doses: Mapping[str, float], *, together: bool = True) -> Dosed:
    """How the effects of units go with a dose of each, by name.

    Raises
    ------
    InputError : as `pool_cells`, a unit without a dose, or whatever `meta_regression` refuses.
    """
    if not doses:
        raise refusal("no dose")
    given, names = _given(cells, together)
    for name in names:
        if name not in doses:
            raise unknown_name("dose for the unit", name, doses)
    return meta_regression(**given, dose=[float(doses[name]) for name in names])


def _given(cells: Cells, together: bool) -> tuple[dict[str, Any], list[str]]:
    """What `pool` takes of the units that have an interval, and their names."""
    rows = cells.table[np.isfinite(cells.table[["lower", "upper"]]).all(axis=1)]
    names, units = rows["cell"].tolist(), rows["unit"].unique()
    if len(names) < 2:
        why = cells.left_out["reason"].head(1).tolist() or ["Its interval is not identified."]
        raise refusal("too few units", count=len(names), why=why[0])
    if len(units) > 1:
        raise refusal("effects in several units", units=" and in ".join(units))
    ends = rows[["estimate", "lower", "upper"]].to_numpy(float)
    if units[0] == "%":
        ends = from_per_cent(ends)
    designs = [cells.designs[name] for name in names]
    return {
        "estimates": ends[:, 0],
        "std_errors": (ends[:, 2] - ends[:, 1]) / (2 * stats.norm.ppf(1 - cells.alpha / 2)),
        "correlation": correlation_of(designs) if together else 0.0,
        "alpha": cells.alpha,
        "unit": units[0],
    }, names


def correlation_of(designs: Sequence[Design]) -> np.ndarray:
    """The correlation of the errors of the average effect between units (k x k).

    The mean correlation of the changes of their residuals from period to period (0 where it is
    negative), times how alike two units weigh the periods: the same start, the same weights.
    A shock that all feel for good in the very period of a common start stays in the mean effect.
    """
    names = range(len(designs))
    changes = pd.DataFrame({i: _residuals(d).diff() for i, d in zip(names, designs, strict=True)})
    pairs = np.triu_indices(len(designs), 1)
    found = changes.corr(min_periods=8).to_numpy()[pairs]
    mean = float(np.nan_to_num(np.nanmean(found))) if np.isfinite(found).any() else 0.0
    weights = pd.DataFrame(
        {i: pd.Series(np.linalg.pinv(d.X.to_numpy()).T @ contrast_of(d, "average"), d.periods)
         for i, d in zip(names, designs, strict=True)}
    ).fillna(0.0)  # fmt: skip
    unit = weights / np.linalg.norm(weights, axis=0)
    correlation = max(mean, 0.0) * (unit.T @ unit).to_numpy()
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation)


def _residuals(design: Design) -> pd.Series:
    """What least squares leaves, on every period from the first to the last."""
    X = design.X.to_numpy()
    rest = pd.Series(design.y.to_numpy() - X @ (np.linalg.pinv(X) @ design.y), design.periods)
    return rest.reindex(pd.period_range(*design.periods[[0, -1]]))
