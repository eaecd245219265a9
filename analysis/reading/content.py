"""The cells of a file as text: a table of text with its delimiter, or the sheets of a workbook."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import warnings
import zipfile
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from analysis.errors import DataError, refusal
from analysis.reading.wording import word_lists

MEBIBYTE = 1 << 20
MAX_BYTES = 256 * MEBIBYTE  # unpacked; the largest published file so far is about 10 MiB
MAX_WORKBOOK = 512 * MEBIBYTE  # unpacked
MAX_ROWS = 1_000_000
MAX_COLUMNS = 5_000
MAX_CELLS = 20_000_000  # of a sheet, blank ones between others among them
DELIMITERS = {"\t": "tabs", ";": "semicolons", "|": "pipes", ",": "commas", " ": "spaces"}
HALF = 0.5  # of the lines have the number of cells that a delimiter gives
UNICODE = ("utf-8", "utf-16")  # encodings of which a text says that it has them
SAMPLE, MAX_SAMPLE = 1000, MEBIBYTE  # lines, and characters, that decide the delimiter
ONE_CELL = re.compile('"(?:[^"]|"")*"')  # a whole line, such as a footnote
Row = tuple[str, ...]
Rows = list[tuple[int, Row]]  # each with its line in the text, or its row in the sheet, from 1
PLACE = re.compile(rb"""<(?:\w+:)?(?:row|c)\s(?:[^<>]*?\s)?r=["']([^"']*)""")
ADDRESS = re.compile(rb"([A-Z]{0,3})([1-9]\d{0,6})")


@dataclass(frozen=True, kw_only=True)
class Content:
    """A file's rows of cells, without blank rows, and what its bytes say.

    sha256 : of the file as it is on disk.
    sheets : the rows of each sheet by its name; those of a text have the name "".
    encoding, delimiter : of a text, "" for a workbook.
    ends_in_line : whether the last line has an end.
    """

    path: Path
    sha256: str
    sheets: dict[str, Rows] = field(repr=False)
    encoding: str = ""
    delimiter: str = ""
    ends_in_line: bool = True

    @property
    def name(self) -> str:
        """The file's name in harmless characters, for messages and reports."""
        return harmless(self.path)

    @property
    def parted_by(self) -> str:
        """What parts the cells of a line of text."""
        return DELIMITERS[self.delimiter]

    def rows_of(self, sheet: str) -> tuple[str, Rows]:
        """The sheet that was asked for or is the only one with a table, and its rows.

        Raises
        ------
        DataError : no such sheet, several with tables, or no table of a size to be read.
        """
        if sheet and self.encoding:
            raise refusal("no sheets", sheet=sheet, file=self.name)
        if not self.encoding:
            sheet = sheet or self._only_table()
        if sheet not in self.sheets:
            raise refusal("unknown sheet", file=self.name, sheet=sheet, names=self.sheets)
        rows = self.sheets[sheet]
        wide = max((len(row) for _, row in rows), default=0)
        for size, most, what in ((len(rows), MAX_ROWS, "rows"), (wide, MAX_COLUMNS, "columns")):
            if size > most:
                raise refusal("too many", file=self.name, n=size, what=what, most=most)
        if wide < 2 or len(rows) < 2:
            raise refusal("no table", file=self.name, rows=len(rows), columns=wide)
        return sheet, rows

    def _only_table(self) -> str:
        tables = [name for name, rows in self.sheets.items() if _is_table(rows)]
        if len(tables) != 1:
            key = "several sheets" if tables else "no figures"
            raise refusal(key, file=self.name, n=len(tables), names=tables)
        return tables[0]


def read_content(path: Path) -> Content:
    """The cells of a file.

    Raises
    ------
    DataError : missing, a folder, empty, damaged, too large, or not a file of figures.
    """
    refuse_no_file(path)
    name, content = harmless(path), _unpacked(path)
    _refuse_other_kind(name, content)
    of_kind = _sheets if content.startswith(b"PK\x03\x04") else _text
    return Content(path=path, sha256=sha256_of(path), **of_kind(name, content))


def sha256_of(path: Path) -> str:
    """The sha256 of a file as it is on disk.

    Raises
    ------
    OSError : no such file, or one without an end, such as a device.
    """
    if not path.is_file():
        raise FileNotFoundError(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def harmless(path: Path) -> str:
    """The name of a file in harmless characters."""
    return re.sub(r"[^\w.,;+=@~() -]", "_", path.name)[:100]


def refuse_no_file(path: Path) -> None:
    """Refuse a path at which there is no ordinary file.

    Raises
    ------
    DataError : nothing, a folder or a device is there.
    """
    if path.is_dir():
        raise refusal("folder", file=path.name)
    if not path.exists():
        raise refusal("missing file", file=path.name, path=str(path.absolute()))
    if not path.is_file():
        raise refusal("no ordinary file", file=path.name)


def _unpacked(path: Path) -> bytes:
    """The file's bytes, unpacked if it is gzip."""
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
            stream.seek(0)
            source = cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if packed else stream
            content = source.read(MAX_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise refusal("gzip", file=path.name, error=str(error)) from None
    except OSError as error:
        raise refusal("unreadable", file=path.name, error=error.strerror or str(error)) from None
    if len(content) > MAX_BYTES:
        raise refusal("large file", file=path.name, most=MAX_BYTES // MEBIBYTE)
    return content


def _refuse_other_kind(name: str, content: bytes) -> None:
    """The first bytes are not those of nothing or of another kind of file."""
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.strip(b"\0"):
        raise refusal("empty", file=name)
    others = word_lists()["other files"]
    for first, kind in zip(others[::2], others[1::2], strict=True):
        if start.startswith(first.encode("latin-1")):
            raise refusal("other kind", file=name, kind=kind)


def _text(name: str, content: bytes) -> dict[str, Any]:
    text, encoding = _decode(name, content)
    delimiter = _delimiter(text)
    source = io.StringIO(text, newline="")
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True, strict=True)
    stripped = ((reader.line_num, tuple(map(str.strip, cells))) for cells in reader)
    try:
        rows = list(islice((row for row in stripped if any(row[1])), MAX_ROWS + 1))
    except csv.Error as error:
        raise refusal("quotation marks", file=name, error=str(error)) from None
    if len(rows) > MAX_ROWS:
        raise refusal("too many", file=name, n=len(rows), what="rows", most=MAX_ROWS)
    return {
        "sheets": {"": rows},
        "encoding": encoding,
        "delimiter": delimiter,
        "ends_in_line": text[-1] in "\r\n",
    }


def _decode(name: str, content: bytes) -> tuple[str, str]:
    """The text and its encoding: UTF-16 with its mark, UTF-8, or else what Windows wrote."""
    marked = content[:2] in (BOM_UTF16_LE, BOM_UTF16_BE)
    if marked or b"\0" not in content:
        for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252", "latin-1"):
            try:
                text = content.decode(encoding).lstrip("\N{BOM}")
                return text, encoding.removesuffix("-sig")
            except UnicodeError:
                continue
    raise refusal("not text", file=name)


def _delimiter(text: str) -> str:
    """The delimiter under which most lines have the same number of cells, two or more.

    Of equals the first of `DELIMITERS` is taken: commas are often decimal marks, and spaces are
    in words.
    """
    lines = map(str.strip, text[:MAX_SAMPLE].splitlines()[:SAMPLE])
    sample = [line for line in lines if line and not ONE_CELL.fullmatch(line)]
    shares = {}
    for delimiter in DELIMITERS:
        widths = Counter(_widths(sample, delimiter))
        often = max((count for width, count in widths.items() if width > 1), default=0)
        shares[delimiter] = often / max(sum(widths.values()), 1)
    space = shares.pop(" ")  # parts words as well, so any other goes before it
    best = max(shares.values())
    if best < HALF:
        return " " if space > best else ","
    return next(d for d, share in shares.items() if share >= best - 0.1)


def _widths(lines: Iterable[str], delimiter: str) -> list[int]:
    try:
        return [len(row) for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True)]
    except csv.Error:
        return []


def _sheets(name: str, content: bytes) -> dict[str, Any]:
    """The rows of all sheets of a workbook."""
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MAX_WORKBOOK:
                raise refusal("large workbook", file=name, most=MAX_WORKBOOK // MEBIBYTE)
            _refuse_disorder(name, parts)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as styles or extensions that are not known
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            return {"sheets": {sheet.title: _cells(name, sheet) for sheet in book.worksheets}}
    except DataError:
        raise
    except Exception as error:
        # openpyxl answers a damaged workbook with whatever error its parsing runs into.
        raise refusal("workbook", file=name, error=str(error)) from None


def _refuse_disorder(name: str, parts: zipfile.ZipFile) -> None:
    """Cells stand in their order, as openpyxl leaves out what comes after its place."""
    for part in parts.namelist():
        before = (0, 0, b"")
        for place in PLACE.findall(parts.read(part)) if "xl/worksheets/" in part else ():
            address = ADDRESS.fullmatch(place)
            here = (int(address[2]), len(address[1]), address[1]) if address else (0, 0, b"")
            if here <= before:
                error = f"cell {place[:20].decode('ascii', 'replace')} is out of order"
                raise refusal("workbook", file=name, error=error)
            before = here


def _is_table(rows: Rows) -> bool:
    """Whether four cells begin with a digit, in rows of two cells or more."""
    kept = [row for _, row in rows if sum(map(bool, row)) > 1]
    return sum(cell[:1].isdigit() for row in kept for cell in row) >= 4


def _cells(name: str, sheet: Any) -> Rows:
    sheet.reset_dimensions()  # what a sheet says of its own size may be wrong
    rows: Rows = []
    size = 0
    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        size += len(values)
        if size > MAX_CELLS:
            raise refusal("too many", file=name, n=size, what="cells", most=MAX_CELLS)
        row = [_as_text(value) for value in values]
        while row and not row[-1]:
            row.pop()
        if row:
            rows.append((line, tuple(row)))
    return rows


def _as_text(value: object) -> str:
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
