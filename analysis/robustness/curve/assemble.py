"""Designs by the thousand, put together as arrays from the terms that `build_design` uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, cast

import numpy as np

from analysis.design import Design, build_design, identified
from analysis.design.layout import Layout, designer
from analysis.design.scale import modelled, unit_of, usual_rate
from analysis.design.terms import with_shape
from analysis.errors import AnalysisError, InputError, attempt, unknown_name
from analysis.models.batch import Problem
from analysis.models.registry import refuse_scale
from analysis.outcome import Intervention, Outcome, find_intervention
from analysis.robustness.curve.grid import DIMENSIONS, Grid, Specification

ESTIMANDS = ("level", "slope", "average", "last")
# Smallest eigenvalue of the correlation of columns from which they are independent for sure.
INDEPENDENT = 1e-8
WITHIN = DIMENSIONS[3:]
# So many of these make a design.
DESIGN = 5


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A specification ready to be estimated.

    observed : mean rate over the periods of the estimand, for effects relative to what would
        have been; NaN where the estimand has no periods of its own.
    before : how many rows are before the start.   usual : their mean rate; see `usual_rate`.
    rows : the places in the whole series of the rows of the problem.   about : which of them are
        the periods of the estimand.
    """

    specification: Specification
    problem: Problem
    observed: float
    before: int
    usual: float
    unit: str
    rows: np.ndarray
    about: np.ndarray | None


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


def assemble_grid(
    grid: Grid, estimand: str
) -> Iterator[tuple[Specification, Ready | AnalysisError]]:
    """Every specification of a grid, in its order, ready or with the refusal of it.

    What is ready equals `build_design`, and so does a refusal.
    """
    within = list(product(*(grid.choices[key] for key in WITHIN)))
    keys = [choice[:DESIGN] for choice in within]
    windows = product(grid.outcomes, grid.choices["start"], grid.choices["end"])
    for name, start, end in windows:
        chosen = [
            Specification(
                outcome=name, start=start, end=end, **dict(zip(WITHIN, choice, strict=True))
            )
            for choice in within
        ]
        window = attempt(grid.outcomes[name].window, start, end)
        if isinstance(window, InputError):
            yield from ((choice, window) for choice in chosen)
            continue
        first = int(grid.outcomes[name].periods.get_loc(window.periods[0]))
        designs = _designs(window, dict.fromkeys(keys), estimand)
        yield from _assemble(window, first, chosen, [designs[key] for key in keys], estimand)


def _assemble(
    outcome: Outcome,
    first: int,
    chosen: Sequence[Specification],
    designs: Sequence[Any],
    estimand: str,
) -> Iterator[tuple[Specification, Ready | AnalysisError]]:
    """The specifications of one window, each with its design or the refusal of one."""
    kept = outcome.values.notna().to_numpy()
    time, rate = np.flatnonzero(kept), outcome.rate.to_numpy()[kept]
    modelled_on = cache(lambda scale: attempt(lambda: modelled(outcome, scale).to_numpy()[kept]))
    usual_before = cache(lambda before: float(usual_rate(rate, np.arange(len(rate)) < before)))
    unit_on = cache(lambda scale: unit_of(outcome, scale, estimand))
    fits = cache(lambda model, scale: attempt(refuse_scale, model, outcome, scale))

    def ready(choice: Specification, y: np.ndarray, fitting: None, design: Any) -> Ready:
        X, C, about, before = design
        return Ready(
            specification=choice,
            problem=Problem(y=y, X=X, time=time, C=C),
            observed=np.nan if about is None else float(rate[about].mean()),
            before=before,
            usual=usual_before(before),
            unit=unit_on(choice.scale),
            rows=first + time,
            about=about,
        )

    for choice, design in zip(chosen, designs, strict=True):
        y, fitting = modelled_on(choice.scale), fits(choice.model, choice.scale)
        yield choice, attempt(ready, choice, y, fitting, design)


def _designs(outcome: Outcome, keys: Iterable[Any], estimand: str) -> dict[Any, Any]:
    """For each choice of a design its X, the contrast wanted (1 x p), the rows that the estimand
    is about and how many are before the start; or the error that says why there is none."""
    lay_out, known = designer(outcome), outcome.catalogue

    @cache
    def shaped(name: str, shape: Any, phase_in: int | None) -> Intervention:
        return with_shape(find_intervention(name, known), shape, phase_in)

    def laid_out(
        name: str, shape: str, phase_in: int, events: tuple[str, ...], season: int | str
    ) -> Layout:
        others = [shaped(event, "level", None) for event in events]
        return lay_out(shaped(name, shape, phase_in), others, season)

    def ready(layout: Layout, independent: bool) -> tuple[np.ndarray, np.ndarray, Any, int]:
        layout.refuse_unidentified(independent=independent)
        identified.refuse_unknown_rate(layout.intervention, "of a curve")
        post = np.flatnonzero(layout.reached)
        about = {"average": post, "last": post[-1:]}.get(estimand)
        return layout.X, _contrast(layout, estimand), about, int(layout.pre.sum())

    designs = {key: attempt(laid_out, *key) for key in keys}
    layouts = {key: made for key, made in designs.items() if isinstance(made, Layout)}
    sure = _independent([layout.X for layout in layouts.values()])
    for (key, layout), independent in zip(layouts.items(), sure, strict=True):
        designs[key] = attempt(ready, layout, independent)
    return designs


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
