"""The pages that list reports, all of them and those of each question, and the way between them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from analysis import show
from analysis.errors import InputError
from analysis.report.named import PAGES, named_runs
from analysis.report.page import build_index, lead_on
from analysis.report.pdf import PDF
from analysis.report.record import is_whole, read_record, write_record

TO_ALL = ("All reports", "../index.html")

NUMBERS = dict.fromkeys(("estimate", "lower", "upper"), float)


def write_index(root: Path, base_url: str = "") -> None:
    """Write the page that lists all complete reports, named runs first, and one a question.

    Each page is told of the named ones, so that they stay as they are whatever else is rendered,
    or of the pages of its question; and of its address for those who share it.

    base_url : where the folder of reports lies in the web, "" where that is not known.
    """
    reports = root / "reports"
    found = {path.parent.name: _entry(path.parent) for path in reports.glob("[!.]*/run.json")}
    order = list(named_runs(root, PAGES))
    for folder in {path.parent.parent for path in reports.glob("[!.]*/[!.]*/run.json")}:
        pages = sorted(folder.glob("[!.]*/run.json"), key=lambda p: _place(order, p.parent.name))
        entries = [_entry(path.parent) for path in pages]
        title, first = entries[0]["title"], next(filter(_answers, entries), entries[0])
        entries = [{**entry, "title": entry.get("page", entry["title"])} for entry in entries]
        up = [("All reports", "../../index.html"), ("All pages of this question", TO_ALL[1])]
        base = base_url and f"{base_url.rstrip('/')}/{folder.name}"
        _lead_on(folder, entries, up, base)
        index = build_index(entries, title=title, base_url=base, explorer=_explorer(folder))
        _write_whole(folder / "index.html", index)
        picture = first["picture"] and f"{folder.name}/{first['picture']}"
        own = {"title": title, "link": folder.name, "short": _short(folder)}
        found[folder.name] = {**first, **own, "picture": picture, "image": ""}
    named = [name for name in named_runs(root) if name in found]
    others = [name for name in sorted(found) if name not in named]
    _lead_on(reports, [found[name] for name in named], [TO_ALL], base_url)
    for name in others:
        around = [found[one] for one in (*named, name)]
        _lead_on(reports, around, [TO_ALL], base_url, only=name)
    entries = [found[name] for name in (*named, *others)]
    index = build_index(entries, base_url=base_url, explorer=_explorer(reports))
    with FileLock(reports / ".index.lock"):
        _write_whole(reports / "index.html", index)


def _explorer(folder: Path) -> bool:
    return (folder / "explore.html").is_file()


def _lead_on(
    folder: Path,
    entries: Sequence[Mapping[str, Any]],
    up: Sequence[tuple[str, str]],
    base_url: str,
    only: str = "",
) -> None:
    """Put into each page of a folder what leads to the others; one that is damaged stays as it is.

    One that is being rendered is filled in when that ends.   only : one of them, "" for each.
    """
    for entry in entries:
        if only and entry["link"] != only:
            continue
        page = folder / entry["link"] / "index.html"
        if entry["status"] != "complete" or not page.with_name("run.json").is_file():
            continue
        try:
            with FileLock(folder / f".{entry['link']}.lock", timeout=0):
                _fill(page, lead_on(entry, entries, up, base_url))
        except (InputError, OSError, Timeout):
            continue


def _fill(page: Path, parts: Mapping[str, str]) -> None:
    """Write each part between its marks in a page that is as its record says, and the record."""
    record = read_record(page.parent)
    if not is_whole(page.parent, record):
        return
    text = before = page.read_text("utf-8")
    for name, part in parts.items():
        start, end = f"<!--{name}-->", f"<!--/{name}-->"
        head, mark, rest = text.partition(start)
        text = f"{head}{start}{part}{end}{rest.partition(end)[2]}" if mark else text
    if text != before:
        _write_whole(page, text)
        write_record(page.parent, record)


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
        rows = pd.read_csv(path, dtype=NUMBERS).to_dict("records") if path.is_file() else []
    except (InputError, OSError, ValueError):
        nothing = {"status": "damaged", "headline": "", "finished": "", "data": []}
        record, rows = {"name": folder.name, "title": folder.name, **nothing}, []
    files = {kind: folder / f"figure.{kind}" for kind in ("svg", "png")}
    there = {kind: f"{folder.name}/{p.name}" if p.is_file() else "" for kind, p in files.items()}
    return {
        **record,
        "pdf": (folder / PDF).is_file(),
        "effects": rows,
        "picture": there["svg"],
        "image": there["png"],
        "link": folder.name,
        "short": _short(folder),
    }


def _short(folder: Path) -> str:
    return show.capital(re.sub("[-_]+", " ", folder.name))
