"""Files from a user in: each recognised from its content, read and checked."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from analysis import show
from analysis.border.sources.formats import (
    FORMATS,
    Format,
    find_format,
    nearest_format,
    roles,
)
from analysis.border.sources.table import Encounters
from analysis.border.sources.tidy import tidy
from analysis.errors import AnalysisError, refusal
from analysis.outcome import Source
from analysis.reading.content import UNICODE, Content, Rows, read_content, sha256_of
from analysis.reading.dates import month_number
from analysis.reading.series import series_of
from analysis.reading.understood import Reading

MIN_OFFICIAL_COLUMNS = 4  # with fewer known columns a file is not meant to be an official one
FIRST_ROWS = 20  # the header is among them
Table = tuple[Format, pd.DataFrame]


def find_header(rows: Rows) -> int:
    """The place of the row, among the first 20, that has most columns of known kinds."""
    return max(range(len(rows[:FIRST_ROWS])), key=lambda i: known_columns(rows[i][1]), default=0)


def known_columns(names: Sequence[str]) -> int:
    """How many columns are of a known kind."""
    return sum(role != "" for role in roles(names))


def read_tables(content: Content) -> list[Table]:
    """The official tables of a file, as columns of text named by role; none if it has none.

    Raises
    ------
    DataError : the file is cut off, or nearly an official one, or has one twice.
    """
    tables = [made for rows in content.sheets.values() if (made := _table(rows, content))]
    kinds = [kind for kind, _ in tables]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise refusal("same table twice", file=content.name, title=kind.title)
    return tables


def _table(rows: Rows, content: Content) -> Table | None:
    """The rows below the header, each by its line, if it is that of an official table."""
    place, file = find_header(rows), content.name
    names = rows[place][1] if rows else []
    columns = roles(names)
    kind, wanted = find_format(columns), {role: i for i, role in enumerate(columns) if role}
    if kind is None:
        if content.encoding and known_columns(names) >= MIN_OFFICIAL_COLUMNS:
            raise _other_columns(set(wanted), nearest_format(columns), file)
        return None
    if not content.ends_in_line:
        raise refusal("cut off", file=file)
    if content.encoding and content.encoding not in UNICODE:
        raise refusal("encoding", file=file)
    for name, role in zip(names, columns, strict=True):
        if role and columns.count(role) > 1:
            raise refusal("column twice", file=file, column=name)
    # Lines that repeat the header come from files pasted together.
    kept = {line: row for line, row in rows[place + 1 :] if row != names}
    n = len(names)
    for line, row in kept.items():
        if len(row) > n and any(row[n:]):
            raise refusal("wide row", file=file, line=line)
    full = [row if len(row) == n else (*row[:n], *[""] * (n - len(row))) for row in kept.values()]
    cells = pd.DataFrame(full, dtype=object, columns=None if full else range(n))
    found = {role: _labels(cells[i].to_numpy()) for role, i in wanted.items()}
    return kind, pd.DataFrame(found, index=list(kept))


def _labels(cells: np.ndarray) -> pd.Categorical:
    """The cells of a column: there are few distinct labels, and each is read once."""
    codes, labels = pd.factorize(cells)
    return pd.Categorical.from_codes(codes, pd.Index(labels, dtype=object))


def _other_columns(held: set[str], kind: Format, file: str) -> AnalysisError:
    """The refusal of a text whose header is nearly that of an official file."""
    parts = {"lacks": kind.columns - held, "has": held - kind.columns - kind.optional}
    return refusal(
        "other columns",
        file=file,
        title=kind.title,
        publisher=kind.publisher,
        problem=" and ".join(f"{verb} {', '.join(sorted(c))}" for verb, c in parts.items() if c),
        columns=", ".join(sorted(kind.columns)),
    )


AS_IT_IS: Mapping[str, str] = MappingProxyType({})
Data = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
SUFFIXES = (".csv", ".csv.gz", ".xlsx")


@dataclass(frozen=True, kw_only=True)
class GivenFile(show.Shown):
    """What one file holds: official tables, or the one series of anybody's table.

    notes : what was left out or has to be known, in sentences.
    doubts : those of them on what was left out, or may be missing from the file.
    """

    source: Source
    tables: tuple[Encounters, ...] = ()
    series: Reading | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def read_data(data: Data, how: Mapping[str, str] = AS_IT_IS) -> tuple[GivenFile, ...]:
    """All files that a user gives: a path, several (a list, or joined by ";"), or a folder.

    how : how to read a table that is no official one: parameters of `read_series`.

    Parameters
    ----------
    data : the path of a file, several (a list, or joined by ";"), or a folder.

    Raises
    ------
    DataError : no file, or one that cannot be used.
    """
    readings: dict[str, GivenFile] = {}
    for path in find_files(data):
        reading = read_file(path, how)
        readings.setdefault(reading.source.sha256, reading)
    return tuple(readings.values())


def refuse_doubts(readings: Iterable[GivenFile], told: Collection[str] | None = None) -> None:
    """Refuse files of which rows may be missing.

    told : the doubts that matter; None for all.

    Raises
    ------
    DataError : the first file with a doubt, and its doubts.
    """
    for reading in readings:
        said = [doubt for doubt in reading.doubts if told is None or doubt in told]
        if said:
            raise refusal("doubts", file=reading.source.file, said=" ".join(said))


def find_files(data: Data) -> list[Path]:
    """The paths of the files that `data` names; a folder stands for the data files in it."""
    if isinstance(data, str) and not os.path.exists(os.path.expanduser(data)):
        data = [part.strip() for part in data.split(";") if part.strip()]
    given = [data] if isinstance(data, str | os.PathLike) else data
    listed = given if isinstance(given, list | tuple) else [None]
    if not all(isinstance(one, str | os.PathLike) for one in listed):
        raise refusal("data given", given=repr(given))
    files = [file for one in given for file in _files_in(Path(one).expanduser())]
    if not files:
        raise refusal("no file")
    return files


def _files_in(path: Path) -> list[Path]:
    """The data files of a folder; of a file, itself."""
    if not os.path.isdir(path):
        return [path]
    try:
        files = sorted(one for one in path.iterdir() if one.name.lower().endswith(SUFFIXES))
    except OSError as error:
        raise refusal("unreadable", file=path.name, error=error.strerror) from None
    files = [one for one in files if not one.name.startswith((".", "~$"))]
    if not files:
        raise refusal("empty folder", file=path.name, suffixes=", ".join(SUFFIXES))
    return files


def read_file(path: str | os.PathLike[str], how: Mapping[str, str] = AS_IT_IS) -> GivenFile:
    """One file. Reading the same content again is quick.

    how : how to read a table that is no official one: parameters of `read_series`.

    Raises
    ------
    DataError : the file cannot be used; the message says why, by which rule, and what to do.
    """
    path = Path(path)
    try:
        sha256 = sha256_of(path) if path.is_file() else ""
        return _read(path, sha256, this_month(), tuple(how.items()))
    except AnalysisError:
        raise
    except (OSError, ValueError) as error:  # such as a path with a NUL byte, or a vanished file
        raise refusal("unreadable", file=str(path), error=str(error)) from None


def this_month() -> pd.Period:
    """The current month."""
    return pd.Timestamp.now().to_period("M")


@lru_cache(maxsize=32)
def _read(path: Path, sha256: str, today: pd.Period, how: tuple[tuple[str, str], ...]) -> GivenFile:
    """sha256 : tells a file that was changed from the one that was read before."""
    content = read_content(path)
    tables = read_tables(content)
    return _official(content, tables, today) if tables else _own(content, dict(how))


def _official(content: Content, tables: Sequence[Table], today: pd.Period) -> GivenFile:
    made, notes, doubts = [], [], []
    for kind, rows in tables:
        own = {name: getattr(kind, name) for name in ("name", "title", "publisher", "rounded_to")}
        source = Source(**own, file=content.name, vintage="", sha256=content.sha256)
        table, left_out = tidy(rows, kind, source, today)
        if table is None:
            continue
        vintage, origin = find_vintage(content.path.name, table.periods[-1])
        caveats = (*kind.caveats, *table.unsure, f"Vintage {vintage}: {origin}.", *left_out)
        lacks = (*table.lacks, *_promised(content.path.name, vintage, table.periods))
        source = replace(source, vintage=vintage, caveats=caveats)
        made.append(replace(table, source=source, lacks=lacks))
        doubts += [*left_out, *lacks, *table.doubts.values()]
        notes += [*caveats, *lacks, *table.doubts.values()]
    read = [kind.name for kind, _ in tables]
    for kind in FORMATS if not content.encoding else ():
        if kind.publisher == tables[0][0].publisher and kind.name not in read:
            notes.append(f"No sheet has the columns of '{kind.title}', so it is not in use.")
    if not made:
        raise refusal("no split", file=content.name)
    newest = max(made, key=lambda table: table.source.vintage)
    return GivenFile(
        source=newest.source,
        tables=tuple(made),
        notes=tuple(dict.fromkeys(notes)),
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _promised(name: str, vintage: str, periods: pd.PeriodIndex) -> list[str]:
    """A note where a file has fewer months than its name says."""
    span = re.search(r"fy(\d\d)-fy\d\d", name.lower())
    start = pd.Period(year=1999 + int(span[1]), month=10, freq="M") if span else periods[0]
    if start >= periods[0] and vintage <= str(periods[-1]):
        return []
    return [
        f"Its name says {min(start, periods[0])} to {vintage}, and it has {periods[0]} to "
        f"{periods[-1]}: months may have been cut off."
    ]


def find_vintage(name: str, last: pd.Period) -> tuple[str, str]:
    """The month of a release and where it is known from: the file's name, or its last month.

    `sbo-encounters-fy22-fy25-aug.csv` is of August 2025; without a month the last fiscal year is
    complete (September). A name that promises less than the file holds is not believed.
    """
    match = re.search(r"fy(\d\d)(?:[-_]?([a-z]{3})|m(\d\d))?(?![a-z0-9]*[-_]?fy\d)", name.lower())
    if match:
        year = 2000 + int(match[1])
        month = int(match[3] or month_number(match[2] or "") or 9)
        if 1 <= month <= 12:
            named = pd.Period(year=year - (month >= 10), month=month, freq="M")
            if last <= named <= last + 12:
                return str(named), "from the file's name"
    return str(last), "the last month in the file"


def _own(content: Content, how: Mapping[str, str]) -> GivenFile:
    """The series of a table that is no official one. Whether pages can be made of it is asked."""
    series = series_of(content, how)
    series.outcome()
    return GivenFile(source=series.source, series=series, notes=series.notes)
