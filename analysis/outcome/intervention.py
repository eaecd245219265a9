"""The dated catalogue of interventions, and interventions of a user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from analysis.errors import InputError, unknown_name

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


@cache
def catalogue() -> Mapping[str, Intervention]:
    """All dated interventions of the catalogue by name, oldest first."""
    text = (files("analysis") / "border" / "data" / "interventions.yml").read_text("utf-8")
    entries: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return {name: _intervention(name, entry) for name, entry in entries.items()}


def find_intervention(which: str | Intervention) -> Intervention:
    """An intervention by its name in the catalogue, or by its date (YYYY-MM-DD).

    Raises
    ------
    InputError : neither a name in the catalogue nor a date.
    """
    if isinstance(which, Intervention):
        return which
    known = catalogue()
    if which in known:
        return known[which]
    try:
        day = date.fromisoformat(which)
    except ValueError:
        error = unknown_name("intervention", which, known)
        raise InputError(
            error.problem,
            rule=f"{error.rule[:-1]}; or a date, YYYY-MM-DD.",
            remedy=error.remedy,
        ) from None
    return Intervention(name=which, start=day, label=f"Intervention of {which}")


def _intervention(name: str, entry: Mapping[str, Any]) -> Intervention:
    return Intervention(
        name=name,
        start=entry["date"],
        end=entry.get("end"),
        label=entry["label"],
        noun=entry.get("noun", ""),
        description=entry["description"],
        source=entry["source"],
        confidence=entry["confidence"],
        last_clean=entry["last_clean"],
    )
