"""What must hold of all that any page says: words, signs, sums and digits."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import numpy as np
import pytest

from analysis.effects.counterfactual import Counterfactual
from analysis.effects.estimands import Effects
from analysis.models import registered_models
from analysis.pages import effect as page

BORDER = re.compile(
    r"encounter|asylum|\bborders?\b|Title 42|Patrol|usbp|\bofo\b|CBP|children|\bports?\b|Mexic",
    re.I,
)
FAULTS = {
    "not a number": r"\b(nan|inf|None(?! of)|NaT)\b",
    "an exponent of a computer": r"\d[eE][+\u2212-]?\d",
    "too many digits": r"\d\.0*[1-9]\d{3,}|\b\d{3,}\.\d{2,}|\d,\d{3}\.\d",
    "a minus that is a hyphen": r"(?<![\w-])-\d",
    "a signed zero": r"[+\u2212]0(?![.\d])|[+\u2212]0\.0+(?!\d)",
    "the plural of one": r"(?<![\d.,])1 (?!(?:was|is|times|series)\b)[a-z]+[^s\W]s\b",
    "an equals sign before a bound": r"= [<>]",
    "the plural of one, with a word between": r"(?<![\d.,])1 (earlier|first|published) [a-z]+s\b",
    "a small month": r"\b(january|february|april|june|july|august|september|october|november)\b",
    "a date that is the other": r"\bin ([A-Z]?[a-z]* ?\d{4}) and ([A-Z]?[a-z]* ?\d{4}), not \2",
    "a plural verb of one": r"(?<![\d.,])(?<!quarter )1 of (\d+|them)"
    r"( (?!would|may|can)[a-z]+)? (lie|fail|have|leave|are)\b",
    "a count of none told as a fact": r"(?<![\d.,])0 [a-z ]*(could|cannot) be",
    "a date of a computer": r"\b([Oo]f|at|[Uu]ntil|From|[Ii]n) (19|20)\d\d-\d\d|\d-\d\d to \d{4}-",
    "one thing said twice": r"\b(\w+ \w+ \w+ \w+)\. \1\b",
    "a hint for programmers": r"\b[a-z_]+=(True|False|None)\b",
    "a fall of all": r"\b100(\.0)?% below",
    "two blanks or a lost word": r"  |\( | \)| ,| \.(?!\.\.)|(?<!\.)\.\.(?!\.)",
    "a small letter after a full stop": r"[a-z)%]\. [a-z](?![^ ]*\.csv)",
    "a lost blank": r"[a-z]{2}[.:;][A-Z][a-z]",
    "the article of another number": r"\b[Aa] (8\d?|11|18)(\.\d+)?%",
    "a level told as a change": r"\b(lowest|highest|last) (?:with )?[+]\d",
    "an estimate that is none": r"(give|gives|has|between) not identified",
    "one remark many times": r"(outside the interval of|opposite sign to) [^|;]*; \1",
    "a capital in a list": r"(?<!\.) (and|or) (An?|The) [a-z]",
    "a p without its sign": r"\bp \d",
    "a count of nought in words": r"\b[Ii]n 0 of (them|these)",
    "an interval without its level": (
        r"\bwith (an interval (wholly|at)|intervals\.)|\| Interval \||\(interval:"
    ),
    "Python": r"<class|\bdtype|\bPeriod\(|Timestamp|\bTrue\b|\bFalse\b|array\(|\{|\}",
}
# Parts that stand beside published tables, to the printed digit, or show figures as given.
AS_GIVEN = ("Reproduction", "figures", "values")
# Names that a reader may type: models, and parameters with their values.
TYPED = r"\b[a-z]+_[a-z_]+\b(?!=)"


def check_words(name: str, text: str, *, border: bool = False) -> None:
    """No fault in a text; off the border no word of the border."""
    text = re.sub(r"\b10\.\d{4,}/\S+", "a DOI", text)
    for fault, pattern in FAULTS.items():
        if fault == "too many digits" and name in AS_GIVEN:
            continue
        found = re.search(pattern, text)
        assert not found, (fault, name, _around(text, found))
    for found in re.finditer(TYPED, text):
        assert found[0] in registered_models(), ("a raw name", name, _around(text, found))
    found = BORDER.search(text)
    assert border or not found, ("the border", name, _around(text, found))


def check_sentences(name: str, text: str) -> None:
    """Each paragraph or cell that ends as a sentence begins with a capital, figure or sign."""
    for part in text.split("|"):
        said = part.strip()
        if said.endswith(".") and " " in said:
            assert not said[0].islower(), (name, said)


def _around(text: str, found: Any) -> str:
    return text[max(0, found.start() - 70) : found.end() + 50] if found else ""


def check_page(shown: Collection[tuple[Any, str]], *, border: bool = False) -> None:
    """The words of all that a page shows; and the numbers of its effects and its path.

    shown : each result, or its name, with its text.
    """
    for each, text in shown:
        name = each if isinstance(each, str) else type(each).__name__
        check_words(name, text, border=border)
        check_sentences(name, text)
    effects = next((each for each, _ in shown if isinstance(each, Effects)), None)
    path = next((each for each, _ in shown if isinstance(each, Counterfactual)), None)
    if effects is not None:
        check_intervals(effects)
        check_answer(effects)
        if path is not None:
            check_sums(effects, path)


def check_intervals(effects: Effects) -> None:
    """Each interval is in its order and holds the estimate."""
    for effect in effects.effects:
        if effect.identified:
            slack = 1e-9 * max(abs(effect.lower), abs(effect.upper))
            assert effect.lower - slack <= effect.estimate <= effect.upper + slack, effect


def sides(text: str, negative: str, positive: str) -> list[int]:
    """The sides that an interval in words names, in their order."""
    found = re.findall(rf"{negative}|{positive}|as high|no change", text)
    return [{negative: -1, positive: 1, "as high": 1}.get(word, 0) for word in found]


def check_answer(effects: Effects) -> None:
    """The signs of the sentence are those of the numbers, one by one."""
    headline, average = page.answer(effects), effects["average"]
    before, _, rest = headline.sentence.partition("path expected")
    assert sides(before, "below", "above")[:1] == [np.sign(average.estimate)] or "level" in before
    if average.identified:
        spans = sides(rest.rpartition("interval: ")[2], "below", "above")
        want = {int(np.sign(average.lower)), int(np.sign(average.upper))}
        assert set(spans) == want, (headline.sentence, average)
    total = next((each for each in headline.detail if each.startswith("In all")), "")
    if effects.fit.design.outcome.kind == "measure":
        assert not total
        return
    cumulative = effects["cumulative"]
    count, _, span = total.partition("than expected")
    assert sides(count, "fewer", "more") == [-np.sign(cumulative.estimate)], total
    if cumulative.identified:
        ends = {-int(np.sign(cumulative.lower)), -int(np.sign(cumulative.upper))}
        assert set(sides(span.partition("), ")[0], "fewer", "more")) == ends, total


def number(text: str) -> float:
    """The number of a cell."""
    return float(text.replace("\u2212", "-").replace(",", ""))


def digits(text: str) -> int:
    """Its significant digits as printed."""
    kept = re.sub(r"[^\d.]", "", text.partition(" ")[0]).lstrip("0.")
    return len(kept.replace(".", "") if "." in text else kept.rstrip("0"))


def check_sums(effects: Effects, path: Counterfactual) -> None:
    """Rows add up to the total as printed, and the total is that share of what was expected."""
    post, total = path.post, effects["cumulative"].estimate
    cells = re.findall(r"<td>([^<]*)</td></tr>", path._repr_html_())
    if effects.fit.design.outcome.kind == "measure":
        assert len(cells) == len(post)
        assert all(digits(cell) <= 3 for cell in cells if "identified" not in cell), cells
        return
    scale = max(post["counterfactual"].abs().sum(), 1e-300)
    assert -post["effect"].sum() == pytest.approx(total, abs=1e-6 * scale)
    *rows, printed = map(number, cells)
    assert sum(rows) == pytest.approx(printed, rel=1e-9, abs=1e-9 * max(map(abs, rows)))
    # Rows of very different sizes that add up cannot all have three digits.
    most = max(map(digits, cells[:-1]))
    assert most <= 3 or np.median([digits(cell) for cell in cells[:-1]]) <= 1, cells
    if relative := effects.find("relative"):
        share = -100 * total / post["counterfactual"].sum()
        assert relative.estimate == pytest.approx(share, abs=1e-6 * max(1, abs(share)))
