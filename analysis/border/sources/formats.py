"""What the official files look like: one `Format` a kind of table, recognised from its header."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator

from analysis.border import facts
from analysis.border.sources import labels
from analysis.reading.entries import parse_entry

# From a column's name, letters and digits only, to what the column is. None: not needed.
HEADERS: Mapping[str, str | None] = facts("formats.yml")["headers"]
OPEN_LISTS = ("citizenship", "sector", "state")  # columns whose values are not a closed list
# How the labels of a column become codes. A column that is not here only tells rows apart.
TRANSLATORS: Mapping[str, Callable[[str], str | int | None]] = {
    **{name: labels.known(name) for name in labels.SPELLINGS},
    "fiscal_year": labels.fiscal_year,
    "month": labels.month,
    "encounters": labels.count,
    "citizenship": labels.country,
    "sector": labels.area,
    "state": labels.slug,
}


EVERY = frozenset({"fiscal_year", "month", "encounters"})  # columns that all have


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of published table.

    columns : the columns that make it this kind; `optional` ones only tell rows apart.
    fixed : the dimensions that are the same in every row.
    whole : dimensions of which every value occurs in every month of a complete file.
    may_lack : known labels that a complete file can be without, among those of its columns.
    starts : per value of a dimension, the first month in which the publisher tells it apart.
    """

    name: str
    title: str
    publisher: str
    columns: Annotated[frozenset[str], AfterValidator(lambda given: EVERY | given)]
    optional: frozenset[str] = frozenset()
    fixed: Mapping[str, str]
    whole: tuple[str, ...] = ()
    may_lack: tuple[str, ...] = ()
    rounded_to: int = 1
    must_select: tuple[str, ...] = ()
    starts: Mapping[str, str] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()


FORMATS = tuple(
    parse_entry(Format, {"name": name, **entry}, "formats.yml", name, remedy="Correct it.")
    for name, entry in facts("formats.yml")["formats"].items()
)


def roles(header: Iterable[str]) -> list[str | None]:
    """What each column of a header is: its role, None if it is not needed, "" if not known."""
    return [HEADERS.get(re.sub(r"[^a-z0-9]", "", name.lower()), "") for name in header]


def find_format(header: Sequence[str | None]) -> Format | None:
    """The format whose columns are all there, with no column of another format beside them."""
    held = set(filter(None, header))
    return next((f for f in FORMATS if f.columns <= held <= f.columns | f.optional), None)


def nearest_format(header: Sequence[str | None]) -> Format:
    """The format that shares most columns with a header."""
    return max(FORMATS, key=lambda f: (len(f.columns & {*header}), -len(f.columns - {*header})))
