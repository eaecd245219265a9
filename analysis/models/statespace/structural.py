"""`structural` and `forecast_structural`: unobserved components with regression terms."""

from __future__ import annotations

from typing import Literal

import numpy as np
from statsmodels.tsa.statespace.structural import UnobservedComponents

from analysis.design import Design
from analysis.design.season import DAYS, season_parts
from analysis.models.forecast import varying_columns
from analysis.models.registry import model
from analysis.models.result import Fit, noted
from analysis.models.statespace.regression import estimate, finish, lay_out

Level = Literal["level", "level+drift", "trend", "smooth trend"]
LEVELS = {
    "level": "local level",
    "level+drift": "local linear deterministic trend",
    "trend": "local linear trend",
    "smooth trend": "smooth trend",
}
# A variance this small beside the largest is at its bound of zero.
NOTHING = 1e-6
# Of weeks; a stochastic season with one for each two days of a year would take hours.
MOST_PAIRS = 26


@model("structural", "Structural model: stochastic level and regression")
@model("forecast_structural", "Structural forecast from the pre-period", ahead=True)
def fit_structural(
    design: Design, *, level: Level = "level+drift", stochastic_season: bool = False
) -> Fit:
    """Exact diffuse maximum likelihood (Harvey 1989; de Jong 1991), as STAMP and KFAS have it.

    It is a restricted likelihood: the variances allow for the terms, as dividing by n - p does.

    level : "level" (a random walk), "level+drift" (with a fixed slope), "trend" (the slope
        wanders too) or "smooth trend" (only the slope wanders).
    stochastic_season : whether the season may change over time; else it is the design's.

    The variances of the components are in `details`: the interval depends on them.

    Raises
    ------
    InputError : no such level.
    DesignError : a two-group design.
    """
    # What the components have already, or may become.
    taken = {"constant", *([] if level == "level" else ["trend"])}
    taken |= set(design.terms["season"]) - set(DAYS) if stochastic_season else set()
    columns = varying_columns(design, lambda X: np.diff(X, axis=0))
    grid = lay_out(design, [c for c in columns if c not in taken])
    season = design.outcome.steps_per_year

    def build(y: np.ndarray, X: np.ndarray | None) -> UnobservedComponents:
        pairs = [{"period": season, "harmonics": int(min(design_pairs(design), season // 2))}]
        return UnobservedComponents(
            y,
            level=LEVELS[level],
            exog=X,
            freq_seasonal=pairs if stochastic_season else None,
            use_exact_diffuse=True,
        )

    estimated = estimate(build, grid, diffuse=True)
    variances = (estimated.errors * grid.scale**2).to_dict()
    none = [name for name, v in variances.items() if v < NOTHING * max(variances.values())]
    return finish(
        design,
        build,
        estimated,
        details=variances,
        notes=noted("no variance", bool(none), names=", ".join(none)),
        lost={"level": 1, "level+drift": 2, "trend": 2, "smooth trend": 2}[level],
        spent=2 * design_pairs(design) if stochastic_season else 0,
        restricted=True,
    )


def design_pairs(design: Design) -> int:
    """Sine and cosine pairs of a stochastic season: the design's, or as many as there are."""
    _, pairs = season_parts(design.season)
    return pairs or int(min(design.outcome.steps_per_year // 2, MOST_PAIRS))
