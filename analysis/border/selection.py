"""Select a series from tidy tables: the most exact table that has a period is used for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pandas as pd

from analysis.border.events import catalogue
from analysis.border.sources.catalogue import embedded
from analysis.border.sources.compare import each_month_once, newest_first
from analysis.border.sources.describe import LARGE
from analysis.border.sources.reading import Data, GivenFile, read_data
from analysis.border.sources.table import (
    ALL,
    DIMENSIONS,
    FREQUENCIES,
    GLOSSARY,
    Encounters,
    name_parts,
)
from analysis.errors import AnalysisError, refusal, unknown_name
from analysis.outcome import Outcome, Piece, make_outcome, note_use
from analysis.reading.series import PARAMETERS
from analysis.reading.understood import Reading
from analysis.show.templates import say

# What stands for all values of a dimension that a table splits.
WHOLE = {"component": ("both",), "border": ("nationwide",)}
Cell = tuple[Encounters, pd.Series]  # the selected counts of a table


def load_outcome(
    *,
    component: str = "usbp",
    border: str = "southwest",
    sector: str = ALL,
    demographic: str = ALL,
    citizenship: str = ALL,
    authority: str = ALL,
    frequency: str = "monthly",
    start: str | None = None,
    end: str | None = None,
    data: Data = "",
    **how: str,
) -> Outcome:
    """Select a series of encounters. The most exact table that has a period is used for it.

    Given files come before the embedded tables: each period is taken from the first of exact
    given files (the newest first), rounded given files, embedded tables that has it. Any other
    table is read by `read_series` and is itself the series, alone.

    Parameters
    ----------
    component : "usbp" (between ports of entry), "ofo" (at ports of entry) or "both".
    border : "southwest", "northern", "coastal" (Border Patrol's coastal sectors), "other" (all
        outside the land borders) or "nationwide".
    sector, demographic, citizenship, authority : a value, several joined by "+", or "all".
        Citizenship is a country; "other" is all but Mexico, Guatemala, Honduras, El Salvador.
    frequency : "monthly" or "weekly".
    start, end : first and last period, inclusive; None for all that the tables have.
    data : "" for the embedded figures; or the path of a file, several (a list, or joined by
        ";"), or a folder.
    how : how to read a table of one's own, by the names of the parameters of `read_series`.

    Raises
    ------
    InputError : a value that no table has, a combination that no table has, or a window that
        the tables do not cover.
    DataError : a given file that cannot be used.
    """
    chosen = (component, border, sector, demographic, citizenship, authority)
    selection = dict(zip(DIMENSIONS, chosen, strict=True))
    for name in how:
        if name not in PARAMETERS:
            raise unknown_name("parameter", name, {**_defaults(), **dict.fromkeys(PARAMETERS)})
    if frequency not in FREQUENCIES:
        raise unknown_name("frequency", frequency, FREQUENCIES)
    how = {name: value for name, value in how.items() if value not in ("", "auto")}
    readings = read_data(data, how) if data else ()
    if any(reading.series is not None for reading in readings):
        outcome = _own_series(readings, {**selection, "frequency": frequency}).window(start, end)
    elif how:
        raise refusal("how of official", pairs=[f"{name}={value}" for name, value in how.items()])
    else:
        given = [table for reading in readings for table in reading.tables]
        outcome = _official(given, selection, frequency, (start, end))
    note_use(piece.source for piece in outcome.pieces)
    return outcome


def _official(
    given: Sequence[Encounters],
    selection: Mapping[str, str],
    frequency: str,
    window: tuple[str | None, str | None],
) -> Outcome:
    """The series by the given tables and the embedded ones, with notes on what may be wrong."""
    tables, parts = prefer(given), name_parts(selection)
    cells = _cells(tables, selection, frequency)
    if not cells:
        raise _no_table(tables, selection, frequency)
    values, pieces = _splice(cells)
    outcome = make_outcome(
        values, name=", ".join(parts), unit="encounters", pieces=pieces, catalogue=catalogue()
    ).window(*window)
    known = _cells(embedded(), selection, frequency) if given else []
    notes = (*_unused(given, outcome), *_doubts(cells, outcome), *_far_from(known, outcome))
    return replace(outcome, parts=parts, notes=(*outcome.notes, *notes), glossary=GLOSSARY)


def _defaults() -> dict[str, Any]:
    return load_outcome.__kwdefaults__ or {}


def own_table(data: Data, how: Mapping[str, str]) -> Reading | None:
    """How a table of one's own was read; None where `data` names official files, or none.

    Raises
    ------
    DataError : a file that cannot be used.
    """
    readings = read_data(data, how) if data else ()
    return next((reading.series for reading in readings if reading.series is not None), None)


def _cells(
    tables: Iterable[Encounters], selection: Mapping[str, str], frequency: str
) -> list[Cell]:
    """The tables that have the selected series, each with its counts."""
    available = [table for table in tables if table.frequency == frequency]
    return [(t, counts) for t in available if (counts := _select(t, selection)) is not None]


def _unused(given: Sequence[Encounters], outcome: Outcome) -> tuple[str, ...]:
    """A note where no period comes from a given file: the page then rests on other figures."""
    used = {piece.source.sha256 for piece in outcome.pieces}
    files = list(dict.fromkeys(table.source.file for table in given))
    if not files or used & {table.source.sha256 for table in given}:
        return ()
    return (say("unused", files=files),)


def _doubts(cells: Iterable[Cell], outcome: Outcome) -> tuple[str, ...]:
    """A note on each month from which rows of its file may be missing, and on the whole file."""
    tables = {table.source: table for table, _ in cells}
    notes: list[str] = []
    for piece in outcome.pieces:
        doubts = tables[piece.source].doubts.items()
        notes += tables[piece.source].lacks
        notes += [said for month, said in doubts if piece.first <= month <= piece.last]
    return tuple(dict.fromkeys(notes))


def _far_from(known: Sequence[Cell], outcome: Outcome) -> tuple[str, ...]:
    """A note where the series differs by much from the embedded figures of the same periods.

    Much is more than `LARGE` of the embedded figure, and more than its rounding.
    """
    if not known:
        return ()
    values, pieces = _splice(known)
    both = beyond_rounding(values, outcome, pieces)
    far = both[(both["gap"] > LARGE * both["old"]) & (both["gap"] > 1)]
    if far.empty:
        return ()
    worst = (far["gap"] / far["old"].clip(lower=1)).idxmax()
    common = len(values.index.intersection(outcome.periods))
    facts = {"worst": worst, "common": common, "step": outcome.step, "share": LARGE}
    return (say("far", far=far, **facts),)


def beyond_rounding(known: pd.Series, outcome: Outcome, pieces: Iterable[Piece]) -> pd.DataFrame:
    """The periods in which an outcome differs from known figures by more than rounding.

    Columns `old`, `new`, `gap`. pieces : where the known figures come from.
    """
    rounding = max(piece.source.rounded_to for piece in (*pieces, *outcome.pieces))
    both = pd.concat([known, outcome.values], axis=1, keys=["old", "new"], join="inner")
    both["gap"] = (both["new"] - both["old"]).abs()
    return both[both["gap"] > (rounding if rounding > 1 else 0)]


def prefer(given: Iterable[Encounters]) -> list[Encounters]:
    """The given tables, then the embedded ones for what the given ones do not have."""
    return each_month_once([*newest_first(given), *embedded()])


def selectable(tables: Iterable[Encounters], dimension: str) -> set[str]:
    """The values of a dimension that one of the tables has, "all" among them where it adds up."""
    return set().union(*(table.values(dimension) for table in tables))


def _own_series(readings: Sequence[GivenFile], selection: Mapping[str, str]) -> Outcome:
    """The series of a table of one's own, which has to be the only file and comes as it is."""
    if len(readings) > 1:
        own = next(reading.source.file for reading in readings if reading.series is not None)
        raise refusal("own among others", n=len(readings), file=own)
    asked = [f"{k}={value}" for k, value in selection.items() if value != _defaults()[k]]
    if asked:
        raise refusal("part of own", file=readings[0].source.file, pairs=asked)
    return cast(Reading, readings[0].series).outcome()


