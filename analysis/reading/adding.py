"""Regular series: gaps as data, and shorter periods added up to longer ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.outcome.steps import WORDS, half_years, periods_of
from analysis.reading.wording import choices, refusal
from analysis.show import number

# What rows can be added up to, and from what.
STEPS = {f"{WORDS[step]}s": step for step in ("D", "W", "M", "Q", "6M", "Y")}
ORDER = ("S", *WORDS)
MOST_GAPS = 0.5  # of the periods of a series


def fill_gaps(values: pd.Series, name: str) -> pd.Series:
    """The series with a row for each period from the first to the last value, NaN in gaps.

    Raises
    ------
    DataError : more than half of the periods have no row.
    """
    held = values.dropna()
    periods = pd.PeriodIndex(values.index)
    if len(held) < 2:
        raise refusal("few values", column=name, n=len(held))
    whole = pd.period_range(held.index.min(), held.index.max(), freq=periods.freq)
    lacking = len(whole.difference(periods))
    if lacking > MOST_GAPS * len(whole):
        raise refusal(
            "many gaps",
            column=name,
            n=lacking,
            all=len(whole),
            first=str(whole[0]),
            last=str(whole[-1]),
        )
    return values.reindex(whole)


def add_up(
    values: pd.Series, step: str, to: str, *, mean: bool
) -> tuple[pd.Series, tuple[str, ...]]:
    """Shorter periods added up (or averaged) to longer ones.

    A period of which a part has no row is left out at the ends, and a gap inside.

    Parameters
    ----------
    values : one value a row (rows of one day may repeat where `step` is "S").
    to : a key of `STEPS`.

    Raises
    ------
    InputError : the periods cannot be put together from these.
    """
    target = STEPS[to]
    word = "day" if step == "S" else WORDS[step]
    if ORDER.index(target) < ORDER.index(step) or (step in ("W", "14D", "28D") and target != step):
        raise refusal("other step", step=to, word=word)
    if target == step:
        return values, ()
    parts = values.groupby(level=0).agg("mean" if mean else lambda day: day.sum(skipna=False))
    if target == "D":
        return parts, (f"Rows of one day are {'averaged' if mean else 'added up'}.",)
    periods = pd.PeriodIndex(parts.index)
    like = half_years(1) if target == "6M" else pd.PeriodIndex(["2000"], freq=target)
    groups = periods_of(periods.start_time, like)
    held = parts.notna().groupby(groups).sum()
    wanted = _numbers_inside(pd.PeriodIndex(held.index), periods)
    made = parts.groupby(groups).agg("mean" if mean else "sum").where(held >= wanted)
    ends = [str(p) for p in (made.index[0], made.index[-1]) if np.isnan(made[p])]
    starts = " that start on Monday" if target == "W" else ""
    said = [f"Each {word} is {'averaged' if mean else 'added up'} to {to}{starts}."]
    if ends:
        said.append(f"Left out at the ends, as they are not whole: {choices(ends, 'and')}.")
    inside = int(made.isna().sum()) - len(ends)
    if inside:
        said.append(f"{number(inside)} {to} inside are gaps, as they are not whole.")
    return made, tuple(said)


def _numbers_inside(longer: pd.PeriodIndex, periods: pd.PeriodIndex) -> np.ndarray:
    """How many of the shorter periods each longer one holds (weekdays if there are no others)."""
    first, last = longer.start_time, longer.end_time
    if periods.freqstr == "D" and not periods.day_of_week.isin((5, 6)).any():
        days = first.to_numpy("datetime64[D]"), last.to_numpy("datetime64[D]") + 1
        return np.busday_count(*days)
    size = periods.freq.n
    held = last.to_period(periods.freq).asi8 - first.to_period(periods.freq).asi8
    return held // size + 1
