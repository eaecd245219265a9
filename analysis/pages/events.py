"""The estimate with and without other dated events, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from analysis import show
from analysis.effects.lineup import LineUp
from analysis.errors import DesignError
from analysis.models import Fit, refit
from analysis.outcome import Intervention, period_of
from analysis.pages.said import prose, say
from analysis.pages.words import Heading, Prose

# An error beyond so many standard deviations asks for an event that the design lacks.
FAR = 3.0


def event_choices(fitted: Fit) -> dict[str, Fit]:
    """The fit with and without the other events, and with each known event that it may lack.

    It may lack an event that starts in the period of the largest error, if that is beyond
    `FAR` standard deviations.
    """
    events = fitted.design.events
    fits = {"With the other events": fitted, "Without them": refit(fitted, events=())}
    for event in lacking(fitted):
        # An added event that cannot be told from the terms that are there is no choice.
        with suppress(DesignError):
            fits[f"With {event.label} too"] = refit(fitted, events=(*events, event))
    return fits


def lacking(fitted: Fit) -> list[Intervention]:
    """Known events outside the design that start in the period of an error beyond `FAR`."""
    design, errors = fitted.design, fitted.innovations.abs()
    worst = errors.idxmax()
    inside = {event.name for event in (design.intervention, *design.events)}
    return [
        event
        for event in design.outcome.catalogue.values()
        if errors[worst] > FAR
        and event.name not in inside
        and period_of(event.start, design.outcome.periods) == worst
    ]


def events_section(fitted: Fit, choices: LineUp) -> Sequence[Any]:
    """The estimate with and without the other events, in a section; nothing without events."""
    if not fitted.design.events:
        return ()
    errors, named = fitted.innovations, [event.label for event in lacking(fitted)]
    worst = errors.abs().idxmax()
    missing = say("events", "lacking", named=named, worst=worst, error=errors[worst])
    said = (say("events", "why"), *events_note(choices).paragraphs, missing)
    return Heading(text="With and without the other events"), Prose(*said), choices


def events_note(line_up: LineUp) -> Prose:
    """What a reader should take from the estimates under several choices."""
    average = line_up.table.xs("average", level="estimand")
    low, high = average["estimate"].min(), average["estimate"].max()
    unit = average["unit"].iloc[0]
    # An interval gives the unit of per cents alone.
    spread = show.interval(low, high, unit) + ("" if unit.startswith("%") else f" {unit}")
    return prose("events", "choices", spread=spread, turns=low * high <= 0,
                 overlap=average["lower"].max() <= average["upper"].min())  # fmt: skip
