"""What a whole curve says: its middle and its shares, against curves in which nothing happened.

The specifications of a curve share their figures, so no count of them is a test. Simonsohn, Simmons
and Nelson (2020, Nature Human Behaviour 4:1208) compare the curve as a whole with curves under no
effect. Here these are of series that are simulated from the errors that the widest specification
finds, without the intervention; and of the real series at earlier dates, whose post-periods share
no period: the same specifications, slid back with their events.

All are worked alike, by what is linear in the series: generalised least squares under the mean
covariance of these errors. A design is then worked once for the real series and all simulated ones,
and every specification is. That simplifies the test, not the curve: a p needs one measure for all
that it compares, not the best for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd
from scipy import special

from analysis.design.scale import (
    from_per_cent,
    in_per_cent,
    share_of_expected,
    to_per_cent,
    usual_rate,
)
from analysis.errors import refuse_bounds
from analysis.models import fit
from analysis.models.batch import METHODS, Method
from analysis.models.processes.autoregression import ErrorLaw
from analysis.models.registry import DEFAULT_MODEL
from analysis.robustness.curve.assemble import Ready, assemble_grid, design_of
from analysis.robustness.curve.grid import Grid
from analysis.robustness.curve.specification import Curve
from analysis.robustness.power import find_errors
from analysis.show.templates import Told

SEED = 20240605
# An earlier date is compared where it has more than this share of the specifications.
MOST = 0.5
STATISTICS = ["middle", "one_sided", "clear"]


@dataclass(frozen=True, kw_only=True)
class CurveTest(Told, rows="test of the curve"):
    """Each series' curve against curves without an effect.

    table : one row a `series` and `statistic` (middle: in per cent, or in the unit where it has
        none; the shares are of 1): `value`, `simulated_p`, `placebo_p` (NaN without any earlier
        date), `dates`, how many there are, and `specifications`, how many were worked.
    """

    table: pd.DataFrame
    replicates: int


def judge_curve(curve: Curve, *, replicates: int = 499) -> CurveTest:
    """Compare the curve of each series of a grid with curves in which nothing happened.

    Parameters
    ----------
    curve : of `run_specifications`.   seed : of the simulated series.
    replicates : simulated series, >= 19.

    Raises
    ------
    InputError : too few replicates.
    """
    refuse_bounds(("number of replicates", replicates, replicates >= 19, "19 or more"))
    rng, tables = np.random.default_rng(SEED), []
    for name, outcome in curve.grid.outcomes.items():
        grid = replace(curve.grid, outcomes={name: outcome})
        assembled = assemble_grid(grid, curve.estimand)
        ready = [made for _, made in assembled if isinstance(made, Ready)]
        if not ready:
            continue
        drawn, past, covariance = _without_effect(grid, ready, replicates, rng)
        rates = np.vstack([outcome.rate, drawn, past])
        rows = _statistics(ready, rates, covariance, curve.alpha)
        own, null = rows[:1], rows[1 : 1 + replicates]
        earlier = rows[1 + replicates :].query("known > @MOST")
        table = pd.DataFrame({
            "series": name,
            "statistic": STATISTICS,
            "value": own.iloc[0][STATISTICS],
            "unit": ["%" if own["shared"].iloc[0] else ready[0].unit, "", ""],
            "simulated_p": _p(own, null),
            "placebo_p": _p(own, earlier) if len(earlier) else np.nan,
            "dates": len(earlier),
            "specifications": len(ready),
        })  # fmt: skip
        tables.append(table)
    return CurveTest(table=pd.concat(tables, ignore_index=True), replicates=replicates)


def _p(own: pd.DataFrame, others: pd.DataFrame) -> np.ndarray:
    """By statistic, the share of curves as far from zero, this one among them; what is not known
    counts."""
    far, size = (curves[["distance", "one_sided", "clear"]].to_numpy() for curves in (own, others))
    return (1 + (~(size < far)).sum(axis=0)) / (1 + len(size))


def _without_effect(
    grid: Grid, ready: Sequence[Ready], replicates: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rates (of N periods, NaN where there are none) that are simulated, and the real ones later by
    one post-period, two and so on; and the mean covariance of the errors."""

    def width(spec: Ready) -> tuple[int, bool, int]:
        of = spec.specification
        return len(spec.rows), in_per_cent(of.scale), len(of.events)

    widest, ((_, series),) = max(ready, key=width), grid.outcomes.items()
    design, asked = design_of(grid, widest.specification), widest.specification.model
    model = cast(Method, asked if asked in METHODS else DEFAULT_MODEL)
    path = design.X_counterfactual.to_numpy() @ fit(design, model).coefficients.to_numpy()
    law, real = find_errors(design, model), series.rate.to_numpy()
    simulated = path + law.draw(len(path), replicates, rng)
    drawn = np.full((replicates, len(real)), np.nan)
    drawn[:, widest.rows] = np.exp(simulated) if design.in_per_cent else simulated
    start = series.periods.get_loc(design.outcome.periods[design.T0])
    ends = np.array([spec.rows[[0, -1]] for spec in ready])
    post = int(ends.max()) + 1 - start
    past = np.full((len(range(post, start, post)), len(real)), np.nan)
    for row, back in zip(past, range(post, start, post), strict=True):
        row[back:] = real[:-back]
    return drawn, past, _covariance(law, int(np.diff(ends).max()) + 1)


