"""What a reader writes in one line of text: names, dated events, spans of time, options."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from analysis import show
from analysis.errors import refusal
from analysis.outcome.intervention import (
    NOTHING_KNOWN,
    PARTS,
    SHAPES,
    Intervention,
    find_intervention,
    parts_of,
)
from analysis.outcome.periods import span_of

EVENT = "an event is a name that is known for the series, or DATE, DATE..END, and then, if "
EVENT += f"wanted, one of {', '.join(SHAPES)} and a label"


def as_text(value: Any) -> str:
    """A value of YAML in one line: a list with commas between, a mapping as NAME=VALUE."""
    if isinstance(value, Mapping):
        value = [f"{name}={as_text(one)}" for name, one in value.items()]
    if isinstance(value, list | tuple):
        return ", ".join(map(as_text, value))
    return "" if value is None else str(value)


def split_names(text: str) -> list[str]:
    """Names separated by commas; an empty text, and none, is no name."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [] if names == ["none"] else names


def parse_events(
    text: str, known: Mapping[str, Intervention] = NOTHING_KNOWN
) -> list[Intervention]:
    """Dated events out of one line: `title-42-end, 2020-03-23..2020-07 pulse first lockdown`.

    Commas stand between events. Each is a name in `known`; or a first day (YYYY-MM-DD, or YYYY-MM
    for the first of the month), which may have a last one after two dots, then may have a shape
    (see `Intervention`, such as pulse or gradual(0.8)), then may have a label of several words,
    without a comma.

    Raises
    ------
    InputError : an entry that is neither, or an end before its start.
    """
    return [_event(entry, known) for entry in split_names(text)]


def dated(
    start: str,
    *,
    end: str = "",
    label: str = "",
    note: str = "",
    known: Mapping[str, Intervention] = NOTHING_KNOWN,
) -> Intervention:
    """An intervention by its name in `known` or its first day, with words of the reader's own.

    end : its last day; a month means its last day.   label : as a sentence calls it where it
    starts with a small letter ("the smoking ban"), else quoted.   note : what it is.
    """
    event = find_intervention(start, known)
    if not (end or label or note):
        return event
    return replace(
        event,
        end=_last_day(end) if end else event.end,
        label=show.capital(label) if label else event.label,
        noun=(label if label[0].islower() else "") if label else event.noun,
        description=note or event.description,
    )


def parse_spans(text: str) -> list[tuple[str, str]]:
    """Spans of time out of one line: `2020-03..2020-05, 2021-01`; a single date is a span.

    Raises
    ------
    InputError : an entry that is neither a date nor two.
    """
    spans = [tuple(part.strip() for part in entry.split("..")) for entry in split_names(text)]
    for span in spans:
        if len(span) > 2 or None in map(span_of, span):
            raise refusal("span of time", span="..".join(span))
    return [(span[0], span[-1]) for span in spans]


def parse_options(text: str) -> dict[str, Any]:
    """Options of a model out of one line: `maxlags=4, order=1,1,0` gives 4 and (1, 1, 0).

    Raises
    ------
    InputError : a value without a name.
    """
    given: dict[str, list[str]] = {}
    for part in split_names(text):
        name, equals, value = part.rpartition("=")
        if equals:
            given[name.strip()] = [value.strip()]
        elif given:
            given[next(reversed(given))].append(part)
        else:
            raise refusal("option without a name", part=part)
    values = {name: [_value(one) for one in parts] for name, parts in given.items()}
    return {name: tuple(v) if len(v) > 1 else v[0] for name, v in values.items()}


def date_of(period: pd.Period) -> str:
    """A period as a start or an end is written: by its day where a month may have several."""
    return f"{period.start_time:{'%Y-%m' if period.freqstr[0] in 'MQY' else '%Y-%m-%d'}}"


def _event(entry: str, known: Mapping[str, Intervention]) -> Intervention:
    when, _, rest = entry.partition(" ")
    first, _, end = when.partition("..")
    if entry in known or (span_of(first) is None and not rest):
        return find_intervention(entry, known)
    if span_of(first) is None or (end and span_of(end) is None):
        raise refusal("event without a date", entry=entry, rule=show.capital(EVENT))
    shape, _, label = rest.strip().partition(" ")
    if not all(part in PARTS for part in parts_of(shape)[0]):
        shape, label = "", rest.strip()
    event = find_intervention(first)
    day = f"the event of {event.start.day} {event.start:%B %Y}"
    event = dated(first, end=end, label=label or day)
    return replace(event, shape=shape) if shape else event


def _last_day(text: str) -> date:
    span = span_of(text)
    if span is None:
        raise refusal("last day", text=text)
    return span.end_time.date()


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
