"""What the validation found, in sentences. It computes no coverage, only words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.pages.said import prose, say
from analysis.pages.words import Headline, Prose
from analysis.validation.coverage import (
    DEFAULT,
    KINDS,
    LABELS,
    NOMINAL,
    STRAIGHT,
    Coverage,
)
from analysis.validation.published import Reproduction
from analysis.validation.rejections import Rejections, share, shares

SHORTEST = 24


def validation_answer(real: Rejections, reproduction: Reproduction, found: Coverage) -> Headline:
    """Real series first, then what fails and what holds in simulated ones."""
    worst = found.wrong.table.xs(DEFAULT, level="model")["coverage"]
    kind, *_, estimand = worst.idxmin()
    within, count = int(reproduction.table["within"].sum()), len(reproduction.table)
    simulated = say(
        "validation",
        "simulated",
        usual=shares(_usual(found.right, DEFAULT)),
        shortest=SHORTEST,
        worst=share(worst.min()),
        kind=KINDS[kind],
        effect=LABELS[estimand].lower(),
        within=within,
        count=count,
    )
    return Headline(
        sentence=real.sentence(),
        detail=(simulated,),
        short=f"default leaves out zero in {real.range_of()} of real series without a change; "
        f"{within} of {count} published numbers found",
    )  # fmt: skip


def real_note(real: Rejections) -> Prose:
    """What the rates on real series mean for a reader."""
    return prose("validation", "real", real=real, table=real.frontier())


def reproduction_note(reproduction: Reproduction) -> Prose:
    """How many published numbers are found, and which are not."""
    table = reproduction.table
    missed = [
        f"{reproduction.cases[case].label}: {number}"
        for case, number in table.index[~table["within"]]
    ]
    return prose("validation", "reproduction", count=len(table), missed=missed)


def coverage_note(found: Coverage) -> Prose:
    """What a cell is, its Monte Carlo error, and what its mark means."""
    replicates = int(found.table["replicates"].max())
    error = 100 * (NOMINAL * (1 - NOMINAL) / replicates) ** 0.5
    return prose("validation", "coverage", replicates=replicates, error=error)


def spot_note(again: pd.DataFrame) -> Prose:
    """A few cells simulated anew in this run, beside those of the table."""
    off = (again["again"] - again["kept"]).abs()
    cells = [
        f"{KINDS.get(kind, 'AR(1)')}, {n} periods, {rho:g}"
        for kind, n, rho in again.index.droplevel("estimand").unique()
    ]
    farthest = float((off / again["error"]).max())
    return prose("validation", "spot", cells=cells, off=100 * off.max(), farthest=farthest)


def count_note(found: Coverage) -> Prose:
    """What intervals for counts with a memory are worth, model by model."""
    held = found.counts.table["coverage"]
    rows = [(name, shares(held.xs(name, level="model"))) for name in _models(found.counts)]
    return prose("validation", "counts", rows=rows)


def short_note(right: Coverage) -> Prose:
    """Whether the aim is met by the default, and by its rival for a straight trend."""
    rows = []
    for name in (DEFAULT, STRAIGHT):
        table = right.table.xs(name, level="model")
        off = table.loc[table["mark"] != "", "coverage"]
        farthest = (off - NOMINAL).abs().idxmax() if len(off) else table.index[0]
        _, n, rho, estimand = farthest
        worst = share(table.loc[farthest, "coverage"])
        rows.append((name, len(off), worst, LABELS[estimand].lower(), n, f"{rho:g}"))
    return prose("validation", "short", rows=rows)


def price_note(right: Coverage) -> Prose:
    """What the default costs where the trend is straight."""
    ours, other = (right.table.xs(name, level="model") for name in (DEFAULT, STRAIGHT))
    ratio = (ours["width"] / other["width"]).loc[_long]
    return prose("validation", "price", least=ratio.min(), most=ratio.max(), shortest=SHORTEST)


def failure_note(wrong: Coverage) -> Prose:
    """Under which kinds of errors the default fails, and under which not."""
    table = wrong.table.xs(DEFAULT, level="model")
    lowest = table["coverage"].groupby("errors").min()
    low = [k for k in wrong.kinds if table.xs(k, level="errors")["mark"].str.endswith("low").any()]
    worst = lowest[low].idxmin() if low else lowest.idxmin()
    return prose("validation", "failures", low=len(low), count=len(wrong.kinds),
                 worst=KINDS[worst], share=share(lowest[worst]),
                 rest=[KINDS[kind] for kind in wrong.kinds if kind not in low])  # fmt: skip


def where_it_fails(found: Coverage) -> Prose:
    """Where coverage fails because the model is wrong, and what it is where the model is right."""
    right = found.right
    ranges = [f"{name} {shares(_usual(right, name))}" for name in _models(right)]
    rivals = say("validation", "rivals", shortest=SHORTEST, ranges=ranges)
    return Prose(*failure_note(found.wrong).paragraphs, *coverage_note(right).paragraphs, rivals)


def _usual(right: Coverage, name: str) -> pd.Series:
    """The coverage of a model over the cells of series long enough."""
    rows = right.table.xs(name, level="model")["coverage"]
    return rows[_long(rows)]


def _long(rows: pd.Series) -> np.ndarray:
    """Which cells are of series long enough."""
    return np.asarray(rows.index.get_level_values("n") >= SHORTEST)


def _models(found: Coverage) -> list[str]:
    return list(found.table.index.unique("model"))
