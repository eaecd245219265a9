"""Coverage of the intervals in use, cell by cell, marked in words where it is far from nominal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.errors import InputError
from analysis.models.registry import DEFAULT_MODEL
from analysis.validation.simulate import ESTIMANDS, measure_coverage

DEFAULT, STRAIGHT = "Default", "Straight trend"
# What is measured, by the name that a page gives it.
MODELS: Mapping[str, Mapping[str, Any]] = {
    DEFAULT: {"model": DEFAULT_MODEL},
    STRAIGHT: {"model": "ar1_calibrated"},
    "REML": {"model": "reml_ar1"},
    "Prais-Winsten": {"model": "prais_winsten"},
    "Newey-West": {"model": "newey_west"},
    "ARIMA": {"model": "arima", "order": (1, 0, 0)},
    "OLS": {"model": "ols"},
}
KINDS = {
    "wrong trend": "a curve where the model has a straight line",
    "ar2": "a memory of two periods (AR(2))",
    "seasonal": "a season that the model leaves out",
    "heteroskedastic": "errors that double in size over the series",
    "heavy-tailed": "heavy-tailed errors (t with 3 df)",
}
LABELS = {"level": "Level change", "slope": "Slope change", "average": "Average effect"}
NOMINAL, LOW, HIGH, FAR = 0.95, 0.94, 0.96, 0.90
FEWEST, MOST = 8, 300


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Shares of 95% intervals that hold the truth.

    table : as `measure_coverage` gives it, indexed by (errors, model, n, rho, estimand), with a
        column `mark`: "too low", "far too low", "too high", or "" where coverage is within 94%
        to 96% or less than two Monte Carlo errors from it.
    """

    table: pd.DataFrame = field(repr=False)
    replicates: int

    @property
    def kinds(self) -> list[str]:
        """The kinds of errors, in the order measured."""
        return list(self.table.index.unique("errors"))

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self._standard())

    def _repr_html_(self) -> str:
        return "".join(self._one(estimand) for estimand in ESTIMANDS)

    def _one(self, estimand: str) -> str:
        found = self.table.xs(estimand, level="estimand")
        several = len(self.kinds) > 1
        rows = []
        for key in self._rows():
            kind, n, rho = key
            cells = [_cell(found.loc[(kind, name, n, rho)]) for name in MODELS]
            rows.append((self._name(key), *cells))
        header = ["In the series" if several else "Periods, rho", *MODELS]
        return show.table(header, rows, caption=f"{LABELS[estimand]}: coverage in per cent")

    def _rows(self) -> list[tuple[str, int, float]]:
        keys = self.table.reset_index()[["errors", "n", "rho"]].drop_duplicates()
        return list(keys.itertuples(index=False, name=None))

    def _name(self, key: tuple[str, int, float]) -> str:
        kind, n, rho = key
        return f"{n}, {rho:g}" if kind == "ar1" else show_kind(kind)

    def _standard(self) -> pd.DataFrame:
        """The table in per cent with the columns of every table of effects."""
        share = self.table
        frame = pd.DataFrame(
            {
                "label": [LABELS[e] for e in share.index.get_level_values("estimand")],
                "estimate": 100 * share["coverage"],
                "std_error": 100 * share["mc_error"],
                "df": np.nan,
                "lower": 100 * (share["coverage"] - 1.96 * share["mc_error"]),
                "upper": 100 * (share["coverage"] + 1.96 * share["mc_error"]),
                "p_value": np.nan,
                "unit": "% of intervals that hold the truth",
                "width": share["width"],
                "mark": share["mark"],
            }
        )
        frame = frame.reorder_levels(["model", "errors", "n", "rho", "estimand"])
        return frame.rename_axis(index={"model": "fit"})


def show_kind(kind: str) -> str:
    """A kind of errors with a capital first letter."""
    return KINDS[kind][:1].upper() + KINDS[kind][1:]


def validate_coverage(
    lengths: Sequence[int | str], rhos: Sequence[float | str], *, replicates: int, seed: int = 1
) -> Coverage:
    """Coverage under AR(1) errors, for series of these lengths and autocorrelations.

    lengths : 8 <= n <= 300.   rhos : 0 <= rho < 1.   Numbers may be given as text.

    Raises
    ------
    InputError : a length or an autocorrelation that is no number or out of bounds.
    """
    n = [int(_number(v, "length", FEWEST, MOST, whole=True)) for v in lengths]
    rho = [_number(v, "autocorrelation", 0, 0.99) for v in rhos]
    found = measure_coverage(MODELS, n=n, rho=rho, replicates=replicates, seed=seed)
    return _coverage({"ar1": found}, replicates)


def validate_wrong_models(length: int, rho: float, *, replicates: int, seed: int = 1) -> Coverage:
    """Coverage where the model is wrong, one kind of error after another. Bounds as above."""
    n, r = (
        _number(length, "length", FEWEST, MOST, whole=True),
        _number(rho, "autocorrelation", 0, 0.99),
    )
    tables = {
        kind: measure_coverage(
            MODELS, n=[int(n)], rho=[r], errors=kind, replicates=replicates, seed=seed
        )
        for kind in KINDS
    }
    return _coverage(tables, replicates)


def mark_of(coverage: float, error: float) -> str:
    """In words, where coverage is more than two Monte Carlo errors outside 94% to 96%."""
    if coverage + 2 * error < LOW:
        return "far too low" if coverage < FAR else "too low"
    return "too high" if coverage - 2 * error > HIGH else ""


def _coverage(tables: Mapping[str, pd.DataFrame], replicates: int) -> Coverage:
    table = pd.concat(tables, names=["errors"])
    pairs = zip(table["coverage"], table["mc_error"], strict=True)
    return Coverage(
        table=table.assign(mark=[mark_of(*pair) for pair in pairs]), replicates=replicates
    )


def _cell(row: pd.Series) -> str:
    return f"{100 * row['coverage']:.1f} {row['mark']}".rstrip()


def _number(given: object, what: str, low: float, high: float, *, whole: bool = False) -> float:
    try:
        value = float(str(given))
    except ValueError:
        value = np.nan
    if not low <= value <= high or (whole and value != round(value)):
        raise InputError(
            f"The {what} is {given!r}.",
            rule=f"A {what} is a{' whole' if whole else ''} number from {low:g} to {high:g}.",
            remedy="For example 24, 48, 96." if whole else "For example 0, 0.4, 0.8.",
        )
    return value
