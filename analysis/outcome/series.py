"""A regular series with its unit and its sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from analysis import show
from analysis.errors import DataError, InputError, unknown_name
from analysis.outcome.intervention import NOTHING_KNOWN, Intervention
from analysis.outcome.source import Source

Kind = Literal["count", "measure"]


STEPS_PER_YEAR = {"M": 12.0, "Q": 4.0, "Y": 1.0, "W": 365.25 / 7}


STEP_NAMES = {"M": "month", "Q": "quarter", "Y": "year", "W": "week"}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """The stretch of a series, first to last period inclusive, that one source gives."""

    source: Source
    first: pd.Period
    last: pd.Period

    def __str__(self) -> str:
        source = self.source
        return (
            f"{self.first} to {self.last}: {source.publisher}, {source.file} "
            f"(vintage {source.vintage}, {source.precision})"
        )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A regular series without gaps.

    values : one value a period (a PeriodIndex); counts >= 0 where `kind` is "count".
    parts : what its name is made of, from the widest to the narrowest; () if it is one piece.
    kind : "count" (divided by the days of the period for modelling) or "measure" (used as it is).
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
    pieces: tuple[Piece, ...] = ()
    notes: tuple[str, ...] = ()
    glossary: Mapping[str, str] = field(default_factory=dict, repr=False)
    catalogue: Mapping[str, Intervention] = field(default_factory=dict, repr=False)

    @property
    def periods(self) -> pd.PeriodIndex:
        """The periods, oldest first."""
        return pd.PeriodIndex(self.values.index)

    @property
    def step(self) -> str:
        """The word for one period: month, quarter, year or week."""
        return STEP_NAMES[_frequency_letter(self.periods)]

    @property
    def steps_per_year(self) -> float:
        """How many periods make a year (12 for months, 52.18 for weeks)."""
        return STEPS_PER_YEAR[_frequency_letter(self.periods)]

    @property
    def days(self) -> pd.Series:
        """The number of days in each period."""
        return days_in(self.periods)

    @property
    def rate(self) -> pd.Series:
        """What is modelled: mean count a day for counts, the value itself for measures."""
        return self.values / self.days if self.kind == "count" else self.values.astype(float)

    @property
    def rate_unit(self) -> str:
        """The unit of `rate`."""
        return f"{self.unit} a day" if self.kind == "count" else self.unit

    @property
    def caveats(self) -> tuple[str, ...]:
        """What its sources say to keep in mind, each sentence once."""
        caveats = (caveat for piece in self.pieces for caveat in piece.source.caveats)
        return tuple(dict.fromkeys(caveats))

    def window(self, start: str | None = None, end: str | None = None) -> Outcome:
        """The same series from `start` to `end`, both inclusive.

        Raises
        ------
        InputError : the series does not cover the window, or the window is empty.
        """
        first = as_period(start, self.periods, "start") if start else self.periods[0]
        last = as_period(end, self.periods, "end") if end else self.periods[-1]
        if first > last:
            raise InputError(
                f"The window starts in {first} and ends in {last}.",
                rule="The start is not after the end.",
                remedy="Swap start and end, or correct one of them.",
            )
        if first < self.periods[0] or last > self.periods[-1]:
            raise InputError(
                f"The window {first} to {last} is not covered.",
                rule=f"The series '{self.name}' runs from {self.periods[0]} to {self.periods[-1]}.",
                remedy="Choose a start and an end inside that span.",
            )
        return replace(
            self,
            values=self.values.loc[first:last],
            pieces=tuple(
                replace(piece, first=max(piece.first, first), last=min(piece.last, last))
                for piece in self.pieces
                if piece.first <= last and piece.last >= first
            ),
        )

    def __repr__(self) -> str:
        return f"{self.name}, {self.periods[0]} to {self.periods[-1]}"

    def _repr_html_(self) -> str:
        rows = [
            ("Series", self.name),
            ("Unit", self.unit),
            (
                "Span",
                f"{self.periods[0]} to {self.periods[-1]}, {len(self.values)} {self.step}s",
            ),
            *(("Source", str(piece)) for piece in self.pieces),
            *(("Take care", note) for note in self.notes),
        ]
        return show.table(["", ""], rows, caption="The series", kind="facts")


def make_outcome(
    series: pd.Series,
    *,
    name: str,
    unit: str,
    kind: Kind = "count",
    pieces: Sequence[Piece] = (),
    catalogue: Mapping[str, Intervention] = NOTHING_KNOWN,
) -> Outcome:
    """An outcome from any series of a user.

    Parameters
    ----------
    series : numbers with a PeriodIndex (months, quarters, years or weeks) or with dates of
        the first days of such periods. It is copied, never altered.
    kind : "count" for events in a period, "measure" for a rate, a share or a price.
    catalogue : dated events that are known to bear on it, for designs to find by name.

    Raises
    ------
    DataError : the index is not regular, a period is missing or repeated, a value is not a
        finite number, or a count is negative.
    """
    if kind not in ("count", "measure"):
        raise unknown_name("kind of series", kind, ["count", "measure"])
    values = pd.Series(
        pd.to_numeric(series, errors="coerce").to_numpy(float),
        _regular(series.index, name),
    )
    values = values.sort_index()
    _refuse_gaps(values, name)
    _refuse_bad_values(values, name, kind)
    return Outcome(
        name=name,
        values=values,
        unit=unit,
        kind=kind,
        pieces=tuple(pieces),
        catalogue=dict(catalogue),
    )


def known_events(outcomes: Iterable[Outcome]) -> dict[str, Intervention]:
    """The dated events that are known to bear on any of several series, by name."""
    return {name: event for one in outcomes for name, event in one.catalogue.items()}


def as_period(text: str, like: pd.PeriodIndex, what: str) -> pd.Period:
    """A period of the same frequency as `like`, from text such as 2024-06 or 2024-06-05."""
    try:
        return pd.Period(str(text), freq=like.freq)
    except ValueError:
        raise InputError(
            f"The {what} '{text}' is not a date.",
            rule="Dates are written YYYY-MM or YYYY-MM-DD.",
            remedy="For example 2024-06.",
        ) from None


def days_in(periods: pd.PeriodIndex) -> pd.Series:
    """The number of days in each period."""
    spans = periods.end_time.normalize() - periods.start_time.normalize()
    return pd.Series(spans.days + 1, index=periods)


def _frequency_letter(periods: pd.PeriodIndex) -> str:
    return periods.freqstr[0]


def _regular(index: pd.Index, name: str) -> pd.PeriodIndex:
    if isinstance(index, pd.PeriodIndex):
        return _known_frequency(index, name)
    try:
        dates = pd.DatetimeIndex(pd.to_datetime(index, format="ISO8601"))
    except (ValueError, TypeError) as error:
        raise DataError(
            f"The index of '{name}' holds something that is not a date ({error}).",
            rule="Each value has a date, written YYYY-MM-DD or YYYY-MM.",
            remedy="Correct the dates.",
        ) from None
    if dates.hasnans:
        raise DataError(
            f"The index of '{name}' has a place without a date.",
            rule="Each value has a date, written YYYY-MM-DD or YYYY-MM.",
            remedy="Fill in the date, or remove the row.",
        )
    dates = dates.tz_localize(None)
    return dates.to_period(_guess_frequency(dates.unique().sort_values(), name))


def _known_frequency(index: pd.PeriodIndex, name: str) -> pd.PeriodIndex:
    if _frequency_letter(index) not in STEPS_PER_YEAR:
        raise DataError(
            f"The periods of '{name}' have the frequency {index.freqstr}.",
            rule="Periods are weeks, months, quarters or years.",
            remedy="Add the series up to weeks or months first.",
        )
    return index


def _guess_frequency(dates: pd.DatetimeIndex, name: str) -> str:
    """The frequency that the usual distance between dates implies."""
    if len(dates) < 2:
        raise DataError(
            f"'{name}' has {len(dates)} different dates.",
            rule="A series has at least two periods.",
            remedy="Give more periods, or a series with a PeriodIndex.",
        )
    gaps = np.diff(dates.to_numpy()).astype("timedelta64[D]").astype(float)
    gap = float(np.quantile(gaps, 0.5, method="lower"))
    for letter, low, high in (
        ("W", 7, 7),
        ("M", 28, 31),
        ("Q", 89, 93),
        ("Y", 365, 366),
    ):
        if low <= gap <= high:
            # A week starts on the weekday of the dates, so it ends on the day before.
            end = dates[0] - pd.Timedelta(days=1)
            return f"W-{end.day_name()[:3].upper()}" if letter == "W" else letter
    raise DataError(
        f"The dates of '{name}' are usually {gap:g} days apart.",
        rule="Dates are the first days of weeks, months, quarters or years.",
        remedy="Add the series up to weeks or months first.",
    )


def _refuse_gaps(values: pd.Series, name: str) -> None:
    periods = pd.PeriodIndex(values.index)
    if periods.empty:
        raise DataError(
            f"'{name}' has no value.",
            rule="A series has at least one period.",
            remedy="Give at least one value.",
        )
    repeated = periods[periods.duplicated()]
    if len(repeated):
        raise DataError(
            f"'{name}' has more than one value for {repeated[0]}.",
            rule="A series has one value for each period.",
            remedy="Remove the repeated rows, or add them up.",
        )
    missing = pd.period_range(periods[0], periods[-1], freq=periods.freq).difference(periods)
    if len(missing):
        raise DataError(
            f"'{name}' has no value for {', '.join(map(str, missing[:5]))}.",
            rule="A series has a value for each period between its first and its last.",
            remedy="Fill the gap, shorten the window, or use a washout for periods to leave out.",
        )


def _refuse_bad_values(values: pd.Series, name: str, kind: Kind) -> None:
    bad = values[~np.isfinite(values.to_numpy())]
    if len(bad):
        raise DataError(
            f"'{name}' has no finite number for {bad.index[0]}.",
            rule="Each value is a finite number.",
            remedy="Correct the value.",
        )
    negative = values[values < 0]
    if kind == "count" and len(negative):
        raise DataError(
            f"'{name}' has the value {negative.iloc[0]:g} for {negative.index[0]}.",
            rule="A count is not negative.",
            remedy='Correct the value, or use kind="measure" if it is not a count.',
        )
