"""The further series of a question: comparison series, units, covariates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from analysis import show
from analysis.border.groups import unit_outcomes
from analysis.border.selection import load_outcome
from analysis.design.season import holiday_share
from analysis.errors import refusal
from analysis.outcome import Outcome
from analysis.outcome.written import split_names
from analysis.reading.series import offered, read_series
from analysis.reading.understood import Reading

HOLIDAYS = "holidays:"
EVERY = "*"


def named_series(given: str, values: Mapping[str, Any], *, groups: bool = False) -> dict[str, Any]:
    """Which series of a table a text names: by name, what to choose of `value_column` and `where`.

    Commas stand between them: a column of values; rows as in `where` (a column that comes again
    begins the next series); or COLUMN=*, the rows of each other value than the one in `where`.

    groups : whether one name by itself means COLUMN=*, which is then every value.

    Raises
    ------
    InputError : no such column.
    DataError : a file that cannot be read.
    """
    names, where = split_names(given), str(values.get("where", ""))
    if groups and len(names) == 1 and "=" not in given:
        names = [f"{names[0]}={EVERY}"]
    own, series = _pairs(where), {}
    rows: list[dict[str, str]] = []
    for name in names:
        column, equals, value = (part.strip() for part in name.partition("="))
        if not equals:
            series[name] = {"value_column": name}
        elif value == EVERY:
            every = offered(values["data"], column, sheet=str(values.get("sheet", "")))
            rows += [{column: one} for one in every if groups or own.get(column) != one]
        elif rows and column not in rows[-1]:
            rows[-1][column] = value
        else:
            rows.append({column: value})
    for pairs in rows:
        chosen = ",".join(f"{c}={v}" for c, v in {**own, **pairs}.items())
        series[", ".join(pairs.values())] = {"where": chosen}
    return series


def find_comparison(
    values: Mapping[str, Any], wanted: Mapping[str, Any], reading: Reading | None
) -> tuple[Outcome, ...]:
    """The comparison series: other columns of the same table, or other rows of it."""
    given = str(values.get("comparison", ""))
    if not given:
        return ()
    refuse_official("comparison", given, reading)
    chosen = named_series(given, values).values()
    return tuple(load_outcome(**{**wanted, "title": "", "unit": "", **each}) for each in chosen)


def find_units(
    values: Mapping[str, Any], wanted: Mapping[str, Any], reading: Reading | None
) -> dict[str, Outcome]:
    """The units by name: columns, groups of rows, or the parts of the official figures."""
    given = str(values.get("units", ""))
    if not given:
        return {}
    if reading is None:
        return unit_outcomes(given, **wanted)
    units = {
        name: replace(load_outcome(**{**wanted, "title": "", **one}), name=name)
        for name, one in named_series(given, values, groups=True).items()
    }
    if len(units) < 2:
        raise refusal("one unit", given=given)
    return units


def find_covariates(
    values: Mapping[str, Any], reading: Reading | None, history: Outcome
) -> dict[str, pd.Series]:
    """Further columns of the same table, each as it is, and the holidays of places."""
    given = split_names(values.get("covariates", ""))
    names = [name for name in given if not name.startswith(HOLIDAYS)]
    places = [name.removeprefix(HOLIDAYS) for name in given if name.startswith(HOLIDAYS)]
    days = {f"holidays {place}": holiday_share(history, place) for place in places}
    if not names:
        return days
    table = refuse_official("covariates", names[0], reading)
    how = {k: v for k, v in table.parameters.items() if k not in ("divide_by", "title", "unit")}
    how["kind"] = "measure"
    read = {n: read_series(table.path, **{**how, "value_column": n}).values for n in names}
    return {**read, **days}


def refuse_official(name: str, given: str, reading: Reading | None) -> Reading:
    """Refuse what only a table of one's own can give; the reading of the table otherwise."""
    if reading is None:
        raise refusal("not of official figures", name=name, title=show.capital(name), given=given)
    return reading


def _pairs(where: str) -> dict[str, str]:
    parts = (part.partition("=") for part in split_names(where))
    return {column.strip(): value.strip() for column, _, value in parts}
