"""The cells of a file as text: a text file with its delimiter, or one sheet of a workbook."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from analysis.errors import DataError
from analysis.reading.content import MEBIBYTE, Content
from analysis.reading.wording import refusal, shown

MAX_TEXT = 256 * MEBIBYTE
MAX_ROWS = 1_000_000
MAX_COLUMNS = 5_000
MAX_CELLS = 20_000_000  # of a sheet, blank ones between others among them
DELIMITERS = {"\t": "tabs", ";": "semicolons", "|": "pipes", ",": "commas", " ": "spaces"}
HALF = 0.5  # of the lines have the number of cells that a delimiter gives
UNICODE = ("utf-8", "utf-16")  # encodings of which a text says that it has them
SAMPLE, MAX_SAMPLE = 1000, MEBIBYTE  # lines, and characters, that decide the delimiter
Cells = tuple[list[list[str]], list[int]]  # the rows of a sheet, and their numbers
PLACE = re.compile(rb"""<(?:\w+:)?(?:row|c)\s(?:[^<>]*?\s)?r=["']([^"']*)""")
ADDRESS = re.compile(rb"([A-Z]{0,3})([1-9]\d{0,6})")


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Rows of cells as text.

    lines : for each row, its line in the text file or its row in the sheet (from 1).
    delimiter : "" for a workbook.
    """

    rows: list[list[str]] = field(repr=False)
    lines: list[int] = field(repr=False)
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    said: tuple[str, ...] = ()


def read_grid(content: Content, sheet: str = "") -> Grid:
    """The cells of a file.

    Raises
    ------
    DataError : it is too large, is not a table, or has several sheets with tables.
    """
    if content.container == "workbook":
        return _bounded(content, _from_workbook(content, sheet))
    if sheet:
        raise refusal("no sheets", sheet=sheet, file=content.name)
    return _bounded(content, _from_text(content))


def first_rows(content: Content) -> list[list[str]]:
    """The first rows of a text."""
    lines = content.head_text.splitlines(keepends=True)[:SAMPLE]
    return _rows(lines, _delimiter(content.head_text))


def _bounded(content: Content, grid: Grid) -> Grid:
    wide = max((len(row) for row in grid.rows), default=0)
    sizes = (len(grid.rows), MAX_ROWS, "rows"), (wide, MAX_COLUMNS, "columns")
    for size, most, what in sizes:
        if size > most:
            raise refusal("too many", file=content.name, n=size, what=what, most=most)
    if wide < 2 or len(grid.rows) < 2:
        raise refusal("no table", file=content.name, rows=len(grid.rows), columns=wide)
    return grid


def _from_text(content: Content) -> Grid:
    with content.open() as stream:
        packed = stream.read(MAX_TEXT + 1)
    if len(packed) > MAX_TEXT:
        raise refusal("large file", file=content.name, most=MAX_TEXT // MEBIBYTE)
    text, encoding = _decode(packed, content.encoding)
    delimiter = _delimiter(text)
    source = io.StringIO(text, newline="")
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        some = islice(reader, MAX_ROWS + 1)
        found = [([cell.strip() for cell in row], reader.line_num) for row in some]
    except csv.Error as error:
        raise refusal("quotation marks", file=content.name, error=str(error)) from None
    said = ["Not UTF-8: read as Windows text (cp1252)."] * (encoding == "cp1252")
    said += ["No line end follows the last value: the file may be cut off."] * (
        not content.ends_in_line
    )
    rows, lines = [row for row, _ in found if any(row)], [n for row, n in found if any(row)]
    return Grid(rows=rows, lines=lines, encoding=encoding, delimiter=delimiter, said=tuple(said))


def _decode(packed: bytes, named: str) -> tuple[str, str]:
    """The text and its encoding: UTF-16 with its mark, UTF-8, or else what Windows wrote."""
    for encoding in (named, "cp1252"):
        try:
            return packed.decode(encoding).lstrip("\N{BOM}"), encoding.removesuffix("-sig")
        except UnicodeError:
            continue
    return packed.decode("latin-1"), "latin-1"


def _delimiter(text: str) -> str:
    """The delimiter under which most lines have the same number of cells, two or more.

    Of equals the first of `DELIMITERS` is taken: commas are often decimal marks, and spaces are
    in words.
    """
    sample = [line for line in text[:MAX_SAMPLE].splitlines()[:SAMPLE] if line.strip()]
    shares = {}
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in _rows(sample, delimiter))
        often = max((count for width, count in widths.items() if width > 1), default=0)
        shares[delimiter] = often / max(sum(widths.values()), 1)
    space = shares.pop(" ")  # parts words as well, so any other goes before it
    best = max(shares.values())
    if best < HALF:
        return " " if space > best else ","
    return next(d for d, share in shares.items() if share >= best - 0.1)


def _rows(lines: Iterable[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        return []


def _from_workbook(content: Content, sheet: str) -> Grid:
    names, sheets = read_sheets(content, sheet)
    if sheet and sheet not in names:
        raise refusal("unknown sheet", file=content.name, sheet=sheet, names=names)
    tables = [name for name, (rows, _) in sheets.items() if sheet or _is_table(rows)]
    if len(tables) != 1:
        key = "several sheets" if tables else "no figures"
        raise refusal(key, file=content.name, n=len(tables), names=tables)
    alone = bool(sheet) or len(names) == 1
    said = () if alone else (f"Sheet '{shown(tables[0])}': the only one with a table.",)
    rows, lines = sheets[tables[0]]
    return Grid(rows=rows, lines=lines, sheet=tables[0], said=said)


def read_sheets(content: Content, sheet: str = "") -> tuple[list[str], dict[str, Cells]]:
    """The names of the sheets of a workbook, and the rows of the one asked for, or of all.

    Raises
    ------
    DataError : it is no workbook, is damaged, or is far too large when unpacked.
    """
    import openpyxl

    try:
        with zipfile.ZipFile(content.path) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
            if unpacked > 2 * MAX_TEXT:
                raise refusal("large workbook", file=content.name, most=2 * MAX_TEXT // MEBIBYTE)
            _refuse_disorder(parts, content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as styles or extensions that are not known
            book = openpyxl.load_workbook(content.path, read_only=True, data_only=True)
            wanted = [s for s in book.worksheets if sheet in ("", s.title)]
            sheets = {s.title: _cells(s, content) for s in wanted}
            book.close()
    except DataError:
        raise
    except Exception as error:
        # openpyxl answers a damaged workbook with whatever error its parsing runs into.
        raise refusal("workbook", file=content.name, error=str(error)) from None
    return [s.title for s in book.worksheets], sheets


def _refuse_disorder(parts: zipfile.ZipFile, content: Content) -> None:
    """Cells stand in their order, as openpyxl leaves out what comes after its place."""
    for name in parts.namelist():
        before = (0, 0, b"")
        for place in PLACE.findall(parts.read(name)) if "xl/worksheets/" in name else ():
            found = ADDRESS.fullmatch(place)
            here = (int(found[2]), len(found[1]), found[1]) if found else (0, 0, b"")
            if here <= before:
                error = f"cell {place[:20].decode('ascii', 'replace')} is out of order"
                raise refusal("workbook", file=content.name, error=error)
            before = here


def _is_table(rows: list[list[str]]) -> bool:
    """Whether four cells begin with a digit, in rows of two cells or more."""
    kept = [row for row in rows if sum(map(bool, row)) > 1]
    return sum(cell[:1].isdigit() for row in kept for cell in row) >= 4


def _cells(sheet: Any, content: Content) -> Cells:
    sheet.reset_dimensions()  # what a sheet says of its own size may be wrong
    rows, lines, size = [], [], 0
    for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        size += len(row)
        if size > MAX_CELLS:
            raise refusal("too many", file=content.name, n=size, what="cells", most=MAX_CELLS)
        cells = [_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            rows.append(cells)
            lines.append(line)
    return rows, lines


def _text(value: object) -> str:
    """A cell as text; a number with a fraction so that no reader can take its point for a comma."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00")
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        text = repr(value)
        return text + "0" * max(0, 4 - len(text.partition(".")[2])) if "e" not in text else text
    return str(value).strip()
