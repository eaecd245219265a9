"""`bayes`: regression with AR(1) errors and proper, weakly informative priors.

The likelihood is that of `ar1`: normal, stationary AR(1) errors, rho**gap across a gap in time.
With s_y the standard deviation of the series and s_j that of column j, the priors are

    each coefficient but the constant     Normal(0, (prior_scale s_y / s_j)^2)
    the series at the columns' means      Normal(mean of the series, (prior_scale s_y)^2)
    sigma, the sd of the innovations      Exponential, with mean s_y
    rho                                   (1 - rho^2)^-1/2 / pi on -1 < rho < 1, as in `ar1`

so they mean the same whatever the unit is. With prior_scale = 2.5 they are the defaults of
rstanarm (Goodrich, Gabry, Ali and Brilleman), which say little: on the default series a level
change of a factor of 500 up or down is within two of its standard deviations.

Given rho and sigma the coefficients are exactly normal. So rho and sigma are integrated out on a
grid, which is exact where a sampler has its error, and the posterior of the coefficients is the
mixture of these normals. It has the same form as the mixture of `ar1`, from which every effect
and check follows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.design import Design
from analysis.errors import InputError
from analysis.models.ar1.gls import Crossproducts
from analysis.models.ar1.rho import posterior_weights, rho_nodes
from analysis.models.registry import model
from analysis.models.result import Distribution, Fit

# Values of log sigma: first to find where the posterior is, then to integrate over it.
SEARCHED, NODES = 60, 40
# A log density this far below the highest is nothing, and so is a weight this small.
NOTHING, NEGLIGIBLE = 30.0, 1e-12
CREDIBLE = (
    "The intervals are credible intervals with equal tails: they hold that share of the posterior "
    "probability, given weakly informative priors. p is twice the posterior probability on the "
    "other side of 0."
)


@dataclass(frozen=True, kw_only=True)
class Normal:
    """A normal distribution of p coefficients: mean (p) and precision (p x p)."""

    mean: np.ndarray
    precision: np.ndarray


@model("bayes", "Bayesian AR(1) errors, weak priors")
def fit_bayes(design: Design, *, prior_scale: float = 2.5) -> Fit:
    """Integrate over the posterior; see the module's text for the priors.

    prior_scale : > 0, how wide the priors of the coefficients are.

    Intervals are equal-tailed credible intervals, the estimate is the median, p is twice the
    smaller posterior tail beyond 0.

    Raises
    ------
    InputError : prior_scale outside its bounds.
    """
    if not 0 < prior_scale < np.inf:
        raise InputError(
            f"prior_scale of model bayes is {prior_scale!r}.",
            rule="prior_scale is above 0 and finite.",
            remedy="For example prior_scale=2.5.",
        )
    y, X = design.y.to_numpy(), design.X.to_numpy()
    unit = float(y.std(ddof=1))
    products = Crossproducts.of(y / unit, X, design.clock)
    prior = in_basis(weak_prior(y / unit, X, prior_scale), products)
    rho, sigma, weight = integrate_errors(products, prior)
    found = mixed_normals(products, prior, rho, sigma, weight, unit)
    return Fit(distribution=found, notes=(CREDIBLE,))


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


def integrate_errors(
    products: Crossproducts, prior: Normal
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values of rho and sigma (G each) and their posterior weights, adding up to 1.

    Gauss-Legendre in arcsin(rho), in which the prior is flat, and in log sigma over the stretch
    in which the posterior is.
    """
    rho, flat = rho_nodes(products.span, alternating=True)

    def log_posterior(log_sigma: np.ndarray) -> np.ndarray:
        at, log = (a.ravel() for a in np.meshgrid(rho, log_sigma, indexing="ij"))
        found = log_density(products, prior, at, np.exp(log)) - np.exp(log) + log
        return found.reshape(len(rho), -1)

    gls = products.at(rho)
    least = np.log(np.sqrt(gls.rss.min() / products.n)) - 2
    searched = np.linspace(least, max(least + 4, 3.0), SEARCHED)
    log = log_posterior(searched).max(axis=0)
    inside = np.flatnonzero(log > log.max() - NOTHING)
    low, high = searched[[max(inside[0] - 1, 0), min(inside[-1] + 1, SEARCHED - 1)]]
    x, wide = np.polynomial.legendre.leggauss(NODES)
    nodes = (low + high) / 2 + x * (high - low) / 2
    weight = posterior_weights(np.outer(flat, wide).ravel(), log_posterior(nodes).ravel())
    kept = weight > NEGLIGIBLE
    rho, log = (a.ravel()[kept] for a in np.meshgrid(rho, nodes, indexing="ij"))
    return rho, np.exp(log), weight[kept] / weight[kept].sum()


def log_density(
    products: Crossproducts, prior: Normal, rho: np.ndarray, sigma: np.ndarray
) -> np.ndarray:
    """The log density of the series at G values of rho and sigma, up to a constant.

    The coefficients are integrated out. It is made of cross-products, so that its cost does not
    grow with the length of the series.
    """
    precision, shift, square, log_V = conditional(products, prior, rho, sigma)
    moved = np.linalg.solve(precision, shift[..., None])[..., 0]
    explained = (shift * moved).sum(axis=1) - square
    log_det = np.linalg.slogdet(precision)[1]
    return -0.5 * (log_V + log_det - explained) - products.n * np.log(sigma)


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


def mixed_normals(
    products: Crossproducts,
    prior: Normal,
    rho: np.ndarray,
    sigma: np.ndarray,
    weight: np.ndarray,
    unit: float,
) -> Distribution:
    """The posterior of the coefficients: their normal distribution at each rho and sigma (G).

    sigma and the cross-products are in multiples of `unit`; the distribution is not.
    """
    precision, shift, *_ = conditional(products, prior, rho, sigma)
    scale = np.linalg.inv(precision)
    moved = np.matmul(scale, shift[..., None])[..., 0]
    back = products.back * unit
    return Distribution(
        weight=weight,
        center=products.ols * unit + moved @ back.T,
        scale=back @ scale @ back.T,
        df=np.inf,
        rho=rho,
        sigma=sigma * unit,
    )
