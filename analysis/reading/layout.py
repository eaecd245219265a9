"""Where the table is in a grid: preamble, header, units, body, totals and footnotes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

from analysis.reading.dates import all_forms, looks_like_date, month_number, runs_on
from analysis.reading.grid import Grid
from analysis.reading.numbers import read_numbers
from analysis.reading.wording import choices, refusal, shown

NOTES = re.compile(
    r"\W*(?:source|note|quelle|fuente|fonte|footnote|remark|last updated|updated|data as of|\(c\)|©"
    r"|\d+\)|\[\w+\] |\(\w\) |[*†‡#])",
    re.IGNORECASE,
)


TOTALS = re.compile(
    r"\W*(?:grand |sub-?|annual |year )?(?:totals?|sum|summe|gesamt|insgesamt|average|mean|all"
    r"|ensemble|totale)\b.*|.*\btotals?\W*",
    re.IGNORECASE,
)
FEWEST_ACROSS = 4  # dates in a row that make it a header of periods
MOST_ABOVE = 30  # rows above such a header


@dataclass(frozen=True, kw_only=True)
class Table:
    """The rows of the table, as text, under the names of its columns.

    lines : the line (or row of the sheet) of each row.
    header : line of the header, 0 if there is none.
    units : what a row of units says of each column.
    delimiter, decimal : of the file, and the mark that was given; they decide what a number is.
    skipped : what was not taken for rows of the table, in sentences.
    """

    frame: pd.DataFrame = field(repr=False)
    lines: list[int] = field(repr=False)
    header: int = 0
    units: dict[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    delimiter: str = ""
    decimal: str = ""


@lru_cache(maxsize=200_000)
def dated(text: str) -> bool:
    """Whether a cell looks like a date."""
    return bool(text) and looks_like_date(text)


def find_table(grid: Grid, decimal: str) -> Table:
    """The table in a grid.

    Raises
    ------
    DataError : periods run across the top, rows do not fit the header, or there is no body.
    """
    width = max(len(row) for row in grid.rows)
    rows = [row + [""] * (width - len(row)) for row in grid.rows]
    _refuse_across(rows, grid.lines)
    place = _date_place(rows)
    first = _first_row(rows, place)
    heads = _heads(rows[:first], max(place, 0))
    body, said = _body(rows, grid.lines, first, place, heads)
    if not body:
        raise refusal("no figures")
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
    return Table(
        frame=_named(frame).astype(object),
        lines=[line for line, _ in body],
        header=grid.lines[heads.row] if heads.row is not None else 0,
        units=heads.units,
        skipped=said,
        delimiter=grid.delimiter,
        decimal=decimal,
    )


def _refuse_across(rows: list[list[str]], lines: list[int]) -> None:
    """A table with a column for each period is another layout.

    Raises
    ------
    DataError : one of the first rows holds dates, or the names of all months, in half its cells.
    """
    for line, row in zip(lines, rows[:MOST_ABOVE], strict=False):
        dates = [cell for cell in row[1:] if dated(cell)]
        if len(dates) < max(FEWEST_ACROSS, sum(map(bool, row)) / 2):
            continue
        forms = all_forms(pd.Series(dates, dtype=object))
        if len(set(map(month_number, dates)) - {0}) == 12 or any(
            form.bad.empty and runs_on(form.values) for form in forms
        ):
            raise refusal("side by side", line=line, dates=dates[:4])


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
        raise refusal("wide row", line=wide, n=lengths[wide], others=others, usual=head)
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
        if figures and not dated(row[place]) and any(c.isdigit() for c in row[place]):
            raise refusal("no date there", line=line, cell=row[place])


@dataclass(frozen=True, kw_only=True)
class _Heads:
    names: list[str]
    top: int = 0
    row: int | None = None
    units: dict[str, str] = field(default_factory=dict)


def _date_place(rows: list[list[str]]) -> int:
    """The column with the most cells that look like dates, -1 if in none half of them do."""
    step = max(1, len(rows) // 2000)
    found = Counter(j for row in rows[::step] for j, cell in enumerate(row) if dated(cell))
    best = max(found, key=lambda j: (found[j], -j), default=0)
    return best if 2 * found[best] >= sum(sum(map(bool, row)) > 1 for row in rows[::step]) else -1


def _first_row(rows: list[list[str]], place: int) -> int:
    """The first row with a date in the column of dates and a second cell that is no word."""
    for i, row in enumerate(rows if place >= 0 else []):
        others = [cell for j, cell in enumerate(row) if j != place and cell]
        if dated(row[place]) and any(c[:1] in "-+.<0123456789$€£" for c in others):
            return i
    # No dates: the first row with numbers in most of its cells.
    for i, row in enumerate(rows):
        filled = [cell for cell in row if cell]
        if sum(cell[-1:].isdigit() for cell in filled) > len(filled) / 2:
            return i
    return min(1, len(rows) - 1)


def _heads(rows: list[list[str]], place: int) -> _Heads:
    """The names of the columns from what stands above the first row."""
    full = [
        i for i, row in enumerate(rows) if sum(map(bool, row)) > 1 and not row[0].startswith("#")
    ]
    if not full:
        return _Heads(names=[])
    named = [i for i in full if rows[i][place] and _names(rows[i], place)]
    at = named[-1] if named else max(full, key=lambda i: (sum(map(bool, rows[i])), i))
    if len(named) > 1 and re.fullmatch(
        r"\W*(?:units?|einheit|unité)?\W*", rows[at][place], re.IGNORECASE
    ):
        at = named[-2]
    names, top = list(rows[at]), at
    for i in (i for i in full if i > at):
        if any(cell and not name for cell, name in zip(rows[i], names, strict=True)):
            names, at = _two_levels(names, rows[i], place), i
    if top == at and at - 1 in full and len(set(filter(None, names))) < sum(map(bool, names)):
        names, top = _two_levels(rows[at - 1], names, place), at - 1
    units = {
        name: cell.strip("()[] ")
        for row in (rows[i] for i in full if i > at)
        for name, cell in zip(names, row, strict=True)
        if cell and name
    }
    return _Heads(names=names, top=top, row=at, units=units)


def _names(row: list[str], place: int) -> bool:
    """Whether a row has a word beside the place of dates, and not dates alone."""
    return not all(dated(cell) for j, cell in enumerate(row) if cell and j != place)


def _two_levels(above: list[str], names: list[str], place: int) -> list[str]:
    """Names of groups, each standing once above its first column, before the names below them."""
    made, group = [], ""
    for j, (top, name) in enumerate(zip(above, names, strict=True)):
        group = top or ("" if j <= place else group)
        made.append(f"{group} {name}".strip())
    return made


def _body(
    rows: list[list[str]],
    lines: list[int],
    first: int,
    place: int,
    heads: _Heads,
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
    if place >= 0 and dated(row[place]):
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
