"""A treated series and one or more comparison series in one design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from analysis.design.build import Washout, build_design
from analysis.design.identified import refuse_columns
from analysis.design.named import Design
from analysis.design.scale import Scale
from analysis.errors import refusal
from analysis.outcome import Outcome, Shape, Which

Baseline = Literal["own", "shared"]


def build_two_group_design(
    treated: Outcome,
    comparison: Outcome | Sequence[Outcome],
    intervention: Which,
    *,
    scale: Scale = "log",
    season: int | str = 0,
    shape: Shape = "level+slope",
    washout: Washout = None,
    baseline: Baseline = "own",
) -> Design:
    """Stack the series, the treated one first.

    With level and slope there are eight terms: constant, trend, shared level, shared slope (what
    happened to all), treated, treated trend (how the treated series differed before), level and
    slope (how its change differed): these two are the effect. Errors are correlated within a
    series, not between them. A season is shared.

    Parameters
    ----------
    treated : the series under study.
    intervention, scale, season, shape, washout : as in `build_design`.
    comparison : one or several series, each of the periods of `treated`.
    baseline : of several comparison series. "own" gives each a constant and a trend of its own,
        so that what makes them differ before is no error. "shared" has one line for all of them,
        as Stata's itsa for several groups (Linden 2015).

    Raises
    ------
    InputError : a comparison series with other periods, one that is there twice, or none; another
        word for `baseline`.
    DesignError : as `build_design`.
    """
    others = comparison_series(treated, comparison)
    designs = [
        build_design(
            outcome, intervention, scale=scale, season=season, shape=shape, washout=washout
        )
        for outcome in (treated, *others)
    ]
    first = designs[0]
    if first.terms["rate"]:
        raise refusal("rate in two groups", shape=shape, part=first.intervention.remembering)
    X, lines, shared = _columns(designs, others, baseline)
    both = replace(
        first,
        y=pd.concat([design.y for design in designs]),
        X=X,
        terms={**first.terms, "shared": shared, "base": first.terms["base"] + lines},
        time=np.concatenate([design.time for design in designs]),
        reached=np.concatenate([design.reached for design in designs]),
        group=np.repeat(np.arange(len(designs)), [len(design.y) for design in designs]),
        comparison=others,
    )
    refuse_columns(both.X.to_numpy(), [str(name) for name in both.X])
    return both


def _columns(
    designs: Sequence[Design], others: Sequence[Outcome], baseline: Baseline
) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """The stacked columns, the terms of the effect last; the lines among them; the shared terms."""
    first, line = designs[0], ("constant", "trend")
    # How the treated series differs; and, of further comparison series, their lines from the first.
    differ = [dict(zip(("treated", "treated trend"), line, strict=True)), {}]
    differ += [{f"{c} of {o.name}": c for c in line if baseline == "own"} for o in others[1:]]
    shared = {name: f"shared {name}" for name in first.step_columns}
    blocks = [
        design.X.rename(columns=shared).assign(**{n: design.X[c] for n, c in names.items()})
        for design, names in zip(designs, differ, strict=True)
    ]
    blocks[0] = blocks[0].assign(**{name: first.X[name] for name in shared})
    X = pd.concat(blocks).fillna(0.0)
    lines = tuple(name for names in differ for name in names)
    return X[[*X.columns.drop(list(shared)), *shared]], lines, tuple(shared.values())


def comparison_series(
    treated: Outcome, comparison: Outcome | Sequence[Outcome]
) -> tuple[Outcome, ...]:
    """The comparison series, where they can stand beside a treated one.

    Raises
    ------
    InputError : none is given, one is there twice, or one has other periods.
    """
    others = (comparison,) if isinstance(comparison, Outcome) else tuple(comparison)
    names = [outcome.name for outcome in others]
    if len(set(names)) != len(names) or not others:
        raise refusal("comparison series", names=names or ["none"])
    for other in others:
        if not treated.periods.equals(other.periods):
            raise refusal("other periods", treated=treated, other=other)
    return others
