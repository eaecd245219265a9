"""A treated and a comparison series in one design: the eight-parameter model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.design.build import Design, build_design, refuse_unidentified
from analysis.design.terms import Scale
from analysis.errors import InputError
from analysis.outcome import Outcome, Shape, Which


def build_two_group_design(
    treated: Outcome,
    comparison: Outcome,
    intervention: Which,
    *,
    scale: Scale = "log",
    season: int | str = 0,
    shape: Shape = "level+slope",
    washout: tuple[str, str] | None = None,
) -> Design:
    """Stack two series, the treated one first.

    With level and slope there are eight terms: constant, trend, shared level, shared slope (what
    happened to both), treated, treated trend (how the treated series differed before), level and
    slope (how its change differed): these two are the effect. Errors are correlated within a
    series, not between the two. A season is shared.

    Raises
    ------
    InputError : the two series do not cover the same periods.
    DesignError : as `build_design`.
    """
    if not treated.periods.equals(comparison.periods):
        raise InputError(
            f"'{treated.name}' runs from {treated.periods[0]} to {treated.periods[-1]}, "
            f"'{comparison.name}' from {comparison.periods[0]} to {comparison.periods[-1]}.",
            rule="Both series cover the same periods.",
            remedy="Shorten one of them with .window(start, end).",
        )
    first, second = (
        build_design(
            outcome, intervention, scale=scale, season=season, shape=shape, washout=washout
        )
        for outcome in (treated, comparison)
    )
    X = pd.concat([_columns(first, treated=1.0), _columns(second, treated=0.0)])
    own = dict.fromkeys(first.step_columns, 0.0)
    design = replace(
        first,
        y=pd.concat([first.y, second.y]),
        X=X,
        X_counterfactual=X.assign(**own),
        time=np.concatenate([first.time, second.time]),
        reached=np.concatenate([first.reached, second.reached]),
        group=np.repeat([0, 1], [len(first.y), len(second.y)]),
        comparison=comparison,
    )
    refuse_unidentified(design)
    return design


def _columns(design: Design, *, treated: float) -> pd.DataFrame:
    """The shared terms, then how the treated series differs, its step terms last."""
    steps = design.step_columns
    shared = design.X.rename(columns={name: f"shared {name}" for name in steps})
    mine = {"treated": treated * design.X["constant"], "treated trend": treated * design.X["trend"]}
    return shared.assign(**mine, **{name: treated * design.X[name] for name in steps})
