"""The pages that list reports: all of them, and the pages of each question."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock

from analysis.errors import InputError
from analysis.report.named import PAGES, named_runs
from analysis.report.page import build_index
from analysis.report.record import read_record


def write_index(root: Path) -> None:
    """Write the page that lists all complete reports, named runs first, and one a question."""
    reports = root / "reports"
    found = {path.parent.name: _entry(path.parent) for path in reports.glob("[!.]*/run.json")}
    order = list(named_runs(root, PAGES))
    for folder in {path.parent.parent for path in reports.glob("[!.]*/[!.]*/run.json")}:
        pages = sorted(folder.glob("[!.]*/run.json"), key=lambda p: _place(order, p.parent.name))
        entries = [_entry(path.parent) for path in pages]
        title, first = entries[0]["title"], next(filter(_answers, entries), entries[0])
        entries = [{**entry, "title": entry.get("page", entry["title"])} for entry in entries]
        _write_whole(folder / "index.html", build_index(entries, title=title))
        picture = first["picture"] and f"{folder.name}/{first['picture']}"
        found[folder.name] = {**first, "title": title, "link": folder.name, "picture": picture}
    named = [name for name in named_runs(root) if name in found]
    entries = [found[name] for name in dict.fromkeys([*named, *sorted(found)])]
    with FileLock(reports / ".index.lock"):
        _write_whole(reports / "index.html", build_index(entries))


def _write_whole(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}")
    partial.write_text(text, "utf-8")
    os.replace(partial, path)


def _place(order: Sequence[str], name: str) -> tuple[int, str]:
    return (order.index(name) if name in order else len(order), name)


def _answers(entry: Mapping[str, Any]) -> bool:
    """Whether a page holds the average effect."""
    return any(row.get("estimand") == "average" for row in entry["effects"])


def _entry(folder: Path) -> dict[str, Any]:
    """What the list of reports shows of one. What another program damaged stops no other."""
    path = folder / "effects.csv"
    try:
        record = read_record(folder)
        rows = pd.read_csv(path).to_dict("records") if path.is_file() else []
    except (InputError, OSError, ValueError):
        nothing = {"status": "damaged", "headline": "", "finished": "", "data": []}
        record, rows = {"name": folder.name, "title": folder.name, **nothing}, []
    picture = f"{folder.name}/figure.svg" if (folder / "figure.svg").is_file() else ""
    return {**record, "effects": rows, "picture": picture, "link": folder.name}
