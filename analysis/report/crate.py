"""A report as an RO-Crate: what it holds, of which data, made by what (RO-Crate 1.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.reading.content import sha256_of

FILE = "ro-crate-metadata.json"
SPECIFICATION = "https://w3id.org/ro/crate/1.1"
LICENSE = "https://spdx.org/licenses/BSD-3-Clause"
KINDS = {"html": "text/html", "csv": "text/csv", "svg": "image/svg+xml", "json": "application/json"}


def write_crate(folder: Path, record: Mapping[str, Any]) -> None:
    """Write the crate of a complete report beside its files, before its record."""
    files = [_file(path) for path in sorted(folder.iterdir()) if path.is_file()]
    files.append({"@id": "run.json", "@type": "File", "encodingFormat": KINDS["json"]})
    data = [_source(source) for source in record["data"]]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": record["title"],
        "description": record["headline"] or record["title"],
        "datePublished": record["finished"],
        "license": {"@id": LICENSE},
        "hasPart": _all(files),
        "mentions": {"@id": "#run"},
    }
    about = {
        "@id": FILE,
        "@type": "CreativeWork",
        "conformsTo": {"@id": SPECIFICATION},
        "about": {"@id": "./"},
    }
    graph = [about, root, *files, *data, *_made(record, files, data)]
    crate = {"@context": f"{SPECIFICATION}/context", "@graph": graph}
    (folder / FILE).write_text(json.dumps(crate, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _made(record: Mapping[str, Any], files: Any, data: Any) -> list[dict[str, Any]]:
    """The run, the program and the licence."""
    run = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"{record['notebook']} with the parameters in run.json",
        "startTime": record["started"],
        "endTime": record["finished"],
        "instrument": {"@id": "#border-its"},
        "object": _all(data),
        "result": _all(files),
    }
    program = {
        "@id": "#border-its",
        "@type": "SoftwareApplication",
        "name": "border-its",
        "version": f"{record['version']} ({record['revision']})",
    }
    licence = {"@id": LICENSE, "@type": "CreativeWork", "name": "BSD 3-Clause"}
    return [run, program, licence]


def _file(path: Path) -> dict[str, Any]:
    kind = KINDS.get(path.suffix[1:], "application/octet-stream")
    size = {"contentSize": str(path.stat().st_size), "sha256": sha256_of(path)}
    return {"@id": path.name, "@type": "File", "encodingFormat": kind, **size}


def _source(source: Mapping[str, str]) -> dict[str, Any]:
    made = {"name": source["file"], "version": source["vintage"], "sha256": source["sha256"]}
    return {"@id": f"#{source['name']}-{source['sha256'][:12]}", "@type": "CreativeWork", **made}


def _all(entities: Any) -> list[dict[str, str]]:
    return [{"@id": entity["@id"]} for entity in entities]
