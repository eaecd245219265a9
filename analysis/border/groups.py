"""Series to set beside each other: ratios, cells, sectors, those that should not move; and what
they say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis.border import facts
from analysis.border.events import catalogue
from analysis.border.selection import load_outcome
from analysis.effects.estimands import COLUMNS, Effects
from analysis.errors import refusal, unknown_name
from analysis.outcome import Outcome, make_outcome, ratio_outcome
from analysis.robustness.comparison import Cells, Compared
from analysis.robustness.estimating import excludes_zero
from analysis.show.templates import Told

TREATED = "family_unit+single_adult"
LAST_BEFORE = "2024-05"  # the last whole month before the restrictions
_NAMES = facts("formats.yml")["groups"]
CITIZENSHIPS, SECTORS = tuple(_NAMES["citizenships"]), tuple(_NAMES["sectors"])
GROUPS: Mapping[str, str] = _NAMES["demographics"]
Side = Literal["main", "comparison", "should not move"]
MAIN = "Border Patrol, southwest border"
RATIO = "Families and adults, against exempt children"
MIXED = "The same, mix of citizenships held fixed"


def _named(codes: Iterable[str]) -> dict[str, str]:
    return {code.replace("_", " ").title(): code for code in codes}


# Parts of the official figures whose values are units, each by its name.
UNITS = {
    "sector": _named(SECTORS),
    "demographic": {word: code for code, word in GROUPS.items()},
    "citizenship": _named(CITIZENSHIPS),
}
BREAKS = tuple(_NAMES["breaks"])


def fixed_mix_ratio(
    *,
    weights: Mapping[str, float] | None = None,
    start: str | None = None,
    end: str | None = None,
) -> Outcome:
    """Families and adults against children, with the mix of citizenships held fixed.

    The logs of the ratios within each citizenship are averaged with fixed weights, so that one
    nationality that becomes rarer in one group only does not pass for an effect.

    Parameters
    ----------
    start, end : months; None for all that the figures have.
    weights : of each citizenship, >= 0; None for its share of families and adults from `start`
        to May 2024.

    Raises
    ------
    InputError : a weight that is missing, negative, or all are 0; a zero in the comparison.
    """
    ratios = {}
    for citizenship in CITIZENSHIPS:
        chosen = {"citizenship": citizenship, "start": start, "end": end}
        above = load_outcome(demographic=TREATED, **chosen)
        below = load_outcome(demographic="unaccompanied_child", **chosen)
        ratios[citizenship] = ratio_outcome(above, below)
    shares = _shares(mix_of(TREATED, start=start) if weights is None else weights)
    log = sum(shares[name] * np.log(ratio.values) for name, ratio in ratios.items())
    return make_outcome(
        pd.Series(np.exp(log)),
        name="ratio with the mix of citizenships held fixed",
        unit="ratio",
        kind="measure",
        pieces=next(iter(ratios.values())).pieces,
        catalogue=catalogue(),
    )


def mix_of(demographic: str, *, start: str | None = None) -> dict[str, float]:
    """Encounters of a demographic group by citizenship, from `start` to May 2024.

    Parameters
    ----------
    demographic : a group of the official figures, such as unaccompanied_child.
    start : a month.

    Raises
    ------
    InputError : no such group, or a start that the figures do not cover.
    """
    whole = {c: load_outcome(demographic=demographic, citizenship=c) for c in CITIZENSHIPS}
    return {
        c: float(outcome.window(start, LAST_BEFORE).values.sum()) for c, outcome in whole.items()
    }


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    known = set(weights) == set(CITIZENSHIPS)
    if not known or min(weights.values()) < 0 or not total > 0:
        raise refusal("weights", given=str(dict(weights)), names=CITIZENSHIPS)
    return {name: weight / total for name, weight in weights.items()}


def group_cells() -> dict[str, Outcome]:
    """Demographic by citizenship (Border Patrol, southwest)."""
    return {
        f"{word}, {name}": outcome
        for name, citizenship in _named(CITIZENSHIPS).items()
        for word, outcome in unit_outcomes("demographic", citizenship=citizenship).items()
    }


def sector_cells() -> dict[str, Outcome]:
    """The nine southwest sectors of the Border Patrol."""
    return unit_outcomes("sector")


def unit_outcomes(part: str, **chosen: Any) -> dict[str, Outcome]:
    """The official series by the parts that a table splits them into (see `UNITS`).

    chosen : further parameters of `load_outcome`.

    Raises
    ------
    InputError : no such part.
    """
    if part not in UNITS:
        raise unknown_name("part of the official figures", part, UNITS)
    return {name: load_outcome(**{**chosen, part: code}) for name, code in UNITS[part].items()}


def unmoved_outcomes() -> dict[str, Outcome]:
    """Series that the restrictions are not about, and so should not move with them."""
    return {
        "At ports of entry, southwest": load_outcome(component="ofo"),
        "Border Patrol, northern border": load_outcome(border="northern"),
        "Border Patrol, coastal border": load_outcome(border="coastal"),
    }


@dataclass(frozen=True, kw_only=True)
class Evidence(Told, rows=""):
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
