"""From a series and a dated intervention to a named design. Conventions of columns: `terms`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from analysis.design.layout import designer
from analysis.design.named import Design, Span
from analysis.design.scale import Scale, modelled
from analysis.design.terms import with_shape
from analysis.errors import refusal, unknown_name
from analysis.outcome import (
    Numbers,
    Outcome,
    Shape,
    When,
    Which,
    as_period,
    find_intervention,
    named_series,
)

Washout: TypeAlias = tuple[When, When] | Sequence[tuple[When, When]] | None


def build_design(
    outcome: Outcome,
    intervention: Which,
    *,
    events: Which | Sequence[Which] = (),
    scale: Scale = "log",
    season: int | str = "auto",
    shape: Shape = "level+slope",
    phase_in: int | None = None,
    washout: Washout = None,
    controls: Numbers = None,
    effect_terms: Numbers = None,
    trend: bool = True,
) -> Design:
    """Lay out one row a period. A missing period has none: it stays a gap in time.

    Parameters
    ----------
    outcome : the series under study.
    trend : whether a straight trend is a term.
    intervention, events : the one under study, and other dated ones (a level term unless they say
        otherwise); each by name, by date or as an object.
    scale : "log" (of the rate a day or of the measure), "level", or "count" (the counts themselves,
        for count models, which have a log link).
    season : as in `season`, or "auto": 1 pair of waves under 60 months of data or their like, 2
        above, 0 for years; for days, weekdays too, and waves after a year of pre-periods.
    shape, phase_in : of the intervention under study, if it does not say itself; see
        `Intervention`.
    washout : first and last period, inclusive, to leave out of the fit; or several such pairs.
    controls, effect_terms : series by name, a frame, a series, or an array with a row for each
        period. The latter are part of the effect: 0 until the start and without the intervention.

    Raises
    ------
    InputError : an unknown option, or one out of bounds.
    DesignError : an intervention outside the window, one that the window cannot identify (names the
        clashing terms), zeros on a log scale, too short a pre-period, or over a third of the
        periods missing before or after.
    """
    choices = {**locals()}
    return _build(choices.pop("outcome"), choices.pop("intervention"), choices)


def _build(outcome: Outcome, intervention: Which, choices: Mapping[str, Any]) -> Design:
    find = partial(find_intervention, known=outcome.catalogue)
    main = with_shape(find(intervention), choices["shape"], choices["phase_in"])
    given, scale = choices["events"], choices["scale"]
    known = tuple(find(event) for event in ([given] if isinstance(given, Which) else given))
    others = tuple(with_shape(event, "level", None) for event in known)
    if not main.parts and choices["effect_terms"] is None:
        raise refusal("no effect term", main=main)
    y, spans = modelled(outcome, scale), spans_of(choices["washout"], outcome.periods)
    series = {
        "controls": named_series(choices["controls"], "control", outcome.periods),
        "effect_terms": named_series(choices["effect_terms"], "effect", outcome.periods),
    }
    layout = designer(outcome)(
        main,
        others,
        choices["season"],
        trend=choices["trend"],
        kept=_kept(outcome, spans),
        **series,
    )
    layout.refuse_unidentified()
    kept = layout.kept
    return Design(
        outcome=outcome,
        intervention=main,
        events=others,
        scale=scale,
        y=y[kept],
        X=pd.DataFrame(layout.X, index=outcome.periods[kept], columns=layout.names),
        terms=layout.terms,
        time=np.flatnonzero(kept),
        T0=layout.T0,
        reached=layout.reached,
        group=np.zeros(kept.sum(), dtype=int),
        season=layout.season,
        washout=spans,
        choices={**choices, **series, "events": known, "washout": spans},
    )


def rebuild(
    design: Design,
    *,
    outcome: Outcome | None = None,
    intervention: Which | None = None,
    **changes: Any,
) -> Design:
    """The same design with some choices changed, as options of `build_design`.

    Parameters
    ----------
    outcome, intervention : other ones; None for those of the design.
    changes : options of `build_design`.

    Raises
    ------
    InputError : an option that `build_design` does not have, and whatever it refuses.
    DesignError : a two-group design, and whatever it refuses.
    """
    if design.comparison:
        raise refusal("rebuild of two groups")
    for name in changes:
        if name not in design.choices:
            raise unknown_name("option of a design", name, design.choices)
    # A design's intervention has its shape, which would go before a changed one.
    main = design.intervention.at_rate(None) if design.terms["rate"] else design.intervention
    main = replace(main, shape=changes.get("shape", main.shape))
    return build_design(
        outcome or design.outcome,
        intervention or main,
        **{**design.choices, **changes},
    )


def spans_of(washout: Washout, periods: pd.PeriodIndex) -> tuple[Span, ...]:
    """First and last period of each washout.

    Raises
    ------
    InputError : not pairs of dates.
    """
    given: list[Any] = list(washout or ())
    pairs = [given] if given and isinstance(given[0], When) else given
    if not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs):
        raise refusal("washout", washout=washout)
    return tuple(
        (
            as_period(first, periods, "washout"),
            as_period(last, periods, "washout", last=True),
        )
        for first, last in pairs
    )


def _kept(outcome: Outcome, washout: tuple[Span, ...]) -> np.ndarray:
    """The periods that have a figure and are in no washout."""
    kept, periods = outcome.values.notna().to_numpy(), outcome.periods
    for first, last in washout:
        out = np.asarray((periods >= first) & (periods <= last))
        if not out.any():
            raise refusal("washout outside", first=first, last=last, periods=periods)
        kept = kept & ~out
    return np.asarray(kept)
