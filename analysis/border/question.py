"""What a run asks: which series, what is studied, what else happened.

A notebook hands over its parameters. What they leave open ("auto") is decided here, and nowhere
else: for the official figures it is the border's own question, for anybody's table what the table
gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pandas as pd

from analysis import show
from analysis.border import facts
from analysis.border.grid import default_grid
from analysis.border.groups import BREAKS, TREATED, unmoved_outcomes
from analysis.border.selection import load_outcome, own_table
from analysis.border.sources import DIMENSIONS
from analysis.design.holidays import holiday_share
from analysis.errors import InputError
from analysis.outcome import Intervention, Outcome, note_choices
from analysis.outcome.written import (
    date_of,
    dated,
    parse_events,
    parse_options,
    parse_spans,
    split_names,
)
from analysis.reading import PARAMETERS, Reading, read_series
from analysis.robustness.comparison import compare_groups, estimate_cells
from analysis.robustness.curve.grid import Grid
from analysis.robustness.curve.of_series import first_periods, series_grid

AUTO = "auto"
BORDER: Mapping[str, str] = facts("study.yml")
INTERVENTION = "asylum-restrictions"
# Parameters that choose among official tables or series, and those for a table of one's own.
OFFICIAL = (*DIMENSIONS, "borders_end")
HOLIDAYS = "holidays:"
OWN = (*PARAMETERS, "comparison", "covariates")
TERMS = ("shape", "phase_in", "season", "model")
SERIES = ("data", *DIMENSIONS, *PARAMETERS)
DEFAULTS = {"start": AUTO, "end": AUTO, "events": AUTO, "intervention": INTERVENTION}
WORDS = ("intervention_end", "intervention_label", "intervention_note", "washout", "model_options")
KNOWN = (*SERIES, *OWN, *BORDER, *DEFAULTS, *WORDS, *TERMS)


@dataclass(frozen=True, kw_only=True)
class Question(show.Shown):
    """A series with what is studied on it, as a run asks for it.

    outcome : in the window.   history : all of it that the run looks at.
    reading : how a table of one's own was read, None for official figures.
    comparison, covariates : further series of the same table.
    washout : spans to leave out of the fit.   options : of the model.
    values : the parameters, with what each "auto" stands for.
    """

    outcome: Outcome
    history: Outcome = field(repr=False)
    intervention: Intervention
    events: tuple[Intervention, ...] = ()
    reading: Reading | None = field(default=None, repr=False)
    comparison: Outcome | None = None
    covariates: Mapping[str, pd.Series] = field(default_factory=dict, repr=False)
    washout: tuple[tuple[str, str], ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def borders(self) -> bool:
        """Whether it is about the series of the border's own question, on embedded figures."""
        chosen = {name: self.values.get(name) for name in ("data", *DIMENSIONS)}
        default = load_outcome.__kwdefaults__ or {}
        return all(default[name] == v for name, v in chosen.items() if v is not None)

    @property
    def not_in_curve(self) -> tuple[str, ...]:
        """What the curve of specifications leaves out of the design, in words."""
        given = (self.washout, self.covariates, self.options)
        names = ("washout", "covariates", "model_options")
        return tuple(f"{n}={self.values[n]}" for n, v in zip(names, given, strict=True) if v)

    def grid(self) -> Grid:
        """The choices of the specification curve: the border's own, or those of this series."""
        values = self.values
        starts = split_names(values["curve_starts"])
        if self.borders:
            given = str(values["intervention"])
            return default_grid().only({"start": starts, "intervention": [given]})
        terms = {name: values[name] for name in TERMS if name in values}
        return series_grid(
            self.history,
            self.intervention,
            starts=starts,
            end=values["end"],
            events=self.events,
            **terms,
        )

    def beside(self) -> dict[str, Any]:
        """What a checklist says of other series: the comparison, what should not move, doubts."""
        compare = partial(
            compare_groups, intervention=self.intervention, events=self.events, season=0
        )
        if self.comparison is not None:
            return {"compared": compare(self.outcome, self.comparison)}
        if not self.borders:
            return {}
        window = {name: self.values[name] for name in ("start", "end")}
        exempt = load_outcome(demographic="unaccompanied_child", **window)
        return {
            "compared": compare(load_outcome(demographic=TREATED, **window), exempt),
            "unmoved": estimate_cells(
                unmoved_outcomes(),
                self.intervention,
                start=window["start"],
                end=self.values["borders_end"],
                events=self.events,
            ),
            "breaks": BREAKS,
        }


