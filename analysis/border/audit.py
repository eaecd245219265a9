"""The figures that an analysis would use: which tables, how they agree, what they show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from analysis import show
from analysis.border.question import Question
from analysis.border.selection import beyond_rounding, load_outcome, prefer
from analysis.border.sources.catalogue import embedded
from analysis.border.sources.compare import cross_checks, revisions
from analysis.border.sources.reading import Data, read_data
from analysis.border.sources.table import DIMENSIONS, Encounters
from analysis.effects.checks import Check
from analysis.effects.estimands import Effects, estimate_effects
from analysis.errors import AnalysisError, attempt, refusal, unknown_name
from analysis.models import refit
from analysis.outcome import Outcome, as_period, note_use

_SPLITS = ("authority", "citizenship", "demographic", "sector")


@dataclass(frozen=True, kw_only=True)
class Audit(show.Shown):
    """The tables in order of preference, and how they fit together.

    given : the names of the files that a user gave, none for the embedded figures.
    checks : tables of different kinds, compared where they overlap.
    revisions : what newer releases changed, the embedded ones among them; see
        `sources.revisions`.
    """

    tables: tuple[Encounters, ...]
    given: tuple[str, ...]
    checks: tuple[Check, ...]
    revisions: pd.DataFrame = field(repr=False)


def audit_data(data: Data = "") -> Audit:
    """Read the given files and compare them with each other and with the embedded tables.

    data : "" for the embedded figures alone; or paths, or a folder, as for `load_outcome`.

    Raises
    ------
    DataError : a given file that cannot be used.
    """
    readings = read_data(data) if data else ()
    given = [table for reading in readings for table in reading.tables]
    tables = prefer(given)
    note_use(table.source for table in tables)
    return Audit(
        tables=tuple(tables),
        given=tuple(reading.source.file for reading in readings),
        checks=cross_checks(tables),
        revisions=revisions([*given, *embedded()]),
    )


@dataclass(frozen=True, kw_only=True)
class Season(show.Shown):
    """How the months of a year compare, in complete calendar years.

    shares : years x months 1 to 12, the mean a day in per cent of the year's mean month.
    changes : years, the change from May to June in per cent.
    """

    name: str
    shares: pd.DataFrame = field(repr=False)
    changes: pd.Series = field(repr=False)


def seasonal_pattern(outcome: Outcome, *, until: str = "2019-12") -> Season:
    """The pattern of the complete calendar years up to the month `until`.

    The default leaves out the pandemic, Title 42 and what followed, so that the pattern is not
    made by the events under study. A trend within a year is part of it.

    Parameters
    ----------
    outcome : a monthly series.   until : YYYY-MM.

    Raises
    ------
    InputError : the series is not monthly, `until` is no month, or there is no complete calendar
        year until then.
    """
    if outcome.step != "month":
        raise refusal("not monthly", step=outcome.step)
    last = as_period(until, outcome.periods, "until", last=True)
    rate = outcome.rate[outcome.periods <= last]
    periods = pd.PeriodIndex(rate.index)
    frame = pd.DataFrame({"year": periods.year, "month": periods.month, "rate": rate.to_numpy()})
    table = frame.pivot_table(index="year", columns="month", values="rate").dropna()
    if table.shape[1] < 12 or table.empty:
        raise refusal("no whole year", name=outcome.name, until=until)
    return Season(
        name=outcome.name,
        shares=100 * table.div(table.mean(axis=1), axis=0),
        changes=100 * (table[6] / table[5] - 1),
    )


def split_outcome(
    by: str,
    values: Mapping[str, str] | Iterable[str],
    *,
    start: str,
    end: str,
    data: Data = "",
) -> dict[str, Outcome]:
    """Border Patrol encounters between ports of the southwest border, split by one dimension.

    Parameters
    ----------
    data : as for `load_outcome`.
    by : "authority", "citizenship", "demographic" or "sector".
    values : the codes to show, with the name of each for a reader (or codes alone).
    start, end : months. A series that begins later or ends earlier is given as far as it goes;
        one that is wholly outside is left out.

    Raises
    ------
    InputError : an unknown dimension or value.
    """
    if by not in _SPLITS:
        raise unknown_name("dimension to split by", by, _SPLITS)
    if not isinstance(values, Mapping):
        values = {code: code.replace("_", " ").title() for code in values}
    inside = {
        name: _within(load_outcome(**{by: code}, data=data), start, end)
        for code, name in values.items()
    }
    return {name: outcome for name, outcome in inside.items() if outcome is not None}


def _within(outcome: Outcome, start: str, end: str) -> Outcome | None:
    """The part of a monthly series that lies in a window, None where it has no such part."""
    first = max(outcome.periods[0], as_period(start, outcome.periods, "start"))
    last = min(outcome.periods[-1], as_period(end, outcome.periods, "end", last=True))
    return outcome.window(str(first), str(last)) if first <= last else None


@dataclass(frozen=True, kw_only=True)
class News(show.Shown):
    """What given files change about a run on the embedded figures.

    added : periods that the embedded figures of the series do not have.
    revised : the periods of the run's window that differ by more than rounding, columns `old`,
        `new` and `gap`.
    unused : names of given files that give no figure of the window.
    after : the effects of the run.   before : the same by the embedded figures alone, in the part
        of the window that they have; None where that cannot be estimated.
    """

    added: pd.PeriodIndex
    revised: pd.DataFrame = field(repr=False)
    unused: tuple[str, ...]
    after: Effects
    before: Effects | None


def find_news(question: Question, effects: Effects) -> News | None:
    """What the files of a run change; None for embedded figures, a table of one's own, or a
    series that only the files have.

    Parameters
    ----------
    question : of the run.   effects : what it found.
    """
    data, outcome = question.values.get("data", ""), effects.fit.design.outcome
    if not data or question.reading is not None:
        return None
    selection = {name: v for name, v in question.values.items() if name in DIMENSIONS}
    known = attempt(load_outcome, **selection)
    if isinstance(known, AnalysisError):
        return None
    used = {piece.source.file for piece in outcome.pieces}
    given = [reading.source.file for reading in read_data(data)]
    before = attempt(_by_known_figures, effects, replace(known, catalogue=outcome.catalogue))
    return News(
        added=load_outcome(**selection, data=data).periods.difference(known.periods),
        revised=beyond_rounding(known.values, outcome, known.pieces),
        unused=tuple(file for file in given if file not in used),
        after=effects,
        before=None if isinstance(before, AnalysisError) else before,
    )


def _by_known_figures(effects: Effects, known: Outcome) -> Effects:
    """The same effects by other figures of the series, as far as they go in the window."""
    first, last = effects.fit.design.outcome.periods[[0, -1]]
    window = known.window(first, min(last, known.periods[-1]))
    return estimate_effects(refit(effects.fit, outcome=window), alpha=effects.alpha)
