"""Which rows count: the conditions column=value."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from analysis.reading.when import column_names, words
from analysis.reading.wording import refusal


def filter_rows(frame: pd.DataFrame, where: str) -> tuple[tuple[tuple[str, str], ...], np.ndarray]:
    """The conditions of `where` (column, value) and the rows for which each of them holds.

    Raises
    ------
    InputError : not of that form, no such column, or a value that the column does not have.
    """
    rows = np.ones(len(frame), dtype=bool)
    pairs = []
    for name, value in _pairs(where, frame):
        column = column_names(name, frame, "where")[0]
        cells = frame[column]
        same = cells == value
        same = same if same.any() else cells.str.casefold() == value.casefold()
        if not same.any():
            known = cells[cells.ne("")].unique()
            raise refusal("no such value", column=column, value=value, known=known)
        rows &= same.to_numpy()
        pairs.append((column, str(cells[same].iloc[0])))
    if not rows.any():
        raise refusal("no such rows", pairs=[f"{column}={value}" for column, value in pairs])
    return tuple(pairs), rows


def _pairs(where: str, frame: pd.DataFrame) -> list[tuple[str, str]]:
    """column=value, with commas between several; commas and equals signs may be in both.

    A comma parts two conditions where a column and an equals sign follow it.
    """
    if not where.strip():
        return []
    names = sorted({form for name in frame.columns for form in (name, words(name))}, key=len)
    known = "|".join(re.escape(name) for name in reversed(names))
    for name in (known, "[^,=]+"):  # a name that no column has is refused later, by name
        found = list(re.finditer(rf"(?:^|,)\s*({name})\s*=", where, re.IGNORECASE))
        if found and found[0].start() == 0:
            ends = [match.start() for match in found[1:]] + [len(where)]
            return [
                (m[1].strip(), where[m.end() : end].strip())
                for m, end in zip(found, ends, strict=True)
            ]
    raise refusal("not where", where=where)
