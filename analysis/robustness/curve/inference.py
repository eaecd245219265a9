"""What a whole curve says: its middle and its shares, against curves in which nothing happened.

The specifications of a curve share their figures, so no count of them is a test. Simonsohn, Simmons
and Nelson (2020, Nature Human Behaviour 4:1208) compare the curve as a whole with curves under no
effect. Here these are of series that are simulated from the errors that the widest specification
finds, without the intervention; and of the real series at earlier dates, whose post-periods share
no period.

All are worked alike, by what is linear in the series: generalised least squares under the mean
covariance of these errors. A design is then worked once for the real series and all simulated ones,
and every specification is. That simplifies the test, not the curve: a p needs one measure for all
that it compares, not the best for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import special

from analysis import show
from analysis.design.scale import from_per_cent, in_per_cent, to_per_cent
from analysis.errors import refuse_bounds
from analysis.kept import kept
from analysis.models import fit
from analysis.models.batch import METHODS, Method
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import find_intervention, period_of
from analysis.outcome.written import date_of
from analysis.robustness.curve.assemble import Assembled, assemble_grid, design_of
from analysis.robustness.curve.grid import Grid
from analysis.robustness.curve.specification import Curve
from analysis.robustness.placebo import move_intervention
from analysis.robustness.power import ErrorLaw, find_errors

SEED = 20240605
STATISTICS = {
    "middle": "Middle estimate",
    "one_sided": "On one side of zero",
    "clear": "The same, with intervals without zero",
}


@dataclass(frozen=True, kw_only=True)
class CurveTest(show.Shown):
    """Each series' curve against curves without an effect.

    table : one row a `series` and `statistic` (middle: in per cent, or in the unit where it has
        none; the shares are of 1): `value`, `simulated_p`, `placebo_p` (NaN without any earlier
        date), `dates`, how many there are, and `specifications`, how many were worked.
    """

    table: pd.DataFrame
    replicates: int
    seed: int

    def sentence(self) -> str:
        """For each series, how often a curve without an effect has a middle as far from zero."""
        parts = []
        for name, rows in self.table.groupby("series", sort=False):
            row = rows.set_index("statistic").loc["middle"]
            earlier = (
                f"; at {show.many(row['dates'], 'earlier date')} {show.p_words(row['placebo_p'])}"
            )
            parts.append(
                f"{show.capital(str(name))}: {show.p_words(row['simulated_p'])} on "
                f"{show.number(self.replicates)} simulated series without an effect"
                f"{earlier if row['dates'] else ''}."
            )
        return "How often is the middle of a curve as far from zero by chance? " + " ".join(parts)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self.table, "test of the curve")

    def _repr_html_(self) -> str:
        def value(row: pd.Series) -> str:
            if row["statistic"] == "middle":
                return show.amount(row["value"], row["unit"])
            return f"{show.number(100 * row['value'])}%"

        cells = {
            "Series": lambda row: show.capital(row["series"]),
            "Of the curve": lambda row: STATISTICS[row["statistic"]],
            "Value": value,
            "p, simulated": lambda row: show.p_value(row["simulated_p"]),
            "p, earlier dates": lambda row: show.p_value(row["placebo_p"]) or "none",
        }
        worked = show.many(self.table["specifications"].max(), "specification")
        caption = (
            f"The curve against curves without an effect ({worked} of each; all by generalised "
            "least squares, so the values are not quite those of the curve)"
        )
        return show.columns(self.table, cells, caption=caption)


@kept
def judge_curve(curve: Curve, *, replicates: int = 199, seed: int = SEED) -> CurveTest:
    """Compare the curve of each series of a grid with curves in which nothing happened.

    Parameters
    ----------
    replicates : simulated series, >= 19.

    Raises
    ------
    InputError : too few replicates.
    """
    refuse_bounds(("number of replicates", replicates, replicates >= 19, "19 or more"))
    rng, tables = np.random.default_rng(seed), []
    for name, outcome in curve.grid.outcomes.items():
        grid = replace(curve.grid, outcomes={name: outcome})
        ready = _ready(grid, curve.estimand)
        if not ready:
            continue
        rates, covariance = _without_effect(grid, ready, replicates, rng)
        rates[0] = outcome.rate
        null = _statistics(ready, rates, covariance, curve.alpha)
        earlier = (_ready(moved, curve.estimand) for moved in _earlier(grid, ready))
        past = [
            _statistics(moved, rates[:1], covariance, curve.alpha)
            for moved in earlier
            if 2 * len(moved) > len(ready)
        ]
        compared = {"simulated_p": null, "placebo_p": pd.concat([null[:1], *past])}
        tables.append(
            pd.DataFrame(
                {
                    "series": name,
                    "statistic": [*STATISTICS],
                    "value": null.iloc[0][[*STATISTICS]],
                    "unit": ["%" if null["shared"].iloc[0] else ready[0].unit, "", ""],
                    **{column: _extreme(rows) for column, rows in compared.items()},
                    "dates": len(past),
                    "specifications": len(ready),
                }
            )
        )
    return CurveTest(table=pd.concat(tables, ignore_index=True), replicates=replicates, seed=seed)


def _ready(grid: Grid, estimand: str) -> list[Assembled]:
    return [one for one in assemble_grid(grid, estimand) if one.problem]


def _extreme(rows: pd.DataFrame) -> np.ndarray:
    """By statistic, the share of curves as far from zero as the first; what is not known counts."""
    size = rows[["distance", "one_sided", "clear"]].to_numpy()
    found = (~(size < size[0])).mean(axis=0)
    return found if len(rows) > 1 else np.full_like(found, np.nan)


def _without_effect(
    grid: Grid, ready: Sequence[Assembled], replicates: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rates of all periods without the intervention, the first row left free (1 + replicates x N),
    NaN outside the window; and the mean covariance of the errors."""

    def width(one: Assembled) -> tuple[int, bool, int]:
        of = one.specification
        return len(cast(Any, one.rows)), in_per_cent(of.scale), len(of.events)

    widest = max(ready, key=width)
    design, asked = design_of(grid, widest.specification), widest.specification.model
    model = cast(Method, asked if asked in METHODS else DEFAULT_MODEL)
    path = design.X_counterfactual.to_numpy() @ fit(design, model).coefficients.to_numpy()
    law = find_errors(design, model)
    drawn = path + law.draw(len(path), replicates, rng)
    (series,) = grid.outcomes.values()
    rates = np.full((1 + replicates, len(series.periods)), np.nan)
    rates[1:, widest.rows] = np.exp(drawn) if design.in_per_cent else drawn
    return rates, _covariance(law, int(design.time[-1]) + 1)


