"""Which column says when, and how its dates are to be read."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from analysis.reading.dates import Dates, all_forms, looks_like_date, month_number, runs_on
from analysis.reading.numbers import is_missing
from analysis.reading.wording import choices, pattern, refusal

DATE_WORDS, FISCAL_WORDS = pattern("dates"), pattern("fiscal")
LAST_WORDS, FIRST_WORDS = pattern("last"), pattern("first")
PART_WORDS = {part: pattern(part) for part in ("month", "quarter", "week", "day")}
LETTERED = {"month": re.compile("M(0[1-9]|1[0-2])"), "quarter": re.compile("Q0?[1-4]")}
PARTS = {"month": (12, "-", 2), "quarter": (4, "Q", 1), "week": (53, "-W", 2), "day": (31, "-", 2)}
PART_SIGNS = re.compile(r"^(?:q|w|m|quarter|week)\W*|\.0+$|(?:st|nd|rd|th)$", re.IGNORECASE)
ORDERS = {"day first": "day/month/year", "month first": "month/day/year"}


MOSTLY = 0.9  # of the rows
Found = dict[tuple[str, ...], list[Dates]]


@dataclass(frozen=True, kw_only=True)
class When:
    """The dates of the rows.

    columns : the column of dates, or those that make a date together.
    same : columns with the same dates.
    marks : "first" or "last" day of the period where the name of the column says it, else "".
    """

    columns: tuple[str, ...]
    same: tuple[str, ...] = ()
    dates: Dates
    marks: str = ""
    why: str = ""
    fiscal: bool = False
    said: tuple[str, ...] = ()


def find_dates(frame: pd.DataFrame, date_column: str, date_order: str) -> When:
    """The column of dates: the one named, or the only one that can be.

    Parameters
    ----------
    date_column : a name, two or three with commas between (year, month); "" to find it.
    date_order : "day first", "month first" or "auto".

    Raises
    ------
    InputError : no such column. DataError : no column or several can be dates, or two readings fit.
    """
    if date_column:
        names = column_names(date_column, frame, "date_column")
        alone = len(names) == 1
        found = {names: all_forms(frame[names[0]], loose=True)} if alone else _joined(frame, names)
        if not found[names]:
            held = frame.loc[frame[names[0]].ne(""), names[0]].unique()[:3]
            raise refusal("no dates in column", column=names[0], held=held, columns=frame.columns)
        return _resolve(found, date_order)
    found = {(name,): forms for name in frame.columns if (forms := _candidate(frame, name))}
    if not found or all(forms[0].unit in "YF" for forms in found.values()):
        found = _with_parts(frame, [name for (name,) in found]) or found
    if not found:
        raise refusal("no dates", columns=frame.columns)
    return _resolve(found, date_order)


def column_names(given: str, frame: pd.DataFrame, parameter: str) -> tuple[str, ...]:
    """The columns that a parameter names, whatever the case, blanks and underscores.

    Raises
    ------
    InputError : there is no such column.
    """
    names = [given] if given in frame.columns else [part.strip() for part in given.split(",")]
    known = {_bare(name): name for name in reversed(list(frame.columns))}
    known |= {name: name for name in frame.columns}
    found = [known.get(name) or known.get(_bare(name)) for name in names]
    if None in found:
        column = names[found.index(None)]
        raise refusal("unknown column", parameter=parameter, column=column, columns=frame.columns)
    return tuple(filter(None, found))


def words(name: str) -> str:
    """A name as words with blanks between: week_ending and WeekEnding are "Week Ending"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_.]+", " ", name)


def _bare(name: str) -> str:
    return re.sub(r"[\s_]+", "", name.casefold())


def _candidate(frame: pd.DataFrame, name: str) -> list[Dates]:
    """The forms under which a column can be the dates; none if it cannot."""
    cells = frame[name]
    named = bool(DATE_WORDS.search(words(name)))
    if not named and not any(map(looks_like_date, cells[cells.ne("")].head(3))):
        return []
    forms = all_forms(cells, loose=named)
    if named or cells.str.fullmatch(r"\d+(\.\d+)?").mean() < 0.5:
        return forms
    # Numbers without such a name are dates only where they run on without a break.
    return [form for form in forms if form.bad.empty and runs_on(form.values)]


def _with_parts(frame: pd.DataFrame, years: list[str]) -> Found:
    """A year column with the column beside it that splits the year, if there is one."""
    others = [name for name in frame.columns if name not in years]
    for part in ("month", "quarter", "week") if years else ():
        beside = [name for name in others if _is_part(frame, name, part)]
        days = [name for name in others if part == "month" and _is_part(frame, name, "day")]
        if beside:
            return _joined(frame, (years[0], beside[0], *days[:1]))
    return {}


