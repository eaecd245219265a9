"""`bayes`: regression with AR(1) errors and proper, weakly informative priors, sampled by PyMC.

The likelihood is that of `ar1`: normal, stationary AR(1) errors, rho**gap across a gap in time.
With s_y the standard deviation of the series and s_j that of column j, the priors are

    each coefficient but the constant     Normal(0, (prior_scale s_y / s_j)^2)
    the series at the columns' means      Normal(mean of the series, (prior_scale s_y)^2)
    sigma, the sd of the innovations      Exponential, with mean s_y
    rho                                   (1 - rho^2)^-1/2 / pi on -1 < rho < 1, as in `ar1`

so they mean the same whatever the unit is. With prior_scale = 2.5 they are the defaults of
rstanarm (Goodrich, Gabry, Ali and Brilleman), which say little: on the default series a level
change of a factor of 500 up or down is within two of its standard deviations.

Given rho and sigma the coefficients are exactly normal. So they are integrated out, NUTS
(Hoffman and Gelman 2014, J. Mach. Learn. Res. 15:1593) samples rho and sigma only, and the
posterior of the coefficients is the mixture of these normals over the draws. It has the same form
as the mixture of `ar1`, from which every effect, path and check follows.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.design import Design
from analysis.errors import InputError
from analysis.models.ar1.gls import Crossproducts
from analysis.models.ar1.integrated import ar1_result
from analysis.models.bayes.posterior import (
    Normal,
    Posterior,
    conditional,
    log_density,
    sample_posterior,
)
from analysis.models.registry import model
from analysis.models.result import Distribution, Fit

FEWEST = 50
# A chain whose start differs in its last digit soon takes other draws. A standardised series of
# so many decimals is the same in any unit, and so are its draws.
DIGITS = 10
MAX_SEED = 2**32 - 1
# Vehtari, Gelman, Simpson, Carpenter and Buerkner (2021, Bayesian Analysis 16:667).
MAX_R_HAT = 1.01
MIN_ESS = 400
CREDIBLE = (
    "The intervals are credible intervals with equal tails: they hold that share of the posterior "
    "probability, given weakly informative priors. p is twice the posterior probability on the "
    "other side of 0."
)


@model("bayes", "Bayesian AR(1) errors, weak priors (extra `bayes`)")
def fit_bayes(
    design: Design,
    *,
    draws: int = 1000,
    tune: int = 500,
    prior_scale: float = 2.5,
    seed: int = 20240605,
) -> Fit:
    """Sample the posterior with four chains; see the module's text for the priors.

    draws, tune : kept and tuning draws of each chain, >= 50.
    prior_scale : > 0, how wide the priors of the coefficients are.
    seed : 0 <= seed < 2^32; the same seed gives the same numbers.

    Intervals are equal-tailed credible intervals, the estimate is the median, p is twice the
    smaller posterior tail beyond 0. `converged` is False, with a note, where R-hat is above 1.01,
    the effective sample size below 400, or a draw diverged. `raw` is PyMC's InferenceData, in
    which `sigma` is in units of the standard deviation of the series.

    Raises
    ------
    InputError : PyMC is not installed, or an option is outside its bounds.
    """
    options = {"draws": draws, "tune": tune, "prior_scale": prior_scale, "seed": seed}
    _refuse_options(draws, tune, prior_scale, seed)
    y, X = design.y.to_numpy(), design.X.to_numpy()
    unit = float(y.std(ddof=1))
    standard = np.round(y / unit, DIGITS)
    products = Crossproducts.of(standard, X, design.clock)
    weak = weak_prior(standard, X, prior_scale)
    prior = in_basis(weak, products)
    posterior = sample_posterior(products, prior, _start(products, design), draws, tune, seed)
    rho, sigma = posterior.rho, posterior.sigma
    distribution = mixed_normals(products, prior, rho, sigma, unit)
    density = log_density(products, prior, rho, sigma)

    def without(rows: np.ndarray) -> Distribution:
        """The draws weighted by how much less likely the rows left out made them."""
        rest = Crossproducts.of(standard[rows], X[rows], design.clock[rows])
        log = log_density(rest, in_basis(weak, rest), rho, sigma) - density
        weight = np.exp(log - log.max())
        found = mixed_normals(rest, in_basis(weak, rest), rho, sigma, unit)
        return replace(found, weight=weight / weight.sum())

    failure = _failure(posterior)
    notes = (failure, CREDIBLE) if failure else (CREDIBLE,)
    return replace(
        ar1_result(design, "bayes", distribution, notes),
        options=options,
        converged=not failure,
        without=without,
        details={
            "R-hat": posterior.r_hat,
            "effective sample size": posterior.ess,
            "divergences": float(posterior.divergences),
        },
        raw=posterior.raw,
    )


def weak_prior(y: np.ndarray, X: np.ndarray, prior_scale: float) -> Normal:
    """The prior of the coefficients of X (n x p, the constant first); see the module's text."""
    wide = prior_scale * y.std(ddof=1)
    middle = X.mean(axis=0)
    precision = np.diag(X.var(axis=0, ddof=1) / wide**2) + np.outer(middle, middle) / wide**2
    mean = np.zeros(X.shape[1])
    mean[0] = y.mean()
    return Normal(mean=mean, precision=precision)


