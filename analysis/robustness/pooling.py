"""One effect over several units, and how the effect goes with a dose given for each.

Random effects by restricted maximum likelihood. The observed effect of unit i is
y_i = x_i'b + u_i + e_i, with u_i of variance tau^2 (how far the true effects differ) and e of known
covariance V. tau^2 is found by Fisher scoring (Viechtbauer 2005). Covariances of b are those of
Knapp and Hartung (2003), but never smaller than without their factor (Roever, Knapp and Friede
2015): few units that happen to agree prove little.
"""

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
from analysis.errors import refuse_alpha, refuse_bounds
from analysis.show.templates import Told

# So many orders of the doses are tried at most: all of them up to six units.
ORDERS = 1999


@dataclass(frozen=True, kw_only=True)
class Spread(Told):
    """How far the effects of units differ beyond chance.

    tau : the standard deviation of the true effects on the scale of the model, >= 0.
    I2 : the share of the variation between estimates that is not chance, 0 to 100 per cent.
    Q, df, p_value : Cochran's test of no difference (with a dose: none beyond what goes with it).
    """

    tau: float
    I2: float
    Q: float
    df: int
    p_value: float


@dataclass(frozen=True, kw_only=True)
class Pooled(Told):
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
    alpha: float

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        parts = {"pooled": self.table, "unit": self.units, "without": self.without}
        return show.with_table(self._repr_html_(), pd.concat(parts, names=["fit", "label"]))


