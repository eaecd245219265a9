"""Files of entries (YAML), each entry checked against the type that it is meant to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from pathlib import Path
from reprlib import Repr
from typing import Annotated, Any, TypeVar, cast

import yaml
from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from analysis.errors import InputError, unknown_name

T = TypeVar("T")
LONGEST = 300  # characters of a parser's own message
MOST = 1 << 20  # bytes; a longer file would take minutes
ENDLESS = "with its references written out it has no end, or more than 1 MiB"
RULES = {
    "object": "it is a mapping of fields",
    "array": "it is a list",
    "string": "it is a text",
    "number": "it is a number",
    "integer": "it is a whole number",
    "date": "it is a day, YYYY-MM-DD",
}
SURPLUS = ("unexpected_keyword_argument", "extra_forbidden")

# Entries under names of the file's own.
Named = Annotated[dict[Any, Any], Field(min_length=1)]
Text = Annotated[str, StringConstraints(pattern=r"\S")]


def _word(value: object) -> object:
    return value if value is None or isinstance(value, list | dict) else str(value)


# A code, a month or a day: YAML takes an unquoted 2024 or 2024-06-05 for a number or a date.
Word = Annotated[str, BeforeValidator(_word)]

# It stops where the repr of a file of references would have no end.
_quote = Repr()
_quote.maxstring = _quote.maxother = _quote.maxlong = 80


def read_entries(path: Path, what: str, *, remedy: str) -> Any:
    """What a YAML file holds.

    Parameters
    ----------
    what : the noun for such a file, for messages.   remedy : what a reader can do about it.

    Raises
    ------
    InputError : the file cannot be read, is no valid YAML, or names something twice.
    """
    try:
        if path.stat().st_size > MOST or not path.is_file():
            raise ValueError("it is no ordinary file of at most 1 MiB")
        found = yaml.load(path.read_bytes(), _Loader)
        _refuse_endless(found)
    except Exception as error:  # a parser answers a damaged file with whatever it runs into
        why = " ".join(str(error).split())[:LONGEST]
        raise InputError(
            f"The {what} '{path.name}' cannot be read: {why}.",
            rule=f"A {what} is a YAML file in which nothing is named twice.",
            remedy=remedy,
        ) from None
    return found


def _refuse_endless(found: object) -> None:
    """Refuse more than a file can hold: what refers to itself, or again and again to a part."""
    left, size = [found], 0
    while left:
        one = left.pop()
        size += 1 + (len(one) if isinstance(one, str) else 0)
        if size > MOST:
            raise ValueError(ENDLESS)
        if isinstance(one, dict | list):
            left += [*one, *one.values()] if isinstance(one, dict) else one


class _Loader(yaml.SafeLoader):
    """YAML in which nothing is named twice, and a number is one only as YAML itself would write it.

    The last of two entries would replace the first unseen; 010, NO or 1.10 of somebody's table are
    texts, not the number 8, "no" and the number 1.1.
    """

    def __init__(self, stream: bytes) -> None:
        super().__init__(stream)
        self.looked_at: set[int] = set()
        self.size = 0

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Mix in what others hold (<<). It is done for each mapping, for some of them twice."""
        if id(node) not in self.looked_at:
            self.looked_at.add(id(node))
            names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            twice = next((name for name, n in Counter(names).items() if n > 1), None)
            if twice is not None:
                raise yaml.YAMLError(f"'{twice}' stands twice in line {node.start_mark.line + 1}")
        super().flatten_mapping(node)
        self.size += len(node.value)
        if self.size > MOST:
            raise yaml.YAMLError(ENDLESS)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """A value; a text where a plain one would not be written so again."""
        value = super().construct_object(node, deep=deep)
        if isinstance(node, yaml.ScalarNode) and value is not None:
            same = yaml.representer.SafeRepresenter().represent_data(value).value == node.value
            return value if same and not isinstance(value, bool) else node.value
        return value


