"""What alt texts of several figures say alike: the course of a series, events, estimates."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analysis import show
from analysis.outcome import Intervention, Outcome


def course(name: str, values: pd.Series, unit: str = "") -> str:
    """Span, lowest, highest and last value of a series of periods, in `unit`."""
    known = values.dropna()
    digits = 0 if known.abs().max() >= 100 else None
    last = show.amount(known.iloc[-1], unit, digits)
    low, high = (
        f"{show.amount(known[at], unit, digits)} {show.in_period(at)}"
        for at in (known.idxmin(), known.idxmax())
    )
    span = show.span_name(*known.index[[0, -1]])
    return f"{show.capital(name)}, {span}: lowest {low}, highest {high}, last {last}."


def dated(events: Iterable[Intervention]) -> str:
    """Labels of events with their dates; empty where there are none."""
    return show.join_words([f"{event.label} ({show.day_name(event.start)})" for event in events])


def marked(events: Iterable[Intervention]) -> str:
    """The same as a sentence that follows others."""
    return f" Marked: {text}." if (text := dated(events)) else ""


def estimates(table: pd.DataFrame, labels: Iterable[object], unit: str = "%") -> str:
    """Each row of a table of estimates by its label, with its interval."""
    rows = zip(labels, table.itertuples(), strict=True)
    return "; ".join(
        f"{label}: {show.amount(row.estimate, unit)}, {show.interval(row.lower, row.upper, unit)}"
        for label, row in rows
    )


def sources(*outcomes: Outcome) -> str:
    """Where the figures of series are from, each source once."""
    pieces = (piece for outcome in outcomes for piece in outcome.pieces)
    return show.join_words(list(dict.fromkeys(piece.source.label for piece in pieces)))
