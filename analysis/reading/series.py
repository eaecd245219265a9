"""Anybody's table in, a regular series out, with all that was understood on the way."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from analysis.errors import InputError, refusal
from analysis.outcome import Kind
from analysis.outcome.periods import WORDS, every_period, step_of
from analysis.reading.content import Content, read_content
from analysis.reading.dates import ORDERS, Dates, column_names, find_dates
from analysis.reading.layout import Table, find_table
from analysis.reading.numbers import SENTINELS, Numbers
from analysis.reading.periods import ADDED_TO, Periods, add_up, find_periods
from analysis.reading.understood import Reading
from analysis.reading.what import (
    KINDS,
    Divisor,
    filter_rows,
    find_divisor,
    find_kind,
    find_values,
    likely_values,
    refuse_repeated,
)
from analysis.reading.wording import pattern, plain_name
from analysis.show.templates import lay_out

DECIMALS = {"auto": "", "point": ".", "comma": ","}
CHOICES = {
    "dates": ("auto", "first", "last"),
    "decimal": tuple(DECIMALS),
    "date_order": ("auto", "day first", "month first"),
    "kind": KINDS,
    "step": ("auto", *ADDED_TO),
}
# Constant, trend and a level with the spare rows of a fit (see `design.identified`).
FEWEST = 6
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
    path : of the file.
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


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What the cells of a file are taken for.

    why : why `what` is the column of values.   chosen, rows : which count.
    periods : those of these rows.
    """

    content: Content
    how: Mapping[str, str]
    sheet: str
    table: Table
    where: Mapping[str, str]
    when: Dates
    what: Numbers
    why: str
    divisor: Divisor
    chosen: pd.Series
    rows: pd.DataFrame
    periods: Periods

    def by_period(self, column: Numbers) -> pd.Series:
        """The numbers of a column by period."""
        _refuse_bad("bad number", column.name, column.bad[column.bad.index.isin(self.rows.index)])
        values = column.values[self.chosen].set_axis(self.periods.index)
        _refuse_codes(values, column.name)
        most, others = values.max(), values[(values > 0) & (values < values.max())]
        # A value that is the sum of all others is their total, whatever its date.
        if len(others) > FEW and most > LARGE and values.min() >= 0 and 2 * most == values.sum():
            raise refusal("dated total", column=column.name, period=values.idxmax(), number=most)
        return values

    def summed(self, values: pd.Series, *, mean: bool = False) -> pd.Series:
        """Values added up, or averaged, to the step that was asked for."""
        to = self.how["step"]
        summed = values if to == "auto" else add_up(values, self.periods.step, to, mean=mean)
        if (n := summed.count()) < 2:
            raise refusal("few values", column=values.name, n=n)
        return summed

    def under(self, periods: pd.Index) -> pd.Series | None:
        """What the values are divided by, period by period; None for nothing."""
        below = self.divisor
        if below.column is None:
            return pd.Series(below.number, periods) if below.words else None
        values = self.summed(self.by_period(below.column))
        if (zero := values.index[values == 0]).size:
            raise refusal("divided by zero", column=below.column.name, period=zero[0])
        return every_period(values, below.column.name).reindex(periods) / below.number

    def parameters(self, kind: Kind) -> dict[str, str]:
        """Those that make the same reading with nothing left to guess."""
        what, name = self.what, self.what.name if self.table.header else "value"
        unit = [_unit(self.sign or name), self.divisor.words]
        own = {
            "sheet": self.sheet,
            "date_column": ",".join(self.when.columns),
            "value_column": what.name,
            "where": ",".join(map("=".join, self.where.items())),
            "kind": kind,
            "unit": self.how["unit"] or " ".join(filter(None, unit)),
            "title": self.how["title"] or _name(name, self.where, self.content.name),
            "dates": self.periods.marks,
            "decimal": "comma" if what.choice == "," else "point" if what.why == "as given" else "",
            "date_order": next((o for o, form in ORDERS.items() if form == self.when.form), ""),
        }
        return {k: v for k, v in {**self.how, **own}.items() if v not in ("", "auto")}

    @property
    def sign(self) -> str:
        """The unit of the values as the file says it."""
        return self.table.units.get(self.what.name, "") or self.what.unit


