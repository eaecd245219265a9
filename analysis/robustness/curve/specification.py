"""The specification curve: the estimate under every combination of choices one could defend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.design.scale import in_per_cent, share_of_expected
from analysis.errors import AnalysisError, refuse_bounds, unknown_name
from analysis.robustness.curve.assemble import ESTIMANDS, Ready, assemble_grid, design_of
from analysis.robustness.curve.grid import DIMENSIONS, WORDS, Grid, Specification, choice_words
from analysis.robustness.estimating import (
    SPAN,
    estimate_problems,
    excludes_zero,
    none_estimated,
)
from analysis.robustness.kept import kept
from analysis.show.progress import watch
from analysis.show.templates import Told

CHUNK = 5000
RELATIVE = ["relative", "relative_lower", "relative_upper"]
TAKEN = [*SPAN, "relative"]
WHY = ["reason", "problem", "rule"]


@dataclass(frozen=True, kw_only=True)
class Curve(Told):
    """The estimate of every specification.

    table : one row a specification, in order of what is `told`: its choices (`DIMENSIONS`), the
        standard columns, and `relative`, `relative_lower`, `relative_upper`: the effect in per
        cent of what would have been expected. These equal the estimate on a log scale; on the
        level scale the expected rate is the observed one less the effect. They are NaN where a
        level-scale estimand (level, slope) has no observed rate to be compared with.
    invalid : the choices of each combination that cannot be estimated, and the `reason`, which is
        the `problem` and the `rule`.
    """

    table: pd.DataFrame = field(repr=False)
    invalid: pd.DataFrame = field(repr=False)
    grid: Grid
    estimand: str
    alpha: float

    @property
    def side(self) -> str:
        """The side of zero on which most estimates lie: "below" or "above"."""
        return "below" if (self.table["estimate"] < 0).mean() >= 0.5 else "above"

    @property
    def unit(self) -> str:
        """Per cent; or the series' own, where no effect is a share of what was expected."""
        return _unit(self.table)

    @property
    def told(self) -> pd.DataFrame:
        """Columns `estimate`, `lower` and `upper` of the table, in `unit`."""
        shares = [name for name in RELATIVE if self.unit == "%"]
        return self.table[shares or SPAN].set_axis(SPAN, axis=1)

    @property
    def whole(self) -> pd.Series:
        """All specifications together, as `summed_up`."""
        return self.summed_up(pd.Series("all", index=self.table.index)).iloc[0]

    @property
    def by_choice(self) -> pd.DataFrame:
        """For each value of each varied dimension, as `summed_up`."""
        parts = {}
        for name in self.grid.varied:
            summary = self.summed_up(self.table[name].map(str))
            parts[name] = summary.reindex(list(self.grid.named(name))).dropna(how="all")
        return pd.concat(parts, names=["choice", "value"]) if parts else pd.DataFrame()

    def summed_up(self, by: pd.Series) -> pd.DataFrame:
        """For each value of `by`: count, quantiles (5%, 50%, 95%), least and greatest in `unit`,
        and the shares of estimates below zero and of intervals wholly on the `side` of most."""
        below = self.table["estimate"] < 0
        clear = excludes_zero(self.table) & (below == (self.side == "below"))
        told = self.told["estimate"]
        parts = self.table.assign(below=below, clear=clear, told=told).groupby(by, sort=False)
        told = parts["told"]
        return pd.DataFrame(
            {
                "count": parts.size(),
                "least": told.min(),
                "low": told.quantile(0.05),
                "middle": told.quantile(0.5),
                "high": told.quantile(0.95),
                "greatest": told.max(),
                "unit": self.unit,
                "share_negative": parts["below"].mean(),
                "share_clear": parts["clear"].mean(),
            }
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        # Thousands of rows: what a reader takes along, in six digits.
        numbers = self.table[TAKEN].map(lambda value: float(f"{value:.6g}"))
        taken = self.table[[*self.grid.varied]].join(numbers).assign(unit=self.table["unit"])
        return show.with_table(self._repr_html_(), taken, "specification curve")

    def choice(self, name: str, value: str) -> str:
        """A choice in words: the dimension, and its value."""
        return f"{WORDS[name]}: {choice_words(self.grid, name, value)}"


@kept
def run_specifications(
    grid: Grid,
    *,
    estimand: str = "average",
    alpha: float = 0.05,
) -> Curve:
    """Estimate every combination of the grid's choices.

    Specifications of models with AR(1) errors are worked all at once, those of other models one
    by one. Each equals `build_design` and `fit` of its own.

    Parameters
    ----------
    alpha : as in `estimate_effects`.
    grid : the choices (see `make_grid`).
    estimand : "average", "level", "slope" or "last".

    Raises
    ------
    InputError : an unknown estimand, alpha outside its bounds, or no combination that can be
        estimated (gives the commonest rule).
    """
    table, invalid = estimate_grid(grid, estimand=estimand, alpha=alpha)
    if table.empty:
        raise none_estimated(invalid, "no combinations")
    return Curve(
        table=table.sort_values(
            "relative" if _unit(table) == "%" else "estimate", ignore_index=True
        ),
        invalid=invalid,
        grid=grid,
        estimand=estimand,
        alpha=alpha,
    )


def _unit(table: pd.DataFrame) -> str:
    return "%" if table["relative"].notna().any() else str(table["unit"].iloc[0])


def estimate_grid(grid: Grid, *, estimand: str, alpha: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The estimates of a grid in no given order, and the combinations without one.

    Raises
    ------
    InputError : an unknown estimand.
    """
    if estimand not in ESTIMANDS:
        raise unknown_name("estimand of a specification curve", estimand, ESTIMANDS)
    pieces: list[pd.DataFrame] = []
    invalid: list[dict[str, object]] = []
    with watch(range(len(grid)), "Specifications") as bar:
        for part in _chunks(assemble_grid(grid, estimand), CHUNK):
            invalid += [_why(*one) for one in part if not isinstance(one[1], Ready)]
            valid = [made for _, made in part if isinstance(made, Ready)]
            pieces += estimate_ready(grid, valid, alpha)
            bar.update(len(part))
    table = with_relative(pd.concat(pieces, ignore_index=True)) if pieces else pd.DataFrame()
    return table, pd.DataFrame(invalid, columns=[*DIMENSIONS, *WHY])


def estimate_ready(grid: Grid, ready: Sequence[Ready], alpha: float) -> Iterator[pd.DataFrame]:
    """Of assembled specifications, the tables of the models among them."""
    for model in dict.fromkeys(spec.specification.model for spec in ready):
        group = [spec for spec in ready if spec.specification.model == model]
        estimates = estimate_problems(
            [spec.problem for spec in group],
            (design_of(grid, spec.specification) for spec in group),
            [in_per_cent(spec.specification.scale) for spec in group],
            [spec.unit for spec in group],
            model=model,
            alpha=alpha,
        )
        keys = pd.DataFrame([spec.specification.keys for spec in group])
        seen = {name: [getattr(spec, name) for spec in group] for name in ("observed", "usual")}
        yield keys.join(estimates).assign(**seen)


def with_relative(table: pd.DataFrame) -> pd.DataFrame:
    """Effects in per cent of what would have been expected; NaN where nothing is a share of it."""
    seen, per_cent = table["observed"], table["scale"].map(in_per_cent)
    shares = {}
    for column, name in zip(SPAN, RELATIVE, strict=True):
        share = share_of_expected(seen, seen - table[column], table["usual"])
        shares[name] = table[column].where(per_cent, share)
    return table.drop(columns=["observed", "usual"]).assign(**shares)


def _why(specification: Specification, refusal: AnalysisError) -> dict[str, object]:
    return {**specification.keys, **{part: getattr(refusal, part) for part in WHY}}


def _chunks(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while part := list(islice(items, size)):
        yield part


def choice_shares(curve: Curve, *, bins: int = 60) -> pd.DataFrame:
    """How often each choice stands in each stretch of the curve, from the lowest estimates up.

    Parameters
    ----------
    curve : of `run_specifications`.   bins : stretches at most, >= 1.

    Returns
    -------
    One row a value of a varied dimension, one column a stretch of equally many specifications:
    the share of them with this value, 0 to 1. No more stretches than specifications.

    Raises
    ------
    InputError : `bins` below 1.
    """
    refuse_bounds(("number of stretches", bins, bins >= 1, "1 or more"))
    count = len(curve.table)
    stretch = np.arange(count) * min(bins, count) // count
    rows = {
        (name, value): (curve.table[name].map(str) == value).groupby(stretch).mean()
        for name in curve.grid.varied
        for value in curve.grid.named(name)
    }
    return pd.DataFrame(rows).T.rename_axis(["choice", "value"])


def by_series(curve: Curve) -> pd.DataFrame:
    """For each series, as `Curve.summed_up`.

    Parameters
    ----------
    curve : of `run_specifications`.
    """
    summary = curve.summed_up(curve.table["outcome"])
    return summary.reindex(list(curve.grid.outcomes)).dropna(how="all")


def invalid_choices(curve: Curve) -> pd.DataFrame:
    """The combinations that cannot be estimated: how many, why, and which choices they share.

    Parameters
    ----------
    curve : of `run_specifications`.

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
    counted = pd.DataFrame(rows, columns=["count", "reason", "problem", "shared"])
    return counted.sort_values("count", ascending=False, kind="stable", ignore_index=True)
