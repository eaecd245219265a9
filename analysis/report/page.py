"""From an executed notebook to a page: no code, one file, no request to any network."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import nbformat
import yaml
from markupsafe import Markup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat.v4 import new_markdown_cell

from analysis import show
from analysis.border import facts

TEMPLATES = Path(str(files("analysis") / "report" / "templates"))
TOP = "top"
# What a page shows of an output: the first of these that it has.
SHOWN = ("text/html", "text/plain")
MARKDOWN = "text/markdown"


def arrange_cells(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook as its page shows it: the answer before its derivation.

    Cells tagged `top` come right after the title, in their order. What a cell prints is in one
    piece. Outputs that only hand something over are left out.
    """
    notebook, _ = CoalesceStreamsPreprocessor().preprocess(nbformat.from_dict(notebook), {})
    title, rest = notebook.cells[:1], notebook.cells[1:]
    cells: list[Any] = []
    for cell in (*title, *sorted(rest, key=lambda cell: TOP not in cell.metadata.get("tags", []))):
        cells += _headings(cell)
        shown = [output for output in cell.get("outputs", ()) if _is_shown(output)]
        cells.append({**cell, "outputs": shown} if cell.cell_type == "code" else cell)
    return nbformat.from_dict({**notebook, "cells": cells})


def _headings(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Markdown that a cell of code puts before its results: headings of sections."""
    data = [output.data for output in cell.get("outputs", ()) if "data" in output]
    return [new_markdown_cell(found[MARKDOWN]) for found in data if MARKDOWN in found]


def _is_shown(output: nbformat.NotebookNode) -> bool:
    data = output.get("data", SHOWN)
    return MARKDOWN not in data and any(mime in data for mime in SHOWN)


def build_page(
    notebook: nbformat.NotebookNode, record: Mapping[str, Any], pages: Mapping[str, str]
) -> str:
    """The HTML page of a run.

    notebook : with its outputs, arranged. record : the run's record (run.json).
    pages : where its text links another notebook, the page of that (see `linked_pages`).
    """
    headings = _Headings(str(record["title"]), pages)
    markdown = MarkdownWithMath(renderer=headings)
    texts = []
    for cell in notebook.cells:
        headings.attachments = cell.get("attachments", {})
        texts.append(markdown.render(cell.source) if cell.cell_type == "markdown" else "")
    script = template_text("page.js")
    given = {
        "cells": notebook.cells,
        "texts": texts,
        "contents": headings.contents,
        "record": record,
        "sentence": _sentence,
        "style": template_text("style.css"),
        "script": script,
        # No other script runs, whatever a page is made to hold.
        "allowed": hash_of(script),
        "citation": _citation(),
        "headline": show.HEADLINE_MIME,
    }
    return link_out(templates().get_template("report.html.j2").render(given))


def _sentence(title: str) -> str:
    """A title with a mark at its end, for other words to follow."""
    return title if title[-1:] in tuple(".?!") else f"{title}."


def link_out(page: str) -> str:
    """The page with a link wherever its text names what `links.yml` knows to be on the web."""
    for pattern, address in facts("links.yml").items():
        linked = re.compile(pattern)
        parts = re.split("(<[^>]*>)", page)
        closed = ""
        for i, part in enumerate(parts):
            if name := re.match(r"<(/?)(a|pre|script|style|summary|title)\b", part):
                closed = "" if name[1] else name[2]
            elif not closed and not part.startswith("<"):
                parts[i] = linked.sub(rf'<a href="{address}">\g<0></a>', part)
        page = "".join(parts)
    return page


class _Headings(IPythonRenderer):
    """Markdown in HTML, with the run's title in the place of the notebook's, which serves many.

    pages : links by the names of notebooks.
    contents : anchor and text of each second-level heading, in their order.
    """

    def __init__(self, title: str, pages: Mapping[str, str]) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)
        self.titles = [escape(title)]
        self.contents: list[tuple[str, str]] = []
        self.pages = pages

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return super().link(text, self.pages.get(url, url), title)

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        if level == 1 and self.titles:
            return f"<h1>{self.titles.pop()}</h1>\n"
        if level != 2:
            return super().heading(text, level, **attrs)
        plain = Markup(text).striptags()
        anchor = "-".join(re.findall(r"[^\W_]+", plain.lower()))
        self.contents.append((anchor, plain))
        mark = f"<a class='anchor' href='#{anchor}' aria-label='Link to {escape(plain)}'>#</a>"
        return f'<h2 id="{anchor}">{text}{mark}</h2>\n'


def lead_on(
    here: Mapping[str, Any],
    entries: Sequence[Mapping[str, Any]],
    up: Sequence[tuple[str, str]],
    base_url: str,
) -> dict[str, str]:
    """What a page says of the others and of itself, as HTML by the marks between which it goes.

    here, entries : the page and all of its folder, as for `build_index`, with `short` names.
    up : title and link of each page above.   base_url : the address of the folder, or "".
    """
    parts = templates().get_template("around.html.j2").module
    base = base_url and f"{base_url.rstrip('/')}/"
    given = here, entries, up, base
    return {name: getattr(parts, name)(*given) for name in ("bar", "pdf", "turn", "share")}


def build_index(
    records: Sequence[Mapping[str, Any]],
    *,
    title: str = "",
    base_url: str = "",
    explorer: bool = False,
) -> str:
    """The page that lists all reports with their headline figures, or the pages of a question.

    records : each a run's record with `link` (its folder from here), `effects` (rows of its
        effects.csv), `picture` and `image` (the paths of its figure as SVG and as PNG, or "").
    title : of the question.   base_url : the address of the folder, or "".
    explorer : whether explore.html lies beside it.
    """
    facts = {"records": records, "title": title, "explorer": explorer, "show": show}
    base = base_url and f"{base_url.rstrip('/')}/"
    style = template_text("style.css")
    return templates().get_template("index.html.j2").render(facts, base=base, style=style)


@cache
def templates() -> jinja2.Environment:
    """Where templates are found. Whatever those of pages are given is escaped."""
    loader, pages = jinja2.FileSystemLoader(TEMPLATES), jinja2.select_autoescape(["html.j2"])
    return jinja2.Environment(loader=loader, autoescape=pages, undefined=jinja2.StrictUndefined)


@cache
def template_text(name: str) -> str:
    """A style or a script as it goes into a page."""
    return (TEMPLATES / name).read_text("utf-8")


def hash_of(text: str) -> str:
    """A style or a script as a page's policy allows it."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@cache
def _citation() -> dict[str, str]:
    """How the package is cited, from its CITATION.cff; nothing where that is not installed."""
    path = Path(str(files("analysis"))).parent / "CITATION.cff"
    if not path.is_file():
        return {}
    cited = yaml.safe_load(path.read_text("utf-8"))
    authors = [author.get("name") or author["family-names"] for author in cited["authors"]]
    return {"authors": " and ".join(authors), "title": cited["title"], "license": cited["license"]}
