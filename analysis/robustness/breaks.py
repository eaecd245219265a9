"""Breaks at unknown dates: where the series itself changes, how sure the date is, and whether
there is a break at all.

Conventions: a break is named by the last period before it, as in R's strucchange. The break of
an intervention whose first affected period is T0 is therefore T0 - 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from analysis import show
from analysis.design.scale import in_per_cent, modelled, told, unit_of
from analysis.design.terms import Calendar, base_term, season_pairs, season_term
from analysis.errors import DesignError, refuse_bounds, unknown_name
from analysis.models.ar1.gls import Crossproducts
from analysis.models.ar1.reml import restricted_maximum
from analysis.models.registry import refuse_scale
from analysis.outcome import Outcome, as_period
from analysis.robustness.break_dates import date_intervals
from analysis.robustness.break_search import (
    Gains,
    break_columns,
    candidates_between,
    search_breaks,
    sup_f_p_value,
)

Errors = Literal["ar1", "independent"]
Terms = Literal["level", "level+slope"]
DRAWS = 999
SEED = 20240605


@dataclass(frozen=True, kw_only=True)
class Breaks:
    """Breaks found in one series.

    table : one row a break, oldest first: `break_after` (the last period before it), `estimate`,
        `std_error`, `df` (the jump at the break, with independent or AR(1) errors), `lower` and
        `upper` (its interval given the date), `p_value` (of sup F, for the first break found),
        `unit`, `first_after` and `last_after`, the interval of `break_after`.
    path : F for each candidate date of the first break, indexed by the last period before it.
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

    def contains(self, period: str | pd.Period) -> pd.Series:
        """For each break, whether a change that starts in `period` is inside its interval."""
        before = as_period(period, self.outcome.periods, "period") - 1
        return (self.table["first_after"] <= before) & (before <= self.table["last_after"])

    def sentence(self, period: str | pd.Period) -> str:
        """What was found, and whether a change that starts in `period` fits it."""
        asked = as_period(period, self.outcome.periods, "period")
        inside = self.contains(asked)
        nearest = (self.table["break_after"] - (asked - 1)).map(lambda d: abs(d.n)).idxmin()
        row = self.table.loc[nearest]
        whole = row["first_after"] == self.outcome.periods[0]
        whole = whole and row["last_after"] == self.outcome.periods[-1]
        place = "inside" if inside[nearest] else "outside"
        means = "That is the whole series: the date cannot be told. " if whole else ""
        return (
            f"The break nearest to {show.period_name(asked)} is after "
            f"{show.period_name(row['break_after'])}, with a {100 * (1 - self.alpha):g}% interval "
            f"from {show.period_name(row['first_after'])} to "
            f"{show.period_name(row['last_after'])}. {means}A change that starts in "
            f"{show.period_name(asked)} is {place} it. A test of one break against none gives "
            f"p = {self.p_value:.3f}; "
            f"its F is largest after {show.period_name(self.path.idxmax())}."
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self.table, f"break ({self.terms})")

    def _repr_html_(self) -> str:
        rows = [
            (
                show.period_name(row.break_after),
                f"{show.period_name(row.first_after)} to {show.period_name(row.last_after)}",
                show.amount(row.estimate, row.unit),
            )
            for row in self.table.itertuples()
        ]
        header = ["Last period before the break", f"{100 * (1 - self.alpha):g}% interval", "Jump"]
        memory = (
            f"AR(1) errors, rho = {show.number(self.rho, 2)}"
            if self.errors == "ar1"
            else "no memory"
        )
        caption = (
            f"Breaks that the series shows by itself ({memory}). Largest F: {self.statistic:.1f}, "
            f"p = {show.p_value(self.p_value)} for one break against none"
        )
        return show.table(header, rows, caption=caption)


