"""Each figure and table of the reports: from which cell of which notebook, of which data."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import nbformat

from analysis.errors import InputError
from analysis.report.record import Record, read_record

CAPTION = re.compile(r"<(fig)?caption>(.*?)</(?:fig)?caption>", re.DOTALL)
HEAD = "| Report | Exhibit | Notebook, code cell | Data (vintage, sha256) |\n|---|---|---|---|"


def find_exhibits(notebook: nbformat.NotebookNode) -> list[dict[str, Any]]:
    """The figures and tables of an executed notebook: code cell (from 1), kind and caption."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    own = [c for c in code if "injected-parameters" not in c.metadata.get("tags", [])]
    return [
        {"cell": number, "kind": "figure" if figure else "table", "caption": unescape(caption)}
        for number, cell in enumerate(own, start=1)
        for output in cell.get("outputs", ())
        for figure, caption in CAPTION.findall(output.get("data", {}).get("text/html", ""))
    ]


def exhibits_page(root: Path) -> str:
    """A table in Markdown of all exhibits of the reports of a project, as data editors ask for."""
    lines = [HEAD]
    for path in sorted((root / "reports").rglob("run.json")):
        try:
            lines += _lines(read_record(path.parent))
        except InputError:
            lines.append(f"| {path.parent.name} | damaged | | |")
    return "\n".join(lines) + "\n"


def _lines(record: Record) -> list[str]:
    data = "; ".join(f"{s['name']} ({s['vintage']}, {s['sha256'][:12]})" for s in record["data"])
    return [
        f"| {record['name']} | {e['kind']}: {e['caption'].replace('|', '/')} "
        f"| {record['notebook']}, {e['cell']} | {data} |"
        for e in record.get("exhibits", [])
    ]
