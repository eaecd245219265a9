"""From a series and a dated intervention to a named design. Conventions of columns: `terms`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analysis.design.identified import needed_before, refuse_outside, refuse_unidentified
from analysis.design.named import Design
from analysis.design.scale import Scale, modelled
from analysis.design.terms import (
    Calendar,
    base_term,
    control_terms,
    intervention_term,
    reached_by,
    season_pairs,
    season_term,
    share_in_force,
    stack,
    with_shape,
)
from analysis.errors import DesignError, InputError, unknown_name
from analysis.outcome import Outcome, Shape, Which, as_period, find_intervention


def build_design(
    outcome: Outcome,
    intervention: Which,
    *,
    events: Sequence[Which] = (),
    scale: Scale = "log",
    season: int | str = "auto",
    shape: Shape = "level+slope",
    phase_in: int | None = None,
    washout: tuple[str, str] | None = None,
    controls: Mapping[str, pd.Series] | None = None,
    trend: bool = True,
) -> Design:
    """Lay out one row a period.

    Parameters
    ----------
    intervention : the one under study, by name, by date or as an object.
    events : other dated interventions, each a level term unless it says otherwise.
    scale : "log" (of the mean count a day, or of the measure), "level", or "count" (the counts
        themselves, for count models, which have a log link).
    season : number of sine and cosine pairs (0 <= K <= half the periods of a year), "months"
        for indicators of the calendar month or quarter, or "auto" (K = 1 under 60 months of
        data or their like, 2 above; 0 for yearly data).
    shape : the terms of the intervention under study, if it does not say itself.
    phase_in : periods >= 0 over which the level rises; None for what the intervention says.
    washout : first and last period, inclusive, to leave out of the fit.
    controls : named series with the outcome's periods, added as columns.

    Raises
    ------
    InputError : an unknown option, or an intervention outside the window.
    DesignError : the window cannot identify the design (names the clashing terms), zeros on a
        log scale, or too short a pre-period.
    """
    find = partial(find_intervention, known=outcome.catalogue)
    main = with_shape(find(intervention), shape, phase_in)
    known = tuple(find(event) for event in events)
    others = tuple(with_shape(event, "level", None) for event in known)
    y, pairs = modelled(outcome, scale), season_pairs(season, outcome)
    calendar = Calendar.of(outcome)
    share = share_in_force(main, calendar)
    refuse_outside(main, outcome, share)
    X, terms = stack(
        {
            "base": [base_term(len(share), trend=trend)],
            "intervention": [intervention_term(main, share)],
            "events": [
                intervention_term(event, share_in_force(event, calendar), prefix=event.name)
                for event in others
            ],
            "season": [season_term(calendar, pairs)],
            "controls": control_terms(controls, outcome),
        }
    )
    kept = _kept(outcome.periods, washout)
    reached = reached_by(main, share)
    names = [name for of_kind in terms.values() for name in of_kind]
    design = Design(
        outcome=outcome,
        intervention=main,
        events=others,
        scale=scale,
        y=y[kept],
        X=pd.DataFrame(X[kept], index=outcome.periods[kept], columns=names),
        terms=terms,
        time=np.flatnonzero(kept),
        T0=int(np.argmax(reached)),
        reached=reached[kept],
        group=np.zeros(kept.sum(), dtype=int),
        season=pairs,
        washout=washout,
        choices={
            "events": known,
            "scale": scale,
            "season": season,
            "shape": shape,
            "phase_in": phase_in,
            "washout": washout,
            "controls": controls,
            "trend": trend,
        },
    )
    return identified(design)


def identified(design: Design) -> Design:
    """The design itself; refused where the window cannot tell its terms apart."""
    refuse_unidentified(
        design.X.to_numpy(),
        [str(name) for name in design.X],
        pre=design.pre,
        post=design.post,
        need=needed_before(design.season, design.outcome),
        outcome=design.outcome,
        intervention=design.intervention,
    )
    return design


def rebuild(
    design: Design,
    *,
    outcome: Outcome | None = None,
    intervention: Which | None = None,
    **changes: Any,
) -> Design:
    """The same design with some choices changed, as options of `build_design`.

    Raises
    ------
    InputError : an option that `build_design` does not have, a two-group design, and whatever
        `build_design` raises.
    """
    if design.comparison is not None:
        raise DesignError(
            "A two-group design does not hold the choices that it was built with.",
            rule="Only designs of build_design can be rebuilt.",
            remedy="Call build_two_group_design again.",
        )
    for name in changes:
        if name not in design.choices:
            raise unknown_name("option of a design", name, design.choices)
    return build_design(
        outcome or design.outcome,
        intervention or design.intervention,
        **{**design.choices, **changes},
    )


def _kept(periods: pd.PeriodIndex, washout: tuple[str, str] | None) -> np.ndarray:
    if washout is None:
        return np.ones(len(periods), dtype=bool)
    first, last = (as_period(text, periods, "washout") for text in washout)
    kept = np.asarray((periods < first) | (periods > last))
    if kept.all():
        raise InputError(
            f"The washout {first} to {last} leaves nothing out of {periods[0]} to {periods[-1]}.",
            rule="A washout is a first and a last period inside the window, the first first.",
            remedy="Correct it, or use None.",
        )
    return kept
