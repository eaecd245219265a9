"""Prose from templates: the sentences of a page stand in texts/PAGE.j2, the code gives the facts.

A part of a page is a macro of its template. A blank line ends a paragraph, a line that begins with
"- " is a point, and `**words**` at the beginning of either stand in bold. Numbers become words by
the filters, which are functions of `show` and of `words`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2

from analysis.filled import environment
from analysis.pages import words
from analysis.pages.words import Prose, Text

FILTERS = ("bracketed", "change", "ends", "estimated", "signed", "size")
BOLD = re.compile(r"\*\*(.+?)\*\* ?(.*)", re.DOTALL)


def say(page: str, part: str, /, **facts: Any) -> str:
    """A part of a page in one line of text."""
    return " ".join(_filled(page, part, facts).split())


def prose(page: str, part: str, /, *, table: str = "", **facts: Any) -> Prose:
    """A part of a page as paragraphs and points, with a table at its end."""
    paragraphs: list[Text] = []
    points: list[Text] = []
    for block in re.split(r"\n\s*\n|\n(?=- )", _filled(page, part, facts)):
        text = " ".join(block.split())
        if text.startswith("- "):
            points.append(_parted(text[2:]))
        elif text not in ("-", ""):
            paragraphs.append(_parted(text))
    return Prose(*paragraphs, points=list(dict.fromkeys(points)), table=table)


def _parted(text: str) -> Text:
    """Words in bold, and what follows them."""
    found = BOLD.fullmatch(text)
    return (found[1], found[2]) if found else text


def _filled(page: str, part: str, facts: dict[str, Any]) -> str:
    return str(getattr(_template(page), part)(**facts))


@cache
def _template(page: str) -> Any:
    folder = str(files("analysis.pages").joinpath("texts"))
    made = environment(jinja2.FileSystemLoader(folder))
    made.filters |= {name: getattr(words, name) for name in FILTERS}
    return made.get_template(f"{page}.j2").module
