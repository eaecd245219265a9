"""The lists of words by which a file is understood, and names as words."""

from __future__ import annotations

import re

from analysis.errors import SHOWN
from analysis.show import words


def plain_name(name: str) -> str:
    """A column's name as words: letters, digits and few signs; it goes into titles."""
    spaced = re.sub(r"[_.]+(?=\w)", " ", "".join(c for c in name if c.isprintable()))
    return " ".join(re.sub(r"[<>&\"'`{}\\|]", " ", spaced).split())[:SHOWN]


def as_words(name: str) -> str:
    """A name as words with blanks between: week_ending and WeekEnding are "Week Ending"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_.]+", " ", name)


def pattern(key: str) -> re.Pattern[str]:
    """The pattern of a list of `words.yml`."""
    return re.compile("|".join(f"(?:{part})" for part in word_lists()[key]), re.IGNORECASE)


def word_lists() -> dict[str, list[str]]:
    """The lists of `words.yml`."""
    return words("reading/words.yml")
