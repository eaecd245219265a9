"""A treated and a comparison series in one design: the eight-parameter model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.design.build import Washout, build_design
from analysis.design.identified import needed_before, refuse_unidentified
from analysis.design.named import Design
from analysis.design.scale import Scale
from analysis.errors import DesignError, InputError
from analysis.outcome import Outcome, Shape, Which


def build_two_group_design(
    treated: Outcome,
    comparison: Outcome,
    intervention: Which,
    *,
    scale: Scale = "log",
    season: int | str = 0,
    shape: Shape = "level+slope",
    washout: Washout = None,
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
    if first.terms["rate"]:
        raise DesignError(
            f"The shape is '{shape}', with a rate that is not given.",
            rule="A rate is estimated in a design of one series only.",
            remedy=f"Give it, such as {first.intervention.remembering}(0.5).",
        )
    shared = {name: f"shared {name}" for name in first.step_columns}
    both = replace(
        first,
        y=pd.concat([first.y, second.y]),
        X=pd.concat([_columns(first, shared, treated=1.0), _columns(second, shared, treated=0.0)]),
        terms={
            **first.terms,
            "shared": tuple(shared.values()),
            "base": (*first.terms["base"], "treated", "treated trend"),
        },
        time=np.concatenate([first.time, second.time]),
        reached=np.concatenate([first.reached, second.reached]),
        group=np.repeat([0, 1], [len(first.y), len(second.y)]),
        comparison=comparison,
    )
    refuse_unidentified(
        both.X.to_numpy(),
        [str(name) for name in both.X],
        pre=both.pre,
        post=both.post,
        need=needed_before(both.season, both.outcome),
        outcome=both.outcome,
        intervention=both.intervention,
    )
    return both


def _columns(design: Design, shared: dict[str, str], *, treated: float) -> pd.DataFrame:
    """The shared terms, then how the treated series differs, its step terms last."""
    own = {"treated": "constant", "treated trend": "trend", **{name: name for name in shared}}
    differs = {name: treated * design.X[column] for name, column in own.items()}
    return design.X.rename(columns=shared).assign(**differs)
