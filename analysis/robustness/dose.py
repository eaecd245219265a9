"""How the effect goes with a dose over several units: its line, and how often such a line comes.

Two tests do without the model of the line: the doses dealt to the units anew, and the same doses
at earlier dates on which nothing was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.design.scale import from_per_cent
from analysis.effects.estimands import COLUMNS
from analysis.errors import AnalysisError, attempt, refusal
from analysis.outcome import Outcome
from analysis.progress import watch
from analysis.robustness.comparison import Cells
from analysis.robustness.placebo import Placebo, run_placebos
from analysis.robustness.pooling import Dosed, meta_regression
from analysis.robustness.random_effects import covariance_of, estimate_mean
from analysis.robustness.units import correlation_of, regress_cells


@dataclass(frozen=True, kw_only=True)
class DoseResponse(show.Shown):
    """The average effect on each unit, and the line of it by the dose.

    units : by name, smallest dose first: `dose` (0 to 1) and the standard columns, in per cent.
    ends : what the line gives; rows `zero`, `one` (dose 0 and 1) and `mean` (the mean dose) with
        each unit weighted by how well it is known, `zero unweighted` and `one unweighted`.
    line : weighted.   unweighted : the same with all units alike.
    slopes : the weighted slope (logs for dose 1) by period at earlier dates, and at the real one,
        which is the last.
    """

    units: pd.DataFrame = field(repr=False)
    ends: pd.DataFrame = field(repr=False)
    line: Dosed = field(repr=False)
    unweighted: Dosed = field(repr=False)
    slopes: pd.Series = field(repr=False)

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
        table = pd.concat([self.units, self.ends]).rename_axis("fit")
        return show.with_table(self._repr_html_(), table)

    def _repr_html_(self) -> str:
        doses = {"zero": "Line at 0%", "one": "Line at 100%", "mean": "Line at the mean dose"}
        doses |= {f"{k} unweighted": f"{doses[k]}, all alike" for k in ("zero", "one")}
        cells = {
            "Unit": lambda row: doses.get(row.name, row.name),
            "Dose": lambda row: "" if np.isnan(row.dose) else f"{show.number(100 * row.dose)}%",
            **show.ESTIMATES,
        }
        rows = pd.concat([self.units, self.ends])
        return show.columns(rows, cells, caption="The average effect on each unit, and the line")


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
    InputError : effects that are not told in per cent, fewer than three units, or doses that are
        missing or all the same.
    """
    if (cells.table["unit"] != "%").any():
        raise refusal("dose of effects in units")
    line = regress_cells(cells, doses)
    table = cells.table.set_index("cell")[COLUMNS]
    table.insert(0, "dose", [doses[name] for name in table.index])
    units = table.sort_values("dose", kind="stable")
    designs, dose = [cells.designs[name] for name in units.index], units["dose"].to_numpy()
    shared = correlation_of(designs)
    logs = from_per_cent(units["estimate"])
    error = float(np.median(units["std_error"] / (100 * np.exp(logs))))
    alike = partial(
        meta_regression,
        logs,
        np.full(len(units), error),
        correlation=shared,
        alpha=cells.alpha,
        unit="%",
    )
    places = {"zero": 0.0, "one": 1.0, "mean": float(dose.mean())}
    ends = {
        name: regress_cells(cells, {k: v - place for k, v in doses.items()}).table.loc["zero"]
        for name, place in places.items()
    }
    for name in ("zero", "one"):
        ends[f"{name} unweighted"] = alike(dose - places[name]).table.loc["zero"]
    placebos = [
        attempt(run_placebos, design, history=histories[str(name)])
        for name, design in watch(
            zip(units.index, designs, strict=True), "Units", total=len(designs)
        )
    ]
    real = designs[0].periods[designs[0].T0]
    slope = float(from_per_cent(line.table.loc["slope", "estimate"]))
    return DoseResponse(
        units=units,
        ends=pd.DataFrame(ends).T.infer_objects(),
        line=line,
        unweighted=alike(dose),
        slopes=pd.concat([_slopes(placebos, dose, shared), pd.Series({real: slope})]),
    )


def _slopes(
    tried: list[Placebo | AnalysisError], doses: np.ndarray, shared: np.ndarray
) -> pd.Series:
    """The weighted slope at each earlier date that all units have."""
    tables = [one.placebos.set_index("period") for one in tried if isinstance(one, Placebo)]
    if len(tables) < len(doses):
        return pd.Series(dtype=float)
    logs = pd.concat([table["statistic"] for table in tables], axis=1).dropna()
    spread = pd.concat([table["std_error"] for table in tables], axis=1).loc[logs.index]
    errors = spread.to_numpy() / (100 * np.exp(logs.to_numpy()))
    X = np.column_stack([np.ones_like(doses), doses])
    found = [
        estimate_mean(y, X, covariance_of(error, shared))[0][1]
        for y, error in zip(logs.to_numpy(), errors, strict=True)
    ]
    return pd.Series(found, logs.index)
