"""Designs by the thousand, put together as arrays from the columns of a series.

What comes out equals `build_design`: a combination that does not pass the quick checks here for
sure goes to `build_design`, which decides and gives the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, cast

import numpy as np

from analysis.design import Design, build_design
from analysis.design.build import MIN_PRE_PERIODS
from analysis.effects.estimands import contrast_of
from analysis.errors import InputError, unknown_name
from analysis.models.ar1.batch import Problem
from analysis.outcome import Outcome
from analysis.robustness.curve.columns import Columns, Pairs, Terms, resolved_pairs
from analysis.robustness.curve.grid import Grid, Specification

ESTIMANDS = ("level", "slope", "average", "last")
# Smallest eigenvalue of the correlation of columns from which they are independent for sure.
INDEPENDENT = 1e-8


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
class Window:
    """A stretch first <= t < stop of a series, and the season that each choice means in it."""

    columns: Columns
    outcome: Outcome
    first: int
    stop: int
    pairs: Mapping[int | str, Pairs | None]
    year: int


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
    """Every specification of a grid, in its order, ready or with a reason."""
    for name, outcome in grid.outcomes.items():
        columns = Columns.of(outcome, grid)
        for start, end in product(grid.choices["start"], grid.choices["end"]):
            chosen = list(_inside(grid, name, start, end))
            try:
                window = _window(columns, outcome.window(start, end), grid.choices["season"])
            except InputError as error:
                yield from (Assembled(specification=one, reason=_words(error)) for one in chosen)
                continue
            yield from _checked(grid, window, estimand, list(_quick(window, chosen, estimand)))


def _inside(grid: Grid, name: str, start: str | None, end: str | None) -> Iterator[Specification]:
    """The specifications of one window."""
    rest = [grid.choices[key] for key in _WITHIN]
    for chosen in product(*rest):
        yield Specification(
            outcome=name, start=start, end=end, **dict(zip(_WITHIN, chosen, strict=True))
        )


_WITHIN = ("intervention", "shape", "phase_in", "events", "season", "model", "scale")


def _window(columns: Columns, window: Outcome, seasons: Iterable[int | str]) -> Window:
    first = int(columns.outcome.periods.get_loc(window.periods[0]))
    return Window(
        columns=columns,
        outcome=window,
        first=first,
        stop=first + len(window.values),
        pairs={season: resolved_pairs(season, window) for season in seasons},
        year=int(np.ceil(window.steps_per_year)),
    )


def _quick(window: Window, chosen: Iterable[Specification], estimand: str) -> Iterator[Assembled]:
    """Each specification with its arrays, or without a problem where it is not simple."""
    cut = slice(window.first, window.stop)
    time = np.arange(window.stop - window.first)
    base = np.column_stack([np.ones(len(time)), time])
    y = {scale: values[cut] for scale, values in window.columns.y.items()}
    units = {scale: _unit(window.outcome, scale, estimand) for scale in ("log", "level")}
    designs: dict[tuple[object, ...], tuple[np.ndarray, np.ndarray, float] | None] = {}
    for one in chosen:
        key = (one.intervention, one.shape, one.phase_in, one.events, one.season)
        if key not in designs:
            designs[key] = _arrays(window, one, base, estimand)
        made = designs[key]
        if made is None or (one.scale == "log" and np.isnan(y["log"]).any()):
            yield Assembled(specification=one)
            continue
        X, C, observed = made
        yield Assembled(
            specification=one,
            problem=Problem(y=y[one.scale], X=X, time=time, C=C),
            observed=observed,
            unit=units[one.scale],
        )


def _arrays(
    window: Window, one: Specification, base: np.ndarray, estimand: str
) -> tuple[np.ndarray, np.ndarray, float] | None:
    """X, contrast and observed rate; None where `build_design` has to be asked."""
    columns, cut = window.columns, slice(window.first, window.stop)
    terms = columns.terms[one.intervention, one.shape, one.phase_in]
    events = [columns.events[name] for name in one.events]
    pairs = window.pairs[one.season]
    T0 = terms.first - window.first
    if pairs is None or not _simple(window, terms, events, T0, pairs):
        return None
    if estimand in ("level", "slope") and estimand not in terms.names:
        return None
    own = terms.columns[cut]
    parts = [base, own, *(event.columns[cut] for event in events), columns.seasons[pairs][cut]]
    X = np.concatenate(parts, axis=1)
    if len(X) - X.shape[1] < 3:
        return None
    C = np.zeros((1, X.shape[1]))
    C[0, 2 : 2 + own.shape[1]] = _own_contrast(terms.names, own[T0:], estimand)
    return X, C, _observed(columns.rate[cut][T0:], estimand)


def _simple(window: Window, terms: Terms, events: Sequence[Terms], T0: int, pairs: Pairs) -> bool:
    """Whether all starts inside the window, after enough pre-periods."""
    moved = all(event.movable or event.first >= window.first for event in events)
    return terms.lasting and moved and _inside_window(window, terms, T0, pairs)


def _inside_window(window: Window, terms: Terms, T0: int, pairs: Pairs | None) -> bool:
    least = max(MIN_PRE_PERIODS, window.year) if pairs else MIN_PRE_PERIODS
    return least <= T0 < window.stop - window.first and window.stop <= terms.last_clean + 1


def _checked(
    grid: Grid, window: Window, estimand: str, ready: list[Assembled]
) -> Iterator[Assembled]:
    """The same, with `build_design` asked once for each group that it refuses alike."""
    sound = _independent({id(one.problem.X): one.problem.X for one in ready if one.problem})
    refused: dict[tuple[object, ...], str] = {}
    for one in ready:
        if one.problem is not None and sound[id(one.problem.X)]:
            yield one
            continue
        key = _refused_alike(window, one.specification)
        if key in refused:
            yield replace(one, problem=None, reason=refused[key])
            continue
        asked = _careful(grid, one.specification, estimand)
        if asked.problem is None:
            refused[key] = asked.reason
        yield asked


def _refused_alike(window: Window, one: Specification) -> tuple[object, ...]:
    """What a refusal depends on: fewer choices where the pre-period is already too short."""
    terms = window.columns.terms[one.intervention, one.shape, one.phase_in]
    zeros = one.scale == "log" and bool((window.outcome.rate <= 0).any())
    key = (one.intervention, one.season, zeros)
    if _inside_window(window, terms, terms.first - window.first, window.pairs[one.season]):
        return (*key, one.shape, one.phase_in, one.events)
    return key


def _independent(designs: dict[int, np.ndarray]) -> dict[int, bool]:
    """Whether the columns of each X are independent for sure; those of a shape at once."""
    shapes: dict[tuple[int, ...], list[int]] = {}
    for key, X in designs.items():
        shapes.setdefault(X.shape, []).append(key)
    sound: dict[int, bool] = {}
    for keys in shapes.values():
        X = np.stack([designs[key] for key in keys])
        gram = np.matmul(X.mT, X)
        size = np.sqrt(np.einsum("bpp->bp", gram))
        whole = size.min(axis=1) > 0
        size[~whole] = 1.0
        least = np.linalg.eigvalsh(gram / size[:, None] / size[..., None])[:, 0]
        sound.update(zip(keys, whole & (least > INDEPENDENT), strict=True))
    return sound


def _careful(grid: Grid, one: Specification, estimand: str) -> Assembled:
    """By `build_design`: the problem, or its reason."""
    try:
        design = design_of(grid, one)
        C = contrast_of(design, estimand)[None]
    except InputError as error:
        return Assembled(specification=one, reason=_words(error))
    post = design.outcome.rate.reindex(design.periods)[design.post].to_numpy(dtype=float)
    return Assembled(
        specification=one,
        problem=Problem(y=design.y.to_numpy(), X=design.X.to_numpy(), time=design.time, C=C),
        observed=_observed(post, estimand),
        unit=_unit(design.outcome, one.scale, estimand),
    )


def _own_contrast(names: tuple[str, ...], post: np.ndarray, estimand: str) -> np.ndarray:
    if estimand == "average":
        return post.mean(axis=0)
    if estimand == "last":
        return post[-1]
    return np.array([float(name == estimand) for name in names])


def _observed(post: np.ndarray, estimand: str) -> float:
    """The mean observed rate of the periods that an estimand is about."""
    if estimand == "average":
        return float(post.mean())
    return float(post[-1]) if estimand == "last" else np.nan


def _unit(outcome: Outcome, scale: str, estimand: str) -> str:
    unit = "%" if scale == "log" else outcome.rate_unit
    return f"{unit} a {outcome.step}" if estimand == "slope" else unit


def _words(error: InputError) -> str:
    return f"{error.problem} {error.rule}"
