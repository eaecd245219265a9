"""What the validation found, in sentences. It computes no coverage, only words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import show
from analysis.pages.words import Headline, Prose
from analysis.validation.coverage import DEFAULT, KINDS, LABELS, MODELS, NOMINAL, STRAIGHT, Coverage
from analysis.validation.published import Reproduction
from analysis.validation.rejections import Rejections

SHORTEST = 24


def validation_answer(
    real: Rejections, reproduction: Reproduction, right: Coverage, wrong: Coverage
) -> Headline:
    """Real series first, then what fails and what holds in simulated ones."""
    worst = wrong.table.xs(DEFAULT, level="model")["coverage"]
    kind, *_, estimand = worst.idxmin()
    within, count = int(reproduction.table["within"].sum()), len(reproduction.table)
    usual = _range(_usual(right, DEFAULT))
    simulated = (
        f"In simulated series with AR(1) errors around a straight trend it held the truth in "
        f"{usual} for series of {SHORTEST} periods or more. The worst found was "
        f"{_percent(worst.min())}, for the {LABELS[estimand].lower()} with {KINDS[kind]}. "
        f"{within} of {count} published numbers were found again."
    )
    return Headline(
        sentence=real.sentence(),
        detail=(simulated, _failures(wrong), _rivals(right)),
        short=f"default leaves out zero in {real.range_of()} of real series without a change; "
        f"{within} of {count} published numbers found",
    )


def real_note(real: Rejections) -> Prose:
    """What the rates on real series mean for a reader."""
    return Prose(
        "Each window is a stretch of a real series with a made-up date in it, on which nothing "
        "is known to have happened. An honest 95% interval leaves out zero in 5% of such "
        "windows. The series are those of forecasting competitions and textbooks; the weights "
        "of the default's calibration were chosen by looking at the same series, so on others "
        "it may do a little worse. In brackets: the median width beside ar1_calibrated."
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


def coverage_note(right: Coverage) -> Prose:
    """What a cell is, its Monte Carlo error, and what its mark means."""
    error = 100 * (0.95 * 0.05 / right.replicates) ** 0.5
    return Prose(
        f"Each cell is the share of {right.replicates:,} simulated series, with a Monte Carlo "
        f"error of about {error:.1f} points. A cell is called too low or too high where it "
        "is more than two such errors outside 94% to 96%, and far too low where it is also "
        "below 90%. All models see the same series."
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
    points.append(_widths(right))
    return Prose("Against the aim of 94% to 96%:", points=tuple(points))


def where_it_fails(right: Coverage, wrong: Coverage) -> Prose:
    """Where coverage fails because the model is wrong, and what it is where the model is right."""
    return Prose(_failures(wrong), *coverage_note(right).paragraphs, _rivals(right))


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
    parts = [f"{name} {_range(_usual(right, name))}" for name in MODELS]
    return (
        f"Level, slope and average, AR(1) errors, series of {SHORTEST} periods or more, lowest to "
        f"highest: {show.join_words(parts)}."
    )


def _widths(right: Coverage) -> str:
    """What the default costs where the trend is straight: its median width over the other's."""
    ratio = _usual(right, DEFAULT, "width") / _usual(right, STRAIGHT, "width")
    typical = float(np.exp(np.log(ratio).mean()))
    return (
        f"That is the price where the trend is straight: the default's intervals are "
        f"{typical:.2f} times as wide as those of ar1_calibrated, on average over the cells of "
        f"{SHORTEST} periods or more, from {ratio.min():.2f} to {ratio.max():.2f} times."
    )


def _usual(right: Coverage, name: str, column: str = "coverage") -> pd.Series:
    """A column of a model over the cells of series long enough, or over all if none is."""
    rows = right.table.xs(name, level="model")[column]
    enough = rows.index.get_level_values("n") >= SHORTEST
    return rows[enough] if enough.any() else rows


def _range(shares: pd.Series) -> str:
    return f"{_percent(shares.min())} to {_percent(shares.max())}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"
