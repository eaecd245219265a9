"""One effect over several units, and how the effect goes with a dose given for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import permutations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from analysis import show
from analysis.design.scale import told
from analysis.errors import refuse_bounds
from analysis.robustness.random_effects import Spread, covariance_of, estimate_mean, reml

# So many orders of the doses are tried at most: all of them up to six units.
ORDERS = 1999


@dataclass(frozen=True, kw_only=True)
class Pooled(show.Shown):
    """One effect over units.

    table : rows `mean` (the mean effect over such units) and `next` (the effect on a further
        unit: its prediction interval), with the standard columns.
    units : one row a unit with the standard columns and `weight`, its share in the mean.
    without : the mean without each unit in turn, by its name; empty with two units.
    """

    table: pd.DataFrame = field(repr=False)
    units: pd.DataFrame = field(repr=False)
    without: pd.DataFrame = field(repr=False)
    spread: Spread

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        parts = {"pooled": self.table, "unit": self.units, "without": self.without}
        return show.with_table(self._repr_html_(), pd.concat(parts, names=["fit", "label"]))

    def _repr_html_(self) -> str:
        labels = {"mean": "Mean over units", "next": "A further unit (prediction)"}
        rows = pd.concat([self.units, self.table.rename(index=labels)])
        cells = {
            "Unit": lambda row: row.name,
            **show.ESTIMATES,
            "p": lambda row: show.p_value(row["p_value"]),
            "Weight": lambda row: (
                show.per_cent(100 * row["weight"]).lstrip("+") if row["weight"] > 0 else ""
            ),
        }
        return show.columns(rows, cells, caption=f"Each unit and all together. {self.spread.words}")


@dataclass(frozen=True, kw_only=True)
class Dosed(show.Shown):
    """How the effects of units go with a dose.

    table : rows `zero` (the effect at dose zero) and `slope` (what a unit of dose adds), with the
        standard columns.
    permuted : the share of orders of the doses over the units with a slope as far from zero.
    smallest : the smallest such share that so many units can give.
    lines : effect and interval at 50 doses from 0 or the smallest on: `dose` and the standard ones.
    """

    table: pd.DataFrame = field(repr=False)
    spread: Spread
    permuted: float
    smallest: float
    lines: pd.DataFrame = field(repr=False)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self.table, "dose")

    def _repr_html_(self) -> str:
        labels = {"zero": "At dose zero", "slope": "For each unit of dose"}
        cells = {
            "Effect": lambda row: labels[row.name],
            **show.ESTIMATES,
            "p": lambda row: show.p_value(row["p_value"]),
        }
        return show.columns(
            self.table,
            cells,
            caption=f"The effect and the dose. {self.spread.words} With the doses dealt to the "
            f"units in another order, a slope as far from zero has p "
            f"{show.p_value(self.permuted)}; the smallest that can come out is "
            f"{show.p_value(self.smallest)}.",
        )


def pool(
    estimates: ArrayLike,
    std_errors: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    correlation: ArrayLike = 0.0,
    between: float | None = None,
    alpha: float = 0.05,
    unit: str = "",
) -> Pooled:
    """One effect over units, of which each has an estimate with a standard error.

    Parameters
    ----------
    estimates, std_errors : on the scale of the model; length k >= 2,
        std_errors > 0.
    correlation : of the errors of two units, one number or k x k. 0 takes units as independent;
        a shock that all share makes it > 0, and the interval wider.
    between : the variance between units that the prediction uses, >= 0; None for tau^2.
    unit : of the estimates; "%" where they are logs of ratios, told in per cent.

    Raises
    ------
    InputError : fewer than two units, a standard error that is not > 0, or a correlation that is
        none.
    """
    y, errors = _checked(estimates, std_errors, least=2)
    V = covariance_of(errors, correlation)
    tell = partial(_rows, alpha=alpha, unit=unit)
    names = [f"unit {i + 1}" for i in range(len(y))] if names is None else list(names)
    ones = np.ones((len(y), 1))
    beta, covariance, spread, weights = estimate_mean(y, ones, V)
    further = np.sqrt(covariance[0, 0] + (spread.tau**2 if between is None else between))
    table = tell(beta[[0, 0]], [covariance[0, 0] ** 0.5, further], len(y) - 1, ["mean", "next"])
    table.loc["next", "p_value"] = np.nan
    left = []
    for i in range(len(y) if len(y) > 2 else 0):
        rest = np.arange(len(y)) != i
        mean, spare, *_ = estimate_mean(y[rest], ones[rest], V[np.ix_(rest, rest)])
        left.append((mean[0], spare[0, 0] ** 0.5))
    means, spares = np.reshape(left, (-1, 2)).T
    return Pooled(
        table=table.assign(weight=np.nan),
        units=tell(y, errors, np.inf, names).assign(weight=weights[0]),
        without=tell(means, spares, len(y) - 2, names[: len(left)]),
        spread=spread,
    )


def meta_regression(
    estimates: ArrayLike,
    std_errors: ArrayLike,
    dose: ArrayLike,
    *,
    correlation: ArrayLike = 0.0,
    alpha: float = 0.05,
    unit: str = "",
    seed: int = 0,
) -> Dosed:
    """The effects of units on a dose of each, weighted by how well each is known.

    The permutation test deals the doses anew (Higgins and Thompson 2004), each time with its own
    tau^2, and counts |t| of the slope at least as large: all orders up to six units, else 1999 of
    them and the one that is.

    Parameters
    ----------
    dose : of each unit, length k >= 3, not all the same. The others are as in `pool`.

    Raises
    ------
    InputError : as `pool`; fewer than three units, or doses that are all the same.
    """
    y, errors = _checked(estimates, std_errors, least=3)
    doses = np.asarray(dose, dtype=float)
    good = bool(doses.shape == y.shape and np.isfinite(doses).all() and np.ptp(doses) > 0)
    refuse_bounds(("dose", dose, good, "one number for each unit, not all the same"))
    V, tell = covariance_of(errors, correlation), partial(_rows, alpha=alpha, unit=unit)
    X = np.column_stack([np.ones_like(doses), doses])
    beta, covariance, spread, _ = estimate_mean(y, X, V)
    df = len(y) - 2
    orders = _orders(doses, seed)
    tried = np.stack([np.ones_like(orders), orders], axis=2)
    slopes, spreads = reml(y, tried, V)[:2]
    far = np.abs(slopes[:, 1]) / np.sqrt(spreads[:, 1, 1])
    at = np.linspace(min(0.0, doses.min()), max(0.0, doses.max()), 50)
    rows = np.column_stack([np.ones_like(at), at])
    error = np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
    return Dosed(
        table=tell(beta, np.sqrt(np.diag(covariance)), df, ["zero", "slope"]),
        spread=spread,
        # The first order is the one that is: it is as far from zero as itself.
        permuted=float(np.mean(far >= far[0] * (1 - 1e-9))),
        smallest=2 / factorial(len(y)) if len(y) <= 6 else 1 / len(orders),
        lines=tell(rows @ beta, error, df, range(50)).assign(dose=at),
    )


def _rows(
    values: ArrayLike,
    errors: ArrayLike,
    df: float,
    names: Sequence[Any],
    *,
    alpha: float,
    unit: str,
) -> pd.DataFrame:
    """The standard columns of estimates on the scale of the model."""
    value, error = np.asarray(values, float), np.asarray(errors, float)
    half = stats.t.ppf(1 - alpha / 2, df) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stats.t.sf(np.abs(value) / error, df)
    found = np.column_stack([value, error, np.full(len(value), df), value - half, value + half])
    columns = ["estimate", "std_error", "df", "lower", "upper"]
    table = pd.DataFrame(told(found, unit.startswith("%")), pd.Index(names), columns)
    return table.assign(p_value=p, unit=unit)


def _checked(
    estimates: ArrayLike, std_errors: ArrayLike, *, least: int
) -> tuple[np.ndarray, np.ndarray]:
    y, errors = np.asarray(estimates, dtype=float), np.asarray(std_errors, dtype=float)
    fit = errors.shape == y.shape and np.isfinite(errors).all() and (errors > 0).all()
    refuse_bounds(
        ("number of units", y.size, y.ndim == 1 and y.size >= least, f"{least} or more"),
        ("row of estimates", estimates, bool(np.isfinite(y).all()), "one of finite numbers"),
        ("row of standard errors", std_errors, bool(fit), "one number above 0 for each unit"),
    )
    return y, errors


def _orders(doses: np.ndarray, seed: int) -> np.ndarray:
    """The doses in other orders, one a row; the first is the one that is."""
    if len(doses) <= 6:
        return np.array(list(permutations(doses)))
    rng = np.random.default_rng(seed)
    return np.vstack([doses, rng.permuted(np.tile(doses, (ORDERS, 1)), axis=1)])
