"""The rate of an effect that fades or grows, estimated with the rest of a model.

The column of such an effect bends with its rate delta. Beside it stands its derivative by delta, so
that the design is the model linearised there. Where the derivative's coefficient is 0, the
likelihood is at its maximum in delta as in the other coefficients, and the joint distribution of
the coefficients carries what is not known of delta into every effect (Gauss and Newton's method;
Seber and Wild 2003, Nonlinear Regression, section 2.2).

So its standard error is by expected information. Software that takes the curvature of the
likelihood itself (observed information, as R's arimax) prints another where the curve is far from
quadratic: for the airline miles of Cryer and Chan (2008, Exhibit 11.6) delta has .057 here and .098
there. The log-likelihoods of fits at given rates, such as decay(0.80), have that curvature too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import stats

from analysis.design import Design
from analysis.errors import refusal
from analysis.models.result import Distribution, Fit

# The rates from which a search starts: the best by least squares.
STARTS = np.linspace(0.1, 0.95, 18)
LOWEST, HIGHEST = 0.01, 0.995
LONGEST_STEP = 0.15
CLOSE = 1e-6
MOST_STEPS = 60
# Rates that are tried, over all but this probability of their distribution.
RATES, OUTSIDE = 31, 1e-3
# Components that together weigh less are left out.
NEGLIGIBLE = 1e-4


def at_best_rate(design: Design, attempt: Callable[[Design], Fit]) -> Fit:
    """The fit at the rate that its own likelihood asks for.

    attempt : fits one model to a design. A forecast has no terms: it is given back as it comes.

    Raises
    ------
    DesignError : the search runs to the edge, or does not end: the series does not tell a rate.
    """
    delta, longest = _start(design), LONGEST_STEP
    before = 0.0
    for _ in range(MOST_STEPS):
        fitted = attempt(design.at_rate(delta))
        if fitted.distribution is None:
            return fitted
        step = _step(fitted)
        if abs(step) < CLOSE:
            return replace(fitted, beyond=_bent(fitted))
        # A search that turns back takes shorter steps.
        longest = longest / 2 if step * before < 0 else longest
        before = float(np.clip(step, -longest, longest))
        nearer = float(np.clip(delta + before, LOWEST, HIGHEST))
        if nearer == delta:
            break
        delta = nearer
    part = design.intervention.remembering
    raise refusal("rate not told", part=part, delta=delta)


def _bent(fitted: Fit) -> Distribution:
    """What the effect adds to the post rows, over all rates that the fit allows.

    Given a rate it is linear in the other terms, which are t with one degree of freedom more (Kotz
    and Nadarajah 2004, Multivariate t Distributions, section 1.11).
    """
    known, design, main = fitted.known, fitted.design, fitted.design.intervention
    at, best = design.X.columns.get_loc(design.terms["rate"][0]), float(main.delta or 0)
    center, scale, df = known.center, known.scale, known.df
    size = float(fitted.coefficients[main.remembering])
    low, high = known.plain().summarise(np.eye(len(center[0]))[at], OUTSIDE)[0, 3:5]
    ends = np.clip(best + np.array([low, high]) / size, LOWEST, HIGHEST)
    edges = np.linspace(ends.min(), ends.max(), RATES + 1)
    rates = (edges[1:] + edges[:-1]) / 2
    # How likely each rate is with each component; those that weigh next to nothing are left out.
    spread = np.sqrt(scale[:, at, at])
    z = ((rates - best)[:, None] * size - center[:, at]) / spread
    density = stats.norm.pdf(z) if np.isinf(df) else stats.t.pdf(z, df)
    weights = (known.weight * density / spread).ravel()
    order = np.argsort(-weights)
    enough = np.cumsum(weights[order]) <= (1 - NEGLIGIBLE) * weights.sum()
    kept = order[: max(1, int(enough.sum()) + 1)]
    node, g = np.unravel_index(kept, z.shape)
    # The terms given the rate.
    pulled = scale[g, :, at] / scale[g, at, at, None]
    narrower = scale[g] - pulled[:, :, None] * scale[g][:, at, None, :]
    if np.isfinite(df):
        narrower *= ((df + z[node, g] ** 2) / (df + 1))[:, None, None]
    basis = np.array([design.at_rate(rate).difference[design.post] for rate in rates])
    basis[:, :, at] = 0.0
    own = np.flatnonzero(basis.any(axis=(0, 1)))
    stretch, moved = known.stretch_of, design.difference[design.post]
    return Distribution(
        weight=weights[kept] / weights[kept].sum(),
        center=(center[g] + pulled * (z[node, g] * spread[g])[:, None])[:, own],
        scale=narrower[:, own[:, None], own],
        df=df + 1,
        rho=known.rho[g],
        sigma=known.sigma[g],
        basis=basis[node][:, :, own],
        stretch_of=None if stretch is None else lambda W: stretch(W @ moved),
    )


def _step(fitted: Fit) -> float:
    """How far the rate should move."""
    b, terms = fitted.coefficients, fitted.design.terms
    size = float(b[fitted.design.intervention.remembering])
    return float(b[terms["rate"][0]]) / size if size else np.inf


def _start(design: Design) -> float:
    """The rate with the least squares of residuals."""
    y, rate = design.y.to_numpy(), list(design.terms["rate"])

    def left(delta: float) -> float:
        X = design.at_rate(delta).X.drop(columns=rate).to_numpy()
        residuals = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
        return float(residuals @ residuals)

    return float(min(STARTS, key=left))
