"""One estimand of many designs in one tidy table: the step that every question here shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis.design import Design, rebuild
from analysis.design.scale import told, unit_of
from analysis.design.terms import Calendar, share_in_force
from analysis.effects.estimands import COLUMNS, contrast_of, linear_effect
from analysis.models import fit
from analysis.models.batch import METHODS, Problem, batch_contrasts
from analysis.models.registry import DEFAULT_MODEL, refuse_scale
from analysis.outcome import Intervention, Outcome


@dataclass(frozen=True, kw_only=True)
class Case:
    """One design to estimate, with the keys of its row.

    contrast : the row c of the estimand where it is not the design's own (a period left out of
        the fit but not out of the average); None for the design's own.
    """

    keys: Mapping[str, object]
    design: Design = field(repr=False)
    contrast: np.ndarray | None = field(default=None, repr=False)


def estimate_cases(
    cases: Sequence[Case],
    estimand: str,
    *,
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] | None = None,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """One row a case: its keys, then the standard columns.

    Models that `batch_contrasts` has are worked all at once, others one by one.
    """
    for case in cases:
        refuse_scale(model, case.design.outcome, case.design.scale)
    if model in METHODS and not options:
        rows = _estimate_together(cases, estimand, model, alpha)
    else:
        found = [_estimate(case, estimand, model, options or {}, alpha) for case in cases]
        rows = pd.DataFrame(found, columns=COLUMNS)
    return pd.concat([pd.DataFrame([dict(case.keys) for case in cases]), rows], axis=1)


def excludes_zero(table: pd.DataFrame) -> pd.Series:
    """Which intervals lie wholly on one side of zero; an interval not identified does not."""
    return (table["lower"] > 0) | (table["upper"] < 0)


def varying_events(
    design: Design, window: Outcome, *, beside: pd.Period | None = None
) -> tuple[Intervention, ...]:
    """The events of a design that vary in a window and do not begin in the period `beside`."""
    kept, calendar = [], Calendar.of(window)
    for event in design.events:
        share = share_in_force(event, calendar)
        begins = share.any() and window.periods[int(np.argmax(share > 0))] == beside
        if np.ptp(share) > 0 and not begins:
            kept.append(event)
    return tuple(kept)


def in_window(
    design: Design,
    window: Outcome,
    *,
    intervention: Intervention | None = None,
    beside: pd.Period | None = None,
    controls: Mapping[str, pd.Series] | None = None,
    **changes: Any,
) -> Design:
    """The same design in another window, with the events that the window can identify.

    The season stays what it was, whatever the length of the window. `controls` replace the
    design's own where a longer history needs longer ones.
    """
    if controls is not None:
        changes["controls"] = controls
    return rebuild(
        design,
        outcome=window,
        intervention=intervention,
        events=varying_events(design, window, beside=beside),
        season=design.season,
        **changes,
    )


def _estimate(
    case: Case, estimand: str, model: str, options: Mapping[str, Any], alpha: float
) -> dict[str, object]:
    fitted = fit(case.design, model, **options)
    if case.contrast is None:
        effect = linear_effect(fitted, estimand, alpha=alpha)
        return {column: getattr(effect, column) for column in COLUMNS}
    table = fitted.contrast(case.contrast[None], alpha=alpha)
    row = told(table.to_numpy(), case.design.in_per_cent)[0]
    return {**dict(zip(table, row, strict=True)), "unit": _unit(case, estimand)}


def _estimate_together(
    cases: Sequence[Case], estimand: str, model: Any, alpha: float
) -> pd.DataFrame:
    problems = [
        Problem(
            y=case.design.y.to_numpy(),
            X=case.design.X.to_numpy(),
            time=case.design.time,
            C=_own_contrast(case, estimand)[None],
        )
        for case in cases
    ]
    per_cent = [case.design.in_per_cent for case in cases]
    units = [_unit(case, estimand) for case in cases]
    return tell_contrasts(problems, per_cent, units, model=model, alpha=alpha)


def tell_contrasts(
    problems: Sequence[Problem],
    per_cent: Sequence[bool],
    units: Sequence[str],
    *,
    model: Any,
    alpha: float,
) -> pd.DataFrame:
    """The standard columns of one contrast of each problem, worked all at once."""
    found = batch_contrasts(problems, alpha=alpha, model=model)
    table = pd.DataFrame(told(found.to_numpy(), np.array(per_cent)), columns=found.columns)
    return table.assign(unit=units)[COLUMNS]


def _unit(case: Case, estimand: str) -> str:
    return unit_of(case.design.outcome, case.design.scale, estimand)


def _own_contrast(case: Case, estimand: str) -> np.ndarray:
    return contrast_of(case.design, estimand) if case.contrast is None else case.contrast
