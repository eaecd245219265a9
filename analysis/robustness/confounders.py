"""Measured confounders: the estimate without and with each covariate, in one window.

A covariate that the intervention itself may move takes part of the effect away with it: a bad
control (Angrist and Pischke 2009, Mostly Harmless Econometrics, section 3.2.3). It is marked, and
no estimate with it stands without the one beside it that has the same window and goes without.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.errors import refusal
from analysis.models.registry import DEFAULT_MODEL
from analysis.robustness.estimating import NO_OPTIONS, estimate_designs, in_window, try_designs


@dataclass(frozen=True, kw_only=True)
class Covariate(show.Shown):
    """A series that may explain a change, as it enters a design.

    values : by period, in logs where that is meant; they may begin before the design.
    lags : the periods >= 0 by which it is moved back, a column each: 1 acts a period later.
    moved_by : how the intervention may move it; "" where it cannot.
    """

    label: str
    values: pd.Series = field(repr=False)
    lags: tuple[int, ...] = (0,)
    moved_by: str = ""

    def __post_init__(self) -> None:
        """Refuse no lag, and one that looks ahead."""
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
class Confounders(show.Shown):
    """The average effect without and with each covariate.

    table : two rows a covariate: `covariate`, `side` ("without", "with"), `first` and `last` period
        of the window that both have, `moved_by`, the standard columns.
    left_out : as of `try_designs`.
    """

    table: pd.DataFrame = field(repr=False)
    left_out: pd.DataFrame = field(repr=False)
    design: Design = field(repr=False)

    def side(self, which: str) -> pd.DataFrame:
        """One row a covariate: the estimates "without", or "with" it."""
        return self.table[self.table["side"] == which].set_index("covariate")

    @property
    def shortened(self) -> pd.DataFrame:
        """Those whose figures end before the design does."""
        found = self.side("with")
        return found[found["last"] < self.design.periods[-1]]

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        keys = self.table["covariate"] + ": " + self.table["side"]
        return show.with_table(self._repr_html_(), self.table.set_index(keys.rename("fit")))

    def _repr_html_(self) -> str:
        without = self.side("without")
        cells = {
            "Covariate": lambda row: f"{row.name}{' (bad control)' * bool(row.moved_by)}",
            "Until": lambda row: show.period_name(row["last"]),
            "Without it": lambda row: " ".join(_estimate(without.loc[row.name])),
            "With it": lambda row: " ".join(_estimate(row)),
        }
        caption = (
            "The average effect without and with each measured covariate, in the same window. "
            f"Lag 1 is its figure of the {self.design.outcome.step} before. A bad control is one "
            "that the intervention may itself move."
        )
        return show.columns(self.side("with"), cells, caption=caption)


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

    Raises
    ------
    InputError : none can be estimated.
    """
    outcome, own = design.outcome, design.choices["controls"]
    known = {one.name: one for one in covariates}

    def pair(name: str) -> dict[str, Design]:
        columns = known[name].columns(outcome.periods)
        first, last = columns.index[[0, -1]] if len(columns) else (outcome.periods[0],) * 2
        window = outcome.window(first, last)
        both = {"without": own, "with": {**own, **columns}}
        return {side: in_window(design, window, controls=c) for side, c in both.items()}

    remedy = "Choose covariates that are known before and after the start."
    pairs, left_out = try_designs(known, pair, "covariates", remedy=remedy)
    keys = [
        {
            "covariate": name,
            "side": side,
            "first": one.periods[0],
            "last": one.periods[-1],
            "moved_by": known[name].moved_by,
        }
        for name, designs in pairs.items()
        for side, one in designs.items()
    ]
    designs = [one for both in pairs.values() for one in both.values()]
    found = estimate_designs(designs, "average", model=model, options=options, alpha=alpha)
    return Confounders(table=pd.DataFrame(keys).join(found), left_out=left_out, design=design)


def _estimate(row: Any) -> tuple[str, str]:
    estimate, ends = show.estimate_cells(row, 0)
    return estimate, f"({ends})"
