"""A regular series with its unit and its sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import pandas as pd

from analysis import show
from analysis.errors import refusal
from analysis.outcome.intervention import NOTHING_KNOWN, Intervention
from analysis.outcome.periods import (
    STEPS,
    WORDS,
    Numbers,
    When,
    as_period,
    every_period,
    is_of_days,
    on_own_periods,
    step_of,
)
from analysis.outcome.source import Source
from analysis.show.templates import Told

Kind = Literal["count", "measure"]
MOST = 1e100  # in size; the squares of all values have a sum


@dataclass(frozen=True, kw_only=True)
class Piece:
    """The stretch of a series, first to last period inclusive, that one source gives."""

    source: Source
    first: pd.Period
    last: pd.Period

    def __str__(self) -> str:
        source = self.source
        # How exact the figures of a file without a vintage are, nobody has said.
        known = f" (vintage {source.vintage}, {source.precision})" if source.vintage else ""
        span = show.capital(show.span_name(self.first, self.last))
        return f"{span}: {source.publisher}, {source.file}{known}"


@dataclass(frozen=True, kw_only=True)
class Outcome(Told):
    """A regular series. A period without a figure is missing: it is never filled.

    values : one value a period (a PeriodIndex), NaN where it is missing; counts >= 0 where `kind`
        is "count".
    unit : word for the values, such as encounters.
    parts : what its name is made of, from the widest to the narrowest; () if it is one piece.
    kind : "count" (divided by the days of the period for modelling) or "measure" (used as it is).
    denominator : > 0, what counts are divided by in place of the days, such as a population; its
        name is the words for it: per 100,000 people.
    pieces : where the values come from, oldest first.
    notes : what a reader has to know about these values, in sentences.
    glossary : what words mean that only readers of this series know.
    catalogue : the dated events that are known to bear on it, by name.
    """

    name: str
    values: pd.Series = field(repr=False)
    unit: str
    parts: tuple[str, ...] = ()
    kind: Kind = "count"
    denominator: pd.Series | None = field(default=None, repr=False)
    pieces: tuple[Piece, ...] = ()
    notes: tuple[str, ...] = ()
    glossary: Mapping[str, str] = field(default_factory=dict, repr=False)
    catalogue: Mapping[str, Intervention] = field(default_factory=dict, repr=False)

    @cached_property
    def periods(self) -> pd.PeriodIndex:
        """The periods, oldest first."""
        return pd.PeriodIndex(self.values.index)

    @property
    def missing(self) -> pd.PeriodIndex:
        """The periods without a figure."""
        return self.periods[self.values.isna()]

    @property
    def missing_words(self) -> str:
        """Which periods these are, in words."""
        return missing_words(self.missing)

    @property
    def step(self) -> str:
        """The word for one period: day, week, four-week period, month, quarter, half-year, ..."""
        return WORDS[step_of(self.periods)]

    @property
    def steps_per_year(self) -> float:
        """How many periods make a year (12 for months, 52.18 for weeks)."""
        return STEPS[step_of(self.periods)].per_year

    @cached_property
    def days(self) -> pd.Series:
        """The number of days in each period."""
        first, last = (self.periods.asfreq("D", end).asi8 for end in ("start", "end"))
        return pd.Series(last - first + 1, index=self.periods)

    @cached_property
    def exposure(self) -> pd.Series:
        """What a rate is multiplied by to give the values: denominator, days, 1 for measures."""
        if self.kind == "measure":
            return pd.Series(1.0, index=self.periods)
        return self.days if self.denominator is None else self.denominator.reindex(self.periods)

    @cached_property
    def rate(self) -> pd.Series:
        """What is modelled: the count for each day or unit of the denominator, or the measure."""
        return self.values / self.exposure

    @property
    def rate_unit(self) -> str:
        """The unit of `rate`."""
        if self.kind == "measure":
            return self.unit
        return f"{self.unit} {'a day' if self.denominator is None else self.denominator.name}"

    @property
    def caveats(self) -> tuple[str, ...]:
        """What its sources say to keep in mind, each sentence once."""
        caveats = (caveat for piece in self.pieces for caveat in piece.source.caveats)
        return tuple(dict.fromkeys(caveats))

    def window(self, start: When | None = None, end: When | None = None) -> Outcome:
        """The same series from `start` to `end`, both inclusive.

        start, end : days, or months or years, which mean the periods that begin in them. So a
            window of weeks from 2022-01 to 2024-12 has every week that begins in these months.
            A day means the period that holds it.

        Raises
        ------
        InputError : the series does not cover the window, or the window is empty.
        """
        first = as_period(start, self.periods, "start") if start else self.periods[0]
        last = as_period(end, self.periods, "end", last=True) if end else self.periods[-1]
        if first > last:
            raise refusal("window backwards", first=first, last=last)
        if first < self.periods[0] or last > self.periods[-1]:
            raise refusal("window outside", first=first, last=last, series=self)
        return replace(
            self,
            values=self.values.loc[first:last],
            notes=(*self.notes, *_weeks_of_months(first, last, start, end)),
            pieces=tuple(
                replace(piece, first=max(piece.first, first), last=min(piece.last, last))
                for piece in self.pieces
                if piece.first <= last and piece.last >= first
            ),
        )

    def last_by(self, end: When | None) -> pd.Period:
        """The last period by `end`, or the series' own last one where it ends before."""
        own = self.periods[-1]
        return own if end is None else min(own, as_period(end, self.periods, "end", last=True))

    def __repr__(self) -> str:
        return f"{self.name}, {self.periods[0]} to {self.periods[-1]}"


