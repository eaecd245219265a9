"""How numbers, periods and tables are written for a reader. Everything is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import isfinite
from typing import Any

import pandas as pd

# What a report collects from a notebook: tables for effects.csv, data sources, the headline.
TABLE_MIME = "application/vnd.analysis.table+json"
SOURCE_MIME = "application/vnd.analysis.source+json"
HEADLINE_MIME = "application/vnd.analysis.headline+json"
MINUS = "\u2212"
NOT_IDENTIFIED = "not identified"


def number(value: float, digits: int = 0, *, signed: bool = False) -> str:
    """A number with thousands separators and a true minus sign; "+" where `signed`."""
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    if not any(character in text for character in "123456789"):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def amount(value: float, unit: str, digits: int | None = None) -> str:
    """An estimate with its unit: -36.1% or 12,300 encounters. Per cent values carry their sign.

    digits : digits after the point, None for one in per cent and three significant ones else.
    """
    if unit.startswith("%"):
        return number(value, 1 if digits is None else digits, signed=True) + unit
    return f"{estimate(value) if digits is None else number(value, digits)} {unit}".rstrip()


def interval(lower: float, upper: float, unit: str, digits: int | None = None) -> str:
    """An interval in words: -59.3% to +1.2%; "not identified" where an end is not finite."""
    if not (isfinite(lower) and isfinite(upper)):
        return NOT_IDENTIFIED
    unit = "%" if unit.startswith("%") else ""
    return f"{amount(lower, unit, digits)} to {amount(upper, unit, digits)}"


def estimate(value: float, *, signed: bool = False) -> str:
    """An estimate to three significant digits: more would be false precision."""
    rounded = float(f"{value:.3g}")
    size = abs(rounded)
    digits = 0 if size >= 100 or size == 0 else 1 if size >= 10 else 2 if size >= 1 else 3
    return number(rounded, digits, signed=signed)


def p_value(p: float | None) -> str:
    """A p-value to two digits after the point, three below 0.1; never 0."""
    if p is None or not isfinite(p):
        return ""
    if p < 0.001:
        return "< 0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def period_name(period: pd.Period) -> str:
    """A period as a reader says it: June 2024, the week of 3 June 2024, 2024."""
    match period.freqstr[0]:
        case "M":
            return str(period.strftime("%B %Y"))
        case "W":
            start = period.start_time
            return f"the week of {start.day} {start.strftime('%B %Y')}"
        case "Q":
            return f"quarter {period.quarter} of {period.year}"
    return str(period.year)


def span_name(first: pd.Period, last: pd.Period) -> str:
    """A span of periods: June to December 2024."""
    if first == last:
        return period_name(first)
    if first.freqstr[0] == "M" and first.year == last.year:
        return f"{first.strftime('%B')} to {period_name(last)}"
    return f"{period_name(first)} to {period_name(last)}"


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


def with_table(html: str, table: pd.DataFrame, fit: str = "") -> dict[str, Any]:
    """A notebook output that shows `html` and hands `table` on to the report's effects.csv.

    fit : what the rows are of, as first column `fit`; "" if the table has that column itself.
    """
    plain = table.reset_index(drop=bool(fit) and table.index.name is None)
    if fit:
        plain.insert(0, "fit", fit)
    return {
        "text/html": html,
        "text/plain": plain.to_string(),
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

    The cells are text: whatever they hold is escaped.
    """
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in header)
    head = f"<thead><tr>{head}</tr></thead>" if any(header) else ""
    body = "".join(_row(row) for row in rows)
    return (
        f"<div class='table-box' role='region' tabindex='0' aria-label='{escape(caption)}'>"
        f"<table class='{escape(kind)}'><caption>{escape(caption)}</caption>"
        f"{head}<tbody>{body}</tbody></table></div>"
    )


def _row(cells: Sequence[str]) -> str:
    first, *rest = cells
    data = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
    return f"<tr><th scope='row'>{escape(first)}</th>{data}</tr>"
