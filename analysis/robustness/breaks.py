"""A break at an unknown date: where the series itself changes, how sure the date is, and whether
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
from analysis.design.season import choose_season, season_term
from analysis.design.terms import Calendar, base_term
from analysis.errors import DesignError, refuse_bounds, unknown_name
from analysis.models.processes.plug_in import solve_at
from analysis.models.processes.search import Profile
from analysis.models.registry import refuse_scale
from analysis.outcome import Outcome, as_period
from analysis.robustness.break_dates import date_interval
from analysis.robustness.break_search import Gains, break_columns, sup_f_p_value

Errors = Literal["ar1", "independent"]
Terms = Literal["level", "level+slope"]
DRAWS = 999
SEED = 20240605


@dataclass(frozen=True, kw_only=True)
class Breaks:
    """The break found in one series.

    table : one row: `break_after` (the last period before it), `estimate`, `std_error`, `df` (the
        jump at the break, with independent or AR(1) errors), `lower` and `upper` (its interval
        given the date), `p_value` (of sup F), `unit`, `first_after` and `last_after`, the interval
        of `break_after`.
    path : F for each candidate date, indexed by the last period before it.
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

    def contains(self, period: str | pd.Period) -> bool:
        """Whether a change that starts in `period` is inside the interval of the break."""
        before = as_period(period, self.outcome.periods, "period") - 1
        (row,) = self.table.itertuples()
        return bool(row.first_after <= before <= row.last_after)

    def sentence(self, period: str | pd.Period) -> str:
        """What was found, and whether a change that starts in `period` fits it."""
        asked = show.period_name(as_period(period, self.outcome.periods, "period"))
        (row,) = self.table.itertuples()
        first, last = self.outcome.periods[[0, -1]]
        whole = (row.first_after, row.last_after) == (first, last)
        means = "That is the whole series: the date cannot be told. " if whole else ""
        return (
            f"The break is after {show.period_name(row.break_after)}, with a "
            f"{100 * (1 - self.alpha):g}% interval from {show.period_name(row.first_after)} to "
            f"{show.period_name(row.last_after)}. {means}A change that starts in {asked} is "
            f"{'inside' if self.contains(period) else 'outside'} it. A test of one break against "
            f"none gives {show.p_words(self.p_value)}; "
            f"its F is largest after {show.period_name(self.path.idxmax())}."
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self.table, f"break ({self.terms})")

    def _repr_html_(self) -> str:
        (row,) = self.table.itertuples()
        cells = {
            "Last period before the break": show.period_name(row.break_after),
            f"{100 * (1 - self.alpha):g}% interval": f"{show.period_name(row.first_after)} to "
            f"{show.period_name(row.last_after)}",
            "Jump": show.amount(row.estimate, row.unit),
        }
        memory = {"ar1": f"AR(1) errors, rho = {show.number(self.rho, 2)}"}
        caption = (
            f"The break that the series shows by itself ({memory.get(self.errors, 'no memory')}). "
            f"Largest F: {self.statistic:.1f}, {show.p_words(self.p_value)} for one break "
            "against none"
        )
        return show.table(list(cells), [list(cells.values())], caption=caption)


