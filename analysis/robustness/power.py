"""Power: how large a change this design would have found, and how long it would have taken.

A change that a design can find shifts a contrast and its interval by the same amount and leaves
the residuals as they are. So series without any change tell the power at every size of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, TypeAlias, cast, get_args

import numpy as np
import pandas as pd

from analysis.design import Design, rebuild
from analysis.design.scale import from_per_cent, to_per_cent, unit_of
from analysis.effects.estimands import COLUMNS, contrast_of
from analysis.errors import refusal, refuse_bounds
from analysis.models import fit
from analysis.models.batch import METHODS, Method, Wandering, contrasts
from analysis.models.processes.autoregression import ErrorLaw
from analysis.models.processes.grid import Processes, standard_grid
from analysis.models.registry import DEFAULT_MODEL, find_model
from analysis.outcome import Outcome
from analysis.robustness.estimating import LONG, with_known_rate
from analysis.robustness.kept import kept
from analysis.show.progress import watch
from analysis.show.templates import Told

REPLICATES = 1000
SEED = 20240605
MOST = 8  # lengths that are tried by themselves
LOWER, UPPER = 3, 4
Side: TypeAlias = Literal["fall", "rise"]


@dataclass(frozen=True, kw_only=True)
class Power(Told, rows="power"):
    """The smallest change that is found with the power asked for, by length of the post-period.

    table : `post_periods`, `estimand`, the standard columns. `estimate` is the smallest change
        on that `side` that is found, in `unit`; `lower` and `upper` bound it for the error of
        simulation (95%).
    ends : for each (post_periods, estimand), the intervals in series without a change (R x 2),
        on the scale of the model.
    side : "fall", or "rise" where the design's own estimate is one.
    model : what estimates them.   errors : the processes that are simulated.
    """

    table: pd.DataFrame
    ends: Mapping[tuple[int, str], np.ndarray] = field(repr=False)
    design: Design = field(repr=False)
    power: float
    alpha: float
    side: Side
    model: Method
    errors: ErrorLaw

    def of(
        self, effect: float, *, estimand: str = "average", post_periods: int | None = None
    ) -> float:
        """The share of series in which a change of this size is told from zero, 0 to 1.

        effect : in the unit of the table, negative for a fall (per cent above -100 on a log
            scale).   post_periods : one of those tried; None for the design's own.
        """
        key = int(self.design.post.sum()) if post_periods is None else post_periods, estimand
        if key not in self.ends:
            tried = ", ".join(f"{count} ({name})" for count, name in self.ends)
            raise refusal("power not simulated", asked=key, tried=tried)
        shift = from_per_cent(effect) if self.design.in_per_cent else effect
        lower, upper = self.ends[key].T + shift
        return float(((lower > 0) | (upper < 0)).mean())

    def curve(self, effects: Sequence[float], *, estimand: str = "average") -> pd.DataFrame:
        """Power by size of the effect, one row for each effect and number of post-periods."""
        rows = [
            (count, effect, self.of(effect, estimand=estimand, post_periods=count))
            for count in self.table["post_periods"].unique()
            for effect in effects
        ]
        return pd.DataFrame(rows, columns=["post_periods", "effect", "power"])

    @property
    def label(self) -> str:
        """The model in words."""
        return find_model(self.model).label

    @property
    def wide(self) -> pd.DataFrame:
        """The estimates by number of post-periods (rows) and estimand."""
        return self.table.pivot_table("estimate", "post_periods", "estimand", sort=False)

    @property
    def units(self) -> dict[str, str]:
        """The unit of each estimand."""
        return dict(zip(self.table["estimand"], self.table["unit"], strict=True))


@kept
def simulate_power(
    design: Design,
    *,
    post_periods: Sequence[int] | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    model: str = DEFAULT_MODEL,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> Power:
    """Simulate the design without an effect, and estimate it, for several post-periods.

    Error processes are those that the model finds in the design, each as often as its posterior has
    it.

    Parameters
    ----------
    power : to find the change with, 0 < power < 1.   alpha : as in `estimate_effects`.
    seed : one for all lengths.
    post_periods : lengths to try, each >= 2; None for 2 to twice the design's own, thinned out
        where they are many. The calendar goes on as it is, events included; the intervention is
        taken to go on as well.
    model : one of `METHODS`; any other stands back for the default, which is fast enough, and
        counts for their logarithms.
    replicates : series for each length, >= 100.

    Raises
    ------
    InputError : an option out of bounds.
    DesignError : a length with which the design cannot be identified.
    """
    if design.scale == "count":
        design = rebuild(design, scale="log", season=design.season)
    design = with_known_rate(design)
    lengths = _lengths(design) if post_periods is None else list(post_periods)
    _refuse_options(lengths, power, alpha, replicates)
    wanted = ["level", "average"] if "level" in design.step_columns else ["average"]
    used = cast(Method, model if model in METHODS else DEFAULT_MODEL)
    estimate = partial(_intervals, alpha=alpha, model=used)
    law = find_errors(design, used)
    ends: dict[tuple[int, str], np.ndarray] = {}
    for length in watch(lengths, "Lengths"):
        longer = with_post_periods(design, length)
        # One seed for all lengths: the curve is smooth, and each point is reproducible alone.
        series = law.draw(len(longer.y), replicates, np.random.default_rng(seed))
        intervals = estimate(longer, series, wanted)[..., 1:]
        ends |= {(length, name): intervals[:, k] for k, name in enumerate(wanted)}
    average = estimate(design, design.y.to_numpy()[None], ["average"])[0, 0, 0]
    side: Side = "rise" if average > 0 else "fall"
    return Power(
        table=_table(design, ends, power, side),
        side=side,
        ends=ends,
        design=design,
        power=power,
        alpha=alpha,
        model=used,
        errors=law,
    )


def _refuse_options(lengths: Sequence[int], power: float, alpha: float, replicates: int) -> None:
    shortest, longest = min(lengths, default=0), max(lengths, default=0)
    refuse_bounds(
        ("power", power, 0 < power < 1, "above 0 and below 1"),
        ("number of replicates", replicates, replicates >= 100, "100 or more"),
        ("shortest post-period", shortest, shortest >= 2, "2 or more"),
        ("longest post-period", longest, longest <= 1000, "1,000 or less"),
    )


def _intervals(
    design: Design, series: np.ndarray, estimands: Sequence[str], *, alpha: float, model: Method
) -> np.ndarray:
    """Estimate, lower and upper (R x k x 3) of k estimands in R series (R x n)."""
    C = np.array([contrast_of(design, name) for name in estimands])
    X = design.X.to_numpy()
    return contrasts(series, X[None], C[None], alpha=alpha, model=model)[..., [0, LOWER, UPPER]]


def _lengths(design: Design) -> list[int]:
    """From 2 to twice the design's own post-periods, its own among them, at most about `MOST`.

    A slope begins after a phase-in.
    """
    own = int(design.post.sum())
    least = min(max(2, design.intervention.phase_in + 1), own)
    if len(design.y) > LONG:
        return sorted({max(own // 2, least), own, 2 * own})
    apart = -(-2 * own // MOST)
    return sorted({own, *range(least, 2 * own + 1, apart)})


def with_post_periods(design: Design, count: int) -> Design:
    """The same design in a window that ends after `count` post-periods (a washout left out).

    What is observed in it has no meaning: 1 everywhere.
    """
    first = design.outcome.periods[0]
    periods = pd.period_range(first, periods=design.T0 + count, freq=first.freq)
    flat = Outcome(
        name="simulated",
        values=pd.Series(1.0, index=periods),
        unit=design.outcome.unit,
        kind="measure",
    )
    # Controls have no values beyond the series; their columns hold no part of an effect.
    return rebuild(
        design,
        outcome=flat,
        intervention=replace(design.intervention, last_clean=None),
        scale="level",
        season=design.season,
        washout=None,
        controls=None,
    )


def find_errors(design: Design, model: Method) -> ErrorLaw:
    """The error processes that a model finds in a design, with their posterior weights."""
    known = fit(design, model).known
    wanders = model in get_args(Wandering)
    grid = standard_grid() if wanders else Processes.ar1(known.rho, known.weight)
    return ErrorLaw(grid=replace(grid, prior=known.weight), sigma=known.sigma)


def _table(
    design: Design, ends: Mapping[tuple[int, str], np.ndarray], power: float, side: Side
) -> pd.DataFrame:
    rows = []
    for (length, name), pairs in ends.items():
        # A fall d is found where upper + d < 0, a rise where lower + d > 0; its size at the power
        # asked for is a quantile.
        error = 1.96 * np.sqrt(power * (1 - power) / len(pairs))
        shares = np.clip([power, power + error, power - error], 0, 1)
        sizes = -(
            np.quantile(pairs[:, 1], shares)
            if side == "fall"
            else np.quantile(pairs[:, 0], 1 - shares)
        )
        size, *both = to_per_cent(sizes) if design.in_per_cent else sizes
        low, high = sorted(both)
        unit, spread = unit_of(design.outcome, design.scale, name), abs(low - high) / (2 * 1.96)
        rows.append([length, name, size, spread, np.nan, low, high, np.nan, unit])
    return pd.DataFrame(rows, columns=["post_periods", "estimand", *COLUMNS])
