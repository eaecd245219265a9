"""Placebo dates in real series: how often an interval leaves out zero where nothing is known.

Simulated series are what a model takes series for. Whether its intervals hold on real ones shows
only there: from a pool of series without a known intervention, windows and dates are drawn, the
default design is laid on each, and the share of 95% intervals that leave out zero is counted. It
should be 5%. `make honesty` measures a pool and writes the table that the package carries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from plain import plain_intervals

from analysis.design import Design, build_design
from analysis.errors import DataError, InputError
from analysis.models import fit
from analysis.models.batch import METHODS, Problem, batch_contrasts
from analysis.outcome import make_outcome
from analysis.validation.rejections import BESIDE
from analysis.validation.simulate import ESTIMANDS, wanted_contrasts

MODELS: Final = (
    "wandering_trend_calibrated",
    "wandering_trend",
    "ar1_calibrated",
    "reml_ar1",
    "prais_winsten",
    "newey_west",
    "ols",
    "local_level",
)
LENGTHS: Final = (36, 48, 60, 72, 96, 120)
PERIODS: Final = {4: "Q", 12: "M", 52: "W"}
FIRST: Final = "1950-01-01"
LEAST_PRE, LEAST_SHARE, LEAST_POST = 12, 0.3, 6
# A window with fewer different values, or with more zeros, is no series to model.
FEWEST_VALUES, MOST_ZEROS = 10, 0.05
WINDOWS, MOST_SERIES, SEED = 2, 300, 20261203
COLUMNS: Final = ["source", "name", "per_year", "values"]


@dataclass(frozen=True, kw_only=True)
class Window:
    """The default design at a placebo date in a window of a real series.

    series, source : whose.   per_year : 4, 12 or 52 periods.
    """

    series: str
    source: str
    per_year: int
    design: Design = field(repr=False)


def read_pool(path: str | Path) -> pd.DataFrame:
    """A pool of series: one a row, with columns source, name, per_year and values.

    `values` holds numbers between blanks, without gaps. The file may be compressed.

    Raises
    ------
    DataError : there is no such file, or it lacks a column.
    """
    if not Path(path).is_file():
        raise DataError(
            f"There is no file {path}.",
            rule="A pool is a CSV file of real series.",
            remedy="make honesty POOL=path/of/the/file.csv",
        )
    pool = pd.read_csv(path)
    missing = [column for column in COLUMNS if column not in pool]
    if missing:
        raise DataError(
            f"The pool {path} has no column {', '.join(missing)}.",
            rule=f"A pool has the columns {', '.join(COLUMNS)}, one series a row.",
            remedy="Add the columns.",
        )
    numbers = [np.array(str(text).split(), dtype=float) for text in pool["values"]]
    return pool.assign(values=pd.Series(numbers, pool.index, dtype=object))


def cut_windows(
    pool: pd.DataFrame, *, most: int = MOST_SERIES, seed: int = SEED
) -> Iterator[Window]:
    """Two random windows with a random date in each of at most `most` series of a kind.

    A kind is a source and a frequency. Windows have 36 to 120 periods, 12 or more of them and 30%
    before the date, 6 or more from it on. Series that are not weekly, monthly or quarterly, and
    windows of few different values or many zeros, are left out.
    """
    rng = np.random.default_rng(seed)
    known = pool[pool["per_year"].isin(list(PERIODS))]
    for (source, per_year), group in known.groupby(["source", "per_year"]):
        for i in rng.permutation(len(group))[:most]:
            row = group.iloc[i]
            for _ in range(WINDOWS):
                design = _placebo(row["values"], int(per_year), rng)
                if design is not None:
                    name = f"{source} {row['name']}"
                    yield Window(series=name, source=source, per_year=int(per_year), design=design)


def _placebo(values: np.ndarray, per_year: int, rng: np.random.Generator) -> Design | None:
    lengths = [n for n in LENGTHS if n <= len(values)]
    if not lengths:
        return None
    n = int(rng.choice(lengths))
    at = int(rng.integers(0, len(values) - n + 1))
    y = values[at : at + n]
    if len(np.unique(y)) < FEWEST_VALUES or (y == 0).mean() > MOST_ZEROS:
        return None
    # A season needs a year before the date; a short weekly window has none.
    seasonal = n - LEAST_POST > per_year + LEAST_POST
    least = max(LEAST_PRE, int(np.ceil(LEAST_SHARE * n)), per_year + 1 if seasonal else 0)
    start = int(rng.integers(least, n - LEAST_POST + 1))
    return lay_out(y, per_year, start, season="auto" if seasonal else 0)


def lay_out(values: np.ndarray, per_year: int, start: int, season: int | str = "auto") -> Design:
    """The default design at a placebo date: level and slope from row `start` on.

    On the log scale where every value is above 0.
    """
    periods = pd.period_range(pd.Period(FIRST, PERIODS[per_year]), periods=len(values))
    outcome = make_outcome(pd.Series(values, periods), name="placebo", unit="units", kind="measure")
    day = str(periods[start].start_time.date())
    scale = "log" if (outcome.values > 0).all() else "level"
    return build_design(outcome, day, scale=scale, season=season)  # type: ignore[arg-type]


def measure_rejections(
    windows: Sequence[Window], models: Sequence[str] = MODELS, *, alpha: float = 0.05
) -> pd.DataFrame:
    """How often each model's interval leaves out zero, over all windows and by kind of window.

    Returns one row for (by, group, model, estimand): windows, series, `left_out` (share), `error`
    of it (clustered by series), and `width` (median of the width in units of that of
    `ar1_calibrated` on the same window).

    Raises
    ------
    InputError : no windows, or what `fit` refuses.
    """
    if not windows:
        raise InputError(
            "There are no windows to measure.",
            rule="A pool has weekly, monthly or quarterly series of 36 periods or more.",
            remedy="Give longer series.",
        )
    ends = {
        model: interval_ends(windows, model, alpha) for model in dict.fromkeys([*models, BESIDE])
    }
    own = np.diff(ends[BESIDE], axis=2)[..., 0]
    rows = []
    for by, group, members in _groups(windows):
        series = np.array([windows[i].series for i in members])
        for model in models:
            low, high = ends[model][members].transpose(2, 0, 1)
            out, wide = (low > 0) | (high < 0), (high - low) / own[members]
            rows += group_rows(by, group, model, members, out, wide, series)
    return pd.DataFrame(rows)


def group_rows(
    by: str,
    group: str,
    model: str,
    members: np.ndarray,
    out: np.ndarray,
    wide: np.ndarray,
    series: np.ndarray,
) -> list[dict[str, object]]:
    """The rows of a group of windows, from out and wide (windows x estimands)."""
    return [
        {
            "by": by,
            "group": group,
            "model": model,
            "estimand": estimand,
            "windows": len(members),
            "series": len(np.unique(series)),
            "left_out": out[:, k].mean(),
            "error": _clustered_error(out[:, k], series),
            "width": np.nanmedian(wide[:, k]),
        }
        for k, estimand in enumerate(ESTIMANDS)
    ]


def _groups(windows: Sequence[Window]) -> Iterator[tuple[str, str, np.ndarray]]:
    keys: Mapping[str, list[str]] = {
        "all": ["all" for _ in windows],
        "source": [f"{one.source} {one.per_year}" for one in windows],
        "length": [str(len(one.design.y)) for one in windows],
        "frequency": [str(one.per_year) for one in windows],
    }
    for by, labels in keys.items():
        for group in np.unique(labels):
            yield by, str(group), np.flatnonzero(np.array(labels) == group)


def _clustered_error(out: np.ndarray, series: np.ndarray) -> float:
    """The standard error of a share whose windows share series."""
    sums = pd.Series(out - out.mean()).groupby(series).sum()
    return float(np.sqrt((sums**2).sum()) / len(out))


def interval_ends(windows: Sequence[Window], model: str, alpha: float) -> np.ndarray:
    """Both ends of every interval (windows x estimands x 2), on the modelled scale."""
    problems = [problem_of(window.design) for window in windows]
    if model in METHODS:
        table = batch_contrasts(problems, alpha=alpha, model=model)  # type: ignore[arg-type]
        return table[["lower", "upper"]].to_numpy().reshape(len(windows), -1, 2)
    if model in MODELS[-4:-1]:
        each = [
            plain_intervals(p.y[None], p.X, p.C, model=model, alpha=alpha)[..., 0] for p in problems
        ]
    else:
        each = [
            fit(w.design, model).contrast(p.C, alpha=alpha)[["lower", "upper"]].to_numpy()
            for w, p in zip(windows, problems, strict=True)
        ]
    return np.array(each)


def problem_of(design: Design) -> Problem:
    """The arrays of a design, with the contrasts that are measured."""
    return Problem(
        y=design.y.to_numpy(),
        X=design.X.to_numpy(),
        time=design.time,
        C=wanted_contrasts(design),
    )
