"""Designs by the thousand, put together as arrays from the terms that `build_design` uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, cast

import numpy as np

from analysis.design import Design, build_design
from analysis.design.layout import Layout, designer
from analysis.design.scale import modelled, unit_of
from analysis.design.terms import Calendar, with_shape
from analysis.errors import InputError, attempt, unknown_name
from analysis.models.batch import Problem
from analysis.models.registry import refuse_scale
from analysis.outcome import Intervention, Outcome, find_intervention
from analysis.robustness.curve.grid import Grid, Specification

ESTIMANDS = ("level", "slope", "average", "last")
# Smallest eigenvalue of the correlation of columns from which they are independent for sure.
INDEPENDENT = 1e-8
WITHIN = ("intervention", "shape", "phase_in", "events", "season", "model", "scale")
# So many of these make a design.
DESIGN = 5


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """A specification ready to be estimated, or the refusal that says why it cannot be.

    observed : mean rate over the periods of the estimand, for effects relative to what would
        have been; NaN where the estimand has no periods of its own.
    """

    specification: Specification
    problem: Problem | None = None
    observed: float = np.nan
    unit: str = ""
    refusal: InputError | None = None


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
            within = list(product(*(grid.choices[key] for key in WITHIN)))
            window_of = {"outcome": name, "start": start, "end": end}
            chosen = [
                Specification(**window_of, **dict(zip(WITHIN, one, strict=True))) for one in within
            ]
            try:
                window = outcome.window(start, end)
            except InputError as error:
                yield from (Assembled(specification=one, refusal=error) for one in chosen)
                continue
            first = int(outcome.periods.get_loc(window.periods[0]))
            cut = calendar.cut(slice(first, first + len(window.values)))
            designs = _designs(window, cut, dict.fromkeys(one[:DESIGN] for one in within), estimand)
            yield from _assemble(
                window, chosen, [designs[one[:DESIGN]] for one in within], estimand
            )


def _assemble(
    outcome: Outcome,
    chosen: Sequence[Specification],
    designs: Sequence[Ready | InputError],
    estimand: str,
) -> Iterator[Assembled]:
    """The specifications of one window, each with its design."""
    kept = outcome.values.notna().to_numpy()
    time = np.flatnonzero(kept)
    scales = dict.fromkeys(one.scale for one in chosen)
    y = {scale: attempt(_modelled, outcome, scale, kept) for scale in scales}
    units = {scale: unit_of(outcome, scale, estimand) for scale in scales}
    pairs = dict.fromkeys((one.model, one.scale) for one in chosen)
    fits = {pair: attempt(refuse_scale, pair[0], outcome, pair[1]) for pair in pairs}
    for one, ready in zip(chosen, designs, strict=True):
        values, fit = y[one.scale], fits[one.model, one.scale]
        if isinstance(values, InputError):
            yield Assembled(specification=one, refusal=values)
        elif isinstance(fit, InputError):
            yield Assembled(specification=one, refusal=fit)
        elif isinstance(ready, InputError):
            yield Assembled(specification=one, refusal=ready)
        else:
            yield Assembled(
                specification=one,
                problem=Problem(y=values, X=ready.X, time=time, C=ready.C),
                observed=ready.observed,
                unit=units[one.scale],
            )


def _modelled(outcome: Outcome, scale: str, kept: np.ndarray) -> np.ndarray:
    return modelled(outcome, scale).to_numpy()[kept]


def _designs(
    outcome: Outcome, calendar: Calendar, keys: Iterable[Any], estimand: str
) -> dict[Any, Any]:
    """For each choice its design, `Ready`, or the error that says why there is none."""
    lay_out, known = designer(outcome, calendar), outcome.catalogue
    rate = outcome.rate.dropna().to_numpy()

    @cache
    def shaped(name: str, shape: Any, phase_in: int | None) -> Intervention:
        return with_shape(find_intervention(name, known), shape, phase_in)

    def laid_out(
        name: str, shape: str, phase_in: int, events: tuple[str, ...], season: int | str
    ) -> Layout:
        others = [shaped(event, "level", None) for event in events]
        return lay_out(shaped(name, shape, phase_in), others, season)

    def ready(layout: Layout, independent: bool) -> Ready:
        layout.refuse_unidentified(independent=independent)
        observed = _observed(rate[layout.reached], estimand)
        return Ready(X=layout.X, C=_contrast(layout, estimand), observed=observed)

    found = {key: attempt(laid_out, *key) for key in keys}
    layouts = {key: one for key, one in found.items() if isinstance(one, Layout)}
    sure = _independent([layout.X for layout in layouts.values()])
    for (key, layout), independent in zip(layouts.items(), sure, strict=True):
        found[key] = attempt(ready, layout, independent)
    return found


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


def _contrast(one: Layout, estimand: str) -> np.ndarray:
    """The row of an estimand (1 x p), as `effects.contrast_of` has it; refused as there."""
    own, first = one.terms["intervention"], len(one.terms["base"])
    columns = slice(first, first + len(own))
    rows = one.X[one.reached, columns]
    if estimand == "average":
        row = rows.mean(axis=0)
    else:
        row = rows[-1] if estimand == "last" else np.array([float(n == estimand) for n in own])
    if not row.any():
        known = [*(name for name in own if name != "pulse"), "average", "last"]
        raise unknown_name("linear estimand of this design", estimand, {*known} - {estimand})
    C = np.zeros((1, one.X.shape[1]))
    C[0, columns] = row
    return C


def _observed(post: np.ndarray, estimand: str) -> float:
    """The mean observed rate of the periods that an estimand is about."""
    if estimand == "average":
        return float(post.mean())
    return float(post[-1]) if estimand == "last" else np.nan
