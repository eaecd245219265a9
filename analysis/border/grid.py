"""The grid of the border question, and grids of encounters from a mapping or a YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from analysis.border import DATA
from analysis.border.selection import load_outcome
from analysis.border.sources import DIMENSIONS as CELLS
from analysis.errors import InputError, unknown_name
from analysis.outcome import Outcome, ratio_outcome
from analysis.robustness.curve.grid import DIMENSIONS, Grid, make_grid

SELECTION = (*CELLS, "frequency")
_DEFAULTS: dict[str, Any] = {
    "outcome": {"Border Patrol, southwest": {}},
    "end": "2024-12",
    "intervention": "asylum-restrictions",
}


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
    choices = {**_DEFAULTS, **_read(source)}
    selections = choices.pop("outcome")
    return make_grid(choices, _outcomes(selections) if outcomes is None else outcomes)


def default_grid() -> Grid:
    """The border's own grid: specifications.yml beside the figures."""
    return read_grid(DATA / "specifications.yml")


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
