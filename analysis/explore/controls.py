"""The parameters of a notebook as controls that a reader can change.

What can be chosen is what a parameter's rule allows, the dated events and periods of the series,
the registered models and the tables of figures. There is no second list here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import ipywidgets as widgets
import traitlets

from analysis import show
from analysis.border.question import OFFICIAL, OWN, SERIES
from analysis.border.selection import load_outcome, prefer, selectable
from analysis.border.sources.reading import read_data
from analysis.border.sources.table import ALL, COMPONENTS, DEMOGRAPHICS, DIMENSIONS
from analysis.models import registered_models
from analysis.outcome import Intervention
from analysis.outcome.written import date_of
from analysis.reading.series import PARAMETERS
from analysis.report.parameters import FORMS, Parameter, Value, bounds, listed_values
from analysis.robustness.curve.grid import FIXED

# What names and reads a table is settled before anything is tried on its series.
SETTLED = ("data", *PARAMETERS, "intervention_label", "intervention_note", "plan")
NONE = ("", "none", ALL)
SEPARATORS = r"\s*[,+]\s*"


def make_controls(
    known: Mapping[str, Parameter], values: Mapping[str, Value]
) -> dict[str, widgets.Widget]:
    """A control for each parameter of a notebook; its `value` is the parameter's.

    Raises
    ------
    DataError : given files (the parameter `data`) that cannot be used.
    """
    chosen: dict[str, Any] = {name: values[name] for name in SERIES if name in values}
    series = load_outcome(**chosen)
    periods = [date_of(period) for period in series.periods]
    readings = read_data(chosen["data"], {}) if series.catalogue and chosen["data"] else ()
    tables = [*prefer(table for reading in readings for table in reading.tables)]
    # A table of the reader's own has no official parts, and none of the border's events.
    idle, found = OWN if series.catalogue else OFFICIAL, {}
    for name, parameter in known.items():
        value, rule = values[name], parameter.allowed
        if name in SETTLED or name in idle:
            continue
        if name in DIMENSIONS and not rule:
            monthly = [table for table in tables if table.frequency == "monthly"]
            parts = sorted(selectable(monthly, name) - {ALL})
            found[name] = _boxes(parameter, value, _words(parts), join="+", none=ALL)
        elif rule == "interventions":
            found[name] = _boxes(parameter, value, _dated(series.catalogue), join=", ", none="")
        elif span := bounds(parameter):
            found[name] = _number(parameter, value, *span)
        elif rule == "intervention":
            found[name] = _one(parameter, value, _dated(series.catalogue))
        else:
            options = periods if rule in FORMS else listed_values(parameter)
            found[name] = _one(parameter, value, _words(options, name))
    return found


def parts(value: Value) -> set[str]:
    """What a value lists, in no order: two values with the same parts mean the same."""
    return set(re.split(SEPARATORS, str(value))) - set(NONE)


def _dated(events: Mapping[str, Intervention]) -> dict[str, str]:
    return {name: f"{event.start} {event.label}" for name, event in events.items()}


def _words(options: Iterable[str], name: str = "") -> dict[str, str]:
    """Each of these values as a reader sees it."""
    models = {key: f"{key}: {model.label}" for key, model in registered_models().items()}
    words = {**COMPONENTS, **DEMOGRAPHICS}
    return {
        each: models.get(each)
        or show.capital(FIXED.get((name, each)) or words.get(each) or each.replace("_", " "))
        for each in options
    }


def _look(parameter: Parameter) -> dict[str, Any]:
    return {
        "description": show.capital(parameter.name.replace("_", " ")),
        "tooltip": parameter.meaning,
        "style": {"description_width": "7.5rem"},
        "layout": {"width": "auto"},
    }


def _number(parameter: Parameter, value: Value, least: float, most: float) -> widgets.Widget:
    whole = parameter.type == "int"
    kind = widgets.BoundedIntText if whole else widgets.BoundedFloatText
    step = 1 if whole else 0.01
    return kind(value=value, min=least, max=most, step=step, **_look(parameter))


def _one(parameter: Parameter, value: Value, words: Mapping[str, str]) -> widgets.Widget:
    """One of several values, the given one among them; any text where there are none."""
    if not words:
        return widgets.Text(value=value, continuous_update=False, **_look(parameter))
    every = {**words, str(value): words.get(str(value), str(value))}
    options = [(label, each) for each, label in every.items()]
    return widgets.Dropdown(options=options, value=value, **_look(parameter))


def _boxes(
    parameter: Parameter, value: Value, words: Mapping[str, str], *, join: str, none: str
) -> widgets.Widget:
    """Any number of values, a box to tick for each. `none` is the value where none is ticked."""
    given = [each.strip() for each in str(value).split(join.strip())]
    every = dict(words) | {each: each for each in given if each not in (*NONE, *words)}
    boxes = [
        widgets.Checkbox(each in given, description=label, indent=False, tooltip=each)
        for each, label in every.items()
    ]
    title = _look(parameter)["description"] + (f" (none ticked: {none})" if none else "")
    heading = widgets.Label(title, tooltip=parameter.meaning)
    made = widgets.VBox([heading, *boxes]).add_class("its-boxes")
    made.add_traits(value=traitlets.Unicode())

    def take(_: object = None) -> None:
        made.value = join.join(box.tooltip for box in boxes if box.value) or none

    take()
    for box in boxes:
        box.observe(take, names="value")
    return made
