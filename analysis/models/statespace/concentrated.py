"""The likelihood of a regression with state-space errors, its coefficients concentrated out.

Given the parameters of the errors, the best coefficients are those of generalised least squares,
and the Kalman filter of the outcome whitens the terms as well (Harvey 1989, *Forecasting,
Structural Time Series Models and the Kalman Filter*, section 3.4). So the search has only the few
parameters of the errors to find, however many terms a design has.

The diffuse likelihood takes off half the log determinant of the coefficients' information (de
Jong 1991, Annals of Statistics 19:1073). It is what software for structural models maximises, and
a restricted likelihood: terms that are estimated do not shrink the variances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize
from statsmodels.tools.numdiff import approx_fprime, approx_hess

# A gradient of the mean log-likelihood under which the search has arrived.
SMALL_GRADIENT = 1e-7
# A search that breaks off where the gradient is this small has arrived: what stopped it is the
# rounding of the likelihood, and what it could still gain is a few thousandths of a log unit.
ARRIVED = 1e-3
# Standard deviation of starting values; autoregressive ones are u / sqrt(1 + u^2).
SPREAD = 1.5
# A direction with less curvature than this share of the largest says nothing.
FLAT = 1e-8
# statsmodels' bound for the diffuse part of a variance, under which it is none.
DIFFUSE = 1e-10


@dataclass(frozen=True, kw_only=True)
class Point:
    """Coefficients (m) with their information (m x m) and the log-likelihood, given the errors."""

    loglik: float
    beta: np.ndarray
    information: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Optimum:
    """Where a search for the parameters of the errors ended, and whether it arrived."""

    errors: np.ndarray
    loglik: float
    converged: bool


@dataclass(frozen=True, kw_only=True)
class Concentrated:
    """A statsmodels state-space model with `terms` regression coefficients among its parameters.

    places : where in the model's parameters the coefficients are; the rest belong to the errors.
    diffuse : whether the likelihood is the diffuse one.
    """

    model: Any
    places: np.ndarray
    diffuse: bool = False

    @classmethod
    def of(cls, model: Any, terms: int, *, diffuse: bool = False) -> Concentrated:
        """Structural models have their coefficients last, ARIMA models first."""
        count = len(model.param_names)
        last = model.param_names[0].startswith("sigma2")
        places = np.arange(count - terms, count) if last else np.arange(terms)
        return cls(model=model, places=places, diffuse=diffuse)

    def whole(self, errors: np.ndarray, beta: np.ndarray | float = 0.0) -> np.ndarray:
        """All parameters in the model's order."""
        params = np.empty(len(errors) + len(self.places))
        params[self.places] = beta
        params[np.delete(np.arange(len(params)), self.places)] = errors
        return params

    def at(self, errors: np.ndarray) -> Point:
        """The best coefficients for these parameters of the errors."""
        self.model.update(self.whole(errors), transformed=True)
        seen = self.model.ssm.filter()
        counted = self.counted(seen)
        root = np.sqrt(seen.forecasts_error_cov[0, 0, counted])
        outcome = seen.forecasts_error[0, counted] / root
        terms = self._forecast_errors(seen)[counted] / root[:, None]
        beta = np.linalg.lstsq(terms, outcome, rcond=None)[0]
        alone = seen.llf_obs[seen.loglikelihood_burn :].sum()
        gain = (outcome @ outcome - np.square(outcome - terms @ beta).sum()) / 2
        information = terms.T @ terms
        taken = np.linalg.slogdet(information).logabsdet / 2 if self.diffuse else 0.0
        return Point(loglik=float(alone + gain - taken), beta=beta, information=information)

    def starts(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Unconstrained starting values (count x k): the model's own, and others around them."""
        own = np.delete(np.asarray(self.model.start_params, dtype=float), self.places)
        spread = rng.normal(scale=SPREAD, size=(count, len(own)))
        spread[0] = 0.0
        return self._unconstrained(own) + spread

    def search(self, start: np.ndarray, iterations: int, change: float) -> Optimum:
        """The best parameters of the errors from an unconstrained start.

        change : of the mean log-likelihood, under which the search has arrived.
        """
        # Where the likelihood is all but flat, as near the bound of a moving average, rounding
        # hides its slope from differences to one side: from there, those to both sides go on.
        for slope in ("2-point", "3-point"):
            best = optimize.minimize(
                lambda free: -self.at(self._constrained(free)).loglik / self.model.nobs,
                start,
                method="L-BFGS-B",
                jac=slope,
                options={"maxiter": iterations, "ftol": change, "gtol": SMALL_GRADIENT},
            )
            start = best.x
        return Optimum(
            errors=self._constrained(best.x),
            loglik=-float(best.fun) * self.model.nobs,
            converged=bool(best.success or np.abs(best.jac).max() < ARRIVED),
        )

    def cov(self, errors: np.ndarray) -> np.ndarray:
        """The coefficients' part of the inverse of minus the Hessian in all parameters.

        By blocks it is the inverse of their information, plus what the error process adds; a
        parameter of the errors at its bound adds nothing.
        """
        free = self._unconstrained(errors)
        known = np.linalg.inv(self.at(errors).information)
        moved = approx_fprime(free, lambda f: self.at(self._constrained(f)).beta, centered=True)
        curved = approx_hess(free, lambda f: -self.at(self._constrained(f)).loglik)
        curvature, directions = np.linalg.eigh(curved)
        told = curvature > FLAT * max(curvature.max(), 1.0)
        spread = np.reshape(moved, (len(known), len(free))) @ directions[:, told]
        return known + (spread / curvature[told]) @ spread.T

    def _forecast_errors(self, seen: Any) -> np.ndarray:
        """The errors (n x m) of forecasting each term as if it were the outcome.

        In the diffuse periods the gain is that of the state as updated, later as predicted.
        """
        X = np.empty((self.model.nobs, 0)) if self.model.exog is None else self.model.exog
        T, diffuse = seen.transition[..., -1], seen.nobs_diffuse
        gain = np.hstack([T @ seen.kalman_gain[:, 0, :diffuse], seen.kalman_gain[:, 0, diffuse:]])
        gain[:, np.isnan(self.model.endog[:, 0])] = 0.0
        # One product a period gives the state ahead and, in its last row, the forecast.
        ahead, gains = np.vstack([T, seen.design[..., -1]]), gain.T[:, :, None]
        state, errors = np.zeros((len(T), X.shape[1])), np.empty(X.shape)
        for t in range(len(X)):
            moved = ahead @ state
            errors[t] = X[t] - moved[-1]
            state = moved[:-1] + gains[t] * errors[t]
        return errors

    def counted(self, seen: Any) -> np.ndarray:
        """The periods whose forecast error is in the likelihood: seen, and no longer diffuse."""
        counted = ~np.isnan(self.model.endog[:, 0])
        counted[: seen.loglikelihood_burn] = False
        if seen.nobs_diffuse:
            counted &= seen.forecasts_error_diffuse_cov[0, 0] <= DIFFUSE
        return counted

    def _constrained(self, free: np.ndarray) -> np.ndarray:
        return np.delete(self.model.transform_params(self.whole(free)), self.places)

    def _unconstrained(self, errors: np.ndarray) -> np.ndarray:
        return np.delete(self.model.untransform_params(self.whole(errors)), self.places)
