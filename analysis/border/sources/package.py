"""The embedded tables as a data package (`datapackage.json`) of the Frictionless standard.

Version 1 of the standard, which readers of version 2 take too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pandas as pd
from pandas.io.json import build_table_schema

from analysis.border import DATA, facts

CATALOGUES = ("tables.yml", "covariates.yml")
PERIODS = {"month": "yearmonth", "week": "date"}


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
