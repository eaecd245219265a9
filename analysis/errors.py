"""One error tree. Every message says what was wrong, the rule, and the remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

LONGEST = 2000  # characters of a part of a message


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
    """Also `{name!c}`, with a capital first letter, and `{name[-1]}`, the last of a series."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        if not field_name.endswith("[-1]"):
            return super().get_field(field_name, args, kwargs)
        found, first = super().get_field(field_name.removesuffix("[-1]"), args, kwargs)
        return found[-1], first

    def convert_field(self, value: Any, conversion: Any) -> Any:
        if conversion != "c":
            return super().convert_field(value, conversion)
        return f"{str(value)[:1].upper()}{str(value)[1:]}"


def refusal(key: str, **facts: Any) -> AnalysisError:
    """The error that `refusals.yml` has under a key, with these facts in its words."""
    kind, words = _refusals()[key]
    said = {part: _Formatter().format(text, **facts) for part, text in words.items()}
    return kind(said.pop("problem"), **said)


@cache
def _refusals() -> dict[str, tuple[type[AnalysisError], dict[str, str]]]:
    """The class and the words of each."""
    import yaml

    kinds = yaml.safe_load(files("analysis").joinpath("refusals.yml").read_text("utf-8"))
    return {key: (globals()[kind], kinds[kind][key]) for kind in kinds for key in kinds[kind]}


def attempt(make: Callable[..., Any], *given: Any, **options: Any) -> Any:
    """What is made of what is given, or the refusal: of the making, or of what was to be given."""
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


def unknown_name(kind: str, name: object, known: Iterable[str], also: str = "") -> InputError:
    """The error for a name that is not in a list: names the nearest and all the others.

    also : what else could be given, after the list.
    """
    choices = sorted(known)
    near = get_close_matches(str(name), choices, n=1)  # 0.6 alike, or more
    remedy = f"Did you mean '{near[0]}'?" if near else "Choose a name from the list above."
    return InputError(
        f"There is no {kind} '{name}'.",
        rule=f"Known: {', '.join(choices)}{also}.",
        remedy=remedy,
    )
