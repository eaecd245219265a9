"""The cells of a notebook, run in this process: what each shows, without a kernel."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import nbformat

from analysis.report.parameters import check_parameters, read_parameters

PICTURE = re.compile(
    r"<figure\b[^>]*>.*?alt='([^']*)'.*?<figcaption>(.*?)</figcaption></figure>", re.S
)


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the cells left behind: their names, and each output as a reader's text.

    names : the variables of the notebook.   shown : what is displayed, with its text.
    """

    names: dict[str, Any] = field(default_factory=dict)
    shown: list[tuple[object, str]] = field(default_factory=list)

    def show(self, *things: object) -> None:
        """Note what a cell displays; of a figure, which is drawn, its alt text and caption."""
        for thing in things:
            if thing is not None:
                self.shown.append((thing, plain(html_of(thing))))


def run_cells(notebook: Path, given: Mapping[str, Any]) -> Page:
    """Execute a notebook's code cells with checked parameters; errors come through as raised."""
    values = check_parameters(read_parameters(notebook), given)
    page = Page()
    page.names.update(values, display=lambda *things: page.show(*things))
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type != "code" or "parameters" in cell.metadata.get("tags", []):
            continue
        body = ast.parse(cell.source).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), str(notebook), "exec"), page.names)
        if last is not None:
            page.show(eval(compile(ast.Expression(last.value), str(notebook), "eval"), page.names))
    return page


def html_of(thing: Any) -> str:
    """The HTML by which a result shows itself."""
    if bundle := getattr(thing, "_repr_mimebundle_", None):
        data = bundle()
        return str(data.get("text/html") or data["text/markdown"])
    shows = getattr(thing, "_repr_html_", None) or thing._repr_markdown_
    return str(shows())


def plain(html: str) -> str:
    """HTML as a reader's text: cells and paragraphs end with a bar."""
    html = PICTURE.sub(r"<p>\1</p><p>\2</p>", html)
    html = re.sub(r"</?(strong|em|a|code|b)\b[^>]*>", "", html)
    return re.sub(r"(\| )+", "| ", re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " | ", html))))
