"""What speaks for and against reading a change as the work of an intervention, side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from analysis import show
from analysis.effects.estimands import COLUMNS, Effects
from analysis.robustness.comparison import Cells, Compared
from analysis.robustness.estimating import excludes_zero

Side = Literal["main", "comparison", "should not move"]
MAIN = "Border Patrol, southwest border"
RATIO = "Families and adults, against exempt children"
MIXED = "The same, mix of citizenships held fixed"


@dataclass(frozen=True, kw_only=True)
class Evidence(show.Shown, rows=""):
    """The average effect on the series, against a comparison group, and where none should be.

    table : one row a series, index `series` (words for a reader), `side`, the standard columns.
    """

    table: pd.DataFrame = field(repr=False)
    alpha: float

    def part(self, side: Side) -> pd.DataFrame:
        """The rows of one side."""
        return self.table[self.table["side"] == side]

    @property
    def moved(self) -> pd.DataFrame:
        """The series that should not move, and whose interval is without zero."""
        still = self.part("should not move")
        return still[excludes_zero(still)]

    def _repr_html_(self) -> str:
        rows = [(str(k), *show.estimate_cells(row, 0)) for k, row in self.table.iterrows()]
        header = ["Series", "Average effect", f"{100 * (1 - self.alpha):g}% interval"]
        return show.table(header, rows, caption="The same question asked of several series")


def gather_evidence(
    effects: Effects, compared: Compared, fixed: Effects, unmoved: Cells
) -> Evidence:
    """One table of the main effect, the comparison group, and the series that should not move.

    Parameters
    ----------
    effects : of the main series.   compared : its treated part against the exempt group.
    fixed : of the same ratio with its mix of citizenships held fixed.
    unmoved : series that the intervention is not about.
    """
    rows = [
        effects.table.loc[["average"]].set_axis([MAIN]),
        compared.table.loc[["ratio"]].set_axis([RATIO]),
        fixed.table.loc[["average"]].set_axis([MIXED]),
        unmoved.table.set_index("cell"),
    ]
    table = pd.concat(rows)[COLUMNS].rename_axis("series")
    sides: list[Side] = ["main", "comparison", "comparison"]
    table.insert(0, "side", [*sides, *["should not move"] * len(unmoved.table)])
    return Evidence(table=table, alpha=effects.alpha)