def in_basis(prior: Normal, products: Crossproducts) -> Normal:
    """The same prior for the coefficients of the orthonormal basis, less those of OLS."""
    return Normal(
        mean=np.linalg.solve(products.back, prior.mean - products.ols),
        precision=products.back.T @ prior.precision @ products.back,
    )


def mixed_normals(
    products: Crossproducts, prior: Normal, rho: np.ndarray, sigma: np.ndarray, unit: float
) -> Distribution:
    """The posterior of the coefficients: their normal distribution at each draw (G) of the rest.

    sigma and the cross-products are in multiples of `unit`; the distribution is not.
    """
    precision, shift, *_ = conditional(products, prior, rho, sigma)
    scale = np.linalg.inv(precision)
    moved = np.matmul(scale, shift[..., None])[..., 0]
    back = products.back * unit
    return Distribution(
        weight=np.full(len(rho), 1 / len(rho)),
        center=products.ols * unit + moved @ back.T,
        scale=back @ scale @ back.T,
        df=np.inf,
        rho=rho,
        sigma=sigma * unit,
    )


def _start(products: Crossproducts, design: Design) -> float:
    """A sigma to start from, in units of the series: that of least squares."""
    return float(np.sqrt(products.at(np.zeros(1)).rss[0] / len(design.y)))


def _failure(posterior: Posterior) -> str:
    """What is wrong with the draws, in a sentence; empty if nothing."""
    found = []
    if not posterior.r_hat <= MAX_R_HAT:
        found.append(f"R-hat is {posterior.r_hat:.3f}, above {MAX_R_HAT}")
    if not posterior.ess >= MIN_ESS:
        found.append(f"the effective sample size is {posterior.ess:.0f}, below {MIN_ESS}")
    if posterior.divergences:
        found.append(f"draws that diverged: {posterior.divergences}")
    if not found:
        return ""
    return (
        f"The sampler did not converge: the numbers are not results ({'; '.join(found)}). "
        "Use more draws and more tuning draws."
    )


def _refuse_options(draws: int, tune: int, prior_scale: float, seed: int) -> None:
    for name, value in (("draws", draws), ("tune", tune)):
        if not isinstance(value, int) or value < FEWEST:
            raise _out_of_bounds(name, value, f"a whole number of at least {FEWEST}", 1000)
    if not 0 < prior_scale < np.inf:
        raise _out_of_bounds("prior_scale", prior_scale, "above 0 and finite", 2.5)
    if not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise _out_of_bounds("seed", seed, f"a whole number from 0 to {MAX_SEED}", 1)


def _out_of_bounds(name: str, value: object, rule: str, example: float) -> InputError:
    return InputError(
        f"{name} of model bayes is {value!r}.",
        rule=f"{name} is {rule}.",
        remedy=f"For example {name}={example:g}.",
    )
