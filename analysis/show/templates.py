"""Sentences with places for facts: templates whose filters are the functions of `show`."""

from __future__ import annotations

import sys
from functools import cache
from html import escape
from importlib.resources import files
from inspect import getmembers, isfunction
from typing import Any

import jinja2
from markupsafe import Markup

from analysis import show
from analysis.errors import choices, shown

BAR = "\ue000"  # stands for a bar in a fact, which parts no cells


def environment(loader: jinja2.BaseLoader | None = None) -> jinja2.Environment:
    """What reads templates: a name that is not given is an error, and none breaks a paragraph.

    What they make is not escaped. `autoescape` only tells what a part has said, which is marked as
    safe, from facts, and a fact's bars come back by `whole`.
    """
    made = jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
        finalize=fact,
        extensions=["jinja2.ext.do"],
    )
    made.filters |= {**dict(getmembers(show, isfunction)), "choices": choices, "shown": shown}
    return made


def say(part: str, /, **facts: Any) -> str:
    """A part of the `said.j2` of the room that calls, with these facts in it, in one line."""
    return " ".join(whole(_part(sys._getframe(1).f_globals["__name__"], part, **facts)).split())


def lay_out(part: str, /, **facts: Any) -> str:
    """The same in the lines in which it is written."""
    return whole(_part(sys._getframe(1).f_globals["__name__"], part, **facts))


class Told(show.Shown):
    """A result that shows itself by the `said.j2` of its room: the macro of its name, of `found`.

    A line of it that begins with "| " is a row of a table, the first one the header; `caption:` and
    `kind:` are of the table that ends there. "# " begins a heading. Other lines are paragraphs.
    Its sentence, if it has one, is the macro with `Said` after the name.
    """

    def sentence(self, *given: object) -> str:
        """What it says in one line, of itself and what is given."""
        return self.says(f"{type(self).__name__}Said", *given)

    def says(self, part: str, *given: object) -> str:
        """Another part of the texts of its room in one line, of itself and what is given."""
        return " ".join(whole(_part(type(self).__module__, part, self, *given)).split())

    def _repr_html_(self) -> str:
        html, rows, kind = "", [], ""
        for line in _part(type(self).__module__, type(self).__name__, self).splitlines():
            mark, _, text = line.strip().partition(" ")
            if mark == "|":
                rows.append([whole(cell.strip()) for cell in text.split("|")])
            elif mark == "kind:":
                kind = text
            elif mark == "#":
                html += f"<h3>{escape(whole(text))}</h3>"
            elif mark == "caption:":
                html += show.table(rows[0], rows[1:], caption=whole(text), kind=kind)
                rows, kind = [], ""
            elif mark:
                html += f"<p>{escape(whole(line.strip()))}</p>"
        return html


def _part(module: str, part: str, /, *given: object, **facts: Any) -> str:
    """A macro of the texts of the room that a module is in."""
    room = module.split(".")[1]
    return str(getattr(_texts(f"{room}/said.j2"), part)(*given, **facts))


@cache
def _texts(place: str) -> Any:
    loader = jinja2.FileSystemLoader(str(files("analysis")))
    return environment(loader).get_template(place).module


def fact(value: Any) -> Markup:
    """A fact on one line: a name with a line break in it ends no paragraph. A part is as it is."""
    if isinstance(value, Markup):
        return value
    return Markup(" ".join(str(value).splitlines()).replace("|", BAR))


def whole(text: str) -> str:
    """A text with the bars that its facts had."""
    return text.replace(BAR, "|")
