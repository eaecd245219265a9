"""How numbers, periods and tables are written for a reader. Everything is escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from html import escape
from importlib.resources import files
from math import floor, isfinite, log10
from typing import Any

import pandas as pd
import yaml

from analysis.terminal import as_text, fields_text

# What a report collects from a notebook: tables for effects.csv, and the headline.
TABLE_MIME = "application/vnd.analysis.table+json"
HEADLINE_MIME = "application/vnd.analysis.headline+json"
MINUS = "\u2212"
NOT_IDENTIFIED = "not identified"
# A change in per cent from which on it is told in times: ten times as high.
TIMES = 900.0
# Units that no number takes after it.
BARE = ("ratio",)
# A table with more rows than this is folded on a page.
MOST_ROWS = 11
RAISED = str.maketrans(
    "0123456789\u2212", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b"
)


class Shown:
    """A result that says in a terminal what its tables say on a page; without one, what it holds.

    It stands before @dataclass, which would otherwise write a `__repr__` with every array in it.
    """

    def __init_subclass__(cls, rows: str | None = None) -> None:
        """rows : what the rows of `table` are of, where it is handed on (see `with_table`).

        It may name parts of the result (`{self.model}`) or of each row (`{row.phase_in}`).
        """
        if "__repr__" not in vars(cls):
            cls.__repr__ = Shown.__repr__  # type: ignore[method-assign]
        if rows is not None:

            def bundle(self: Any, **_: object) -> dict[str, Any]:
                of = [rows.format(self=self, row=row) for row in self.table.itertuples()]
                return with_table(self._repr_html_(), self.table, of if any(of) else "")

            cls._repr_mimebundle_ = bundle  # type: ignore[attr-defined]

    def summary(self) -> str:
        """What it says, as text for a terminal of 80 columns."""
        return repr(self)

    def __repr__(self) -> str:
        write = getattr(self, "_repr_html_", None)
        return as_text(write()) if write else fields_text(self)


@cache
def words(place: str) -> dict[str, Any]:
    """What a file of words (YAML) of the package holds; `place` is under `analysis/`."""
    found: dict[str, Any] = yaml.safe_load(files("analysis").joinpath(place).read_text("utf-8"))
    return found


def number(value: float, digits: int = 0, *, signed: bool = False) -> str:
    """A number with thousands separators and a true minus sign; "+" where `signed`."""
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    if not any(character in text for character in "123456789"):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def amount(value: float, unit: str, digits: int | None = None) -> str:
    """An estimate with its unit: -36.1%, 19 times or 12,300 encounters. Per cents have a sign.

    digits : digits after the point; None for one in per cent and three significant ones else.
    """
    if unit.startswith("%"):
        return per_cent(value, digits) + unit[1:]
    text = estimate(value) if digits is None else number(value, digits)
    if unit in BARE:
        return text
    return f"{text} {singular(unit) if text.lstrip(f'+{MINUS}') == '1' else unit}".rstrip()


def rough(value: float, unit: str) -> str:
    """The same with per cents to the whole one."""
    return amount(value, unit, 0 if unit.startswith("%") else None)


def interval(lower: float, upper: float, unit: str, digits: int | None = None) -> str:
    """An interval in words: -59.3% to +1.2%; "not identified" where an end is not finite."""
    if not (isfinite(lower) and isfinite(upper)):
        return NOT_IDENTIFIED
    unit = "%" if unit.startswith("%") else ""
    return f"{amount(lower, unit, digits)} to {amount(upper, unit, digits)}"


def estimate_cells(found: Any, digits: int | None = None) -> tuple[str, str]:
    """The cells of a table for an estimate and its interval.

    found : an effect, or a row of a table with the standard columns.   digits : as in `amount`.
    """
    ends = interval(found.lower, found.upper, found.unit, digits)
    return amount(found.estimate, found.unit, digits), ends


# The columns of an effect, or of a row of a table with the standard columns.
ESTIMATES: Mapping[str, Callable[[Any], str]] = {
    "Estimate": lambda found: estimate_cells(found)[0],
    "Interval": lambda found: estimate_cells(found)[1],
}
P: Mapping[str, Callable[[Any], str]] = {"p": lambda found: p_value(found.p_value)}


def per_cent(value: float, digits: int | None = None) -> str:
    """A change in per cent, in times from ten times on; never rounded to nothing or to all.

    digits : digits after the point, None for 1.
    """
    if not isfinite(value):
        return NOT_IDENTIFIED
    if value >= TIMES:
        times = estimate(1 + value / 100)
        return f"{times.rstrip('0').rstrip('.') if '.' in times else times} times"
    if -100 < value <= -99.95:
        return f"below {MINUS}99.9%"
    digits = 1 if digits is None or -100 < value <= -99.5 else digits
    if value and abs(value) < 0.5 * 10.0**-digits:
        digits = min(int(-floor(log10(abs(value)))), 6)
    text = number(value, digits, signed=True)
    return f"{text if float(f'{value:.{digits}f}') else 0}%"


def estimate(value: float, *, signed: bool = False) -> str:
    """An estimate to three significant digits: more would be false precision."""
    if not isfinite(value):
        return NOT_IDENTIFIED
    rounded = float(f"{value:.3g}")
    power = floor(log10(abs(rounded))) if rounded else 2
    if not -6 <= power < 15:
        sign = "+" if signed and rounded > 0 else ""
        exponent = str(power).replace("-", MINUS).translate(RAISED)
        return f"{sign}{number(rounded / 10.0**power, 2)} \u00d7 10{exponent}"
    text = number(rounded, max(2 - power, 0), signed=signed)
    return text.rstrip("0") if power < 0 else text


def many(count: int, noun: str) -> str:
    """A number of things: 1 month, 7 months."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


