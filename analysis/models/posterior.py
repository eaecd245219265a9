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
from analysis.models.gls import Crossproducts

CHAINS = 4
# Short steps: the posterior of rho may lean on 1.
TARGET_ACCEPT = 0.95
LOGGERS = ("pymc", "pytensor")


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
    mean: np.ndarray,
    precision: np.ndarray,
    start: float,
    draws: int,
    tune: int,
    seed: int,
) -> Posterior:
    """Sample rho and sigma, the coefficients integrated out.

    products : of a series in units of its standard deviation.
    mean, precision : the normal prior of the coefficients in the basis of `products`.
    start : sigma > 0 at which the chains start.

    Raises
    ------
    InputError : PyMC is not installed.
    """
    with quiet():
        pm = _pymc()
        with lay_out(pm, products, mean, precision):
            raw = pm.sample(
                draws=draws,
                tune=tune,
                chains=CHAINS,
                cores=1,
                random_seed=seed,
                target_accept=TARGET_ACCEPT,
                initvals={"theta": 0.5, "sigma": start},
                progressbar=False,
                compute_convergence_checks=False,
                compile_kwargs={"mode": _mode()},
            )
        return _judged(raw)


def lay_out(pm: Any, products: Crossproducts, mean: np.ndarray, precision: np.ndarray) -> Any:
    """The PyMC model of theta = arcsin(rho), which is uniform, and sigma.

    Its likelihood is the density of the series with the coefficients integrated out. It is made
    of cross-products, so that its cost does not grow with the length of the series.
    """
    import pytensor.tensor as pt

    p, gaps = len(mean), products.gaps.astype(float)
    with pm.Model() as laid_out:
        theta = pm.Uniform("theta", -np.pi / 2, np.pi / 2)
        sigma = pm.Exponential("sigma", 1.0)
        rho, spread = pt.sin(theta), pt.cos(theta) ** 2
        phi = rho**gaps
        w = spread / (1 - phi**2)
        M = spread * products.first + pt.tensordot(w, products.now, 1)
        M = M - pt.tensordot(w * phi, products.mixed, 1)
        M = (M + pt.tensordot(w * phi**2, products.before, 1)) / sigma**2
        root = pt.linalg.cholesky(M[:p, :p] + precision)
        shift = pt.linalg.solve_triangular(root, M[:p, p] + precision @ mean, lower=True)
        log_V = pt.dot(pt.log(1 - phi**2), products.count) - products.n * pt.log(spread)
        log_density = -0.5 * log_V - products.n * pt.log(sigma)
        log_density -= pt.log(pt.diag(root)).sum() + 0.5 * (M[p, p] - pt.dot(shift, shift))
        pm.Potential("log_density", log_density)
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
        import pymc
    except ImportError:
        raise InputError(
            "The model 'bayes' needs PyMC, which is not installed.",
            rule="PyMC comes with the optional extra `bayes`.",
            remedy="pip install '.[bayes]' in the project's folder, or choose another model.",
        ) from None
    return pymc


def _mode() -> str | None:
    """PyTensor's default where there is a C compiler, else numba, which needs none."""
    import pytensor

    return None if pytensor.config.cxx else "NUMBA"


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
