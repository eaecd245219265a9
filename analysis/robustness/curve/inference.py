"""What a whole curve says: its middle and its shares, against curves in which nothing happened.

The specifications of a curve share their figures, so no count of them is a test. Simonsohn, Simmons
and Nelson (2020, Nature Human Behaviour 4:1208) compare the curve as a whole with curves under no
effect. Here these are of series that are simulated from the process that the longest window of the
grid finds, without the intervention; and of the real series at earlier dates, whose post-periods
share no period. Both are worked on the same specifications.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd

from analysis import show
from analysis.design.scale import from_per_cent, in_per_cent
from analysis.errors import InputError, refuse_bounds
from analysis.models import fit
from analysis.models.batch import METHODS
from analysis.outcome import find_intervention, period_of
from analysis.outcome.written import date_of
from analysis.robustness.curve.assemble import Assembled, assemble_grid, design_of
from analysis.robustness.curve.grid import Grid
from analysis.robustness.curve.specification import Curve, estimate_ready, with_relative
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.placebo import move_intervention
from analysis.robustness.power import find_errors

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
        caption = f"The curve against curves without an effect ({worked} of each)"
        return show.columns(self.table, cells, caption=caption)


def judge_curve(
    curve: Curve, *, replicates: int = 199, most: int = 120, seed: int = SEED
) -> CurveTest:
    """Compare the curve of each series of a grid with curves in which nothing happened.

    Parameters
    ----------
    replicates : simulated series, >= 19.
    most : of more specifications so many are drawn, the same for all curves that are compared.

    Raises
    ------
    InputError : a model that is fitted one series at a time, or too few replicates.
    """
    refuse_bounds(("number of replicates", replicates, replicates >= 19, "19 or more"))
    if slow := set(curve.grid.choices["model"]) - set(METHODS):
        raise InputError(
            f"Model {min(slow)} is fitted one series at a time.",
            rule="A curve is compared with those of thousands of series.",
            remedy=f"Choose among: {', '.join(METHODS)}.",
        )
    rng, tables = np.random.default_rng(seed), []
    for name in dict.fromkeys(curve.table["outcome"]):
        grid = replace(curve.grid, outcomes={name: curve.grid.outcomes[name]})
        found = list(assemble_grid(grid, curve.estimand))
        ready = [place for place, one in enumerate(found) if one.problem]
        places = np.sort(rng.permutation(ready)[:most])
        chosen = [found[place] for place in places]
        drawn = _simulated(grid, [found[place] for place in ready], replicates, rng)
        earlier = [_chosen(one, places, curve.estimand) for one in _earlier(grid, chosen)]
        dated = [
            replace(one, specification=replace(one.specification, outcome=str(date)))
            for date, part in enumerate(earlier)
            for one in part
        ]
        real, null, past = (
            _statistics(grid, part, curve.alpha)
            for part in (chosen, list(_redrawn(chosen, drawn)), dated)
        )
        tables.append(_compared(str(name), real, null, past, len(chosen)))
    return CurveTest(table=pd.concat(tables, ignore_index=True), replicates=replicates, seed=seed)


def _chosen(grid: Grid, places: np.ndarray, estimand: str) -> list[Assembled]:
    """The specifications at these places of a grid; none where most of them cannot be had."""
    whole = list(assemble_grid(grid, estimand))
    found = [whole[place] for place in places if whole[place].problem]
    return found if 2 * len(found) > len(places) else []


def _simulated(
    grid: Grid, ready: Sequence[Assembled], replicates: int, rng: np.random.Generator
) -> np.ndarray:
    """Rates of all periods (replicates x N) without the intervention, NaN outside the window."""

    def width(one: Assembled) -> tuple[int, bool, int]:
        of = one.specification
        return len(cast(Any, one.rows)), in_per_cent(of.scale), len(of.events)

    widest = max(ready, key=width)
    design, model = design_of(grid, widest.specification), cast(Any, widest.specification.model)
    path = design.X_counterfactual.to_numpy() @ fit(design, model).coefficients.to_numpy()
    drawn = path + find_errors(design, model).draw(len(path), replicates, rng)
    (series,) = grid.outcomes.values()
    rates = np.full((replicates, len(series.periods)), np.nan)
    rates[:, widest.rows] = np.exp(drawn) if design.in_per_cent else drawn
    return rates


def _redrawn(chosen: Sequence[Assembled], rates: np.ndarray) -> Iterator[Assembled]:
    """Each specification of each simulated series, whose number stands for its name."""
    for one in chosen:
        of, problem, rows = one.specification, cast(Any, one.problem), cast(Any, one.rows)
        for number, rate in enumerate(rates[:, rows]):
            yield replace(
                one,
                specification=replace(of, outcome=str(number)),
                problem=replace(problem, y=np.log(rate) if in_per_cent(of.scale) else rate),
                observed=np.nan if one.about is None else rate[one.about].mean(),
            )


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


def _statistics(grid: Grid, ready: Sequence[Assembled], alpha: float) -> pd.DataFrame:
    """By series: the statistics, and the `distance` of the middle from zero."""
    if not ready:
        return pd.DataFrame(columns=[*STATISTICS, "distance"], dtype=float)
    table = with_relative(pd.concat(estimate_ready(grid, ready, alpha), ignore_index=True))
    shared = table["relative"].notna().any()
    by = table["outcome"]
    middle = table["relative" if shared else "estimate"].groupby(by, sort=False).median()
    sides = [
        pd.DataFrame({"one_sided": side, "clear": side & excludes_zero(table)}).groupby(by).mean()
        for side in (table["estimate"] < 0, table["estimate"] > 0)
    ]
    found = sides[0].where(sides[0]["one_sided"] >= sides[1]["one_sided"], sides[1])
    distance = from_per_cent(middle) if shared else middle
    unit = "%" if shared else table["unit"].iloc[0]
    return found.assign(middle=middle, distance=np.abs(distance), unit=unit)


def _compared(
    name: str, real: pd.DataFrame, null: pd.DataFrame, past: pd.DataFrame, specifications: int
) -> pd.DataFrame:
    """The rows of one series; what cannot be compared counts as extreme."""
    own = real.iloc[0]

    def p(others: pd.DataFrame, column: str) -> float:
        return (1 + int((~(others[column] < own[column])).sum())) / (1 + len(others))

    rows = [
        {
            "series": name,
            "statistic": statistic,
            "value": own[statistic],
            "unit": own["unit"] if statistic == "middle" else "",
            "simulated_p": p(null, column),
            "placebo_p": p(past, column) if len(past) else np.nan,
            "dates": len(past),
            "specifications": specifications,
        }
        for statistic in STATISTICS
        for column in ["distance" if statistic == "middle" else statistic]
    ]
    return pd.DataFrame(rows)
