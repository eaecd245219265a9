"""What another program, or a cut download, does to a file: read right, refused by name, or said.

The mutator knows the truth of every file that it makes. A file that reads to other values than the
truth has to be refused in a message that names it, or the reading has to say what is odd.
"""

from __future__ import annotations

import gzip
import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from analysis.errors import DataError
from analysis.reading.series import read_series

MONTHS = [f"{y}-{m:02d}" for y in range(2019, 2024) for m in range(1, 13)]
VALUES = [1000.0 + 13 * i + 7919 * i % 211 for i in range(60)]
Rows = list[list[str]]
FORMS = ("commas", "semicolons", "utf-16", "gzip", "workbook")
NAMES = {"workbook": "t.xlsx"}


def rows() -> Rows:
    return [[month, f"{value:.0f}"] for month, value in zip(MONTHS, VALUES, strict=True)]


def as_bytes(form: str, table: Rows) -> bytes:
    """The table as a file of this form."""
    if form == "workbook":
        book, out = openpyxl.Workbook(), io.BytesIO()
        for row in [["month", "visits"], *table]:
            book.active.append(
                [int(c) if c.isascii() and c.isdigit() and len(c) < 16 else c for c in row]
            )
        book.save(out)
        return out.getvalue()
    mark = ";" if form == "semicolons" else ","
    cells = [[f'"{c}"' if re.search(r"[,;\n]", c) else c for c in row] for row in table]
    text = "\n".join(mark.join(row) for row in [["month", "visits"], *cells]) + "\n"
    content = text.encode("utf-16" if form == "utf-16" else "utf-8")
    return gzip.compress(content, mtime=0) if form == "gzip" else content


def in_part(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook of which the part with the cells is changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part) if "worksheets" in name else part)
    return out.getvalue()


def of_table(chance: random.Random) -> Rows:
    """Other rows that mean the same, or rows with one more or less."""
    table, at = rows(), chance.randrange(1, 59)
    match chance.randrange(9):
        case 0:
            del table[at]
        case 1:
            table.insert(at, table[chance.randrange(60)])
        case 2:
            table.append([chance.choice(["Total", "2024-01", "Summe"]), f"{sum(VALUES):.0f}"])
        case 3:
            table[at][1] = chance.choice(["", "-", "n/a", "x", "1.2.3", "9" * 400, "1_000", "５"])
        case 4:
            table = [[month, f"{value[:-3]}.{value[-3:]}"] for month, value in table]
        case 5:
            table = [[month, f"{value[:-3]} {value[-3:]}"] for month, value in table]
        case 6:
            table[at][1] = f" {table[at][1]}.\n"
        case 7:
            chance.shuffle(table)
        case 8:
            table.append([chance.choice(["0000-01", "9999-12", "2024-02-30", "Jan 2019"]), "7"])
    return table


def of_bytes(content: bytes, form: str, chance: random.Random) -> bytes:
    """The file cut off, or a workbook that says something else of its own size and order."""
    if form != "workbook":  # in its last line: a row that is lost whole leaves no trace
        return content[: -chance.randrange(1, 24 if form == "utf-16" else 12)]
    row, column = chance.choice([1, 70, 1048576]), chance.choice(["C", "XFD"])
    stray = f'<row r="{row}"><c r="{column}{row}"><v>5</v></c></row></sheetData>'.encode()
    match chance.randrange(4):
        case 0:
            return content[: -chance.randrange(1, 3000)]
        case 1:
            size = f'<dimension ref="A1:B{chance.randrange(1, 99)}"'.encode()
            return in_part(content, lambda part: re.sub(rb'<dimension ref="[^"]*"', size, part))
        case 2:
            return in_part(content, lambda part: part.replace(b"</sheetData>", stray))
        case _:
            other = f'r="{chance.randrange(1, 10**9)}"'.encode()
            return in_part(content, lambda part: part.replace(b'r="20"', other))


def became(path: Path, content: bytes) -> str:
    """right, refused, said, or wrong without a word."""
    path.write_bytes(content)
    try:
        reading = read_series(path)
    except DataError as error:
        return "refused" if path.name in error.problem else "nameless"
    if np.array_equal(reading.values.to_numpy(), VALUES):
        return "right"
    facts = reading.facts
    odd = reading.notes or facts["Gaps"] != "none" or "Missing" in facts
    return "said" if odd else "silent"


def mutants(form: str, n: int, path: Path) -> Counter[str]:
    chance, found = random.Random(form), Counter[str]()
    for _ in range(n):
        table = of_table(chance) if chance.random() < 0.6 else rows()
        content = as_bytes(form, table)
        if table == rows():
            content = of_bytes(content, form, chance)
        found[how := became(path, content)] += 1
        assert how in ("right", "refused", "said"), content[-200:]
    print(form, {how: f"{100 * n_of / n:.0f}%" for how, n_of in found.items()})
    return found


@pytest.mark.parametrize("form", FORMS)
def test_no_mutant_is_wrong_without_a_word(form, tmp_path):
    mutants(form, 20, tmp_path / NAMES.get(form, "t.csv"))


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_of_many_mutants_none_is_wrong_without_a_word(form, tmp_path):
    found = mutants(form, 500, tmp_path / NAMES.get(form, "t.csv"))
    assert min(found[how] for how in ("right", "refused", "said")) > 10


def test_the_mutator_knows_a_reader_that_says_nothing(tmp_path):
    changed = rows()
    changed[5][1] = "17"
    assert became(tmp_path / "t.csv", as_bytes("commas", changed)) == "silent"


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "XFD1"])
def test_a_stray_cell_in_the_last_row_or_column_takes_no_time(cell, tmp_path):
    book = openpyxl.Workbook()
    for month, value in rows():
        book.active.append([month, float(value)])
    book.active[cell] = " "
    book.save(tmp_path / "t.xlsx")
    assert read_series(tmp_path / "t.xlsx").values.tolist() == VALUES


def test_a_sheet_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.reading.content.MAX_CELLS", 100)
    path = tmp_path / "t.xlsx"
    path.write_bytes(as_bytes("workbook", rows()))
    with pytest.raises(DataError, match=r"'t\.xlsx' has 102 cells"):
        read_series(path)
