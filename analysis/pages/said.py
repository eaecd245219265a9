"""A page is a template: each macro of texts/PAGE.j2 is a part of it, and is called as a function.

A part takes results, and its text is what the page shows. A blank line ends a paragraph. A line
begins a point with "- ", the sentence of a headline with "# ", a row of a table with "| ", of which
the first is the header. `short:` and `title:` are of the headline, `caption:` and `kind:` of the
table, and `html:` is a table that a result makes itself. `**Words**` first in a line stand in bold.
Numbers become words by filters. What a text asks of a result beyond its fields is in `facts`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2

from analysis import show
from analysis.errors import AnalysisError
from analysis.pages import facts
from analysis.pages.words import Folded, Headline, Prose, Text, itself, shown
from analysis.show.templates import environment, whole

MARKS = r"-|#|\||short:|title:|caption:|kind:|html:"
BLOCKS = re.compile(rf"\n\s*\n|\n(?=(?:{MARKS})(?:\s|$))")
BLOCK = re.compile(rf"(?:({MARKS})(?: |$))?(.*)")
BOLD = re.compile(r"\*\*(.+?)\*\* ?(.*)")
# What a page can call that is no part of a template.
TOOLS: dict[str, Callable[..., Any]] = {
    "Folded": Folded, "itself": itself, "orientation": facts.orientation, "shown": shown,
}  # fmt: skip


class Page:
    """The parts of a page by their names, each a function of results; and what every page can call.

    A part gives `Prose`, or a `Headline` if its text has one.
    """

    def __init__(self, name: str) -> None:
        self._name, self._parts = name, _parts(name)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        part = getattr(self._parts, name, None)
        if part is None and name not in TOOLS:
            raise AttributeError(f"The page '{self._name}' has no part '{name}'.")
        if part is None:
            return TOOLS[name]
        return lambda *given, **named: _read(str(part(*given, **named)))


def say(page: str, part: str, /, *given: Any) -> str:
    """A part of a page in one line of text."""
    return " ".join(str(getattr(_parts(page), part)(*given)).split())


def _read(text: str) -> Prose | Headline:
    """What a text makes: a headline with its details, or paragraphs, points and a table."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for block in BLOCKS.split(text):
        if read := BLOCK.fullmatch(" ".join(block.split())):
            found[read[1] or ""].append(read[2])
    rows = [[whole(cell.strip()) for cell in row.split("|")] for row in found["|"]]
    one = {mark: whole("".join(texts)) for mark, texts in found.items()}
    paragraphs, points = ([_parted(whole(t)) for t in found[mark] if t] for mark in ("", "-"))
    if "#" in found:
        return Headline(sentence=one["#"], detail=tuple(paragraphs),
                        short=one.get("short:", ""), title=one.get("title:", ""))  # fmt: skip
    table = one.get("html:", "")
    if rows:
        table = show.table(rows[0], rows[1:], caption=one["caption:"], kind=one.get("kind:", ""))
    return Prose(*paragraphs, points=tuple(dict.fromkeys(points)), table=table)


def _parted(text: str) -> Text:
    """Words in bold, and what follows them."""
    found = BOLD.fullmatch(text)
    return (found[1], found[2]) if found else text


@cache
def templates() -> jinja2.Environment:
    """What reads the texts: their filters, and the functions and constants that they can name."""
    folder = str(files("analysis.pages").joinpath("texts"))
    made = environment(jinja2.FileSystemLoader(folder))
    made.filters |= {each.__name__: each for each in facts.FILTERS}
    made.globals |= vars(facts)
    made.tests["refused"] = lambda found: isinstance(found, AnalysisError)
    return made


def _parts(page: str) -> Any:
    return templates().get_template(f"{page}.j2").module
