"""`make coverage`: how often the intervals in use hold the truth in simulated series.

Every model sees the same series of each kind of errors. Counts are those of count models, which are
fitted one by one; five minutes for all but counts, half an hour for those.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from plain import OPTIONS, PLAIN, plain_intervals

from analysis.design import rebuild
from analysis.models.processes.autoregression import ar1_errors
from analysis.models.registry import DEFAULT_MODEL
from analysis.validation.coverage import DEFAULT, KEYS, RESULTS, RIGHT, SEED, STRAIGHT
from analysis.validation.simulate import (
    ERRORS,
    LENGTHS,
    RHOS,
    Cell,
    half_design,
    intervals_of,
    make_cell,
    measure_cells,
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


def quick_intervals(cell: Cell, options: dict[str, Any], name: str, alpha: float) -> np.ndarray:
    """As `intervals_of`; models that `plain` has are worked all at once too."""
    model, others = options.get("model", name), {k: v for k, v in options.items() if k != "model"}
    if model in PLAIN and others == OPTIONS.get(model, {}):
        X, C = cell.design.X.to_numpy(), wanted_contrasts(cell.design)
        return plain_intervals(cell.series, X, C, model=model, alpha=alpha)
    return intervals_of(cell, options, name, alpha)


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
        table = measure_cells(make, models, n=lengths, rho=rhos, ends_of=quick_intervals)
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
