"""The grid of a specification curve: which choices are tried, from a mapping or a YAML file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any, Literal

import yaml

from analysis.border.groups import ratio_outcome
from analysis.border.selection import load_outcome
from analysis.border.sources import DIMENSIONS as CELLS
from analysis.errors import InputError, unknown_name
from analysis.models import registered_models
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import SHAPES, Outcome, find_intervention

Scale = Literal["log", "level"]
DIMENSIONS = (
    "outcome",
    "start",
    "end",
    "intervention",
    "shape",
    "phase_in",
    "events",
    "season",
    "model",
    "scale",
)
NO_EVENTS = "none"
SELECTION = (*CELLS, "frequency")


@dataclass(frozen=True, kw_only=True)
class Specification:
    """One choice of everything. `start` or `end` None is the first or last period there is."""

    outcome: str
    start: str | None
    end: str | None
    intervention: str
    shape: str
    phase_in: int
    events: tuple[str, ...]
    season: int | str
    model: str
    scale: Scale

    @property
    def keys(self) -> dict[str, object]:
        """The choices as columns of a table; events joined by "+"."""
        return {**vars(self), "events": event_names(self.events)}


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Every combination of these choices is a specification.

    outcomes : the series by name.   choices : the values of each of the other `DIMENSIONS`.
    """

    outcomes: Mapping[str, Outcome] = field(repr=False)
    choices: Mapping[str, tuple[Any, ...]]

    def __len__(self) -> int:
        size = len(self.outcomes)
        for values in self.choices.values():
            size *= len(values)
        return size

    def __iter__(self) -> Iterator[Specification]:
        values = [tuple(self.outcomes), *(self.choices[name] for name in DIMENSIONS[1:])]
        for chosen in product(*values):
            yield Specification(**dict(zip(DIMENSIONS, chosen, strict=True)))

    def names(self, dimension: str) -> list[str]:
        """The values of a dimension as they stand in a table, in the order of the grid."""
        if dimension == "outcome":
            return list(self.outcomes)
        values = self.choices[dimension]
        return [event_names(value) if dimension == "events" else str(value) for value in values]

    def only(self, choices: Mapping[str, Sequence[Any]]) -> Grid:
        """The same grid with these values of some dimensions instead of its own.

        Raises
        ------
        InputError : as `read_grid`; the series stay as they are.
        """
        for name in choices:
            if name not in DIMENSIONS[1:]:
                raise unknown_name("dimension of a specification", name, DIMENSIONS[1:])
        known = {name: _values(name, list(values)) for name, values in choices.items()}
        return Grid(outcomes=self.outcomes, choices={**self.choices, **known})

    @property
    def varied(self) -> list[str]:
        """The dimensions with more than one value."""
        return [name for name in DIMENSIONS if len(self.names(name)) > 1]


def event_names(events: tuple[str, ...]) -> str:
    """Names joined by "+", or "none"."""
    return "+".join(events) or NO_EVENTS


def read_grid(
    source: Mapping[str, Any] | str | Path, *, outcomes: Mapping[str, Outcome] | None = None
) -> Grid:
    """A grid from a mapping, or from a YAML file that holds one.

    Each of start, end, intervention, shape, phase_in, events, season, model and scale is a value
    or a list of values; one that is left out has its default. An element of `events` is a list
    of names, "a+b", or "none". `outcome` maps a name to a selection (see `load_outcome`); with
    `over`, another selection, the series is the ratio of the two.

    Parameters
    ----------
    outcomes : series by name, instead of `outcome` in the grid.

    Raises
    ------
    InputError : an unknown dimension, an empty list, a value twice, or an unknown value.
    """
    raw = _read(source)
    for name in raw:
        if name not in DIMENSIONS:
            raise unknown_name("dimension of a specification", name, DIMENSIONS)
    if outcomes is None:
        outcomes = _outcomes(raw.get("outcome", {"Border Patrol, southwest": {}}))
    choices = {name: _values(name, raw.get(name, default)) for name, default in _DEFAULTS.items()}
    return Grid(outcomes=dict(outcomes), choices=choices)


def default_grid() -> Grid:
    """The package's own grid: analysis/border/data/specifications.yml."""
    return read_grid(Path(str(files("analysis") / "border" / "data" / "specifications.yml")))


