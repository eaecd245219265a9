"""The columns of a series that the designs of a grid are put together from, laid out once.

A design in a shorter window has the same columns, cut to it, as long as what they describe starts
inside the window. They come from the functions that `build_design` uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from analysis.design.terms import exposure, season_columns, season_pairs, term_columns, with_shape
from analysis.errors import InputError
from analysis.outcome import Outcome, find_intervention
from analysis.robustness.curve.grid import Grid

Pairs = int | str


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Columns of one intervention over the whole series (N x q).

    names : "level", "slope" or "pulse" of each column.
    first : position of the first period with any exposure; N if there is none.
    last_clean : position of the last period that a window may have.
    movable : whether a window that starts after `first` has the same columns.
    lasting : whether it goes on, so that every later period is a post-period.
    """

    columns: np.ndarray
    names: tuple[str, ...]
    first: int
    last_clean: int
    movable: bool
    lasting: bool


@dataclass(frozen=True, kw_only=True)
class Columns:
    """All columns of one series: N periods.

    y : by scale, the modelled series; NaN where it has no logarithm.   rate : what is observed.
    terms : by (intervention, shape, phase_in).   events : by name.   seasons : by pairs.
    """

    outcome: Outcome
    y: Mapping[str, np.ndarray]
    rate: np.ndarray
    terms: Mapping[tuple[str, str, int], Terms]
    events: Mapping[str, Terms]
    seasons: Mapping[Pairs, np.ndarray]

    @classmethod
    def of(cls, outcome: Outcome, grid: Grid) -> Columns:
        """Lay out every column that the grid needs of this series."""
        rate = outcome.rate.to_numpy(dtype=float)
        log = np.log(rate, where=rate > 0, out=np.full(len(rate), np.nan))
        choices = grid.choices
        keys = [
            (name, shape, phase_in)
            for name in choices["intervention"]
            for shape in choices["shape"]
            for phase_in in choices["phase_in"]
        ]
        events = {name for chosen in choices["events"] for name in chosen}
        return cls(
            outcome=outcome,
            y={"log": log, "level": rate},
            rate=rate,
            terms={key: _terms(outcome, *key) for key in keys},
            events={name: _terms(outcome, name, "level", None) for name in events},
            seasons=_seasons(outcome, choices["season"]),
        )


def resolved_pairs(season: int | str, window: Outcome) -> Pairs | None:
    """The season that a choice means in a window; None if it cannot have it."""
    try:
        return season_pairs(season, window)
    except InputError:
        return None


def _terms(outcome: Outcome, name: str, shape: str, phase_in: int | None) -> Terms:
    intervention = with_shape(
        find_intervention(name, outcome.catalogue), cast(Any, shape), phase_in
    )
    share = exposure(intervention, outcome.periods)
    frame = term_columns(intervention, outcome.periods, prefix="")
    clean = intervention.last_clean
    starts = outcome.periods.start_time
    last = len(share) if clean is None else int((starts.date <= clean).sum()) - 1
    return Terms(
        columns=frame.to_numpy(),
        names=tuple(str(column) for column in frame),
        first=int(np.argmax(share > 0)) if share.any() else len(share),
        last_clean=last,
        movable=intervention.phase_in < 2 and intervention.shape == "level",
        lasting=intervention.end is None,
    )


def _seasons(outcome: Outcome, seasons: tuple[Any, ...]) -> dict[Pairs, np.ndarray]:
    """Columns of every season that some window may have; "auto" is at most 2 pairs."""
    wanted: list[Any] = [season for season in seasons if season != "auto"]
    if "auto" in seasons:
        wanted += [0, 1, 2]
    pairs = {resolved_pairs(season, outcome) for season in wanted} - {None}
    return {
        one: season_columns(outcome.periods, one).to_numpy() for one in pairs if one is not None
    }
