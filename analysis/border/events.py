"""The dated events at the border that are known, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from analysis import outcome
from analysis.border import facts
from analysis.outcome import Intervention


@cache
def catalogue() -> Mapping[str, Intervention]:
    """All dated interventions of the catalogue by name, oldest first."""
    entries: dict[str, dict[str, Any]] = facts("interventions.yml")
    renamed = {"date": "start"}
    return {
        name: Intervention(name=name, **{renamed.get(k, k): v for k, v in entry.items()})
        for name, entry in entries.items()
    }


def find_intervention(which: outcome.Which) -> Intervention:
    """An intervention by its name in the catalogue, or by its date (YYYY-MM-DD).

    Parameters
    ----------
    which : a name, a date, or an intervention, which is handed back.

    Raises
    ------
    InputError : neither a name in the catalogue nor a date.
    """
    return outcome.find_intervention(which, catalogue())
