"""Rows of an Excel workbook: every sheet that has the header of a published monthly table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.border.sources.formats import Format, roles
from analysis.border.sources.rows import Header, categorical, refuse_repeated_columns
from analysis.reading.content import Content, cannot_use
from analysis.reading.grid import read_sheets

Table = tuple[Format, pd.DataFrame]


def read_tables(content: Content) -> list[Table]:
    """The monthly tables of a workbook, as categorical columns named by role; none if it is none.

    Raises
    ------
    DataError : not a workbook, damaged, or far too large when unpacked.
    """
    _, sheets = read_sheets(content)
    tables = [found for rows, _ in sheets.values() if (found := _table(rows, content))]
    kinds = [kind for kind, _ in tables]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise cannot_use(
                content.path,
                f"has more than one sheet with the columns of '{kind.title}'.",
                rule="Each table occurs once in a workbook.",
                remedy="Remove the sheet that does not belong there.",
            )
    return tables


def _table(rows: Sequence[Sequence[str]], content: Content) -> Table | None:
    """The sheet's table, if it has the columns of one in its first 20 rows."""
    for place, row in enumerate(rows[:20]):
        header = Header(names=tuple(row), roles=tuple(roles(row)))
        if header.format:
            refuse_repeated_columns(header.names, header.roles, content.name)
            return header.format, _columns(rows[place + 1 :], header)
    return None


def _columns(rows: Sequence[Sequence[str]], header: Header) -> pd.DataFrame:
    return categorical(
        {
            role: [row[i] if i < len(row) else "" for row in rows]
            for i, role in header.wanted.items()
        }
    )
