"""A column of text as dates: which forms fit every cell, and what each would read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime

import pandas as pd

from analysis.outcome.steps import STEPS
from analysis.reading.numbers import MARKS, is_missing
from analysis.reading.wording import load, word_lists

MONTHS = {word: i for i, row in enumerate(word_lists()["months"], 1) for word in row.split()}
FIRST_YEAR, LAST_YEAR = 1500, 2300
SERIALS = (10_000, 80_000)  # the days of 1927 to 2119 since 30 December 1899, as Excel counts
SAMPLE = 200  # texts that decide which forms are tried on all
ROUNDED = 0.02  # decimal years are often written with two digits after the point

_PARTS, _PATTERNS = load("reading", "forms.yml").values()
# For each form what a cell names, and its pattern.
FORMS: dict[str, tuple[str, re.Pattern[str]]] = {
    name: (unit, re.compile(re.sub("<([A-Z0-9]+)>", lambda part: _PARTS[part[1]], pattern), re.I))
    for name, (unit, pattern) in _PATTERNS.items()
}


@dataclass(frozen=True, kw_only=True)
class Dates:
    """A column as dates, under one form.

    unit : what a cell names: S (with a time of day), D, W, M, Q, H, Y or F (a fiscal year, dated
        by the year in which it ends).
    values : the first day that a cell names, NaT where it is blank or does not have the form.
    bad : the cells that do not have the form, by row.
    """

    form: str
    unit: str
    values: pd.Series = field(repr=False)
    bad: pd.Series = field(repr=False)
    marked: int = 0


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
    found = {(name, FORMS[name][0]): _parse(texts, name) for name in likely}
    if loose:
        found |= _from_numbers(texts)
    most = max((len(dates) for dates in found.values()), default=0)
    if not most or 2 * most < len(texts):
        return []
    # A trailing total or note is no date under any form, so the best form has the fewest misfits.
    best = [form for form, dates in found.items() if len(dates) == most]
    best = [form for form in best if form[0] == "year-month-day"] or best
    return [_dates(cells, *form, found[form]) for form in best]


def _dates(cells: pd.Series, form: str, unit: str, read: dict[str, pd.Timestamp]) -> Dates:
    values = cells.map(lambda text: read.get(text, pd.NaT)).astype("datetime64[us]")
    if unit == "D" and len(values.dropna().dt.time.unique()) > 1:
        unit = "S"
    marked = sum(cells.isin([text for text in read if MARKS.search(text)]))
    return Dates(
        form=form,
        unit=unit,
        values=values.dt.normalize() if unit == "D" else values,
        bad=cells[values.isna() & ~cells.map(is_missing)],
        marked=marked,
    )


def _parse(texts: list[str], name: str) -> dict[str, pd.Timestamp]:
    read = {text: _read(text, name) for text in texts}
    return {text: pd.Timestamp(found) for text, found in read.items() if found is not None}


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
