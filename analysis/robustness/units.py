"""One effect over units, each a series with its own fit: pooled, and against a dose of each.

Of the line of the effect by the dose two tests do without its model: the doses dealt to the units
anew, and the same doses at earlier dates on which nothing was done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis import show
from analysis.design import Design
from analysis.design.scale import from_per_cent
from analysis.effects.estimands import COLUMNS, contrast_of
from analysis.errors import AnalysisError, attempt, refusal, unknown_name
from analysis.outcome import Outcome
from analysis.robustness.comparison import Cells
from analysis.robustness.placebo import Placebo, run_placebos
from analysis.robustness.pooling import (
    Dosed,
    Pooled,
    covariance_of,
    estimate_mean,
    meta_regression,
    pool,
)
from analysis.show.progress import watch
from analysis.show.templates import Told


def pool_cells(cells: Cells, *, together: bool = True) -> Pooled:
    """The mean effect over units that were estimated one by one.

    Each unit's standard error is the one that its interval says, whatever its model. Where those
    are wider than need be, tau^2 is too small: the prediction uses the variance of the estimates
    instead, which holds more than that of the effects.

    Parameters
    ----------
    cells : of `estimate_cells`.
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

    Parameters
    ----------
    cells, together : as in `pool_cells`.   doses : a number for each unit.

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
        raise refusal("effects in several units", units=units)
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
    pairwise = changes.corr(min_periods=8).to_numpy()[pairs]
    mean = float(np.nan_to_num(np.nanmean(pairwise))) if np.isfinite(pairwise).any() else 0.0
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


@dataclass(frozen=True, kw_only=True)
class DoseResponse(Told):
    """The average effect on each unit, and the line of it by the dose.

    units : by name, smallest dose first: `dose` (0 to 1) and the standard columns, in per cent.
    ends : what the line gives; rows `zero`, `one` (dose 0 and 1) and `mean` (the mean dose) with
        each unit weighted by how well it is known, `zero unweighted` and `one unweighted`.
    line : weighted.   unweighted : the same with all units alike.
    slopes : the weighted slope (logs for dose 1) by period at earlier dates, and at the real one,
        which is the last.
    outcomes : the series of the units.   over : the periods in which the doses were measured.
    """

    units: pd.DataFrame = field(repr=False)
    ends: pd.DataFrame = field(repr=False)
    line: Dosed = field(repr=False)
    unweighted: Dosed = field(repr=False)
    slopes: pd.Series = field(repr=False)
    outcomes: tuple[Outcome, ...] = field(repr=False)
    over: str = ""

    @property
    def standing(self) -> tuple[float, float, float]:
        """The share of the effect at the mean dose (in logs) that stands at dose zero, in per cent.

        With the shares at both ends of the interval at zero; below 0 is an effect to the other
        side, above 100 more than all.
        """
        logs = from_per_cent(self.ends.loc["zero", ["estimate", "lower", "upper"]].astype(float))
        share, *ends = 100 * logs / from_per_cent(self.ends.loc["mean", "estimate"])
        return float(share), float(min(ends)), float(max(ends))

    @property
    def as_steep(self) -> int:
        """The number of earlier dates with a slope at least as far from zero."""
        return int((self.slopes.iloc[:-1].abs() >= abs(self.slopes.iloc[-1])).sum())

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), pd.concat([self.units, self.ends]))


def dose_response(
    cells: Cells, doses: Mapping[str, float], *, histories: Mapping[str, Outcome]
) -> DoseResponse:
    """The average effect by a dose that each unit had before.

    What the errors of units share makes the effect at dose zero less sure, and the slope hardly so;
    see `correlation_of`.

    Parameters
    ----------
    cells : of each unit, told in per cent.   doses : by unit, 0 to 1.
    histories : of each unit, as for `run_placebos`; dates that all units have are tried.

    Raises
    ------
    InputError : effects that are not told in per cent, fewer than three units, doses that are
        missing or all the same, or a unit without a history.
    """
    if (cells.table["unit"] != "%").any():
        raise refusal("dose of effects in units")
    line = regress_cells(cells, doses)
    for name in cells.table["cell"]:
        if name not in histories:
            raise unknown_name("history of the unit", name, histories)
    table = cells.table.set_index("cell")[COLUMNS]
    table.insert(0, "dose", [doses[name] for name in table.index])
    units = table.sort_values("dose", kind="stable")
    designs, dose = [cells.designs[name] for name in units.index], units["dose"].to_numpy()
    shared = correlation_of(designs)
    logs = from_per_cent(units["estimate"])
    error = np.median(units["std_error"] / (100 * np.exp(logs)))
    how: Any = {"correlation": shared, "alpha": cells.alpha, "unit": "%"}
    alike = meta_regression(logs, np.full(len(units), error), dose, **how)
    ends = [
        line.at([0.0, 1.0, dose.mean()], ["zero", "one", "mean"]),
        alike.at([0.0, 1.0], ["zero unweighted", "one unweighted"]),
    ]
    placebos = [
        attempt(run_placebos, design, history=histories[str(name)])
        for name, design in watch(
            zip(units.index, designs, strict=True), "Units", total=len(designs)
        )
    ]
    real = designs[0].periods[designs[0].T0]
    return DoseResponse(
        units=units,
        outcomes=tuple(design.outcome for design in designs),
        ends=pd.concat(ends),
        line=line,
        unweighted=alike,
        slopes=pd.concat([_slopes(placebos, dose, shared), pd.Series({real: line.beta[1]})]),
    )


def _slopes(
    tried: list[Placebo | AnalysisError], doses: np.ndarray, shared: np.ndarray
) -> pd.Series:
    """The weighted slope at each earlier date that all units have."""
    tables = [
        placebo.placebos.set_index("period") for placebo in tried if isinstance(placebo, Placebo)
    ]
    if len(tables) < len(doses):
        return pd.Series(dtype=float)
    logs = pd.concat([table["statistic"] for table in tables], axis=1).dropna()
    spread = pd.concat([table["std_error"] for table in tables], axis=1).loc[logs.index]
    errors = spread.to_numpy() / (100 * np.exp(logs.to_numpy()))
    X = np.column_stack([np.ones_like(doses), doses])
    slopes = [
        estimate_mean(y, X, covariance_of(error, shared))[0][1]
        for y, error in zip(logs.to_numpy(), errors, strict=True)
    ]
    return pd.Series(slopes, logs.index)
