"""The path that would have been expected without the intervention."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.errors import unknown_name
from analysis.models import Fit
from analysis.models.ar1.paths import ar1_paths
from analysis.models.result import Interval
from analysis.show import period_name

DRAWS = 10_000
SEED = 20240605
# More path draws than this are made in fewer replicates, to bound memory (160 MB a matrix).
MAX_PATH_CELLS = 20_000_000
FEWEST_DRAWS = 1000


@dataclass(frozen=True, kw_only=True)
class Counterfactual:
    """Observed, fitted and counterfactual path, and the differences.

    frame : one row a period of the fit, in the unit of the outcome (totals of the period for
        counts). Columns observed, fitted, counterfactual, effect (observed - counterfactual) and
        cumulative (running sum of counterfactual - observed); the last four with `_lower` and
        `_upper`. In the pre-period the counterfactual is the fitted path.
    interval : "mean" for the expected path, "observation" for what could have been counted.
    """

    fit: Fit = field(repr=False)
    alpha: float
    interval: Interval
    frame: pd.DataFrame = field(repr=False)

    @property
    def post(self) -> pd.DataFrame:
        """The rows of the post-period."""
        design = self.fit.design
        return self.frame[design.post[design.own]]

    def _repr_html_(self) -> str:
        exact = self.fit.design.outcome.kind == "count"
        rows = [
            (
                period_name(row.Index),
                show.number(row.observed) if exact else show.estimate(row.observed),
                show.estimate(row.counterfactual),
                show.interval(row.counterfactual_lower, row.counterfactual_upper, ""),
                show.estimate(row.effect, signed=True),
            )
            for row in self.post.itertuples()
        ]
        unit, kind = self.fit.design.outcome.unit, interval_name(self.alpha)
        header = [
            "Period",
            "Counted" if exact else "Observed",
            "Expected without it",
            kind,
            "Difference",
        ]
        return show.table(header, rows, caption=f"What was seen and what was expected, {unit}")


def trace_counterfactual(
    fit: Fit,
    *,
    interval: Interval = "observation",
    alpha: float = 0.05,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Counterfactual:
    """The path without the intervention, given what was seen before it.

    The path starts from the last pre-period error and returns to the trend as the
    autocorrelation lets it. Points and intervals are medians and quantiles of the same draws.

    Raises
    ------
    InputError : no such kind of interval.
    """
    if interval not in ("mean", "observation"):
        raise unknown_name("interval", interval, ["mean", "observation"])
    frame = _fitted_frame(fit, alpha)
    path = path_draws(fit, interval, draws, seed)
    post = fit.design.post[fit.design.own]
    observed = frame["observed"].to_numpy()[post]
    pieces = {
        "counterfactual": path,
        "effect": observed - path,
        "cumulative": np.cumsum(path - observed, axis=1),
    }
    for name, values in pieces.items():
        quantiles = np.quantile(values, [0.5, alpha / 2, 1 - alpha / 2], axis=0)
        frame.loc[post, [name, f"{name}_lower", f"{name}_upper"]] = quantiles.T
    return Counterfactual(fit=fit, alpha=alpha, interval=interval, frame=frame)


def path_draws(fit: Fit, interval: Interval, draws: int, seed: int) -> np.ndarray:
    """Draws of the counterfactual in the outcome's unit (draws x post-periods).

    The model's own, or those of a regression with AR(1) errors.
    """
    periods = int(fit.design.post.sum())
    size = max(FEWEST_DRAWS, min(draws, MAX_PATH_CELLS // periods))
    rng = np.random.default_rng(seed)
    if fit.paths is not None:
        return fit.paths(size, rng, interval)
    design, X = fit.design, fit.design.X_counterfactual.to_numpy()
    modelled = ar1_paths(design, X, fit.known, size, interval, rng)
    return design.to_values(modelled, design.post)


def exposed(fit: Fit) -> np.ndarray:
    """What a rate is multiplied by to give the outcome: days, or the offset of a count model."""
    return fit.design.days if fit.exposure is None else fit.exposure


def observed_values(design: Design, rows: np.ndarray) -> np.ndarray:
    """The outcome in rows of the series under study."""
    return design.outcome.values.to_numpy(dtype=float)[design.time[rows]]


def interval_name(alpha: float) -> str:
    """95% interval."""
    return f"{100 * (1 - alpha):g}% interval"


def _fitted_frame(fit: Fit, alpha: float) -> pd.DataFrame:
    """The fitted path; no effect and no difference yet."""
    design, own = fit.design, fit.design.own
    relative = exposed(fit)[own] / design.days[own]
    frame = pd.DataFrame({"observed": observed_values(design, own)}, design.periods[own])
    if fit.fitted is not None or fit.distribution is None:
        fitted = pd.DataFrame({"estimate": fit.expected[own], "lower": np.nan, "upper": np.nan})
    else:
        fitted = fit.distribution.plain().contrast(design.X.to_numpy()[own], alpha=alpha)
    for suffix, column in (("", "estimate"), ("_lower", "lower"), ("_upper", "upper")):
        frame[f"fitted{suffix}"] = design.to_values(fitted[column].to_numpy(), own) * relative
        frame[f"counterfactual{suffix}"] = frame[f"fitted{suffix}"]
        frame[f"effect{suffix}"] = 0.0
        frame[f"cumulative{suffix}"] = 0.0
    return frame
