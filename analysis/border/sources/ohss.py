"""Rows of an Excel workbook: every sheet that has the header of a published monthly table."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pandas as pd

from analysis.border.sources.formats import Format, roles
from analysis.border.sources.rows import Header, categorical, refuse_repeated_columns, short
from analysis.errors import DataError
from analysis.reading.content import MEBIBYTE, Content, cannot_use

MAX_UNPACKED = 512 * MEBIBYTE
MAX_MEMBERS = 1000
WORKBOOK = "A workbook is an .xlsx file as published by DHS OHSS or CBP."


def read_sheets(content: Content) -> list[tuple[Format, pd.DataFrame]]:
    """The monthly tables of a workbook, as categorical columns named by role; none if it is none.

    Raises
    ------
    DataError : not a workbook, damaged, or far too large when unpacked.
    """
    try:
        _refuse_bomb(content)
        tables = list(_tables(content))
    except DataError:
        raise
    except Exception as error:
        # openpyxl answers a damaged workbook with whatever error its parsing runs into.
        raise cannot_use(
            content.path,
            f"is a damaged or cut-off workbook ({type(error).__name__}: {short(str(error))}).",
            rule=WORKBOOK,
        ) from None
    _refuse_two_sheets_of_one_kind(content, [kind for kind, _ in tables])
    return tables


def _refuse_bomb(content: Content) -> None:
    with zipfile.ZipFile(content.path) as archive:
        members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED or len(members) > MAX_MEMBERS:
        raise cannot_use(
            content.path,
            f"would unpack to {unpacked // MEBIBYTE:,} MiB in {len(members):,} parts.",
            rule=f"A workbook unpacks to at most {MAX_UNPACKED // MEBIBYTE} MiB.",
        )
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise cannot_use(content.path, "is a zip archive but not a workbook.", rule=WORKBOOK)


def _tables(content: Content) -> Iterator[tuple[Format, pd.DataFrame]]:
    from openpyxl import load_workbook  # heavy, and rarely needed

    with content.path.open("rb") as stream:
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in book.worksheets:
                yield from _table(sheet.iter_rows(values_only=True), content)
        finally:
            book.close()


def _table(rows: Iterator[tuple[Any, ...]], content: Content) -> Iterator[tuple[Format, Any]]:
    """The sheet's table, if it has the columns of one in its first 20 rows."""
    for row in islice(rows, 20):
        names = tuple("" if cell is None else str(cell) for cell in row)
        header = Header(names=names, roles=tuple(roles(names)))
        if header.format:
            refuse_repeated_columns(header.names, header.roles, content.name)
            yield header.format, _columns(rows, header)
            return


def _columns(rows: Iterator[tuple[Any, ...]], header: Header) -> pd.DataFrame:
    wanted = header.wanted
    kept = [
        ["" if i >= len(row) or row[i] is None else str(row[i]) for i in wanted]
        for row in rows
        if any(cell is not None for cell in row)
    ]
    columns = zip(*kept, strict=True) if kept else [()] * len(wanted)
    return categorical(dict(zip(wanted.values(), columns, strict=True)))


def _refuse_two_sheets_of_one_kind(content: Content, kinds: list[Format]) -> None:
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise cannot_use(
                content.path,
                f"has more than one sheet with the columns of '{kind.title}'.",
                rule="Each table occurs once in a workbook.",
                remedy="Remove the sheet that does not belong there.",
            )
