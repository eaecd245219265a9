"""Anybody's table in, a regular series out, with all that was understood on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from analysis.errors import InputError, choices, refusal, shown
from analysis.outcome import Source
from analysis.outcome.periods import every_period
from analysis.reading.content import DELIMITERS, Content, read_content
from analysis.reading.dates import ORDERS, Dates, column_names, find_dates
from analysis.reading.layout import Table, find_table
from analysis.reading.numbers import SENTINELS, Numbers
from analysis.reading.periods import ADDED_TO, add_up, find_periods
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
from analysis.show import join_words

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


def _read(content: Content, how: Mapping[str, str]) -> Reading:
    sheet, cells, why_sheet = content.rows_of(how["sheet"])
    table = find_table(cells, content.delimiter, DECIMALS[how["decimal"]])
    where, chosen = filter_rows(table.frame, how["where"])
    when = find_dates(table.frame, how["date_column"], how["date_order"])
    what, why_what = find_values(table, when, how["value_column"])
    divisor = find_divisor(table, how["divide_by"])
    rows = _dated_rows(chosen, when, what)
    periods = find_periods(when, how["dates"], how["year_starts"])
    at = pd.Series(periods.index, table.frame.index)[rows]
    _refuse_repeated(table.frame, at, periods.step, how["step"], when, what)
    values = _by_period(what, at)
    sign = table.units.get(what.name, "") or what.unit
    kind, why_kind = find_kind(
        how["kind"], " ".join([what.name, *where.values(), sign]), values, divisor
    )
    top, said = _regular(
        values, periods.step, how["step"], mean=kind == "measure" and not divisor.words
    )
    name = what.name if table.header else "value"
    parameters = {
        **how,
        "sheet": sheet,
        "date_column": ",".join(when.columns),
        "value_column": what.name,
        "where": ",".join(f"{column}={value}" for column, value in where.items()),
        "kind": kind,
        "unit": how["unit"] or " ".join(filter(None, [_unit(sign or name), divisor.words])),
        "title": how["title"] or _name(name, where, content.name),
        "dates": periods.marks,
        "decimal": "comma" if what.choice == "," else "point" if what.why == "as given" else "",
        "date_order": next((o for o, form in ORDERS.items() if form == when.form), ""),
    }
    gone = what.missing[what.missing.index.isin(rows)].value_counts().sort_index()
    return Reading(
        path=content.path,
        source=_source(content),
        top=top,
        under=_under(divisor, at, periods.step, how["step"], top),
        kind=kind,
        columns=tuple(table.frame.columns),
        parameters={name: value for name, value in parameters.items() if value not in ("", "auto")},
        understood={
            "Text": _text_of(content, table, what),
            "Columns": choices(table.frame.columns, "and"),
            "Dates": f"{', '.join(map(shown, when.columns))} ({when.form}; {when.why})",
            "Values": f"{shown(what.name)} ({why_what})",
            "Rows": choices([f"{column}={value}" for column, value in where.items()], "and"),
            "Missing": join_words(
                [f"{n} {f'written {t}' if t else 'blank'}" for t, n in gone.items()]
            ),
            "Kind": f"{kind} ({why_kind})",
        },
        said=(
            *table.skipped,
            *why_sheet,
            *when.said,
            *periods.said,
            *said,
            *_marks(table.frame.loc[rows], when, what),
        ),
    )


def _source(content: Content) -> Source:
    return Source(
        name="given",
        title=content.name,
        publisher="given by the user",
        file=content.name,
        vintage="",
        sha256=content.sha256,
    )


def _text_of(content: Content, table: Table, numbers: Numbers) -> str:
    """How the text of a file was read, in words; "workbook" for one."""
    if not content.encoding:
        return "workbook"
    mark = "comma" if numbers.choice == "," else "point"
    delimiter = DELIMITERS[content.delimiter]
    head = f"header in line {table.header}" if table.header else "no header"
    return f"{content.encoding}, {delimiter}, decimal {mark} ({numbers.why}), {head}"


def _dated_rows(chosen: pd.Series, when: Dates, what: Numbers) -> pd.Index:
    """The rows that count and have a date. A value without a date is refused."""
    name = when.name
    _refuse_bad("bad date", name, when.bad[chosen[when.bad.index]], form=when.form)
    dated = when.values.notna()
    orphans = chosen.index[chosen & ~dated & what.values.notna()]
    if len(orphans):
        raise refusal("no date", line=orphans[0], column=what.name, dates=name)
    return chosen.index[chosen & dated]


def _refuse_bad(key: str, column: str, bad: pd.Series, form: str = "") -> None:
    """No cell of the rows that count is something else than it has to be."""
    if len(bad):
        more = f", and {len(bad) - 1} more such cells" if len(bad) > 1 else ""
        raise refusal(key, column=column, cell=bad.iloc[0], line=bad.index[0], more=more, form=form)


def _refuse_repeated(
    frame: pd.DataFrame, at: pd.Series, step: str, to: str, when: Dates, what: Numbers
) -> None:
    """One row a period, unless parts of days are added up."""
    if step != "S":
        refuse_repeated(frame.loc[at.index], pd.PeriodIndex(at), (*when.columns, what.name))
    elif to == "auto":
        moment = f"{when.values.dropna().iloc[-1]:%Y-%m-%d %H:%M}"
        raise refusal("times of day", column=when.name, moment=moment)


def _by_period(column: Numbers, at: pd.Series) -> pd.Series:
    """The numbers of a column by period. at : the period of each row that counts."""
    name = column.name
    _refuse_bad("bad number", name, column.bad[column.bad.index.isin(at.index)])
    values = column.values[at.index].set_axis(pd.PeriodIndex(at))
    _refuse_codes(values, name)
    most, others = values.max(), values[(values > 0) & (values < values.max())]
    # A value that is the sum of all others is their total, whatever its date.
    if len(others) > FEW and most > LARGE and values.min() >= 0 and 2 * most == values.sum():
        raise refusal("dated total", column=name, period=values.idxmax(), number=most)
    return values


def _refuse_codes(values: pd.Series, column: str) -> None:
    """A number such as -999 or 99999 is no value where all others are far from it."""
    coded = values.isin(SENTINELS)
    others = values[~coded].dropna()
    if len(others) > coded.sum() and others.min() >= 0:
        least = 0 if others.min() > FAR else -1  # -1 can be a value beside small ones
        far = values[coded & ((values < least) | (values > 10 * others.max()))]
        for period, number in far.head(1).items():
            raise refusal("stands for missing", column=column, number=number, period=period)


def _regular(
    values: pd.Series, step: str, to: str, *, mean: bool
) -> tuple[pd.Series, tuple[str, ...]]:
    """Values added up as asked for, with gaps; and what was done."""
    added, said = (values, ()) if to == "auto" else add_up(values, step, to, mean=mean)
    if added.count() < 2:
        raise refusal("few values", column=values.name, n=added.count())
    return every_period(added, str(values.name)), said


def _under(divisor: Divisor, at: pd.Series, step: str, to: str, top: pd.Series) -> pd.Series | None:
    """What the values are divided by, period by period; None for nothing."""
    if divisor.column is None:
        return pd.Series(divisor.number, top.index) if divisor.words else None
    below, _ = _regular(_by_period(divisor.column, at), step, to, mean=False)
    if (zero := below.index[below == 0]).size:
        raise refusal("divided by zero", column=divisor.column.name, period=zero[0])
    return below.reindex(top.index) / divisor.number


def _marks(rows: pd.DataFrame, when: Dates, what: Numbers) -> Iterator[str]:
    """Footnote marks, a point that could be another, and figures that are not final."""
    if n := when.marked + what.marked:
        yield f"{n} cells with a footnote mark such as * or (p) are read without it."
    if what.why.startswith("such files"):
        yield f"{what.example} is read with a decimal point: decimal=comma is for thousands."
    for name, cells in rows.items():
        for word, n in cells[cells.str.fullmatch(NOT_FINAL)].value_counts().items():
            yield f"{n} rows say '{shown(str(word))}' in the column {shown(str(name))}."


def _name(column: str, where: Mapping[str, str], file: str) -> str:
    """What the values are: their column and the rows chosen, and the file if that says more."""
    own, chosen, stem = plain_name(column), map(plain_name, where.values()), file.split(".")[0]
    parts = [] if SAYS_NOTHING.fullmatch(own) else [own]
    named = ", ".join([*parts, *chosen]) or plain_name(stem)
    return named if named == plain_name(stem) else f"{named} ({file})"


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
