"""Rates on real series, as `make honesty` (`benchmarks`) has measured them, for a reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analysis import show
from analysis.models import registered_models
from analysis.models.registry import DEFAULT_MODEL
from analysis.show.templates import Told

RESULTS: Final = Path(__file__).with_name("real_series.csv")
# What widths are told beside.
BESIDE: Final = "ar1_calibrated"
# Rows of sources by which nothing was chosen.
UNSEEN: Final = "unseen"
SAID: Final = show.words("validation/words.yml")
LABELS: Final = SAID["real effects"]


@dataclass(frozen=True, kw_only=True)
class Rejections(Told):
    """How often 95% intervals leave out zero in real series without a known intervention.

    table : as `measure_rejections` gives it.
    """

    table: pd.DataFrame = field(repr=False)

    @property
    def models(self) -> list[str]:
        """The models that were measured."""
        return list(self.table["model"].unique())

    @property
    def default(self) -> str:
        """The model whose rates are told first."""
        return DEFAULT_MODEL

    def of(self, model: str, by: str = "all") -> pd.DataFrame:
        """The rows of a model over all windows, or by "source", "length", "frequency", "unseen"."""
        return self.table[(self.table["model"] == model) & (self.table["by"] == by)]

    def range_of(self, model: str = DEFAULT_MODEL, by: str = "all", group: str = "all") -> str:
        """The lowest and the highest rate of a model, in a group of windows, over the estimands."""
        rows = self.of(model, by)
        return shares(rows[rows["group"] == group]["left_out"])

    def frontier(self) -> str:
        """What other prices of width in the calibration would give, as a table."""
        prices = self.of(DEFAULT_MODEL, "price").groupby("group", sort=False)
        rows = [(price, *_cells(rates)) for price, rates in prices]
        caption = SAID["frontier"].format(beside=self.label(BESIDE))
        return show.table(["Price of width", *LABELS.values()], rows, caption=caption, kind="long")

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/html": self._repr_html_(), "text/plain": self.sentence(self.models[0])}

    def cells(self, model: str) -> list[str]:
        """By effect, how often its interval leaves out zero, and its width in brackets."""
        return _cells(self.of(model))

    def label(self, model: str) -> str:
        """What a reader knows a model by."""
        known = registered_models()
        return known[model].label if model in known else model


def load_rejections() -> Rejections:
    """The rates that the package carries; `make honesty POOL=path` measures them."""
    return Rejections(table=pd.read_csv(RESULTS, comment="#"))


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
