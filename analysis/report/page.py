"""From an executed notebook to a page: no code, one file, no request to any network."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from html import escape, unescape
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from nbconvert import HTMLExporter

from analysis import show

TEMPLATES = Path(str(files("analysis") / "report" / "templates"))
TOP = "top"


def build_page(notebook: nbformat.NotebookNode, record: Mapping[str, Any]) -> str:
    """The HTML page of a run.

    Cells tagged `top` come right after the title, in their order: the answer before its
    derivation. `record` is the run's record (run.json).
    """
    ordered = nbformat.from_dict({**notebook, "cells": _answer_first(notebook.cells)})
    exporter = HTMLExporter(
        template_name="report",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input=True,
        exclude_anchor_links=True,
        anchor_link_text="",
    )
    body, _ = exporter.from_notebook_node(ordered)
    body = _with_anchors(_with_title(body, str(record["title"])))
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=record["title"],
            description=record.get("headline", ""),
            body=body,
            contents=_contents(body),
            record=record,
            provenance=_provenance(record),
            style=_style(),
        )
    )


def build_index(records: Sequence[Mapping[str, Any]]) -> str:
    """The page that lists all reports with their headline figures.

    records : each a run's record with `effects` (rows of its effects.csv) and `picture` (whether
        it has a figure.svg).
    """
    return (
        _environment()
        .get_template("index.html.j2")
        .render(records=records, comparison=_comparison(records), style=_style())
    )


def _comparison(records: Sequence[Mapping[str, Any]]) -> str:
    """The average effect of each report that has one, in one table."""
    rows = [
        (
            record["title"],
            str(row["label"]),
            show.amount(row["estimate"], row["unit"]),
            show.interval(row["lower"], row["upper"], row["unit"]),
        )
        for record in records
        for row in record["effects"]
        if row.get("fit") == "main" and row.get("estimand") == "average"
    ]
    if not rows:
        return ""
    header = ["Report", "Effect", "Estimate", "Interval"]
    return show.table(header, rows, caption="The average effect in each report")


def first_picture(page: str) -> bytes | None:
    """The first figure of a page as SVG, None where it has none."""
    found = re.search(r"""<img[^>]* src=['"]data:image/svg\+xml;base64,([^'"]+)""", page)
    return base64.b64decode(found[1]) if found else None


def _answer_first(cells: Sequence[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    top = [cell for cell in cells if TOP in cell.metadata.get("tags", [])]
    rest = [cell for cell in cells if TOP not in cell.metadata.get("tags", [])]
    return [*rest[:1], *top, *rest[1:]]


def _with_title(body: str, title: str) -> str:
    """The run's own title in the place of the notebook's, which serves many runs."""
    heading = f"<h1>{escape(title)}</h1>"
    return re.sub(r"<h1[^>]*>.*?</h1>", lambda _: heading, body, count=1, flags=re.DOTALL)


def _with_anchors(body: str) -> str:
    """An id for each second-level heading, from its text."""

    def anchor(match: re.Match[str]) -> str:
        words = re.findall(r"[a-z0-9]+", re.sub(r"<[^>]+>|&[^;]+;", " ", match[1]).lower())
        return f'<h2 id="{"-".join(words)}">{match[1]}</h2>'

    return re.sub(r"<h2[^>]*>(.*?)</h2>", anchor, body, flags=re.DOTALL)


def _contents(body: str) -> list[tuple[str, str]]:
    """Anchor and text of each second-level heading."""
    headings = re.findall(r'<h2 id="([^"]+)">(.*?)</h2>', body, re.DOTALL)
    return [(anchor, unescape(re.sub(r"<[^>]+>", "", text)).strip()) for anchor, text in headings]


def _provenance(record: Mapping[str, Any]) -> str:
    parameters = [
        (name, str(entry["value"]) or "(none)", entry["meaning"])
        for name, entry in record["parameters"].items()
    ]
    facts = [
        ("Finished", record["finished"]),
        ("Package version", record["version"]),
        ("Revision", record["revision"] or "not known"),
        ("Python", record["python"]),
        ("Libraries", ", ".join(f"{k} {v}" for k, v in record["libraries"].items())),
        *((f"Data: {entry['name']}", f"vintage {entry['vintage']}, sha256 {entry['sha256']}")
          for entry in record["data"]),
    ]  # fmt: skip
    return show.table(
        ["Parameter", "Value", "Meaning"], parameters, caption="Parameters of this run"
    ) + show.table(["", ""], facts, caption="Made with", kind="facts")


def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)


def _style() -> str:
    return (TEMPLATES / "style.css").read_text("utf-8")
