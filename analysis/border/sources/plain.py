"""A two-column CSV from anyone: a date and a value in each row."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd

from analysis.border.sources.content import MEBIBYTE, Content, cannot_use, not_utf8
from analysis.border.sources.rows import DELIMITERS, short
from analysis.errors import DataError

MAX_PLAIN_ROWS = 100_000
DATE = re.compile(r"\d{4}(-\d{2}(-\d{2}([ T]00:00(:00)?)?)?)?", re.ASCII)
NUMBER = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][-+]?\d{1,2})?", re.ASCII)
TWO_COLUMNS = "A two-column file has a date and a value in each row, such as 2024-06,1234."


def read_plain(content: Content) -> tuple[pd.Series, str]:
    """The values by date, and the name of the value column in harmless characters.

    Raises
    ------
    DataError : not two columns, a date not written YYYY-MM-DD, YYYY-MM or YYYY, or a value that
        is not a number.
    """
    rows = _rows(content)
    title = "value"
    if rows and not DATE.fullmatch(rows[0][1][0]) and not NUMBER.fullmatch(rows[0][1][1]):
        title = _harmless(rows[0][1][1])
        rows = [row for row in rows[1:] if row[1] != rows[0][1]]
    if len(rows) < 2:
        raise cannot_use(content.path, "has fewer than two rows of figures.", rule=TWO_COLUMNS)
    dates = [_date(line, row[0], content) for line, row in rows]
    values = [_value(line, row[1], content) for line, row in rows]
    return pd.Series(values, pd.Index(dates), dtype=float), title


def _rows(content: Content) -> list[tuple[int, list[str]]]:
    """Rows that hold something, each with its line number."""
    with content.open() as stream:
        packed = stream.read(16 * MEBIBYTE)
    try:
        text = packed.decode(content.encoding)
        sample = next(line for line in text.splitlines() if line.strip())
        delimiter = max(DELIMITERS, key=sample.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        cells = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except UnicodeError as error:
        raise not_utf8(content.path, error) from None
    except (csv.Error, StopIteration) as error:
        raise cannot_use(
            content.path, f"cannot be read as a table ({short(str(error))}).", rule=TWO_COLUMNS
        ) from None
    rows = [(line, _two(line, row, content)) for line, row in cells if any(row)]
    if len(rows) > MAX_PLAIN_ROWS:
        raise cannot_use(content.path, f"has more than {MAX_PLAIN_ROWS:,} rows.", rule=TWO_COLUMNS)
    return rows


def _two(line: int, row: list[str], content: Content) -> list[str]:
    while len(row) > 2 and not row[-1]:
        row = row[:-1]
    if len(row) != 2:
        raise DataError(
            f"'{content.name}' has {len(row)} columns in line {line}, and is not a file of CBP "
            "or OHSS that this package knows.",
            rule=f"{TWO_COLUMNS} Official files are recognised from their header.",
            remedy="Keep a column of dates and one of values, or give the file as published.",
        )
    return row


def _date(line: int, text: str, content: Content) -> pd.Timestamp:
    try:
        if not DATE.fullmatch(text):
            raise ValueError
        return pd.Timestamp(f"{text[:4]}-{text[5:7] or '01'}-{text[8:10] or '01'}")
    except ValueError:
        raise DataError(
            f"'{content.name}' has '{short(text)}' in line {line} where a date should be.",
            rule="Dates are written YYYY-MM-DD, YYYY-MM or YYYY; other forms are read "
            "differently in different countries.",
            remedy="Format the column of dates as YYYY-MM-DD and save it again.",
        ) from None


def _value(line: int, text: str, content: Content) -> float:
    if NUMBER.fullmatch(text):
        return float(text.replace(",", ""))
    raise DataError(
        f"'{content.name}' has '{short(text)}' in line {line} where a number should be.",
        rule="Values are written 1234, 1,234 or 0.5, with a point before decimals.",
        remedy="Correct the value, or remove the row.",
    )


def _harmless(text: str) -> str:
    """A column's name in letters, digits and spaces: it goes into titles and reports."""
    return " ".join(re.sub(r"[^A-Za-z0-9%_ -]", " ", text).split())[:60] or "value"
