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
    why = (
        "Whether other events are part of the model is a choice that a careful analyst could "
        "make either way."
    )
    said = (why, *events_note(choices).paragraphs, _lacking_words(fitted))
    return Heading(text="With and without the other events"), Prose(*said), choices


def events_note(line_up: LineUp) -> Prose:
    """What a reader should take from the estimates under several choices."""
    average = line_up.table.xs("average", level="estimand")
    low, high = average["estimate"].min(), average["estimate"].max()
    spread = show.interval(low, high, average["unit"].iloc[0])
    overlap = average["lower"].max() <= average["upper"].min()
    if low * high <= 0:
        meaning = "It changes its sign, so the answer hangs on this choice."
    elif overlap:
        meaning = "The intervals overlap: the choice moves the size of the answer, not its sign."
    else:
        meaning = "The sign stays, but the intervals do not overlap: the size hangs on this choice."
    return Prose(f"The average effect is {spread} over these choices. {meaning}")


def _lacking_words(fitted: Fit) -> str:
    """The largest error and the known events of its period that the design does not have."""
    named = show.join_words([event.label for event in lacking(fitted)])
    if not named:
        return ""
    errors = fitted.innovations
    worst = errors.abs().idxmax()
    return (
        f"The largest error of the model is {show.in_period(worst)} "
        f"({show.number(errors[worst], 1)} standard deviations), when these began, which are not "
        f"in the model: {named}. The estimate with each of them stands below too."
    )
