"""What was understood of a file, for a page, and for a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from analysis.errors import refusal
from analysis.outcome import Kind, Outcome, Piece, Source, make_outcome
from analysis.reading.content import harmless
from analysis.reading.what import AS_GIVEN
from analysis.show.templates import Told

# Of a longer series models and checks take minutes, and some more memory than there is.
MOST_PERIODS = 20_000


@dataclass(frozen=True, kw_only=True)
class Reading(Told):
    """A regular series out of a file, and how the file was read.

    top, under : the values and what divides them, period by period, NaN in gaps; under is None if
        nothing does. Their PeriodIndex has no hole.
    columns : the names of the columns of the file.
    parameters : those that make the same reading with nothing left to guess.
    facts : what was understood, by name.   notes : what was left out, guessed or done.
    """

    path: Path
    sha256: str = field(repr=False)
    top: pd.Series = field(repr=False)
    under: pd.Series | None = field(repr=False)
    kind: Kind
    columns: tuple[str, ...]
    parameters: Mapping[str, str]
    facts: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def source(self) -> Source:
        """The file as a source."""
        file = harmless(self.path)
        given = "given by the user"
        return Source(
            name="given", title=file, publisher=given, file=file, vintage="", sha256=self.sha256
        )

    @property
    def title(self) -> str:
        """What the series is."""
        return self.parameters["title"]

    @property
    def unit(self) -> str:
        """The word for its values."""
        return self.parameters["unit"]

    @property
    def values(self) -> pd.Series:
        """One value a period, divided if anything divides it."""
        return self.top if self.under is None else self.top / self.under

    @property
    def periods(self) -> pd.PeriodIndex:
        """The periods, oldest first, gaps among them."""
        return pd.PeriodIndex(self.top.index)

    @property
    def gaps(self) -> pd.PeriodIndex:
        """The periods without a value."""
        return pd.PeriodIndex(self.periods[self.values.isna()])

    def outcome(self) -> Outcome:
        """The outcome that pages are made of: whether it can be made is the verdict on the file.

        Raises
        ------
        DataError : values that no outcome takes, or too many periods.
        """
        if (n := len(self.values)) > MOST_PERIODS:
            raise refusal("long series", file=self.source.file, n=n, most=MOST_PERIODS)
        made = self._made()
        piece = Piece(source=self.source, first=made.periods[0], last=made.periods[-1])
        kind, _, why = self.facts["Kind"][:-1].partition(" (")
        guessed = () if why == AS_GIVEN else (f"Taken as a {kind}: {why}.",)
        return replace(made, pieces=(piece,), notes=(*guessed, *self.notes))

    def _made(self) -> Outcome:
        if self.kind == "measure" or self.under is None:
            return make_outcome(self.values, name=self.title, unit=self.unit, kind=self.kind)
        unit, _, per = self.unit.partition(" per ")
        below = self.under.rename(f"per {per or 'unit'}")
        counts = self.top.where(self.under.notna())
        return make_outcome(counts, name=self.title, unit=unit, denominator=below)

    def command(self, how: Mapping[str, str] = MappingProxyType({})) -> str:
        """The command line that writes a question about this series.

        how : the parameters by which the file was read.
        """
        pairs = [f"-p {shlex.quote(f'{name}={value}')}" for name, value in how.items()]
        path = shlex.quote(str(self.path))
        return " ".join(["python -m analysis new", path, *pairs, "--intervention YYYY-MM-DD"])