def ask(parameters: Mapping[str, Any]) -> Question:
    """The question of a run.

    Parameters
    ----------
    parameters : by name, as a notebook has them: those of `load_outcome`; `start`, `end`,
        `history_start` (without it the history is all that the series has); `intervention`,
        `intervention_end`, `intervention_label`, `intervention_note`; `events`, `washout`,
        `model_options` (see `outcome.written`); `comparison` (a column of the same table, or rows
        as in `where`), `covariates` (columns, with commas between, and holidays:US for the public
        holidays of a place). Other names are passed over, so that a notebook can hand over all it
        has: `its.ask(vars())`.

    Raises
    ------
    InputError : a value that is not allowed, or a table of one's own without an intervention.
    DataError : a file that cannot be used.
    """
    values = {**DEFAULTS, **{k: _text(k, v) for k, v in parameters.items() if k in KNOWN}}
    reading = own_table(values.get("data", ""), _how(values))
    wanted = {name: values[name] for name in SERIES if name in values}
    taken = _taken(values, reading)
    values |= taken
    outcome = load_outcome(**wanted, start=values["start"], end=values["end"])
    main = _intervention(values, outcome, own=reading is not None)
    events = tuple(parse_events(values["events"], outcome.catalogue))
    known = {**outcome.catalogue, **{event.name: event for event in (main, *events)}}
    outcome = replace(outcome, catalogue=known)
    longer = load_outcome(**wanted, start=values.get("history_start"), end=values["end"])
    history = replace(longer, catalogue=known)
    if values.get("curve_starts") == AUTO:
        values["curve_starts"] = taken["curve_starts"] = ", ".join(first_periods(history, main))
    note_choices(taken, idle=OWN if reading is None else OFFICIAL, own=reading is not None)
    return Question(
        outcome=outcome,
        history=history,
        intervention=main,
        events=events,
        reading=reading,
        comparison=_comparison(values, wanted, reading),
        covariates=_covariates(values, reading, history),
        washout=tuple(parse_spans(values.get("washout", ""))),
        options=parse_options(values.get("model_options", "")),
        values=values,
    )


def _text(name: str, value: Any) -> Any:
    """A number or a date of YAML as its text, but for the terms of a design."""
    return value if name in TERMS else "" if value is None else str(value).strip()


def open_choices(values: Mapping[str, Any]) -> dict[str, str]:
    """What each "auto" of a run stands for.

    Raises
    ------
    DataError : a file that cannot be used.
    """
    return _taken(values, own_table(str(values.get("data", "")), _how(values)))


def _how(values: Mapping[str, Any]) -> dict[str, str]:
    """How a table of one's own is read, where it is said."""
    return {name: values[name] for name in PARAMETERS if values.get(name) not in (None, "", AUTO)}


def _taken(values: Mapping[str, Any], reading: Reading | None) -> dict[str, str]:
    """What each "auto" stands for: the border's own, or what the table gives."""
    open_ = {name for name, value in values.items() if value in ("", AUTO)}
    if reading is None:
        return {name: BORDER[name] for name in BORDER if values.get(name) == AUTO}
    first, last = (date_of(period) for period in reading.periods[[0, -1]])
    whole = {"start": first, "end": last, "history_start": first, "events": "none"}
    found = {name: whole[name] for name in whole if values.get(name) == AUTO}
    return found | {k: v for k, v in reading.parameters.items() if k in open_}


def _intervention(values: Mapping[str, Any], outcome: Outcome, *, own: bool) -> Intervention:
    given = values["intervention"]
    if own and given in ("", INTERVENTION):
        raise InputError(
            "A question needs the first day of what it studies: intervention=YYYY-MM-DD.",
            rule="A table of one's own comes without dated events.",
            remedy=f"Its figures run from {outcome.periods[0]} to {outcome.periods[-1]}.",
        )
    return dated(
        given,
        end=values.get("intervention_end", ""),
        label=values.get("intervention_label", ""),
        note=values.get("intervention_note", ""),
        known=outcome.catalogue,
    )


def _comparison(
    values: Mapping[str, Any], wanted: Mapping[str, Any], reading: Reading | None
) -> Outcome | None:
    """The comparison series: another column of the same table, or other rows of it."""
    given = values.get("comparison", "")
    if not given:
        return None
    _refuse_official("comparison", given, reading)
    if "=" in given:
        chosen = {"where": _other_rows(wanted.get("where", ""), given)}
    else:
        chosen = {"value_column": given}
    other = load_outcome(**{**wanted, "title": "", "unit": "", **chosen})
    # Where the series has a name of its own, the file's does not tell the two apart.
    return replace(other, name=other.name.partition(" (")[0]) if values.get("title") else other


def _other_rows(where: str, other: str) -> str:
    """Rows as in `where`, but with other values of some columns."""
    pairs = dict(part.split("=", 1) for part in [*split_names(where), *split_names(other)])
    return ",".join(f"{column.strip()}={value.strip()}" for column, value in pairs.items())


def _covariates(
    values: Mapping[str, Any], reading: Reading | None, history: Outcome
) -> dict[str, pd.Series]:
    """Further columns of the same table, each as it is, and the holidays of places."""
    given = split_names(values.get("covariates", ""))
    names = [name for name in given if not name.startswith(HOLIDAYS)]
    places = [name.removeprefix(HOLIDAYS) for name in given if name.startswith(HOLIDAYS)]
    days = {f"holidays {place}": holiday_share(history, place) for place in places}
    if not names:
        return days
    how = {**_how(_refuse_official("covariates", names[0], reading).parameters), "kind": "measure"}
    how = {name: v for name, v in how.items() if name not in ("divide_by", "title", "unit")}
    path = reading.content.path if reading else ""
    read = {name: read_series(path, **{**how, "value_column": name}).values for name in names}
    return {**read, **days}


def _refuse_official(name: str, given: str, reading: Reading | None) -> Reading:
    if reading is None:
        raise InputError(
            f"{name}={given} was asked for, and data names no table of your own.",
            rule=f"{show.capital(name)} are columns, or rows, of a table of your own.",
            remedy=f"Leave {name} empty, or name your table in data.",
        )
    return reading
