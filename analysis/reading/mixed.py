"""A column that holds years, quarters and months one below the other, as ONS publishes them."""

from __future__ import annotations

import re

import pandas as pd

from analysis.errors import DataError
from analysis.reading.across import Table
from analysis.reading.wording import choices, shown

STEPS = {
    "years": re.compile(r"\d{4}"),
    "quarters": re.compile(r"\d{4}[ -]?Q[1-4]", re.IGNORECASE),
    "months": re.compile(r"\d{4} (?:[A-Z]{3}|[A-Z][a-z]{2})|\d{4}-\d{2}"),
}
MOSTLY = 0.95


def rows_of_one_step(table: Table, step: str) -> tuple[Table, str]:
    """The table with the rows of one step, and the step that is left to make ("auto" if none).

    Raises
    ------
    DataError : a column holds several and `step` is none of them.
    """
    for name in table.frame.columns[:3]:
        cells = table.frame[name]
        found = {word: cells.str.fullmatch(form) for word, form in STEPS.items()}
        found = {word: rows for word, rows in found.items() if rows.sum() > 1}
        if len(found) < 2 or pd.concat(found, axis=1).any(axis=1).mean() < MOSTLY:
            continue
        if step not in found:
            raise DataError(
                f"'{shown(name)}' holds {choices(found, 'and')}, one below the other.",
                rule="A series has periods of one length.",
                remedy=f"step: {choices(found)}.",
            )
        rows = found[step].to_numpy()
        kept = Table(
            frame=table.frame[rows].reset_index(drop=True),
            lines=[line for line, keep in zip(table.lines, rows, strict=True) if keep],
            header=table.header,
            units=table.units,
            skipped=(*table.skipped, f"Rows that are no {step} are left out."),
        )
        return kept, "auto"
    return table, step
