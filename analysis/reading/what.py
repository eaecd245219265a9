"""Which column holds the values, which rows count, and what kind of figure it is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from analysis.errors import choices, refusal, shown
from analysis.outcome import Kind
from analysis.reading.dates import Dates, column_names
from analysis.reading.layout import TURNED, Table
from analysis.reading.numbers import Numbers, read_numbers
from analysis.reading.wording import as_words, pattern, plain_name

MOSTLY, HALF = 0.9, 0.5  # the share of numbers in a column that is, or could be, of figures
MEASURE_WORDS, ROW_NAMES = pattern("measures"), pattern("row names")
NUMBER = re.compile(r"\s*\d+(?:\.\d*)?(?:e[+-]?\d{1,2})?\s*", re.IGNORECASE)
KINDS = ("auto", "count", "measure")
AS_GIVEN = "as given"  # by the user


def read_column(table: Table, name: str) -> Numbers:
    """A column as numbers, with the decimal mark of the whole file where its own says nothing.

    Raises
    ------
    DataError : two readings fit the column, or none.
    """
    cells = table.frame[name]
    numbers = read_numbers(cells, table.delimiter, decimal=table.decimal)
    if numbers.clash:
        raise refusal("two marks", column=name, cells=numbers.clash)
    if numbers.unit == "mixed":
        raise refusal("mixed signs", column=name)
    if numbers.choice:
        return numbers
    if elsewhere := _mark_elsewhere(table, name):
        return read_numbers(cells, table.delimiter, decimal=elsewhere)
    cell = pd.Series([numbers.example])
    point, comma = (float(read_numbers(cell, ",", decimal=m).values.iloc[0]) for m in ".,")
    raise refusal("two numbers", column=name, cell=numbers.example, point=point, comma=comma)


def _mark_elsewhere(table: Table, name: str) -> str:
    """The decimal mark that another column of the file leaves no doubt of, "" if they differ."""
    marks = set()
    for other in table.frame.columns[:50]:
        numbers = read_numbers(table.frame[other].head(2000), table.delimiter)
        if other != name and numbers.share >= MOSTLY and len(numbers.readings) == 1:
            marks.add(numbers.readings[0])
    return marks.pop() if len(marks) == 1 else ""


def find_values(table: Table, when: Dates, value_column: str) -> tuple[Numbers, str]:
    """The column of values, the one named or the only one that can be; and why it is that one.

    Raises
    ------
    InputError : no such column. DataError : no column or several can be the values.
    """
    names, figures, others = likely_values(table, when)
    left = [name for name in figures if name not in names]
    why = "the only column that can be the values"
    why += f", not {choices(left)} (row numbers, a state, or always the same)" if left else ""
    if value_column:
        names, why = [*column_names(value_column, table.frame, "value_column")], AS_GIVEN
    if len(names) != 1:
        key = "several values" if names else "no outcome" if figures else "no numbers"
        raise refusal(key, n=len(names), names=names or figures or others)
    return read_column(table, names[0]), why


def likely_values(table: Table, when: Dates) -> tuple[list[str], list[str], list[str]]:
    """The columns that can be the values, those of figures, and all but the dates."""
    frame = table.frame
    others = [name for name in frame.columns if name not in (*when.columns, *when.same)]
    if table.turned and TURNED[1] in others:
        return [TURNED[1]], [TURNED[1]], others
    numbers = {name: read_numbers(frame[name], table.delimiter) for name in others}
    figures = [name for name in others if numbers[name].share >= MOSTLY]
    if len(others) == 1 and figures:
        return others, figures, others  # a counter too, as there is nothing else
    moments = len(frame[list(when.columns)].drop_duplicates())
    likely = [name for name in figures if not _no_outcome(name, numbers[name], moments)]
    # A column with many bad cells is the values if nothing else can be; they are refused later.
    doubtful = [name for name in others if HALF <= numbers[name].share < MOSTLY]
    return likely or doubtful, figures, others


def _no_outcome(name: str, numbers: Numbers, moments: int) -> bool:
    """Whether a column counts rows, marks a state, stays the same or is part of a date."""
    distinct = np.sort(numbers.values.dropna().unique())
    # Steps of 1 from 0 or 1, as many as dates or never down: the number of the date, or of those
    # since an intervention.
    ramp = numbers.values.dropna().diff().iloc[1:].isin((0, 1)).all()
    steps = len(distinct) > 1 and distinct[0] in (0, 1) and (np.diff(distinct) == 1).all()
    counts = steps and (ramp or len(distinct) == moments)
    state = len(distinct) < 2 or set(distinct) == {0, 1}
    # An index of prices has decimals, the number of a row has none.
    number = ROW_NAMES.fullmatch(as_words(name)) and (distinct % 1 == 0).all()
    return bool(number or (numbers.choice and (state or counts)))


@dataclass(frozen=True, kw_only=True)
class Divisor:
    """What values are divided by: a number, a column, or both (column / number).

    column : as numbers, None where it is a number alone.
    words : as it stands in a unit: per pop, per 100,000 pop, / 1000. "" if it is nothing.
    """

    column: Numbers | None = None
    number: float = 1.0
    words: str = ""


def find_divisor(table: Table, divide_by: str) -> Divisor:
    """A number, a column, or column/number.

    Raises
    ------
    InputError : there is no such column, or the number is not > 0.
    """
    name, _, text = divide_by.rpartition("/")
    number = float(text) if NUMBER.fullmatch(text) else 0.0
    if divide_by in table.frame or number <= 0:
        name, number = divide_by, 1.0
    over = f"{number:,.10g}" if number != 1 else ""
    if not name:
        return Divisor(number=number, words=f"/ {over}" if over else "")
    (name, *_) = column_names(name, table.frame, "divide_by")
    words = " ".join(filter(None, ["per", over, plain_name(name)]))
    return Divisor(column=read_column(table, name), number=number, words=words)


def filter_rows(frame: pd.DataFrame, where: str) -> tuple[dict[str, str], pd.Series]:
    """The conditions of `where`, value by column, and for which rows each of them holds.

    Raises
    ------
    InputError : not of that form, no such column, or a value that the column does not have.
    """
    rows, pairs, asked = pd.Series(True, frame.index), {}, _pairs(where, frame)
    for name, value in asked:
        (column, *_) = column_names(name, frame, "where")
        cells = frame[column]
        same = cells.map(_alike) == _alike(value)
        if not same.any():
            known = cells[cells.ne("")].unique()
            raise refusal("no such value", column=column, value=value, known=known)
        rows &= same
        pairs[column] = str(cells[same].iloc[0])
    if not rows.any():
        raise refusal("no such rows", pairs=["=".join(pair) for pair in asked])
    return pairs, rows


@cache
def _alike(label: str) -> str:
    """A label whatever its case, blanks and marks that are not seen."""
    seen = "".join(
        c for c in unicodedata.normalize("NFKC", label) if unicodedata.category(c) != "Cf"
    )
    return " ".join(seen.casefold().split())


def _pairs(where: str, frame: pd.DataFrame) -> list[tuple[str, str]]:
    """column=value, with commas between several; commas and equals signs may be in both.

    A comma parts two conditions where a column and an equals sign follow it.
    """
    if not where.strip():
        return []
    forms = {form for name in frame.columns for form in (name, as_words(name))}
    known = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    for name in (known, "[^,=]+"):  # a name that no column has is refused later, by name
        parts = re.split(rf",(?=\s*(?:{name})\s*=)", where, flags=re.IGNORECASE)
        pairs = [re.fullmatch(rf"\s*({name})\s*=(.*)", part, re.IGNORECASE) for part in parts]
        found = [(pair[1].strip(), pair[2].strip()) for pair in pairs if pair]
        if len(found) == len(parts):
            return found
    raise refusal("not where", where=where)


def refuse_repeated(frame: pd.DataFrame, periods: pd.PeriodIndex, used: tuple[str, ...]) -> None:
    """One row a period.

    Parameters
    ----------
    used : the columns of dates and of values; they tell no rows apart.

    Raises
    ------
    DataError : a period has several rows; names the columns that tell them apart.
    """
    repeated = periods.duplicated(keep=False)
    if not repeated.any():
        return
    period = periods[repeated][0]
    same = frame[periods == period]
    different = {name: same[name].nunique() for name in frame.columns if name not in used}
    groups = [n for n, k in different.items() if k > 1 and 2 * frame[n].nunique() < len(frame)]
    blank, number = same.eq("").sum(), read_numbers
    groups.sort(key=lambda name: (number(same[name], ",").share > 0, blank[name], different[name]))
    hints, apart = [], 1
    for i, name in enumerate(groups, start=1):
        if (n := len(same[groups[:i]].drop_duplicates())) > apart:  # a code beside a name adds none
            values, apart = filter(None, same[name].unique()), n
            empty = f", or {shown(name)}= where it is blank" if blank[name] else ""
            hints.append(f"{shown(name)}={choices(values, most=6)}{empty}")
    raise refusal(
        "several series" if groups else "repeated",
        period=str(period),
        n=len(same),
        lines=same.index[:4],
        names=groups,
        hints=hints,
    )


def find_kind(kind: str, name: str, values: pd.Series, divisor: Divisor) -> tuple[Kind, str]:
    """Whether values are counts of a period, or a measure; and why.

    Counts that a column divides stay counts, which models take with what divides them.
    """
    if kind != "auto":
        return ("count" if kind == "count" else "measure"), AS_GIVEN
    if divisor.words and divisor.column is None:
        return "measure", "it is divided by a number"
    held = values.dropna()
    if (held % 1 != 0).any():
        return "measure", "not all values are whole numbers"
    if (held < 0).any():
        return "measure", "a value is negative"
    if held.max() == 100:
        return "measure", "the greatest is 100, as in an index of searches or a share"
    if word := MEASURE_WORDS.search(as_words(name)):
        return "measure", f"the name says {word[0]}"
    return "count", "whole numbers, none negative, and the name says nothing else"
