"""Many series at once: grids of choices, the border's own among them, and the series of a sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from math import prod
from typing import Any, cast

from analysis.border import facts
from analysis.border.claims.ledger import Selected
from analysis.border.selection import load_outcome, own_table, selectable
from analysis.border.sources.catalogue import embedded
from analysis.border.sources.reading import read_data
from analysis.border.sources.table import ALL
from analysis.errors import refuse_bounds
from analysis.outcome import Outcome, ratio_outcome
from analysis.outcome.written import split_names
from analysis.reading.entries import Named, Word, parse_entry
from analysis.reading.series import VALUES, offered
from analysis.robustness.curve.grid import Grid, make_grid

_DEFAULTS: dict[str, Any] = {
    "outcome": {"Border Patrol, southwest": {}},
    "end": "2024-12",
    "intervention": "asylum-restrictions",
}
EACH = "each"
MOST = 100_000  # series of a sweep


def read_grid(given: Mapping[str, Any], *, outcomes: Mapping[str, Outcome] | None = None) -> Grid:
    """A grid from a mapping, as YAML holds it.

    Each of start, end, intervention, shape, phase_in, events, season, model and scale is a value
    or a list of values; one that is left out has its default. An element of `events` is a list
    of names, "a+b", or "none". `outcome` maps a name to a selection (see `load_outcome`); with
    `over`, another selection, the series is the ratio of the two.

    Parameters
    ----------
    given : the choices by dimension.
    outcomes : series by name, instead of `outcome` in the grid.

    Raises
    ------
    InputError : an unknown dimension, an empty list, a value twice, or an unknown value.
    """
    choices = {**_DEFAULTS, **given}
    selections = choices.pop("outcome")
    return make_grid(choices, _outcomes(selections) if outcomes is None else outcomes)


def default_grid() -> Grid:
    """The border's own grid: specifications.yml beside the figures."""
    return read_grid(facts("specifications.yml"))


def _outcomes(selections: object) -> dict[str, Outcome]:
    remedy = "For example outcome: {at ports: {component: ofo}}."
    named = parse_entry(Named, selections, "grid", "outcome", remedy=remedy)
    return {str(name): _outcome(str(name), chosen or {}) for name, chosen in named.items()}


def _outcome(name: str, selection: object) -> Outcome:
    """The series of a selection, or its ratio to another one's (`over`)."""
    chosen = dict(selection) if isinstance(selection, Mapping) else selection
    over = chosen.pop("over", None) if isinstance(chosen, dict) else None
    where, remedy = f"outcome '{name}'", "For example {component: ofo}."
    series = [
        load_outcome(**parse_entry(dict[Selected, Word], part, "grid", where, remedy=remedy))
        for part in (chosen, over)
        if part is not None
    ]
    return series[0] if over is None else ratio_outcome(*series, name=name)


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
