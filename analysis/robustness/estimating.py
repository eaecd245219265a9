"""One estimand of many designs in one tidy table: the step that every question here shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis.design import Design, rebuild
from analysis.design.terms import exposure
from analysis.effects.estimands import COLUMNS, contrast_of, linear_effect
from analysis.models import fit
from analysis.models.ar1.batch import METHODS, Problem, batch_contrasts
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import Intervention, Outcome

__all__ = [
    "COLUMNS",
    "Case",
    "estimate_cases",
    "excludes_zero",
    "in_unit",
    "in_window",
    "on_model_scale",
    "unit_of",
    "varying_events",
]


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
    kept = []
    for event in design.events:
        share = exposure(event, window.periods)
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


def unit_of(design: Design, estimand: str) -> str:
    """The unit of an estimand: per cent on a log scale, else the unit of the rate."""
    unit = "%" if design.scale == "log" else design.outcome.rate_unit
    return f"{unit} a {design.outcome.step}" if estimand == "slope" else unit


def in_unit(table: pd.DataFrame, *, log: bool | np.ndarray) -> pd.DataFrame:
    """Contrasts on the model's scale in the unit that is reported: per cent for a log scale."""
    out = table.copy()
    rows = np.broadcast_to(log, len(out))
    out.loc[rows, "std_error"] = (
        100 * np.exp(out.loc[rows, "estimate"]) * out.loc[rows, "std_error"]
    )
    for column in ("estimate", "lower", "upper"):
        out.loc[rows, column] = 100 * np.expm1(out.loc[rows, column])
    return out


def on_model_scale(estimates: pd.Series, units: Iterable[str]) -> pd.Series:
    """Estimates back on the scale on which they are symmetric: logs of ratios for per cent."""
    percent = np.array([unit.startswith("%") for unit in units])
    ratio = np.log1p(estimates.where(percent, 0.0) / 100)
    return ratio.where(percent, estimates)


def _estimate(
    case: Case, estimand: str, model: str, options: Mapping[str, Any], alpha: float
) -> dict[str, object]:
    fitted = fit(case.design, model, **options)
    if case.contrast is None:
        effect = linear_effect(fitted, estimand, alpha=alpha)
        return {column: getattr(effect, column) for column in COLUMNS}
    table = in_unit(
        fitted.contrast(case.contrast[None], alpha=alpha), log=case.design.scale == "log"
    )
    return {**table.iloc[0].to_dict(), "unit": unit_of(case.design, estimand)}


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
    found = batch_contrasts(problems, alpha=alpha, model=model).reset_index(drop=True)
    log = np.array([case.design.scale == "log" for case in cases])
    units = [unit_of(case.design, estimand) for case in cases]
    return in_unit(found, log=log).assign(unit=units)[COLUMNS]


def _own_contrast(case: Case, estimand: str) -> np.ndarray:
    return contrast_of(case.design, estimand) if case.contrast is None else case.contrast
