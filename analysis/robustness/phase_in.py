"""How far the estimate depends on the number of periods until the full effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis import show
from analysis.design import Design, rebuild
from analysis.errors import DesignError, InputError
from analysis.models.registry import DEFAULT_MODEL
from analysis.robustness.estimating import Case, estimate_cases

# The estimands that a phase-in is varied for, in a reader's words.
ESTIMANDS = {"level": "when complete", "average": "on average", "last": "at the end"}


@dataclass(frozen=True, kw_only=True)
class PhaseIns:
    """The estimate for each number of periods until the full effect.

    table : `phase_in`, `estimand`, `chosen`, the standard columns.
    not_run : `phase_in` and `reason`.
    """

    table: pd.DataFrame = field(repr=False)
    not_run: pd.DataFrame = field(repr=False)
    step: str
    caveats: tuple[str, ...]

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        keys = [f"phase-in of {n}" for n in self.table["phase_in"]]
        table = self.table.set_index(pd.Index(keys, name="fit"))
        return show.with_table(self._repr_html_(), table)

    def _repr_html_(self) -> str:
        rows = [
            (
                ", ".join(
                    [phase_name(row.phase_in, self.step), ESTIMANDS.get(row.estimand, row.estimand)]
                ),
                *show.estimate_cells(row),
            )
            for row in self.table.itertuples()
        ]
        caption = " ".join([f"The effect by {self.step}s until it is complete.", *self.caveats])
        return show.table(["Until complete", "Estimate", "Interval"], rows, caption=caption)


def vary_phase_in(
    design: Design,
    *,
    phase_ins: Sequence[int] = tuple(range(9)),
    estimands: Sequence[str] = ("level", "average"),
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] | None = None,
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
    cases, not_run = [], []
    for phase_in in phase_ins:
        try:
            changed = rebuild(design, season=design.season, phase_in=phase_in)
            chosen = phase_in == design.intervention.phase_in
            keys = {"phase_in": phase_in, "chosen": chosen}
            cases.append(Case(keys=keys, design=changed))
        except DesignError as error:
            not_run.append({"phase_in": phase_in, "reason": error.rule})
    if not cases:
        raise InputError(
            "None of the phase-ins can be run.",
            rule=str(not_run[0]["reason"]) if not_run else "At least one is asked for.",
            remedy="Choose shorter ones, or a later end.",
        )
    tables = [
        estimate_cases(cases, name, model=model, options=options, alpha=alpha).assign(estimand=name)
        for name in estimands
    ]
    return PhaseIns(
        table=pd.concat(tables, ignore_index=True),
        not_run=pd.DataFrame(not_run, columns=["phase_in", "reason"]),
        step=design.outcome.step,
        caveats=design.outcome.caveats,
    )


def phase_name(phase_in: int, step: str) -> str:
    """A number of periods until the full effect in words; 0 and 1 are both a step at once."""
    return "0 (at once)" if phase_in == 0 else f"{phase_in} {step}{'s' * (phase_in > 1)}"
