"""What happened on a day: dated interventions, and how they are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal, TypeAlias

import pandas as pd

from analysis.errors import InputError, unknown_name
from analysis.outcome.periods import span_of

Shape = Literal["level", "slope", "level+slope", "pulse"]
SHAPES: tuple[str, ...] = ("level", "slope", "level+slope", "pulse")


@dataclass(frozen=True, kw_only=True)
class Intervention:
    """Something that happened on a date, and the shape of effect that a design gives it.

    label : short, for figures and tables. noun : how a sentence calls it, "" for the label.
    start : the first day on which it applies (inclusive).
    end : the last day on which it applies (inclusive), None if it goes on.
    shape : "level", "slope", "level+slope", "pulse" (the first period only), or None for the
        design's default: level and slope for the intervention under study, level for others.
    phase_in : number of periods >= 0 over which the level rises linearly to its full size.
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
        """Refuse an end before the start, an unknown shape, a negative phase-in."""
        if self.end is not None and self.end < self.start:
            raise InputError(
                f"'{self.name}' ends on {self.end}, before it starts on {self.start}.",
                rule="An intervention ends on or after the day on which it starts.",
                remedy="Correct one of the dates.",
            )
        if self.shape is not None and self.shape not in SHAPES:
            raise unknown_name("shape", self.shape, SHAPES)
        if self.phase_in < 0:
            raise InputError(
                f"The phase-in of '{self.name}' is {self.phase_in} periods.",
                rule="A phase-in is 0 or more periods.",
                remedy="Use 0 for an effect that is complete at once.",
            )

    @property
    def called(self) -> str:
        """How a sentence calls it: the asylum restrictions."""
        return self.noun or f"“{self.label}”"


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
    noun = f"the intervention of {day.day} {day:%B %Y}"
    return Intervention(name=str(day), start=day, label=f"Intervention of {day}", noun=noun)


def _unknown(which: object, known: Mapping[str, Intervention]) -> InputError:
    if not known:
        return InputError(
            f"The intervention '{which}' is not a date.",
            rule="No events are known for this series, so an intervention is given by its first "
            "day: YYYY-MM-DD, or YYYY-MM for the first of a month.",
            remedy="Give the day on which it began, such as 2024-06-05.",
        )
    error = unknown_name("intervention", which, known)
    return InputError(
        error.problem,
        rule=f"{error.rule[:-1]}; or a date, YYYY-MM-DD.",
        remedy=error.remedy,
    )
