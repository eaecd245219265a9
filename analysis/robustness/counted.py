"""What was counted, without a model: series set to 100, and means before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis import show
from analysis.errors import refusal, refuse_bounds
from analysis.outcome import Intervention, Outcome, Which, find_intervention, known_events
from analysis.show.templates import Told


@dataclass(frozen=True, kw_only=True)
class Indexed(show.Shown):
    """Series as means a day, each with its mean before the intervention set to 100.

    frame : one column a series.   trends : the straight line through the log of each before the
        intervention, as a picture of how they went, not an estimate; NaN afterwards.
    """

    frame: pd.DataFrame = field(repr=False)
    trends: pd.DataFrame = field(repr=False)
    intervention: Intervention


@dataclass(frozen=True, kw_only=True)
class Counted(Told, rows=""):
    """Means a day before and after an intervention, as they were counted.

    table : `label`, `before` and `after` (means a day), `estimate` (the change in `unit`, "%"),
        `highest` (the period of the highest mean a day from the first period used on), `peak`
        (its mean a day), `last` (the mean a day of the last period), `end` (that period).
    span : how many periods before are used.
    """

    table: pd.DataFrame = field(repr=False)
    span: int
    step: str


def index_groups(groups: Mapping[str, Outcome], intervention: Which) -> Indexed:
    """Set several series to 100 before an intervention, each with its own straight line.

    Parameters
    ----------
    groups : series by name.   intervention : by name, by date or as an object.

    Raises
    ------
    InputError : fewer than two periods before the intervention, or a zero in a series.
    """
    main = find_intervention(intervention, known_events(groups.values()))
    frame, trends = {}, {}
    for name, outcome in groups.items():
        rate = outcome.rate
        pre = outcome.periods.end_time < pd.Timestamp(main.start)
        if pre.sum() < 2 or (rate <= 0).any():
            count, least = int(pre.sum()), rate.min()
            raise refusal("no index", name=name, count=count, start=main.start, least=least)
        index = 100 * rate / rate[pre].mean()
        line = np.polynomial.Polynomial.fit(np.flatnonzero(pre), np.log(index[pre]), 1)
        frame[name] = index
        trends[name] = pd.Series(np.exp(line(np.arange(len(index)))), index.index).where(pre)
    return Indexed(frame=pd.DataFrame(frame), trends=pd.DataFrame(trends), intervention=main)


def count_before_after(
    outcomes: Mapping[str, Outcome],
    intervention: Which,
    *,
    span: int = 12,
    end: str | None = None,
) -> Counted:
    """Means a day in the last `span` whole periods before, and in the whole periods after.

    Twelve months before hold each season once; the months after do not, so the change is what
    was counted and no estimate of an effect. The period of the start itself is in neither.

    Parameters
    ----------
    outcomes : by name.   intervention : by name, by date or as an object.
    span : periods before, >= 1.   end : the last period; None for each series' own.

    Raises
    ------
    InputError : `span` below 1, or a series has no whole period before or after (names it).
    """
    refuse_bounds(("number of periods before", span, span >= 1, "1 or more"))
    main = find_intervention(intervention, known_events(outcomes.values()))
    rows = {}
    for name, outcome in outcomes.items():
        last = outcome.last_by(end)
        window = outcome.window(end=last)
        start, known = pd.Timestamp(main.start), window.values.dropna()
        before = known[known.index.end_time < start].iloc[-span:]
        after = known[known.index.start_time >= start]
        if before.empty or after.empty:
            raise refusal(
                "nothing before or after", name=name, outcome=outcome, last=last, start=main.start
            )
        rate = window.rate[before.index[0] :].dropna()
        rows[name] = {
            "label": name,
            "before": before.sum() / window.days[before.index].sum(),
            "after": after.sum() / window.days[after.index].sum(),
            "unit": "%",
            "highest": rate.idxmax(),
            "peak": rate.max(),
            "last": rate.iloc[-1],
            "end": rate.index[-1],
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("fit")
    table.insert(3, "estimate", 100 * (table["after"] / table["before"] - 1))
    return Counted(table=table, span=span, step=next(iter(outcomes.values())).step)
