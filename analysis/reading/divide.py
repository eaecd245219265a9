"""What values are divided by: a number, a column, or both."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.reading.numbers import Numbers
from analysis.reading.what import read_column
from analysis.reading.when import column_names
from analysis.reading.wording import plain_name


@dataclass(frozen=True, kw_only=True)
class Divisor:
    """What values are divided by: a number, a column, or both (column / number).

    numbers : the column as numbers, None where it is a number alone.
    """

    column: str = ""
    numbers: Numbers | None = None
    number: float = 1.0

    @property
    def words(self) -> str:
        """As it stands in a unit: per pop, per 100,000 pop, / 1000."""
        name = plain_name(self.column)
        if self.numbers is None:
            return f"/ {self.number:,g}" if self.number != 1 else ""
        return f"per {self.number:,.10g} {name}" if self.number != 1 else f"per {name}"


def find_divisor(frame: pd.DataFrame, divide_by: str, delimiter: str, mark: str) -> Divisor:
    """A number, a column, or column/number.

    Raises
    ------
    InputError : there is no such column, or the number is not > 0.
    """
    if not divide_by:
        return Divisor()
    column, _, number = divide_by.rpartition("/")
    if divide_by in frame.columns or not _positive(number):
        (name, *_) = column_names(divide_by, frame, "divide_by")
        return Divisor(column=name, numbers=read_column(frame, name, delimiter, mark))
    if not column:
        return Divisor(number=_positive(number))
    (name, *_) = column_names(column, frame, "divide_by")
    numbers = read_column(frame, name, delimiter, mark)
    return Divisor(column=name, numbers=numbers, number=_positive(number))


def _positive(text: str) -> float:
    """The number > 0 that a text is, else 0."""
    try:
        return max(float(text), 0.0)
    except ValueError:
        return 0.0
