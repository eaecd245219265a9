"""A column of text as numbers: the decimal mark is decided once, for the whole column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from analysis.reading.wording import pattern

MISSING = pattern("missing")
# Numbers that stand for a missing value in many files, where no other value is near.
SENTINELS = frozenset(
    (-1.0, -9.0, *(sign * (10.0**n - 1) for sign in (-1, 1) for n in range(2, 9)))
)
MARKS = re.compile(r"\s*(?:[*†‡§¹²³]+|[(\[](?:p|r|e|prov|prelim|\d|[a-c])[)\]])+$", re.IGNORECASE)
CURRENCY = re.compile(r"^([-+]?)\s*([$€£¥])\s*|\s*([$€£¥])$")
EXPONENT = re.compile(r"[eE][-+]?\d{1,3}$")
MINUS = re.compile(r"^[\u2010-\u2015\u2212\ufe63\uff0d](?=[\d.,$€£¥ ])")
THIN_SPACES = re.compile("[\u00a0\u2007\u2009\u202f]")
GRAMMAR = {
    ".": re.compile(r"[-+]?(?:[1-9]\d{0,2}(?:(?:,\d{3})+|(?: \d{3})+|(?:'\d{3})+)|\d+)?(?:\.\d+)?"),
    ",": re.compile(r"[-+]?(?:[1-9]\d{0,2}(?:(?:\.\d{3})+|(?: \d{3})+|(?:'\d{3})+)|\d+)?(?:,\d+)?"),
}
AMBIGUOUS = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """A column as numbers.

    values : floats, NaN where the cell is missing or bad; named as the column.
    missing : the cells that say that there is no value, blank ones among them.
    bad : the cells that are neither a number nor missing, by row.
    readings : the decimal marks that every cell allows: one, two (then `choice` decides), or none.
    choice : the decimal mark that was taken, "" where two fit.
    share : the share of the cells with something in them that are numbers under some mark.
    clash : two cells that no one decimal mark allows.
    """

    values: pd.Series = field(repr=False)
    missing: pd.Series = field(repr=False)
    bad: pd.Series = field(repr=False)
    readings: tuple[str, ...]
    choice: str
    why: str = ""
    share: float = 0.0
    unit: str = ""
    marked: int = 0
    clash: tuple[str, ...] = ()
    example: str = ""

    @property
    def name(self) -> str:
        """The name of the column."""
        return str(self.values.name)


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no value."""
    return not text or bool(MISSING.fullmatch(text))


def read_numbers(cells: pd.Series, delimiter: str, *, decimal: str = "") -> Numbers:
    """A column of text as numbers.

    decimal : "." or "," where the user says so, "" to decide by the column.
    """
    texts = {text: _core(text) for text in cells.unique() if not is_missing(text)}
    marks = {
        core: {mark for mark in ".," if _value(core, mark) is not None}
        for core, _ in texts.values()
    }
    numeric = [core for core, allowed in marks.items() if allowed]
    common = set(".,").intersection(*(marks[core] for core in numeric)) if numeric else {"."}
    choice, why = (decimal, "as given") if decimal else _choose(numeric, common, delimiter)
    values = {text: _value(core, choice) for text, (core, _) in texts.items()}
    column = cells.map(values).astype(float)
    missing = cells.map(is_missing)
    alone = [next((c for c in numeric if marks[c] == {mark}), "") for mark in ".,"]
    return Numbers(
        values=column,
        missing=cells[missing],
        bad=cells[column.isna() & ~missing],
        readings=tuple(sorted(common)),
        choice=choice,
        why=why,
        share=cells.map({text: bool(marks[core]) for text, (core, _) in texts.items()}).mean(),
        unit=_unit({note for _, note in texts.values()} - {"*"}),
        marked=int(cells.map({text: note == "*" for text, (_, note) in texts.items()}).sum()),
        clash=() if common else tuple(alone),
        example=next((core for core in numeric if AMBIGUOUS.fullmatch(core)), ""),
    )


def _core(text: str) -> tuple[str, str]:
    """The number in a cell without sign of money, per cent and footnote; and which it had."""
    note = ""
    core = MINUS.sub("-", THIN_SPACES.sub(" ", text).replace("’", "'").strip())
    if MARKS.search(core):
        core, note = MARKS.sub("", core), "*"
    if core.endswith("%"):
        core, note = core[:-1].rstrip(), "%"
    if money := CURRENCY.search(core):
        core, note = CURRENCY.sub(r"\1", core), money[2] or money[3]
    return core, note


def _value(core: str, mark: str) -> float | None:
    """The number that a text is under a decimal mark; None if it is none."""
    body = EXPONENT.sub("", core)
    digits = body.isascii() and any(character.isdigit() for character in body)
    if not (mark and digits and GRAMMAR[mark].fullmatch(body)):
        return None
    return float(re.sub(r"[ ',.]", lambda sign: "." if sign[0] == mark else "", core))


def _choose(cores: Sequence[str], common: set[str], delimiter: str) -> tuple[str, str]:
    """The decimal mark of a column, "" where two readings fit; and why."""
    pointed = [core for core in cores if "." in core or "," in core]
    if not pointed or not common:
        return ".", "no value has a decimal mark"
    if len(common) == 1:
        (mark,) = common
        if mark == delimiter and 2 * len(pointed) < len(cores):
            return ".", "few values have a comma"
        return mark, "no other reading fits the column"
    # From here on every value with a mark is one to three digits, the mark and three digits.
    separator, every = next(c for c in pointed[0] if c in ".,"), len(pointed) == len(cores)
    if any(separator not in core for core in pointed):
        return "", ""
    if separator == ",":
        if delimiter == ",":
            return ".", "a comma inside a cell of a file with commas groups thousands"
        if delimiter != ";" and not every:
            return ".", "the values below 1,000 have no comma"
        return "", ""
    if every and delimiter in (",", " "):
        return ".", "such files write decimals with a point"
    return "", ""


def _unit(notes: set[str]) -> str:
    """The sign of money or per cent that all values carry."""
    return notes.pop() if len(notes) == 1 else "mixed" if notes - {""} else ""