def _select(table: Encounters, selection: Mapping[str, str]) -> pd.Series | None:
    """The selected cell's counts, or None where this table cannot tell it from others."""
    frame, periods = table.frame, table.periods
    for dimension, wanted in selection.items():
        if dimension in table.fixed:
            if table.fixed[dimension] != wanted:
                return None
        elif wanted == ALL or wanted in WHOLE.get(dimension, ()):
            if dimension in table.must_select:
                return None
        else:
            values = wanted.split("+")
            if not set(values) <= table.values(dimension):
                return None
            groups = [table.members(dimension, value) for value in values]
            for members in groups:
                held = table.frame.loc[table.frame[dimension].isin(members), "period"]
                periods = periods[(periods >= held.min()) & (periods <= held.max())]
            frame = frame[frame[dimension].isin(set().union(*groups))]
    counts = frame.groupby("period")["encounters"].sum()
    # A cell without a row inside the span of its values is a count of zero: publishers omit it.
    return counts.reindex(periods, fill_value=0)


def _splice(cells: Sequence[Cell]) -> tuple[pd.Series, list[Piece]]:
    """Fill each period from the first table that has it."""
    by_source = pd.concat([cell for _, cell in cells], axis=1, keys=range(len(cells)))
    giver = by_source.notna().idxmax(axis=1).sort_index()
    runs = (giver != giver.shift()).cumsum()
    pieces = [
        Piece(source=cells[run.iloc[0]][0].source, first=run.index[0], last=run.index[-1])
        for _, run in giver.groupby(runs)
    ]
    return by_source.bfill(axis=1).iloc[:, 0].sort_index(), pieces


def _no_table(
    tables: Sequence[Encounters], selection: Mapping[str, str], frequency: str
) -> AnalysisError:
    tables = [table for table in tables if table.frequency == frequency]
    for dimension, wanted in selection.items():
        known = selectable(tables, dimension) | {ALL}
        if dimension in WHOLE:
            known = (known - {ALL}) | set(WHOLE[dimension])
        for value in wanted.split("+"):
            if value not in known:
                return unknown_name(f"{dimension} ({frequency} tables)", value, known)
    asked = ", ".join(f"{key}={value}" for key, value in selection.items() if value != ALL)
    offers = "; ".join(f"{table.source.name} ({_offer(table)})" for table in tables)
    return refusal("no such table", frequency=frequency, asked=asked, offers=offers)


def _offer(table: Encounters) -> str:
    fixed = [f"{key}={value}" for key, value in table.fixed.items() if value != ALL]
    free = [name for name in table.frame.columns if name not in ("period", "encounters")]
    return ", ".join([*fixed, *(f"any {name}" for name in free)])
