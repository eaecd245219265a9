"""How far the estimate depends on the window, on a phase-in and on measured confounders.

A covariate that the intervention itself may move takes part of the effect away with it: a bad
control (Angrist and Pischke 2009, Mostly Harmless Econometrics, section 3.2.3). It is marked, and
no estimate with it stands without the one beside it that has the same window and goes without.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design, rebuild
from analysis.effects.estimands import contrast_of
from analysis.errors import refusal
from analysis.given import refuse_kinds
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import Outcome
from analysis.robustness.estimating import (
    NO_OPTIONS,
    Varied,
    estimate_designs,
    every,
    excludes_zero,
    in_window,
    try_designs,
    with_known_rate,
)
from analysis.robustness.kept import kept

Change = Literal["start", "end", "left out"]
# The estimands that a phase-in is varied for, in a reader's words.
ESTIMANDS = {"level": "when complete", "average": "on average", "last": "at the end"}


@dataclass(frozen=True, kw_only=True)
class Windows(Varied, rows="windows"):
    """The estimate in every window tried.

    table : `change` ("start", "end" or "left out"), `period` (the new first or last period, or
        the one left out), `chosen` (the design as it is), the standard columns.
    """

    def part(self, change: Change) -> pd.DataFrame:
        """The rows of one kind of change."""
        return self.table[self.table["change"] == change]

    @property
    def by_change(self) -> pd.DataFrame:
        """For each kind of change: how many, least, greatest, share of intervals without 0."""
        kinds = self.table.groupby("change", sort=False)
        return pd.DataFrame(
            {
                "count": kinds.size(),
                "least": kinds["estimate"].min(),
                "greatest": kinds["estimate"].max(),
                "least_period": kinds.apply(lambda k: k.loc[k["estimate"].idxmin(), "period"]),
                "greatest_period": kinds.apply(lambda k: k.loc[k["estimate"].idxmax(), "period"]),
                "share_without_zero": kinds.apply(lambda k: excludes_zero(k).mean()),
                "unit": kinds["unit"].first(),
            }
        )


@kept
def vary_windows(
    design: Design,
    *,
    history: Outcome | None = None,
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] = NO_OPTIONS,
    controls: Mapping[str, pd.Series] | None = None,
    alpha: float = 0.05,
) -> Windows:
    """Refit from every start, to every end, and without each single period.

    A start leaves a year before the intervention. With another end the average is over the
    post-periods until that end. With a period left out the fit goes without it but the average
    stays over all post-periods, so that what changes is the period's weight in the fit and not the
    question. Events that a window does not hold are left out of its fit. Of a series of many
    hundred periods some of each are tried.

    Parameters
    ----------
    model, options, alpha : as in `run_placebos`.
    history : a longer series for earlier starts; None for the design's own outcome.
    controls : the control series of the design over all of `history`; None for its own.

    Raises
    ------
    InputError : no window can be run, or alpha outside its bounds.
    """
    design = with_known_rate(design, model, options)
    history = design.outcome if history is None else history
    periods, known, whole = design.outcome.periods, history.periods, contrast_of(design, "average")
    first, last = periods[[0, -1]]
    last_start = periods[design.T0] - round(history.steps_per_year)
    tried: dict[Change, pd.PeriodIndex] = {
        "start": known[known <= last_start][::-1],
        "end": periods[design.T0 + 1 :][::-1],
        "left out": design.periods,
    }

    def change_to(key: tuple[Change, pd.Period]) -> Design:
        change, period = key
        if change == "left out":
            return _without(design, period)
        ends = (period, last) if change == "start" else (first, period)
        return in_window(design, history.window(*ends), controls=controls)

    chosen = {("start", first), ("end", last)}
    asked: list[tuple[Change, pd.Period]] = []
    for change, every_period in tried.items():
        some = set(every_period[:: every(len(every_period), len(design.y))])
        asked += [(change, p) for p in sorted(every_period) if p in some or (change, p) in chosen]
    designs, left_out = try_designs(asked, change_to, "no windows")
    contrasts = [
        whole if change == "left out" else contrast_of(changed, "average")
        for (change, _), changed in designs.items()
    ]
    how: Any = {"contrasts": contrasts, "model": model, "options": options, "alpha": alpha}
    keys = pd.DataFrame(list(designs), columns=["change", "period"])
    keys["chosen"] = [key in chosen for key in designs]
    table = keys.join(estimate_designs(designs.values(), "average", **how))
    return Windows(table=table, left_out=left_out, design=design, alpha=alpha)


def _without(design: Design, period: pd.Period) -> Design:
    """The design without one period; refused where its terms cannot be told apart then."""
    fewer = design.take(design.periods != period)
    if np.linalg.matrix_rank(fewer.X.to_numpy()) < fewer.X.shape[1]:
        raise refusal("clash without a period", period=period)
    return fewer


@dataclass(frozen=True, kw_only=True)
class PhaseIns(Varied, rows="phase-in of {row.phase_in}"):
    """The estimate for each number of periods until the full effect.

    table : `phase_in`, `estimand`, `chosen`, the standard columns.
    """

    def called(self, row: pd.Series) -> str:
        """What a row is of, in words."""
        return f"{phase_name(row.phase_in, self.step)}, {ESTIMANDS[row.estimand]}"


def vary_phase_in(
    design: Design,
    *,
    phase_ins: Sequence[int] = tuple(range(9)),
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] = NO_OPTIONS,
    alpha: float = 0.05,
) -> PhaseIns:
    """The design with other numbers of periods until the full effect.

    Parameters
    ----------
    model, options, alpha : as in `run_placebos`.
    phase_ins : numbers of periods >= 0; 0 and 1 are both a step at once.

    Raises
    ------
    InputError : none of them can be run.
    """
    designs, left_out = try_designs(
        phase_ins,
        lambda phase_in: rebuild(design, season=design.season, phase_in=phase_in),
        "no phase-ins",
    )
    keys = pd.DataFrame({"phase_in": list(designs)})
    keys["chosen"] = keys["phase_in"] == design.intervention.phase_in
    how: Any = {"model": model, "options": options, "alpha": alpha}
    tables = [
        keys.join(estimate_designs(designs.values(), name, **how)).assign(estimand=name)
        for name in ("level", "average")
    ]
    table = pd.concat(tables, ignore_index=True)
    return PhaseIns(table=table, left_out=left_out, design=design, alpha=alpha)


def phase_name(phase_in: int, step: str) -> str:
    """A number of periods until the full effect in words; 0 and 1 are both a step at once."""
    return "0 (at once)" if phase_in == 0 else f"{phase_in} {step}{'s' * (phase_in > 1)}"


@dataclass(frozen=True, kw_only=True)
class Covariate(show.Shown):
    """A series that may explain a change, as it enters a design.

    label : its name for a reader.
    values : by period, in logs where that is meant; they may begin before the design.
    lags : the periods >= 0 by which it is moved back, a column each: 1 acts a period later.
    moved_by : how the intervention may move it; "" where it cannot.
    """

    label: str
    values: pd.Series = field(repr=False)
    lags: tuple[int, ...] = (0,)
    moved_by: str = ""

    def __post_init__(self) -> None:
        """Refuse a value of another kind, no lag, and one that looks ahead."""
        refuse_kinds(Covariate, vars(self))
        if not self.lags or min(self.lags) < 0:
            raise refusal("lags of a covariate", label=self.label, lags=self.lags)

    @property
    def name(self) -> str:
        """Its label, with its lags where it does not act in its own period alone."""
        lags = show.join_words([str(lag) for lag in self.lags])
        word = "lag" if len(self.lags) == 1 else "lags"
        return self.label if self.lags == (0,) else f"{self.label}, {word} {lags}"

    def columns(self, periods: pd.PeriodIndex) -> pd.DataFrame:
        """A column a lag, from the first to the last period in which all are known."""
        known = self.values.dropna()
        moved = {f"{self.label} {k}": known.set_axis(known.index + k) for k in self.lags}
        table = pd.DataFrame(moved).reindex(periods)
        whole = table.dropna().index
        return table.loc[whole[0] : whole[-1]] if len(whole) else table[:0]


@dataclass(frozen=True, kw_only=True)
class Confounders(Varied, rows="{row.covariate}: {row.side}"):
    """The average effect without and with each covariate.

    table : two rows a covariate: `covariate`, `side` ("without", "with"), `first` and `last` period
        of the window that both have, `moved_by`, the standard columns.
    """

    def side(self, which: str) -> pd.DataFrame:
        """One row a covariate: the estimates "without", or "with" it."""
        return self.table[self.table["side"] == which].set_index("covariate")

    @property
    def shortened(self) -> pd.DataFrame:
        """Those whose figures end before the design does."""
        known = self.side("with")
        return known[known["last"] < self.design.periods[-1]]


def vary_confounders(
    design: Design,
    covariates: Iterable[Covariate],
    *,
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] = NO_OPTIONS,
    alpha: float = 0.05,
) -> Confounders:
    """The average effect without and with each covariate beside the design's own terms.

    Where a covariate is not known over the whole window, the window of both estimates is cut to
    what it has: an average over fewer periods is another question, also without it.

    Parameters
    ----------
    design : without the covariates.   covariates : of `Covariate`.
    model, options, alpha : as in `run_placebos`.

    Raises
    ------
    InputError : none can be estimated.
    """
    outcome, own = design.outcome, design.choices["controls"]
    known = {covariate.name: covariate for covariate in covariates}

    def pair(name: str) -> dict[str, Design]:
        columns = known[name].columns(outcome.periods)
        first, last = columns.index[[0, -1]] if len(columns) else (outcome.periods[0],) * 2
        window = outcome.window(first, last)
        both = {"without": own, "with": {**own, **columns}}
        return {side: in_window(design, window, controls=c) for side, c in both.items()}

    pairs, left_out = try_designs(known, pair, "no covariates")
    designs = {(name, side): d for name, both in pairs.items() for side, d in both.items()}
    keys = [
        (name, side, *changed.periods[[0, -1]], known[name].moved_by)
        for (name, side), changed in designs.items()
    ]
    how: Any = {"model": model, "options": options, "alpha": alpha}
    table = pd.DataFrame(keys, columns=["covariate", "side", "first", "last", "moved_by"])
    table = table.join(estimate_designs(designs.values(), "average", **how))
    return Confounders(table=table, left_out=left_out, design=design, alpha=alpha)