_DEFAULTS: dict[str, Any] = {
    "start": None,
    "end": "2024-12",
    "intervention": "asylum-restrictions",
    "shape": "level+slope",
    "phase_in": 0,
    "events": NO_EVENTS,
    "season": "auto",
    "model": DEFAULT_MODEL,
    "scale": "log",
}


def _read(source: Mapping[str, Any] | str | Path) -> Mapping[str, Any]:
    if isinstance(source, Mapping):
        return source
    try:
        raw = yaml.safe_load(Path(source).read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(
            f"The grid '{source}' cannot be read: {error}.",
            rule="A grid is a YAML file that maps dimensions to values.",
            remedy="Correct the path or the file.",
        ) from None
    if not isinstance(raw, Mapping):
        raise InputError(
            f"The grid '{source}' holds a {type(raw).__name__}.",
            rule="A grid maps dimensions to values.",
            remedy=f"Write, for example, 'season: [0, 1]'. Dimensions: {', '.join(DIMENSIONS)}.",
        )
    return raw


def _outcomes(selections: object) -> dict[str, Outcome]:
    if not isinstance(selections, Mapping) or not selections:
        raise InputError(
            f"The grid's outcome is {selections!r}.",
            rule="The outcome maps a name to a selection of a series.",
            remedy="For example outcome: {at ports: {component: ofo}}.",
        )
    return {str(name): _outcome(str(name), chosen or {}) for name, chosen in selections.items()}


def _outcome(name: str, selection: object) -> Outcome:
    chosen = _selection(name, selection)
    over = chosen.pop("over", None)
    if over is None:
        return load_outcome(**_known_selection(name, chosen))
    parts = (_known_selection(name, part) for part in (chosen, _selection(name, over)))
    return ratio_outcome(*(load_outcome(**part) for part in parts), name=name)


def _selection(name: str, given: object) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise InputError(
            f"The selection of outcome '{name}' is {given!r}.",
            rule="A selection maps dimensions of a series to values.",
            remedy="For example {component: ofo}.",
        )
    return dict(given)


def _known_selection(name: str, selection: Mapping[str, Any]) -> dict[str, Any]:
    """The selection with its values as texts, refused where a dimension is not known."""
    for key in selection:
        if key not in SELECTION:
            raise unknown_name(f"selection in outcome '{name}'", key, SELECTION)
    ends = ("start", "end")
    return {k: v if v is None and k in ends else str(v) for k, v in selection.items()}


def _values(name: str, given: object) -> tuple[Any, ...]:
    values: Sequence[Any] = given if isinstance(given, list | tuple) else [given]
    known = tuple(_known(name, value) for value in values)
    if not known:
        raise InputError(
            f"The grid has no value for {name}.",
            rule="Each dimension has at least one value.",
            remedy=f"Leave {name} out to have its default.",
        )
    twice = [value for i, value in enumerate(known) if value in known[:i]]
    if twice:
        raise InputError(
            f"The grid has {twice[0]!r} twice for {name}.",
            rule="Each value of a dimension is there once, or it would count twice.",
            remedy="Remove one of them.",
        )
    return known


def _known(name: str, value: Any) -> Any:
    """The value in its one form, refused if it is not known."""
    match name:
        case "start" | "end":
            return None if value is None else str(value)
        case "events":
            return _events(value)
        case "intervention":
            find_intervention(str(value))
            return str(value)
        case "phase_in":
            return _whole(name, value)
    allowed = {"model": tuple(registered_models()), "scale": ("log", "level"), "shape": SHAPES}
    if name in allowed and value not in allowed[name]:
        raise unknown_name(name, value, allowed[name])
    return value


def _events(value: Any) -> tuple[str, ...]:
    if value is None or value == NO_EVENTS:
        return ()
    given = value if isinstance(value, list | tuple) else str(value).split("+")
    names = tuple(str(name) for name in given)
    for name in names:
        find_intervention(name)
    return names


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InputError(
            f"The grid has {value!r} for {name}.",
            rule=f"{name} is a whole number of periods, 0 or more.",
            remedy="Use 0 for none.",
        )
    return value
