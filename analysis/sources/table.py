"""The one shape of all figures: a tidy frame of counts, and the source that they come from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

ALL = "all"
DIMENSIONS = ("component", "border", "sector", "demographic", "citizenship", "authority")
FREQUENCIES = {"monthly": "M", "weekly": "W-SUN"}

# The southwest file publishes these four countries and the rest of the world as "other". Files by
# country can give the same group, so `other` means the same thing wherever it can be selected.
# What a file by country itself leaves unnamed has the code `unlisted`.
NAMED_GROUPS = frozenset({"mexico", "guatemala", "honduras", "el_salvador"})
OTHER_GROUP = "other"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where figures come from: publisher, file, vintage, and what to keep in mind.

    read_from : what the figures were read off ("a chart"), "" where they were published as numbers.
    """

    name: str
    title: str
    publisher: str
    file: str
    vintage: str
    sha256: str
    rounded_to: int = 1
    caveats: tuple[str, ...] = ()
    read_from: str = ""

    @property
    def exact(self) -> bool:
        """Whether these are the publisher's own counts, neither rounded nor read off a chart."""
        return self.rounded_to == 1 and not self.read_from

    @property
    def precision(self) -> str:
        """How exact the figures are, in words."""
        if self.read_from:
            return f"read from {self.read_from}"
        return "exact counts" if self.exact else f"rounded to {self.rounded_to}"

    @property
    def label(self) -> str:
        """How a sentence calls it: title, publisher in short, and vintage."""
        short = re.search(r"\(([A-Z]{3,})\)", self.publisher)
        publisher = short[1] if short else self.publisher.partition(" (")[0]
        return f"“{self.title}” ({publisher}, {self.vintage})"


@dataclass(frozen=True, kw_only=True)
class Encounters:
    """A tidy table of counts.

    frame : columns `period` (pandas Period), some of `DIMENSIONS`, `encounters` (integers >= 0).
    fixed : the dimensions that are not columns, with the one value that they have in every row.
    must_select : dimensions whose rows do not add up to the whole (small cells are left out, or
        the split starts later than the table), so that a value of them has to be selected.
    """

    frame: pd.DataFrame = field(repr=False)
    source: Source
    fixed: Mapping[str, str]
    frequency: str
    must_select: tuple[str, ...] = ()

    @property
    def periods(self) -> pd.PeriodIndex:
        """The sorted periods that the table holds."""
        return pd.PeriodIndex(self.frame["period"].unique()).sort_values()

    def values(self, dimension: str) -> set[str]:
        """The values of a dimension that can be selected on their own."""
        if dimension in self.fixed:
            return {self.fixed[dimension]}
        values = set(self.frame[dimension].unique())
        if dimension == "citizenship" and self._has_whole_other_group(values):
            values.add(OTHER_GROUP)
        return values

    def members(self, dimension: str, value: str) -> set[str]:
        """The values in the frame that a selected value stands for."""
        if dimension == "citizenship" and value == OTHER_GROUP:
            held = set(self.frame[dimension].unique())
            if self._has_whole_other_group(held):
                return held - NAMED_GROUPS
        return {value}

    def _has_whole_other_group(self, held: set[str]) -> bool:
        return (
            OTHER_GROUP not in held
            and held > NAMED_GROUPS
            and "citizenship" not in self.must_select
        )
