"""Coverage of the intervals in use, cell by cell, marked in words where it is far from nominal.

`make coverage` (`benchmarks/coverage_table.py`) simulates every cell and writes the table that is
kept beside this module. A page reads it, and simulates a few of its cells again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis import show
from analysis.errors import refuse_bounds
from analysis.models.registry import DEFAULT_MODEL, registered_models
from analysis.show.templates import Told
from analysis.validation.simulate import ESTIMANDS, intervals_of, make_cell

RESULTS: Final = Path(__file__).with_suffix(".csv")
DEFAULT, STRAIGHT = "Default", "Straight trend"
WANDERING_COUNTS = "wandering_counts"
RIGHT = "ar1"
_SAID = show.words("validation/words.yml")
KINDS, LABELS = _SAID["kinds"], _SAID["effects"]
NOMINAL, LOW, HIGH, FAR = 0.95, 0.94, 0.96, 0.90
SEED = 1
KEYS = ["errors", "model", "n", "rho", "estimand"]


@dataclass(frozen=True, kw_only=True)
class Coverage(Told):
    """Shares of 95% intervals that hold the truth.

    table : indexed by (errors, model, n, rho, estimand); coverage, width (median, on the modelled
        scale), identified (share), replicates, mc_error, and `mark`: "too low", "far too low",
        "too high", or "" where coverage is within 94% to 96% or less than two Monte Carlo errors
        from it.
    """

    table: pd.DataFrame = field(repr=False)

    @property
    def right(self) -> Coverage:
        """The cells of AR(1) errors around a straight trend."""
        return self._of([RIGHT])

    @property
    def wrong(self) -> Coverage:
        """The cells in which a model of AR(1) errors around a straight trend is wrong."""
        return self._of(list(KINDS))

    @property
    def counts(self) -> Coverage:
        """The cells of counts with a memory."""
        return self._of([kind for kind in self.kinds if kind not in (RIGHT, *KINDS)])

    @property
    def kinds(self) -> list[str]:
        """The kinds of errors, in the order measured."""
        return list(self.table.index.unique("errors"))

    def _of(self, kinds: list[str]) -> Coverage:
        """The cells of these kinds of errors."""
        known = self.table.index.get_level_values("errors").isin(kinds)
        return replace(self, table=self.table[known])

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self._standard())

    def label(self, name: str) -> str:
        """What a page calls an effect, a model or a kind of errors."""
        known = registered_models()
        if name in known:
            return known[name].label
        return LABELS.get(name) or show.capital(KINDS.get(name, name))

    def _standard(self) -> pd.DataFrame:
        """The table in per cent with the columns of every table of effects."""
        share = self.table
        frame = pd.DataFrame(
            {
                "label": [LABELS[e] for e in share.index.get_level_values("estimand")],
                "estimate": 100 * share["coverage"],
                "std_error": 100 * share["mc_error"],
                "df": np.nan,
                "lower": 100 * (share["coverage"] - 1.96 * share["mc_error"]),
                "upper": 100 * (share["coverage"] + 1.96 * share["mc_error"]),
                "p_value": np.nan,
                "unit": "% of intervals that hold the truth",
                "width": share["width"],
                "mark": share["mark"],
            }
        )
        frame = frame.reorder_levels(["model", "errors", "n", "rho", "estimand"])
        return frame.rename_axis(index={"model": "fit"})


def load_coverage() -> Coverage:
    """The coverage that the package carries; `make coverage` measures it."""
    return with_marks(pd.read_csv(RESULTS, comment="#").set_index(KEYS))


def with_marks(table: pd.DataFrame) -> Coverage:
    """A table of coverage with the Monte Carlo error and the mark of each cell."""
    share = table["coverage"]
    error = np.sqrt(np.maximum(share * (1 - share), 1e-9) / table["replicates"])
    marks = [mark_of(*pair) for pair in zip(share, error, strict=True)]
    return Coverage(table=table.assign(mc_error=error, mark=marks))


def mark_of(coverage: float, error: float) -> str:
    """In words, where coverage is more than two Monte Carlo errors outside 94% to 96%."""
    if coverage + 2 * error < LOW:
        return "far too low" if coverage < FAR else "too low"
    return "too high" if coverage - 2 * error > HIGH else ""


def check_cells(
    found: Coverage, *, cells: int = 4, replicates: int = 500, seed: int = 2
) -> pd.DataFrame:
    """Some cells of the default, drawn at random, simulated again with another seed.

    Returns one row for (errors, n, rho, estimand): `kept` and `again` (shares), and `error`, the
    Monte Carlo error of their difference.

    Parameters
    ----------
    found : of `load_coverage`.   cells : how many at most, >= 1.
    replicates : series for each, >= 1.   seed : of the draw and of the series.

    Raises
    ------
    InputError : `cells` or `replicates` below 1.
    """
    refuse_bounds(
        ("number of cells", cells, cells >= 1, "1 or more"),
        ("number of replicates", replicates, replicates >= 1, "1 or more"),
    )
    kept = found.table.xs(DEFAULT, level="model")
    keys = kept.index.droplevel("estimand").unique()
    drawn = np.random.default_rng(seed).choice(len(keys), min(cells, len(keys)), replace=False)
    shares: dict[tuple[str, int, float, str], float] = {}
    for kind, n, rho in keys[np.sort(drawn)]:
        cell = make_cell(n, rho, kind, replicates, seed + SEED)
        lower, upper = intervals_of(cell, DEFAULT_MODEL).transpose(1, 0, 2)
        known, out = np.isfinite(lower) & np.isfinite(upper), (lower > 0) | (upper < 0)
        held = 1 - (known & out).sum(axis=1) / known.sum(axis=1)
        shares |= {(kind, n, rho, name): share for name, share in zip(ESTIMANDS, held, strict=True)}
    new = pd.Series(shares).rename_axis(kept.index.names)
    old = kept.loc[new.index]
    error = np.sqrt(old["mc_error"] ** 2 + 0.05 * 0.95 / replicates)
    return pd.DataFrame({"kept": old["coverage"], "again": new, "error": error})
