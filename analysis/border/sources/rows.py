"""Rows of a published table, as coded columns. Read in pieces, so that memory stays bounded.

Every column is categorical, numbers too: a file has few distinct labels, so each label is checked
once, and what is kept is a few bytes a row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, TextIO, cast

import pandas as pd
from pandas.api.types import union_categoricals

from analysis.border.sources.formats import Format, find_format, roles
from analysis.errors import DataError
from analysis.reading.content import Content, cannot_use, not_utf8

DELIMITERS = (",", ";", "\t", "|")
CHUNK_ROWS = 200_000
SURPLUS = "surplus"


@dataclass(frozen=True, kw_only=True)
class Header:
    """Where the header is and what its columns are.

    names : the header's own words, for messages.
    roles : what each column is (see `formats.roles`).
    lines : how many lines of the file are above the first row.
    """

    names: tuple[str, ...]
    roles: tuple[str | None, ...]
    delimiter: str = ","
    lines: int = 1

    @property
    def format(self) -> Format | None:
        """The published format with these columns."""
        return find_format(self.roles)

    @property
    def known(self) -> int:
        """How many columns are of a known kind."""
        return sum(role is None or not role.startswith("+") for role in self.roles)

    @property
    def wanted(self) -> dict[int, str]:
        """The places of the columns to read, with their roles."""
        return {i: role for i, role in enumerate(self.roles) if role and not role.startswith("+")}


def find_header(content: Content) -> Header:
    """The line, among the first 20, that has most columns of known kinds."""
    candidates = [_candidate(content.head_text, delimiter) for delimiter in DELIMITERS]
    return max(candidates, key=lambda header: header.known)


def _candidate(text: str, delimiter: str) -> Header:
    best = Header(names=(), roles=(), delimiter=delimiter)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in islice(reader, 20):
            header = Header(
                names=tuple(row),
                roles=tuple(roles(row)),
                delimiter=delimiter,
                lines=reader.line_num,
            )
            best = max(best, header, key=lambda one: one.known)
    except csv.Error:
        pass
    return best


def refuse_repeated_columns(names: Sequence[str], found: Sequence[str | None], file: str) -> None:
    """Two columns of one kind: which of them is meant cannot be known."""
    for role in filter(None, found):
        twice = [name for name, one in zip(names, found, strict=True) if one == role]
        if len(twice) > 1:
            raise DataError(
                f"'{file}' has the column '{short(twice[0])}' more than once.",
                rule="Each column of a published table occurs once.",
                remedy="Remove the column that does not belong there.",
            )


def read_rows(content: Content, header: Header) -> pd.DataFrame:
    """The rows as categorical columns, named by role.

    Raises
    ------
    DataError : damaged text, a row with too many columns, or no row at all.
    """
    refuse_repeated_columns(header.names, header.roles, content.name)
    chunks = []
    try:
        with content.open() as stream:
            for chunk in _chunks(stream, content.encoding, header):
                _refuse_surplus(chunk, content)
                chunks.append(chunk)
    except UnicodeError as error:
        raise not_utf8(content.path, error) from None
    except (ValueError, csv.Error) as error:
        raise cannot_use(
            content.path,
            f"cannot be read as a table ({short(str(error))}).",
            rule="Every row has as many columns as the header, and quotes are closed.",
        ) from None
    return _without_repeated_header(_together(chunks), header)


def _chunks(stream: BinaryIO, encoding: str, header: Header) -> Iterator[pd.DataFrame]:
    # A column more than the header has catches rows that are too long: pandas would cut them.
    names = [f"{i}" for i in range(len(header.roles))] + [SURPLUS]
    wanted = {names[place]: role for place, role in header.wanted.items()}
    # Counts as text: pandas would make 1200 of a category "1.2E+03" before it is checked.
    (counts,) = (name for name, role in wanted.items() if role == "encounters")
    with closing(_Table(stream, encoding, header, names)) as table:
        reader = pd.read_csv(
            cast(TextIO, table),
            sep=header.delimiter,
            usecols=[*wanted, SURPLUS],
            index_col=False,
            dtype=dict.fromkeys([*wanted, SURPLUS], "category") | {counts: "str"},
            na_filter=False,
            chunksize=CHUNK_ROWS,
            low_memory=False,
        )
        for chunk in reader:
            chunk[counts] = chunk[counts].astype("category")
            yield pd.DataFrame({wanted.get(n, n): _as_text(chunk[n]) for n in chunk})


def _as_text(column: pd.Series) -> pd.Series:
    """A categorical column whose labels are text, also where pandas took them for numbers."""
    labels = pd.Index([str(label) for label in column.cat.categories], dtype=str)
    return column.cat.rename_categories(labels)


class _Table:
    """A text stream that starts with a header line of our own in place of the file's."""

    def __init__(self, stream: BinaryIO, encoding: str, header: Header, names: list[str]) -> None:
        self._rest = io.TextIOWrapper(stream, encoding=encoding, newline="")
        for _ in range(header.lines):
            self._rest.readline()
        self._first = header.delimiter.join(names) + "\n"

    def read(self, size: int = -1) -> str:
        first, self._first = self._first, ""
        return first or self._rest.read(size)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rest)

    def close(self) -> None:
        """Leave the bytes below to who opened them."""
        self._rest.detach()


def _refuse_surplus(chunk: pd.DataFrame, content: Content) -> None:
    surplus = chunk.pop(SURPLUS)
    filled = [label for label in surplus.cat.categories if str(label).strip()]
    if filled:
        row = surplus.isin(filled).idxmax() + 1
        raise cannot_use(
            content.path,
            f"has more columns in data row {row} than in its header.",
            rule="Every row has as many columns as the header. A number such as 1,234 is quoted.",
        )


def _together(chunks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All chunks as one, each column under one list of labels."""
    columns = {name: union_categoricals([chunk[name] for chunk in chunks]) for name in chunks[0]}
    return pd.DataFrame(columns)


def categorical(columns: Mapping[str, Iterable[str]]) -> pd.DataFrame:
    """Categorical columns from plain labels."""
    return pd.DataFrame({name: pd.Categorical(list(values)) for name, values in columns.items()})


def _without_repeated_header(frame: pd.DataFrame, header: Header) -> pd.DataFrame:
    """Drop lines that repeat the header; they come from files pasted together."""
    repeats = frame["fiscal_year"] == header.names[header.roles.index("fiscal_year")]
    if not repeats.any():
        return frame
    kept = frame[~repeats]
    return kept.assign(**{name: kept[name].cat.remove_unused_categories() for name in kept})


def short(text: str) -> str:
    """Text of a file for a message: one line, at most 80 characters."""
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:77] + "..."
