"""Models that take one rho of the AR(1) errors as known, each found in a way of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis import show
from analysis.design import Design
from analysis.models.processes.autoregression import Autoregression, whiten
from analysis.models.processes.search import RHO_LIMIT, Profile, log_likelihood, satterthwaite
from analysis.models.processes.solve import OneDesign
from analysis.models.registry import model
from analysis.models.result import Fit, noted

BOUNDARY = 0.95
TOLERANCE = 1e-10
MAX_STEPS = 500
# Contrasts that are worked out together, as they cost the square of their number.
AT_ONCE = 32


@model("reml_ar1", "AR(1) errors, REML with Satterthwaite degrees of freedom")
def fit_reml_ar1(design: Design) -> Fit:
    """Fit by restricted maximum likelihood (Harville 1974).

    Degrees of freedom of each contrast after Satterthwaite: 2 / (g' H^-1 g), g the gradient of
    the log variance of the contrast in (rho, log sigma^2), H the observed information.
    """
    profile = Profile.of(*_arrays(design))
    rho = profile.maximise(restricted=True)

    def df_of(C: np.ndarray) -> np.ndarray:
        parts = np.split(C, range(AT_ONCE, len(C), AT_ONCE))
        return np.concatenate([satterthwaite(profile, rho, part[None])[2][0] for part in parts])

    known = solve_at(float(rho[0]), *_arrays(design)).distribution()
    distribution = replace(known, df_of=df_of)
    edge, words = abs(float(rho[0])) > BOUNDARY, show.number(float(rho[0]), 3)
    return Fit(distribution=distribution, notes=noted("edge", edge, rho=words))


@model("gls_ar1_ml", "AR(1) errors, maximum likelihood")
def fit_gls_ar1_ml(design: Design) -> Fit:
    """As R's nlme::gls(method = "ML", correlation = corAR1()): t with n - p df.

    In a two-group design the errors are correlated within each series, with one rho, and not
    between the two. The errors' variance is divided by n - p, as nlme's summary does.
    """
    rho = float(Profile.of(*_arrays(design)).maximise(restricted=False)[0])
    solved, n = solve_at(rho, *_arrays(design)), len(design.y)
    constant = -n / 2 * (np.log(2 * np.pi) + 1 - np.log(n))
    loglik = float(log_likelihood(solved.rss, solved.errors.log_V, n)[0, 0] + constant)
    return Fit(distribution=solved.distribution(), loglik=loglik)


@model("prais_winsten", "AR(1) errors, Prais-Winsten")
def fit_prais_winsten(design: Design) -> Fit:
    """Prais and Winsten (1954), iterated as in Stata's prais and itsa: t with n - p df.

    rho is the slope of the residuals on those of the period before; the interval takes it as
    known, which is why it is too narrow in short series.
    """
    y, X, clock = _arrays(design)
    rho, settled = iterate_rho(y[0], X[0], clock)
    return Fit(
        distribution=solve_at(rho, y, X, clock).distribution(),
        converged=settled,
        notes=noted("unsettled", not settled, rho=show.number(rho, 3)),
    )


def solve_at(rho: float, y: np.ndarray, X: np.ndarray, clock: np.ndarray) -> OneDesign:
    """Solve for y (B x n) on X (1 x n x p) at one rho."""
    return OneDesign.of(lambda clock, Q: Autoregression.at(rho, clock), y, X[0], clock)


def iterate_rho(y: np.ndarray, X: np.ndarray, time: np.ndarray) -> tuple[float, bool]:
    """The rho at which a series (n) on X (n x p) rests, and whether it does."""
    rho, next_to = 0.0, np.diff(time) == 1
    for _ in range(MAX_STEPS):
        white = whiten(np.vstack([X.T, y]), time, rho)
        e = y - X @ np.linalg.lstsq(white[:-1].T, white[-1], rcond=None)[0]
        before, now = e[:-1] * next_to, e[1:]
        moved = float(np.clip(now @ before / (before @ before), -RHO_LIMIT, RHO_LIMIT))
        if abs(moved - rho) < TOLERANCE:
            return moved, abs(moved) < RHO_LIMIT
        rho = moved
    return rho, False


def _arrays(design: Design) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A batch of one: y (1 x n), X (1 x n x p) and the times of the rows."""
    return design.y.to_numpy()[None], design.X.to_numpy()[None], design.clock