def _covariance(law: ErrorLaw, n: int) -> np.ndarray:
    """The covariance (n x n) of errors of a law, on average over its processes."""
    time, grid, share = np.arange(n), law.grid, law.grid.prior * law.sigma**2
    ar1 = (grid.rho ** time[:, None]) @ (share / (1 - grid.rho**2))
    # What has come of a move of the slope in each period before.
    moved = np.maximum(time[:, None] - time, 0.0)
    noise, wandering = share @ grid.tau, share @ grid.q**2
    return ar1[np.abs(time[:, None] - time)] + noise * np.eye(n) + wandering * moved @ moved.T


def _statistics(
    ready: Sequence[Ready], rates: np.ndarray, covariance: np.ndarray, alpha: float
) -> pd.DataFrame:
    """One row a series of rates (B x N): the statistics, and the `distance` of the middle from
    zero; the share of specifications that are `known`; `shared` where the middle is in per cent
    of what was expected."""
    alike: dict[tuple[object, ...], list[Ready]] = {}
    for spec in ready:
        key = spec.rows.tobytes(), spec.specification.scale, spec.problem.X.shape
        alike.setdefault(key, []).append(spec)
    parts = (_estimates(group, rates, covariance, alpha) for group in alike.values())
    estimate, relative, clear = map(np.concatenate, zip(*parts, strict=True))
    shared = bool(np.isfinite(relative[:, 0]).any())  # of the real series, which stands first
    middle = pd.DataFrame(relative if shared else estimate).median().to_numpy()
    known = np.maximum(np.isfinite(estimate).sum(axis=0), 1)
    below, above = estimate < 0, estimate > 0
    side = np.where(below.sum(axis=0) >= above.sum(axis=0), below, above)
    return pd.DataFrame({
        "middle": middle,
        "one_sided": side.sum(axis=0) / known,
        "clear": (side & clear).sum(axis=0) / known,
        "distance": np.abs(from_per_cent(middle) if shared else middle),
        "known": known / len(ready),
        "shared": shared,
    })  # fmt: skip


def _estimates(
    alike: Sequence[Ready], rates: np.ndarray, covariance: np.ndarray, alpha: float
) -> tuple[np.ndarray, ...]:
    """Of S specifications with the same rows, scale and number of columns, S x B each: the
    estimate, the same in per cent of what was expected, and whether its interval is without 0."""
    rows, problems = alike[0].rows, [spec.problem for spec in alike]
    about = [spec.about for spec in alike]
    logs, time = in_per_cent(alike[0].specification.scale), rows - rows[0]
    seen = rates[:, rows]
    root = np.linalg.inv(np.linalg.cholesky(covariance[np.ix_(time, time)]))
    # A rate that is simulated, or was earlier, may not be above 0.
    y = root @ (np.log(np.where(seen > 0, seen, np.nan)) if logs else seen).T
    Q, R = np.linalg.qr(root @ np.stack([problem.X for problem in problems]))
    C = np.stack([problem.C[0] for problem in problems])[..., None]
    weights = (Q @ np.linalg.solve(R.mT, C))[..., 0]
    estimate, df = weights @ y, len(rows) - C.shape[1]
    rss = np.maximum((y**2).sum(axis=0) - ((Q.mT @ y) ** 2).sum(axis=1), 0.0)
    error = np.sqrt((weights**2).sum(axis=1, keepdims=True) * rss / df)
    clear = np.abs(estimate) > special.stdtrit(df, 1 - alpha / 2) * error
    if logs:
        return estimate, to_per_cent(estimate), clear
    none = np.full(len(rates), np.nan)
    observed = np.stack([none if a is None else seen[:, a].mean(axis=1) for a in about])
    before = [np.arange(len(rows)) < spec.before for spec in alike]
    usual = np.stack([usual_rate(seen, each) for each in before])
    return estimate, share_of_expected(observed, observed - estimate, usual), clear
