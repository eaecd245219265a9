"""Breaks at unknown dates: where the series itself changes, how sure the dates are, and whether
there is a break at all.

Conventions: a break is named by the last period before it, as in R's strucchange. The break of
an intervention whose first affected period is T0 is therefore T0 - 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from analysis import show
from analysis.design.scale import Scale, in_per_cent, modelled, told, unit_of
from analysis.design.season import choose_season, season_term
from analysis.design.terms import Calendar, base_term
from analysis.errors import refusal, refuse_bounds
from analysis.models.processes.plug_in import solve_at
from analysis.models.processes.search import Profile
from analysis.models.registry import refuse_scale
from analysis.models.result import SUMMARY
from analysis.outcome import Outcome, as_period
from analysis.robustness.break_search import (
    Gains,
    best_breaks,
    date_interval,
    long_run_variance,
    rounding_of,
    squares_left,
    sup_f_p_value,
    with_breaks,
)
from analysis.show.templates import Told

Errors = Literal["ar1", "hac", "independent"]
Terms = Literal["level", "level+slope"]
# Columns of what `find_breaks` finds.
DATES = ("break_after", "first_after", "last_after")
DRAWS = 999
SEED = 20240605


@dataclass(frozen=True, kw_only=True)
class Breaks(Told, rows="break ({self.terms})"):
    """The breaks found in one series.

    table : one row a break: `break_after` (the last period before it), `estimate`, `std_error`,
        `df` (the jump at the break, with independent or AR(1) errors), `lower` and `upper` (its
        interval given the dates), `p_value` (of sup F), `unit`, `first_after` and `last_after`,
        the interval of `break_after`.
    path : F of one break at each candidate date, indexed by the last period before it.
    statistic, p_value : supremum F of one break against none, and its p-value.
    """

    outcome: Outcome = field(repr=False)
    table: pd.DataFrame
    path: pd.Series = field(repr=False)
    statistic: float
    p_value: float
    errors: Errors
    rho: float
    terms: Terms
    alpha: float

    def period(self, when: str | pd.Period) -> pd.Period:
        """The period of the series that a date means."""
        return as_period(when, self.outcome.periods, "period")

    def contains(self, period: str | pd.Period) -> bool:
        """Whether a change that starts in `period` is inside the interval of a break."""
        before = self.period(period) - 1
        return any(row.first_after <= before <= row.last_after for row in self.table.itertuples())


def find_breaks(
    outcome: Outcome,
    *,
    breaks: int = 1,
    scale: Scale = "log",
    terms: Terms = "level+slope",
    season: int | str = "auto",
    trim: float = 0.15,
    errors: Errors = "ar1",
    alpha: float = 0.05,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Breaks:
    """The least-squares breaks at unknown dates (see `break_search`).

    The interval of a date is that of Bai 1997 (Review of Economics and Statistics 79:551): each
    side of the break has a variance of its own, the long-run variance where errors are AR(1).

    The test is the supremum of F of one break (Andrews 1993, Econometrica 61:821). Unless errors
    are independent F is taken of the series freed of the autocorrelation that fits it without a
    break (restricted maximum likelihood). The p-value is by simulation of that model: (1 + draws
    at least as large) / (1 + draws). A break itself looks like autocorrelation, so this test is
    cautious: it misses small breaks more often than it invents them. Autocorrelation fitted with
    the break would invent them (up to 33% instead of 5% in series of 39 periods).

    Parameters
    ----------
    outcome : the series.
    alpha : 0 < alpha < 1.   draws, seed : of the simulated test; draws >= 99.
    breaks : how many, >= 1; of more than one, the series has no season.
    scale : as of a design; counts on their own scale are searched by their logarithms.
    terms : what changes: "level" (the mean), or "level+slope" (mean and trend; a trend is then
        part of the design before the break too).
    season : sine and cosine pairs or "months", the same on both sides; 0 for none.
    trim : least share of the periods between breaks and on each side, 0 < trim < 0.5, rounded
        down.
    errors : "hac" is "ar1" with the long-run variance on each side as R's kernHAC estimates it,
        for the intervals of the dates.

    Raises
    ------
    InputError : an option out of bounds.
    DesignError : too few periods, no change at all, or several breaks and a season.
    """
    _refuse_options(breaks, trim, alpha, draws)
    scale = "log" if scale == "count" else scale
    refuse_scale("ar1", outcome, scale)
    time, periods = np.flatnonzero(outcome.values.notna()), outcome.periods
    y, base = modelled(outcome, scale).to_numpy()[time], _base(outcome, terms, season)[time]
    least = max(int(np.floor(trim * len(y))), 2 if terms == "level" else 3)
    _refuse_series(breaks, y, base, terms, least)
    firsts = best_breaks(y, base, terms, time=time, count=breaks, least=least)
    rho, candidates = _rho(y, base, time, errors), np.arange(least, len(y) - least + 1)
    gain = Gains.of(base, terms, candidates, time=time, rho=rho)
    path = gain.f(y)
    p_value = sup_f_p_value(gain, path.max(), draws=draws, seed=seed)
    jumps, ends = _jumps(y, base, time, firsts, terms, errors, alpha)
    # A break may be anywhere between two figures.
    until = np.append(time[1:] - 1, time[-1])
    places = np.stack([time[firsts - 1], time[ends[:, 0]], until[ends[:, 1]]])
    dates = dict(zip(DATES, map(periods.take, places), strict=True))
    table = pd.DataFrame(told(jumps, in_per_cent(scale)), columns=SUMMARY)
    return Breaks(
        outcome=outcome,
        table=table.assign(p_value=p_value, unit=unit_of(outcome, scale), **dates),
        path=pd.Series(path, index=periods[time[candidates - 1]], name="F"),
        statistic=float(path.max()),
        p_value=p_value,
        errors=errors,
        rho=rho,
        terms=terms,
        alpha=alpha,
    )


def _refuse_options(breaks: int, trim: float, alpha: float, draws: int) -> None:
    refuse_bounds(
        ("number of breaks", breaks, breaks >= 1, "a whole number, 1 or more"),
        ("trim", trim, 0 < trim < 0.5, "above 0 and below 0.5"),
        ("alpha", alpha, 0 < alpha < 1, "above 0 and below 1"),
        ("number of draws", draws, draws >= 99, "99 or more"),
    )


def _refuse_series(breaks: int, y: np.ndarray, base: np.ndarray, terms: str, least: int) -> None:
    n, width = base.shape
    needed = max(width + 3 + 2 * breaks, least * (breaks + 1))
    if n < needed:
        many = show.many(breaks, "break")
        raise refusal("too short for breaks", n=n, breaks=many, least=least, needed=needed)
    if np.ptp(y) == 0:
        raise refusal("no change at all", value=y[0])
    if breaks > 1 and width > 1 + (terms != "level"):
        raise refusal("breaks beside a season", breaks=breaks)


def _jumps(
    y: np.ndarray,
    base: np.ndarray,
    time: np.ndarray,
    firsts: np.ndarray,
    terms: str,
    errors: str,
    alpha: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Each jump as if the dates were known (k x 6), on the model's scale; the ends of each date."""
    X = with_breaks(base, time, firsts, terms)
    rho = _rho(y, X, time, errors)
    known = solve_at(rho, y[None], X[None], time).distribution()
    steps = np.arange(base.shape[1], X.shape[1], 1 if terms == "level" else 2)
    jumps = known.contrast(np.eye(X.shape[1])[steps], alpha=alpha)[SUMMARY].to_numpy()
    parts = np.split(y - X @ np.linalg.lstsq(X, y, rcond=None)[0], firsts)
    if errors == "hac":
        variances = [long_run_variance(part) for part in parts]
    else:
        variances = [np.mean(part**2) * (1 + rho) / (1 - rho) for part in parts]
    # Where a stretch is fitted exactly, rounding is left.
    spread = np.maximum(variances, rounding_of(y) / len(y))
    ends = [
        date_interval(first - 1, size, *spread[k : k + 2], n=len(y), alpha=alpha)
        for k, (first, size) in enumerate(zip(firsts, jumps[:, 0], strict=True))
    ]
    return jumps, np.array(ends)


def _rho(y: np.ndarray, X: np.ndarray, time: np.ndarray, errors: str) -> float:
    if errors == "independent" or squares_left(y, X) <= rounding_of(y):
        return 0.0
    return float(Profile.of(y[None], X[None], time).maximise(restricted=True)[0])


def _base(outcome: Outcome, terms: str, season: int | str) -> np.ndarray:
    """Columns that are the same on both sides of a break."""
    base = base_term(len(outcome.values), trend=terms != "level")
    known = outcome.values.notna().to_numpy()
    chosen = choose_season(season, outcome, year_before=known.sum() > outcome.steps_per_year)
    return np.hstack([base.columns, season_term(Calendar.of(outcome), chosen, known).columns])