# Verbs of one thing and of several that no "s" tells apart.
VERBS = {"be": ("is", "are"), "were": ("was", "were"), "have": ("has", "have")}


def verb(count: int, plural: str) -> str:
    """The verb of a number of things: 1 lies, 7 lie; "be" for is and are."""
    return VERBS.get(plural, (f"{plural}s", plural))[count != 1]


def singular(unit: str) -> str:
    """A unit after the number 1: encounter, death a day, entry."""
    noun, space, rest = unit.partition(" ")
    if noun.endswith("ies") and len(noun) > 4:
        noun = noun[:-3] + "y"
    elif noun.endswith(("sses", "xes", "ches", "shes")):
        noun = noun[:-2]
    elif noun.endswith("s") and not noun.endswith(("ss", "us", "is")):
        noun = noun[:-1]
    return noun + space + rest


def p_value(p: float | None) -> str:
    """A p-value to two digits after the point, three below 0.1; never 0, never above 1."""
    if p is None or not isfinite(p):
        return ""
    if p < 0.001:
        return "< 0.001"
    return f"{p:.3f}" if p < 0.0995 else f"{min(p, 1.0):.2f}"


def p_words(p: float | None) -> str:
    """The same in a sentence: p = 0.039, p < 0.001."""
    text = p_value(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def period_name(period: pd.Period) -> str:
    """A period as a reader says it: June 2024, the week of 3 June 2024, 5 June 2024, 2024."""
    start = period.start_time
    day = day_name(start)
    match period.freqstr.split("-")[0]:
        case "D":
            return day
        case "W":
            return f"the week of {day}"
        case "14D" | "28D" as days:
            return f"the {'two' if days == '14D' else 'four'} weeks from {day}"
        case "M":
            return f"{start:%B %Y}"
        case "Q":
            return f"quarter {period.quarter} of {period.year}"
        case "6M":
            return _months(start, period.end_time)
    return str(period.year)


def day_name(day: date | pd.Period) -> str:
    """A day as a reader says it: 5 June 2024."""
    return f"{day.day} {day.strftime('%B %Y')}"


def in_period(period: pd.Period) -> str:
    """When something was: in June 2024, on 5 June 2024."""
    return f"{'on' if period.freqstr == 'D' else 'in'} {period_name(period)}"


def span_name(first: pd.Period, last: pd.Period) -> str:
    """A span of periods: June to December 2024."""
    if first == last:
        return period_name(first)
    if first.freqstr in ("M", "6M"):
        return _months(first.start_time, last.end_time)
    return f"{period_name(first)} to {period_name(last)}"


def _months(first: pd.Timestamp, last: pd.Timestamp) -> str:
    return f"{first:%B}{f' {first:%Y}' if first.year < last.year else ''} to {last:%B %Y}"


def unbroken(periods: Iterable[pd.Period]) -> list[tuple[pd.Period, pd.Period]]:
    """The first and last of each unbroken run of periods."""
    found: list[tuple[pd.Period, pd.Period]] = []
    for period in sorted(periods):
        if found and period == found[-1][1] + 1:
            found[-1] = (found[-1][0], period)
        else:
            found.append((period, period))
    return found


def join_words(words: Sequence[str]) -> str:
    """a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """The text with a small first letter, but not an acronym."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def with_table(html: str, table: pd.DataFrame, fit: str | Sequence[str] = "") -> dict[str, Any]:
    """A notebook output that shows `html` and hands `table` on to the report's effects.csv.

    It is for results that estimate or check something, so that every number of a page's prose
    and figures has its row: effects, line-ups of models, comparisons, placebos, windows, breaks,
    power, the specification curve, counts before and after, coverage, verdicts. Series, designs
    and sources do not belong there: the record names their tables. A table that a notebook shows
    twice is in the file once.

    fit : what the rows are of, all or each, as first column `fit`; "" if the index says it.
    """
    if not fit and table.index.nlevels == 1:
        table = table.rename_axis("fit")
    plain = table.reset_index(drop=bool(fit) and table.index.name is None)
    if fit:
        plain.insert(0, "fit", fit)
    return {
        "text/html": html,
        "text/plain": as_text(html),
        TABLE_MIME: {"csv": plain.to_csv(index=False, float_format="%.12g")},
    }


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    caption: str,
    kind: str = "",
) -> str:
    """An HTML table with caption, column headers and row headers, inside a scrolling box.

    The cells are text: whatever they hold is escaped. A long one is folded, or one of the kind
    `long`, but none of the kind `answer`, for which its page is made.
    """
    rows = list(rows)
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in header)
    head = f"<thead><tr>{head}</tr></thead>" if any(header) else ""
    body = "".join(_row(row) for row in rows)
    box = (
        f"<div class='table-box' role='region' tabindex='0' aria-label='{escape(caption)}'>"
        f"<table class='{escape(kind)}'><caption>{escape(caption)}</caption>"
        f"{head}<tbody>{body}</tbody></table></div>"
    )
    if kind != "long" and (len(rows) <= MOST_ROWS or "answer" in kind.split()):
        return box
    summary = f"{escape(caption)} ({many(len(rows), 'row')})"
    return f"<details class='long'><summary>{summary}</summary>{box}</details>"


def columns(
    items: pd.DataFrame | Iterable[Any],
    cells: Mapping[str, Callable[[Any], str]],
    *,
    caption: str,
    kind: str = "",
) -> str:
    """The same, one row an item: under each header, what is written of it.

    items : a frame stands for its rows, as series.
    """
    if isinstance(items, pd.DataFrame):
        items = [row for _, row in items.iterrows()]
    rows = [[write(item) for write in cells.values()] for item in items]
    return table(list(cells), rows, caption=caption, kind=kind)


def _row(cells: Sequence[str]) -> str:
    first, *rest = cells
    data = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
    return f"<tr><th scope='row'>{escape(first)}</th>{data}</tr>"