def make_outcome(
    series: Numbers,
    *,
    name: str,
    unit: str,
    kind: Kind = "count",
    denominator: pd.Series | None = None,
    pieces: Sequence[Piece] = (),
    catalogue: Mapping[str, Intervention] = NOTHING_KNOWN,
) -> Outcome:
    """An outcome from any series of a user.

    Parameters
    ----------
    pieces : where its periods come from, for a page; empty for a series without a source.
    name, unit : words for the series and for its values, as they stand on pages.
    series : numbers, or a frame with one column of them. Their index holds periods (days, weeks,
        two or four weeks, months, quarters, half-years or years), the first days of such periods,
        or years. It is copied, never altered. A row that is missing between others, or empty
        (NaN), is a missing period; missing periods at the ends are no part of the series.
    kind : "count" for events in a period, "measure" for a rate, a share or a price.
    denominator : of counts, what they are divided by in place of the days (> 0 wherever there is
        a count), on the same periods; its name stands after the unit: per 100,000 people.
    catalogue : dated events that are known to bear on it, for designs to find by name.

    Raises
    ------
    DataError : an index of other things, a period that is repeated, more than half of the
        periods missing, a value that is not a finite number or beyond 1e100 or 1e-100 in size, a
        negative count, or a denominator that is missing or not positive.
    """
    values = every_period(on_own_periods(series, f"'{name}'"), name)
    negative = values[values < 0]
    if kind == "count" and len(negative):
        raise refusal("negative count", name=name, negative=negative)
    _refuse_size(values, name)
    if denominator is not None:
        denominator = _denominator(denominator, values, kind)
        _refuse_size(denominator, "the denominator")
    return Outcome(
        name=name,
        values=values,
        unit=unit,
        kind=kind,
        denominator=denominator,
        pieces=tuple(pieces),
        catalogue=dict(catalogue),
    )


def missing_words(missing: pd.PeriodIndex) -> str:
    """Which periods are missing: March 2020 and May to July 2020 (4 months)."""
    spans = [show.span_name(*ends) for ends in show.unbroken(missing)]
    if len(missing) == 1:
        return spans[0]
    step = WORDS[step_of(missing)]
    return f"{show.join_words(spans)} ({len(missing)} {step}s)"


def known_events(outcomes: Iterable[Outcome]) -> dict[str, Intervention]:
    """The dated events that are known to bear on any of several series, by name."""
    return {name: event for one in outcomes for name, event in one.catalogue.items()}


def _refuse_size(values: pd.Series, name: str) -> None:
    """The sums of squares of a fit are numbers that a computer can hold."""
    size = values.abs()
    beyond = values[(size > MOST) | ((size > 0) & (size < 1 / MOST))]
    if len(beyond):
        raise refusal("size", name=name, beyond=beyond)


def _denominator(given: pd.Series, values: pd.Series, kind: Kind) -> pd.Series:
    periods = pd.PeriodIndex(values.index)
    below = on_own_periods(given, "the denominator", periods).reindex(periods)
    bad = periods[~(below > 0) & values.notna()]
    if kind == "measure" or len(bad):
        first = "is of a measure" if kind == "measure" else f"is {below[bad[0]]:g} in {bad[0]}"
        raise refusal("denominator", first=first)
    return below.rename(given.name or "per unit")


def _weeks_of_months(
    first: pd.Period, last: pd.Period, start: When | None, end: When | None
) -> list[str]:
    """What a window of weeks that was given in months leaves out of them, or adds."""
    months = [str(when) for when in (start, end) if when and len(str(when)) < len("2024-06-05")]
    step = step_of(pd.PeriodIndex([first]))
    if not months or step == "D" or not is_of_days(step):
        return []
    return [
        f"{show.capital(WORDS[step])}s belong to the month in which they begin. The window has "
        f"{show.span_name(first, last)}: {first.start_time:%Y-%m-%d} to {last.end_time:%Y-%m-%d}."
    ]