def _is_part(frame: pd.DataFrame, name: str, part: str) -> bool:
    texts = [text for text in frame[name].unique() if not is_missing(text)]
    lettered = part in LETTERED and all(map(LETTERED[part].fullmatch, texts))
    named = lettered or PART_WORDS[part].fullmatch(name)
    return bool(named and texts) and all(_part_text(text, part) for text in texts)


def _part_text(text: str, part: str) -> str:
    """The text of a part as it stands after the year in a date; "" if it is no such part."""
    if part == "month" and (number := month_number(text)):
        return f"-{number:02d}"
    digits = PART_SIGNS.sub("", text)
    top, before, width = PARTS[part]
    fits = digits.isdigit() and 1 <= int(digits) <= top
    return f"{before}{int(digits):0{width}d}" if fits else ""


def _joined(frame: pd.DataFrame, names: tuple[str, ...]) -> Found:
    """Dates from a year and its parts in columns of their own. A blank year is the one above."""
    parts = [next((p for p in PART_WORDS if _is_part(frame, n, p)), "") for n in names[1:]]
    parts = [part or ("month", "day")[min(i, 1)] for i, part in enumerate(parts)]
    years = frame[names[0]].replace("", None).ffill().fillna("")
    text = years.str.replace(r"\.0+$", "", regex=True)
    for name, part in zip(names[1:], parts, strict=True):
        text = text + frame[name].map(lambda cell, part=part: _part_text(cell, part) or f" {cell}")
    forms = all_forms(text.where(frame[list(names)].ne("").any(axis=1), ""))
    if not forms:
        raise refusal("no dates together", names=names, cell=text.iloc[0])
    return {names: forms}


def _resolve(found: Found, date_order: str) -> When:
    """One column and one form, where all others are less likely by a rule that can be said."""
    names, why = _one_column(found)
    dates, reason = _one_form(names, found[names], date_order)
    label = words(" ".join(names))
    values = found[names][0].values
    alike = [k[0] for k, v in found.items() if v[0].values.eq(values).mean() > MOSTLY]
    return When(
        columns=names,
        same=tuple(name for name in alike if name not in names),
        dates=dates,
        marks="last" if LAST_WORDS.search(label) else "first" if FIRST_WORDS.search(label) else "",
        why=why,
        fiscal=dates.unit == "F" or bool(FISCAL_WORDS.search(label)),
        said=(reason,) if reason else (),
    )


def _one_column(found: Found) -> tuple[tuple[str, ...], str]:
    if len(found) == 1:
        return next(iter(found)), "the only column that can be dates"
    found = {k: v for k, v in found.items() if v[0].unit not in "YF"} or found
    first, *others = found
    if not others:
        return first, "the only column with more than years"
    if all(found[first][0].values.equals(found[other][0].values) for other in others):
        return first, f"the same dates as {choices([name for (name,) in others], 'and')}"
    ends = [k for k in found if LAST_WORDS.search(words(k[0]))]
    starts = [k for k in found if FIRST_WORDS.search(words(k[0])) and k not in ends]
    if len(starts) == 1 and len(starts) + len(ends) == len(found):
        return starts[0], "the column of first days"
    named = [k for k in found if DATE_WORDS.search(words(k[0]))]
    if len(named) == 1:
        return named[0], "the only one with the name of a date"
    raise refusal("several dates", n=len(found), names=[key[0] for key in found])


def _one_form(names: tuple[str, ...], forms: list[Dates], date_order: str) -> tuple[Dates, str]:
    """The form that was asked for, that alone makes a regular series, or that is the only one."""
    others = set(ORDERS.values()) - {ORDERS.get(date_order, "")}
    asked = [form for form in forms if date_order == "auto" or form.form not in others]
    if not asked:
        fitting = [form.form for form in forms]
        raise refusal("other order", names=names, order=date_order, forms=fitting)
    if all(form.values.equals(asked[0].values) for form in asked):
        return asked[0], ""
    regular = [form for form in asked if runs_on(form.values)]
    if len(regular) == 1:
        rest = choices([form.form for form in asked if form is not regular[0]])
        return regular[0], f"Dates are {regular[0].form}: as {rest} they would not be regular."
    texts = [
        f"{form.form} ({', '.join(f'{day:%Y-%m-%d}' for day in form.values.dropna().iloc[:3])})"
        for form in asked
    ]
    ordered = {form.form for form in asked} & set(ORDERS.values())
    raise refusal("two orders" if ordered else "two dates", names=names, forms=texts)
