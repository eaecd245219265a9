"""The questions that reviewers ask of an interrupted time series, filled from what a run found.

Topics of Jandoc et al. 2015 (J. Clin. Epidemiol. 68:950), in words of this project, and the seven
risk-of-bias questions of EPOC (Cochrane Effective Practice and Organisation of Care) for
interrupted time series. What no computation can answer is left open and marked so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis import show
from analysis.pages.checklist_items import EPOC_ITEMS, JANDOC_ITEMS, Item, Run

__all__ = ["Checklist", "Item", "Run", "fill_checklist"]


@dataclass(frozen=True, kw_only=True)
class Checklist:
    """All items, in the order of the sources."""

    items: tuple[Item, ...] = field(repr=False)

    @property
    def open(self) -> tuple[Item, ...]:
        """The items that a person must judge."""
        return tuple(item for item in self.items if item.state == "for a person to judge")

    @property
    def table(self) -> pd.DataFrame:
        """One row an item."""
        return pd.DataFrame([vars(item) for item in self.items])

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self.table)

    def _repr_html_(self) -> str:
        rows = [
            (f"{item.question} ({item.source})", item.state, _words(item)) for item in self.items
        ]
        caption = (
            f"Checklist: {len(self.items)} questions, of which {len(self.open)} are left for a "
            "person to judge"
        )
        header = ["Question", "State", "What is known"]
        return show.table(header, rows, caption=caption, kind="checklist")


def fill_checklist(run: Run) -> Checklist:
    """Every item, from what the run holds."""
    return Checklist(items=tuple(item(run) for item in (*JANDOC_ITEMS, *EPOC_ITEMS)))


def _words(item: Item) -> str:
    return " ".join(filter(None, [item.found, item.open and f"Open: {item.open}"]))
