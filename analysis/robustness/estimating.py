"""One estimand of many designs in one tidy table: the step that every question here shares."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd

from analysis.design import Design, rebuild
from analysis.design.scale import from_per_cent, told, unit_of
from analysis.design.terms import Calendar, share_in_force
from analysis.effects.estimands import COLUMNS, contrast_of
from analysis.errors import AnalysisError, InputError, refusal
from analysis.models import fit
from analysis.models.batch import METHODS, Method, Problem, batch_contrasts
from analysis.models.counts import poisson_glm
from analysis.models.registry import DEFAULT_MODEL, refuse_scale
from analysis.outcome import Intervention, Outcome
from analysis.show.progress import watch
from analysis.show.templates import Told

NO_OPTIONS: Mapping[str, Any] = {}
Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")
SPAN = ["estimate", "lower", "upper"]

# Of designs with more rows than this, a day's for example, so many are tried of each kind.
LONG, ENOUGH = 300, 40


@dataclass(frozen=True, kw_only=True)
class Varied(Told):
    """One estimate of several designs.

    table : what differs, then the standard columns.   left_out : as of `try_designs`, designs that
        cannot be estimated.   design : the one that is varied.   alpha : of the intervals.
    """

    table: pd.DataFrame = field(repr=False)
    left_out: pd.DataFrame = field(repr=False)
    design: Design = field(repr=False)
    alpha: float

    @property
    def step(self) -> str:
        """The word for a period."""
        return self.design.outcome.step


def with_known_rate(
    design: Design, model: str = DEFAULT_MODEL, options: Mapping[str, Any] = NO_OPTIONS
) -> Design:
    """The design with the rate that a fit finds, if it has one to estimate.

    What varies a design holds its rate at that value: it asks the same question each time.

    Raises
    ------
    DesignError : the series does not tell the rate.
    """
    if not design.terms["rate"]:
        return design
    return rebuild(design, intervention=fit(design, model, **options).design.intervention)


def try_designs(
    asked: Iterable[Key], make: Callable[[Key], Made], none: str
) -> tuple[dict[Key, Made], pd.DataFrame]:
    """The designs that can be made, by key; and for each other `key`, `reason` and `rule`.

    none : the refusal where none can be made.

    Raises
    ------
    InputError : none can be made (gives the commonest rule).
    """
    designs, others = {}, []
    for key in asked:
        try:
            made = make(key)
            if isinstance(made, Design) and made.scale == "count":
                poisson_glm(made)  # it refuses terms that have nothing but zeros
            designs[key] = made
        except InputError as error:
            others.append((key, error.reason, error.rule))
    left_out = pd.DataFrame(others, columns=["key", "reason", "rule"])
    if not designs:
        raise none_estimated(left_out, none)
    return designs, left_out


def none_estimated(left_out: pd.DataFrame, none: str) -> AnalysisError:
    """The error where nothing that was tried can be estimated; `left_out` has a column `rule`."""
    rules = left_out["rule"].value_counts()
    rule = "At least one is asked for."
    if len(rules):
        rule = f"The commonest reason ({rules.iloc[0]} times): {rules.index[0].rstrip('.')}."
    return refusal(none, count=len(left_out), rule=rule)


def estimate_designs(
    designs: Iterable[Design],
    estimand: str,
    *,
    contrasts: Iterable[np.ndarray] | None = None,
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] = NO_OPTIONS,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """One row a design: the standard columns.

    contrasts : the row c of the estimand for each design, where it is not the design's own.
    """
    designs = list(designs)
    for design in designs:
        refuse_scale(model, design.outcome, design.scale)
    rows = contrasts or [contrast_of(design, estimand) for design in designs]
    problems = [Problem.of(*pair) for pair in zip(designs, rows, strict=True)]
    units = [unit_of(design.outcome, design.scale, estimand) for design in designs]
    per_cent = [design.in_per_cent for design in designs]
    return estimate_problems(
        problems, designs, per_cent, units, model=model, options=options, alpha=alpha
    )


def estimate_moved(
    design: Design,
    moves: np.ndarray,
    *,
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] = NO_OPTIONS,
    alpha: float = 0.05,
) -> np.ndarray:
    """The average effect (k x 3: estimate, lower, upper) with something added, not in a unit.

    moves : k x n, what is added, on the scale on which effects are estimated (logs of ratios, or
        differences of the rate).
    """
    if model in METHODS and not options:
        refuse_scale(model, design.outcome, design.scale)
        X, C = design.X.to_numpy(), contrast_of(design, "average")[None]
        series = (design.y.to_numpy() + move for move in moves)
        problems = [Problem(y=y, X=X, time=design.time, C=C) for y in series]
        batched = batch_contrasts(problems, alpha=alpha, model=cast(Method, model))
        return batched[SPAN].to_numpy()
    # What a model chooses itself, such as an order, it chooses once.
    options = fit(design, model, **options).options
    designs = [_moved(design, move) for move in moves]
    table = estimate_designs(designs, "average", model=model, options=options, alpha=alpha)
    ends = table[SPAN].to_numpy()
    return from_per_cent(ends) if design.in_per_cent else ends


def _moved(design: Design, move: np.ndarray) -> Design:
    """The design of the series with something added; models of counts look at the outcome."""
    counts = design.scale == "count"
    y = design.y * np.exp(move) if counts else design.y + move
    values = design.outcome.values.astype(float)
    told = y if counts else design.to_values(y.to_numpy(), np.ones(len(y), dtype=bool))
    values[design.periods] = np.asarray(told)
    return replace(design, y=y, outcome=replace(design.outcome, values=values))


def estimate_problems(
    problems: Sequence[Problem],
    designs: Iterable[Design],
    per_cent: Sequence[bool],
    units: Sequence[str],
    *,
    model: Any,
    options: Mapping[str, Any] = NO_OPTIONS,
    alpha: float,
) -> pd.DataFrame:
    """The standard columns of one contrast of each problem, each told in its unit.

    Models that `batch_contrasts` has are worked all at once, others one by one on the designs.
    """
    if model in METHODS and not options:
        contrasts = batch_contrasts(problems, alpha=alpha, model=model)
    else:
        fits = (fit(design, model, **options) for design in designs)
        pairs = watch(zip(fits, problems, strict=True), "Estimates", total=len(problems))
        contrasts = pd.concat(
            [fitted.contrast(problem.C, alpha=alpha) for fitted, problem in pairs]
        )
    table = pd.DataFrame(told(contrasts.to_numpy(), np.array(per_cent)), columns=contrasts.columns)
    return table.assign(unit=units)[COLUMNS]


def every(count: int, rows: int) -> int:
    """One in how many of `count` designs is tried: all, or `ENOUGH` where they have many rows."""
    return max(-(-count // ENOUGH), 1) if rows > LONG else 1


def excludes_zero(table: pd.DataFrame) -> pd.Series:
    """Which intervals lie wholly on one side of zero; an interval not identified does not."""
    return (table["lower"] > 0) | (table["upper"] < 0)


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

    Those are the events that vary in it and do not begin in the period `beside`. The season stays
    what it was, whatever the length of the window. `controls` replace the design's own where a
    longer history needs longer ones.
    """
    if controls is not None:
        changes["controls"] = controls
    kept, calendar = [], Calendar.of(window)
    for event in design.events:
        share = share_in_force(event, calendar)
        begins = share.any() and window.periods[int(np.argmax(share > 0))] == beside
        if np.ptp(share) > 0 and not begins:
            kept.append(event)
    return rebuild(
        design,
        outcome=window,
        intervention=intervention,
        events=tuple(kept),
        season=design.season,
        **changes,
    )
