"""One error tree. Every message says what was wrong, the rule, and the remedy."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

LONGEST = 2000  # characters of a part of a message
SHOWN, LISTED = 60, 12  # characters of a text that it quotes, and texts of a list


def join_words(words: Sequence[str], last: str = "and") -> str:
    """a, b and c."""
    return f" {last} ".join([", ".join(words[:-1]), *words[-1:]] if len(words) > 1 else words)


def shown(text: str) -> str:
    """A text of a file or of a user: without control characters, cut to 60 characters."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= SHOWN else f"{plain[: SHOWN - 1]}…"


def choices(values: Iterable[object], last: str = "or", most: int = LISTED) -> str:
    """The first of such texts as a reader says them: a, b or c; with how many more there are."""
    texts = [shown(str(value)) or "''" for value in values]
    more = [f"{len(texts) - most:,} more"] if len(texts) > most + 1 else []
    return join_words([*texts[:most], *more] if more else texts, last)


def quoted(text: str) -> str:
    """A part of a message, whatever it quotes: harmless characters, and none without an end."""
    text = re.sub(r"\S{200,}", lambda found: f"{found[0][:60]}…", text[: 10 * LONGEST])
    text = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


class AnalysisError(Exception):
    """Base of all errors that this package raises on purpose.

    Parameters
    ----------
    problem : what was wrong, with the offending value.
    rule : what is required.
    remedy : what the reader can do about it.
    """

    exit_code = 1

    def __init__(self, problem: str, *, rule: str, remedy: str) -> None:
        self.problem, self.rule, self.remedy = map(quoted, (problem, rule, remedy))
        super().__init__(self.problem, self.rule, self.remedy)

    @property
    def reason(self) -> str:
        """What was wrong and what is required, on one line."""
        return f"{self.problem} {self.rule}"

    def __str__(self) -> str:
        return f"{self.problem}\n  Rule: {self.rule}\n  Remedy: {self.remedy}"

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the message, not the way through the code that led to it."""
        return str(self).splitlines()


class InputError(AnalysisError):
    """A mistake in what the user gave: a name, a type, a date, a window."""

    exit_code = 2


class DataError(InputError):
    """Figures that cannot be used as they are: missing, altered, incomplete or malformed."""


class DesignError(InputError):
    """A design that the window cannot identify, or a model that cannot take it."""


class RunError(AnalysisError):
    """A run that failed for a reason other than the user's input."""


class _Formatter(Formatter):
    """How a fact stands in a message.

    A text, a list or another error is cut short and made harmless: `{name}`; `{name:whole}` is not.
    A list has "or" before its last text, `{names:and}` another word, `{names:; and}` lists between.
    `{name!c}` starts with a capital letter, and `{name[-1]}` is the last of a series.
    """

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        if not field_name.endswith("[-1]"):
            return super().get_field(field_name, args, kwargs)
        found, first = super().get_field(field_name.removesuffix("[-1]"), args, kwargs)
        return found[-1], first

    def convert_field(self, value: Any, conversion: Any) -> Any:
        if conversion != "c":
            return super().convert_field(value, conversion)
        return f"{str(value)[:1].upper()}{str(value)[1:]}"

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Iterable) and not isinstance(value, str):
            many = format_spec.startswith(";")
            return f"{format_spec} ".join(value) if many else choices(value, format_spec or "or")
        if format_spec == "whole":
            return str(value)
        if isinstance(value, str | Exception):
            return shown(str(value))
        return super().format_field(value, format_spec)


def refusal(key: str, **facts: Any) -> AnalysisError:
    """An error in the words of the `refusals.yml` of the room that calls, with these facts in them.

    A fact that is a text or a list is cut short, unless the words say `whole` (`_Formatter`).
    """
    room = sys._getframe(1).f_globals["__package__"].split(".")[1:2]
    kind, words = _refusals("/".join([*room, "refusals.yml"]))[key]
    said = {part: _Formatter().format(text, **facts) for part, text in words.items()}
    return kind(said.pop("problem"), **said)


@cache
def _refusals(place: str) -> dict[str, tuple[type[AnalysisError], dict[str, str]]]:
    """The class and the words of each that a file has."""
    import yaml

    kinds = yaml.safe_load(files("analysis").joinpath(place).read_text("utf-8"))
    return {key: (globals()[kind], kinds[kind][key]) for kind in kinds for key in kinds[kind]}


def attempt(make: Callable[..., Any], *given: Any, **options: Any) -> Any:
    """What is made of what is given, or the refusal: of the making, or of what was to be given.

    Parameters
    ----------
    make : a function.   given, options : what it is called with; an `AnalysisError` among them is
        the answer itself.
    """
    refused = next((one for one in given if isinstance(one, AnalysisError)), None)
    if refused is not None:
        return refused
    try:
        return make(*given, **options)
    except AnalysisError as error:
        return error


def refuse_bounds(*values: tuple[str, object, bool, str]) -> None:
    """Refuse the first value that is out of bounds: its name, itself, whether it is good, the rule.

    Raises
    ------
    InputError : one is not good.
    """
    for name, value, good, rule in values:
        if not good:
            raise InputError(
                f"The {name} is {value}.", rule=f"It is {rule}.", remedy="Correct the value."
            )


def refuse_alpha(alpha: float) -> None:
    """Refuse what is no alpha: intervals hold 100 (1 - alpha) per cent.

    Raises
    ------
    InputError : it is not above 0 and at most 1.
    """
    refuse_bounds(("alpha", alpha, 0 < alpha <= 1, "above 0 and at most 1, 0.05 for 95% intervals"))


def unknown_name(kind: str, name: object, known: Iterable[str], also: str = "") -> InputError:
    """The error for a name that is not in a list: names the nearest and all the others.

    also : what else could be given, after the list.
    """
    names = sorted(known)
    # A name that is a word of what was given, or one that is 0.6 alike or more.
    near = [one for one in names if one in str(name).split("_")]
    near = near or get_close_matches(str(name), names, n=1)
    remedy = f"Did you mean '{near[0]}'?" if near else "Choose a name from the list above."
    return InputError(
        f"There is no {kind} '{name}'.",
        rule=f"Known: {', '.join(names)}{also}.",
        remedy=remedy,
    )
