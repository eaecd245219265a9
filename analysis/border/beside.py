"""Official figures beside the outcome: what else moved, and what became of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.border import DATA, facts
from analysis.border.events import catalogue
from analysis.border.sources.catalogue import read_checked, source_of
from analysis.border.sources.table import OTHER_GROUP
from analysis.errors import refusal, refuse_bounds, unknown_name
from analysis.outcome import (
    Outcome,
    Piece,
    Source,
    Which,
    as_period,
    find_intervention,
    make_outcome,
    note_use,
)
from analysis.robustness.comparison import estimate_cells
from analysis.robustness.units import DoseResponse, dose_response
from analysis.robustness.varied import Covariate
from analysis.show.templates import Told, lay_out

OUTCOMES, CITIZENSHIPS = "ohss_outcomes_monthly", "ohss_citizenship_monthly"
# Rounded to 10, fewer than this a month tell too little.
FEWEST = 100


def load_figures(name: str) -> pd.DataFrame:
    """One of the tables of `data/covariates.yml`, by month; its use is noted for the record.

    Parameters
    ----------
    name : of the table.

    Raises
    ------
    InputError : no such table.
    DataError : it is missing, or differs from its recorded sha256.
    """
    note_use([figures_source(name)])
    return _read(name)


def _read(name: str) -> pd.DataFrame:
    frame = pd.read_csv(BytesIO(read_checked(DATA / f"{name}.csv", _entry(name)["sha256"])))
    return frame.set_index(pd.PeriodIndex(frame.pop("month"), freq="M", name="month"))


def figures_source(name: str) -> Source:
    """Where a table comes from; how sure its figures are is the first of its caveats."""
    entry = _entry(name)
    caveats = [f"Confidence {entry['confidence']}.", *entry["caveats"]]
    return source_of(name, {**entry, "caveats": caveats})


def _entry(name: str) -> Mapping[str, Any]:
    tables: Mapping[str, Any] = facts("covariates.yml")
    if name not in tables:
        raise unknown_name("table of covariates", name, tables)
    return tables[name]


def covariates() -> list[Covariate]:
    """What was measured beside encounters and may explain a change, with each choice of lags."""
    return [
        Covariate(
            label=entry["label"],
            values=_scaled(load_figures(name)[column], entry["scale"]),
            lags=tuple(lags),
            moved_by=entry.get("moved_by", ""),
        )
        for name, table in facts("covariates.yml").items()
        for column, entry in table.get("covariates", {}).items()
        for lags in entry["lags"]
    ]


def _scaled(values: pd.Series, scale: str) -> pd.Series:
    """As it enters a design; a count of 0 has no log and is missing."""
    return np.log(values.where(values > 0)) if scale == "log" else values


def covariates_page() -> str:
    """What the page of sources says of these tables."""
    tables = [(figures_source(name), _read(name)) for name in facts("covariates.yml")]
    return lay_out("figures", tables=tables)


@dataclass(frozen=True, kw_only=True)
class Measured(Told, rows=""):
    """What the rule was to change, in the last whole month before it and in the last month.

    table : by measure, `before`, `after`, `unit`.
    """

    table: pd.DataFrame = field(repr=False)
    before: pd.Period
    after: pd.Period


def became_of(what: str, start: str, end: str | None = None) -> dict[str, Outcome]:
    """What became of people met between ports, by month.

    Parameters
    ----------
    start, end : months; None for the last that the figures have.
    what : "fates" (released, repatriated, handed on, expelled; of 100 encounters of the month),
        "fear" (claims of credible fear referred, for 100 encounters) or "ways" (people by lawful
        ways in).

    Raises
    ------
    InputError : another word, or a window that the figures do not cover.
    """
    kinds = facts("covariates.yml")[OUTCOMES]["series"]
    if what not in kinds:
        raise unknown_name("part of what became of people", what, kinds)
    unit, *_ = kinds[what].values()
    table = load_figures(OUTCOMES).fillna(0)
    made = {name: table.eval(how).clip(lower=0) for name, how in kinds[what].items() if how != unit}
    return {name: _outcome(values, name, unit, start, end) for name, values in made.items()}


def measured(parts: dict[str, Outcome], intervention: Which) -> Measured:
    """Each series in the last whole month before, and in its last month.

    One that was nothing in both is left out.

    Parameters
    ----------
    parts : series by name.   intervention : the one under study.

    Raises
    ------
    InputError : the window has no whole month before, or none after.
    """
    first = next(iter(parts.values()))
    main = find_intervention(intervention, first.catalogue)
    before, after = pd.Period(main.start, "M") - 1, first.periods[-1]
    if before not in first.periods or after <= before:
        raise refusal("not before and after", first=first.periods[0], last=after, start=main.start)
    rows = {
        name: (series.values[before], series.values[after], series.unit)
        for name, series in parts.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["before", "after", "unit"])
    some = table[(table[["before", "after"]] > 0.5).any(axis=1)]
    return Measured(table=some, before=before, after=after)


def by_dose(
    intervention: Which,
    *,
    start: str,
    end: str,
    events: Sequence[Which] = (),
    months: int = 5,
) -> DoseResponse:
    """The effect on each citizenship by the share of it that had been released before.

    Citizenships with few encounters are left out; a figure that was rounded to 0 is missing.

    Parameters
    ----------
    intervention, events : as in `build_design`.
    start, end : months; the figures end in August 2024, and the window with them.
    months : whole months before the intervention over which the share is taken, >= 1.

    Raises
    ------
    InputError : a window that the figures do not cover, one without the intervention, or `months`
        below 1.
    """
    refuse_bounds(("number of months before", months, months >= 1, "1 or more"))
    met, released = (
        load_figures(CITIZENSHIPS).pivot_table(column, "month", "citizenship")
        for column in ("encounters", "released")
    )
    main = find_intervention(intervention, catalogue())
    last = pd.Period(main.start, "M") - 1
    before = slice(last - months + 1, last)
    common = met.columns[met[before].mean() >= FEWEST]
    share = (released[before].sum() / met[before].sum()).clip(0, 1)
    called = {n: "All others" if n == OTHER_GROUP else n.replace("_", " ").title() for n in common}
    histories = {
        name: _outcome(met[n].where(met[n] > 0), name, "encounters", source=CITIZENSHIPS)
        for n, name in called.items()
    }
    until = str(min(as_period(end, met.index, "end", last=True), met.index[-1]))
    cells = estimate_cells(histories, main, start=start, end=until, events=events)
    doses = {name: float(share[n]) for n, name in called.items()}
    found = dose_response(cells, doses, histories=histories)
    return replace(found, over=show.span_name(before.start, before.stop))


def _outcome(
    values: pd.Series,
    name: str,
    unit: str,
    start: str | None = None,
    end: str | None = None,
    *,
    source: str = OUTCOMES,
) -> Outcome:
    """A series of these figures in a window, with where it comes from."""
    piece = Piece(source=figures_source(source), first=values.index[0], last=values.index[-1])
    return make_outcome(
        values,
        name=name,
        unit=unit,
        kind="measure" if "100" in unit else "count",
        pieces=[piece],
        catalogue=catalogue(),
    ).window(start, end)
