"""Sentences with places for facts: templates whose filters are the words of `show`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import jinja2

from analysis import show

FILTERS = (
    "amount", "capital", "day_name", "estimate", "in_period", "interval", "join_words", "many",
    "number", "p_value", "p_words", "period_name", "rough", "singular", "small", "span_name",
    "verb",
)  # fmt: skip


def environment(loader: jinja2.BaseLoader | None = None) -> jinja2.Environment:
    """What reads templates: a name that is not given is an error, and none breaks a paragraph."""
    made = jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_one_line,
    )
    made.filters |= {name: getattr(show, name) for name in FILTERS}
    return made


def say(place: str, part: str, /, **facts: Any) -> str:
    """A part of a file of texts, with these facts in it, in one line.

    place : under `analysis/`.   part : one of its macros.
    """
    return " ".join(lay_out(place, part, **facts).split())


def lay_out(place: str, part: str, /, **facts: Any) -> str:
    """The same in the lines in which it is written."""
    return str(getattr(_texts(place), part)(**facts))


@cache
def _texts(place: str) -> Any:
    loader = jinja2.FileSystemLoader(str(files("analysis")))
    return environment(loader).get_template(place).module


def _one_line(value: Any) -> Any:
    """A fact as it stands in a sentence: a name with a line break in it ends no paragraph."""
    return " ".join(value.splitlines()) if isinstance(value, str) else value