@dataclass(frozen=True, kw_only=True)
class Dosed(Told, rows="dose"):
    """How the effects of units go with a dose.

    doses : of the units.   beta, covariance, df : of the effect at dose zero and of the slope, on
        the scale of the model.
    permuted : the share of orders of the doses over the units with a slope as far from zero.
    smallest : the smallest such share that so many units can give.
    """

    doses: np.ndarray = field(repr=False)
    beta: np.ndarray
    covariance: np.ndarray = field(repr=False)
    df: int
    spread: Spread
    permuted: float
    smallest: float
    alpha: float
    unit: str

    @property
    def table(self) -> pd.DataFrame:
        """Rows `zero` (the effect at dose zero) and `slope` (what a unit of dose adds), with the
        standard columns."""
        return self._told(np.eye(2), ["zero", "slope"])

    @property
    def lines(self) -> pd.DataFrame:
        """Effect and interval at 50 doses from 0 or the smallest on: `dose`, standard columns."""
        at = np.linspace(min(0.0, self.doses.min()), max(0.0, self.doses.max()), 50)
        return self.at(at, range(50)).assign(dose=at)

    def at(self, doses: ArrayLike, names: Sequence[Any]) -> pd.DataFrame:
        """The effect at these doses, with the standard columns."""
        return self._told(np.column_stack([np.ones(len(names)), doses]), names)

    def _told(self, rows: np.ndarray, names: Sequence[Any]) -> pd.DataFrame:
        error = np.sqrt(np.einsum("ij,jk,ik->i", rows, self.covariance, rows))
        how: Any = {"alpha": self.alpha, "unit": self.unit}
        return _rows(rows @ self.beta, error, self.df, names, **how)


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
    names : of the units; None for "unit 1" and so on.   alpha : as in `estimate_effects`.
    estimates, std_errors : on the scale of the model; length k >= 2,
        std_errors > 0.
    correlation : of the errors of two units, one number or k x k. 0 takes units as independent;
        a shock that all share makes it > 0, and the interval wider.
    between : the variance between units that the prediction uses, >= 0; None for tau^2.
    unit : of the estimates; "%" where they are logs of ratios, told in per cent.

    Raises
    ------
    InputError : fewer than two units, a standard error that is not > 0, a correlation that is
        none, other than one name for each unit, `between` below 0, or alpha outside its bounds.
    """
    y, errors = _checked(estimates, std_errors, least=2)
    V = covariance_of(errors, correlation)
    tell = partial(_rows, alpha=alpha, unit=unit)
    names = [f"unit {i + 1}" for i in range(len(y))] if names is None else list(names)
    refuse_bounds(
        ("number of names", len(names), len(names) == len(y), "one for each unit"),
        ("variance between units", between, between is None or between >= 0, "0 or more"),
    )
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
        alpha=alpha,
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
    estimates, std_errors, correlation, alpha, unit : as in `pool`.   seed : of the permutations.
    dose : of each unit, length k >= 3, not all the same. The others are as in `pool`.

    Raises
    ------
    InputError : as `pool`; fewer than three units, or doses that are all the same.
    """
    y, errors = _checked(estimates, std_errors, least=3)
    doses = _numbers(dose)
    good = bool(doses.shape == y.shape and np.isfinite(doses).all() and np.ptp(doses) > 0)
    refuse_bounds(("dose", dose, good, "one number for each unit, not all the same"))
    V = covariance_of(errors, correlation)
    beta, covariance, spread, _ = estimate_mean(y, np.column_stack([np.ones_like(doses), doses]), V)
    orders = _orders(doses, seed)
    slopes, spreads = reml(y, np.stack([np.ones_like(orders), orders], axis=2), V)[:2]
    far = np.abs(slopes[:, 1]) / np.sqrt(spreads[:, 1, 1])
    return Dosed(
        doses=doses,
        beta=beta,
        covariance=covariance,
        df=len(y) - 2,
        spread=spread,
        # The first order is the one that is: it is as far from zero as itself.
        permuted=float(np.mean(far >= far[0] * (1 - 1e-9))),
        smallest=2 / factorial(len(y)) if len(y) <= 6 else 1 / len(orders),
        alpha=alpha,
        unit=unit,
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
    refuse_alpha(alpha)
    value, error = np.asarray(values, float), np.asarray(errors, float)
    half = stats.t.ppf(1 - alpha / 2, df) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stats.t.sf(np.abs(value) / error, df)
    contrasts = np.column_stack([value, error, np.full(len(value), df), value - half, value + half])
    columns = ["estimate", "std_error", "df", "lower", "upper"]
    table = pd.DataFrame(told(contrasts, unit.startswith("%")), pd.Index(names), columns)
    return table.assign(p_value=p, unit=unit)


def _checked(
    estimates: ArrayLike, std_errors: ArrayLike, *, least: int
) -> tuple[np.ndarray, np.ndarray]:
    y, errors = _numbers(estimates), _numbers(std_errors)
    fit = errors.shape == y.shape and np.isfinite(errors).all() and (errors > 0).all()
    refuse_bounds(
        ("number of units", y.size, y.ndim == 1 and y.size >= least, f"{least} or more"),
        ("row of estimates", estimates, bool(np.isfinite(y).all()), "one of finite numbers"),
        ("row of standard errors", std_errors, bool(fit), "one number above 0 for each unit"),
    )
    return y, errors


def _numbers(given: ArrayLike) -> np.ndarray:
    """As numbers; what holds anything else is refused where it is judged, as not finite."""
    try:
        return np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        return np.full(np.shape(given) or 1, np.nan)


def _orders(doses: np.ndarray, seed: int) -> np.ndarray:
    """The doses in other orders, one a row; the first is the one that is."""
    if len(doses) <= 6:
        return np.array(list(permutations(doses)))
    rng = np.random.default_rng(seed)
    return np.vstack([doses, rng.permuted(np.tile(doses, (ORDERS, 1)), axis=1)])


def covariance_of(errors: np.ndarray, correlation: ArrayLike) -> np.ndarray:
    """V of the estimates: k x k."""
    k = len(errors)
    given, matrix = _numbers(correlation), np.full((k, k), np.nan)
    if given.shape in ((), (k, k)):
        matrix[:] = given
    np.fill_diagonal(matrix, 1.0)
    good = bool(np.allclose(matrix, matrix.T) and np.linalg.eigvalsh(matrix)[0] > 1e-8)
    refuse_bounds(("correlation", correlation, good, "one that units can have: positive definite"))
    return np.asarray(errors[:, None] * matrix * errors)


def estimate_mean(
    y: np.ndarray, X: np.ndarray, V: np.ndarray
) -> tuple[np.ndarray, np.ndarray, Spread, np.ndarray]:
    """Coefficients (p), their covariance (p x p), the spread, and the weights of units (p x k)."""
    beta, covariance, tau2 = (part[0] for part in reml(y, X[None], V))
    df = len(y) - X.shape[1]
    inverse = np.linalg.inv(V)
    hat = np.linalg.solve(X.T @ inverse @ X, X.T @ inverse)
    rest = y - X @ (hat @ y)
    Q = float(rest @ inverse @ rest)
    typical = df / np.trace(inverse - inverse @ X @ hat)
    weights = X.T / (np.diag(V) + tau2)
    spread = Spread(
        tau=float(np.sqrt(tau2)),
        I2=float(100 * tau2 / (tau2 + typical)),
        Q=Q,
        df=df,
        p_value=float(stats.chi2.sf(Q, df)),
    )
    return beta, covariance, spread, np.linalg.solve(weights @ X, weights)


def reml(y: np.ndarray, X: np.ndarray, V: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients (m x p), their covariances (m x p x p) and tau^2 (m) of m designs X (m x k x p).

    Along the eigenvectors of V the errors are unrelated whatever tau^2 is. Units are weighted by
    their own variances alone: what is shared widens the covariance and never turns a weight.
    """
    given, (own, along) = (y, X), np.linalg.eigh(V)
    y, X = along.T @ y, along.T @ X
    m, k, p = X.shape
    tau2 = np.full(m, max(np.var(y - X[0] @ np.linalg.lstsq(X[0], y)[0]) - own.mean(), 0.0))
    for _ in range(300):
        w = 1 / (own + tau2[:, None])
        A, B, C = (np.einsum("mki,mk,mkj->mij", X, w**n, X) for n in (1, 2, 3))
        inverse = np.linalg.inv(A)
        beta = np.einsum("mij,mkj,mk,k->mi", inverse, X, w, y)
        pull = (w * (y - np.einsum("mki,mi->mk", X, beta))) ** 2
        AB = inverse @ B
        # The traces of P and PP, where P is the projection of REML.
        once = w.sum(1) - np.trace(AB, axis1=1, axis2=2)
        twice = (w**2).sum(1) - np.trace(2 * inverse @ C - AB @ AB, axis1=1, axis2=2)
        step = (pull.sum(1) - once) / twice
        # Half-way to zero at most, so that it neither overshoots nor swings.
        new = np.maximum(tau2 + step, tau2 / 2)
        new[new < 1e-10 * own.mean()] = 0.0
        done = np.abs(new - tau2).max() <= 1e-10 * own.mean()
        tau2 = new
        if done:
            break
    q = np.maximum((pull / w).sum(1) / (k - p), 1.0)
    y, X = given
    weights = np.swapaxes(X, 1, 2) / (np.diag(V) + tau2[:, None])[:, None, :]
    hat = np.linalg.solve(weights @ X, weights)
    covariance = hat @ (V + tau2[:, None, None] * np.eye(k)) @ np.swapaxes(hat, 1, 2)
    return hat @ y, q[:, None, None] * covariance, tau2
