"""What a report says of itself to archives and to data editors."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from analysis.report.crate import FILE, write_crate
from analysis.report.record import exhibits_page, find_exhibits

SOURCE = {"name": "a_monthly", "file": "A file", "vintage": "2025-08", "sha256": "ab" * 32}
RECORD = {
    "name": "x", "run": "x", "title": "A question?", "headline": "", "notebook": "n.ipynb",
    "started": "2026-01-01T00:00:00+00:00", "finished": "2026-01-01T00:00:09+00:00",
    "version": "1.0", "revision": "abc", "python": "3.11.7", "status": "complete",
    "parameters": {}, "libraries": {}, "data": [SOURCE],
}  # fmt: skip


def graph(folder: Path) -> dict[str, dict[str, Any]]:
    return {one["@id"]: one for one in json.loads((folder / FILE).read_text("utf-8"))["@graph"]}


def faults(folder: Path) -> list[str]:
    """What RO-Crate 1.1 demands of a crate's descriptor, root and files, where it is not so."""
    found, said = graph(folder), []
    about, root = found[FILE], found.get("./", {})
    if about["@type"] != "CreativeWork" or about["about"] != {"@id": "./"}:
        said.append("descriptor")
    if not about["conformsTo"]["@id"].startswith("https://w3id.org/ro/crate/1."):
        said.append("conformsTo")
    needed = ("name", "description", "datePublished", "license")
    said += [name for name in needed if not root.get(name)]
    parts = {part["@id"] for part in root.get("hasPart", [])}
    said += [one for one, e in found.items() if (e["@type"] == "File") != (one in parts)]
    values = [v for entity in found.values() for v in entity.values()]
    linked = [v for value in values for v in (value if isinstance(value, list) else [value])]
    context = "https://w3id.org/ro/crate/1.1"
    ids = {v["@id"] for v in linked if isinstance(v, dict)} - {context}
    return said + sorted(ids - set(found))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("page")
    (tmp_path / "effects.csv").write_text("a,b\n")
    write_crate(tmp_path, RECORD)
    return tmp_path


def test_a_crate_follows_the_specification(folder):
    assert faults(folder) == []


@pytest.mark.parametrize("lost", ["run.json", "#run", "#border-its"])
def test_the_check_of_the_specification_finds_what_is_lost(folder, lost):
    rest = [one for name, one in graph(folder).items() if name != lost]
    (folder / FILE).write_text(json.dumps({"@graph": rest}))
    assert faults(folder) == [lost]


def test_a_crate_names_files_data_and_program(folder):
    found = graph(folder)
    assert found["effects.csv"]["sha256"] == hashlib.sha256(b"a,b\n").hexdigest()
    assert found["#a_monthly-abababababab"]["version"] == "2025-08"
    assert found["#border-its"]["version"] == "1.0 (abc)"
    assert found["#run"]["endTime"] == found["./"]["datePublished"]


def test_exhibits_have_their_cell_and_data(tmp_path):
    html = "<figure>x<figcaption>A &lt; B | C</figcaption></figure>"
    table = "<table><caption>Rows</caption></table>"
    outputs = [
        nbformat.v4.new_output("display_data", {"text/html": text}) for text in (html, table)
    ]
    given = nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["injected-parameters"]})
    cells = [
        nbformat.v4.new_code_cell("x = 0", metadata={"tags": ["parameters"]}),
        given,
        nbformat.v4.new_markdown_cell("text"),
        nbformat.v4.new_code_cell("show", outputs=outputs),
    ]
    found = find_exhibits(nbformat.v4.new_notebook(cells=cells))
    assert found == [
        {"cell": 2, "kind": "figure", "caption": "A < B | C"},
        {"cell": 2, "kind": "table", "caption": "Rows"},
    ]
    for name, text in (("x", json.dumps({**RECORD, "exhibits": found})), ("y", "{")):
        (tmp_path / "reports" / name).mkdir(parents=True)
        (tmp_path / "reports" / name / "run.json").write_text(text)
    assert exhibits_page(tmp_path).splitlines()[2:] == [
        "| x | figure: A < B / C | n.ipynb, 2 | a_monthly (2025-08, abababababab) |",
        "| x | table: Rows | n.ipynb, 2 | a_monthly (2025-08, abababababab) |",
        "| y | damaged | | |",
    ]
