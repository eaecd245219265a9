"""`make honesty`: rates on real series, also where the calibration was chosen on other series.

What the surface of the default weighs (`PRICES` and `UNSURES` are in units of what was chosen) was
chosen by looking at rates on real series. So the choice is made again, by a rule, on half of the
series, and the rates are taken on the other half, both ways; and on each source, chosen on the
others. What other prices of width would give shows what a narrower interval costs. And a pool of
further sources, by which nothing was chosen at all, is measured as it is (`make honesty
UNSEEN=...`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from io import StringIO
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from layouts import Setting
from real_series import (
    Window,
    cut_windows,
    group_rows,
    interval_ends,
    measure_rejections,
    problem_of,
    read_pool,
)
from surface import WHOLE_CLASS, SurfaceCell, fit_cells

from analysis.models.registry import DEFAULT_MODEL
from analysis.validation.rejections import BESIDE, RESULTS, UNSEEN

PRICES = (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
UNSURES = (0.4, 1.0, 2.4)
NOMINAL = 0.05
REPLICATES = 400


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What a surface with other weights does on windows: W x 4 estimands.

    out : whether zero is left out.   wide : widths in units of those of `ar1_calibrated`.
    """

    price: float
    unsure: float
    out: np.ndarray
    wide: np.ndarray

    def far(self, members: np.ndarray) -> float:
        """How far the rates in these windows are from nominal: the sum of squares."""
        return float(((self.out[members].mean(axis=0) - NOMINAL) ** 2).sum())


def measure_held_out(
    windows: Sequence[Window], *, replicates: int = REPLICATES, designs: int | None = None
) -> pd.DataFrame:
    """Rates of the default with weights chosen on other series, and those of other weights.

    replicates, designs : to which a surface is fitted; None for all designs.

    Returns rows as `measure_rejections` does, by "held out" (group "half" or "source") and by
    "price" (of width, 1 as chosen).
    """
    found = list(try_weights(windows, _cells(replicates, designs)))
    series, every = np.array([w.series for w in windows]), np.arange(len(windows))
    parts = {
        "half": np.array([sha256(name.encode()).digest()[0] % 2 for name in series]),
        "source": np.array([w.source for w in windows]),
    }
    rows = []
    for group, labels in parts.items():
        held = [_held_out(found, labels == label) for label in np.unique(labels)]
        out, wide = (np.select([h[0] for h in held], [h[i] for h in held]) for i in (1, 2))
        rows += group_rows("held out", group, DEFAULT_MODEL, every, out, wide, series)
    for one in found:
        if one.unsure == 1:
            name = f"{one.price:g}"
            rows += group_rows("price", name, DEFAULT_MODEL, every, one.out, one.wide, series)
    return pd.DataFrame(rows)


def _held_out(
    found: Sequence[Candidate], part: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows of a part (W x 1), and what weights chosen on the others do (W x 4)."""
    chosen = min(found, key=lambda one: one.far(np.flatnonzero(~part)))
    return part[:, None], chosen.out, chosen.wide


def try_weights(windows: Sequence[Window], cells: Sequence[SurfaceCell]) -> Iterator[Candidate]:
    """A surface for every weight, and what it does on windows."""
    problems = [problem_of(window.design) for window in windows]
    seen = [WHOLE_CLASS.measure(Setting(X=p.X, C=p.C), p.y[None]) for p in problems]
    far, terms = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    surface = WHOLE_CLASS.surface
    terms = surface.polynomial(terms)
    plain, beside = (
        np.diff(interval_ends(windows, model, NOMINAL), axis=2)[..., 0]
        for model in ("wandering_trend", BESIDE)
    )
    for price, unsure in product(PRICES, UNSURES):
        b = fit_cells([reweigh(cell, price, unsure) for cell in cells], arrived=WHOLE_CLASS.arrived)
        factor = np.exp(np.clip(terms @ b, -surface.farthest, surface.farthest))
        wide = factor * plain / beside
        yield Candidate(price=price, unsure=unsure, out=far > factor, wide=wide)


def reweigh(cell: SurfaceCell, price: float, unsure: float) -> SurfaceCell:
    """A cell with other weights of width and of factors away from 1, in units of its own."""
    size = WHOLE_CLASS.size * np.eye(len(cell.ridge))
    return replace(cell, cost=price * cell.cost, ridge=unsure * (cell.ridge - size) + size)


def _cells(replicates: int, designs: int | None) -> list[SurfaceCell]:
    rng, layouts = np.random.default_rng(WHOLE_CLASS.seed), WHOLE_CLASS.layouts()[:designs]
    return [c for layout in layouts for c in WHOLE_CLASS.simulate_cells(layout, replicates, rng)]


def write_results(path: str) -> None:
    """Measure a pool and write the table, under a line that says how it came about.

    What was measured on other sources (`add_unseen`) goes with the table that it belonged to.
    """
    windows = list(cut_windows(read_pool(path)))
    table = pd.concat([measure_rejections(windows), measure_held_out(windows)])
    count = len({window.series for window in windows})
    head = f"# make honesty POOL={Path(path).name}: {len(windows)} windows of {count} series\n"
    RESULTS.write_text(head + table.to_csv(index=False, float_format="%.4f"))


def add_unseen(path: str) -> None:
    """Measure a pool by which nothing was chosen, and put its rows beside those that are kept."""
    found = measure_rejections(list(cut_windows(read_pool(path))))
    found = found[found["by"].isin(["all", "source"])]
    head, text = RESULTS.read_text().split("\n", 1)
    kept = pd.read_csv(StringIO(text))
    rows = pd.concat([kept[kept["by"] != UNSEEN], found.assign(by=UNSEEN)])
    RESULTS.write_text(f"{head}\n" + rows.to_csv(index=False, float_format="%.4f"))


if __name__ == "__main__":
    write_results(sys.argv[1]) if sys.argv[1] else None
    add_unseen(sys.argv[2]) if sys.argv[2:] else None
