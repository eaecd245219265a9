"""Which column says when, which forms fit its cells, and what each form would read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import pandas as pd

from analysis import show
from analysis.errors import choices, refusal
from analysis.outcome.periods import STEPS
from analysis.reading.numbers import MARKS, is_missing
from analysis.reading.wording import as_words, pattern, word_lists

MONTHS = {word: i for i, row in enumerate(word_lists()["months"], 1) for word in row.split()}
FIRST_YEAR, LAST_YEAR = 1500, 2300
SERIALS = (10_000, 80_000)  # the days of 1927 to 2119 since 30 December 1899, as Excel counts
SAMPLE = 200  # texts that decide which forms are tried on all
ROUNDED = 0.02  # decimal years are often written with two digits after the point

_PARTS, _PATTERNS = show.words("reading/forms.yml").values()
# For each form what a cell names, and its pattern.
FORMS: dict[str, tuple[str, re.Pattern[str]]] = {
    name: (unit, re.compile(re.sub("<([A-Z0-9]+)>", lambda part: _PARTS[part[1]], pattern), re.I))
    for name, (unit, pattern) in _PATTERNS.items()
}


DATE_WORDS, FISCAL_WORDS = pattern("dates"), pattern("fiscal")
LAST_WORDS, FIRST_WORDS = pattern("last"), pattern("first")
PART_WORDS = {part: pattern(part) for part in ("month", "quarter", "week", "day")}
LETTERED = {"month": re.compile("M(0[1-9]|1[0-2])"), "quarter": re.compile("Q0?[1-4]")}
PARTS = {"month": (12, "-", 2), "quarter": (4, "Q", 1), "week": (53, "-W", 2), "day": (31, "-", 2)}
PART_SIGNS = re.compile(r"^(?:q|w|m|quarter|week)\W*|\.0+$|(?:st|nd|rd|th)$", re.IGNORECASE)
ORDERS = {"day first": "day/month/year", "month first": "month/day/year"}
MOSTLY = 0.9  # of the rows


@dataclass(frozen=True, kw_only=True)
class Dates:
    """A column as dates, or several that make a date together, under one form.

    unit : what a cell names: S (with a time of day), D, W, M, Q, H, Y or F (a fiscal year, dated
        by the year in which it ends).
    values : the first day that a cell names, NaT where it is blank or does not have the form.
    bad : the cells that do not have the form, by row.
    same : other columns with the same dates.
    why : why it is this column.   instead : forms under which the dates would not be regular.
    """

    columns: tuple[str, ...]
    form: str
    unit: str
    values: pd.Series = field(repr=False)
    bad: pd.Series = field(repr=False)
    marked: int = 0
    same: tuple[str, ...] = ()
    why: str = ""
    instead: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The names of its columns."""
        return ", ".join(self.columns)

    @property
    def marks(self) -> str:
        """ "first" or "last" day of the period where the name of the column says it, else ""."""
        name = as_words(self.name)
        return "last" if LAST_WORDS.search(name) else "first" if FIRST_WORDS.search(name) else ""

    @property
    def fiscal(self) -> bool:
        """Whether its years are fiscal ones."""
        return self.unit == "F" or bool(FISCAL_WORDS.search(as_words(self.name)))


def looks_like_date(text: str) -> bool:
    """Whether a text has one of the forms (decimal years and serial numbers apart)."""
    return any(_read(text, name) is not None for name in FORMS) or month_number(text) > 0


def month_number(text: str) -> int:
    """1 to 12 for the name of a month in a known language, else 0."""
    plain = unicodedata.normalize("NFKD", text.strip().rstrip(".").casefold())
    return MONTHS.get("".join(c for c in plain if not unicodedata.combining(c)), 0)


def runs_on(values: pd.Series) -> bool:
    """Whether dates follow each other in the steps of a calendar without a break.

    Long files hold each date many times, in any order.
    """
    steps = values.dropna().drop_duplicates().sort_values().diff().iloc[1:].dt.days
    low, high = steps.min(), steps.max()
    return len(steps) > 1 and any(step.low <= low and high <= step.high for step in STEPS.values())


