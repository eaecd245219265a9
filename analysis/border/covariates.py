"""Official figures beside the outcome: what else moved, and what became of people."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd

from analysis.border import DATA, facts
from analysis.border.sources.catalogue import read_checked, source_of, source_section
from analysis.errors import unknown_name
from analysis.outcome import Source, note_use
from analysis.robustness.varied import Covariate


def load_figures(name: str) -> pd.DataFrame:
    """One of the tables of `data/covariates.yml`, by month; its use is noted for the record.

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
    return "".join(f"\n{_section(name)}" for name in facts("covariates.yml"))


def _section(name: str) -> str:
    table = _read(name)
    return source_section(
        figures_source(name), table.index, "monthly", [f"- Columns: {', '.join(table.columns)}"]
    )
