"""The rows of a table; and tables whose periods run across the top, turned into rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

from analysis.reading.dates import FORMS, all_forms, looks_like_date, month_number
from analysis.reading.numbers import is_missing, read_numbers
from analysis.reading.when import FIRST_WORDS, LAST_WORDS, words

TOTALS = re.compile(
    r"\W*(?:grand |sub-?|annual |year )?(?:totals?|sum|summe|gesamt|insgesamt|average|mean|all"
    r"|ensemble|totale)\b.*|.*\btotals?\W*",
    re.IGNORECASE,
)
MARKED = re.compile(f"{FIRST_WORDS.pattern}|{LAST_WORDS.pattern}", re.IGNORECASE)
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


@lru_cache(maxsize=200_000)
def dated(text: str) -> bool:
    """Whether a cell looks like a date."""
    return bool(text) and looks_like_date(text)


def header_of_dates(rows: list[list[str]]) -> int | None:
    """The row that has the dates of a table whose periods are columns, if there is one."""
    for i, row in enumerate(rows[:MOST_ABOVE]):
        dates = [cell for cell in row[1:] if dated(cell) and not month_number(cell)]
        if len(dates) < max(FEWEST_ACROSS, sum(map(bool, row)) / 2) or len(set(dates)) < len(dates):
            continue
        for form in all_forms(pd.Series(dates)):
            steps = form.values.diff().iloc[1:].dt.days
            even = (steps <= LONGEST_STEP * steps.min()).mean() >= 0.8
            if form.bad.empty and (steps > 0).all() and even:
                return i
    return None


def turned(table: Table) -> Table:
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
    ended = [n for n in kept if into == "date" and MARKED.search(words(n))]
    into = f"{ended[0]} (date)" if ended else into  # what the dates mark, in their own row
    into, value = (name if name not in kept else f"{name} (below)" for name in (into, "value"))
    cells = frame[across].to_numpy()
    long = frame[kept].loc[frame.index.repeat(len(across))].reset_index(drop=True)
    long[into], long[value] = across * len(frame), cells.ravel()
    span = f"{across[0]} to {across[-1]}"
    return Table(
        frame=long.astype(object),
        lines=[line for line in table.lines for _ in across],
        header=table.header,
        skipped=(*table.skipped, f"{what} run across the top ({span}): each is a row here."),
    )


def _is_sum(frame: pd.DataFrame, name: str, months: list[str]) -> bool:
    """Whether a column is the sum or the mean of the months."""
    own = read_numbers(frame[name], ",").values
    parts = frame[months].map(
        lambda t: 0.0 if is_missing(t) else read_numbers(pd.Series([t]), ",").values.iloc[0]
    )
    total = parts.sum(axis=1)
    return bool(own.notna().any() and ((own - total).abs() <= 0.01 * total.abs()).mean() > 0.8)
