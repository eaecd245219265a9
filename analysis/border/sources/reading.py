"""Files from a user in: each recognised from its content, read and checked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from analysis import show
from analysis.border.sources.formats import FORMATS, Format, nearest_format
from analysis.border.sources.labels import MONTH_NUMBERS
from analysis.border.sources.ohss import read_tables
from analysis.border.sources.rows import Header, find_header, read_rows
from analysis.border.sources.table import Encounters
from analysis.border.sources.tidy import tidy
from analysis.errors import AnalysisError, DataError
from analysis.outcome import Source
from analysis.reading import Reading as Series
from analysis.reading import read_series
from analysis.reading.content import AGAIN, KINDS_READ, Content, cannot_use, inspect

AS_IT_IS: Mapping[str, str] = MappingProxyType({})
Data = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
SUFFIXES = (".csv", ".csv.gz", ".xlsx")
MIN_OFFICIAL_COLUMNS = 4  # with fewer known columns a file is not meant to be an official one


@dataclass(frozen=True, kw_only=True)
class Reading(show.Shown):
    """What one file holds: official tables, or the one series of anybody's table.

    notes : what was left out or has to be known, in sentences.
    """

    source: Source
    tables: tuple[Encounters, ...] = ()
    series: Series | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()


def read_data(data: Data, how: Mapping[str, str] = AS_IT_IS) -> tuple[Reading, ...]:
    """All files that a user gives: a path, several (a list, or joined by ";"), or a folder.

    how : how to read a table that is no official one: parameters of `read_series`.

    Raises
    ------
    DataError : no file, or one that cannot be used.
    """
    readings: dict[str, Reading] = {}
    for path in find_files(data):
        reading = read_file(path, how)
        readings.setdefault(reading.source.sha256, reading)
    return tuple(readings.values())


def find_files(data: Data) -> list[Path]:
    """The paths of the files that `data` names; a folder stands for the data files in it."""
    if isinstance(data, str) and not os.path.exists(os.path.expanduser(data)):
        data = [part.strip() for part in data.split(";") if part.strip()]
    given = [data] if isinstance(data, str | os.PathLike) else data
    if not isinstance(given, list | tuple) or not all(
        isinstance(one, str | os.PathLike) for one in given
    ):
        raise _no_file(f"The data are given as {given!r}.")
    paths = [Path(one).expanduser() for one in given]
    found = [
        file for path in paths for file in (_files_in(path) if os.path.isdir(path) else [path])
    ]
    if not found:
        raise _no_file("No file is given.")
    return found


def _no_file(problem: str) -> DataError:
    return DataError(
        problem,
        rule='Data are the path of a file, several (a list, or joined by ";"), or a folder.',
        remedy="Name at least one file, or leave the parameter empty for the embedded figures.",
    )


def _files_in(folder: Path) -> list[Path]:
    found = sorted(p for p in folder.iterdir() if p.name.lower().endswith(SUFFIXES))
    found = [path for path in found if not path.name.startswith((".", "~$"))]
    if not found:
        raise cannot_use(
            folder,
            "is a folder without data files.",
            rule=f"The files of a folder that are read end in {', '.join(SUFFIXES)}.",
            remedy="Put the downloaded files into it.",
        )
    return found


def read_file(path: str | os.PathLike[str], how: Mapping[str, str] = AS_IT_IS) -> Reading:
    """One file. Reading the same content again is quick.

    how : how to read a table that is no official one: parameters of `read_series`.

    Raises
    ------
    DataError : the file cannot be used; the message says why, by which rule, and what to do.
    """
    try:
        return _read(inspect(Path(path)), this_month(), tuple(how.items()))
    except AnalysisError:
        raise
    except (OSError, ValueError) as error:  # such as a path with a NUL byte, or a vanished file
        raise DataError(
            f"'{path}' cannot be read ({error}).", rule=KINDS_READ, remedy=AGAIN
        ) from None


def this_month() -> pd.Period:
    """The current month."""
    return pd.Timestamp.now().to_period("M")


@lru_cache(maxsize=32)
def _read(content: Content, today: pd.Period, how: tuple[tuple[str, str], ...]) -> Reading:
    if content.container == "workbook":
        tables = read_tables(content)
        return _official(content, tables, today) if tables else _own(content, dict(how))
    header = find_header(content)
    if header.format:
        if not content.ends_in_line:
            raise cannot_use(
                content.path,
                "ends in the middle of a line: the download was cut off.",
                rule="The last line of a published file is complete, and its last number too.",
            )
        return _official(content, [(header.format, read_rows(content, header))], today)
    if header.known >= MIN_OFFICIAL_COLUMNS:
        raise _incomplete_header(content, header)
    return _own(content, dict(how))


def _incomplete_header(content: Content, header: Header) -> DataError:
    kind = nearest_format(header.roles)
    lacking = sorted(kind.columns - set(header.roles))
    surplus = sorted(set(header.wanted.values()) - kind.columns - kind.optional)
    problem = [f"lacks {', '.join(lacking)}"] if lacking else []
    problem += [f"has {', '.join(surplus)}"] if surplus else []
    return cannot_use(
        content.path,
        f"looks like '{kind.title}' ({kind.publisher}), but {' and '.join(problem)}.",
        rule=f"That table has the columns {', '.join(sorted(kind.columns))}.",
        remedy="Restore the columns' names as published, or download the file again.",
    )


def _official(
    content: Content, tables: Sequence[tuple[Format, pd.DataFrame]], today: pd.Period
) -> Reading:
    made, notes = [], []
    for kind, rows in tables:
        source = Source(
            name=kind.name,
            title=kind.title,
            publisher=kind.publisher,
            file=content.name,
            vintage="",
            sha256=content.sha256,
            rounded_to=kind.rounded_to,
        )
        table, left_out = tidy(rows, kind, source, today)
        if table is None:
            continue
        vintage, origin = find_vintage(content.path.name, table.periods[-1])
        caveats = (*kind.caveats, f"Vintage {vintage}: {origin}.", *left_out)
        source = replace(source, vintage=vintage, caveats=caveats)
        made.append(replace(table, source=source))
        said = (*source.caveats, *table.doubts.values())
        notes += [note for note in said if note not in notes]
    read = [kind.name for kind, _ in tables]
    for kind in FORMATS if content.container == "workbook" else ():
        if kind.publisher == tables[0][0].publisher and kind.name not in read:
            notes.append(f"No sheet has the columns of '{kind.title}', so it is not in use.")
    if not made:
        raise cannot_use(content.path, "has no month in which the publisher splits its figures.")
    newest = max(made, key=lambda table: table.source.vintage)
    return Reading(source=newest.source, tables=tuple(made), notes=tuple(notes))


def find_vintage(name: str, last: pd.Period) -> tuple[str, str]:
    """The month of a release and where it is known from: the file's name, or its last month.

    `sbo-encounters-fy22-fy25-aug.csv` is of August 2025; without a month the last fiscal year is
    complete (September). A name that promises less than the file holds is not believed.
    """
    match = re.search(r"fy(\d\d)(?:[-_]?([a-z]{3})|m(\d\d))?(?![a-z0-9]*[-_]?fy\d)", name.lower())
    if match:
        year = 2000 + int(match[1])
        month = int(match[3] or MONTH_NUMBERS.get(match[2] or "", 9))
        if 1 <= month <= 12:
            named = pd.Period(year=year - (month >= 10), month=month, freq="M")
            if last <= named <= last + 12:
                return str(named), "from the file's name"
    return str(last), "the last month in the file"


def _own(content: Content, how: Mapping[str, str]) -> Reading:
    """The series of a table that is no official one. Whether pages can be made of it is asked."""
    series = read_series(content.path, **how)
    (piece,) = series.outcome().pieces
    return Reading(source=piece.source, series=series, notes=series.sentences())