def find_breaks(
    outcome: Outcome,
    *,
    breaks: int = 1,
    scale: Literal["log", "level"] = "log",
    terms: Terms = "level+slope",
    season: int | str = "auto",
    trim: float = 0.15,
    errors: Errors = "ar1",
    alpha: float = 0.05,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Breaks:
    """Least-squares breaks at unknown dates.

    Several breaks are found one at a time and then each again given the others, until none
    moves (Bai 1997, Econometric Theory 13:315). The interval of a date is that of Bai 1997
    (Review of Economics and Statistics 79:551): each side of a break has a variance of its own,
    the long-run variance where errors are AR(1).

    The test is the supremum of F (Andrews 1993, Econometrica 61:821). With `errors="ar1"` F is
    taken of the series freed of the autocorrelation that fits it without a break (restricted
    maximum likelihood). The p-value is by simulation of that model: (1 + draws at least as
    large) / (1 + draws). A break itself looks like autocorrelation, so this test is cautious:
    it misses small breaks more often than it invents them. Autocorrelation fitted with the
    break would invent them (up to 33% instead of 5% in series of 39 periods).

    Parameters
    ----------
    breaks : how many, >= 1.
    terms : what changes: "level" (the mean), or "level+slope" (mean and trend; a trend is then
        part of the design before the break too).
    season : sine and cosine pairs or "months", the same on both sides; 0 for none.
    trim : least share of the periods on each side of a break, 0 < trim < 0.5.

    Raises
    ------
    InputError : an option out of bounds.
    DesignError : too few periods for so many breaks with this trim.
    """
    for kind, name, known in (("break", terms, Terms), ("errors", errors, Errors)):
        if name not in get_args(known):
            raise unknown_name(f"kind of {kind}", name, get_args(known))
    refuse_bounds(
        ("number of breaks", breaks, breaks >= 1, "1 or more"),
        ("trim", trim, 0 < trim < 0.5, "above 0 and below 0.5"),
        ("alpha", alpha, 0 < alpha < 1, "above 0 and below 1"),
        ("number of draws", draws, draws >= 99, "99 or more"),
    )
    refuse_scale("ar1", outcome, scale)
    time = np.flatnonzero(outcome.values.notna())
    y, base = modelled(outcome, scale).to_numpy()[time], _base(outcome, terms, season)[time]
    least = max(int(np.floor(trim * len(y))), 2)
    _refuse_short(len(y), breaks, least)
    found = search_breaks(y, base, time, terms, breaks, least)
    rho = _rho(y, base, time, errors)
    gain = Gains.of(base, terms, candidates_between(len(y), [], least), time=time, rho=rho)
    path = gain.f(y)
    p_value = sup_f_p_value(gain, path.max(), draws=draws, seed=seed)
    return Breaks(
        outcome=outcome,
        table=_table(outcome, y, base, time, found, scale, terms, errors, alpha).assign(
            p_value=p_value if breaks == 1 else np.nan
        ),
        path=pd.Series(path, index=outcome.periods[time[gain.candidates - 1]], name="F"),
        statistic=float(path.max()),
        p_value=p_value,
        errors=errors,
        rho=rho,
        terms=terms,
        alpha=alpha,
    )


def _rho(y: np.ndarray, X: np.ndarray, time: np.ndarray, errors: str) -> float:
    if errors == "independent":
        return 0.0
    return restricted_maximum(Crossproducts.of(y, X, time))


def _table(
    outcome: Outcome,
    y: np.ndarray,
    base: np.ndarray,
    time: np.ndarray,
    found: list[int],
    scale: str,
    terms: str,
    errors: str,
    alpha: float,
) -> pd.DataFrame:
    """The jump at each break as if its date were known, and the interval of the date."""
    columns = [break_columns(time, first, terms) for first in found]
    X, last = np.hstack([base, *columns]), np.array(found) - 1
    rho = _rho(y, X, time, errors)
    gls = Crossproducts.of(y, X, time).at(np.array([rho]))
    C = np.eye(X.shape[1])[base.shape[1] + np.arange(len(found)) * columns[0].shape[1]]
    jumps = gls.distribution().contrast(C, alpha=alpha)
    ends = date_intervals(
        y - X @ np.linalg.lstsq(X, y, rcond=None)[0],
        last,
        jumps["estimate"].to_numpy(),
        rho=rho,
        alpha=alpha,
    )
    values = told(jumps.to_numpy(), in_per_cent(scale))
    # A break may be anywhere between two figures.
    until = np.append(time[1:] - 1, time[-1])
    return pd.DataFrame(values, columns=jumps.columns).assign(
        unit=unit_of(outcome, scale),
        break_after=outcome.periods[time[last]],
        first_after=outcome.periods[time[ends[:, 0]]],
        last_after=outcome.periods[until[ends[:, 1]]],
    )


def _base(outcome: Outcome, terms: str, season: int | str) -> np.ndarray:
    """Columns that are the same on both sides of a break."""
    base = base_term(len(outcome.values), trend=terms != "level")
    waves = season_term(Calendar.of(outcome), season_pairs(season, outcome))
    return np.hstack([base.columns, waves.columns])


def _refuse_short(n: int, breaks: int, least: int) -> None:
    if n < (breaks + 1) * least:
        raise DesignError(
            f"The series has {n} periods for {breaks} breaks.",
            rule=f"Each of the {breaks + 1} parts has at least {least} periods.",
            remedy="Ask for fewer breaks, use a smaller trim, or a longer series.",
        )
