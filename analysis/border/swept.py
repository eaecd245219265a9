"""The series of a sweep: combinations of official dimensions, or of columns and rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from math import prod
from typing import Any, cast

from analysis.border.selection import own_table
from analysis.border.sources.catalogue import embedded
from analysis.border.sources.reading import read_data
from analysis.border.sources.table import ALL
from analysis.errors import refuse_bounds
from analysis.outcome.written import split_names
from analysis.reading.offered import VALUES, offered

EACH = "each"
MOST = 100_000  # series of a sweep


def is_own(data: str, how: Mapping[str, Any]) -> bool:
    """Whether the series are those of a table of the reader's own.

    how : how it is read, as far as it is said: only such a table is read in ways that are said.
    """
    return bool(data) and (bool(how) or own_table(data, {}) is not None)


def selections(
    series: Mapping[str, str | list[str]], data: str, how: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Every combination of the values of each parameter, by a name that says what it is.

    Parameters
    ----------
    series : of official figures: each dimension with a value, a list, or "each".
    how : of a table: `value_column` may be a list or "each", and `where` have `column=each`.
    """
    values: dict[str, list[str]] = {k: _values(k, given, data) for k, given in series.items()}
    wheres = [_conditions(part, data, how) for part in split_names(str(how.get("where", "")))]
    columns = _columns(how.get(VALUES, ""), data, how)
    rest = {name: value for name, value in how.items() if name not in (VALUES, "where")}
    n = prod(map(len, (*values.values(), columns, *wheres)))
    refuse_bounds(("number of series", f"{n:,}", n <= MOST, f"at most {MOST:,} a sweep"))
    found: dict[str, dict[str, Any]] = {}
    for chosen in product(*values.values(), columns, product(*wheres)):
        *official, column, where = cast(Any, chosen)
        own = {VALUES: column, "where": ",".join(where)}
        named = {**dict(zip(values, map(str, official), strict=True)), **own}
        named = {name: value for name, value in named.items() if value}
        found[_name(named)] = {**rest, **named}
    return found


def _values(dimension: str, wanted: str | list[str], data: str) -> list[str]:
    if wanted == EACH:
        given = [table for reading in read_data(data) for table in reading.tables] if data else []
        known = set().union(*(table.values(dimension) for table in (*given, *embedded())))
        return sorted(known - {ALL})
    return wanted if isinstance(wanted, list) else [wanted]


def _columns(wanted: str | list[str], data: str, how: Mapping[str, Any]) -> list[str]:
    if wanted == EACH:
        return offered(data, VALUES, **_finding(how))
    return wanted if isinstance(wanted, list) else [wanted]


def _conditions(part: str, data: str, how: Mapping[str, Any]) -> list[str]:
    """`column=value`, once for each value of the column where that is "each"."""
    column, _, value = part.partition("=")
    if value.strip() != EACH:
        return [part]
    return [f"{column}={one}" for one in offered(data, column.strip(), **_finding(how))]


def _finding(how: Mapping[str, Any]) -> dict[str, str]:
    return {name: how[name] for name in ("sheet", "date_column") if name in how}


def _name(selection: Mapping[str, str]) -> str:
    parts = [f"{name}={value}" for name, value in selection.items() if value != ALL]
    return ", ".join(parts) or ALL
