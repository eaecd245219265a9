"""The grid of the border question, and grids of encounters from a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.border import facts
from analysis.border.claims.ledger import Selected
from analysis.border.selection import load_outcome
from analysis.outcome import Outcome, ratio_outcome
from analysis.reading.entries import Named, Word, parse_entry
from analysis.robustness.curve.grid import Grid, make_grid

_DEFAULTS: dict[str, Any] = {
    "outcome": {"Border Patrol, southwest": {}},
    "end": "2024-12",
    "intervention": "asylum-restrictions",
}


def read_grid(given: Mapping[str, Any], *, outcomes: Mapping[str, Outcome] | None = None) -> Grid:
    """A grid from a mapping, as YAML holds it.

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
    choices = {**_DEFAULTS, **given}
    selections = choices.pop("outcome")
    return make_grid(choices, _outcomes(selections) if outcomes is None else outcomes)


def default_grid() -> Grid:
    """The border's own grid: specifications.yml beside the figures."""
    return read_grid(facts("specifications.yml"))


def _outcomes(selections: object) -> dict[str, Outcome]:
    remedy = "For example outcome: {at ports: {component: ofo}}."
    named = parse_entry(Named, selections, "grid", "outcome", remedy=remedy)
    return {str(name): _outcome(str(name), chosen or {}) for name, chosen in named.items()}


def _outcome(name: str, selection: object) -> Outcome:
    """The series of a selection, or its ratio to another one's (`over`)."""
    chosen = dict(selection) if isinstance(selection, Mapping) else selection
    over = chosen.pop("over", None) if isinstance(chosen, dict) else None
    where, remedy = f"outcome '{name}'", "For example {component: ofo}."
    series = [
        load_outcome(**parse_entry(dict[Selected, Word], part, "grid", where, remedy=remedy))
        for part in (chosen, over)
        if part is not None
    ]
    return series[0] if over is None else ratio_outcome(*series, name=name)