def _covariance(law: ErrorLaw, n: int) -> np.ndarray:
    """The covariance (n x n) of errors of a law, on average over its processes."""
    time, share = np.arange(n), law.weight * law.sigma**2
    ar1 = (law.rho ** time[:, None]) @ (share / (1 - law.rho**2))
    # What has come of a move of the slope in each period before.
    moved = np.maximum(time[:, None] - time, 0.0)
    noise, wandering = share @ law.tau, share @ law.q**2
    return ar1[np.abs(time[:, None] - time)] + noise * np.eye(n) + wandering * moved @ moved.T


def _statistics(
    ready: Sequence[Assembled], rates: np.ndarray, covariance: np.ndarray, alpha: float
) -> pd.DataFrame:
    """One row a series of rates (B x N): the statistics, and the `distance` of the middle from
    zero; `shared` where the middle is in per cent of what was expected."""
    alike: dict[tuple[object, ...], list[Assembled]] = {}
    for one in ready:
        key = cast(Any, one.rows).tobytes(), one.specification.scale, cast(Any, one.problem).X.shape
        alike.setdefault(key, []).append(one)
    parts = (_estimates(group, rates, covariance, alpha) for group in alike.values())
    estimate, relative, clear = map(np.concatenate, zip(*parts, strict=True))
    shared = bool(np.isfinite(relative).any())
    middle = pd.DataFrame(relative if shared else estimate).median().to_numpy()
    below, above = estimate < 0, estimate > 0
    side = np.where(below.mean(axis=0) >= above.mean(axis=0), below, above)
    return pd.DataFrame(
        {
            "middle": middle,
            "one_sided": side.mean(axis=0),
            "clear": (side & clear).mean(axis=0),
            "distance": np.abs(from_per_cent(middle) if shared else middle),
            "shared": shared,
        }
    )


