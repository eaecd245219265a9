"""Draws of the error process by PyMC's NUTS. PyMC is imported only when something is sampled."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analysis.errors import InputError
from analysis.models.ar1.gls import Crossproducts

CHAINS = 4
# Shorter steps than by default: the posterior of rho may lean on 1.
TARGET_ACCEPT = 0.9
COMPLEX_STEP = 1e-30j
LOGGERS = ("pymc", "pytensor", "pytensor.configdefaults")


@dataclass(frozen=True, kw_only=True)
class Normal:
    """A normal distribution of p coefficients: mean (p) and precision (p x p)."""

    mean: np.ndarray
    precision: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """Draws of rho and sigma (G each, chain after chain), and how well they were drawn.

    r_hat, ess : the worst of both; ess is the smaller of that of the bulk and of the tails.
    """

    rho: np.ndarray
    sigma: np.ndarray
    r_hat: float
    ess: float
    divergences: int
    raw: Any = field(repr=False)


def sample_posterior(
    products: Crossproducts,
    prior: Normal,
    start: float,
    draws: int,
    tune: int,
    seed: int,
) -> Posterior:
    """Sample rho and sigma, the coefficients integrated out.

    products : of a series in units of its standard deviation.
    prior : of the coefficients in the basis of `products`.
    start : sigma > 0 at which the chains start.

    Raises
    ------
    InputError : PyMC is not installed.
    """
    pm = _pymc()
    with quiet(), _lay_out(pm, products, prior):
        raw = pm.sample(
            draws=draws,
            tune=tune,
            chains=CHAINS,
            cores=1,
            nuts_sampler="pymc",
            random_seed=seed,
            target_accept=TARGET_ACCEPT,
            initvals={"theta": 0.5, "sigma": start},
            progressbar=False,
            compute_convergence_checks=False,
        )
        return _judged(raw)


def log_density(
    products: Crossproducts, prior: Normal, rho: np.ndarray, sigma: np.ndarray
) -> np.ndarray:
    """The log density of the series at G values of rho and sigma, up to a constant.

    The coefficients are integrated out. It is made of cross-products, so that its cost does not
    grow with the length of the series. Complex values give derivatives by a complex step.
    """
    precision, shift, square, log_V = conditional(products, prior, rho, sigma)
    sign, log_det = np.linalg.slogdet(precision)
    moved = np.linalg.solve(precision, shift[..., None])[..., 0]
    explained = (shift * moved).sum(axis=1) - square
    # The phase of the determinant is nothing for real values, its derivative for complex ones.
    return -0.5 * (log_V + log_det + np.log(sign) - explained) - products.n * np.log(sigma)


def conditional(
    products: Crossproducts, prior: Normal, rho: np.ndarray, sigma: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What the data and the prior say of the coefficients, given rho and sigma (G each).

    Their precision (G x p x p) and precision times mean (G x p); the weighted square of the
    series (G), and log|V| (G).
    """
    M, log_V = products.weighted(rho)
    M = M / sigma[:, None, None] ** 2
    shift = M[:, :-1, -1] + prior.precision @ prior.mean
    return M[:, :-1, :-1] + prior.precision, shift, M[:, -1, -1], log_V


def _lay_out(pm: Any, products: Crossproducts, prior: Normal) -> Any:
    """The PyMC model: theta = arcsin(rho), sigma, and the density of the series given both."""
    from pytensor.graph import Op
    from pytensor.tensor import dscalar

    class LogDensity(Op):  # type: ignore[misc]
        """The density and its derivatives by theta and sigma."""

        itypes = (dscalar, dscalar)
        otypes = (dscalar, dscalar, dscalar)

        def perform(self, node: Any, inputs: Any, outputs: Any) -> None:
            theta = inputs[0] + COMPLEX_STEP * np.array([1, 0])
            sigma = inputs[1] + COMPLEX_STEP * np.array([0, 1])
            found = log_density(products, prior, np.sin(theta), sigma)
            slopes = found.imag / COMPLEX_STEP.imag
            for output, value in zip(outputs, (found.real[0], *slopes), strict=True):
                output[0] = np.asarray(value)

        def grad(self, inputs: Any, gradients: Any) -> list[Any]:
            _, *slopes = self(*inputs)
            return [gradients[0] * slope for slope in slopes]

    with pm.Model() as laid_out:
        theta = pm.Uniform("theta", -np.pi / 2, np.pi / 2)
        sigma = pm.Exponential("sigma", 1.0)
        pm.Potential("log_density", LogDensity()(theta, sigma)[0])
    return laid_out


@contextmanager
def quiet() -> Iterator[None]:
    """No progress, and no warnings of compilers and coming versions: what matters is judged."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _pymc() -> Any:
    try:
        with quiet():
            import pymc
    except ImportError:
        raise InputError(
            "The model 'bayes' needs PyMC, which is not installed.",
            rule="PyMC comes with the optional extra `bayes`.",
            remedy="pip install '.[bayes]' in the project's folder, or choose another model.",
        ) from None
    return pymc


def _judged(raw: Any) -> Posterior:
    import arviz as az

    drawn = raw.posterior[["theta", "sigma"]]
    ess = [az.ess(drawn, method=method).to_array().min() for method in ("bulk", "tail")]
    return Posterior(
        rho=np.sin(drawn["theta"].to_numpy().ravel()),
        sigma=drawn["sigma"].to_numpy().ravel(),
        r_hat=float(az.rhat(drawn).to_array().max()),
        ess=float(min(ess)),
        divergences=int(raw.sample_stats["diverging"].sum()),
        raw=raw,
    )
