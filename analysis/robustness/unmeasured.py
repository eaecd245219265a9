"""How large an event that nobody measured would have to be, and when, to explain an estimate.

A lasting shift of the series that is not in the model passes for a part of the effect, or hides
one, by its date. Each period and size is tried: the shift is taken off the series and the design
fitted again, so that the errors are estimated anew as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design, rebuild
from analysis.design.scale import from_per_cent, to_per_cent, unit_of
from analysis.models import fit
from analysis.models.batch import METHODS, Method
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import period_of
from analysis.robustness.estimating import (
    ENOUGH,
    LONG,
    SPAN,
    estimate_moved,
    excludes_zero,
    with_known_rate,
)
from analysis.show.templates import Told

SIZES = 25
# How far shifts are tried, in times of the estimate and of the largest event that was measured.
BEYOND_ESTIMATE, BEYOND_EVENT = 1.5, 1.2
Left = Literal["estimate", "interval"]


@dataclass(frozen=True, kw_only=True)
class Unmeasured(Told):
    """What would be left of an estimate had there been a lasting shift.

    table : one row a `period` and `size` of a shift that lasts from then on: `before` (the start),
        and `estimate`, `lower`, `upper` with the shift taken off. All in `unit`.
    measured : the lasting events of the design: `period`, `label` and `size`, as estimated.
    model : what estimates them.   alpha : of the intervals.
    """

    table: pd.DataFrame = field(repr=False)
    measured: pd.DataFrame = field(repr=False)
    design: Design = field(repr=False)
    unit: str
    model: Method
    alpha: float

    def gone(self, left: Left) -> pd.Series:
        """At which shifts the estimate is not on the side of zero where it is without any, or
        the interval holds zero."""
        if left == "interval":
            return ~excludes_zero(self.table)
        still = self.table.loc[self.table["size"] == 0, "estimate"].iloc[0]
        return self.table["estimate"] * np.sign(still) <= 0

    def needed(self, left: Left) -> pd.Series:
        """By period the shift nearest to none that leaves nothing of it; NaN where none does."""
        rows = self.table[self.gone(left)]
        nearest = rows.loc[rows["size"].abs().sort_values().index].groupby("period")["size"].first()
        return nearest.reindex(pd.PeriodIndex(self.table["period"].unique()))

    def smallest(self, left: Left, *, before: bool) -> pd.Series | None:
        """The smallest shift that does so, before the start or from it on; None where none does."""
        rows = self.table[self.gone(left) & (self.table["before"] == before)]
        return None if rows.empty else rows.iloc[self._far(rows).argmin()]

    def of_measured(self, left: Left) -> float:
        """The smallest shift in any period that does so, in per cent of the largest event that was
        measured (both as logs where effects are ratios); infinite where there is none."""
        smallest, known = self._far(self.table[self.gone(left)]), self._far(self.measured)
        return float(100 * smallest.min(initial=np.inf) / known.max()) if len(known) else np.inf

    def _far(self, rows: pd.DataFrame) -> np.ndarray:
        size = rows["size"].to_numpy(dtype=float)
        return np.abs(from_per_cent(size) if self.design.in_per_cent else size)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        shifts = pd.DataFrame({left: self.needed(left) for left in get_args(Left)})
        shifts = shifts.add_prefix("leaves_nothing_of_the_").rename_axis("period").reset_index()
        return show.with_table(
            self._repr_html_(), shifts.assign(unit=self.unit), "unmeasured events"
        )


def map_unmeasured(
    design: Design, *, model: str = DEFAULT_MODEL, alpha: float = 0.05
) -> Unmeasured:
    """Take every shift off the series, from every period on, and fit the design again.

    Of a long window one period in so many is tried.

    Parameters
    ----------
    alpha : as in `run_placebos`.
    model : one of `METHODS`; any other stands back for the default, which is fast enough, and
        counts for their logarithms.

    Raises
    ------
    InputError : a scale that the model cannot take.
    """
    used = cast(Method, model if model in METHODS else DEFAULT_MODEL)
    if design.scale == "count":
        design = rebuild(design, scale="log", season=design.season)
    design = with_known_rate(design, used)
    measured = _measured(design, used)
    rows = np.flatnonzero(design.own)[1:]
    count = ENOUGH if len(rows) < LONG else ENOUGH // 2
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, count).round().astype(int))]
    now = estimate_moved(design, np.zeros((1, len(design.y))), model=used, alpha=alpha)[0]
    reach = [BEYOND_ESTIMATE * abs(now[0]), (now[2] - now[1]) / 2]
    largest = max([*reach, *(BEYOND_EVENT * measured["size"].abs())])
    # Exactly 0 is among them.
    sizes = largest * np.arange(-(SIZES // 2), SIZES // 2 + 1) / (SIZES // 2)
    lasting = ((design.time >= design.time[rows][:, None]) & design.own).astype(float)
    moves = (-sizes[None, :, None] * lasting[:, None]).reshape(-1, len(design.y))
    estimates = estimate_moved(design, moves, model=used, alpha=alpha)
    told = to_per_cent if design.in_per_cent else np.asarray
    unit = unit_of(design.outcome, design.scale)
    table = pd.DataFrame(
        {
            "period": design.periods[rows].repeat(SIZES),
            "before": np.repeat(design.time[rows] < design.T0, SIZES),
            "size": told(np.tile(sizes, len(rows))),
            **dict(zip(SPAN, told(estimates).T, strict=True)),
            "unit": unit,
        }
    )
    measured = measured.assign(size=told(measured["size"]), unit=unit)
    return Unmeasured(
        table=table, measured=measured, design=design, unit=unit, model=used, alpha=alpha
    )


def _measured(design: Design, model: Method) -> pd.DataFrame:
    """The lasting events of a design with what the model finds of each."""
    coefficients, periods = fit(design, model).coefficients, design.outcome.periods
    rows = [
        (period_of(event.start, periods), event.label, float(coefficients[event.name]))
        for event in design.events
        if event.end is None and event.name in coefficients
    ]
    return pd.DataFrame(rows, columns=["period", "label", "size"])