def _read(content: Content, how: Mapping[str, str]) -> Reading:
    given = _decide(content, how)
    what, rows = given.what, given.rows
    numbers = given.by_period(what)
    named = content.name if SAYS_NOTHING.fullmatch(plain_name(what.name)) else what.name
    called = " ".join([named, *given.where.values(), given.sign])
    kind, why_kind = find_kind(how["kind"], called, numbers, given.divisor)
    mean = kind == "measure" and not given.divisor.words
    summed = given.summed(numbers, mean=mean)
    top = every_period(summed, what.name)
    under, parameters = given.under(top.index), given.parameters(kind)
    facts = {
        "values": top if under is None else top / under,
        "kind": kind,
        "why_kind": why_kind,
        "unit": parameters["unit"],
        "step": WORDS[step_of(pd.PeriodIndex(top.index))],
        "missing": what.missing[what.missing.index.isin(rows.index)].value_counts().sort_index(),
        "added": None if summed is numbers else summed,
        "word": WORDS.get(given.periods.step, "day"),
        "mean": mean,
        "marked": given.when.marked + what.marked,
        "not_final": NOT_FINAL,
        "fewest": FEWEST,
    }
    it = SimpleNamespace(**vars(given), **facts)
    return Reading(
        path=content.path,
        sha256=content.sha256,
        top=top,
        under=under,
        kind=kind,
        columns=tuple(given.table.frame.columns),
        parameters=parameters,
        facts=dict(line.split(": ", 1) for line in lay_out("facts", it=it).splitlines()),
        notes=tuple(lay_out("notes", it=it).splitlines()),
    )


def _decide(content: Content, how: Mapping[str, str]) -> Decided:
    sheet, cells = content.rows_of(how["sheet"])
    table = find_table(cells, content.delimiter, DECIMALS[how["decimal"]])
    where, chosen = filter_rows(table.frame, how["where"])
    when = find_dates(table.frame, how["date_column"], how["date_order"])
    what, why = find_values(table, when, how["value_column"])
    divisor = find_divisor(table, how["divide_by"])
    chosen = _dated_rows(chosen, when, what)
    rows, when = table.frame[chosen], replace(when, values=when.values[chosen])
    if when.unit != "S" and len(when.values.unique()) > 1:
        days = pd.PeriodIndex(when.values, freq="D" if when.unit in "WHF" else when.unit)
        refuse_repeated(rows, days, (*when.columns, what.name))
    periods = find_periods(when, how["dates"], how["year_starts"])
    if periods.step != "S":
        refuse_repeated(rows, periods.index, (*when.columns, what.name))
    elif how["step"] == "auto":
        moment = f"{when.values.dropna().iloc[-1]:%Y-%m-%d %H:%M}"
        raise refusal("times of day", column=when.name, moment=moment)
    return Decided(
        content=content,
        how=how,
        sheet=sheet,
        table=table,
        where=where,
        when=when,
        what=what,
        why=why,
        divisor=divisor,
        chosen=chosen,
        rows=rows,
        periods=periods,
    )


def _dated_rows(chosen: pd.Series, when: Dates, what: Numbers) -> pd.Series:
    """Which rows count and have a date. A value without a date is refused."""
    name, bad = when.name, when.bad[when.bad.index.isin(chosen.index[chosen])]
    other = len(bad) and when.unit == "W" and bad.str.contains("53").all()
    _refuse_bad("other weeks" if other else "bad date", name, bad, form=when.form)
    dated = when.values.notna()
    orphans = chosen.index[chosen & ~dated & what.values.notna()]
    if len(orphans):
        raise refusal("no date", line=orphans[0], column=what.name, dates=name)
    return chosen & dated


def _refuse_bad(key: str, column: str, bad: pd.Series, form: str = "") -> None:
    """No cell of the rows that count is something else than it has to be."""
    if len(bad):
        more = f", and {len(bad) - 1} more such cells" if len(bad) > 1 else ""
        raise refusal(key, column=column, cell=bad.iloc[0], line=bad.index[0], more=more, form=form)


def _refuse_codes(values: pd.Series, column: str) -> None:
    """A number such as -999 or 99999 is no value where all others are far from it."""
    coded = values.isin(SENTINELS)
    others = values[~coded].dropna()
    if len(others) > coded.sum() and others.min() >= 0:
        least = 0 if others.min() > FAR else -1  # -1 can be a value beside small ones
        far = values[coded & ((values < least) | (values > 10 * others.max()))]
        for period, number in far.head(1).items():
            raise refusal("stands for missing", column=column, number=number, period=period)


def _name(column: str, where: Mapping[str, str], file: str) -> str:
    """What the values are: their column (or the file) and the rows chosen: visits (clinic: A)."""
    own = plain_name(column)
    own = plain_name(file.split(".")[0]) if SAYS_NOTHING.fullmatch(own) else own
    rows = ", ".join(
        f"{plain_name(name)}: {plain_name(value) or 'blank'}" for name, value in where.items()
    )
    return f"{own} ({rows})" if rows else own


def _unit(name: str) -> str:
    """The word for the values, of a column whose name is one; a name with a number is none."""
    own = plain_name(name)
    return "units" if SAYS_NOTHING.fullmatch(own) or any(map(str.isdigit, own)) else own


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
