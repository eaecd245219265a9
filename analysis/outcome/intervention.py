"""What happened on a day: dated interventions, and how they are found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Literal, TypeAlias

import pandas as pd

from analysis.errors import AnalysisError, refusal, unknown_name
from analysis.given import refuse_kinds
from analysis.outcome.periods import span_of

# A shape is one part, or several with + between, such as "level+slope".
Shape: TypeAlias = str
PARTS: tuple[str, ...] = ("level", "slope", "curve", "pulse", "decay", "gradual")
# Those that remember, by a rate delta a period: decay, or decay(0.8) where it is known.
REMEMBERING = ("decay", "gradual")
RATED = re.compile(rf"({'|'.join(REMEMBERING)})\((.*)\)")
# A level that works in some months of each year only: level(months=6-8), or months=11-2.
SEASONAL = re.compile(r"level\(months=(\d{1,2})(?:-(\d{1,2}))?\)")
NUMBER = re.compile(r"[0-9]*\.?[0-9]+(e-[0-9]+)?")
SHAPES = (
    *("level+slope", "level", "slope", "pulse", "pulse+decay", "decay", "gradual"),
    *("level+slope+curve", "level(months=6-8)", "none"),
)
# Effects that are told by their own columns alone.
NO_PART = "none"


@dataclass(frozen=True, kw_only=True)
class Intervention:
    """Something that happened on a date, and the shape of effect that a design gives it.

    label : short, for figures and tables. noun : how a sentence calls it, "" for the label.
    start : the first day on which it applies (inclusive).
    end : the last day on which it applies (inclusive), None if it goes on.
    shape : parts with + between, each once: "level", "slope", "curve" (the slope squared), "pulse"
        (the first period only), "decay" (a pulse that fades), "gradual" (a level approached step
        by step); "none" where the design has effect terms of its own; or None for the design's
        default: level and slope for the intervention under study, level for others.
        "decay(0.8)" and "gradual(0.8)" say which share is left after one more period,
        0 < delta < 1; without a number it is estimated. "level(months=6-8)" works in June to
        August of each year only, and so do the other parts beside it.
    phase_in : number of periods >= 0 over which the level rises linearly to its full size.
    description, source : what it is, and who says so, in a sentence each.
    confidence : A (primary text seen), B (a good second source) or C (weak, or from memory).
    exempt : whom or what it leaves out, in the words of a series' name; "" for nobody.
    last_clean : the last day on which its effect can be told from the next large event's.
    """

    name: str
    start: date
    end: date | None = None
    label: str
    noun: str = ""
    description: str = ""
    source: str = ""
    confidence: Literal["A", "B", "C"] = "C"
    exempt: str = ""
    last_clean: date | None = None
    shape: Shape | None = None
    phase_in: int = 0

    def __post_init__(self) -> None:
        """Refuse a value of another kind, an end before the start, an unknown shape, ..."""
        refuse_kinds(Intervention, vars(self))
        if self.end is not None and self.end < self.start:
            raise refusal("end before start", event=self)
        if self.shape is not None:
            refuse_shape(self.shape)
        if self.phase_in < 0:
            raise refusal("phase-in", event=self)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of its shape, without a rate."""
        return () if self.shape is None else parts_of(self.shape)[0]

    @property
    def delta(self) -> float | None:
        """The rate of its decay or gradual part, where it is known."""
        return None if self.shape is None else parts_of(self.shape)[1]

    @property
    def months(self) -> tuple[int, ...]:
        """The months of the year in which it works, from the first on; empty for all."""
        return () if self.shape is None else parts_of(self.shape)[2]

    @property
    def remembering(self) -> str:
        """The part that has a rate, decay or gradual; "" for none."""
        return next((part for part in self.parts if part in REMEMBERING), "")

    @property
    def rate_unknown(self) -> bool:
        """Whether it has a rate that has to be estimated."""
        return bool(self.remembering) and self.delta is None

    def at_rate(self, delta: float | None) -> Intervention:
        """The same with this rate; None for one that is to be estimated."""
        known = self.remembering if delta is None else f"{self.remembering}({float(delta)!r})"
        parts = [known if part == self.remembering else part for part in self.parts]
        return replace(self, shape="+".join(parts)) if self.remembering else self

    @property
    def called(self) -> str:
        """How a sentence calls it: the asylum restrictions."""
        return self.noun or f"“{self.label}”"

    @property
    def inside(self) -> str:
        """The label inside a sentence, with a small letter where a sentence calls it just so."""
        same = self.noun[:1].upper() + self.noun[1:] == self.label
        return self.noun if same else self.label


def refuse_shape(shape: str) -> None:
    """Refuse what is no shape.

    Raises
    ------
    InputError : an unknown part, a part twice, decay beside gradual, delta outside 0 to 1, or
        months that are none or stand beside what remembers.
    """
    parts, delta, months = parts_of(shape)
    for part in parts:
        if part not in PARTS:
            raise unknown_name("shape", part, (*PARTS, NO_PART))
    twice = len(set(parts)) < len(parts) or set(REMEMBERING) <= set(parts)
    if months and (not set(months) <= set(range(1, 13)) or set(parts) & {*REMEMBERING, "pulse"}):
        raise refusal("months of a shape", shape=shape)
    if twice or not (delta is None or 0 < delta < 1):
        raise refusal("parts of a shape", shape=shape)


@cache
def parts_of(shape: str) -> tuple[tuple[str, ...], float | None, tuple[int, ...]]:
    """The parts of a shape alone, the rate, and the months; an unreadable rate is not a number."""
    if shape == NO_PART:
        return (), None, ()
    names, delta = [], None
    months: tuple[int, ...] = ()
    for part in shape.split("+"):
        rated, seasonal = RATED.fullmatch(part), SEASONAL.fullmatch(part)
        names.append(rated[1] if rated else "level" if seasonal else part)
        if rated:
            delta = float(rated[2]) if NUMBER.fullmatch(rated[2]) else float("nan")
        if seasonal:
            first, last = int(seasonal[1]), int(seasonal[2] or seasonal[1])
            wrapped = (*range(first, 13), *range(1, last + 1))
            months = tuple(range(first, last + 1)) if first <= last else wrapped
    return tuple(names), delta, months


Which: TypeAlias = str | date | pd.Period | Intervention
NOTHING_KNOWN: Mapping[str, Intervention] = MappingProxyType({})


def find_intervention(
    which: Which, known: Mapping[str, Intervention] = NOTHING_KNOWN
) -> Intervention:
    """An intervention as it is, by its name among those that are known, or by its first day.

    Parameters
    ----------
    which : a name in `known`; or a day as text (YYYY-MM-DD, or YYYY-MM for the first of the
        month), date, Timestamp or Period (its first day). A time of day does not count.

    Raises
    ------
    InputError : neither a known name nor a day.
    """
    if isinstance(which, Intervention):
        return which
    if isinstance(which, str) and which in known:
        return known[which]
    span = span_of(which)
    if span is None:
        raise _unknown(which, known)
    day = span.start_time.date()
    called = f"ntervention of {day.day} {day:%B %Y}"
    return Intervention(name=str(day), start=day, label=f"I{called}", noun=f"the i{called}")


def _unknown(which: object, known: Mapping[str, Intervention]) -> AnalysisError:
    if not known:
        return refusal("no date", which=which)
    return unknown_name("intervention", which, known, also="; or a date, YYYY-MM-DD")
