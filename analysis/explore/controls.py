"""The parameters of a notebook as controls that a reader can change.

What can be chosen is what a parameter's rule allows, the catalogue of dated events, the registered
models and the tables of figures. There is no second list here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import ipywidgets as widgets
import pandas as pd

from analysis import show
from analysis.border.events import catalogue
from analysis.border.selection import prefer, selectable
from analysis.border.sources import ALL, DIMENSIONS, Encounters, read_data
from analysis.border.words import COMPONENTS, DEMOGRAPHICS
from analysis.models import registered_models
from analysis.reading import PARAMETERS
from analysis.report.parameters import Parameter, Value, bounds, listed_values
from analysis.robustness.curve.choice_words import FIXED

# On the longest series these take more than half a second.
SLOW = ("arima", "forecast_arima", "structural", "forecast_structural")
SEPARATORS = r"\s*[,+]\s*"


@dataclass(frozen=True, kw_only=True)
class Control:
    """One parameter on the page: what is shown, the inputs in it, and how its value is read.

    inputs : by the value that each stands for; "" where one input holds the whole value.
    """

    shown: widgets.Widget
    inputs: Mapping[str, widgets.Widget]
    read: Callable[[], Value]

    @property
    def long(self) -> bool:
        """Whether it is a list of boxes to tick."""
        return "" not in self.inputs


def make_controls(
    known: Mapping[str, Parameter], values: Mapping[str, Value]
) -> dict[str, Control]:
    """A control for each parameter whose rule lists or bounds values, or that selects a series.

    Raises
    ------
    DataError : given files (the parameter `data`) that cannot be used.
    """
    how = {name: str(values[name]) for name in PARAMETERS if name in values}
    tables, months = _offered(str(values.get("data", "")), how)
    words = _words()
    found = {}
    for name, parameter in known.items():
        # How a table is read is settled before anything is tried on its series.
        if name in PARAMETERS or (name in DIMENSIONS and not tables):
            continue
        value = values[name]
        # What is known of the border says nothing of a table of one's own.
        listed = (
            listed_values(parameter) if tables or "intervention" not in parameter.allowed else ()
        )
        if name in DIMENSIONS and not parameter.allowed:
            split = sorted(selectable(tables, name) - {ALL})
            found[name] = _several(parameter, value, split, words, join="+", none=ALL)
        elif parameter.allowed == "interventions":
            found[name] = _several(parameter, value, listed, words, join=", ", none="")
        elif parameter.allowed == "intervention" and not tables:
            found[name] = _one(parameter, value, (), words)
        elif parameter.allowed:
            found[name] = _one(parameter, value, listed or months, words)
    return found


def parts(value: Value) -> set[str]:
    """What a value lists, in no order: two values with the same parts mean the same."""
    return set(re.split(SEPARATORS, str(value)))


def _offered(data: str, how: Mapping[str, str]) -> tuple[list[Encounters], list[str]]:
    """The monthly tables to select from, none for a given series, and the months they span."""
    readings = read_data(data, how) if data else ()
    tables = prefer(table for reading in readings for table in reading.tables)
    tables = [table for table in tables if table.frequency == "monthly"]
    own = [reading.series.periods for reading in readings if reading.series is not None]
    spans = own or [table.periods for table in tables]
    first = min(span[0].start_time for span in spans)
    last = max(span[-1].start_time for span in spans)
    return [] if own else tables, [str(month) for month in pd.period_range(first, last, freq="M")]


def _words() -> dict[str, str]:
    """What a reader sees for a value that has a name of its own."""
    models = {
        name: f"{name}: {model.label}{' (can take some seconds)' if name in SLOW else ''}"
        for name, model in registered_models().items()
    }
    events = {name: f"{event.start} {event.label}" for name, event in catalogue().items()}
    codes = {code: show.capital(text) for code, text in {**COMPONENTS, **DEMOGRAPHICS}.items()}
    return {**codes, **models, **events}


def _one(
    parameter: Parameter, value: Value, options: Sequence[str], words: Mapping[str, str]
) -> Control:
    """A number in its bounds, or one of several values."""
    described = {
        "description": _called(parameter),
        "tooltip": parameter.meaning,
        "style": {"description_width": "6rem"},
        "layout": {"width": "auto"},
    }
    if span := bounds(parameter):
        whole = parameter.type == "int"
        kind = widgets.BoundedIntText if whole else widgets.BoundedFloatText
        step = 1 if whole else 0.01
        made = kind(value=value, min=span[0], max=span[1], step=step, **described)
    else:
        every = _with(options, [str(value)])
        fixed = {each: FIXED.get((parameter.name, each), each) for each in every}
        shown = [(show.capital(words.get(each, fixed[each])), each) for each in every]
        made = widgets.Dropdown(options=shown, value=value, **described)
    return Control(shown=made, inputs={"": made}, read=lambda: made.value)


def _several(
    parameter: Parameter,
    value: Value,
    options: Sequence[str],
    words: Mapping[str, str],
    *,
    join: str,
    none: str,
) -> Control:
    """Any number of values, a box to tick for each. `none` is the value where none is ticked."""
    given = [each for each in re.split(SEPARATORS, str(value)) if each not in ("", none)]
    boxes = {
        each: widgets.Checkbox(
            each in given,
            description=words.get(each, each.replace("_", " ").title()),
            indent=False,
        )
        for each in _with(options, given)
    }
    title = _called(parameter) + (f" (none ticked: {none})" if none else "")
    heading = widgets.Label(title, tooltip=parameter.meaning)
    shown = widgets.VBox([heading, widgets.VBox([*boxes.values()]).add_class("its-boxes")])

    def read() -> Value:
        return join.join(each for each, box in boxes.items() if box.value) or none

    return Control(shown=shown, inputs=boxes, read=read)


def _called(parameter: Parameter) -> str:
    return show.capital(parameter.name.replace("_", " "))


def _with(options: Sequence[str], given: Iterable[str]) -> list[str]:
    """The options, and what is given besides: a date of the reader's own stays possible."""
    return [*options, *(each for each in given if each not in options)]
