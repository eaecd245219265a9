"""What a page shows as HTML, as text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import zip_longest
from textwrap import shorten, wrap
from typing import Any

from bs4 import BeautifulSoup, Tag

WIDTH = 79
# More rows than a screen has tell a reader less; `table` has them all.
MOST_ROWS = 40
GAP = "  "
# Columns whose repeated words name a group.
GROUPS = 2
AMOUNT = re.compile(r"([<+\u2212-]\s?)?\d[^a-z]*( [a-z ]{1,15})?$|p?$|[a-z ]{1,14}$")


def as_text(html: str) -> str:
    """Paragraphs, lists and tables of HTML as text, no line longer than `WIDTH`."""
    found = BeautifulSoup(html, "html.parser").find_all(["h2", "h3", "h4", "p", "li", "table"])
    return "\n".join(line for block in found for line in _block(block)).rstrip("\n")


def fields_text(item: Any) -> str:
    """What a dataclass holds, a line a field: frames and arrays by their size."""
    lines = [
        f"{each.name}: {_brief(getattr(item, each.name))}" for each in fields(item) if each.repr
    ]
    short = [shorten(line, WIDTH - 2, placeholder=" ...") for line in lines]
    return "\n  ".join([type(item).__name__, *short])


def _brief(value: Any) -> str:
    if isinstance(size := getattr(value, "shape", None), tuple):
        return f"{type(value).__name__} of {' x '.join(map(str, size))}"
    return str(value)


def _block(block: Tag) -> Iterator[str]:
    if block.name != "table":
        mark = "- " if block.name == "li" else ""
        yield from wrap(mark + _words(block), WIDTH, subsequent_indent=" " * len(mark))
        return
    if block.caption:
        yield from wrap(_words(block.caption), WIDTH)
    rows = [[_words(cell) for cell in row.find_all(["th", "td"])] for row in block.find_all("tr")]
    head = rows.pop(0) if block.thead and rows else []
    yield from _table(head, rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        yield f"... and {len(rows) - MOST_ROWS} more rows"


def _words(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns side by side, the widest ones wrapped; amounts to the right, a group named once."""
    columns = list(zip_longest(*filter(None, [head, *rows]), fillvalue=""))
    widths = [max(map(len, column)) for column in columns]
    while sum(widths) + len(GAP) * (len(widths) - 1) > WIDTH:
        widths[widths.index(max(widths))] -= 1
    right = [all(AMOUNT.match(cell) for cell in column[bool(head) :]) for column in columns]
    before: Sequence[str] = ("",) * len(widths)
    for number, row in enumerate(zip(*columns, strict=True)):
        new = [
            "" if i < GROUPS and not right[i] and cell == before[i] else cell
            for i, cell in enumerate(row)
        ]
        before = row
        lines = zip_longest(*(wrap(cell, wide) for cell, wide in zip(new, widths, strict=True)))
        for line in lines:
            placed = zip(line, widths, right, strict=True)
            text = ((c or "").rjust(w) if far else (c or "").ljust(w) for c, w, far in placed)
            yield GAP.join(text).rstrip()
        if head and not number:
            yield "-" * (sum(widths) + len(GAP) * (len(widths) - 1))
    yield ""
