"""A weighted comparison: the mix of other series that went the same way before.

The synthetic control of Abadie, Diamond and Hainmueller (2010, JASA 105:493), with the outcome
before the intervention as all that is matched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from analysis.design import Design, build_design
from analysis.design.scale import Scale, to_per_cent, unit_of
from analysis.design.two_groups import comparison_series
from analysis.effects.estimands import COLUMNS
from analysis.errors import refusal, refuse_bounds
from analysis.outcome import Outcome, Which
from analysis.show.templates import Told

# Among mixes that fit alike, the evenest: so small a price of uneven weights, as a share of the
# squared distance of the comparison series, makes the weights unique and changes no fit.
EVEN = 1e-8


@dataclass(frozen=True, kw_only=True)
class Weighted(Told, rows="weighted"):
    """A series against a weighted mean of others.

    weights : by comparison series, >= 0, adding up to 1; the largest first.
    gaps : periods x series, each less its own mix of the others on the scale of the model; the
        series under study first.
    ratios : by series, `before` and `after` (root mean squares of its gaps) and `ratio`.
    table : row `average`, the mean gap in the post-period, with the standard columns; it has a
        p-value, and no interval.
    expected : what the mix gives, in the unit of the series.
    """

    weights: pd.Series
    gaps: pd.DataFrame = field(repr=False)
    ratios: pd.DataFrame = field(repr=False)
    table: pd.DataFrame = field(repr=False)
    expected: Outcome = field(repr=False)
    design: Design = field(repr=False)

    @property
    def smallest(self) -> float:
        """The smallest p-value that so many comparison series can give."""
        return 1 / len(self.ratios)


def weigh_comparison(
    treated: Outcome,
    comparison: Outcome | Sequence[Outcome],
    intervention: Which,
    *,
    scale: Scale = "log",
    shift: bool = False,
) -> Weighted:
    """The convex mix of the comparison series that is nearest to the treated one before.

    The weights are >= 0, add up to 1 and have the least squared distance in the pre-period
    (unique: see `EVEN`). The p-value is the rank of the treated series among all when each in
    turn takes its place, by the ratio of the gaps after to those before: 1 / (J + 1) at least.
    Each has all others to be mixed of, as in the article.

    Parameters
    ----------
    treated : the series under study.   intervention : as in `build_design`.
    comparison : J >= 2 series of the periods of `treated`, with a figure in each that it has.
    scale : "log" mixes logs and gives per cent; "level" mixes the values, as the article does.
    shift : whether the mix may lie a constant above or below: each series is then taken less its
        own mean before (Ferman and Pinto 2021), so that a larger or smaller one has a mix too.

    Raises
    ------
    InputError : fewer than two comparison series, other periods, or a period that one lacks.
    DesignError : as `build_design`.
    """
    refuse_bounds(("scale", scale, scale in ("log", "level"), "log or level"))
    outcomes = (treated, *comparison_series(treated, comparison))
    plain: Any = {"scale": scale, "season": 0, "shape": "level", "trend": False}
    designs = [build_design(outcome, intervention, **plain) for outcome in outcomes]
    first, names = designs[0], [outcome.name for outcome in outcomes]
    values = np.column_stack([d.y.reindex(first.periods).to_numpy(float) for d in designs])
    _refuse(first, names, values)
    means = values[first.pre].mean(axis=0) if shift else np.zeros(len(designs))
    values = values - means
    mixes = np.array([_mix(values[first.pre], i) for i in range(len(names))])
    mixed = values @ mixes.T
    gaps = pd.DataFrame(values - mixed, first.periods, names)
    ratios = _ratios(gaps, first)
    expected = first.to_values(mixed[:, 0] + means[0], np.arange(len(values)))
    return Weighted(
        weights=pd.Series(mixes[0, 1:], names[1:]).sort_values(ascending=False, kind="stable"),
        gaps=gaps,
        ratios=ratios,
        table=_average(first, gaps, ratios),
        expected=replace(
            treated,
            name=f"weighted mean of {len(names) - 1} series",
            values=pd.Series(expected, first.periods).reindex(treated.periods),
        ),
        design=first,
    )


def _average(design: Design, gaps: pd.DataFrame, ratios: pd.DataFrame) -> pd.DataFrame:
    """The mean gap after the start, and how many series have as large a ratio."""
    mean = float(gaps.iloc[design.post, 0].mean())
    average = {
        "estimate": float(to_per_cent(mean)) if design.in_per_cent else mean,
        "p_value": float((ratios["ratio"] >= ratios["ratio"].iloc[0]).mean()),
        "unit": unit_of(design.outcome, design.scale),
    }
    return pd.DataFrame([average], ["average"], COLUMNS)


def _ratios(gaps: pd.DataFrame, design: Design) -> pd.DataFrame:
    """By series, the root mean squares of its gaps before and after, and their ratio."""
    before, after = ((gaps[rows] ** 2).mean() ** 0.5 for rows in (design.pre, design.post))
    return pd.DataFrame({"before": before, "after": after, "ratio": after / before})


def _mix(before: np.ndarray, own: int) -> np.ndarray:
    """The weights of all series (0 for itself) that are nearest to one of them (rows: periods).

    The nearest point of a convex hull, by non-negative least squares: w minimises |Dw|^2 on the
    simplex where it minimises |Dw|^2 + (sum w - 1)^2 up to its length (Lawson and Hanson 1974,
    chapter 23).
    """
    others = np.delete(np.arange(before.shape[1]), own)
    D = before[:, others] - before[:, [own]]
    D /= np.linalg.norm(D) or 1.0
    even = np.sqrt(EVEN / len(others)) * np.eye(len(others))
    weights, _ = nnls(
        np.vstack([D, even, np.ones(len(others))]), np.r_[np.zeros(len(D) + len(others)), 1]
    )
    mix = np.zeros(before.shape[1])
    mix[others] = weights / weights.sum()
    return mix


def _refuse(first: Design, names: Sequence[str], values: np.ndarray) -> None:
    if len(names) < 3:
        raise refusal("one comparison series", name=names[1])
    if (gaps := np.isnan(values)).any():
        row, series = np.argwhere(gaps)[0]
        raise refusal("gap in a mix", name=names[series], period=first.periods[row])
