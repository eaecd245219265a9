"""Anybody's table in, a regular series out, with all that was understood on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from inspect import signature
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import DataError, InputError
from analysis.reading.adding import add_up, fill_gaps
from analysis.reading.content import inspect
from analysis.reading.divide import Divisor, find_divisor
from analysis.reading.grid import read_grid
from analysis.reading.layout import Table, find_table
from analysis.reading.numbers import SENTINELS, Numbers
from analysis.reading.periods import Periods, find_periods
from analysis.reading.understood import Reading
from analysis.reading.what import (
    What,
    filter_rows,
    find_kind,
    find_values,
    refuse_bad,
    refuse_repeated,
)
from analysis.reading.when import When, find_dates
from analysis.reading.wording import choices, plain_name, shown

MARK_WORDS = {"auto": "", "point": ".", "comma": ","}
CHOICES = {
    "dates": ("auto", "first", "last"),
    "decimal": tuple(MARK_WORDS),
    "date_order": ("auto", "day first", "month first"),
}
SAY_NOTHING = {"value", "values", "val", "n", "count", "number", "obs value", "data", "y"}


def read_series(
    path: str | os.PathLike[str],
    *,
    sheet: str = "",
    date_column: str = "",
    value_column: str = "",
    where: str = "",
    divide_by: str = "",
    kind: str = "auto",
    unit: str = "",
    title: str = "",
    dates: str = "auto",
    year_starts: str = "",
    step: str = "auto",
    decimal: str = "auto",
    date_order: str = "auto",
) -> Reading:
    """A regular series from any table: CSV in its many forms, or a workbook.

    What can be decided from the whole file is decided and said; what cannot is asked for by name.

    Parameters
    ----------
    sheet : the sheet of a workbook with several tables.
    date_column : the column of dates; two or three with commas between (year,month).
    value_column : the column of values.
    where : rows to keep: column=value, several with commas between.
    divide_by : a column or a number > 0 by which the values are divided; pop/100000 for a rate
        per 100,000 of the column pop.
    kind : "count" of a period, "measure", or "auto".
    unit, title : words for the values and for the series; the name of the column if empty.
    dates : "first" or "last" day of its period that a date marks, or "auto".
    year_starts : first month of fiscal years, such as October.
    step : "auto", or days, weeks, months, quarters, half-years or years to add the rows up to.
    decimal : "point" or "comma", or "auto" to decide by the column.
    date_order : "day first" or "month first", or "auto" to decide by the column.

    Raises
    ------
    InputError : a parameter that this file cannot take.
    DataError : a file that cannot be read, or that can be read in two ways.
    """
    _refuse_unknown(dates=dates, decimal=decimal, date_order=date_order)
    mark = MARK_WORDS[decimal]
    content = inspect(Path(path))
    with _naming(content.name):
        grid = read_grid(content, sheet)
        table = find_table(grid)
        pairs, rows = filter_rows(table.frame, where)
        when = find_dates(table.frame, date_column, date_order)
        other = table.frame.drop(columns=list(when.same))
        what = find_values(other, when.columns, value_column, grid.delimiter, mark)
        divisor = find_divisor(table.frame, divide_by, grid.delimiter, mark)
        rows = _dated_rows(table, rows, when, what)
        periods = find_periods(when, dates, year_starts)
        if periods.step != "S":
            used = (*when.columns, what.column)
            refuse_repeated(table.frame[rows], table.lines, periods.index[rows], used)
        elif step == "auto":
            raise _parts_of_days(when)
        sign = table.units.get(what.column, "") or what.numbers.unit
        values = _values(table, what.column, what.numbers, rows, periods)
        chosen = " ".join([what.column, *(value for _, value in pairs)])
        judged, why = find_kind(kind, chosen, sign, values, divided=bool(divide_by))
        mean = judged == "measure" and not divide_by
        series, said = _regular(values, periods, step, what.column, mean=mean)
        under = None
        if divisor.numbers is not None:
            below = _values(table, divisor.column, divisor.numbers, rows, periods)
            under = _under(below, periods, step, divisor, series.index)
        elif divide_by:
            under = pd.Series(divisor.number, series.index)
        name = _name(what.column if table.header else "value", pairs)
        return Reading(
            path=str(path),
            file=content.name,
            sha256=content.sha256,
            values=series if under is None else series / under,
            top=None if under is None else series,
            under=under,
            title=title or f"{name} ({content.name})",
            unit=unit or _unit(what.column if table.header else "value", sign, divisor),
            kind=judged,
            why_kind=why,
            encoding=grid.encoding,
            delimiter=grid.delimiter,
            decimal=what.numbers.choice,
            why_decimal=what.numbers.why,
            sheet=grid.sheet,
            header=table.header,
            columns=tuple(table.frame.columns),
            dates=when,
            marks=periods.marks,
            value_column=what.column,
            why_value=what.why,
            where=pairs,
            divide_by=divide_by,
            year_starts=year_starts,
            step=step,
            missing=_missing(what.numbers, rows),
            skipped=table.skipped,
            said=(*grid.said, *when.said, *periods.said, *said, *_marks(when, what)),
        )


PARAMETERS = tuple(signature(read_series).parameters)[1:]


@contextmanager
def _naming(file: str) -> Iterator[None]:
    """Each refusal names the file."""
    try:
        yield
    except InputError as error:
        if file in error.problem:
            raise
        problem = f"'{file}': {error.problem}"
        raise type(error)(problem, rule=error.rule, remedy=error.remedy) from None


def _refuse_unknown(**given: str) -> None:
    for name, value in given.items():
        if value not in CHOICES[name]:
            raise InputError(
                f"{name} is '{shown(value)}'.",
                rule=f"It is {choices(CHOICES[name])}.",
                remedy=f"{name}: auto.",
            )


def _dated_rows(table: Table, rows: np.ndarray, when: When, what: What) -> np.ndarray:
    """The rows that count and have a date. A value without a date is refused."""
    name = ", ".join(when.columns)
    bad = when.dates.bad[rows[when.dates.bad.index]]
    refuse_bad(
        name,
        bad,
        table.lines,
        "date",
        rule=f"All dates of a column have one form; here it is {when.dates.form}.",
        remedy="Correct the date, or remove the row.",
    )
    dated = when.dates.values.notna().to_numpy()
    orphans = rows & ~dated & what.numbers.values.notna().to_numpy()
    if orphans.any():
        line = table.lines[int(np.flatnonzero(orphans)[0])]
        raise DataError(
            f"Line {line} has a value in '{shown(what.column)}' and no date in '{shown(name)}'.",
            rule="Each value has a date.",
            remedy="Fill in the date, or remove the row.",
        )
    return rows & dated


def _values(
    table: Table, column: str, numbers: Numbers, rows: np.ndarray, periods: Periods
) -> pd.Series:
    """The numbers of the rows that count, by period."""
    refuse_bad(
        column,
        numbers.bad[rows[numbers.bad.index]],
        table.lines,
        "number",
        rule="A value is a number, or missing (blank, NA, -, .. or suppressed such as <5).",
        remedy="Correct the value, or write NA.",
    )
    values = pd.Series(numbers.values.to_numpy()[rows], periods.index[rows])
    negative = values[values < 0]
    if len(negative) and negative.isin(SENTINELS).all() and (values > 0).sum() > len(negative):
        raise DataError(
            f"'{shown(column)}' has {negative.iloc[0]:g} for {negative.index[0]}, and no other "
            "value is negative.",
            rule="Such a number usually stands for a missing value, which is written NA.",
            remedy=f"Write NA in place of {negative.iloc[0]:g}.",
        )
    return values


def _regular(
    values: pd.Series, periods: Periods, step: str, column: str, *, mean: bool
) -> tuple[pd.Series, tuple[str, ...]]:
    if step == "auto":
        return fill_gaps(values, column), ()
    summed, said = add_up(values, periods.step, step, mean=mean)
    return fill_gaps(summed, column), said


def _under(
    below: pd.Series, periods: Periods, step: str, divisor: Divisor, index: pd.Index
) -> pd.Series:
    """The divisor of each period of `index`.

    Raises
    ------
    DataError : it is 0 somewhere.
    """
    under, _ = _regular(below, periods, step, divisor.column, mean=False)
    zero = under.index[under == 0]
    if len(zero):
        raise DataError(
            f"divide_by: '{shown(divisor.column)}' is 0 for {zero[0]}.",
            rule="Nothing is divided by 0.",
            remedy="Write NA in its place, or divide by another column.",
        )
    return under.reindex(index) / divisor.number


def _parts_of_days(when: When) -> DataError:
    return DataError(
        f"'{shown(', '.join(when.columns))}' holds times of day, such as "
        f"{when.dates.values.dropna().iloc[-1]:%Y-%m-%d %H:%M}.",
        rule="Periods are days or longer.",
        remedy="step: days, weeks or months adds the rows up.",
    )


def _missing(numbers: Numbers, rows: np.ndarray) -> dict[str, int]:
    return {
        text: int(rows[places].sum())
        for text, places in numbers.missing.items()
        if rows[places].any()
    }


def _marks(when: When, what: What) -> tuple[str, ...]:
    marked = when.dates.marked + what.numbers.marked
    return (
        (f"{marked} cells with a footnote mark such as * or (p) are read without it.",)
        if marked
        else ()
    )


def _name(column: str, pairs: Sequence[tuple[str, str]]) -> str:
    """What the values are: the column's name, unless it says nothing, and the rows chosen."""
    own = plain_name(column)
    chosen = [plain_name(value) for _, value in pairs]
    return ", ".join(chosen if chosen and own.casefold() in SAY_NOTHING else [own, *chosen])


def _unit(name: str, sign: str, divisor: Divisor) -> str:
    """The sign or the row of units if there is one, else the column's own name."""
    own = plain_name(sign or name)
    return f"{own} {divisor.words}".strip()
