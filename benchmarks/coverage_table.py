"""`make coverage`: how often the intervals in use hold the truth in simulated series.

Every model sees the same series of each kind of errors. Counts are those of count models, which are
fitted one by one; five minutes for all but counts, half an hour for those.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from plain import OPTIONS, PLAIN, plain_intervals

from analysis.design import Design, rebuild
from analysis.models import fit
from analysis.models.batch import METHODS
from analysis.models.processes.autoregression import ar1_errors
from analysis.models.registry import DEFAULT_MODEL
from analysis.show.progress import watch
from analysis.validation.coverage import DEFAULT, KEYS, RESULTS, RIGHT, SEED, STRAIGHT
from analysis.validation.simulate import (
    ERRORS,
    ESTIMANDS,
    Cell,
    half_design,
    intervals_of,
    make_cell,
    seed_of,
    wanted_contrasts,
)

# What is measured, by the name that a page gives it.
MODELS: Mapping[str, Mapping[str, Any]] = {
    DEFAULT: {"model": DEFAULT_MODEL},
    STRAIGHT: {"model": "ar1_calibrated"},
    "REML": {"model": "reml_ar1"},
    "Prais-Winsten": {"model": "prais_winsten"},
    "Newey-West": {"model": "newey_west"},
    "ARIMA": {"model": "arima", "order": (1, 0, 0)},
    "OLS": {"model": "ols"},
}
LENGTHS = (12, 24, 36, 48, 72, 96, 144, 200)
RHOS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95)
COUNT_MODELS = ("wandering_counts", "poisson", "quasi_poisson", "negative_binomial")
REPLICATES, COUNT_REPLICATES = 4000, 400
# What is simulated where the model is wrong, and for counts.
WRONG_LENGTHS, WRONG_RHOS = (48, 96), (0.4, 0.8)
COUNT_LENGTHS, COUNT_RHOS = (36, 72, 120), (0.3, 0.8)


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Counts whose log means are AR(1) with innovations of sd > 0 around that of `mean` > 0.

    shape : of the gamma that mixes Poisson counts to negative binomial ones; None for Poisson.
    """

    mean: float
    sd: float = 0.1
    shape: float | None = None

    def draw(self, n: int, rho: float, size: int, rng: np.random.Generator) -> np.ndarray:
        """Counts of n periods (size x n)."""
        mean = self.mean * np.exp(self.sd * ar1_errors(n, rho, size, rng))
        if self.shape is not None:
            mean = mean * rng.gamma(self.shape, 1 / self.shape, mean.shape)
        return rng.poisson(mean).astype(float)


COUNTS: Mapping[str, Counted] = {
    "poisson 5": Counted(mean=5.0),
    "poisson 30": Counted(mean=30.0),
    "poisson 5, strong": Counted(mean=5.0, sd=0.3),
    "poisson 30, strong": Counted(mean=30.0, sd=0.3),
    "negative binomial 5": Counted(mean=5.0, shape=10.0),
    "negative binomial 30": Counted(mean=30.0, shape=10.0),
}


def count_cell(n: int, rho: float, kind: str, replicates: int, seed: int = SEED) -> Cell:
    """A cell of counts, on a design of their own scale."""
    outcome = half_design(n).outcome
    outcome = replace(outcome, values=outcome.values.round(), kind="count")
    series = COUNTS[kind].draw(n, rho, replicates, seed_of(n, rho, seed))
    return Cell(design=rebuild(half_design(n), outcome=outcome, scale="count"), series=series)


def measure_coverage(
    models: Sequence[str] | Mapping[str, Mapping[str, Any]] = (DEFAULT_MODEL,),
    *,
    n: Sequence[int] = LENGTHS,
    rho: Sequence[float] = RHOS,
    errors: str = "ar1",
    replicates: int = 2000,
    alpha: float = 0.05,
    seed: int = 1,
) -> pd.DataFrame:
    """Coverage and type I error of models on level-and-slope designs of equal halves.

    models : names, or names with options, as for `compare`.
    errors : a name in `ERRORS`.

    Returns one row for (model, n, rho, estimand): coverage (share of identified intervals that
    hold 0), mc_error of it, width (median, on the modelled scale), type_one (share of all
    replicates with an interval that excludes 0) and identified (share). Every model sees the
    same series.

    Raises
    ------
    InputError : what `fit` refuses.
    """
    make = partial(make_cell, errors=errors, replicates=replicates, seed=seed)
    return measure_cells(make, models, n=n, rho=rho, alpha=alpha)