def parse_entry(kind: type[T], entry: object, what: str, *names: str, remedy: str) -> T:
    """An entry as the type that it is meant to be: a dataclass, a mapping, a list, ...

    A field's own rule is the `description` of its annotation, or what a validator raises.

    Parameters
    ----------
    what : the noun for the file.   names : where in the file the entry stands.

    Raises
    ------
    InputError : the first thing that is wrong: a field that is missing or unknown, or a value
        that is not what its field holds.
    """
    adapter = _adapter(cast(Hashable, kind))
    try:
        (parsed,) = adapter.validate_python([entry])
    except ValidationError as error:
        # A field under another name is both missing and surplus: the surplus one is the misspelt.
        first = min(error.errors(include_url=False), key=lambda one: one["type"] not in SURPLUS)
        raise _in_words(first, adapter.json_schema(), what, names, remedy) from None
    return cast(T, parsed)


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    """For a list of one entry, since pydantic forbids surplus fields only from outside a class."""
    return TypeAdapter(list[kind], config=ConfigDict(extra="forbid"))  # type: ignore[valid-type]


def _in_words(
    error: Mapping[str, Any],
    schema: Mapping[str, Any],
    what: str,
    names: Sequence[str],
    remedy: str,
) -> InputError:
    """A validation error as problem, rule and remedy."""
    place, kind = list(error["loc"][1:]), error["type"]
    if is_key := place[-1:] == ["[key]"]:
        place[-2:] = [str(error["input"])]
    while place and isinstance(place[-1], int):  # what a list holds is said of the whole list
        place, kind = place[:-1], ""
    path = [*names, *(str(s + 1 if isinstance(s, int) else s) for s in place)] or ["content"]
    above, last = ", ".join(path[:-1]), path[-1]
    known = _names(_at(schema, place[:-1]))
    if (is_key or kind in SURPLUS) and known:
        return unknown_name(f"field{above and ' of ' + above}", last[:80], known)
    meant = _at(schema, place)
    if kind == "literal_error":
        value = _quote.repr(error["input"]).strip("'")
        return unknown_name(f"value of {', '.join(path)}", value, meant["enum"])
    rule = meant.get("description") or RULES.get(meant.get("format") or meant.get("type", ""), "")
    if is_key:
        rule = "a name is a text"
    elif kind == "value_error":
        rule = str(error["ctx"]["error"])
    elif kind == "too_short":
        rule = "it has at least one entry"
    elif kind == "missing":
        rule = f"it has {', '.join(_at(schema, place[:-1])['required'])}"
    missing = not is_key and (kind == "missing" or error["input"] is None)
    named = "the name" if is_key else last
    bad = f"no {last}" if missing else f"{named} {_quote.repr(error['input'])}"
    return InputError(
        f"The {what} is wrong{above and ' at ' + above}: {bad}.",
        rule=f"{rule[:1].upper()}{rule[1:]}." if rule else f"{error['msg']}.",
        remedy=remedy,
    )


def _at(schema: Mapping[str, Any], place: Sequence[object]) -> dict[str, Any]:
    """The part of a JSON schema that is about a place in an entry."""
    part = _plain(schema["items"], schema)
    for step in place:
        named = part.get("properties", {}).get(step) or part.get("additionalProperties")
        part = _plain(named if isinstance(named, dict) else part.get("items", {}), schema)
    return part


def _plain(part: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """A part of a schema without references and without "or nothing"."""
    whole = {key: value for key, value in part.items() if key not in ("anyOf", "$ref")}
    for option in part.get("anyOf", []):
        if option != {"type": "null"}:
            whole = {**_plain(option, schema), **whole}
    if "$ref" in part:
        whole = {**_plain(schema["$defs"][part["$ref"].split("/")[-1]], schema), **whole}
    if whole.get("type") == "object":
        whole["description"] = RULES["object"]  # not the docstring of its class
    return whole


def _names(part: Mapping[str, Any]) -> list[str]:
    """The names of the fields of a mapping."""
    return list(part.get("properties", {})) or part.get("propertyNames", {}).get("enum", [])
