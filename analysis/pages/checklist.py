"""The questions that reviewers ask of an interrupted time series, filled from what a run found.

They are data, in checklist.yml. What no computation can answer is left open and marked so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.effects.diagnose import Checks
from analysis.effects.estimands import Effects
from analysis.errors import AnalysisError
from analysis.models import Fit
from analysis.pages.said import Page, say
from analysis.robustness.comparison import Cells, Compared
from analysis.robustness.curve.specification import Curve
from analysis.robustness.placebo import Placebo
from analysis.robustness.power import Power
from analysis.robustness.varied import Windows

ANYTHING = "Something that touched one of the two series alone."


@dataclass(frozen=True, kw_only=True)
class Run(show.Shown):
    """What a run found. Parts that were not run are None, or a refusal, and their items say so.

    fit, effects, checks, placebo, windows, curve, power : by the functions of these names.
    compared, unmoved : of `compare_groups`, and of series that should not move.
    breaks : what would break the comparison.
    """

    fit: Fit
    effects: Effects
    checks: Checks
    placebo: Placebo | AnalysisError | None = None
    windows: Windows | AnalysisError | None = None
    curve: Curve | AnalysisError | None = None
    compared: Compared | AnalysisError | None = None
    unmoved: Cells | None = None
    power: Power | AnalysisError | None = None
    breaks: tuple[str, ...] = ()

    @property
    def design(self) -> Design:
        """The design of the fit."""
        return self.fit.design


@dataclass(frozen=True, kw_only=True)
class Checklist(show.Shown, rows=""):
    """The questions, in the order of their sources.

    table : `source`, `question`, `state` ("found by the run", "for a person to judge" or "not
        run"), `found` (what the run knows about it, in sentences) and `open` (what a person must
        judge); both empty if nothing.
    """

    table: pd.DataFrame = field(repr=False)

    @property
    def items(self) -> list[Any]:
        """The rows, one a question."""
        return list(self.table.itertuples())

    @property
    def open(self) -> list[Any]:
        """Those that a person must judge."""
        return [item for item in self.items if item.state == "for a person to judge"]

    def _repr_html_(self) -> str:
        return Page("checklist").table(self)._repr_html_()


def fill_checklist(run: Run) -> Checklist:
    """Every item, from what the run holds.

    Parameters
    ----------
    run : what a run found; None in place of what it has not.
    """
    entries: Any = show.words("pages/checklist.yml")
    rows = []
    for entry in entries:
        found, left = say("checklist", entry["fact"], run), entry.get("open", "")
        left = left.format(breaks=" ".join(run.breaks) or ANYTHING)
        if entry["fact"] == "comparison" and not isinstance(run.compared, Compared):
            left = ""
        state = "for a person to judge" if left else "found by the run" if found else "not run"
        rows.append((entry["source"], entry["question"], state, found, left))
    columns = ["source", "question", "state", "found", "open"]
    return Checklist(table=pd.DataFrame(rows, columns=columns))
