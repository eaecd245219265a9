"""What alt texts of several figures say alike: the course of a series, events, estimates."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
import pandas as pd
import yaml

from analysis import show
from analysis.outcome import Intervention, Outcome
from analysis.robustness.estimating import excludes_zero
from analysis.show.templates import environment, whole


def told(figure: str, of: Iterable[Outcome] = (), **facts: Any) -> dict[str, Any]:
    """What a figure says (alt, caption, title), as figures.yml has it, and its data's source."""
    pieces = (piece for outcome in of for piece in outcome.pieces)
    source = show.join_words(list(dict.fromkeys(piece.source.label for piece in pieces)))
    parts = _figures()[figure].items()
    said = {part: whole(text.render(source=source, **facts)).split() for part, text in parts}
    return {part: " ".join(words) for part, words in said.items()} | {"source": source}


@cache
def _figures() -> dict[str, dict[str, jinja2.Template]]:
    text = files("analysis.plot").joinpath("figures.yml").read_text("utf-8")
    templates, figures = environment(), yaml.safe_load(text).items()
    templates.filters |= {one.__name__: one for one in (course, marked, estimates, spread, clear)}
    read = templates.from_string
    return {name: {part: read(said) for part, said in parts.items()} for name, parts in figures}


def course(name: str, values: pd.Series, unit: str = "") -> str:
    """Span, lowest, highest and last value of a series of periods, in `unit`."""
    known = values.dropna()
    whole = known.abs().max() >= 100
    last = show.standing(known.iloc[-1], unit, whole=whole)
    low, high = (
        f"{show.standing(known[at], unit, whole=whole)} {show.in_period(at)}"
        for at in (known.idxmin(), known.idxmax())
    )
    span = show.span_name(*known.index[[0, -1]])
    return f"{show.capital(name)}, {span}: lowest {low}, highest {high}, last {last}."


def dated(events: Iterable[Intervention]) -> str:
    """Labels of events with their dates; empty where there are none."""
    named = [(event.inside, show.day_name(event.start)) for event in events]
    return show.join_words([label if day in label else f"{label} ({day})" for label, day in named])


def marked(events: Iterable[Intervention]) -> str:
    """The same as a sentence that follows others."""
    return f" Marked: {text}." if (text := dated(events)) else ""


def estimates(table: pd.DataFrame, labels: Iterable[object], unit: str = "%") -> str:
    """Each row of a table of estimates by its label, with its interval."""
    rows = zip(labels, table.itertuples(), strict=True)
    return "; ".join(
        f"{label}: {show.amount(row.estimate, unit)}, {show.interval(row.lower, row.upper, unit)}"
        for label, row in rows
    )


def spread(table: pd.DataFrame, unit: str) -> str:
    """From which to which the estimates of a table go, and how many intervals are without zero."""
    digits = 0 if unit.startswith("%") and table["estimate"].abs().max() >= 10 else None
    ends = show.interval(table["estimate"].min(), table["estimate"].max(), unit, digits)
    first, _, last = ends.partition(" to ")
    ends = first if first == last else ends
    count, many = clear(table).split(" of ")
    verb = show.verb(int(count), "be")
    return f"{ends}; {count} of {show.many(int(many), 'interval')} {verb} without zero"


def clear(table: pd.DataFrame) -> str:
    """How many intervals are without zero: 3 of 5."""
    return f"{int(excludes_zero(table).sum())} of {len(table)}"
