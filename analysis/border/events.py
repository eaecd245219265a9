"""The dated events at the border that are known, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from analysis import outcome
from analysis.border import DATA
from analysis.outcome import Intervention


@cache
def catalogue() -> Mapping[str, Intervention]:
    """All dated interventions of the catalogue by name, oldest first."""
    text = (DATA / "interventions.yml").read_text("utf-8")
    entries: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return {name: _intervention(name, entry) for name, entry in entries.items()}


def find_intervention(which: outcome.Which) -> Intervention:
    """An intervention by its name in the catalogue, or by its date (YYYY-MM-DD).

    Raises
    ------
    InputError : neither a name in the catalogue nor a date.
    """
    return outcome.find_intervention(which, catalogue())


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
        exempt=entry.get("exempt", ""),
        last_clean=entry["last_clean"],
    )
