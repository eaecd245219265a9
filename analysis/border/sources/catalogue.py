"""The embedded tables, checked, each with its source."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.io.json import build_table_schema

from analysis.border import DATA, facts
from analysis.border.sources.table import DIMENSIONS, FREQUENCIES, Encounters
from analysis.border.sources.tidy import refuse_missing_periods
from analysis.errors import refusal
from analysis.outcome import Source
from analysis.show.templates import lay_out

CATALOGUES = ("tables.yml", "covariates.yml")
PERIODS = {"month": "yearmonth", "week": "date"}


@cache
def embedded() -> tuple[Encounters, ...]:
    """All embedded tables, most exact first.

    Raises
    ------
    DataError : a table is missing, or differs from its recorded sha256.
    """
    return tuple(_load_table(name, entry) for name, entry in facts("tables.yml").items())


def _load_table(name: str, entry: Mapping[str, Any]) -> Encounters:
    content = read_checked(DATA / f"{name}.csv", entry["sha256"])
    frame = pd.read_csv(BytesIO(content))
    first_days = pd.to_datetime(frame.pop(frame.columns[0]))
    frame["period"] = pd.PeriodIndex(first_days, freq=FREQUENCIES[entry["frequency"]])
    refuse_missing_periods(frame, name)
    return Encounters(
        frame=frame,
        source=source_of(name, entry),
        fixed=dict(entry["fixed"]),
        frequency=entry["frequency"],
        must_select=tuple(entry.get("must_select", ())),
    )


def read_checked(path: Path, sha256: str) -> bytes:
    """The content of an embedded table.

    Raises
    ------
    DataError : it is missing, or differs from its recorded sha256.
    """
    if not path.is_file():
        raise refusal("missing table", file=path.name)
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise refusal("altered table", file=path.name, found=digest[:12], known=sha256[:12])
    return content


def source_of(name: str, entry: Mapping[str, Any]) -> Source:
    """The source of an embedded table, by its entry in the catalogue."""
    own = {one.name: entry[one.name] for one in fields(Source) if one.name in entry}
    return Source(name=name, **{**own, "caveats": tuple(entry["caveats"])})


def sources_page() -> str:
    """The text of `data/SOURCES.md`: its head, and what the catalogue says of each table."""
    return lay_out("sources", tables=embedded(), dimensions=DIMENSIONS)


def data_package(version: str) -> dict[str, Any]:
    """What `datapackage.json` holds: a resource a table, with its columns, hash and source."""
    entries = {name: one for page in CATALOGUES for name, one in facts(page).items()}
    resources = [_resource(name, entry) for name, entry in entries.items()]
    return {**facts("package.yml")["package"], "version": version, "resources": resources}


def _resource(name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    content = (DATA / f"{name}.csv").read_bytes()
    frame = pd.read_csv(BytesIO(content))
    first = str(frame.columns[0])
    fields = [
        {"name": column["name"], "type": PERIODS.get(column["name"], column["type"])}
        for column in build_table_schema(frame, index=False)["fields"]
    ]
    key = [first, *frame.select_dtypes(exclude="number").columns.drop(first)]
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        "title": entry["title"],
        "description": " ".join([f"Vintage {entry['vintage']}.", *entry["caveats"]]),
        **facts("package.yml")["table"],
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "sources": [{"title": f"{entry['publisher']}: {entry['file']}"}],
        "schema": {"fields": fields, "primaryKey": key},
    }
