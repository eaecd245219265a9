"""The estimate with and without other dated events: which choices there are, and their section."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from IPython.display import Markdown

from analysis.effects.lineup import LineUp
from analysis.errors import DesignError
from analysis.models import Fit, refit
from analysis.outcome import Intervention, period_of
from analysis.pages import effect

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
    heading = Markdown("## With and without the other events")
    return heading, effect.why_events(fitted, choices, lacking(fitted)), choices