def _estimates(
    alike: Sequence[Assembled], rates: np.ndarray, covariance: np.ndarray, alpha: float
) -> tuple[np.ndarray, ...]:
    """Of S specifications with the same rows, scale and number of columns, S x B each: the
    estimate, the same in per cent of what was expected, and whether its interval is without 0."""
    rows, problems = cast(Any, alike[0].rows), [cast(Any, one.problem) for one in alike]
    about = [one.about for one in alike]
    logs, time = in_per_cent(alike[0].specification.scale), rows - rows[0]
    seen = rates[:, rows]
    root = np.linalg.inv(np.linalg.cholesky(covariance[np.ix_(time, time)]))
    with np.errstate(invalid="ignore", divide="ignore"):  # a simulated rate may not be above 0
        y = root @ (np.log(seen) if logs else seen).T
    Q, R = np.linalg.qr(root @ np.stack([problem.X for problem in problems]))
    C = np.stack([problem.C[0] for problem in problems])[..., None]
    weights = (Q @ np.linalg.solve(R.mT, C))[..., 0]
    estimate, df = weights @ y, len(rows) - C.shape[1]
    rss = (y**2).sum(axis=0) - ((Q.mT @ y) ** 2).sum(axis=1)
    error = np.sqrt((weights**2).sum(axis=1, keepdims=True) * rss / df)
    clear = np.abs(estimate) > special.stdtrit(df, 1 - alpha / 2) * error
    if logs:
        return estimate, to_per_cent(estimate), clear
    none = np.full(len(rates), np.nan)
    observed = np.stack([none if a is None else seen[:, a].mean(axis=1) for a in about])
    expected = observed - estimate
    share = 100 * estimate / np.where((expected > 0) & (observed >= 0), expected, np.nan)
    return estimate, share, clear


def _earlier(grid: Grid, chosen: Sequence[Assembled]) -> Iterator[Grid]:
    """The grid moved back by its post-period, twice as far, and so on.

    An event stays where all windows that are moved hold periods before and after its start.
    """
    ((name, series),) = grid.outcomes.items()
    periods, known, choices = series.periods, grid.events, grid.choices
    began = {
        which: period_of(find_intervention(which, known).start, periods)
        for which in choices["intervention"]
    }
    real = periods.get_loc(min(began.values()))
    firsts = [int(cast(Any, one.rows)[0]) for one in chosen]
    lasts = [int(cast(Any, one.rows)[-1]) for one in chosen]
    post = max(lasts) - real + 1

    def moved(text: str | None, back: int, *, start: bool) -> str | None:
        if text is None:
            return None if start else date_of(periods[max(lasts) - back])
        found = (
            series.window(text, None).periods[0] if start else series.window(None, text).periods[-1]
        )
        return date_of(found - back)

    for back in range(post, real, post):
        placebos = {
            which: move_intervention(find_intervention(which, known), period, back)
            for which, period in began.items()
        }
        held = periods[max(max(firsts) - back, 0)].end_time, periods[real - back].start_time
        kept = {n for n, e in known.items() if held[0] < pd.Timestamp(e.start) < held[1]}
        catalogue = {**series.catalogue, **{one.name: one for one in placebos.values()}}
        yield Grid(
            outcomes={name: replace(series, catalogue=catalogue)},
            choices={
                **choices,
                "start": tuple(moved(each, back, start=True) for each in choices["start"]),
                "end": tuple(moved(each, back, start=False) for each in choices["end"]),
                "intervention": tuple(one.name for one in placebos.values()),
                "events": tuple(tuple(e for e in part if e in kept) for part in choices["events"]),
            },
        )
