"""Weekly figures: the weeks of holidays, and the first weeks beside what was said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.border.claims.ledger import load_claims
from analysis.design import Design, build_design
from analysis.errors import refusal, refuse_bounds
from analysis.outcome import Outcome, Which, find_intervention
from analysis.show.templates import Told

PHASE_IN = 5
HOLIDAYS = {"Christmas": (12, 25), "New Year": (1, 1)}


@dataclass(frozen=True, kw_only=True)
class FirstWeeks(Told):
    """The first periods after the intervention beside the figures given out at the time.

    table : `period`, `mean_a_day`, `estimate` (change against the base period, "%"), `unit`,
        `press` and `press_mean` (the change and the mean a day given out just after this period,
        if any), `who`.
    """

    table: pd.DataFrame = field(repr=False)
    base: pd.Period
    caveats: tuple[str, ...]

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        keys = [show.period_name(period) for period in self.table["period"]]
        table = self.table.set_index(pd.Index(keys, name="fit"))
        return show.with_table(self._repr_html_(), table)


def holiday_weeks(periods: pd.PeriodIndex) -> dict[str, pd.Series]:
    """For each holiday, 1 in the periods that hold its day and 0 in others, for `controls`.

    A holiday of which the window has no day is left out.

    Parameters
    ----------
    periods : weeks.

    Raises
    ------
    InputError : the periods are not weeks.
    """
    if periods.freqstr[0] != "W":
        raise refusal("not weekly", frequency=periods.freqstr)
    first, last = periods.start_time, periods.end_time
    held = {}
    for name, (month, day) in HOLIDAYS.items():
        days = [pd.Timestamp(year, month, day) for year in range(first[0].year, last[-1].year + 1)]
        inside = np.array([((first <= date) & (date <= last)) for date in days]).any(axis=0)
        if inside.any():
            held[name] = pd.Series(inside.astype(float), index=periods)
    return held


def weekly_design(
    outcome: Outcome,
    intervention: Which = "asylum-restrictions",
    *,
    events: Sequence[Which] = (),
    season: int | str = "auto",
    phase_in: int = PHASE_IN,
    holidays: bool = True,
) -> Design:
    """The design of weekly data: a phase-in of 5 weeks, and the weeks of two holidays.

    The fall of June 2024 took about four weeks, so that a step at once would describe it badly.

    Parameters
    ----------
    outcome : a weekly series.   holidays : whether the weeks of two holidays have terms.
    intervention, events, season, phase_in : as in `build_design`.

    Raises
    ------
    InputError, DesignError : as `build_design`; a series that is not weekly.
    """
    return build_design(
        outcome,
        intervention,
        events=events,
        season=season,
        phase_in=phase_in,
        controls=holiday_weeks(outcome.periods) if holidays else None,
    )


def first_weeks(
    outcome: Outcome,
    intervention: Which = "asylum-restrictions",
    *,
    count: int = 8,
) -> FirstWeeks:
    """The first periods from the intervention on, beside the claims of the ledger about them.

    They are compared with the last whole period before. Of the claims those that weekly figures
    check are shown, each in the last whole week before it was made.

    Parameters
    ----------
    outcome : a series; claims are beside a weekly one.
    intervention : by name, by date or as an object.
    count : periods to show, >= 1.

    Raises
    ------
    InputError : a window that the series does not cover, or `count` below 1.
    """
    refuse_bounds(("number of periods", count, count >= 1, "1 or more"))
    main = find_intervention(intervention, outcome.catalogue)
    start = pd.Period(main.start, freq=outcome.periods.freq)
    against = start - 1
    last = start + count - 1
    rate = outcome.window(*(str(period.start_time.date()) for period in (against, last))).rate
    table = pd.DataFrame({"period": rate[start:].index, "mean_a_day": rate[start:].to_numpy()})
    table["estimate"] = 100 * (table["mean_a_day"] / rate[against] - 1)
    table["unit"] = "%"
    table = table.join(_said(outcome, main.start), on="period").fillna({"who": ""})
    return FirstWeeks(table=table, base=against, caveats=outcome.caveats)


def _said(outcome: Outcome, start: date) -> pd.DataFrame:
    """Claims checked by weekly figures, by the last whole week before they were made."""
    rows = [
        {
            "period": pd.Period(claim.when, freq=outcome.periods.freq) - 1,
            "press" if claim.claimed.unit == "%" else "press_mean": claim.claimed.value,
            "who": claim.who,
        }
        for claim in load_claims()
        if claim.check and claim.check.series.get("frequency") == "weekly"
        if outcome.step == "week" and claim.when and claim.when >= start
    ]
    said = pd.DataFrame(rows, columns=["period", "press", "press_mean", "who"])
    figures = said.groupby("period")[["press", "press_mean"]].last().astype(float)
    who = said.groupby("period")["who"].agg(lambda names: "; ".join(dict.fromkeys(names)))
    return figures.join(who)
