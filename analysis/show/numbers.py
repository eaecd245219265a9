"""How numbers, estimates and what they count are written for a reader."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isfinite, log10
from typing import Any

import numpy as np

MINUS = "\u2212"
NOT_IDENTIFIED = "not identified"
# A change in per cent from which on it is told in times: ten times as high.
TIMES = 900.0
# Powers of ten of numbers that are written out.
START, END = -4, 15
# Units that no number takes after it.
BARE = ("ratio",)
RAISED = str.maketrans(
    "0123456789\u2212", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b"
)


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


def spanned(lower: float, upper: float, unit: str) -> str:
    """The same with its unit; per cents to the whole one: -59% to +1%, -6.50 to 2.10 points."""
    per_cent = unit.startswith("%")
    ends = interval(lower, upper, unit, 0 if per_cent else None)
    return ends if per_cent or ends == NOT_IDENTIFIED else f"{ends} {unit}"


def interval_name(alpha: float) -> str:
    """95% interval."""
    return f"{100 * (1 - alpha):g}% interval"


def an_interval(alpha: float) -> str:
    """The same with its article: a 95% interval, an 80% interval."""
    name = interval_name(alpha)
    return f"{'an' if name[0] == '8' or name[:3] in ('11%', '18%') else 'a'} {name}"


def standing(value: float, unit: str, *, whole: bool = False) -> str:
    """How high something stands, which has no sign of a change: 36.3%, 5 deaths, 7.10 a day.

    whole : to the whole number, else to three significant digits.
    """
    few = abs(value) < 1000 and value == round(value) and not unit.startswith("%")
    text = number(value) if whole or few else estimate(value)
    if unit in BARE:
        return text
    if unit.startswith("%"):
        return text + unit
    return f"{text} {singular(unit) if text == '1' else unit}".rstrip()


def estimate_cells(found: Any, digits: int | None = None) -> tuple[str, str]:
    """The cells of a table for an estimate and its interval.

    found : an effect, or a row of a table with the standard columns.   digits : as in `amount`.
    """
    ends = interval(found.lower, found.upper, found.unit, digits)
    return amount(found.estimate, found.unit, digits), ends


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
    if not START <= power < END:
        return _in_powers(rounded, power, 2, signed=signed)
    text = number(rounded, max(2 - power, 0), signed=signed)
    return text.rstrip("0") if power < 0 else text


def mark(value: float, marks: Sequence[float], *, signed: bool = False) -> str:
    """A mark of an axis, with the digits that tell it from the others; in powers of ten if extreme.

    marks : all of the axis.
    """
    step = min(np.diff(np.unique(marks)), default=0.0) or abs(value) or 1.0
    if abs(value) < step / 99:
        return "0"
    power = floor(log10(max(map(abs, [*marks, value]))) + 1e-9)
    first = -floor(log10(step) + 1e-9)
    exact = (d for d in (first, first + 1) if np.abs(np.round(marks, d) - marks).max() < step / 99)
    digits = next(exact, first + 2) if len(marks) else first
    if not -5 < power < 9:
        return _in_powers(value, power, max(digits + power, 0), signed=signed)
    return number(value, max(digits, 0), signed=signed)


def observed(value: float) -> str:
    """A figure as it was given: a whole number in full, another to six significant digits."""
    if abs(value) < 10.0**END and value == round(value):
        return number(value)
    power = floor(log10(abs(value)))
    if not START <= power < END:
        return _in_powers(value, power, 5, signed=False)
    text = number(value, max(5 - power, 0))
    return text.rstrip("0").rstrip(".") if "." in text else text


def _in_powers(value: float, power: int, digits: int, *, signed: bool) -> str:
    exponent = str(power).replace("-", MINUS).translate(RAISED)
    return f"{number(value / 10.0**power, digits, signed=signed)} \u00d7 10{exponent}"


def many(count: int, noun: str) -> str:
    """A number of things: 1 month, 7 months."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


# Verbs of one thing and of several that no "s" tells apart.
VERBS = {"be": ("is", "are"), "were": ("was", "were"), "have": ("has", "have")}


def verb(count: int, plural: str) -> str:
    """The verb of a number of things: 1 lies, 7 lie; "be" for is and are."""
    of_one, of_several = VERBS.get(plural, (f"{plural}s", plural))
    return of_one if count == 1 else of_several


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
