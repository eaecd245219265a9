"""The embedded tables as a data package (`datapackage.json`) of the Frictionless standard.

Version 1 of the standard, which readers of version 2 take too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pandas as pd
import yaml
from pandas.io.json import build_table_schema

from analysis.border import DATA

CATALOGUES = ("tables.yml", "covariates.yml")
PERIODS = {"month": "yearmonth", "week": "date"}


def data_package(version: str) -> dict[str, Any]:
    """What `datapackage.json` holds: a resource a table, with its columns, hash and source."""
    resources = [
        _resource(name, entry)
        for catalogue in CATALOGUES
        for name, entry in yaml.safe_load((DATA / catalogue).read_text("utf-8")).items()
    ]
    return {
        "profile": "data-package",
        "name": "border-its-figures",
        "title": "Official figures of encounters at US borders, and of what moved beside them",
        "version": version,
        "licenses": [{"name": "CC0-1.0", "title": "Statistics of governments, or CC0"}],
        "resources": resources,
    }


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
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "sources": [{"title": f"{entry['publisher']}: {entry['file']}"}],
        "schema": {"fields": fields, "primaryKey": key},
    }
