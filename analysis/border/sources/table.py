"""The one shape of all figures: a tidy frame of counts and its source; and names of its series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from analysis import show
from analysis.border import facts
from analysis.outcome import Source

ALL = "all"
DIMENSIONS = ("component", "border", "sector", "demographic", "citizenship", "authority")
FREQUENCIES = {"monthly": "M", "weekly": "W-SUN"}

# The southwest file publishes these four countries and the rest of the world as "other". Files by
# country can give the same group, so `other` means the same thing wherever it can be selected.
# What a file by country itself leaves unnamed has the code `unlisted`.
NAMED_GROUPS = frozenset({"mexico", "guatemala", "honduras", "el_salvador"})
OTHER_GROUP = "other"


@dataclass(frozen=True, kw_only=True)
class Encounters(show.Shown):
    """A tidy table of counts.

    frame : columns `period` (pandas Period), some of `DIMENSIONS`, `encounters` (integers >= 0).
    fixed : the dimensions that are not columns, with the one value that they have in every row.
    must_select : dimensions whose rows do not add up to the whole (small cells are left out, or
        the split starts later than the table), so that a value of them has to be selected.
    doubts : by month, a sentence on rows that may be missing from it.
    unsure : sentences on what a month lacks, or has, that may be right.
    lacks : sentences on what the whole file seems to lack.
    """

    frame: pd.DataFrame = field(repr=False)
    source: Source
    fixed: Mapping[str, str]
    frequency: str
    must_select: tuple[str, ...] = ()
    doubts: Mapping[pd.Period, str] = field(default_factory=dict, repr=False)
    unsure: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    @property
    def periods(self) -> pd.PeriodIndex:
        """The sorted periods that the table holds."""
        return pd.PeriodIndex(self.frame["period"].unique()).sort_values()

    def with_fixed(self, *dimensions: str) -> pd.DataFrame:
        """The frame with these dimensions as columns of texts, also where they are fixed."""
        fixed = {name: self.fixed.get(name) for name in dimensions if name not in self.frame}
        return self.frame.assign(**fixed).astype(dict.fromkeys(dimensions, str))

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


_WORDS: Mapping[str, Mapping[str, str]] = facts("formats.yml")["words"]
COMPONENTS, BORDERS = _WORDS["component"], _WORDS["border"]
DEMOGRAPHICS, GLOSSARY = _WORDS["demographic"], _WORDS["glossary"]


def name_parts(selection: Mapping[str, str]) -> tuple[str, ...]:
    """What the name of a selected series is made of, from the widest to the narrowest."""
    what = COMPONENTS.get(selection["component"], selection["component"])
    where = BORDERS.get(selection["border"], selection["border"])
    parts = (_part(name, selection[name]) for name in DIMENSIONS[2:] if selection[name] != ALL)
    return (f"{what} {where}", *parts)


def _part(dimension: str, code: str) -> str:
    known = DEMOGRAPHICS if dimension == "demographic" else {}
    codes = code.split("+")
    words = " and ".join(known.get(one, one.replace("_", " ").title()) for one in codes)
    if dimension == "citizenship":
        return f"citizens of {'all other countries' if code == OTHER_GROUP else words}"
    return f"{words} sector" if dimension == "sector" and not words.endswith("Office") else words
