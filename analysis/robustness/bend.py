"""How far the trend may bend before nothing is left of an estimate.

Every estimate takes it that the trend before the start would have gone on straight. Here it may
depart from that path, with second differences of at most M: the class of smooth departures of
Rambachan and Roth (2023, Rev. Econ. Stud. 90:2555), for a series of its own in place of a
difference of two. The departure is 0 before the start. A bend in the period s then moves the
estimate by the sum of (t - s + 1) w(t), w(t) being the weight of period t >= s in the estimate; the
worst departure bends in every period, each time to the side that moves the estimate the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.design.scale import to_per_cent, unit_of
from analysis.models.registry import DEFAULT_MODEL
from analysis.robustness.estimating import (
    ENOUGH,
    NO_OPTIONS,
    estimate_moved,
    with_known_rate,
)
from analysis.robustness.placebo import Placebo
from analysis.show.templates import Told

# What a period is moved by to see its weight: in logs, or in standard deviations of the series.
TOUCH = 1e-3
SHARES = (0.5, 0.9)


@dataclass(frozen=True, kw_only=True)
class Bends(Told, rows="bends"):
    """An estimate and what is left of it where the trend may bend.

    estimate, lower, upper : on the scale of the model, as everything here but the `table`.
    per_bend : how far a trend that bends by 1 a period squared moves the estimate at most, > 0.
    past : N >= 0 bends, each >= 0, that would explain the estimates of earlier dates.
    """

    estimate: float
    lower: float
    upper: float
    per_bend: float
    past: np.ndarray = field(repr=False)
    design: Design = field(repr=False)
    alpha: float

    @property
    def whole(self) -> float:
        """The bend from which on the estimate may be nothing but a bend of the trend."""
        return abs(self.estimate) / self.per_bend

    @property
    def open(self) -> float:
        """The bend from which on the interval holds zero; 0 where it does so without any."""
        return max(self.lower, -self.upper, 0.0) / self.per_bend

    def interval(self, bend: Any) -> tuple[Any, Any]:
        """The interval that holds the effect as often as it says, or more, for bends up to this.

        Its ends are those of the estimate, each moved outwards by what the bend may do.
        """
        return self.lower - bend * self.per_bend, self.upper + bend * self.per_bend

    def sharper(self, bend: float) -> int:
        """How many of the past bends are as sharp."""
        return int((self.past >= bend).sum())

    def slope(self, bend: float) -> float:
        """A bend to the side of the estimate, in `slope_unit`."""
        signed = float(np.sign(self.estimate)) * bend
        return float(to_per_cent(signed)) if self.design.in_per_cent else signed

    def told(self, slope: float) -> str:
        """A bend in `slope_unit` in words; of a small per cent with two digits that count."""
        digits = None
        if self.design.in_per_cent:
            digits = 1 if slope == 0 else int(np.clip(1 - np.floor(np.log10(abs(slope))), 1, 6))
        return show.amount(slope, self.slope_unit, digits)

    @property
    def table(self) -> pd.DataFrame:
        """By `bend` (in the unit of a slope): `as_sharp` past dates, and what may be left.

        `least` and `most` bound the estimate, `lower` and `upper` its interval.
        """
        seen = np.quantile(self.past, SHARES) if len(self.past) else ()
        marks = {self.open, self.whole, *seen}
        bends = np.array(sorted(map(float, marks)))
        reach, side = bends * self.per_bend, np.sign(self.estimate)
        middle = self.estimate - reach, self.estimate + reach
        values = np.stack([side * bends + 0.0, *middle, *self.interval(bends)], axis=1)
        # At the bends that are marked an end is 0, but for rounding.
        values[np.abs(values) < 1e-12 * np.abs(values).max()] = 0.0
        bounds = to_per_cent(values) if self.design.in_per_cent else values
        table = pd.DataFrame(bounds, columns=["bend", "least", "most", "lower", "upper"])
        table.insert(1, "as_sharp", [self.sharper(bend) for bend in bends])
        return table.assign(unit=unit_of(self.design.outcome, self.design.scale))

    @property
    def slope_unit(self) -> str:
        """The unit of a bend."""
        return unit_of(self.design.outcome, self.design.scale, "slope")


def bound_bends(
    design: Design,
    *,
    past: object = None,
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] = NO_OPTIONS,
    alpha: float = 0.05,
) -> Bends:
    """Bound the average effect where the counterfactual may bend by at most so much each period.

    The weights of the periods are those of the very estimator, seen by touching one period after
    another (of many, one stretch after another).

    Parameters
    ----------
    design : with terms of the intervention.
    past : placebo dates (`Placebo`), told as bends; None, or a refusal, for none.
    model, options, alpha : as in `run_placebos`.

    Raises
    ------
    InputError : a model without terms.
    """
    design = with_known_rate(design, model, options)
    after = np.flatnonzero(design.own & (design.time >= design.T0))
    blocks = np.array_split(after, min(len(after), ENOUGH))
    size = TOUCH * (1.0 if design.in_per_cent else float(design.y.std()))
    moves = np.zeros((1 + len(blocks), len(design.y)))
    for row, block in zip(moves[1:], blocks, strict=True):
        row[block] = size
    estimates = estimate_moved(design, moves, model=model, options=options, alpha=alpha)
    moved = (estimates[1:, 0] - estimates[0, 0]) / size
    weights = np.concatenate(
        [np.full(len(b), w / len(b)) for b, w in zip(blocks, moved, strict=True)]
    )
    per_bend = largest_move(weights, design.time[after] - design.T0)
    estimate, lower, upper = map(float, estimates[0])
    seen = past.placebos["statistic"].abs().to_numpy() if isinstance(past, Placebo) else np.empty(0)
    return Bends(
        estimate=estimate,
        lower=lower,
        upper=upper,
        per_bend=per_bend,
        past=seen / per_bend,
        design=design,
        alpha=alpha,
    )


def largest_move(weights: np.ndarray, since: np.ndarray) -> float:
    """The most that w'd can be, for departures d with second differences of at most 1.

    weights : w, of k periods.   since : how many periods each is after the first that may depart,
    >= 0. The departure is 0, and so is its slope, before that.
    """
    bends = np.arange(since.max() + 1)
    return float(np.abs(weights @ np.maximum(since[:, None] - bends + 1, 0)).sum())
