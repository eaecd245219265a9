"""Anybody's table in, a regular series out, with all that was understood on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.reading.content import DELIMITERS, Content, read_content
from analysis.reading.dates import ORDERS, When, column_names, find_dates
from analysis.reading.layout import Table, find_table
from analysis.reading.numbers import SENTINELS, Numbers
from analysis.reading.periods import ADDED_TO, Periods, add_up, fill_gaps, find_periods
from analysis.reading.understood import Reading
from analysis.reading.what import (
    KINDS,
    Divisor,
    What,
    filter_rows,
    find_divisor,
    find_kind,
    find_values,
    likely_values,
    refuse_repeated,
)
from analysis.reading.wording import pattern, plain_name, refusal, shown

DECIMALS = {"auto": "", "point": ".", "comma": ","}
CHOICES = {
    "dates": ("auto", "first", "last"),
    "decimal": tuple(DECIMALS),
    "date_order": ("auto", "day first", "month first"),
    "kind": KINDS,
    "step": ("auto", *ADDED_TO),
}
FAR = 20  # where all others are above, -1 is no value
VALUES = "value_column"
FEW, LARGE = 4, 100  # below these, one value can be the sum of the others by chance
SAYS_NOTHING, NOT_FINAL = pattern("says nothing"), pattern("not final")


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

    What the whole file decides is decided and said; what it does not is asked for by name: the
    sheet, the date_column (or year,month), the value_column, the rows (where: column=value, several
    with commas between).

    Parameters
    ----------
    divide_by : a column or a number > 0 that divides; pop/100000 for a rate per 100,000 of pop.
    kind : "count" of a period, "measure", or "auto".
    unit, title : words for the values and for the series; the name of the column if empty.
    dates : "first" or "last" day of its period that a date marks, or "auto".
    year_starts : first month of fiscal years, such as October.
    step : "auto", or days, weeks, months, quarters, half-years or years to add the rows up to.
    decimal, date_order : "point" or "comma", "day first" or "month first"; "auto" by the column.

    Raises
    ------
    InputError : a parameter that this file cannot take.
    DataError : a file that cannot be read, or that can be read in two ways.
    """
    how = {name: value for name, value in locals().items() if name != "path"}
    return series_of(read_content(Path(path)), how)


def series_of(content: Content, how: Mapping[str, str]) -> Reading:
    """The series of a file that is read already; `how` : parameters of `read_series`."""
    how = {**DEFAULTS, **how}
    for name, known in CHOICES.items():
        if how[name] not in known:
            raise refusal("unknown choice", parameter=name, given=how[name], known=known)
    try:
        return _read(content, how)
    except InputError as error:
        if content.name in error.problem:
            raise
        problem = f"'{content.name}': {error.problem}"
        raise type(error)(problem, rule=error.rule, remedy=error.remedy) from None


DEFAULTS: Mapping[str, str] = read_series.__kwdefaults__ or {}
PARAMETERS = tuple(DEFAULTS)


def _read(content: Content, how: dict[str, str]) -> Reading:
    sheet, cells, why_sheet = content.rows_of(how["sheet"])
    table = find_table(cells, content.delimiter, DECIMALS[how["decimal"]])
    why_table = (*table.skipped, *why_sheet)
    pairs, kept = filter_rows(table.frame, how["where"])
    when = find_dates(table.frame, how["date_column"], how["date_order"])
    what = find_values(table, when, how["value_column"])
    divisor = find_divisor(table, how["divide_by"])
    kept = _dated_rows(table, kept, when, what)
    periods = find_periods(when, how["dates"], how["year_starts"])
    rows = Rows(table=table, kept=kept, periods=periods, step=how["step"])
    rows.refuse_repeated(when, what)
    sign = table.units.get(what.column, "") or what.numbers.unit
    called = " ".join([what.column, *(value for _, value in pairs), sign])
    values = rows.values(what.column, what.numbers)
    kind, why = find_kind(how["kind"], called, values, divisor)
    top, said = rows.regular(values, what.column, mean=kind == "measure" and not divisor)
    name = what.column if table.header else "value"
    # The parameters that make the same reading with nothing left to guess.
    parameters = {
        **how,
        "sheet": sheet,
        "date_column": ",".join(when.columns),
        "value_column": what.column,
        "where": ",".join(f"{column}={value}" for column, value in pairs),
        "kind": kind,
        "unit": how["unit"] or " ".join(filter(None, [_unit(sign or name), divisor.words])),
        "title": how["title"] or f"{_name(name, pairs, content.name)} ({content.name})",
        "dates": periods.marks,
        "decimal": _decimal(what.numbers),
        "date_order": next((o for o, form in ORDERS.items() if form == when.dates.form), ""),
    }
    return Reading(
        content=content,
        top=top,
        under=_under(divisor, rows, top),
        kind=kind,
        why_kind=why,
        text=_text_of(content, table, what.numbers),
        columns=tuple(table.frame.columns),
        dates=when,
        what=what,
        where=pairs,
        missing={t: n for t, at in what.numbers.missing.items() if (n := int(kept[at].sum()))},
        parameters={name: value for name, value in parameters.items() if value not in ("", "auto")},
        said=(*why_table, *when.said, *periods.said, *said, *_marks(rows, when, what)),
    )


