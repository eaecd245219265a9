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
from analysis.errors import refusal
from analysis.models.processes.autoregression import span_of
from analysis.models.processes.grid import Processes, ar1_grid
from analysis.models.processes.search import Profile
from analysis.models.registry import model
from analysis.models.result import Distribution, Fit, noted

# Values of log sigma: first to find where the posterior is, then to integrate over it.
SEARCHED, NODES = 60, 40
# A log density this far below the highest is nothing, and so is a weight this small.
NOTHING, NEGLIGIBLE = 30.0, 1e-12


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
        raise refusal("prior_scale", prior_scale=prior_scale)
    given = Given.of(design, prior_scale)
    return Fit(distribution=given.normals(*integrate_errors(given)), notes=noted("credible"))


@dataclass(frozen=True, kw_only=True)
class Given:
    """A series in multiples of its standard deviation `unit`, and the prior of its coefficients.

    mean (p), precision (p x p) : the prior, in the basis of `profile`, less those of least squares.
    """

    profile: Profile
    mean: np.ndarray
    precision: np.ndarray
    unit: float

    @classmethod
    def of(cls, design: Design, prior_scale: float) -> Given:
        """See the module's text for the prior. The constant is the first column."""
        X, unit = design.X.to_numpy(), float(design.y.std(ddof=1))
        y, middle = design.y.to_numpy() / unit, X.mean(axis=0)
        profile = Profile.of(y[None], X[None], design.clock)
        R, mean = profile.regressions.R[0], np.zeros(X.shape[1])
        mean[0] = y.mean()
        precision = np.diag(X.var(axis=0, ddof=1)) + np.outer(middle, middle)
        back = np.linalg.inv(R)
        return cls(
            profile=profile,
            mean=R @ mean - profile.regressions.ols[0],
            precision=back.T @ precision @ back / prior_scale**2,
            unit=unit,
        )

    def at(self, rho: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What data and prior say of the coefficients, given rho and sigma (G each).

        Their precision (G x p x p), precision times mean (G x p), and the log density of the
        series, the coefficients integrated out (G), up to a constant.
        """
        errors, n = self.profile.errors, self.profile.regressions.Z.shape[1]
        M = errors.weighted(self.profile.forms, rho[None])[:, :, 0].transpose(2, 0, 1)
        M = M / sigma[:, None, None] ** 2
        precision = M[:, :-1, :-1] + self.precision
        shift = M[:, :-1, -1] + self.precision @ self.mean
        moved = np.linalg.solve(precision, shift[..., None])[..., 0]
        explained = (shift * moved).sum(axis=1) - M[:, -1, -1]
        log_det = errors.log_V_at(rho) + np.linalg.slogdet(precision)[1]
        return precision, shift, 0.5 * (explained - log_det) - n * np.log(sigma)

    def normals(self, rho: np.ndarray, sigma: np.ndarray, weight: np.ndarray) -> Distribution:
        """The posterior of the coefficients: normal at each rho and sigma (G)."""
        precision, shift, _ = self.at(rho, sigma)
        scale, regressions = np.linalg.inv(precision), self.profile.regressions
        back = np.linalg.inv(regressions.R[0]) * self.unit
        center = regressions.ols[0] + (scale @ shift[..., None])[..., 0]
        return Distribution(
            weight=weight,
            center=center @ back.T,
            scale=back @ scale @ back.T,
            df=np.inf,
            rho=rho,
            sigma=sigma * self.unit,
        )


def integrate_errors(given: Given) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values of rho and sigma (G each) and their posterior weights, adding up to 1.

    Gauss-Legendre in arcsin(rho), in which the prior is flat, and in log sigma over the stretch
    in which the posterior is.
    """
    steps = given.profile.errors.steps
    grid = ar1_grid(span_of(np.append(0, np.cumsum(steps))), alternating=True)

    def log_posterior(log_sigma: np.ndarray) -> np.ndarray:
        rho, log = (a.ravel() for a in np.meshgrid(grid.rho, log_sigma, indexing="ij"))
        density = given.at(rho, np.exp(log))[2] - np.exp(log) + log
        return density.reshape(len(grid.rho), -1)

    rss = given.profile.at(grid.rho[None], np.zeros((1, 0, len(given.mean)))).rss
    least = np.log(np.sqrt(rss.min() / (len(steps) + 1))) - 2
    searched = np.linspace(least, max(least + 4, 3.0), SEARCHED)
    log = log_posterior(searched).max(axis=0)
    inside = np.flatnonzero(log > log.max() - NOTHING)
    low, high = searched[[max(inside[0] - 1, 0), min(inside[-1] + 1, SEARCHED - 1)]]
    x, wide = np.polynomial.legendre.leggauss(NODES)
    nodes = (low + high) / 2 + x * (high - low) / 2
    rho, log = (a.ravel() for a in np.meshgrid(grid.rho, nodes, indexing="ij"))
    both = Processes.ar1(rho, np.outer(grid.prior, wide).ravel())
    weight = both.weigh(log_posterior(nodes).ravel())
    kept = weight > NEGLIGIBLE
    return rho[kept], np.exp(log[kept]), weight[kept] / weight[kept].sum()
