"""Designs by the thousand, put together as arrays from the terms that `build_design` uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, cast

import numpy as np

from analysis.design import Design, build_design
from analysis.design.identified import (
    MIN_SPARE,
    needed_before,
    refuse_gaps,
    refuse_outside,
    refuse_unidentified,
)
from analysis.design.scale import modelled, unit_of
from analysis.design.terms import (
    Calendar,
    Term,
    base_term,
    intervention_term,
    reached_by,
    season_pairs,
    season_term,
    share_in_force,
    stack,
    with_shape,
)
from analysis.errors import InputError, unknown_name
from analysis.models.ar1.batch import Problem
from analysis.outcome import Intervention, Outcome, find_intervention
from analysis.robustness.curve.grid import Grid, Specification

ESTIMANDS = ("level", "slope", "average", "last")
# Smallest eigenvalue of the correlation of columns from which they are independent for sure.
INDEPENDENT = 1e-8
WITHIN = ("intervention", "shape", "phase_in", "events", "season", "model", "scale")
# The choices that make a design.
DESIGN = WITHIN[:5]


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """A specification ready to be estimated, or the reason why it cannot be.

    observed : mean rate over the periods of the estimand, for effects relative to what would
        have been; NaN where the estimand has no periods of its own.
    """

    specification: Specification
    problem: Problem | None = None
    observed: float = np.nan
    unit: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Arrays:
    """The columns of a design in the periods that have a figure.

    X : n x p.   terms : the names of its columns by kind.   post : which rows are post-periods.
    need : fewest pre-periods.
    """

    X: np.ndarray
    terms: Mapping[str, tuple[str, ...]]
    post: np.ndarray
    intervention: Intervention
    need: int


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A design that can be estimated, the contrast wanted (1 x p), and the observed mean rate."""

    X: np.ndarray
    C: np.ndarray
    observed: float


def refuse_estimand(estimand: str) -> None:
    """Refuse an estimand that a curve cannot show; at(h) is `last` of a shorter window."""
    if estimand not in ESTIMANDS:
        raise unknown_name("estimand of a specification curve", estimand, ESTIMANDS)


def design_of(grid: Grid, one: Specification) -> Design:
    """The design of a specification by `build_design`; raises as it does."""
    return build_design(
        grid.outcomes[one.outcome].window(one.start, one.end),
        one.intervention,
        events=one.events,
        scale=one.scale,
        season=one.season,
        shape=cast(Any, one.shape),
        phase_in=one.phase_in,
    )


def assemble_grid(grid: Grid, estimand: str) -> Iterator[Assembled]:
    """Every specification of a grid, in its order, ready or with a reason.

    What is ready equals `build_design`, and so does a reason.
    """
    for name, outcome in grid.outcomes.items():
        calendar = Calendar.of(outcome)
        for start, end in product(grid.choices["start"], grid.choices["end"]):
            within = product(*(grid.choices[key] for key in WITHIN))
            chosen = [
                Specification(
                    outcome=name, start=start, end=end, **dict(zip(WITHIN, one, strict=True))
                )
                for one in within
            ]
            try:
                window = outcome.window(start, end)
            except InputError as error:
                yield from (Assembled(specification=one, reason=error.reason) for one in chosen)
                continue
            first = int(outcome.periods.get_loc(window.periods[0]))
            cut = calendar.cut(slice(first, first + len(window.values)))
            yield from _assemble(window, cut, chosen, estimand)


def _assemble(
    outcome: Outcome, calendar: Calendar, chosen: Sequence[Specification], estimand: str
) -> Iterator[Assembled]:
    """The specifications of one window."""
    kept = outcome.values.notna().to_numpy()
    time = np.flatnonzero(kept)
    y, units = {}, {}
    for scale in dict.fromkeys(one.scale for one in chosen):
        y[scale] = _attempt(modelled, outcome, scale)
        units[scale] = unit_of(outcome, scale, estimand)
    keys = [tuple(getattr(one, name) for name in DESIGN) for one in chosen]
    designs = _designs(outcome, calendar, list(dict.fromkeys(keys)), estimand)
    for one, key in zip(chosen, keys, strict=True):
        values, ready = y[one.scale], designs[key]
        if isinstance(values, InputError):
            yield Assembled(specification=one, reason=values.reason)
        elif isinstance(ready, InputError):
            yield Assembled(specification=one, reason=ready.reason)
        else:
            yield Assembled(
                specification=one,
                problem=Problem(y=values.to_numpy()[kept], X=ready.X, time=time, C=ready.C),
                observed=ready.observed,
                unit=units[one.scale],
            )


