"""What public functions are given: a value of another kind than they say is refused at the door."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from functools import cache, wraps
from numbers import Integral, Real
from reprlib import repr as short
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from analysis.errors import refusal, refuse_bounds, unknown_name

NUMBERS: Mapping[Any, Any] = {int: Integral, float: Real}
# What a parameter of such a name is in every function: more would end in no memory, or never.
BOUNDS = {
    "seed": (0, 2**63),
    **dict.fromkeys(("draws", "replicates"), (1, 1_000_000)),
    **dict.fromkeys(("months", "count", "span", "cells"), (1, 10_000)),
}
kinds_of = cache(get_type_hints)


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, which refuses what is not of the kinds that its signature says.

    Raises
    ------
    InputError : an argument that it has not, one that is missing, or a value of another kind.
    """
    known = inspect.signature(function)
    # What is gathered under one name (**options) is for what takes it on to judge.
    one = [name for name, each in known.parameters.items() if "VAR" not in each.kind.name]

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        try:
            given = known.bind(*args, **options).arguments
        except TypeError as error:
            facts = {"name": function.__name__, "known": [*known.parameters]}
            raise refusal("arguments", why=error, **facts) from None
        refuse_kinds(function, {name: given[name] for name in one if name in given})
        return function(*args, **options)

    # It is found under the name by which it is public, so that it can be sent to other processes.
    call.__module__ = "analysis"
    return call


def refuse_kinds(taker: Callable[..., Any], given: Mapping[str, Any], where: str = "") -> None:
    """Refuse the first value that is not of the kind that a function, or a class, says.

    where : its name for a user, if it is not public under its own.

    Raises
    ------
    InputError : there is one.
    """
    for name, (least, most) in BOUNDS.items():
        value: Any = given.get(name)
        if is_of(value, int):
            good = least <= value <= most
            refuse_bounds((name, value, good, f"a whole number, {least} to {most:,}"))
    for name, kind in kinds_of(taker).items():
        if name not in given or is_of(given[name], kind):
            continue
        text = short(given[name])
        if get_origin(kind) is Literal:
            raise unknown_name(f"value of {name}", text.strip("'"), get_args(kind))
        text = f"{text} ({type(given[name]).__name__})"
        words = re.sub(r"\b[a-z_]+\.", "", inspect.formatannotation(kind))
        taken = where or f"its.{taker.__name__}"
        raise refusal("kind", taker=taken, name=name, value=text, words=words)


def is_of(value: Any, kind: Any) -> bool:
    """Whether a value is what an annotation says, with all that it holds."""
    whole, parts = get_origin(kind) or kind, get_args(kind)
    if hasattr(whole, "__value__"):  # a name of kinds, as numpy has from Python 3.12 on
        return is_of(value, whole.__value__[parts] if parts else whole.__value__)
    whole = NUMBERS.get(whole, whole)
    if whole is Any:
        return True
    if whole in (Union, UnionType):
        return any(is_of(value, part) for part in parts)
    if whole is Literal:
        return isinstance(value, str) and value in parts
    # A text is no list of letters, and True no 1.
    if isinstance(value, str | bool) and whole not in (type(value), object):
        return False
    if not isinstance(value, whole) or (isinstance(value, date) and value != value):  # NaT
        return False
    if not parts or whole.__module__ not in ("builtins", "collections.abc"):
        return True
    if issubclass(whole, Mapping):
        return all(is_of(k, parts[0]) and is_of(v, parts[1]) for k, v in value.items())
    if whole is tuple and parts[-1] is not ...:
        return len(value) == len(parts) and all(map(is_of, value, parts))
    return not isinstance(value, Collection) or all(is_of(one, parts[0]) for one in value)
