"""The pages that list reports, all of them and those of each question, and the way between them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
from filelock import FileLock, Timeout

from analysis import show
from analysis.errors import InputError
from analysis.report.named import PAGES, named_runs
from analysis.report.page import build_index, lead_on
from analysis.report.pdf import PDF
from analysis.report.record import is_whole, read_record, write_record
from analysis.robustness.kept import written_whole

TO_ALL = ("All reports", "../index.html")
Entry: TypeAlias = dict[str, Any]
# The effect of a report that the index shows, and its columns in effects.csv.
SHOWN = ("main", "average")
COLUMNS: Mapping[str, type] = {
    **dict.fromkeys(("estimate", "lower", "upper"), float),
    **dict.fromkeys(("unit", "label"), str),
}


def write_index(root: Path, base_url: str = "") -> None:
    """Write the page that lists all complete reports, named runs first, and one a question.

    Each page is told of the named ones, so that they stay as they are whatever else is rendered,
    or of the pages of its question; and of its address for those who share it.

    base_url : where the folder of reports lies in the web, "" where that is not known.
    """
    reports = root / "reports"
    with FileLock(reports / ".index.lock"):
        found = _entries(reports)
        for folder in {path.parent.parent for path in reports.glob("[!.]*/[!.]*/run.json")}:
            found[folder.name] = _write_question(folder, list(named_runs(root, PAGES)), base_url)
        _write_list(reports, found, list(named_runs(root)), [TO_ALL], base_url)


def _write_question(folder: Path, order: Sequence[str], base_url: str) -> Entry:
    """Write the list of the pages of a question; what is shown of it among the reports."""
    pages = _entries(folder)
    ordered = [pages[name] for name in order if name in pages] or [*pages.values()]
    title, first = ordered[0]["title"], next(filter(_answers, ordered), ordered[0])
    found = {name: {**one, "title": one.get("page", one["title"])} for name, one in pages.items()}
    up = [("All reports", "../../index.html"), ("All pages of this question", TO_ALL[1])]
    base = base_url and f"{base_url.rstrip('/')}/{folder.name}"
    _write_list(folder, found, order, up, base, title=title)
    picture = first["picture"] and f"{folder.name}/{first['picture']}"
    own = {"title": title, "link": folder.name, "short": _short(folder)}
    return {**first, **own, "picture": picture, "image": ""}


def _write_list(
    folder: Path,
    found: Mapping[str, Entry],
    order: Sequence[str],
    up: Sequence[tuple[str, str]],
    base_url: str,
    title: str = "",
) -> None:
    """Write the list of a folder, those of `order` first, and into each page what leads to others.

    One that is damaged stays as it is; one that is being rendered is filled in when that ends.
    """
    named = [found[name] for name in order if name in found]
    others = [found[name] for name in sorted(found) if name not in order]
    for entry in (*named, *others):
        page = folder / entry["link"] / "index.html"
        around = named if entry in named else [*named, entry]
        # The pages of a question are led on by its own list.
        if entry["status"] == "complete" and page.with_name("run.json").is_file():
            lock = FileLock(folder / f".{entry['link']}.lock", timeout=0)
            with suppress(InputError, OSError, Timeout), lock:
                _fill(page, lead_on(entry, around, up, base_url))
    explorer = (folder / "explore.html").is_file()
    index = build_index([*named, *others], title=title, base_url=base_url, explorer=explorer)
    with written_whole(folder / "index.html") as partial:
        partial.write_text(index, "utf-8")


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
        with written_whole(page) as partial:
            partial.write_text(text, "utf-8")
        write_record(page.parent, record)


def _entries(folder: Path) -> dict[str, Entry]:
    """What is shown of each report in a folder, by name."""
    return {path.parent.name: _entry(path.parent) for path in folder.glob("[!.]*/run.json")}


def _answers(entry: Entry) -> bool:
    """Whether a page holds the average effect."""
    return any(row.get("estimand") == "average" for row in entry["effects"])


def _entry(folder: Path) -> Entry:
    """What the list of reports shows of one. What another program damaged stops no other."""
    path = folder / "effects.csv"
    try:
        record = read_record(folder)
        table = pd.read_csv(path, dtype=COLUMNS) if path.is_file() else pd.DataFrame()
        rows = table.to_dict("records")
        shown = [one for one in rows if (one.get("fit"), one.get("estimand")) == SHOWN]
        if any(pd.isna(one[name]) for one in shown for name in COLUMNS):
            raise ValueError
    except (InputError, OSError, ValueError, KeyError):
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
