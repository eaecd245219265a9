"""What a table offers to choose from: its columns of values, the values of a column."""

from __future__ import annotations

from pathlib import Path

from analysis.reading.content import inspect
from analysis.reading.grid import read_grid
from analysis.reading.layout import find_table
from analysis.reading.what import likely_values
from analysis.reading.when import column_names, find_dates

VALUES = "value_column"


def offered(path: str | Path, name: str, *, sheet: str = "", date_column: str = "") -> list[str]:
    """The columns that can be the values (`name` is "value_column"), or the values of a column.

    Raises
    ------
    InputError : no such column.
    DataError : a file that cannot be read.
    """
    table = find_table(read_grid(inspect(Path(path)), sheet), "")
    if name == VALUES:
        return likely_values(table, find_dates(table.frame, date_column, "auto"))[0]
    (column,) = column_names(name, table.frame, "where")
    cells = table.frame[column].dropna().astype(str).str.strip()
    return sorted(cells[cells != ""].unique())
