"""`local_level` and `forecast_local_level`: a wandering level with priors, integrated out.

The series is X b, a random walk and white noise. With s the standard deviation of the pre-period,
the priors are those of CausalImpact (Brodersen et al. 2015, Annals of Applied Statistics 9:247):

    variance of the level's steps   inverse gamma around (level_sd s)^2, worth level_df periods
    variance of the noise           inverse gamma around (1 - r2) s^2, worth noise_df periods
    each coefficient                flat (its spike and slab is not here: all terms stay in)

Given the ratio of the two variances the rest is conjugate: each coefficient, and each forecast, is
a Student t with n - p + level_df + noise_df degrees of freedom. So the ratio alone is integrated
out, on a grid, which is exact where a sampler has its error.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd

from analysis.design import Design
from analysis.errors import refuse_bounds
from analysis.models.forecast import varying_columns
from analysis.models.processes.grid import Processes
from analysis.models.processes.solve import OneDesign
from analysis.models.processes.whitening import Whitener, find_gaps, work_out_gains
from analysis.models.registry import model
from analysis.models.result import Distribution, Fit, noted

# A random walk: what an AR(1) this near to 1 leaves of a level after 1,000 periods is all but 1e-5.
WALK = 1 - 1e-8
# Log ratios of the noise's variance to that of the level's steps.
SEARCHED = np.linspace(-8.0, 26.0, 70)
# How many stand where the posterior is, its log within NOTHING of the highest.
NODES, ENOUGH, NOTHING = 60, 25, 25.0
MOST_LOOKS = 8
# Of the level's steps and of the noise: the variance that is expected, and what it is worth.
Prior = tuple[float, float, float, float]


@model("local_level", "Wandering level with the priors of CausalImpact")
@model(
    "forecast_local_level",
    "Wandering level forecast from the pre-period, as CausalImpact",
    ahead=True,
)
def fit_local_level(
    design: Design,
    *,
    level_sd: float = 0.01,
    level_df: float = 32.0,
    r2: float = 0.8,
    noise_df: float = 50.0,
    drift: bool = False,
) -> Fit:
    """Steps, slopes and all other terms around a level that wanders; see the module's text.

    level_sd : > 0, standard deviation of the level's steps that is expected, as a share of that
        of the series before the start.
    level_df : > 0, how many periods that is worth; 1e6 fixes it.
    r2 : 0 < r2 < 1, share of the variance that is expected not to be noise.
    noise_df : > 0, how many periods that is worth.
    drift : whether the trend of the design is kept; else the level alone moves.

    The interval depends on level_sd. Intervals are credible intervals with equal tails.

    Raises
    ------
    InputError : an option outside its bounds.
    """
    refuse_bounds(
        ("level_sd", level_sd, 0 < level_sd < np.inf, "above 0, such as 0.01"),
        ("level_df", level_df, 0 < level_df < np.inf, "above 0, such as 32, or 1e6 to fix it"),
        ("r2", r2, 0 < r2 < 1, "above 0 and below 1, such as 0.8"),
        ("noise_df", noise_df, 0 < noise_df < np.inf, "above 0, such as 50"),
    )
    kept = [c for c in varying_columns(design) if drift or c != "trend"]
    kept += design.terms.get("ahead", ())
    X, y = design.X[kept].to_numpy(), design.y.to_numpy()
    unit = float(y[design.pre].std(ddof=1) or y.std(ddof=1))
    prior = (level_sd * unit) ** 2, level_df, (1 - r2) * unit**2, noise_df
    return _finish(design, _integrated(y, X, design.clock, prior), kept, X, unit)


def _integrated(y: np.ndarray, X: np.ndarray, clock: np.ndarray, prior: Prior) -> OneDesign:
    """The regression at ratios where the posterior is: a search looks closer until it has them."""
    nodes = SEARCHED
    for _ in range(MOST_LOOKS):
        solved = _solved(y, X, clock, prior, nodes)
        log = solved.log_restricted[0]
        inside = np.flatnonzero(log > log.max() - NOTHING)
        if len(inside) >= ENOUGH:
            break
        ends = np.clip([inside[0] - 1, inside[-1] + 1], 0, len(nodes) - 1)
        nodes = np.linspace(nodes[ends[0]], nodes[ends[1]], NODES)
    return solved


def _solved(
    y: np.ndarray, X: np.ndarray, clock: np.ndarray, prior: Prior, log_ratio: np.ndarray
) -> OneDesign:
    """The regression at each ratio, the variance of the level's steps integrated out."""
    steps, level_df, noise, noise_df = prior
    ratio, even = np.exp(log_ratio), np.ones(len(log_ratio))
    grid = replace(Processes.ar1(WALK * even, even), tau=ratio)
    solved = OneDesign.of(lambda c, Q: work_out_gains(find_gaps(c), grid), y[None], X, clock)
    squares = solved.rss + level_df * steps + noise_df * noise / ratio
    df = solved.df + level_df + noise_df
    log = solved.log_restricted + solved.df / 2 * np.log(solved.rss) - df / 2 * np.log(squares)
    return replace(solved, rss=squares, log_restricted=log - noise_df / 2 * log_ratio, df=df)


def _finish(design: Design, solved: OneDesign, kept: list[str], X: np.ndarray, unit: float) -> Fit:
    known = solved.distribution()
    known = replace(known, rho=np.zeros(len(known.rho)))
    median, best = known.median, int(known.weight.argmax())
    gains, e = cast(Whitener, solved.errors), design.y.to_numpy() - X @ median
    white = gains.whiten(e[:, None])[best, :, 0]
    # The first surprise is the level's start.
    white[gains.gap == 0] = 0.0
    surprise = pd.Series(white / gains.root[:, best, 0], design.y.index)
    # The constant is the level's start, of which nothing is known by itself.
    own = [c for c in kept if c != "constant"]
    wanders = float(np.sqrt(known.weight @ known.sigma**2)) / unit
    notes = noted("level", wanders=wanders, step=design.outcome.step)
    if "trend" in design.X and "trend" not in kept:
        notes = noted("level without trend", level=notes[0])
    return Fit(
        distribution=_spread(known, kept, own, design),
        coefficients=pd.Series(median, kept)[own].reindex(design.X.columns),
        residuals=surprise,
        innovations=pd.Series(white / known.sigma[best], surprise.index),
        rho=0.0,
        fitted=design.y - surprise,
        details={"level sd": wanders},
        notes=notes,
    )


def _spread(known: Distribution, kept: list[str], own: list[str], design: Design) -> Distribution:
    """The distribution of all coefficients of a design; 0 where they are not the model's own."""
    from_, to = (pd.Index(names).get_indexer(pd.Index(own)) for names in (kept, design.X.columns))
    part, (G, p) = known.part(from_), (len(known.weight), design.X.shape[1])
    center, scale = np.zeros((G, p)), np.zeros((G, p, p))
    center[:, to], scale[:, to[:, None], to] = part.center, part.scale
    return replace(part, center=center, scale=scale)
