"""Random effects by restricted maximum likelihood: the mean effect over units, and their spread.

The observed effect of unit i is y_i = x_i'b + u_i + e_i, with u_i of variance tau^2 (how far the
true effects differ) and e of known covariance V. tau^2 is found by Fisher scoring (Viechtbauer
2005). Covariances of b are those of Knapp and Hartung (2003), but never smaller than without
their factor (Roever, Knapp and Friede 2015): few units that happen to agree prove little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis import show
from analysis.errors import refuse_bounds


@dataclass(frozen=True, kw_only=True)
class Spread:
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

    @property
    def words(self) -> str:
        """The spread in a sentence."""
        if self.tau == 0:
            text = "The estimates differ no more than their own uncertainty lets them"
        else:
            text = f"{show.number(self.I2)}% of the variation between estimates is more than chance"
        return (
            f"{text} (Q {show.number(self.Q, 1)} on {self.df} df, p {show.p_value(self.p_value)})."
        )


def covariance_of(errors: np.ndarray, correlation: ArrayLike) -> np.ndarray:
    """V of the estimates: k x k."""
    k = len(errors)
    matrix = np.array(np.broadcast_to(np.asarray(correlation, float), (k, k)))
    np.fill_diagonal(matrix, 1.0)
    good = bool(np.allclose(matrix, matrix.T) and np.linalg.eigvalsh(matrix)[0] > 1e-8)
    refuse_bounds(("correlation", correlation, good, "one that units can have: positive definite"))
    return np.asarray(errors[:, None] * matrix * errors)


def estimate_mean(
    y: np.ndarray, X: np.ndarray, V: np.ndarray
) -> tuple[np.ndarray, np.ndarray, Spread, np.ndarray]:
    """Coefficients (p), their covariance (p x p), the spread, and the weights of units (p x k)."""
    beta, covariance, tau2 = (found[0] for found in reml(y, X[None], V))
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
