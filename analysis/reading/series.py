"""Anybody's table in, a regular series out, with all that was understood on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import signature
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.reading.adding import STEPS, add_up, fill_gaps
from analysis.reading.content import inspect
from analysis.reading.grid import read_grid
from analysis.reading.layout import Table, find_table
from analysis.reading.numbers import SENTINELS, Numbers
from analysis.reading.periods import Periods, find_periods
from analysis.reading.understood import Reading, same_again, text_of
from analysis.reading.what import (
    KINDS,
    What,
    filter_rows,
    find_divisor,
    find_kind,
    find_values,
    refuse_repeated,
)
from analysis.reading.when import When, find_dates
from analysis.reading.wording import pattern, plain_name, refusal

DECIMALS = {"auto": "", "point": ".", "comma": ","}
CHOICES = {
    "dates": ("auto", "first", "last"),
    "decimal": tuple(DECIMALS),
    "date_order": ("auto", "day first", "month first"),
    "kind": KINDS,
    "step": ("auto", *STEPS),
}
SAYS_NOTHING = pattern("says nothing")


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
    _refuse_unknown(dates=dates, decimal=decimal, date_order=date_order, kind=kind, step=step)
    content = inspect(Path(path))
    with _naming(content.name):
        grid = read_grid(content, sheet)
        table = find_table(grid, DECIMALS[decimal])
        pairs, kept = filter_rows(table.frame, where)
        when = find_dates(table.frame, date_column, date_order)
        what = find_values(table, when, value_column)
        divisor = find_divisor(table, divide_by)
        rows = _dated_rows(table, kept, when, what)
        periods = find_periods(when, dates, year_starts)
        _refuse_repeated(table, rows, periods, when, what, step)
        sign = table.units.get(what.column, "") or what.numbers.unit
        values = _values(table, what.column, what.numbers, rows, periods)
        chosen = " ".join([what.column, *(value for _, value in pairs)])
        judged, why = find_kind(kind, chosen, sign, values, divided=bool(divide_by))
        mean = judged == "measure" and not divide_by
        top, said = _regular(values, periods, step, what.column, mean=mean)
        under = pd.Series(divisor.number, top.index)
        if divisor.numbers is not None:
            below = _values(table, divisor.column, divisor.numbers, rows, periods)
            below, _ = _regular(below, periods, step, divisor.column, mean=False)
            if (zero := below.index[below == 0]).size:
                raise refusal("divided by zero", column=divisor.column, period=str(zero[0]))
            under = below.reindex(top.index) / divisor.number
        name = what.column if table.header else "value"
        title = title or f"{_name(name, pairs)} ({content.name})"
        unit = unit or f"{plain_name(sign or name)} {divisor.words}".strip()
        given = {"sheet": grid.sheet, "divide_by": divide_by, "kind": judged, "unit": unit}
        given |= {"title": title, "dates": periods.marks, "year_starts": year_starts, "step": step}
        return Reading(
            content=content,
            values=top / under,
            top=top if divide_by else None,
            under=under if divide_by else None,
            title=title,
            unit=unit,
            kind=judged,
            why_kind=why,
            text=text_of(grid, table, what),
            columns=tuple(table.frame.columns),
            dates=when,
            what=what,
            where=pairs,
            missing=_missing(what.numbers, rows),
            parameters=same_again(given, when, what, pairs),
            said=(*table.skipped, *when.said, *periods.said, *said, *_marks(when, what)),
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
            raise refusal("unknown choice", parameter=name, given=value, known=CHOICES[name])


def _refuse_bad(key: str, column: str, bad: pd.Series, table: Table, form: str = "") -> None:
    """No cell of the rows that count is something else than it has to be."""
    if len(bad):
        more = f", and {len(bad) - 1} more such cells" if len(bad) > 1 else ""
        line = table.lines[bad.index[0]]
        raise refusal(key, column=column, cell=bad.iloc[0], line=line, more=more, form=form)


def _dated_rows(table: Table, rows: np.ndarray, when: When, what: What) -> np.ndarray:
    """The rows that count and have a date. A value without a date is refused."""
    name = ", ".join(when.columns)
    bad = when.dates.bad[rows[when.dates.bad.index]]
    _refuse_bad("bad date", name, bad, table, when.dates.form)
    dated = when.dates.values.notna().to_numpy()
    orphans = np.flatnonzero(rows & ~dated & what.numbers.values.notna().to_numpy())
    if len(orphans):
        raise refusal("no date", line=table.lines[orphans[0]], column=what.column, dates=name)
    return rows & dated


def _refuse_repeated(
    table: Table, rows: np.ndarray, periods: Periods, when: When, what: What, step: str
) -> None:
    """One row a period, unless parts of days are added up."""
    if periods.step != "S":
        used = (*when.columns, what.column)
        refuse_repeated(table.frame[rows], table.lines, periods.index[rows], used)
    elif step == "auto":
        moment = f"{when.dates.values.dropna().iloc[-1]:%Y-%m-%d %H:%M}"
        raise refusal("times of day", column=", ".join(when.columns), moment=moment)


def _values(
    table: Table, column: str, numbers: Numbers, rows: np.ndarray, periods: Periods
) -> pd.Series:
    """The numbers of the rows that count, by period."""
    _refuse_bad("bad number", column, numbers.bad[rows[numbers.bad.index]], table)
    values = pd.Series(numbers.values.to_numpy()[rows], periods.index[rows])
    negative = values[values < 0]
    if len(negative) and negative.isin(SENTINELS).all() and (values > 0).sum() > len(negative):
        first, period = float(negative.iloc[0]), str(negative.index[0])
        raise refusal("stands for missing", column=column, number=first, period=period)
    return values


def _regular(
    values: pd.Series, periods: Periods, step: str, column: str, *, mean: bool
) -> tuple[pd.Series, tuple[str, ...]]:
    said: tuple[str, ...] = ()
    if step != "auto":
        values, said = add_up(values, periods.step, step, mean=mean)
    return fill_gaps(values, column), said


def _marks(when: When, what: What) -> tuple[str, ...]:
    n = when.dates.marked + what.numbers.marked
    return (f"{n} cells with a footnote mark such as * or (p) are read without it.",) if n else ()


def _missing(numbers: Numbers, rows: np.ndarray) -> dict[str, int]:
    found = {text: int(rows[places].sum()) for text, places in numbers.missing.items()}
    return {text: n for text, n in found.items() if n}


def _name(column: str, pairs: tuple[tuple[str, str], ...]) -> str:
    """What the values are: the column's name, unless it says nothing, and the rows chosen."""
    own = plain_name(column)
    chosen = [plain_name(value) for _, value in pairs]
    return ", ".join(chosen if chosen and SAYS_NOTHING.fullmatch(own) else [own, *chosen])
