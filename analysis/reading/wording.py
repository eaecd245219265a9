"""Words of a file in messages: short, harmless, and not too many of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from analysis.errors import DataError, InputError
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


class _Words:
    """Words in a refusal: cut short and harmless; a list with "or" (or the format) between."""

    def __init__(self, value: object) -> None:
        listed = isinstance(value, Iterable) and not isinstance(value, str)
        self.value: Any = value if listed else str(value)

    def __format__(self, between: str) -> str:
        if isinstance(self.value, str):
            return self.value if between == "whole" else shown(self.value)
        if between.startswith(";"):  # a list of lists
            return f"{between} ".join(map(str, self.value))
        return choices(map(str, self.value), between or "or")


def refusals_of(room: str) -> Callable[..., InputError]:
    """What makes the errors of a room from its `refusals.yml`: a key, and the words of its text."""

    def refusal(key: str, **words: Any) -> InputError:
        text = load(room, "refusals.yml")[key]
        shown_words = {k: v if isinstance(v, int | float) else _Words(v) for k, v in words.items()}
        said = {part: text[part].format(**shown_words) for part in ("problem", "rule", "remedy")}
        return (InputError if "input" in text else DataError)(**said)

    return refusal


refusal = refusals_of("reading")


def pattern(key: str) -> re.Pattern[str]:
    """The pattern of a list of `words.yml`."""
    return re.compile("|".join(f"(?:{part})" for part in word_lists()[key]), re.IGNORECASE)


def word_lists() -> dict[str, list[str]]:
    """The lists of `words.yml`."""
    found: dict[str, list[str]] = load("reading", "words.yml")
    return found


@cache
def load(room: str, name: str) -> Any:
    """What a YAML file of a room holds."""
    return yaml.safe_load(files("analysis").joinpath(room, name).read_text("utf-8"))
