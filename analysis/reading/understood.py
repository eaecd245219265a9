"""What was understood of a file, for a page, for a terminal and for the record of a run."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from analysis import show
from analysis.errors import DataError
from analysis.outcome import Kind, Outcome, Piece, Source, make_outcome
from analysis.outcome.periods import STEP_NAMES
from analysis.reading.grid import DELIMITERS
from analysis.reading.periods import WORDS, step_of
from analysis.reading.when import When
from analysis.reading.wording import choices, shown


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A regular series out of a file, and how the file was read.

    values : one value a period, NaN in gaps; a PeriodIndex without a hole.
    top, under : what was divided and by what, period by period; None if nothing was.
    missing : how often each way of writing "no value" occurs in the rows that count.
    skipped, said : what was left out, and what was guessed or done, in sentences.
    """

    path: str
    file: str
    sha256: str
    values: pd.Series = field(repr=False)
    top: pd.Series | None = field(default=None, repr=False)
    under: pd.Series | None = field(default=None, repr=False)
    title: str
    unit: str
    kind: Kind
    why_kind: str
    encoding: str
    delimiter: str
    decimal: str
    why_decimal: str
    sheet: str
    header: int
    columns: tuple[str, ...]
    dates: When = field(repr=False)
    marks: str
    value_column: str
    why_value: str
    where: tuple[tuple[str, str], ...]
    divide_by: str
    year_starts: str
    step: str
    missing: dict[str, int]
    skipped: tuple[str, ...]
    said: tuple[str, ...]

    @property
    def periods(self) -> pd.PeriodIndex:
        """The periods, oldest first, gaps among them."""
        return pd.PeriodIndex(self.values.index)

    @property
    def gaps(self) -> pd.PeriodIndex:
        """The periods without a value."""
        return pd.PeriodIndex(self.periods[self.values.isna()])

    @property
    def zeros(self) -> int:
        """How many values are 0."""
        return int((self.values == 0).sum())

    def outcome(self) -> Outcome:
        """The outcome that pages are made of: whether it can be made is the verdict on the file.

        Raises
        ------
        DataError : a step that no model takes, or values that no outcome takes.
        """
        step = step_of(self.periods)
        if step not in STEP_NAMES:
            raise DataError(
                f"'{self.file}' has a value for each {WORDS[step]}.",
                rule=f"Series have a value for each {choices(STEP_NAMES.values())}.",
                remedy="step: weeks or months adds the rows up."
                if step == "D"
                else "Add the rows up to months or years in the file.",
            )
        made = make_outcome(self.values, name=self.title, unit=self.unit, kind=self.kind)
        source = Source(
            name="given",
            title=self.unit,
            publisher="given by the user",
            file=self.file,
            vintage=f"{self.periods[-1].end_time:%Y-%m}",
            sha256=self.sha256,
        )
        piece = Piece(source=source, first=made.periods[0], last=made.periods[-1])
        kind = f"Taken as a {self.kind}: {self.why_kind}."
        return replace(made, pieces=(piece,), notes=(kind, *self.sentences()))

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters that make the same reading with nothing left to guess."""
        date = ",".join(self.dates.columns) or self.dates.dates.form
        order = {"day/month/year": "day first", "month/day/year": "month first"}
        found = {
            "sheet": self.sheet,
            "date_column": date,
            "value_column": self.value_column,
            "where": ",".join(f"{column}={value}" for column, value in self.where),
            "divide_by": self.divide_by,
            "kind": self.kind,
            "unit": self.unit,
            "title": self.title,
            "dates": self.marks,
            "year_starts": self.year_starts,
            "step": "" if self.step == "auto" else self.step,
            "decimal": self._decimal(),
            "date_order": order.get(self.dates.dates.form, ""),
        }
        return {name: value for name, value in found.items() if value}

    def command(self) -> str:
        """The command line that renders the effect page from this reading."""
        given = {"data": self.path, **self.parameters}
        given |= {"start": f"{self.periods[0].start_time:%Y-%m}"}
        given |= {"end": f"{self.periods[-1].start_time:%Y-%m}"}
        chosen = " ".join(f"-p {name}={shlex.quote(value)}" for name, value in given.items())
        return f"python -m analysis render effect {chosen} -p events= -p intervention=YYYY-MM-DD"

    def facts(self) -> dict[str, str]:
        """What was understood, name by name, for a page and for `data check`."""
        word = WORDS[step_of(self.periods)]
        facts = {
            "File": self.file + (f", sheet {shown(self.sheet)}" if self.sheet else ""),
            "Text": self._text() if self.encoding else "workbook",
            "Columns": choices(self.columns, "and"),
            "Dates": f"{', '.join(map(shown, self.dates.columns)) or 'counted'} "
            f"({self.dates.dates.form}; {self.dates.why})",
            "Values": f"{shown(self.value_column)} ({self.why_value})",
            "Rows": choices([f"{column}={value}" for column, value in self.where], "and")
            if self.where
            else "",
            "Divided by": self.divide_by,
            "Step": word,
            "Span": f"{self.periods[0]} to {self.periods[-1]}, {len(self.values)} periods",
            "Gaps": f"{len(self.gaps)}: {choices(map(str, self.gaps), 'and')}"
            if len(self.gaps)
            else "none",
            "Zeros": str(self.zeros),
            "Missing": self._missing(),
            "Kind": f"{self.kind} ({self.why_kind})",
            "Unit": self.unit,
        }
        return {name: value for name, value in facts.items() if value}

    def sentences(self) -> tuple[str, ...]:
        """What was skipped, guessed or done to the rows."""
        return tuple(s if s.endswith(".") else f"{s}." for s in (*self.skipped, *self.said))

    def record(self) -> dict[str, Any]:
        """Plain values for the record of a run."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "parameters": self.parameters,
            "understood": self.facts(),
            "said": list(self.sentences()),
        }

    def _decimal(self) -> str:
        if self.decimal == ",":
            return "comma"
        return "point" if self.why_decimal == "as given" else ""

    def _text(self) -> str:
        mark = f"decimal {'comma' if self.decimal == ',' else 'point'} ({self.why_decimal})"
        head = f"header in line {self.header}" if self.header else "no header"
        return f"{self.encoding}, {DELIMITERS[self.delimiter]}, {mark}, {head}"

    def _missing(self) -> str:
        return show.join_words(
            [f"{n} {f'written {text}' if text else 'blank'}" for text, n in self.missing.items()]
        )

    def __repr__(self) -> str:
        rows = [f"{name + ':':<12} {value}" for name, value in self.facts().items()]
        return "\n".join([self.title, *rows, *self.sentences()])

    def _repr_html_(self) -> str:
        rows = [*self.facts().items(), *(("Note", text) for text in self.sentences())]
        return show.table(["", ""], rows, caption=f"{self.title}: how it was read", kind="facts")
