"""A report as an RO-Crate: what it holds, of which data, made by what (RO-Crate 1.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from analysis.reading.content import sha256_of
from analysis.report.page import templates

FILE = "ro-crate-metadata.json"
RECORD = {"@id": "run.json", "@type": "File", "encodingFormat": "application/json"}


def write_crate(folder: Path, record: Mapping[str, Any]) -> None:
    """Write the crate of a complete report beside its files, before its record."""
    files = [_file(path) for path in sorted(folder.iterdir()) if path.is_file()]
    sources = {f"#{one['name']}-{one['sha256'][:12]}": one for one in record["data"]}
    facts = {"record": record, "files": [*files, RECORD], "sources": sources}
    crate = json.loads(templates().get_template("crate.json.j2").render(facts))
    (folder / FILE).write_text(json.dumps(crate, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _file(path: Path) -> dict[str, Any]:
    kind = guess_type(path.name)[0] or "application/octet-stream"
    size = {"contentSize": str(path.stat().st_size), "sha256": sha256_of(path)}
    return {"@id": path.name, "@type": "File", "encodingFormat": kind, **size}