def all_forms(cells: pd.Series, *, loose: bool = False) -> list[Dates]:
    """The forms that fit most cells of a column, with the fewest misfits; none if under half do.

    loose : whether numbers may be decimal years or Excel's serial numbers, which any column of
        numbers could be.
    """
    texts = [text for text in cells.unique() if not is_missing(text)]
    sample = texts[:: len(texts) // SAMPLE + 1]
    likely = [name for name in FORMS if 2 * len(_parse(sample, name)) >= len(sample)]
    read = {(name, FORMS[name][0]): _parse(texts, name) for name in likely}
    if loose:
        read |= _from_numbers(texts)
    most = max((len(dates) for dates in read.values()), default=0)
    if not most or 2 * most < len(texts):
        return []
    # A trailing total or note is no date under any form, so the best form has the fewest misfits.
    best = [form for form, dates in read.items() if len(dates) == most]
    best = [form for form in best if form[0] == "year-month-day"] or best
    return [_dates(cells, *form, read[form]) for form in best]


def _dates(cells: pd.Series, form: str, unit: str, read: dict[str, pd.Timestamp]) -> Dates:
    values = cells.map(lambda text: read.get(text, pd.NaT)).astype("datetime64[us]")
    if unit == "D" and len(values.dropna().dt.time.unique()) > 1:
        unit = "S"
    marked = sum(cells.isin([text for text in read if MARKS.search(text)]))
    return Dates(
        columns=(str(cells.name),),
        form=form,
        unit=unit,
        values=values.dt.normalize() if unit == "D" else values,
        bad=cells[values.isna() & ~cells.map(is_missing)],
        marked=marked,
    )


def _parse(texts: list[str], name: str) -> dict[str, pd.Timestamp]:
    read = {text: _read(text, name) for text in texts}
    return {text: pd.Timestamp(moment) for text, moment in read.items() if moment is not None}


def _read(text: str, name: str) -> datetime | None:
    match = FORMS[name][1].fullmatch(MARKS.sub("", text))
    if not match:
        return None
    try:
        return _build({k: v for k, v in match.groupdict().items() if v is not None})
    except (ValueError, OverflowError):
        return None


def _build(parts: dict[str, str]) -> datetime:
    """The first moment that the parts name.

    Raises
    ------
    ValueError : there is no such date.
    """
    year = _year(parts["y"])
    if "y2" in parts:
        if int(parts["y2"]) % 100 != (year + 1) % 100 or len(parts["y2"]) == 4 != len(parts["y"]):
            raise ValueError
        year += 1
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError
    if "w" in parts:
        return datetime.combine(date.fromisocalendar(year, int(parts["w"]), 1), datetime.min.time())
    month = int(parts.get("m", 1))
    if "b" in parts and not (month := month_number(parts["b"])):
        raise ValueError
    if "last" in parts and (month % 3 != 1 or month_number(parts["last"]) != month + 2):
        raise ValueError
    month = 3 * int(parts["q"]) - 2 if "q" in parts else month
    month = 6 * int(parts["h"]) - 5 if "h" in parts else month
    moment = datetime(year, month, int(parts.get("d", 1)))
    return (
        pd.Timestamp(f"{moment:%Y-%m-%d} {parts['t']}").to_pydatetime() if "t" in parts else moment
    )


def _year(text: str) -> int:
    """Two digits are the years up to the next one, and the 99 before it."""
    if len(text) == 4:
        return int(text)
    latest = date.today().year + 1
    return latest - (latest - int(text)) % 100


def _from_numbers(texts: list[str]) -> dict[tuple[str, str], dict[str, pd.Timestamp]]:
    """Decimal years (1949.0833) and serial numbers of Excel, where all texts are numbers."""
    numbers = pd.to_numeric(pd.Series(texts, index=texts, dtype=object), errors="coerce")
    whole = (numbers % 1 == 0).all()
    if whole and numbers.between(*SERIALS).all():
        days = pd.to_datetime(numbers, unit="D", origin="1899-12-30")
        return {("serial number of Excel", "D"): days.to_dict()}
    if whole or not numbers.between(FIRST_YEAR, LAST_YEAR).all():
        return {}
    for unit, parts in (("Q", 4), ("M", 12)):
        places = numbers * parts
        if ((places - places.round()).abs() < ROUNDED * parts / 4).all():
            first = pd.Period("1970", unit)
            steps = places.round().astype(int) - 1970 * parts
            read = {text: (first + n).start_time for text, n in steps.items()}
            return {("decimal year", unit): read}
    return {}


def find_dates(frame: pd.DataFrame, date_column: str, date_order: str) -> Dates:
    """The column of dates, the one named or the only one that can be, and the one form that fits.

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
        forms = all_forms(frame[names[0]], loose=True) if alone else _joined(frame, names)
        if not forms:
            held = frame.loc[frame[names[0]].ne(""), names[0]].unique()[:3]
            raise refusal("no dates in column", column=names[0], held=held, columns=frame.columns)
        candidates = [forms]
    else:
        candidates = [forms for name in frame if (forms := _candidate(frame[name]))]
        if all(forms[0].unit in "YF" for forms in candidates):
            candidates = _with_parts(frame, candidates) or candidates
        if not candidates:
            raise refusal("no dates", columns=frame.columns)
    forms, why = _one_column(candidates)
    dates = _one_form(forms, date_order)
    others = [other[0] for other in candidates if other is not forms]
    alike = [o for o in others if o.values.eq(forms[0].values).mean() > MOSTLY]
    return replace(dates, same=tuple(o.name for o in alike), why=why)


def column_names(given: str, frame: pd.DataFrame, parameter: str) -> tuple[str, ...]:
    """The columns that a parameter names, whatever the case, blanks and underscores.

    Raises
    ------
    InputError : there is no such column.
    """
    names = [given] if given in frame.columns else [part.strip() for part in given.split(",")]
    known = {_bare(name): name for name in reversed(list(frame.columns))}
    known |= {name: name for name in frame.columns}
    columns = [known.get(name) or known.get(_bare(name)) for name in names]
    if None in columns:
        column = names[columns.index(None)]
        raise refusal("unknown column", parameter=parameter, column=column, columns=frame.columns)
    return tuple(filter(None, columns))


def _bare(name: str) -> str:
    return re.sub(r"[\s_]+", "", name.casefold())


def _candidate(cells: pd.Series) -> list[Dates]:
    """The forms under which a column can be the dates; none if it cannot."""
    named = bool(DATE_WORDS.search(as_words(str(cells.name))))
    if not named and not any(map(looks_like_date, cells[cells.ne("")].head(3))):
        return []
    forms = all_forms(cells, loose=named)
    if named or cells.str.fullmatch(r"\d+(\.\d+)?").mean() < 0.5:
        return forms
    # Numbers without such a name are dates only where they run on without a break.
    return [form for form in forms if form.bad.empty and runs_on(form.values)]


def _with_parts(frame: pd.DataFrame, years: list[list[Dates]]) -> list[list[Dates]]:
    """A year column with the column beside it that splits the year, if there is one."""
    named = [forms[0].name for forms in years]
    others = [name for name in frame if name not in named]
    for part in ("month", "quarter", "week") if years else ():
        beside = [name for name in others if _is_part(frame, name, part)]
        days = [name for name in others if part == "month" and _is_part(frame, name, "day")]
        if beside:
            return [_joined(frame, (named[0], beside[0], *days[:1]))]
    return []


def _is_part(frame: pd.DataFrame, name: str, part: str) -> bool:
    texts = [text for text in frame[name].unique() if not is_missing(text)]
    lettered = part in LETTERED and all(map(LETTERED[part].fullmatch, texts))
    named = lettered or PART_WORDS[part].fullmatch(name)
    of_month = part == "month" and all(map(month_number, texts))
    return bool((named or of_month) and texts) and all(_part_text(text, part) for text in texts)


def _part_text(text: str, part: str) -> str:
    """The text of a part as it stands after the year in a date; "" if it is no such part."""
    if part == "month" and (number := month_number(text)):
        return f"-{number:02d}"
    digits = PART_SIGNS.sub("", text)
    top, before, width = PARTS[part]
    fits = digits.isdigit() and 1 <= int(digits) <= top
    return f"{before}{int(digits):0{width}d}" if fits else ""


def _joined(frame: pd.DataFrame, names: tuple[str, ...]) -> list[Dates]:
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
    return [replace(form, columns=names) for form in forms]


def _one_column(candidates: list[list[Dates]]) -> tuple[list[Dates], str]:
    """The column for which all others are less likely, by a rule that is said; and its forms."""
    if len(candidates) == 1:
        return candidates[0], "the only column that can be dates"
    finer = [forms for forms in candidates if forms[0].unit not in "YF"] or candidates
    first, *others = finer
    if not others:
        return first, "the only column with more than years"
    names = [forms[0].name for forms in finer]
    if all(first[0].values.equals(other[0].values) for other in others):
        return first, f"the same dates as {choices(names[1:], 'and')}"
    marks = [forms[0].marks for forms in finer]
    if marks.count("first") == 1 and "" not in marks:
        return finer[marks.index("first")], "the column of first days"
    named = [forms for forms in finer if DATE_WORDS.search(as_words(forms[0].name))]
    if len(named) == 1:
        return named[0], "the only one with the name of a date"
    raise refusal("several dates", n=len(finer), names=names)


def _one_form(forms: list[Dates], date_order: str) -> Dates:
    """The form that was asked for, that alone makes a regular series, or that is the only one."""
    names, others = forms[0].columns, set(ORDERS.values()) - {ORDERS.get(date_order, "")}
    asked = [form for form in forms if date_order == "auto" or form.form not in others]
    if not asked:
        fitting = [form.form for form in forms]
        raise refusal("other order", names=names, order=date_order, forms=fitting)
    if all(form.values.equals(asked[0].values) for form in asked):
        return asked[0]
    regular = [form for form in asked if runs_on(form.values)]
    if len(regular) == 1:
        rest = [form.form for form in asked if form is not regular[0]]
        return replace(regular[0], instead=tuple(rest))
    texts = [
        f"{form.form} ({', '.join(f'{day:%Y-%m-%d}' for day in form.values.dropna().iloc[:3])})"
        for form in asked
    ]
    ordered = {form.form for form in asked} & set(ORDERS.values())
    raise refusal("two orders" if ordered else "two dates", names=names, forms=texts)
