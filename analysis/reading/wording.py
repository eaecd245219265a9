"""Words of a file in messages: short, harmless, and not too many of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from analysis.show import join_words

LONGEST = 60
MOST = 12


def shown(text: str) -> str:
    """A file's text without control characters, cut to 60 characters."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


def choices(values: Iterable[str], word: str = "or", most: int = MOST) -> str:
    """The first values as a reader says them: a, b or c; with how many more there are."""
    texts = [shown(value) or "''" for value in values]
    if len(texts) > most + 1:
        return f"{', '.join(texts[:most])} {word} {len(texts) - most:,} more"
    return (
        join_words(texts)
        if word == "and"
        else f" {word} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
    )


def plain_name(name: str) -> str:
    """A column's name as words: letters, digits and few signs; it goes into titles."""
    words = re.sub(r"[_.]+(?=\w)", " ", "".join(c for c in name if c.isprintable()))
    return " ".join(re.sub(r"[<>&\"'`{}\\|]", " ", words).split())[:LONGEST]
