"""How the effect goes with a dose over several units: its line, and how often such a line comes.

Two tests do without the model of the line: the doses dealt to the units anew, and the same doses
at earlier dates on which nothing was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.design.scale import from_per_cent, told
from analysis.effects.estimands import contrast_of
from analysis.errors import AnalysisError, DesignError, attempt
from analysis.models import fit
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import Outcome
from analysis.robustness.placebo import Placebo, run_placebos
from analysis.robustness.pooling import Dosed, meta_regression
from analysis.robustness.random_effects import covariance_of, estimate_mean


@dataclass(frozen=True, kw_only=True)
class DoseResponse(show.Shown):
    """The average effect on each unit, and the line of it by the dose.

    units : by name, smallest dose first: `dose` (0 to 1) and the standard columns, in per cent.
    ends : what the line gives; rows `zero`, `one` (dose 0 and 1) and `mean` (the mean dose) with
        each unit weighted by how well it is known, `zero unweighted` and `one unweighted`.
    line : weighted.   unweighted : the same with all units alike.
    slopes : the weighted slope (logs for dose 1) by period at earlier dates, and at the real one,
        which is the last.
    correlation : of what the models of two units leave over, on average.
    """

    units: pd.DataFrame = field(repr=False)
    ends: pd.DataFrame = field(repr=False)
    line: Dosed = field(repr=False)
    unweighted: Dosed = field(repr=False)
    slopes: pd.Series = field(repr=False)
    correlation: float

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
    designs: Mapping[str, Design],
    dose: Mapping[str, float],
    *,
    histories: Mapping[str, Outcome],
    model: str = DEFAULT_MODEL,
    alpha: float = 0.05,
) -> DoseResponse:
    """The average effect by a dose that each unit had before.

    Errors of two units are taken to be as related as what their models leave over, on average:
    a shock that all share makes the effect at dose zero less sure, and the slope hardly so.

    Parameters
    ----------
    designs : of each unit, on a log scale.   dose : 0 to 1.
    histories : of each unit, as for `run_placebos`; dates with all units are tried.

    Raises
    ------
    DesignError : a design whose effect is not told in per cent.
    InputError : fewer than three units, or doses that are all the same.
    """
    if not all(design.in_per_cent for design in designs.values()):
        raise DesignError(
            "A unit's effect is not told in per cent.",
            rule="Effects on units of other sizes are compared as ratios.",
            remedy='Use scale="log" for each.',
        )
    names = sorted(designs, key=lambda name: dose[name])
    doses = np.array([dose[name] for name in names])
    fits = [fit(designs[name], model) for name in names]
    rows = [f.contrast(np.atleast_2d(contrast_of(f.design, "average")), alpha=alpha) for f in fits]
    raw = pd.concat(rows).set_axis(names)
    y, errors = raw["estimate"].to_numpy(), raw["std_error"].to_numpy()
    left = pd.concat([f.innovations for f in fits], axis=1).corr().to_numpy()
    shared = max(float(left[np.triu_indices(len(names), 1)].mean()), 0.0)
    how: dict[str, Any] = {"correlation": shared, "alpha": alpha, "unit": "%"}
    weights = {"": errors, " unweighted": np.full(len(names), float(np.median(errors)))}
    lines = {w: meta_regression(y, spread, doses, **how) for w, spread in weights.items()}
    ends = {f"zero{w}": line.table.loc["zero"] for w, line in lines.items()}
    for w, spread in weights.items():
        ends[f"one{w}"] = meta_regression(y, spread, doses - 1, **how).table.loc["zero"]
    ends["mean"] = meta_regression(y, errors, doses - doses.mean(), **how).table.loc["zero"]
    units = pd.DataFrame(told(raw.to_numpy(), True), names, raw.columns).assign(unit="%")
    units.insert(0, "dose", doses)
    placebos = [
        attempt(run_placebos, f.design, history=histories[n], model=model)
        for n, f in zip(names, fits, strict=True)
    ]
    real = fits[0].design.periods[fits[0].design.T0]
    slope = float(from_per_cent(lines[""].table.loc["slope", "estimate"]))
    return DoseResponse(
        units=units,
        ends=pd.DataFrame(ends).T.infer_objects(),
        line=lines[""],
        unweighted=lines[" unweighted"],
        slopes=pd.concat([_slopes(placebos, doses, shared), pd.Series({real: slope})]),
        correlation=shared,
    )


def _slopes(tried: list[Placebo | AnalysisError], doses: np.ndarray, shared: float) -> pd.Series:
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
