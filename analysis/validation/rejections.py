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
SAID: Final = show.words("validation/words.yml")
LABELS: Final = SAID["real effects"]
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
        return shares(self.of(model)["left_out"])

    def sentence(self, model: str = DEFAULT_MODEL) -> str:
        """The rates of a model in words."""
        kinds = self.of(model, "source")
        worst = kinds[kinds["windows"] >= ENOUGH]["left_out"].max()
        beside = self.range_of("newey_west")
        return SAID["hardest"].format(
            worth=self.worth(model)[:-1], worst=share(worst), beside=beside
        )

    def worth(self, model: str) -> str:
        """The rates of a model, with the options that are its default, in a sentence."""
        windows, series = map(show.number, self.of(model).iloc[0][["windows", "series"]])
        facts = {"windows": windows, "series": series, "rates": self.range_of(model)}
        called = "the default model" if model == DEFAULT_MODEL else OPTIONS.get(model, model)
        return SAID["worth"].format(model=called, **facts)

    def unseen(self) -> str:
        """The rates of the default on sources by which nothing was chosen, in words."""
        ours, other = self.of(DEFAULT_MODEL, UNSEEN), self.of("newey_west", UNSEEN)
        rates = {kind: rows["left_out"] for kind, rows in ours.groupby("group")}
        windows, series = map(
            show.number,
            ours[ours["group"] == "all"].iloc[0][["windows", "series"]],
        )
        default = shares(rates.pop("all"))
        worst = max(rates, key=lambda kind: rates[kind].max())
        return SAID["unseen"].format(
            series=series,
            kinds=len(rates),
            windows=windows,
            default=default,
            beside=shares(other[other["group"] == "all"]["left_out"]),
            worst=worst.rpartition(" ")[0],
            most=share(rates[worst].max()),
        )

    def held_out(self) -> str:
        """The rates of the default on series by which its calibration was not chosen, in words."""
        rates = self.of(DEFAULT_MODEL, "held out").groupby("group")["left_out"]
        half, source = (shares(rates.get_group(name)) for name in ("half", "source"))
        return SAID["held out"].format(half=half, source=source)

    def frontier(self) -> str:
        """What other prices of width in the calibration would give, as a table."""
        prices = self.of(DEFAULT_MODEL, "price").groupby("group", sort=False)
        rows = [(price, *_cells(rates)) for price, rates in prices]
        caption = SAID["frontier"].format(beside=_beside())
        return show.table(["Price of width", *LABELS.values()], rows, caption=caption, kind="long")

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/html": self._repr_html_(), "text/plain": self.sentence(self.models[0])}

    def _repr_html_(self) -> str:
        known = registered_models()
        rows = [
            (known[model].label if model in known else model, *_cells(self.of(model)))
            for model in self.models
        ]
        caption = SAID["real series"].format(beside=_beside())
        return show.table(["Model", *LABELS.values()], rows, caption=caption)


def load_rejections() -> Rejections:
    """The rates that the package carries; `make honesty POOL=path` measures them."""
    return Rejections(table=pd.read_csv(RESULTS, comment="#"))


def _beside() -> str:
    return registered_models()[BESIDE].label


def _cells(rates: pd.DataFrame) -> list[str]:
    """By effect, how often the interval leaves out zero, and its width in brackets."""
    by_effect = rates.set_index("estimand").loc[list(LABELS)]
    return [f"{share(row['left_out'])} ({row['width']:.2f})" for _, row in by_effect.iterrows()]


def shares(found: pd.Series) -> str:
    """The least and the greatest share in per cent."""
    return f"{share(found.min())} to {share(found.max())}"


def share(value: float) -> str:
    """A share (0 to 1) in per cent."""
    return f"{100 * value:.1f}%"
