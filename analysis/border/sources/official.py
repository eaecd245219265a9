"""The official tables of a file: its text, or each sheet of a workbook, that has a known header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.border.refusals import refusal
from analysis.border.sources.formats import Format, find_format, nearest_format, roles
from analysis.reading.content import Content
from analysis.reading.grid import UNICODE, first_rows, read_grid, read_sheets

MIN_OFFICIAL_COLUMNS = 4  # with fewer known columns a file is not meant to be an official one
FIRST_ROWS = 20  # the header is among them
Table = tuple[Format, pd.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Header:
    """A row, by its place, and what its cells would be as names of columns."""

    place: int
    names: list[str]

    @property
    def roles(self) -> list[str | None]:
        """What each column is (see `formats.roles`)."""
        return roles(self.names)

    @property
    def wanted(self) -> dict[str, int]:
        """The columns to read, and the place of each."""
        return {r: i for i, r in enumerate(self.roles) if r and not r.startswith("+")}

    @property
    def known(self) -> int:
        """How many columns are of a known kind."""
        return sum(role is None or not role.startswith("+") for role in self.roles)


def find_header(rows: Sequence[list[str]]) -> Header:
    """The row, among the first 20, that has most columns of known kinds."""
    found = [Header(place=i, names=row) for i, row in enumerate(rows[:FIRST_ROWS])]
    return max(found, key=lambda header: header.known, default=Header(place=0, names=[]))


def read_tables(content: Content) -> list[Table]:
    """The official tables of a file, as columns of text named by role; none if it has none.

    Raises
    ------
    DataError : the file is damaged or cut off, or nearly an official one, or has one twice.
    """
    if content.container == "workbook":
        sheets = read_sheets(content)[1].values()
    elif _is_official(find_header(first_rows(content)), content):
        grid = read_grid(content)
        if grid.encoding not in UNICODE:
            raise refusal("encoding", file=content.name)
        sheets = {"": (grid.rows, grid.lines)}.values()
    else:
        return []
    tables = [made for rows, lines in sheets if (made := _table(rows, lines, content.name))]
    kinds = [kind for kind, _ in tables]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise refusal("same table twice", file=content.name, title=kind.title)
    return tables


def _is_official(header: Header, content: Content) -> bool:
    """Whether a text is an official file, by its header."""
    if find_format(header.roles):
        if not content.ends_in_line:
            raise refusal("cut off", file=content.name)
        return True
    if header.known >= MIN_OFFICIAL_COLUMNS:
        kind = nearest_format(header.roles)
        lacking = sorted(kind.columns - header.wanted.keys())
        surplus = sorted(header.wanted.keys() - kind.columns - kind.optional)
        problem = [f"lacks {', '.join(lacking)}"] if lacking else []
        problem += [f"has {', '.join(surplus)}"] if surplus else []
        raise refusal(
            "other columns",
            file=content.name,
            title=kind.title,
            publisher=kind.publisher,
            problem=" and ".join(problem),
            columns=", ".join(sorted(kind.columns)),
        )
    return False


def _table(rows: Sequence[list[str]], lines: Sequence[int], file: str) -> Table | None:
    """The rows below the header, each by its line, if it is that of an official table."""
    header = find_header(rows)
    kind, wanted = find_format(header.roles), header.wanted
    if kind is None:
        return None
    for name, role in zip(header.names, header.roles, strict=True):
        if role and header.roles.count(role) > 1:
            raise refusal("column twice", file=file, column=name)
    width = len(header.names)
    below = zip(lines[header.place + 1 :], rows[header.place + 1 :], strict=True)
    # Lines that repeat the header come from files pasted together.
    kept = {line: row for line, row in below if row != header.names}
    for line, row in kept.items():
        if any(row[width:]):
            raise refusal("wide row", file=file, line=line)
    cells = [[row[i] if i < len(row) else "" for i in wanted.values()] for row in kept.values()]
    frame = pd.DataFrame(cells, index=list(kept), columns=list(wanted), dtype=object)
    return kind, frame.astype("category")  # there are few distinct labels: each is read once
