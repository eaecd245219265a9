"""What the validation found, in sentences. It computes no coverage, only words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import show
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
from analysis.validation.rejections import Rejections

SHORTEST = 24


def validation_answer(real: Rejections, reproduction: Reproduction, found: Coverage) -> Headline:
    """Real series first, then what fails and what holds in simulated ones."""
    worst = found.wrong.table.xs(DEFAULT, level="model")["coverage"]
    kind, *_, estimand = worst.idxmin()
    within, count = int(reproduction.table["within"].sum()), len(reproduction.table)
    usual = _range(_usual(found.right, DEFAULT))
    simulated = (
        f"In simulated series with AR(1) errors around a straight trend it held the truth in "
        f"{usual} for series of {SHORTEST} periods or more. The worst found was "
        f"{_percent(worst.min())}, for the {LABELS[estimand].lower()} with {KINDS[kind]}. "
        f"{within} of {count} published numbers were found again."
    )
    return Headline(
        sentence=real.sentence(),
        detail=(simulated,),
        short=f"default leaves out zero in {real.range_of()} of real series without a change; "
        f"{within} of {count} published numbers found",
    )


def real_note(real: Rejections) -> Prose:
    """What the rates on real series mean for a reader."""
    return Prose(
        "Each window is a stretch of a real series with a made-up date in it, on which nothing "
        "is known to have happened. An honest 95% interval leaves out zero in 5% of such "
        "windows. The series are those of forecasting competitions and textbooks. In brackets: "
        "the median width beside ar1_calibrated.",
        real.held_out(),
        real.unseen(),
        table=real.frontier(),
    )


def reproduction_note(reproduction: Reproduction) -> Prose:
    """How many published numbers are found, and which are not."""
    table = reproduction.table
    missed = table[~table["within"]]
    names = [f"{reproduction.cases[case].label}: {number}" for case, number in missed.index]
    if not names:
        text = f"All {len(table)} published numbers are found within their tolerance."
    else:
        text = f"{len(names)} of {len(table)} published numbers are not found:"
    return Prose(text, points=tuple(names))


def coverage_note(found: Coverage) -> Prose:
    """What a cell is, its Monte Carlo error, and what its mark means."""
    replicates = int(found.table["replicates"].max())
    error = 100 * (0.95 * 0.05 / replicates) ** 0.5
    return Prose(
        f"Each cell is the share of {replicates:,} simulated series, with a Monte Carlo "
        f"error of about {error:.1f} points. A cell is called too low or too high where it "
        "is more than two such errors outside 94% to 96%, and far too low where it is also "
        "below 90%. All models see the same series. The file of effects has all cells, with "
        "widths. `make coverage` simulates them again."
    )


def spot_note(again: pd.DataFrame) -> Prose:
    """A few cells simulated anew in this run, beside those of the table."""
    off = (again["again"] - again["kept"]).abs()
    farthest = float((off / again["error"]).max())
    cells = again.index.droplevel("estimand").unique()
    named = [f"{KINDS.get(kind, 'AR(1)')}, {n} periods, {rho:g}" for kind, n, rho in cells]
    return Prose(
        f"Simulated again in this run: {'; '.join(named)}. The shares of the default differ from "
        f"those of the table by {_percent(off.max())[:-1]} points at most, which is "
        f"{farthest:.1f} Monte Carlo errors"
        + ("; up to 3 are luck." if farthest <= 3 else ": the table is out of date.")
    )


def count_note(found: Coverage) -> Prose:
    """What intervals for counts with a memory are worth, model by model."""
    rows = found.counts.table["coverage"]
    points = [f"{name}: {_range(rows.xs(name, level='model'))}" for name in _models(found.counts)]
    return Prose(
        "Negative binomial counts, which vary more than Poisson counts around the same mean, need "
        "no model of their own: wandering_counts takes their excess for noise of the log mean. It "
        "is wider than it need be where the mean does not wander, as it does not here.",
        "Log means remember the period before, around a mean count of 5 or 30; they move by 0.1 a "
        "period, and by 0.3 where it says strong. Lowest to highest coverage:",
        points=tuple(points),
    )


def short_note(right: Coverage) -> Prose:
    """Whether the aim is met by the default, and by its rival for a straight trend."""
    points = []
    for name in (DEFAULT, STRAIGHT):
        off = right.table.xs(name, level="model")
        off = off[off["mark"] != ""]
        if off.empty:
            points.append(f"{name}: no cell is outside it beyond Monte Carlo error.")
            continue
        where = (off["coverage"] - NOMINAL).abs().idxmax()
        _, n, rho, estimand = where
        cells = "1 cell is" if len(off) == 1 else f"{len(off)} cells are"
        points.append(
            f"{name}: {cells} outside it beyond Monte Carlo error, the farthest at "
            f"{_percent(off.loc[where, 'coverage'])} "
            f"({LABELS[estimand].lower()}, {n} periods, autocorrelation {rho:g})."
        )
    return Prose("Against the aim of 94% to 96%:", points=tuple(points))


def price_note(right: Coverage) -> Prose:
    """What the default costs where the trend is straight."""
    ours, other = (right.table.xs(name, level="model") for name in (DEFAULT, STRAIGHT))
    ratio = (ours["width"] / other["width"]).loc[_long]
    return Prose(
        f"Where the trend is straight and the errors are AR(1), the default covers more often "
        f"than it says and is wider than ar1_calibrated, from {ratio.min():.2f} to "
        f"{ratio.max():.2f} times in series of {SHORTEST} periods or more. That is the price of "
        "holding where a trend wanders."
    )


def failure_note(wrong: Coverage) -> Prose:
    """Under which kinds of errors the default fails, and under which not."""
    return Prose(_failures(wrong))


def where_it_fails(found: Coverage) -> Prose:
    """Where coverage fails because the model is wrong, and what it is where the model is right."""
    right = found.right
    return Prose(_failures(found.wrong), *coverage_note(right).paragraphs, _rivals(right))


def _failures(wrong: Coverage) -> str:
    """The kinds of errors under which the default is too low, and those where not."""
    table = wrong.table.xs(DEFAULT, level="model")
    by_kind = {kind: table.xs(kind, level="errors") for kind in wrong.kinds}
    low, rest = [], []
    for kind, rows in by_kind.items():
        if rows["mark"].str.endswith("low").any():
            low.append(f"{KINDS[kind]} (down to {_percent(rows['coverage'].min())})")
        else:
            rest.append(KINDS[kind])
    parts = [f"The default interval is too low with {show.join_words(low)}."] if low else []
    parts += [f"It is not too low with {show.join_words(rest)}."] if rest else []
    return " ".join(parts)


def _rivals(right: Coverage) -> str:
    parts = [f"{name} {_range(_usual(right, name))}" for name in _models(right)]
    return (
        f"All four effects, AR(1) errors, series of {SHORTEST} periods or more, lowest to "
        f"highest: {show.join_words(parts)}."
    )


def _usual(right: Coverage, name: str) -> pd.Series:
    """The coverage of a model over the cells of series long enough."""
    rows = right.table.xs(name, level="model")["coverage"]
    return rows[_long(rows)]


def _long(rows: pd.Series) -> np.ndarray:
    """Which cells are of series long enough."""
    return np.asarray(rows.index.get_level_values("n") >= SHORTEST)


def _models(found: Coverage) -> list[str]:
    return list(found.table.index.unique("model"))


def _range(shares: pd.Series) -> str:
    return f"{_percent(shares.min())} to {_percent(shares.max())}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"
