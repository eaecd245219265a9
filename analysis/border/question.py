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
from analysis.border.further import find_comparison, find_covariates, find_units, named_series
from analysis.border.grid import default_grid
from analysis.border.groups import BREAKS, TREATED, unmoved_outcomes
from analysis.border.selection import load_outcome, own_table
from analysis.border.sources.table import DIMENSIONS
from analysis.design import build_design
from analysis.effects.estimands import Effects, estimate_effects
from analysis.errors import AnalysisError, attempt, refusal, unknown_name
from analysis.models import fit
from analysis.outcome import Intervention, Outcome, mean_outcome, note_choices
from analysis.outcome.written import (
    as_text,
    date_of,
    dated,
    parse_events,
    parse_options,
    parse_spans,
    split_names,
)
from analysis.reading.series import PARAMETERS
from analysis.reading.understood import Reading
from analysis.robustness.comparison import compare_groups, estimate_cells
from analysis.robustness.curve.grid import Grid
from analysis.robustness.curve.of_series import first_periods, series_grid

AUTO = "auto"
BORDER: Mapping[str, str] = facts("study.yml")
INTERVENTION = "asylum-restrictions"
# Parameters that choose among official tables or series, and those for a table of one's own.
OFFICIAL = (*DIMENSIONS, "borders_end")
OWN = (*PARAMETERS, "comparison", "covariates", "unit_starts", "doses")
TERMS = ("shape", "phase_in", "season", "model")
SERIES = ("data", *DIMENSIONS, *PARAMETERS)
DEFAULTS = {"start": AUTO, "end": AUTO, "events": AUTO, "intervention": INTERVENTION}
WORDS = ("intervention_end", "intervention_label", "intervention_note", "washout", "model_options")
UNITS = ("units", "unit_starts", "doses")
KNOWN = (*SERIES, *OWN, *BORDER, *DEFAULTS, *WORDS, *TERMS, *UNITS)


