"""The series of a sweep: combinations of official dimensions, or of columns and rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from math import prod
from typing import Any, cast

from analysis.border.selection import own_table, selectable
from analysis.border.sources.catalogue import embedded
from analysis.border.sources.reading import read_data
from analysis.border.sources.table import ALL
from analysis.errors import refuse_bounds
from analysis.outcome.written import split_names
from analysis.reading.series import VALUES, offered

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
    values = {k: _values(k, given, data) for k, given in series.items()}
    finding = {name: str(how[name]) for name in ("sheet", "date_column") if name in how}

    def choose(name: str) -> list[str]:
        return offered(data, name, **finding)

    wheres = [_conditions(part, choose) for part in split_names(str(how.get("where", "")))]
    columns = choose(VALUES) if how.get(VALUES) == EACH else _listed(how.get(VALUES, ""))
    rest = {name: value for name, value in how.items() if name not in (VALUES, "where")}
    n = prod(map(len, (*values.values(), columns, *wheres)))
    refuse_bounds(("number of series", f"{n:,}", n <= MOST, f"at most {MOST:,} a sweep"))
    chosen_by_name: dict[str, dict[str, Any]] = {}
    for chosen in product(*values.values(), columns, product(*wheres)):
        *official, column, where = cast(Any, chosen)
        own = {VALUES: column, "where": ",".join(where)}
        named = {**dict(zip(values, map(str, official), strict=True)), **own}
        named = {name: value for name, value in named.items() if value}
        parts = [f"{name}={value}" for name, value in named.items() if value != ALL]
        chosen_by_name[", ".join(parts) or ALL] = {**rest, **named}
    return chosen_by_name


def _listed(wanted: str | list[str]) -> list[str]:
    return wanted if isinstance(wanted, list) else [wanted]


def _values(dimension: str, wanted: str | list[str], data: str) -> list[str]:
    if wanted != EACH:
        return _listed(wanted)
    given = [table for reading in read_data(data) for table in reading.tables] if data else []
    return sorted(selectable((*given, *embedded()), dimension) - {ALL})


def _conditions(part: str, choose: Callable[[str], list[str]]) -> list[str]:
    """`column=value`, once for each value of the column where that is "each"."""
    column, _, value = (text.strip() for text in part.partition("="))
    return [f"{column}={each}" for each in choose(column)] if value == EACH else [part]
