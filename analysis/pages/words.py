"""The words of every page: paragraphs, the headline, and one vocabulary for sizes and intervals.

Words follow the sign of each number and of each end of its interval. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite
from typing import Any, TypeAlias

import pandas as pd

from analysis import show
from analysis.errors import AnalysisError
from analysis.robustness.estimating import excludes_zero

# The word for a negative number, and for a positive one.
Sides: TypeAlias = tuple[str, str]
BELOW: Sides = ("below", "above")
FEWER: Sides = ("fewer", "more")


# A sentence, or a few words in bold and what follows them.
Text: TypeAlias = str | tuple[str, str]


class Prose:
    """Paragraphs of plain text; escaped when shown. `points` become a list after them.

    table : HTML to show at the end, from `show.table`.
    """

    def __init__(self, *paragraphs: Text, points: Sequence[Text] = (), table: str = "") -> None:
        self.paragraphs, self.points, self.table = paragraphs, tuple(points), table

    def _repr_html_(self) -> str:
        text = "".join(f"<p>{_html(paragraph)}</p>" for paragraph in self.paragraphs if paragraph)
        points = "".join(f"<li>{_html(point)}</li>" for point in self.points if point)
        return text + (f"<ul>{points}</ul>" if points else "") + self.table


def shown(found: Any, *make: Callable[[Any], Any]) -> list[Any]:
    """What is made of a result, one after another; where it could not be had, why.

    found : a result, or several by name; a refusal stands in the place of one (`its.attempt`).
    """
    parts = list(found.values()) if isinstance(found, Mapping) else [found]
    refused = next((part for part in parts if isinstance(part, AnalysisError)), None)
    if refused is not None:
        return [Prose(f"This cannot be done here. {show.dates_in_words(refused.reason)}")]
    made = [one(found) for one in make]
    return [each for one in made for each in (one if isinstance(one, list) else [one])]


def itself(found: Any) -> list[Any]:
    """A result as it shows itself, or each of several."""
    return list(found.values()) if isinstance(found, Mapping) else [found]


@dataclass(frozen=True, kw_only=True)
class Folded:
    """A result behind a line that opens it; its table goes to the report's file all the same."""

    title: str
    found: Any

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        data = dict(self.found._repr_mimebundle_())
        head = f"<summary>{escape(self.title)}</summary>"
        return {**data, "text/html": f"<details class='long'>{head}{data['text/html']}</details>"}


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The answer in one sentence, what stands beside it, and the number that it rests on.

    title : the question that it answers, for a run that has no title of its own.
    """

    sentence: str
    detail: tuple[Text, ...] = ()
    short: str = ""
    title: str = ""

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        # What stands last beside the answer is what it must not be quoted without.
        caveat = "".join(next(filter(None, reversed(self.detail)), ""))
        said = {
            "sentence": self.sentence,
            "caveat": caveat,
            "short": self.short,
            "title": self.title,
        }
        return {
            "text/html": self._repr_html_(),
            "text/plain": self.sentence,
            show.HEADLINE_MIME: said,
        }

    def _repr_html_(self) -> str:
        return f"<p class='headline'>{escape(self.sentence)}</p>" + "".join(
            f"<p>{_html(text)}</p>" for text in self.detail if text
        )


def size(value: float, unit: str, *, beside: float = 0.0) -> str:
    """How large, without a sign: 56%, 12 times, 504,000 encounters.

    beside : a per cent in the same breath, with which the digits after the point agree.
    """
    if unit.startswith("%"):
        text = show.amount(value, unit, _digits(value, beside))
        return text.removeprefix("below ").lstrip(f"+{show.MINUS}")
    return show.amount(abs(value), unit)


def signed(value: float, unit: str) -> str:
    """An estimate with its sign: -56%, 12 times, 504,000 encounters."""
    return show.amount(value, unit, _digits(value) if unit.startswith("%") else None)


def change(value: float, unit: str, sides: Sides = BELOW, *, beside: float = 0.0) -> str:
    """How far to which side: 56% below, 504,000 fewer; 12 times as high from ten times on.

    sides : the words for a negative and a positive value.   beside : as in `size`.
    """
    if value == 0:
        return "no change"
    text = size(value, unit, beside=beside)
    if unit.startswith("%") and value >= show.TIMES:
        return f"{text} as high"
    more = "more than " if unit.startswith("%") and -100 < value <= -99.95 else ""
    return f"{more}{text} {sides[int(value > 0)]}"


def ends(lower: float, upper: float, unit: str, sides: Sides = BELOW) -> str:
    """An interval in words, each end to its own side: 19% to 76% below, 59% below to 1% above.

    The end nearer to no change comes first where both are on one side.
    """
    if not (isfinite(lower) and isfinite(upper)):
        return show.NOT_IDENTIFIED
    near, far = (lower, upper) if lower * upper <= 0 else sorted((lower, upper), key=abs)
    beside = max(abs(lower), min(abs(upper), show.TIMES))
    one, other = (change(end, unit, sides, beside=beside) for end in (near, far))
    side = f" {sides[int(far > 0)]}"
    if lower * upper > 0 and other.endswith(side):
        one = one.removesuffix(side).removesuffix(f" {unit}")
    return f"{one} to {other}"


def estimated(found: Any, alpha: float | None = None) -> str:
    """An estimate and its interval with their signs: -46% (95% interval: -59% to -24%).

    found : an effect, or a row of a table with the standard columns.
    alpha : None where it has been said before; then -46% (-59% to -24%).
    """
    name = "" if alpha is None else f"{show.interval_name(alpha)}: "
    return f"{signed(found.estimate, found.unit)} ({name}{_interval(found)})"


def bracketed(found: Any) -> str:
    """The same for the list of reports: -46% [-59% to -24%]."""
    return f"{signed(found.estimate, found.unit)} [{_interval(found)}]"


def clear_words(part: pd.DataFrame) -> str:
    """In how many of several estimates the interval is without zero."""
    count = int(excludes_zero(part).sum())
    return f"in all {count}" if count == len(part) else f"in {count} of {len(part)}"


def _html(text: Text) -> str:
    if isinstance(text, str):
        return escape(text)
    return f"<strong>{escape(text[0])}</strong> {escape(text[1])}"


def _interval(found: Any) -> str:
    digits = _digits(found.lower, found.upper) if found.unit.startswith("%") else None
    return show.interval(found.lower, found.upper, found.unit, digits)


def _digits(*values: float) -> int:
    """Digits after the point of per cents in one breath: none where one of them is 10 or more."""
    return int(all(not abs(value) >= 10 for value in values))
