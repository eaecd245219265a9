"""Rates on real series, as `make honesty` (`benchmarks`) has measured them, for a reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analysis import show
from analysis.models import registered_models
from analysis.models.registry import DEFAULT_MODEL

RESULTS: Final = Path(__file__).with_name("real_series.csv")
# What widths are told beside.
BESIDE: Final = "ar1_calibrated"
# Rows of sources by which nothing was chosen.
UNSEEN: Final = "unseen"
LABELS: Final = show.words("validation/words.yml")["real effects"]
# With what options a model was measured, where that is not plain.
OPTIONS: Final = {"newey_west": "newey_west (3 lags)", "ols": "ols (classical errors)"}
# A kind of series with fewer windows says little.
ENOUGH = 100


@dataclass(frozen=True, kw_only=True)
class Rejections(show.Shown):
    """How often 95% intervals leave out zero in real series without a known intervention.

    table : as `measure_rejections` gives it.
    """

    table: pd.DataFrame = field(repr=False)

    @property
    def models(self) -> list[str]:
        """The models that were measured."""
        return list(self.table["model"].unique())

    def of(self, model: str, by: str = "all") -> pd.DataFrame:
        """The rows of a model over all windows, or by "source", "length", "frequency", "unseen"."""
        return self.table[(self.table["model"] == model) & (self.table["by"] == by)]

    def range_of(self, model: str = DEFAULT_MODEL) -> str:
        """The lowest and the highest rate of a model over the estimands."""
        return _range(self.of(model)["left_out"])

    def sentence(self, model: str = DEFAULT_MODEL) -> str:
        """The rates of a model in words."""
        kinds = self.of(model, "source")
        worst = kinds[kinds["windows"] >= ENOUGH]["left_out"].max()
        return (
            f"{self.worth(model)[:-1]}; in the kind of series that is hardest for it in "
            f"{_per_cent(worst)}. Those of newey_west, as in Stata's itsa, left it out in "
            f"{self.range_of('newey_west')}."
        )

    def worth(self, model: str) -> str:
        """The rates of a model, with the options that are its default, in a sentence."""
        first = self.of(model).iloc[0]
        return (
            f"In {show.number(first['windows'])} windows of {show.number(first['series'])} real "
            "series in which nothing is known to have happened, the 95% intervals of "
            f"{OPTIONS.get(model, model)} left out zero in {self.range_of(model)} of cases, "
            "where 5% is right."
        )

    def unseen(self) -> str:
        """The rates of the default on sources by which nothing was chosen, in words."""
        found = self.of(DEFAULT_MODEL, UNSEEN)
        rates = {name: one["left_out"] for name, one in found.groupby("group")}
        first, kinds = found[found["group"] == "all"].iloc[0], [k for k in rates if k != "all"]
        worst = max(kinds, key=lambda kind: rates[kind].max())
        other = self.of("newey_west", UNSEEN)
        beside = other[other["group"] == "all"]["left_out"]
        return (
            f"Nothing was chosen by {show.number(first['series'])} series of {len(kinds)} further "
            f"sources: in {show.number(first['windows'])} windows of these the default leaves out "
            f"zero in {_range(rates['all'])} of cases, and newey_west in {_range(beside)}. "
            f"Hardest for the default is {worst.rpartition(' ')[0]}, with up to "
            f"{_per_cent(rates[worst].max())}."
        )

    def held_out(self) -> str:
        """The rates of the default on series by which its calibration was not chosen, in words."""
        rates = self.of(DEFAULT_MODEL, "held out").groupby("group")["left_out"].agg(["min", "max"])
        half, source = (
            f"{_per_cent(low)} to {_per_cent(high)}"
            for low, high in rates.loc[["half", "source"]].itertuples(index=False)
        )
        return (
            f"The weights of the default's calibration were chosen by looking at these series. "
            f"Chosen on half of the series, by a rule, its intervals leave out zero in {half} of "
            f"the windows of the other half, both halves taken together; chosen without a source, "
            f"in {source} of the windows of that source, over all sources."
        )

    def frontier(self) -> str:
        """What other prices of width in the calibration would give, as a table."""
        found = self.of(DEFAULT_MODEL, "price")
        rows = [
            (price, *(_cell(rates.set_index("estimand").loc[name]) for name in LABELS))
            for price, rates in found.groupby("group", sort=False)
        ]
        caption = (
            "What a narrower default would cost: how often it leaves out zero (width beside "
            f"{BESIDE}), by the price of width in its calibration; 1 is the one in use"
        )
        return show.table(["Price of width", *LABELS.values()], rows, caption=caption, kind="long")

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/html": self._repr_html_(), "text/plain": self.sentence(self.models[0])}

    def _repr_html_(self) -> str:
        known, rows = registered_models(), []
        for model in self.models:
            found = self.of(model).set_index("estimand")
            cells = [_cell(found.loc[name]) for name in LABELS]
            rows.append((known[model].label if model in known else model, *cells))
        caption = (
            "Real series, nothing known to have happened: how often a 95% interval leaves out zero "
            f"(median width beside {BESIDE})"
        )
        return show.table(["Model", *LABELS.values()], rows, caption=caption)


def load_rejections() -> Rejections:
    """The rates that the package carries; `make honesty POOL=path` measures them."""
    return Rejections(table=pd.read_csv(RESULTS, comment="#"))


def _cell(row: pd.Series) -> str:
    return f"{_per_cent(row['left_out'])} ({row['width']:.2f})"


def _range(rates: pd.Series) -> str:
    return f"{_per_cent(rates.min())} to {_per_cent(rates.max())}"


def _per_cent(share: float) -> str:
    return f"{100 * share:.1f}%"
