"""What values are divided by: a number, a column, or both."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.reading.layout import Table
from analysis.reading.numbers import Numbers
from analysis.reading.what import read_column
from analysis.reading.when import column_names
from analysis.reading.wording import plain_name


@dataclass(frozen=True, kw_only=True)
class Divisor:
    """What values are divided by: a number, a column, or both (column / number).

    numbers : the column as numbers, None where it is a number alone.
    words : as it stands in a unit: per pop, per 100,000 pop, / 1000.
    """

    column: str = ""
    numbers: Numbers | None = None
    number: float = 1.0
    words: str = ""


def find_divisor(table: Table, divide_by: str) -> Divisor:
    """A number, a column, or column/number.

    Raises
    ------
    InputError : there is no such column, or the number is not > 0.
    """
    column, _, text = divide_by.rpartition("/")
    number = _positive(text)
    if not divide_by:
        return Divisor()
    if divide_by in table.frame.columns or not number:
        column, number = divide_by, 1.0
    if not column:
        return Divisor(number=number, words=f"/ {number:,g}" if number != 1 else "")
    (name, *_) = column_names(column, table.frame, "divide_by")
    words = " ".join(["per", *([f"{number:,.10g}"] if number != 1 else []), plain_name(name)])
    return Divisor(column=name, numbers=read_column(table, name), number=number, words=words)


def _positive(text: str) -> float:
    """The number > 0 that a text is, else 0."""
    try:
        return max(float(text), 0.0)
    except ValueError:
        return 0.0
