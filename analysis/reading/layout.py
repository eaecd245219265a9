"""Where the table is in a grid: preamble, header, units, body, totals and footnotes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

from analysis.errors import refusal, shown
from analysis.reading.content import MAX_ROWS, Row, Rows
from analysis.reading.dates import all_forms, looks_like_date, month_number, runs_on
from analysis.reading.numbers import read_numbers
from analysis.reading.wording import pattern

NOTES, TOTALS, UNITS, DATES = map(pattern, ("notes", "totals", "units", "dates"))
FEWEST_ACROSS = 4  # dates in a row that make it a header of periods
MOST_ABOVE = 30  # rows above such a header
TURNED = ("period", "value")  # columns of what stood side by side


@dataclass(frozen=True, kw_only=True)
class Table:
    """The rows of the table, as text, under the names of its columns.

    frame : its index holds the line (or row of the sheet) of each row.
    header : line of the header, 0 if there is none.
    units : what a row of units says of each column.
    delimiter, decimal : of the file, and the mark that was given; they decide what a number is.
    skipped : what was not taken for rows of the table, by what it is.
    turned : line of the periods that stood side by side, 0 if none did.
    """

    frame: pd.DataFrame = field(repr=False)
    header: int = 0
    units: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, Rows] = field(default_factory=dict)
    turned: int = 0
    delimiter: str = ""
    decimal: str = ""


@lru_cache(maxsize=200_000)
def dated(text: str) -> bool:
    """Whether a cell looks like a date."""
    return bool(text) and looks_like_date(text)


def find_table(given: Rows, delimiter: str, decimal: str) -> Table:
    """The table in the rows of a file or a sheet.

    Raises
    ------
    DataError : names or rows do not fit the header, or there is no body.
    """
    width = max(len(row) for _, row in given)
    rows = [(line, (*row, *[""] * (width - len(row)))) for line, row in given]
    if (at := _across(rows)) is not None:
        turned, first = rows[at][0], at + 1
        place = _date_place(rows[first:], {j for j, name in enumerate(rows[at][1]) if dated(name)})
    else:
        turned, place = 0, _date_place(rows)
        first = _first_row(rows, place)
        at = _header(rows[:first], max(place, 0))
    names: Row = ()
    units, skipped = {}, {}
    if at is not None:
        names = given[at][1]
        _refuse_figures(rows[at + bool(turned) : first], max(place, 0))
        units = _units(rows[at][1], rows[at + 1 : first])
        skipped = {"the text before the header": rows[:at]} if at else {}
    skipped |= _parted(rows[first:], rows[at][1] if at is not None else (), place)
    kept = skipped.pop("", [])
    if not kept:
        raise refusal("no figures")
    frame = _named(kept, _fitting(names, kept))
    return Table(
        frame=_turned(frame, turned) if turned else frame,
        turned=turned,
        header=given[at][0] if at is not None else 0,
        units=units,
        skipped=skipped,
        delimiter=delimiter,
        decimal=decimal,
    )


def _across(rows: Rows) -> int | None:
    """Which of the first rows holds dates, or the names of all months, in half its cells."""
    for i, (_, row) in enumerate(rows[:MOST_ABOVE]):
        dates = [cell for cell in row[1:] if dated(cell)]
        if len(dates) < max(FEWEST_ACROSS, sum(map(bool, row)) / 2):
            continue
        forms = all_forms(pd.Series(dates, dtype=object))
        if len(set(map(month_number, dates)) - {0}) == 12 or any(
            form.bad.empty and runs_on(form.values) for form in forms
        ):
            return i
    return None


def _turned(frame: pd.DataFrame, line: int) -> pd.DataFrame:
    """A row for each cell below a period, in place of a column for each period.

    Raises
    ------
    DataError : a period is the name of two columns, as where groups stand above them.
    """
    periods = [name for name in frame if dated(name)]
    others = [name for name in frame if name not in periods]
    repeated = [name for name in others if dated(name.partition(" (column ")[0])]
    if repeated or {*TURNED} & {*others}:
        raise refusal("side by side", line=line, names=repeated or TURNED)
    if (n := len(frame) * len(periods)) > MAX_ROWS:
        raise refusal("too many", file="the table", n=n, what="rows", most=MAX_ROWS)
    return frame.melt(others, periods, *TURNED, ignore_index=False)


def _date_place(rows: Rows, periods: Container[int] = ()) -> int:
    """The column with the most cells that look like dates, -1 if in none half of them do."""
    sample = [row for _, row in rows[:: max(1, len(rows) // 2000)]]
    cells = ((j, cell) for row in sample for j, cell in enumerate(row) if j not in periods)
    places = Counter(j for j, cell in cells if dated(cell))
    best = max(places, key=lambda j: (places[j], -j), default=0)
    full = sum(sum(map(bool, row)) > 1 for row in sample)
    return best if 2 * places[best] >= max(full, 1) else -1


def _first_row(rows: Rows, place: int) -> int:
    """The first row with a date in the column of dates and a second cell that is no word."""
    for i, (_, row) in enumerate(rows if place >= 0 else []):
        others = [cell for j, cell in enumerate(row) if j != place]
        if dated(row[place]) and any(map(_no_word, others)):
            return i
    # No dates: the first row with numbers in most of its cells.
    for i, (_, row) in enumerate(rows):
        if 2 * sum(cell[-1:].isdigit() for cell in row) > sum(map(bool, row)):
            return i
    return min(1, len(rows) - 1)


def _no_word(cell: str) -> bool:
    """Whether a cell is a number, whatever its signs, or says that there is none."""
    digits = any(map(str.isdigit, cell)) and not any(map(str.isalpha, cell))
    return digits or cell[:1] in set("-+.<0123456789$€£")


def _header(above: Rows, place: int) -> int | None:
    """Which of the rows above the first one has the names of the columns."""
    rows = [row for _, row in above]
    full = [i for i, row in enumerate(rows) if _several(row)]
    words = [any(c and not dated(c) for j, c in enumerate(row) if j != place) for row in rows]
    named = [i for i in full if rows[i][place] and words[i]]
    if len(named) > 1 and UNITS.fullmatch(rows[named[-1]][place]):
        named.pop()
    fullest = max(full, key=lambda i: (sum(map(bool, rows[i])), i), default=None)
    # Of two columns, that of dates may be without a name.
    beside = [i for i, row in enumerate(rows) if row[place:] == ("", row[-1])]
    return named[-1] if named else fullest if full else max(beside, default=None)


def _several(row: Row) -> bool:
    return sum(map(bool, row)) > 1 and not row[0].startswith("#")


def _units(names: Row, below: Rows) -> dict[str, str]:
    """What the rows between the header and the body say of each column.

    Raises
    ------
    DataError : one goes on with the names, as where those of groups stand above.
    """
    units: dict[str, str] = {}
    for line, row in below:
        if _several(row):
            if any(cell and not name for cell, name in zip(row, names, strict=True)):
                raise refusal("two headers", line=line)
            units |= {
                name: cell.strip("()[] ") for name, cell in zip(names, row, strict=True) if cell
            }
    return units


def _refuse_figures(rows: Rows, place: int) -> None:
    """A first row whose date cannot be read is not to pass for a header.

    Raises
    ------
    DataError : a row of the header has a digit in the place of dates, and a number beside it.
    """
    for line, row in rows:
        others = pd.Series([c for j, c in enumerate(row) if j != place and c], dtype=object)
        figures = len(others) and read_numbers(others, "").share > 0
        if figures and not dated(row[place]) and any(c.isdigit() for c in row[place]):
            raise refusal("no date there", line=line, cell=row[place])


def _parted(below: Rows, header: Row, place: int) -> dict[str, Rows]:
    """The rows below the header by why they are no rows of the table, those that are one by ""."""
    parted: dict[str, Rows] = {}
    last = max((line for line, row in below if sum(map(bool, row)) > 1), default=0)
    reason = ""
    for line, row in below:
        # Below the body a note begins the footnotes, whatever dates stand in them.
        if line < last or reason != "notes":
            reason = _left_out(row, header, place)
        parted.setdefault(reason, []).append((line, row))
    return parted


def _left_out(row: Row, header: Row, place: int) -> str:
    """Why a row is no row of the table; "" if it is one."""
    first = next(filter(None, row))
    label = row[max(place, 0)] or first
    others = [cell for j, cell in enumerate(row) if cell and j != place and cell != first]
    if row == header:
        return "repeated header"
    if row[0].startswith("#"):
        return "comments"
    if place >= 0 and dated(row[place]):
        return ""
    # Where no row has a date, each is a series, one of them their total.
    if place >= 0 and not label[:1].isdigit() and TOTALS.fullmatch(label):
        return "totals"
    return "notes" if NOTES.match(label) or not (others or re.match(r"[\d-]", label)) else ""


def _fitting(header: Row, kept: Rows) -> Row:
    """The names of the columns, one to the right where each row begins with a name of its own.

    Raises
    ------
    DataError : a row has more cells than the others, such as 1006,5 in a file with commas.
    """
    widths = [max(i for i, cell in enumerate(row, start=1) if cell) for _, row in kept]
    usual = len(header) or Counter(widths).most_common(1)[0][0]
    # Under a name of dates, dates: it is the thousands' comma that made a cell too many.
    split = header and DATES.search(header[0]) and dated(kept[0][1][0])
    if header and min(widths) == max(widths) == usual + 1 and not split:
        return "", *header
    for (line, _), n in zip(kept, widths, strict=True):
        if n > usual:
            others = "the header has" if header else "most lines have"
            raise refusal("wide row", line=line, n=n, others=others, usual=usual)
    return header


def _named(rows: Rows, names: Row) -> pd.DataFrame:
    """The rows under names that differ, without columns that have neither name nor cell."""
    lines, cells = zip(*rows, strict=True)
    frame = pd.DataFrame(cells, index=lines, dtype=object)
    given = pd.Series(map(shown, names), dtype=object).reindex(frame.columns, fill_value="")
    frame = frame.loc[:, given.ne("") | frame.ne("").any()]
    made: list[str] = []
    for i, place in enumerate(frame, start=1):
        name = given[place] or f"column {i}"
        several = given.eq(name).sum() > 1 or name in made
        made.append(f"{name} (column {i})" if several else name)
    return frame.set_axis(made, axis=1)