def measure_cells(
    make: Callable[[int, float], Cell],
    models: Sequence[str] | Mapping[str, Mapping[str, Any]],
    *,
    n: Sequence[int],
    rho: Sequence[float],
    alpha: float = 0.05,
) -> pd.DataFrame:
    """The same for cells of any kind, by length and autocorrelation."""
    wanted = dict(models) if isinstance(models, Mapping) else {name: {} for name in models}
    rows = []
    for length, r in watch(list(product(n, rho)), "Cells"):
        cell = make(length, r)
        for name, options in wanted.items():
            ends = ends_of(cell, dict(options), name, alpha)
            for estimand, table in zip(ESTIMANDS, ends, strict=True):
                rows.append((name, length, r, estimand, *_summary(*table)))
    names = ["model", "n", "rho", "estimand"]
    columns = [*names, "coverage", "mc_error", "width", "type_one", "identified"]
    return pd.DataFrame(rows, columns=columns).set_index(names)


def ends_of(cell: Cell, options: dict[str, Any], name: str, alpha: float) -> np.ndarray:
    """Ends of the intervals: estimands x 2 x replicates; all at once where that can be."""
    model = options.pop("model", name)
    if model in PLAIN and options == OPTIONS.get(model, {}):
        X, C = cell.design.X.to_numpy(), wanted_contrasts(cell.design)
        return plain_intervals(cell.series, X, C, model=model, alpha=alpha)
    if model in METHODS and not options:
        return intervals_of(cell, model, alpha)
    every = [_single(design, model, options, alpha) for design in replicate_designs(cell)]
    return np.array(every).transpose(1, 2, 0)


def replicate_designs(cell: Cell) -> Iterator[Design]:
    """The design of the cell with each of its series in turn."""
    index = cell.design.y.index
    for values in cell.series:
        y = pd.Series(values, index)
        yield replace(cell.design, y=y, outcome=replace(cell.design.outcome, values=y))


def _single(
    design: Design, model: str, options: Mapping[str, Any], alpha: float
) -> list[tuple[float, float]]:
    found = fit(design, model, **options)
    if found.distribution is not None:
        table = found.contrast(wanted_contrasts(design), alpha=alpha)
        return list(zip(table["lower"], table["upper"], strict=True))
    periods = int(design.post.sum())
    rows = np.stack([np.full(periods, 1 / periods), np.eye(periods)[-1]])
    ends = [(lower, upper) for *_, lower, upper, _ in found.added(rows, alpha=alpha)]
    return [(np.nan, np.nan), (np.nan, np.nan), *ends]


def _summary(lower: np.ndarray, upper: np.ndarray) -> tuple[float, float, float, float, float]:
    known = np.isfinite(lower) & np.isfinite(upper)
    excludes = known & ((lower > 0) | (upper < 0))
    count = int(known.sum())
    if not count:
        return np.nan, np.nan, np.nan, float(excludes.mean()), 0.0
    coverage = 1 - excludes.sum() / count
    error = np.sqrt(max(coverage * (1 - coverage), 1e-9) / count)
    width = float(np.median((upper - lower)[known]))
    return float(coverage), float(error), width, float(excludes.mean()), float(known.mean())


def grid_of(kind: str) -> tuple[Any, Sequence[int], Sequence[float], int]:
    """Models, lengths, autocorrelations and replicates that are simulated of a kind of errors."""
    if kind in COUNTS:
        return COUNT_MODELS, COUNT_LENGTHS, COUNT_RHOS, COUNT_REPLICATES
    if kind == RIGHT:
        return MODELS, LENGTHS, RHOS, REPLICATES
    return MODELS, WRONG_LENGTHS, WRONG_RHOS, REPLICATES


def measure_kinds(kinds: Sequence[str]) -> pd.DataFrame:
    """The cells of these kinds."""
    found = {}
    for kind in kinds:
        models, lengths, rhos, size = grid_of(kind)
        if kind in COUNTS:
            make = partial(count_cell, kind=kind, replicates=size)
        else:
            make = partial(make_cell, errors=kind, replicates=size, seed=SEED)
        table = measure_cells(make, models, n=lengths, rho=rhos)
        found[kind] = table[["coverage", "width", "identified"]].assign(replicates=size)
    return pd.concat(found, names=["errors"])


def write_coverage(kinds: Sequence[str]) -> None:
    """Measure these kinds of errors and put them into the table that is kept."""
    table = measure_kinds(kinds)
    if RESULTS.is_file():
        kept = pd.read_csv(RESULTS, comment="#").set_index(KEYS)
        table = pd.concat([kept.drop(index=list(kinds), level="errors", errors="ignore"), table])
    order = {kind: i for i, kind in enumerate([*ERRORS, *COUNTS])}
    table = table.sort_index(level="errors", key=lambda k: k.map(order), sort_remaining=False)
    head = "# make coverage: share of 95% intervals that hold the truth, and their median width\n"
    RESULTS.write_text(head + table.round(4).to_csv())


if __name__ == "__main__":
    write_coverage(sys.argv[1:] or [*ERRORS, *COUNTS])
