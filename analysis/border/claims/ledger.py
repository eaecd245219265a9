"""The ledger of claims: what was said, by whom, and the comparison that checks it, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, GetPydanticSchema, StrictFloat, StrictInt
from pydantic_core import core_schema

from analysis import show
from analysis.border import DATA
from analysis.border.sources.table import DIMENSIONS
from analysis.reading.entries import Named, Text, Word, parse_entry, read_entries

Measure = Literal["change", "total_change", "count", "mean", "path", "deepest"]
Unit = Literal["%", "encounters", "encounters a day"]
UNIT_OF: Mapping[Measure, Unit] = {"count": "encounters", "mean": "encounters a day"}
LEDGER = "Start from analysis/border/data/claims.yml, whose head explains the fields."


def _in_order(window: tuple[str, str]) -> tuple[str, str]:
    first, last = window
    for end in window:
        try:
            date.fromisoformat(end if len(end) > 7 else f"{end}-01")
        except ValueError:
            raise ValueError("a month is YYYY-MM, a day YYYY-MM-DD") from None
    if len(first) != len(last) or first > last:
        raise ValueError("two months or two days, the earlier one first")
    return window


# A selection of a series: a dimension, or the frequency, and its value.
Selected = Annotated[
    str, GetPydanticSchema(lambda *_: core_schema.literal_schema([*DIMENSIONS, "frequency"]))
]
Window = Annotated[
    tuple[Word, Word], AfterValidator(_in_order), Field(description="a window is [first, last]")
]
Years = Annotated[tuple[StrictInt, StrictInt], Field(description="years are [first, last]")]
Above0 = Annotated[StrictFloat, Field(gt=0, description="it is per cent, above 0")]


@dataclass(frozen=True, kw_only=True)
class StandsFor:
    """A series that is only near the one claimed: how near, in per cent (> 0), and why."""

    within: Above0
    why: Text


@dataclass(frozen=True, kw_only=True)
class Calculation:
    """What is computed: a measure of one series in one window, or in one against another.

    series : the selection, as for `load_outcome`.
    window_a, window_b : first and last month or day, inclusive; `window_a` is the one before.
    years : repeat the comparison in each year from the first to the last, and take the median.
    """

    series: Mapping[Selected, Word]
    measure: Measure
    window_b: Window
    window_a: Window | None = None
    label: str = ""
    years: Years | None = None
    stands_for: StandsFor | None = None

    def __post_init__(self) -> None:
        """Refuse a measure of one window with two, and of two with one."""
        if (self.measure in UNIT_OF) != (self.window_a is None):
            needs = "has no window_a" if self.measure in UNIT_OF else "needs a window_a"
            raise ValueError(f"a {self.measure} {needs} to compare with")

    @property
    def unit(self) -> Unit:
        """The unit of the measure."""
        return UNIT_OF.get(self.measure, "%")


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """The figure claimed; `bound` ("is") is "below" for "under 2,400", "fall" for any fall."""

    value: StrictFloat | None = None
    unit: Unit = "%"
    digits: StrictInt = 0
    bound: Annotated[Literal["", "below", "fall"], Field(alias="is")] = ""

    def __post_init__(self) -> None:
        """Refuse a fall with a value, and all else without one."""
        if (self.bound == "fall") != (self.value is None):
            raise ValueError("a fall has no value, and all else has one")


@dataclass(frozen=True, kw_only=True)
class Claim(show.Shown):
    """One claim. Either `check` or `no_data`, the reason why no check is possible."""

    name: str
    text: Text
    who: Text
    about: Text
    source: Text
    confidence: Literal["A", "B", "C"]
    claimed: Claimed
    when: date | None = None
    check: Calculation | None = None
    no_data: str = ""
    elsewhere: Calculation | None = None
    also: tuple[Calculation, ...] = ()
    caveat: str = ""

    def __post_init__(self) -> None:
        """Refuse a check beside its refusal, another unit, and a calculation without a label."""
        if (self.check is None) != bool(self.no_data):
            raise ValueError("exactly one of check, no_data is given")
        if self.check and self.check.unit != self.claimed.unit:
            raise ValueError(
                f"the measure {self.check.measure} gives {self.check.unit}, and the claim has the "
                f"unit {self.claimed.unit}"
            )
        if not all(beside.label for beside in (*self.also, *filter(None, [self.elsewhere]))):
            raise ValueError("a comparison beside the check has a label, and here is no label")


def load_claims(path: str | Path | None = None) -> tuple[Claim, ...]:
    """The claims of a ledger; None for the package's own.

    Parameters
    ----------
    path : of a file of claims.

    Raises
    ------
    InputError : the file is not a mapping of entries, or an entry is malformed (names the entry
        and the field).
    """
    home = DATA / "claims.yml" if path is None else Path(path)
    return parse_claims(read_entries(home, "ledger", remedy=LEDGER))


def parse_claims(entries: object) -> tuple[Claim, ...]:
    """The claims of a mapping from names to entries; raises as `load_claims`."""
    named = parse_entry(Named, entries, "ledger", remedy=LEDGER)
    return tuple(_claim(str(name), entry) for name, entry in named.items())


def _claim(name: str, entry: object) -> Claim:
    named = {"name": name, **entry} if isinstance(entry, Mapping) else entry
    return parse_entry(Claim, named, "ledger", f"claim '{name}'", remedy=LEDGER)
