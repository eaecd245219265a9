"""Known series written to files in the many ways that people write them."""

from __future__ import annotations

import csv
import gzip
import io
import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

FORMS = {
    "D": [
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d.%m.%Y",
        "%d-%b-%y",
        "%Y%m%d",
        "%B %d, %Y",
    ],
    "W": ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%y", "%d %b %Y", "%d.%m.%y"],
    "28D": ["%Y-%m-%d", "%d/%m/%Y", "%d %B %Y"],
    "M": [
        "%Y-%m",
        "%Y-%m-%d",
        "%Y%m",
        "%b-%y",
        "%B %Y",
        "%Y %b",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%m/%Y",
        "%YM%m",
        "%Y-%m-%d 00:00:00",
        "%d.%m.%Y",
        "year,month",
        "last %Y-%m-%d",
        "last %m/%d/%Y",
    ],
    "Q": ["%YQ{q}", "%Y-Q{q}", "%Y Q{q}", "Q{q} %Y", "%Y-%m-%d", "year,quarter", "{q}Q%Y"],
    "6M": ["%YH{h}", "%Y-%m-%d", "H{h} %Y"],
    "Y": ["%Y", "%Y-%m-%d"],
}
FREQUENCIES = {"D": "D", "W": "W-SUN", "28D": "28D", "M": "M", "Q": "Q", "6M": "6M", "Y": "Y"}
MISSING = ["", "NA", "..", "-", "n/a", "<5"]


@dataclass
class Written:
    """A file, the parameters that say what the file leaves open, and the series that is in it."""

    path: Path
    values: pd.Series
    parameters: dict[str, str] = field(default_factory=dict)
    how: dict[str, object] = field(default_factory=dict)


