"""Where the table is in a grid: preamble, header, units, body, totals and footnotes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

from analysis.errors import DataError
from analysis.reading.dates import FORMS, all_forms, looks_like_date, month_number
from analysis.reading.grid import Grid
from analysis.reading.numbers import is_missing, read_numbers
from analysis.reading.wording import choices, shown

TOTALS = re.compile(
    r"\W*(?:grand |sub-?|annual |year )?(?:totals?|sum|summe|gesamt|insgesamt|average|mean|all"
    r"|ensemble|totale)\b.*|.*\btotals?\W*",
    re.IGNORECASE,
)
NOTES = re.compile(
    r"\W*(?:source|note|quelle|fuente|fonte|footnote|remark|last updated|updated|data as of|\(c\)|©"
    r"|\d+\)|\[\w+\] |\(\w\) |[*†‡#])",
    re.IGNORECASE,
)
QUARTER = re.compile(r"(?:Q|quarter ?)?[1-4](?:st|nd|rd|th)?(?: ?quarter)?", re.IGNORECASE)
FEWEST_ACROSS = 4  # dates in a header that make it one of periods
MOST_ABOVE = 30  # rows above such a header
LONGEST_STEP = 1.2  # months and quarters differ by so much at most


@dataclass(frozen=True, kw_only=True)
class Table:
    """The rows of the table, as text, under the names of its columns.

    lines : the line (or row of the sheet) of each row.
    header : line of the header, 0 if there is none.
    units : what a row of units says of each column.
    skipped : what was not taken for rows of the table, in sentences.
    """

    frame: pd.DataFrame = field(repr=False)
    lines: list[int] = field(repr=False)
    header: int = 0
    units: dict[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()


def find_table(grid: Grid) -> Table:
    """The table in a grid. Dates across the top are turned into rows."""
    width = max(len(row) for row in grid.rows)
    rows = [row + [""] * (width - len(row)) for row in grid.rows]
    across = _header_of_dates(rows)
    place = _date_place(rows)
    first = across + 1 if across is not None else _first_row(rows, place)
    heads = _heads(rows[:first], across, max(place, 0))
    body, said = _body(rows, grid.lines, first, place, heads)
    names = _fitting(grid, heads, [line for line, _ in body])
    if heads.row is not None:
        _refuse_figures(rows[heads.row : first], grid.lines[heads.row : first], max(place, 0))
    if heads.top:
        said = (_lines("the text before the header", grid.lines[: heads.top]), *said)
    frame = pd.DataFrame([row for _, row in body])
    frame.columns = pd.Index((names or [""] * width)[:width])
    frame = frame.loc[
        :, [bool(name) or frame.iloc[:, i].ne("").any() for i, name in enumerate(frame.columns)]
    ]
    table = Table(
        frame=_named(frame).astype(object),
        lines=[line for line, _ in body],
        header=grid.lines[heads.row] if heads.row is not None else 0,
        units=heads.units,
        skipped=said,
    )
    return _turned(table)


def _fitting(grid: Grid, heads: _Heads, kept: list[int]) -> list[str]:
    """The names of the columns, one to the right where each row begins with a name of its own.

    Raises
    ------
    DataError : a row has more cells than the others, such as 1006,5 in a file with commas.
    """
    lengths = {
        line: max(i for i, cell in enumerate(row, start=1) if cell)
        for line, row in zip(grid.lines, grid.rows, strict=True)
    }
    found = [lengths[line] for line in kept]
    usual = Counter(found).most_common(1)[0][0] if found else 0
    head = usual if heads.row is None else len(grid.rows[heads.row])
    if found and min(found) == max(found) == head + 1:
        return ["", *heads.names]
    wide = next((line for line in kept if lengths[line] > head), None)
    if wide is not None:
        others = "most lines have" if heads.row is None else "the header has"
        raise DataError(
            f"Line {wide} has {lengths[wide]} cells, and {others} {head}.",
            rule="No row has more cells than there are columns.",
            remedy="Put a cell that holds the delimiter between quotation marks.",
        )
    return heads.names


def _refuse_figures(rows: list[list[str]], lines: list[int], place: int) -> None:
    """A first row whose date cannot be read is not to pass for a header.

    Raises
    ------
    DataError : a row of the header has a digit in the place of dates, and a number beside it.
    """
    for row, line in zip(rows, lines, strict=True):
        others = pd.Series(
            [cell for j, cell in enumerate(row) if j != place and cell], dtype=object
        )
        figures = read_numbers(others, "").share > 0 if len(others) else False
        if figures and not _dated(row[place]) and any(c.isdigit() for c in row[place]):
            raise DataError(
                f"Line {line} has '{shown(row[place])}' where a date should be.",
                rule="All dates of a column have one form, the first too.",
                remedy="Correct the date, or remove the row.",
            )


@dataclass(frozen=True, kw_only=True)
class _Heads:
    names: list[str]
    top: int = 0
    row: int | None = None
    units: dict[str, str] = field(default_factory=dict)


def _header_of_dates(rows: list[list[str]]) -> int | None:
    """The row that has the dates of a table whose periods are columns, if there is one."""
    for i, row in enumerate(rows[:MOST_ABOVE]):
        dates = [cell for cell in row[1:] if _dated(cell) and not month_number(cell)]
        if len(dates) < max(FEWEST_ACROSS, sum(map(bool, row)) / 2) or len(set(dates)) < len(dates):
            continue
        for form in all_forms(pd.Series(dates)):
            steps = form.values.diff().iloc[1:].dt.days
            even = (steps <= LONGEST_STEP * steps.min()).mean() >= 0.8
            if form.bad.empty and (steps > 0).all() and even:
                return i
    return None


@lru_cache(maxsize=200_000)
def _dated(text: str) -> bool:
    return bool(text) and looks_like_date(text)


def _date_place(rows: list[list[str]]) -> int:
    """The column with the most cells that look like dates, -1 if in none half of them do."""
    step = max(1, len(rows) // 2000)
    found = Counter(j for row in rows[::step] for j, cell in enumerate(row) if _dated(cell))
    best = max(found, key=lambda j: (found[j], -j), default=0)
    return best if 2 * found[best] >= sum(sum(map(bool, row)) > 1 for row in rows[::step]) else -1


def _first_row(rows: list[list[str]], place: int) -> int:
    """The first row with a date in the column of dates and a second cell that is no word."""
    for i, row in enumerate(rows if place >= 0 else []):
        others = [cell for j, cell in enumerate(row) if j != place and cell]
        if _dated(row[place]) and any(c[:1] in "-+.<0123456789$€£" for c in others):
            return i
    # No dates: the first row with numbers in most of its cells.
    for i, row in enumerate(rows):
        filled = [cell for cell in row if cell]
        if sum(cell[-1:].isdigit() for cell in filled) > len(filled) / 2:
            return i
    return min(1, len(rows) - 1)


def _heads(rows: list[list[str]], across: int | None, place: int) -> _Heads:
    """The names of the columns from what stands above the first row."""
    if across is not None:
        return _Heads(names=rows[across], top=across, row=across)
    full = [
        i for i, row in enumerate(rows) if sum(map(bool, row)) > 1 and not row[0].startswith("#")
    ]
    if not full:
        return _Heads(names=[])
    named = [i for i in full if rows[i][place] and _names(rows[i], place)]
    titles = [i for i in named if rows[i][place].casefold() == "title"]
    named = titles[:1] or named
    at = named[-1] if named else max(full, key=lambda i: (sum(map(bool, rows[i])), i))
    if len(named) > 1 and re.fullmatch(
        r"\W*(?:units?|einheit|unité)?\W*", rows[at][place], re.IGNORECASE
    ):
        at = named[-2]
    names, top = list(rows[at]), at
    for i in (i for i in full if i > at and not titles):
        if any(cell and not name for cell, name in zip(rows[i], names, strict=True)):
            names, at = _two_levels(names, rows[i], place), i
    if top == at and at - 1 in full and len(set(filter(None, names))) < sum(map(bool, names)):
        names, top = _two_levels(rows[at - 1], names, place), at - 1
    units = {
        name: cell.strip("()[] ")
        for row in (rows[i] for i in full if i > at and not titles)
        for name, cell in zip(names, row, strict=True)
        if cell and name
    }
    return _Heads(names=names, top=top, row=at, units=units)


def _names(row: list[str], place: int) -> bool:
    """Whether a row has a word beside the place of dates, and not dates alone."""
    return not all(_dated(cell) for j, cell in enumerate(row) if cell and j != place)


def _two_levels(above: list[str], names: list[str], place: int) -> list[str]:
    """Names of groups, each standing once above its first column, before the names below them."""
    made, group = [], ""
    for j, (top, name) in enumerate(zip(above, names, strict=True)):
        group = top or ("" if j <= place else group)
        made.append(f"{group} {name}".strip())
    return made


def _body(
    rows: list[list[str]], lines: list[int], first: int, place: int, heads: _Heads
) -> tuple[list[tuple[int, list[str]]], tuple[str, ...]]:
    """The rows of the table with their lines; and what was left out among and below them."""
    header = rows[heads.row] if heads.row is not None else None
    kept: list[tuple[int, list[str]]] = []
    gone: dict[str, list[tuple[int, list[str]]]] = {}
    for line, row in zip(lines[first:], rows[first:], strict=True):
        reason = _left_out(row, header, place)
        if reason:
            gone.setdefault(reason, []).append((line, row))
        else:
            kept.append((line, row))
    said = tuple(
        f"{_lines(reason, [line for line, _ in found])} "
        f"({choices([next(filter(None, row)) for _, row in found], 'and')})"
        for reason, found in gone.items()
    )
    return kept, said


def _left_out(row: list[str], header: list[str] | None, place: int) -> str:
    """Why a row is no row of the table; "" if it is one."""
    if row == header:
        return "repeated header"
    first = next(filter(None, row))
    if row[0].startswith("#"):
        return "comments"
    label = row[max(place, 0)] or first
    if place >= 0 and _dated(row[place]):
        return ""
    others = [cell for j, cell in enumerate(row) if cell and j != place and cell != first]
    if not label[:1].isdigit() and TOTALS.fullmatch(label):
        return "totals"
    if NOTES.match(label) or (not others and not re.match(r"[\d-]", label)):
        return "notes"
    return ""


def _lines(which: str, lines: list[int]) -> str:
    return f"Skipped {which}: line{'s' * (len(lines) > 1)} {choices(map(str, lines), 'and')}"


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """Each column has a name of its own."""
    names = [shown(str(name)) for name in frame.columns]
    names = [name or f"column {i}" for i, name in enumerate(names, start=1)]
    seen = Counter(names)
    frame.columns = pd.Index(
        [
            f"{name} (column {i})" if seen[name] > 1 else name
            for i, name in enumerate(names, start=1)
        ]
    )
    return frame


def _turned(table: Table) -> Table:
    """A table with its dates in rows, where they run across the top."""
    frame = table.frame
    months = [name for name in frame.columns if month_number(name)]
    dates = [name for name in frame.columns if any(FORMS[f][1].fullmatch(name) for f in FORMS)]
    if len(months) == 12:
        across, into, what = months, "month", "Months"
    elif len(dates) >= FEWEST_ACROSS and table.header and len(dates) >= 0.5 * frame.shape[1]:
        across, into, what = dates, "date", "Dates"
    else:
        return table
    kept = [name for name in frame.columns if name not in across]
    if into == "month":
        # A column of totals or means beside the twelve months is one more way to say the same.
        kept = [n for n in kept if not TOTALS.fullmatch(n) and not _is_sum(frame, n, months)]
    long = frame.assign(line=table.lines).melt(["line", *kept], across, into, "value")
    long = long.sort_values("line", kind="stable", ignore_index=True)
    return Table(
        frame=long.loc[:, [*kept, into, "value"]].astype(object),
        lines=list(long["line"]),
        header=table.header,
        skipped=(
            *table.skipped,
            f"{what} run across the top ({across[0]} to {across[-1]}): each is a row here.",
        ),
    )


def _is_sum(frame: pd.DataFrame, name: str, months: list[str]) -> bool:
    """Whether a column is the sum or the mean of the months."""
    own = read_numbers(frame[name], ",").values
    parts = frame[months].map(
        lambda t: 0.0 if is_missing(t) else read_numbers(pd.Series([t]), ",").values.iloc[0]
    )
    total = parts.sum(axis=1)
    return bool(own.notna().any() and ((own - total).abs() <= 0.01 * total.abs()).mean() > 0.8)