def _decimal(numbers: Numbers) -> str:
    """The decimal mark as a parameter, where it is not what such a file has anyway."""
    if numbers.choice == ",":
        return "comma"
    return "point" if numbers.why == "as given" else ""


def _text_of(content: Content, table: Table, numbers: Numbers) -> str:
    """How the text of a file was read, in words; "workbook" for one."""
    if not content.encoding:
        return "workbook"
    mark = "comma" if numbers.choice == "," else "point"
    delimiter = DELIMITERS[content.delimiter]
    head = f"header in line {table.header}" if table.header else "no header"
    return f"{content.encoding}, {delimiter}, decimal {mark} ({numbers.why}), {head}"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows that count, and their periods.

    kept : which rows of the table count and have a date.   step : what they are added up to.
    """

    table: Table
    kept: np.ndarray
    periods: Periods
    step: str

    def values(self, column: str, numbers: Numbers) -> pd.Series:
        """The numbers of a column by period."""
        _refuse_bad("bad number", column, numbers.bad[self.kept[numbers.bad.index]], self.table)
        values = pd.Series(numbers.values.to_numpy()[self.kept], self.periods.index[self.kept])
        _refuse_codes(values, column)
        most, others = values.max(), values[(values > 0) & (values < values.max())]
        # A value that is the sum of all others is their total, whatever its date.
        if len(others) > FEW and most > LARGE and values.min() >= 0 and 2 * most == values.sum():
            raise refusal("dated total", column=column, period=values.idxmax(), number=most)
        return values

    def refuse_repeated(self, when: When, what: What) -> None:
        """One row a period, unless parts of days are added up."""
        if self.periods.step != "S":
            used = (*when.columns, what.column)
            index = self.periods.index[self.kept]
            refuse_repeated(self.table.frame[self.kept], self.table.lines, index, used)
        elif self.step == "auto":
            moment = f"{when.dates.values.dropna().iloc[-1]:%Y-%m-%d %H:%M}"
            raise refusal("times of day", column=", ".join(when.columns), moment=moment)

    def regular(
        self, values: pd.Series, column: str, *, mean: bool
    ) -> tuple[pd.Series, tuple[str, ...]]:
        """Values added up as asked for, with gaps; and what was done."""
        said: tuple[str, ...] = ()
        if self.step != "auto":
            values, said = add_up(values, self.periods.step, self.step, mean=mean)
        return fill_gaps(values, column), said


def _under(divisor: Divisor, rows: Rows, top: pd.Series) -> pd.Series | None:
    """What the values are divided by, period by period; None for nothing."""
    if not divisor:
        return None
    if divisor.numbers is None:
        return pd.Series(divisor.number, top.index)
    values = rows.values(divisor.column, divisor.numbers)
    below, _ = rows.regular(values, divisor.column, mean=False)
    if (zero := below.index[below == 0]).size:
        raise refusal("divided by zero", column=divisor.column, period=zero[0])
    return below.reindex(top.index) / divisor.number


def _refuse_codes(values: pd.Series, column: str) -> None:
    """A number such as -999 or 99999 is no value where all others are far from it."""
    coded = values.isin(SENTINELS)
    others = values[~coded].dropna()
    if len(others) > coded.sum() and others.min() >= 0:
        least = 0 if others.min() > FAR else -1  # -1 can be a value beside small ones
        far = values[coded & ((values < least) | (values > 10 * others.max()))]
        for period, number in far.head(1).items():
            raise refusal("stands for missing", column=column, number=number, period=period)


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


def _marks(rows: Rows, when: When, what: What) -> Iterator[str]:
    """Footnote marks, a point that could be another, and figures that are not final."""
    if n := when.dates.marked + what.numbers.marked:
        yield f"{n} cells with a footnote mark such as * or (p) are read without it."
    if what.numbers.why.startswith("such files"):
        example = what.numbers.example
        yield f"{example} is read with a decimal point: decimal=comma is for thousands."
    for name, cells in rows.table.frame[rows.kept].items():
        for word, n in cells[cells.str.fullmatch(NOT_FINAL)].value_counts().items():
            yield f"{n} rows say '{shown(str(word))}' in the column {shown(str(name))}."


def _name(column: str, pairs: tuple[tuple[str, str], ...], file: str) -> str:
    """What the values are: their column and the rows chosen; the file's name where neither says."""
    own = plain_name(column)
    chosen = [plain_name(value) for _, value in pairs]
    if SAYS_NOTHING.fullmatch(own):
        return ", ".join(chosen) or plain_name(file.split(".")[0])
    return ", ".join([own, *chosen])


def _unit(name: str) -> str:
    """The word for the values, of a column whose name is one."""
    own = plain_name(name)
    return "units" if SAYS_NOTHING.fullmatch(own) else own


def offered(path: str | Path, name: str, *, sheet: str = "", date_column: str = "") -> list[str]:
    """The columns that can be the values (`name` is "value_column"), or the values of a column.

    Raises
    ------
    InputError : no such column.
    DataError : a file that cannot be read.
    """
    content = read_content(Path(path))
    table = find_table(content.rows_of(sheet)[1], content.delimiter, "")
    if name == VALUES:
        return likely_values(table, find_dates(table.frame, date_column, "auto"))[0]
    (column,) = column_names(name, table.frame, "where")
    cells = table.frame[column].dropna().astype(str).str.strip()
    return sorted(cells[cells != ""].unique())