@dataclass(frozen=True, kw_only=True)
class Question(show.Shown):
    """A series with what is studied on it, as a run asks for it.

    outcome : in the window.   history : all of it that the run looks at.
    reading : how a table of one's own was read, None for official figures.
    comparisons, covariates, units : further series of the same table.
    starts : the intervention by unit.   doses : by unit.
    washout : spans to leave out of the fit.   options : of the model.
    values : the parameters, with what each "auto" stands for.
    """

    outcome: Outcome
    history: Outcome = field(repr=False)
    intervention: Intervention
    events: tuple[Intervention, ...] = ()
    reading: Reading | None = field(default=None, repr=False)
    comparisons: tuple[Outcome, ...] = ()
    units: Mapping[str, Outcome] = field(default_factory=dict, repr=False)
    starts: Mapping[str, Intervention] = field(default_factory=dict)
    doses: Mapping[str, float] = field(default_factory=dict)
    covariates: Mapping[str, pd.Series] = field(default_factory=dict, repr=False)
    washout: tuple[tuple[str, str], ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def comparison(self) -> Outcome | None:
        """The comparison series; of several, their mean."""
        return mean_outcome(self.comparisons) if self.comparisons else None

    @property
    def whole(self) -> Outcome:
        """The series from the start of the window to its last figure; a rate is a measure."""
        chosen = {name: self.values[name] for name in SERIES if name in self.values}
        whole = load_outcome(**chosen, start=self.values["start"])
        if whole.denominator is None:
            return whole
        as_rate: dict[str, Any] = {"values": whole.rate, "unit": whole.rate_unit}
        return replace(whole, kind="measure", denominator=None, **as_rate)

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
        span = {"starts": starts, "end": values["end"], "events": self.events}
        return series_grid(self.history, self.intervention, **span, **terms)

    def beside(self) -> dict[str, Any]:
        """What a checklist says of other series: the comparison, what should not move, doubts.

        A comparison that cannot be made is its refusal.
        """
        compare = partial(
            compare_groups, intervention=self.intervention, events=self.events, season=0
        )
        if self.comparisons:
            comparison = attempt(mean_outcome, self.comparisons)
            return {"compared": attempt(compare, self.outcome, comparison)}
        if not self.borders:
            return {}
        window = {name: self.values[name] for name in ("start", "end")}
        exempt = load_outcome(demographic="unaccompanied_child", **window)
        span = {"start": window["start"], "end": self.values["borders_end"], "events": self.events}
        return {
            "compared": compare(load_outcome(demographic=TREATED, **window), exempt),
            "unmoved": estimate_cells(unmoved_outcomes(), self.intervention, **span),
            "breaks": BREAKS,
        }


def ask(parameters: Mapping[str, Any]) -> Question:
    """The question of a run.

    Parameters
    ----------
    parameters : by name, as a notebook has them: those of `load_outcome`; `start`, `end`,
        `history_start` (without it the history is all that the series has); `intervention`,
        `intervention_end`, `intervention_label`, `intervention_note`; `events`, `washout`,
        `model_options` (see `outcome.written`); `comparison` and `units` (see `named_series`;
        of official figures, `units` is a part such as sector), `unit_starts` and `doses` (NAME=DATE
        and NAME=NUMBER, commas between); `covariates` (columns, with commas between, and
        holidays:US for the public holidays of a place). Other names are passed over, so that a
        notebook can hand over all it has: `its.ask(vars())`.

    Raises
    ------
    InputError : a value that is not allowed, or a table of one's own without an intervention.
    DataError : a file that cannot be used.
    """
    values = {**DEFAULTS, **{k: _text(k, v) for k, v in parameters.items() if k in KNOWN}}
    values |= _first_unit(values)
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
    units = find_units(values, wanted, reading)
    return Question(
        outcome=outcome,
        history=history,
        intervention=main,
        events=events,
        reading=reading,
        comparisons=find_comparison(values, wanted, reading),
        covariates=find_covariates(values, reading, history),
        units={name: _windowed(unit, values, known) for name, unit in units.items()},
        starts=_starts(values, units, main),
        doses=_doses(values, units),
        washout=tuple(parse_spans(values.get("washout", ""))),
        options=parse_options(values.get("model_options", "")),
        values=values,
    )


def estimate(question: Question, values: Mapping[str, Any]) -> Effects:
    """The effects that the main notebook gives for these values of its parameters.

    Raises
    ------
    InputError : where the notebook does.
    """
    design = build_design(
        question.outcome,
        question.intervention,
        events=question.events,
        washout=question.washout,
        controls=question.covariates,
        **{name: values[name] for name in ("scale", "season", "shape", "phase_in")},
    )
    fitted = fit(design, model=values["model"], **question.options)
    return estimate_effects(fitted, at=[values["horizon"]], alpha=values["alpha"])


def _text(name: str, value: Any) -> Any:
    """A number or a date of YAML as its text, but for the terms of a design."""
    return value if name in TERMS else as_text(value).strip()


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
    chosen = {name: whole[name] for name in whole if values.get(name) == AUTO}
    return chosen | {k: v for k, v in reading.parameters.items() if k in open_}


def _intervention(values: Mapping[str, Any], outcome: Outcome, *, own: bool) -> Intervention:
    given = values["intervention"]
    if own and given in ("", INTERVENTION):
        raise refusal("no start", first=outcome.periods[0], last=outcome.periods[-1])
    words = {name: values.get(f"intervention_{name}", "") for name in ("end", "label", "note")}
    return dated(given, **words, known=outcome.catalogue)


def _first_unit(values: Mapping[str, Any]) -> dict[str, str]:
    """Of a table of one's own with units, the first of them: it stands for how all are read."""
    if not values.get("units") or not values.get("data"):
        return {}
    return next(iter(named_series(values["units"], values, groups=True).values()), {})


def _windowed(
    unit: Outcome, values: Mapping[str, Any], known: Mapping[str, Intervention]
) -> Outcome:
    """A unit in the window; whole where it does not cover it, to be left out with the reason."""
    cut = attempt(unit.window, values["start"], attempt(unit.last_by, values["end"]))
    return replace(unit if isinstance(cut, AnalysisError) else cut, catalogue=known)


def _starts(
    values: Mapping[str, Any], units: Mapping[str, Outcome], main: Intervention
) -> dict[str, Intervention]:
    """The intervention of each unit: the same, from another day where one is given."""
    days, label = _by_unit("unit_starts", values, units), values.get("intervention_label", "")
    return {name: dated(days[name], label=label) if name in days else main for name in units}


def _doses(values: Mapping[str, Any], units: Mapping[str, Outcome]) -> dict[str, float]:
    try:
        return {name: float(dose) for name, dose in _by_unit("doses", values, units).items()}
    except ValueError as error:
        given, unit = values["doses"], next(iter(units))
        raise refusal("doses", given=given, error=error, unit=unit) from None


def _by_unit(name: str, values: Mapping[str, Any], units: Mapping[str, Outcome]) -> dict[str, str]:
    """What a parameter gives each unit: NAME=VALUE, with commas between."""
    pairs = [part.rpartition("=") for part in split_names(values.get(name, ""))]
    given = {unit.strip(): value.strip() for unit, _, value in pairs}
    for unit in given:
        if unit not in units:
            raise unknown_name(f"unit of {name}", unit, units)
    return given