def write_series(path: Path, seed: int) -> Written:
    """A random series in a random form at `path` (its suffix is set to fit)."""
    rng = random.Random(seed)
    step = rng.choice(list(FORMS))
    periods = _periods(rng, step)
    digits = rng.choice([0, 0, 1, 2, 3])
    values = pd.Series(_numbers(rng, len(periods), digits), periods)
    missing = {
        p: rng.choice(MISSING) for p in periods[1:-1] if rng.random() < rng.choice([0, 0, 0.08])
    }
    held = values.drop(list(missing))
    if rng.random() < 0.1:
        held = held.drop(held.index[len(held) // 2])  # a period without a row
    kept = (
        held.index.union(pd.PeriodIndex(list(missing), freq=periods.freq))
        if missing
        else held.index
    )
    form, marks = rng.choice(FORMS[step]), rng.choice(["first", "last"])
    cells = {p: missing.get(p, values[p]) for p in kept}
    rows, names, parameters = _rows(rng, cells, step, form, marks)
    how = {"step": step, "form": form, "marks": marks, "digits": digits, "missing": missing}
    rows, more = _beside(rng, rows, names)
    layout = rng.choice(["narrow"] * 4 + ["long"])
    if layout == "long":
        rows, more = _long(rng, rows, names, more)
    how["layout"] = layout
    order = rng.choice(["as it is", "newest first"])
    if order != "as it is":
        rows = rows[::-1]
    target = _save(rng, path, rows, names, how, held, digits)
    return Written(path=target, values=held, parameters={**parameters, **more}, how=how)


def _periods(rng: random.Random, step: str) -> pd.PeriodIndex:
    year, n = rng.randint(1971, 2019), rng.randint(13, 60)
    if step == "W":
        freq = rng.choice(["W-SUN", "W-SAT", "W-WED"])
        return pd.period_range(pd.Period(f"{year}-03-05", freq=freq), periods=n, freq=freq)
    start = f"{year}-{rng.randint(1, 12):02d}" if step in "MD28D" else f"{year}-01"
    return pd.period_range(
        start if step == "M" else f"{start}-01", periods=n, freq=FREQUENCIES[step]
    )


def _numbers(rng: random.Random, n: int, digits: int) -> list[float]:
    size = (
        rng.choice([0.5, 30, 900, 5_000, 4_000_000])
        if digits
        else rng.choice([30, 5_000, 4_000_000])
    )
    return [round(rng.uniform(0.2, 1.3) * size, digits) for _ in range(n)]


def _date(period: pd.Period, form: str, marks: str) -> str:
    day = period.start_time
    if form.startswith("last "):
        form, day = form[5:], period.end_time
    elif marks == "last" and period.freqstr[0] in "W2":
        day = period.end_time
    form = form.replace("{q}", str((day.month + 2) // 3)).replace(
        "{h}", "1" if day.month < 7 else "2"
    )
    return day.strftime(form)


def _rows(
    rng: random.Random, cells: dict[pd.Period, object], step: str, form: str, marks: str
) -> tuple[list[list[object]], list[str], dict[str, str]]:
    value = rng.choice(["n", "visits", "Fälle", "Short-term visitors", "x"])
    if "," in form and form[0] == "y":
        part = form.split(",")[1]
        rows = [[p.year, getattr(p, part), v] for p, v in cells.items()]
        return rows, ["Year", part.title(), value], {}
    name = {"first": "week_start", "last": "week_ending"}[marks] if step == "W" else "date"
    if step == "28D":
        name = {"first": "period start", "last": "period_end"}[marks]
    return [[_date(p, form, marks), v] for p, v in cells.items()], [name, value], {}


def _beside(
    rng: random.Random, rows: list[list[object]], names: list[str]
) -> tuple[list[list[object]], dict[str, str]]:
    """Columns beside the two: a counter, an indicator, a constant, another figure."""
    parameters: dict[str, str] = {}
    if rng.random() < 0.25:
        rows = [[*row, i] for i, row in enumerate(rows, start=1)]
        names.append("t")
    if rng.random() < 0.25:
        rows = [[*row, int(i > len(rows) / 2)] for i, row in enumerate(rows)]
        names.append("after")
    if rng.random() < 0.25:
        rows = [[*row, "North, all"] for row in rows]
        names.append("place")
    if rng.random() < 0.3:
        parameters["value_column"] = next(
            n for n in names if n in ("n", "visits", "Fälle", "Short-term visitors", "x")
        )
        rows = [[*row, round(rng.uniform(1, 99), 1)] for row in rows]
        names.append("other")
    return rows, parameters


def _long(
    rng: random.Random, rows: list[list[object]], names: list[str], parameters: dict[str, str]
) -> tuple[list[list[object]], dict[str, str]]:
    made = [["North", *row] for row in rows] + [["South", *row] for row in rows]
    if rng.random() < 0.5:
        made = [
            row for pair in zip(made[: len(rows)], made[len(rows) :], strict=True) for row in pair
        ]
    names.insert(0, "region")
    return made, {**parameters, "where": "region=North"}


def _save(
    rng: random.Random,
    path: Path,
    rows: list[list[object]],
    names: list[str],
    how: dict[str, object],
    held: pd.Series,
    digits: int,
) -> Path:
    container = rng.choice(["csv", "csv", "csv", "gz", "xlsx"])
    how["container"] = container
    before = rng.choice(
        [[], [], [["Table 4: visits, 2023 edition"], []], [["# source: ministry"], ["# May 2024"]]]
    )
    after = [
        row
        for row in (
            [["Total", round(float(held.sum()), digits)]],
            [["Source: the ministry, 2024"]],
            [],
        )
        if rng.random() < 0.15
    ]
    after = [line for lines in after for line in lines]
    if how["layout"] == "long" or len(names) != 2:
        after = [line for line in after if line[0] != "Total"]
    units = [["", "persons"]] if rng.random() < 0.1 and len(names) == 2 else []
    header = (
        [names] if rng.random() < 0.92 or how["layout"] != "narrow" or names[-1] == "other" else []
    )
    header = header or (
        [names] if "week" in names[0] or "period" in names[0] or names[0] == "Year" else []
    )
    how |= {"before": before, "after": after, "units": units, "header": bool(header)}
    table = [*before, *header, *(units if header else []), *rows, *after]
    if container == "xlsx":
        return _save_workbook(rng, path.with_suffix(".xlsx"), table, how)
    delimiter = rng.choice([",", ";", "\t", "|"])
    mark = rng.choice([".", ","]) if delimiter in ";\t" else "."
    groups = rng.choice(["", "", {".": ",", ",": "."}[mark], " "])
    encoding = rng.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    how |= {"delimiter": delimiter, "mark": mark, "groups": groups, "encoding": encoding}
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=rng.choice(["\n", "\r\n"]))
    for row in table:
        writer.writerow([_cell(cell, digits, mark, groups) for cell in row])
    content = stream.getvalue().encode(encoding, "replace")
    target = path.with_suffix(".csv.gz" if container == "gz" else ".csv")
    target.write_bytes(gzip.compress(content) if container == "gz" else content)
    return target


def _cell(cell: object, digits: int, mark: str, groups: str) -> str:
    if isinstance(cell, float):
        return f"{cell:,.{digits}f}".replace(",", "\0").replace(".", mark).replace("\0", groups)
    return str(cell)


def _save_workbook(
    rng: random.Random, path: Path, table: list[list[object]], how: dict[str, object]
) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    typed = rng.random() < 0.5
    how["typed"] = typed
    for row in table:
        sheet.append([_typed(cell) if typed else cell for cell in row])
    if rng.random() < 0.3:
        book.create_sheet("Notes").append(["Figures of 2023", "are provisional"])
    book.save(path)
    return path


def _typed(cell: object) -> object:
    if isinstance(cell, str) and len(cell) == 10 and cell[4] == cell[7] == "-":
        return pd.Timestamp(cell).to_pydatetime()
    return cell


def same(read: pd.Series, written: pd.Series) -> bool:
    """Whether both hold the same values in the same stretches of time."""
    read = read.dropna().sort_index()
    written = written.sort_index()
    if len(read) != len(written):
        return False
    mine, theirs = pd.PeriodIndex(read.index), pd.PeriodIndex(written.index)
    return bool(
        (mine.start_time == theirs.start_time).all()
        and (mine.end_time.normalize() == theirs.end_time.normalize()).all()
        and np.allclose(read.to_numpy(float), written.to_numpy(float), rtol=1e-12, atol=0)
    )