def find_breaks(
    outcome: Outcome,
    *,
    scale: Literal["log", "level"] = "log",
    terms: Terms = "level+slope",
    season: int | str = "auto",
    trim: float = 0.15,
    errors: Errors = "ar1",
    alpha: float = 0.05,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Breaks:
    """The least-squares break at an unknown date.

    The interval of the date is that of Bai 1997 (Review of Economics and Statistics 79:551): each
    side of the break has a variance of its own, the long-run variance where errors are AR(1).

    The test is the supremum of F (Andrews 1993, Econometrica 61:821). With `errors="ar1"` F is
    taken of the series freed of the autocorrelation that fits it without a break (restricted
    maximum likelihood). The p-value is by simulation of that model: (1 + draws at least as
    large) / (1 + draws). A break itself looks like autocorrelation, so this test is cautious:
    it misses small breaks more often than it invents them. Autocorrelation fitted with the
    break would invent them (up to 33% instead of 5% in series of 39 periods).

    Parameters
    ----------
    terms : what changes: "level" (the mean), or "level+slope" (mean and trend; a trend is then
        part of the design before the break too).
    season : sine and cosine pairs or "months", the same on both sides; 0 for none.
    trim : least share of the periods on each side of the break, 0 < trim < 0.5.

    Raises
    ------
    InputError : an option out of bounds.
    DesignError : too few periods.
    """
    _refuse_options(terms, errors, trim, alpha, draws)
    refuse_scale("ar1", outcome, scale)
    time = np.flatnonzero(outcome.values.notna())
    y, base = modelled(outcome, scale).to_numpy()[time], _base(outcome, terms, season)[time]
    _refuse_short(y, base)
    least = max(int(np.floor(trim * len(y))), 2)
    firsts = np.arange(least, len(y) - least + 1)
    first = firsts[np.argmax(Gains.of(base, terms, firsts, time=time).explained(y))]
    jump, ends = _dated(y, base, time, int(first), terms, errors, alpha)
    rho = _rho(y, base, time, errors)
    gain = Gains.of(base, terms, firsts, time=time, rho=rho)
    path = gain.f(y)
    p_value = sup_f_p_value(gain, path.max(), draws=draws, seed=seed)
    # A break may be anywhere between two figures.
    until = np.append(time[1:] - 1, time[-1])
    table = pd.DataFrame(told(jump.to_numpy(), in_per_cent(scale)), columns=jump.columns)
    return Breaks(
        outcome=outcome,
        table=table.assign(
            unit=unit_of(outcome, scale),
            break_after=outcome.periods[time[first - 1]],
            first_after=outcome.periods[time[ends[0]]],
            last_after=outcome.periods[until[ends[1]]],
            p_value=p_value,
        ),
        path=pd.Series(path, index=outcome.periods[time[firsts - 1]], name="F"),
        statistic=float(path.max()),
        p_value=p_value,
        errors=errors,
        rho=rho,
        terms=terms,
        alpha=alpha,
    )


def _refuse_options(terms: str, errors: str, trim: float, alpha: float, draws: int) -> None:
    for kind, name, known in (("break", terms, Terms), ("errors", errors, Errors)):
        if name not in get_args(known):
            raise unknown_name(f"kind of {kind}", name, get_args(known))
    refuse_bounds(
        ("trim", trim, 0 < trim < 0.5, "above 0 and below 0.5"),
        ("alpha", alpha, 0 < alpha < 1, "above 0 and below 1"),
        ("number of draws", draws, draws >= 99, "99 or more"),
    )


def _dated(
    y: np.ndarray,
    base: np.ndarray,
    time: np.ndarray,
    first: int,
    terms: str,
    errors: str,
    alpha: float,
) -> tuple[pd.DataFrame, tuple[int, int]]:
    """The jump as if its date were known, on the model's scale; the ends of the date's interval."""
    X = np.hstack([base, break_columns(time, first, terms)])
    rho = _rho(y, X, time, errors)
    known = solve_at(rho, y[None], X[None], time).distribution()
    jump = known.contrast(np.eye(X.shape[1])[[base.shape[1]]], alpha=alpha)
    residual = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    size = jump["estimate"].item()
    return jump, date_interval(residual, first - 1, size, rho=rho, alpha=alpha)


def _rho(y: np.ndarray, X: np.ndarray, time: np.ndarray, errors: str) -> float:
    if errors == "independent":
        return 0.0
    return float(Profile.of(y[None], X[None], time).maximise(restricted=True)[0])


def _base(outcome: Outcome, terms: str, season: int | str) -> np.ndarray:
    """Columns that are the same on both sides of a break."""
    base = base_term(len(outcome.values), trend=terms != "level")
    known = outcome.values.notna().to_numpy()
    chosen = choose_season(season, outcome, year_before=known.sum() > outcome.steps_per_year)
    return np.hstack([base.columns, season_term(Calendar.of(outcome), chosen, known).columns])


def _refuse_short(y: np.ndarray, base: np.ndarray) -> None:
    least = base.shape[1] + 5
    if len(y) < least:
        raise DesignError(
            f"The series has {len(y)} figures.",
            rule=f"A break with these terms needs at least {least}.",
            remedy="Use a longer series, fewer terms, or season=0.",
        )
