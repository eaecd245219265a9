"""`datapackage.json` says what the embedded tables are: in step with them, and by the standard."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from typing import Any

import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from analysis.border import DATA
from analysis.border.sources.catalogue import data_package, embedded

MADE = data_package(version("border-its"))
# The rules of the published profiles that concern such a package, in short.
TEXT = {"type": "string", "minLength": 1}
FIELD = {
    "required": ["name", "type"],
    "properties": {"type": {"enum": ["string", "integer", "number", "date", "yearmonth"]}},
}
RESOURCE = {
    "required": ["name", "path", "schema"],
    "properties": {
        "name": {"pattern": "^[-a-z0-9._/]+$"},
        "path": {"pattern": r"^(?=^[^./~])(^((?!\.{2}).)*$).*$"},
        "title": TEXT,
        "hash": {"pattern": "^sha256:[0-9a-f]{64}$"},
        "bytes": {"type": "integer"},
        "sources": {"minItems": 1, "items": {"required": ["title"]}},
        "schema": {"required": ["fields"], "properties": {"fields": {"items": FIELD}}},
    },
}
PROFILE = {
    "required": ["name", "resources", "licenses"],
    "properties": {
        "name": {"pattern": "^[-a-z0-9._/]+$"},
        "licenses": {"minItems": 1, "items": {"anyOf": [{"required": ["name"]}]}},
        "resources": {"minItems": 1, "items": RESOURCE},
    },
}


def faults(package: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(PROFILE).iter_errors(package)]


def test_the_file_is_what_the_command_makes():
    remedy = "python -m analysis data package > analysis/border/data/datapackage.json"
    assert json.loads((DATA / "datapackage.json").read_text("utf-8")) == MADE, remedy


def test_it_follows_the_standard():
    assert faults(MADE) == []


@pytest.mark.parametrize(
    ("key", "value"), [("path", "../a.csv"), ("name", "A table"), ("hash", "abc"), ("sources", [])]
)
def test_the_check_of_the_standard_finds_a_fault(key, value):
    resources = [{**MADE["resources"][0], key: value}]
    assert len(faults({**MADE, "resources": resources})) == 1


def test_every_table_is_in_it_with_its_hash_and_its_columns():
    by_name = {resource["name"]: resource for resource in MADE["resources"]}
    assert set(by_name) == {path.stem for path in DATA.glob("*.csv")}
    for table in embedded():
        assert by_name[table.source.name]["hash"] == f"sha256:{table.source.sha256}"


@pytest.mark.parametrize("resource", MADE["resources"], ids=lambda one: one["name"])
def test_columns_hold_what_their_type_says_and_keys_are_unique(resource):
    frame = pd.read_csv(DATA / resource["path"], dtype=str)
    types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    assert list(types) == list(frame.columns)
    assert not frame.duplicated(resource["schema"]["primaryKey"]).any()
    forms = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "yearmonth": r"\d{4}-\d\d"}
    for name, kind in types.items():
        form = {**forms, "date": r"\d{4}-\d\d-\d\d", "string": ".+"}[kind]
        assert all(re.fullmatch(form, cell) for cell in frame[name].dropna())
