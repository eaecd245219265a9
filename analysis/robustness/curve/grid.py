"""The grid of a specification curve: which choices are tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import product
from math import prod
from typing import Any, Literal

import pandas as pd

from analysis import show
from analysis.errors import refusal, refuse_bounds, unknown_name
from analysis.models import find_model, registered_models
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import Intervention, Outcome, find_intervention, known_events, refuse_shape

Scale = Literal["log", "level"]
NO_EVENTS = "none"
MOST = 1000  # values of a dimension
_SAID = show.words("robustness/curve/words.yml")
WORDS: Mapping[str, str] = _SAID["dimensions"]
FIXED = {(name, value): text for name, of in _SAID["values"].items() for value, text in of.items()}


@dataclass(frozen=True, kw_only=True)
class Specification:
    """One choice of everything. `start` or `end` None is the first or last period there is."""

    outcome: str
    start: str | None = None
    end: str | None = None
    intervention: str = ""
    shape: str = "level+slope"
    phase_in: int = 0
    events: tuple[str, ...] = ()
    season: int | str = "auto"
    model: str = DEFAULT_MODEL
    scale: Scale = "log"

    @property
    def keys(self) -> dict[str, object]:
        """The choices as columns of a table; events joined by "+"."""
        return {**vars(self), "events": event_names(self.events)}


DIMENSIONS = tuple(each.name for each in fields(Specification))


@dataclass(frozen=True, kw_only=True)
class Grid(show.Shown):
    """Every combination of these choices is a specification.

    outcomes : the series by name.   choices : the values of each of the other `DIMENSIONS`.
    """

    outcomes: Mapping[str, Outcome] = field(repr=False)
    choices: Mapping[str, tuple[Any, ...]]

    def __len__(self) -> int:
        return prod(map(len, (self.outcomes, *self.choices.values())))

    def __iter__(self) -> Iterator[Specification]:
        values = [tuple(self.outcomes), *(self.choices[name] for name in DIMENSIONS[1:])]
        for chosen in product(*values):
            yield Specification(**dict(zip(DIMENSIONS, chosen, strict=True)))

    def named(self, dimension: str) -> dict[str, Any]:
        """The values of a dimension by what stands for them in a table, in the grid's order."""
        if dimension == "outcome":
            return dict(self.outcomes)
        name = event_names if dimension == "events" else str
        return {name(value): value for value in self.choices[dimension]}

    @property
    def events(self) -> dict[str, Intervention]:
        """The dated events that are known to bear on any of the series, by name."""
        return known_events(self.outcomes.values())

    def only(self, choices: Mapping[str, Any]) -> Grid:
        """The same grid with these values of some dimensions instead of its own.

        Raises
        ------
        InputError : as `make_grid`; the series stay as they are.
        """
        for name in choices:
            if name not in DIMENSIONS[1:]:
                raise unknown_name("dimension of a specification", name, DIMENSIONS[1:])
        events = self.events
        known = {name: _values(name, values, events) for name, values in choices.items()}
        return Grid(outcomes=self.outcomes, choices={**self.choices, **known})

    @property
    def varied(self) -> list[str]:
        """The dimensions with more than one value."""
        return [name for name in DIMENSIONS if len(self.named(name)) > 1]


def event_names(events: tuple[str, ...]) -> str:
    """Names joined by "+", or "none"."""
    return "+".join(events) or NO_EVENTS


def make_grid(choices: Mapping[str, Any], outcomes: Mapping[str, Outcome]) -> Grid:
    """A grid over series, from what is tried of every other dimension.

    Parameters
    ----------
    choices : by dimension, a value or a list of values; one that is left out has its default, and
        `intervention` has none. An element of `events` is a list of names, "a+b", or "none".
    outcomes : the series by name.

    Raises
    ------
    InputError : an unknown dimension, no intervention, an empty list or over 1,000 values, a value
        twice, or an unknown one.
    """
    default = {dimension.name: [dimension.default] for dimension in fields(Specification)[1:]}
    return Grid(outcomes=dict(outcomes), choices={}).only({**default, **choices})


def _values(name: str, given: object, events: Mapping[str, Intervention]) -> tuple[Any, ...]:
    values: Sequence[Any] = given if isinstance(given, list | tuple) else [given]
    n = len(values)
    refuse_bounds((f"number of values of {name}", f"{n:,}", n <= MOST, f"at most {MOST:,}"))
    known = tuple(_known(name, value, events) for value in values)
    if not known:
        raise refusal("empty dimension", name=name)
    twice = [value for value, n in Counter(known).items() if n > 1]
    if twice:
        raise refusal("value twice", value=twice[0], name=name)
    return known


def _known(name: str, value: Any, events: Mapping[str, Intervention]) -> Any:
    """The value in its one form, refused if it is not known."""
    if name != "events" and isinstance(value, list | dict | set):
        raise unknown_name(f"value of {name}", value, ["a text", "a number"])
    match name:
        case "start" | "end":
            return None if value is None else str(value)
        case "events":
            return _events(value, events)
        case "intervention" if not value:
            raise refusal("grid without intervention")
        case "intervention":
            find_intervention(str(value), events)
            return str(value)
        case "phase_in" if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise refusal("no whole number of periods", value=value, name=name)
        case "shape":
            refuse_shape(str(value))
            return str(value)
        case "model" if value not in registered_models():
            raise unknown_name(name, value, registered_models())
        case "season" if str(value) in {*"0123456789"}:
            return int(value)  # "0" is the value 0 once more
        case "scale" if value not in ("log", "level"):
            raise unknown_name(name, value, ("log", "level"))
    return value


def _events(value: Any, known: Mapping[str, Intervention]) -> tuple[str, ...]:
    if value is None or value == NO_EVENTS:
        return ()
    given = value if isinstance(value, list | tuple) else str(value).split("+")
    names = tuple(str(name) for name in given)
    for name in names:
        find_intervention(name, known)
    return names


def choice_words(grid: Grid, dimension: str, value: str) -> str:
    """A value of a dimension, as it stands in the curve's table, for a reader."""
    if (dimension, value) in FIXED:
        return FIXED[dimension, value]
    match dimension:
        case "start" | "end":
            return show.period_name(pd.Period(value)) if value != "None" else "all there is"
        case "events":
            events = [find_intervention(name, grid.events) for name in grid.named("events")[value]]
            return show.join_words([event.inside for event in events]) or "none"
        case "intervention":
            return show.day_name(find_intervention(value, grid.events).start)
        case "model":
            return find_model(value).label
        case "season":
            return f"{value} {'wave' if value == '1' else 'waves'} a year"
        case "phase_in":
            return f"after {value} periods"
        case "shape":
            return value.replace("+", " and ")
    return value
