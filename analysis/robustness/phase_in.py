"""How far the estimate depends on the number of periods until the full effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis import show
from analysis.design import Design, rebuild
from analysis.models.registry import DEFAULT_MODEL
from analysis.robustness.estimating import NO_OPTIONS, estimate_designs, try_designs

# The estimands that a phase-in is varied for, in a reader's words.
ESTIMANDS = {"level": "when complete", "average": "on average", "last": "at the end"}


@dataclass(frozen=True, kw_only=True)
class PhaseIns(show.Shown):
    """The estimate for each number of periods until the full effect.

    table : `phase_in`, `estimand`, `chosen`, the standard columns.
    left_out : `phase_in` and `reason`.
    """

    table: pd.DataFrame = field(repr=False)
    left_out: pd.DataFrame = field(repr=False)
    step: str
    caveats: tuple[str, ...]

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        keys = [f"phase-in of {n}" for n in self.table["phase_in"]]
        table = self.table.set_index(pd.Index(keys, name="fit"))
        return show.with_table(self._repr_html_(), table)

    def _repr_html_(self) -> str:
        caption = " ".join([f"The effect by {self.step}s until it is complete.", *self.caveats])
        called = {
            "Until complete": lambda row: (
                f"{phase_name(row.phase_in, self.step)}, {ESTIMANDS[row.estimand]}"
            )
        }
        return show.columns(self.table, {**called, **show.ESTIMATES}, caption=caption)


def vary_phase_in(
    design: Design,
    *,
    phase_ins: Sequence[int] = tuple(range(9)),
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] = NO_OPTIONS,
    alpha: float = 0.05,
) -> PhaseIns:
    """The design with other numbers of periods until the full effect.

    Parameters
    ----------
    phase_ins : numbers of periods >= 0; 0 and 1 are both a step at once.

    Raises
    ------
    InputError : none of them can be run.
    """
    designs, left_out = try_designs(
        phase_ins,
        lambda phase_in: rebuild(design, season=design.season, phase_in=phase_in),
        "phase-ins",
        remedy="Choose shorter ones, or a later end.",
    )
    keys = pd.DataFrame({"phase_in": list(designs)})
    keys["chosen"] = keys["phase_in"] == design.intervention.phase_in
    how: Any = {"model": model, "options": options, "alpha": alpha}
    tables = [
        keys.join(estimate_designs(designs.values(), name, **how)).assign(estimand=name)
        for name in ("level", "average")
    ]
    return PhaseIns(
        table=pd.concat(tables, ignore_index=True),
        left_out=left_out,
        step=design.outcome.step,
        caveats=design.outcome.caveats,
    )


def phase_name(phase_in: int, step: str) -> str:
    """A number of periods until the full effect in words; 0 and 1 are both a step at once."""
    return "0 (at once)" if phase_in == 0 else f"{phase_in} {step}{'s' * (phase_in > 1)}"
