"""Which column holds the values, which rows count, and what kind of figure it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import DataError, InputError
from analysis.outcome import Kind
from analysis.reading.numbers import Numbers, read_numbers
from analysis.reading.when import column_names, words
from analysis.reading.wording import choices, shown

MOSTLY, HALF = 0.9, 0.5  # the share of numbers in a column that is, or could be, of figures
# Whole numbers with such a name are no counts of events in a period.
MEASURE_WORDS = re.compile(
    r"\b(?:price|mean|average|avg|median|rate|ratio|index|indices|share|percent\w*|pct|per|proportion|prop"
    r"|temp\w*|score|wage|salar\w+|income|gdp|cpi|cost|spend\w*|expenditure|revenue|population"
    r"|pop|stock|unemploy\w*|employ\w*|prisoners|inmates|waiting|prevalence|balance|density|speed|age|points"
    r"|sentiment|confidence|hours|minutes|seconds|km|kms|miles|tonnes|litres|dollars|euros?|usd|eur|gbp"
    r"|£|\$|€)\b|[%€£$]",
    re.IGNORECASE,
)
ROW_NAMES = r"row ?names?|unnamed.*|index|id|line|year|month|week|day|quarter"
KINDS = ("auto", "count", "measure")


@dataclass(frozen=True, kw_only=True)
class What:
    """The column of values, and why it is that one."""

    column: str
    numbers: Numbers
    why: str


def read_column(frame: pd.DataFrame, name: str, delimiter: str, decimal: str) -> Numbers:
    """A column as numbers, with the decimal mark of the whole file where its own says nothing.

    Raises
    ------
    DataError : two readings fit the column, or none.
    """
    numbers = read_numbers(frame[name], delimiter, decimal=decimal)
    if numbers.clash:
        one, other = numbers.clash
        raise DataError(
            f"'{name}' holds {shown(one)} and {shown(other)}, which have different decimal marks.",
            rule="The decimal mark is the same in a whole column.",
            remedy="Correct the values, or save the table again with one decimal mark.",
        )
    if not numbers.choice:
        elsewhere = _mark_elsewhere(frame, name, delimiter)
        if elsewhere:
            return read_numbers(frame[name], delimiter, decimal=elsewhere)
        point = read_numbers(pd.Series([numbers.example]), ",", decimal=".").values.iloc[0]
        comma = read_numbers(pd.Series([numbers.example]), ",", decimal=",").values.iloc[0]
        raise DataError(
            f"Two readings fit '{shown(name)}': {numbers.example} is {point:g} with a decimal "
            f"point, or {comma:g} with a decimal comma.",
            rule="The decimal mark is decided for the whole column; here nothing in it decides.",
            remedy="decimal: point or comma.",
        )
    if numbers.unit == "mixed":
        raise DataError(
            f"'{name}' has a sign such as % or $ in some cells and none in others.",
            rule="All values of a column are in one unit.",
            remedy="Write all values in one way.",
        )
    return numbers


def _mark_elsewhere(frame: pd.DataFrame, name: str, delimiter: str) -> str:
    """The decimal mark that another column of the file leaves no doubt of, "" if they differ."""
    marks = set()
    for other in frame.columns[:50]:
        numbers = read_numbers(frame[other].head(2000), delimiter)
        if other != name and numbers.share >= MOSTLY and len(numbers.readings) == 1:
            marks.add(numbers.readings[0])
    return marks.pop() if len(marks) == 1 else ""


def find_values(
    frame: pd.DataFrame, dates: tuple[str, ...], value_column: str, delimiter: str, decimal: str
) -> What:
    """The column of values: the one named, or the only one that can be.

    Raises
    ------
    InputError : no such column. DataError : no column or several can be the values.
    """
    if value_column:
        (name, *more) = column_names(value_column, frame, "value_column")
        if more:
            raise _ask(f"value_column names {1 + len(more)} columns", [name, *more])
        return What(
            column=name, numbers=read_column(frame, name, delimiter, decimal), why="as given"
        )
    found = {
        name: read_numbers(frame[name], delimiter) for name in frame.columns if name not in dates
    }
    figures = {name: numbers for name, numbers in found.items() if numbers.share >= MOSTLY}
    # A column with many bad cells is the values if nothing else can be; they are refused later.
    doubtful = {name: numbers for name, numbers in found.items() if HALF <= numbers.share < MOSTLY}
    moments = len(frame[list(dates)].drop_duplicates()) if dates else len(frame)
    likely = [name for name, n in figures.items() if not _no_outcome(name, n, moments)]
    likely = likely or list(doubtful)
    if len(found) == 1 and figures:
        likely = list(found)  # a counter too, as there is nothing else
    if len(likely) == 1:
        left = [n for n in figures if n != likely[0]]
        why = f", as {choices(left, 'and')} count rows or mark a state" if left else ""
        why = f"the only column that can be the values{why}"
        (name,) = likely
        return What(column=name, numbers=read_column(frame, name, delimiter, decimal), why=why)
    if likely:
        raise _ask(f"{len(likely)} columns can be the values: {choices(likely, 'and')}", likely)
    if figures:
        raise _ask(
            f"{choices(figures, 'and')} only count rows, mark a state or stay the same", figures
        )
    raise _ask("No column holds numbers", frame.columns.difference(list(dates), sort=False))


def _ask(problem: str, names: Iterable[str]) -> DataError:
    return DataError(
        f"{problem}.",
        rule="One column holds the values.",
        remedy=f"value_column: {choices(names)}.",
    )


def _no_outcome(name: str, numbers: Numbers, moments: int) -> bool:
    """Whether a column counts rows, marks a state, stays the same or is part of a date."""
    if re.fullmatch(ROW_NAMES, words(name), re.IGNORECASE):
        return True
    distinct = np.sort(numbers.values.dropna().unique())
    if not numbers.choice:
        return False
    if len(distinct) < 2 or set(distinct) == {0, 1}:
        return True
    # As many steps of 1, from 0 or 1, as there are dates: the number of the date.
    return bool(
        len(distinct) == moments and distinct[0] in (0, 1) and (np.diff(distinct) == 1).all()
    )


def filter_rows(frame: pd.DataFrame, where: str) -> tuple[tuple[tuple[str, str], ...], np.ndarray]:
    """The conditions of `where` (column, value) and the rows for which each of them holds.

    Raises
    ------
    InputError : not of that form, no such column, or a value that the column does not have.
    """
    rows = np.ones(len(frame), dtype=bool)
    pairs = []
    for part in _pairs(where, frame):
        (column, *more), value = column_names(part[0], frame, "where"), part[1]
        cells = frame[column]
        same = cells == value
        if not same.any():
            same = cells.str.casefold() == value.casefold()
        if not same.any() or more:
            raise InputError(
                f"where: '{shown(column)}' has no '{shown(value)}'.",
                rule=f"It has {choices(cells[cells.ne('')].unique(), 'and')}.",
                remedy=f"where: {shown(column)}= and one of these.",
            )
        rows &= same.to_numpy()
        pairs.append((column, str(cells[same].iloc[0])))
    if not rows.any():
        raise InputError(
            f"where: no row has {choices([f'{c}={v}' for c, v in pairs], 'and')} together.",
            rule="The rows that all conditions keep are the series.",
            remedy="Leave one of the conditions out.",
        )
    return tuple(pairs), rows


def _pairs(where: str, frame: pd.DataFrame) -> list[tuple[str, str]]:
    """column=value, with commas between several; commas and equals signs may be in both.

    A comma parts two conditions where a column and an equals sign follow it.
    """
    if not where.strip():
        return []
    names = sorted({form for name in frame.columns for form in (name, words(name))}, key=len)
    known = "|".join(re.escape(name) for name in reversed(names))
    found: list[re.Match[str]] = []
    for name in (known, "[^,=]+"):  # a name that no column has is refused later, by name
        if not found or found[0].start() > 0:
            found = list(re.finditer(rf"(?:^|,)\s*({name})\s*=", where, re.IGNORECASE))
    if not found or found[0].start() > 0:
        raise InputError(
            f"where is '{shown(where)}'.",
            rule="It is column=value, several with commas between.",
            remedy="where: region=North, for example.",
        )
    ends = [match.start() for match in found[1:]] + [len(where)]
    return [
        (m[1].strip(), where[m.end() : end].strip()) for m, end in zip(found, ends, strict=True)
    ]


def refuse_repeated(
    frame: pd.DataFrame, lines: Sequence[int], periods: pd.PeriodIndex, used: tuple[str, ...]
) -> None:
    """One row a period.

    Raises
    ------
    DataError : a period has several rows; names the columns that tell them apart.
    """
    # `used` are the columns of dates and of values: they tell no rows apart.
    repeated = periods.duplicated(keep=False) & ~periods.isna()
    if not repeated.any():
        return
    period = periods[repeated][0]
    same = frame[periods == period]
    places = choices([str(lines[i]) for i in same.index], "and", 3)
    different = {name: len(same[name].unique()) for name in frame.columns if name not in used}
    groups = [n for n, k in different.items() if k > 1 and 2 * len(frame[n].unique()) < len(frame)]
    groups.sort(key=lambda name: (read_numbers(same[name], ",").share > 0, -different[name]))
    apart = f"; the rows of a period differ in {choices(groups, 'and')}" if groups else ""
    hints = "; and ".join(
        f"{shown(n)}={choices(filter(None, same[n].unique()), 'or', 6)}" for n in groups[:4]
    )
    raise DataError(
        f"{period} has {len(same)} rows (lines {places}).",
        rule=f"A series has one row for each period{apart}.",
        remedy=f"where: {hints}." if hints else "Remove the rows that repeat, or add them up.",
    )


def find_kind(
    kind: str, name: str, unit: str, values: pd.Series, *, divided: bool
) -> tuple[Kind, str]:
    """Whether values are counts of a period, or a measure; and why.

    Raises
    ------
    InputError : `kind` is none of auto, count and measure.
    """
    if kind not in KINDS:
        raise InputError(
            f"kind is '{shown(kind)}'.",
            rule="A count is divided by the days of its period; a measure is used as it is.",
            remedy=f"kind: {choices(KINDS)}.",
        )
    if kind != "auto":
        return ("count" if kind == "count" else "measure"), "as given"
    if divided:
        return "measure", "it is divided"
    held = values.dropna()
    if (held % 1 != 0).any():
        return "measure", "not all values are whole numbers"
    if (held < 0).any():
        return "measure", "a value is negative"
    if found := MEASURE_WORDS.search(f"{words(name)} {unit}"):
        return "measure", f"the name says {found[0]}"
    return "count", "whole numbers, none negative, and the name says nothing else"


def refuse_bad(
    column: str, bad: pd.Series, lines: Sequence[int], what: str, rule: str, remedy: str
) -> None:
    """No cell of the rows that count is something else than it has to be.

    Raises
    ------
    DataError : one is; names its line.
    """
    if len(bad):
        more = f", and {len(bad) - 1} more such cells" if len(bad) > 1 else ""
        raise DataError(
            f"'{shown(column)}' has '{shown(bad.iloc[0])}' in line {lines[bad.index[0]]} where a "
            f"{what} should be{more}.",
            rule=rule,
            remedy=remedy,
        )
