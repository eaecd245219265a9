"""A workbook of the publisher, damaged in ways whose truth is known: right, refused or said."""

from __future__ import annotations

import random
import re
import zipfile
from collections import Counter
from pathlib import Path

import publisher
import pytest

from analysis.border.sources.reading import GivenFile, read_file
from analysis.errors import DataError

SHEETS = {k: v for k, v in publisher.workbook_sheets("2012-10", "2013-09").items() if "M" in k}
TABLES = [title for title in SHEETS if title.startswith("Monthly R")]


def mutant(path: Path, chance: random.Random) -> str:
    """Write a workbook with one damage, and say which."""
    sheets = {title: [list(row) for row in rows] for title, rows in SHEETS.items()}
    title = chance.choice(TABLES)
    rows = sheets[title]
    at = chance.randrange(1, len(rows))
    size, kind = b"", chance.randrange(8)
    match kind:
        case 0:
            rows.insert(at, list(rows[chance.randrange(1, len(rows))]))
        case 1:
            year, month = rows[at][:2]
            sheets[title] = [row for row in rows if row[:2] != [year, month]]
        case 2:
            rows[at][-1] = chance.choice(["D", -10, None, 10.5, "1,2", "９", "=1/0"])
        case 3:
            rows[0][chance.randrange(len(rows[0]))] = "Renamed"
        case 4:
            del sheets[title]
        case 5:
            size = f'<dimension ref="A1:B{chance.randrange(1, 99)}"'.encode()
        case 6:
            rows[1:] = chance.sample(rows[1:], len(rows) - 1)
        case 7:
            rows.append([*rows[at][:-2], "Total", sum(int(row[-1]) for row in rows[1:])])
    publisher.write_workbook(path, sheets)
    if size:
        with zipfile.ZipFile(path) as old:
            parts = {name: old.read(name) for name in old.namelist()}
        with zipfile.ZipFile(path, "w") as new:
            for name, part in parts.items():
                new.writestr(name, re.sub(rb'<dimension ref="[^"]*"', size, part))
    return f"{kind} in {title}, row {at}"


def frames(reading: GivenFile) -> dict[str, object]:
    return {table.source.name: table.frame.to_csv() for table in reading.tables}


def became(path: Path, truth: GivenFile) -> str:
    try:
        reading = read_file(path)
    except DataError as error:
        return "refused" if path.name in error.problem else "nameless"
    if frames(reading) == frames(truth):
        return "right"
    return "said" if set(reading.notes) - set(truth.notes) else "silent"


@pytest.mark.slow
def test_no_mutant_of_a_workbook_is_wrong_without_a_word(tmp_path):
    truth = read_file(publisher.write_workbook(tmp_path / "whole.xlsx", SHEETS))
    chance, found = random.Random(5), Counter[str]()
    for _ in range(500):
        what = mutant(tmp_path / "b.xlsx", chance)
        found[how := became(tmp_path / "b.xlsx", truth)] += 1
        assert how in ("right", "refused", "said"), what
    assert min(found[how] for how in ("right", "refused", "said")) > 10
    print("workbook", {how: f"{k / 5:.0f}%" for how, k in found.items()})