def _designs(
    outcome: Outcome, calendar: Calendar, keys: Sequence[Any], estimand: str
) -> dict[Any, Ready | InputError]:
    """The design of each choice, or why there is none."""
    lay_out, rate = _designer(outcome, calendar), outcome.rate.dropna().to_numpy()
    laid = {key: _attempt(lay_out, *key) for key in keys}
    arrays = {key: one for key, one in laid.items() if isinstance(one, Arrays)}
    sure = dict(zip(arrays, _independent([one.X for one in arrays.values()]), strict=True))

    def ready(one: Arrays, sure: bool) -> Ready:
        _refuse(one, outcome, sure)
        C = _contrast(one, estimand)
        return Ready(X=one.X, C=C, observed=_observed(rate[one.post], estimand))

    found = {key: _attempt(ready, arrays[key], sure[key]) for key in arrays}
    return {**laid, **found}


def _designer(outcome: Outcome, calendar: Calendar) -> Callable[..., Arrays]:
    """What lays out the designs of a window, each term of them made once."""
    base, find = base_term(len(outcome.values)), outcome.catalogue
    kept = outcome.values.notna().to_numpy()
    # Rows are picked only where some are missing: there may be thousands of designs.
    rows = slice(None) if kept.all() else kept

    @cache
    def own(name: str, shape: Any, phase_in: int) -> tuple[Intervention, np.ndarray, Term]:
        main = with_shape(find_intervention(name, find), shape, phase_in)
        share = share_in_force(main, calendar)
        refuse_outside(main, outcome, share)
        refuse_gaps(outcome, share)
        return main, reached_by(main, share)[rows], intervention_term(main, share)

    @cache
    def other(name: str) -> Term:
        event = with_shape(find_intervention(name, find), "level", None)
        return intervention_term(event, share_in_force(event, calendar), prefix=event.name)

    @cache
    def seasonal(season: int | str) -> tuple[Term, int]:
        pairs = season_pairs(season, outcome)
        return season_term(calendar, pairs), needed_before(pairs, outcome)

    def lay_out(
        name: str, shape: str, phase_in: int, events: tuple[str, ...], season: int | str
    ) -> Arrays:
        waves, need = seasonal(season)
        main, post, step = own(name, shape, phase_in)
        X, terms = stack(
            {
                "base": [base],
                "intervention": [step],
                "events": [other(event) for event in events],
                "season": [waves],
            }
        )
        return Arrays(X=X[rows], terms=terms, post=post, intervention=main, need=need)

    return lay_out


def _attempt(make: Callable[..., Any], *given: Any) -> Any:
    """What is made of what is given, or the refusal."""
    try:
        return make(*given)
    except InputError as error:
        return error


def _refuse(one: Arrays, outcome: Outcome, sure: bool) -> None:
    """Refuse what the window cannot identify. Where columns are `sure` to be independent, this
    is quick."""
    n, p = one.X.shape
    T0 = int(np.argmax(one.post))
    if sure and one.need <= T0 and n - p >= MIN_SPARE:
        return
    refuse_unidentified(
        one.X,
        [name for of_kind in one.terms.values() for name in of_kind],
        pre=np.arange(n) < T0,
        post=one.post,
        need=one.need,
        outcome=outcome,
        intervention=one.intervention,
    )


def _independent(designs: Sequence[np.ndarray]) -> np.ndarray:
    """Whether the columns of each X are independent for sure; those of a shape at once."""
    shapes: dict[tuple[int, ...], list[int]] = {}
    for place, X in enumerate(designs):
        shapes.setdefault(X.shape, []).append(place)
    sound = np.zeros(len(designs), dtype=bool)
    for places in shapes.values():
        X = np.stack([designs[place] for place in places])
        gram = np.matmul(X.mT, X)
        size = np.sqrt(np.einsum("bpp->bp", gram))
        whole = size.min(axis=1) > 0
        size[~whole] = 1.0
        least = np.linalg.eigvalsh(gram / size[:, None] / size[..., None])[:, 0]
        sound[places] = whole & (least > INDEPENDENT)
    return sound


def _contrast(one: Arrays, estimand: str) -> np.ndarray:
    """The row of an estimand (1 x p), as `effects.contrast_of` has it; refused as there."""
    own, first = one.terms["intervention"], len(one.terms["base"])
    columns = slice(first, first + len(own))
    rows = one.X[one.post, columns]
    known = dict(zip(own, np.eye(len(own)), strict=True))
    known.pop("pulse", None)
    known |= {"average": rows.mean(axis=0), "last": rows[-1]}
    if estimand not in known:
        raise unknown_name("linear estimand of this design", estimand, known)
    C = np.zeros((1, one.X.shape[1]))
    C[0, columns] = known[estimand]
    return C


def _observed(post: np.ndarray, estimand: str) -> float:
    """The mean observed rate of the periods that an estimand is about."""
    if estimand == "average":
        return float(post.mean())
    return float(post[-1]) if estimand == "last" else np.nan
