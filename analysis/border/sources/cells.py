"""Whether each cell of a published table is there once: none twice, no totals, none lost.

A cell is what the labels of a row say, but for the year and the month. Labels that mean the same
are the same: "OCT" and "October", "UAC" and "Unaccompanied Children", whatever the case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.border.sources import labels
from analysis.border.sources.formats import OPEN_LISTS, TRANSLATORS
from analysis.border.sources.rows import short
from analysis.errors import DataError

# Countries under several names may each have rows, so here only one spelling of a name is one.
MEANING: Mapping[str, Callable[[str], object]] = {**TRANSLATORS, "citizenship": labels.slug}
COUNTED = ("fiscal_year", "month", "encounters")  # columns that are not part of a cell's name
MAX_SIZE = 2**25  # cells times months; the largest published file has fewer than 3 million
LARGE_TOTAL = 100  # below it, one value can be the sum of the others by chance
NEAR = 3  # months before and after, with which a month is compared
USUAL = 0.8  # the share of the months near by that have what is missed in this one
WORTH_A_WORD = 50  # encounters in each month near by
FEW_ROWS, MANY_ROWS = 0.75, 50  # of the rows of the months near by, where these are many


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The counts of a table by month (rows, from the first to the last) and cell (columns).

    labels : of each cell, as they stand in its first row.
    lines : how many rows of the file each month has.   start : the first month, from year 0.
    """

    labels: pd.DataFrame = field(repr=False)
    counts: np.ndarray = field(repr=False)
    held: np.ndarray = field(repr=False)
    lines: np.ndarray = field(repr=False)
    start: int


def tally(rows: pd.DataFrame, counts: np.ndarray, months: np.ndarray, file: str) -> Tally:
    """Count a table's cells.

    Parameters
    ----------
    rows : categorical columns of labels.   counts, months : of each row; months from year 0.

    Raises
    ------
    DataError : a cell that stands twice in a month, or more cells than any published table.
    """
    names = rows.drop(columns=list(COUNTED))
    cell, cells = pd.factorize(_numbers(names))
    start, month = int(months.min()), months - months.min()
    shape = (int(month.max()) + 1, len(cells))
    if shape[0] * shape[1] > MAX_SIZE:
        raise DataError(
            f"'{file}' has {shape[1]:,} different cells in {shape[0]} months.",
            rule="A published table has far fewer.",
            remedy="Check that the columns are what their header says.",
        )
    place = month * shape[1] + cell
    lines = np.bincount(place, minlength=shape[0] * shape[1])
    if lines.max() > 1:
        raise _twice(rows, place, file)
    first = np.empty(len(cells), dtype=np.int64)
    first[cell[::-1]] = np.arange(len(cell))[::-1]
    return Tally(
        labels=names.iloc[first],
        counts=np.bincount(place, weights=counts, minlength=len(lines)).reshape(shape),
        held=lines.reshape(shape) > 0,
        lines=lines.reshape(shape).sum(axis=1),
        start=start,
    )


def _numbers(names: pd.DataFrame) -> np.ndarray:
    """One number a row, the same for rows whose labels mean the same."""
    key, size = np.zeros(len(names), dtype=np.int64), 1
    for name in names:
        values, codes = _meant(names[name])
        if size * values > 2**62:
            key, size = pd.factorize(key)[0], len(names)
        key = key * values + codes
        size *= values
    return key


def _meant(column: pd.Series) -> tuple[int, np.ndarray]:
    """How many meanings a column has, and the number of each row's."""
    meaning = MEANING.get(str(column.name), labels.plain)
    meant = [meaning(str(label)) for label in column.cat.categories]
    codes, values = pd.factorize(np.array(meant, dtype=object))
    return len(values), codes[column.cat.codes.to_numpy()]


def _twice(rows: pd.DataFrame, place: np.ndarray, file: str) -> DataError:
    """The first row that means the same cell and month as one above it."""
    repeated = pd.Series(place).duplicated().to_numpy()
    second = int(repeated.argmax())
    first = int((place == place[second]).argmax())
    one, other = (rows.iloc[here].astype(str).map(short) for here in (first, second))
    names = other.drop("encounters")
    same = [
        f" '{one[n]}' and '{other[n]}' are the same." for n in names.index if one[n] != other[n]
    ]
    return DataError(
        f"'{file}' has the same cell twice ({', '.join(names)}): {one['encounters']} in data row "
        f"{rows.index[first] + 1} and {other['encounters']} in data row {rows.index[second] + 1}."
        f"{''.join(same)} {int(repeated.sum()):,} rows repeat an earlier one.",
        rule="Each cell has one row. Nothing is counted twice, and no row is dropped silently.",
        remedy="Download the file again. If two releases were pasted together, give them as "
        "separate files.",
    )


def refuse_totals(tallied: Tally, rounded_to: int, file: str) -> None:
    """A value that is the sum of its siblings in every month is a total, whatever it is called."""
    within = [name for name in ("component", "border") if name in tallied.labels]
    group = _numbers(tallied.labels[within])
    for name in tallied.labels.columns.intersection(OPEN_LISTS):
        number, code = _meant(tallied.labels[name])
        is_value = np.eye(number)[code]
        parts = [group == one for one in np.unique(group)]
        counts = np.concatenate([tallied.counts[:, part] @ is_value[part] for part in parts])
        siblings = (counts > 0).sum(axis=1, keepdims=True) - 1
        slack = 0 if rounded_to == 1 else rounded_to / 2 * (siblings + 1)
        is_sum = np.abs(2 * counts - counts.sum(axis=1, keepdims=True)) <= slack
        told = (counts > 0) & (siblings > 1)
        total = told.any(axis=0) & (is_sum | ~told).all(axis=0)
        total &= (counts > np.maximum(LARGE_TOTAL, 4 * slack)).any(axis=0)
        if total.any():
            label = tallied.labels[name].iloc[int((code == total.argmax()).argmax())]
            raise DataError(
                f"'{file}' has rows of totals: the {name} '{short(str(label))}' is the sum of all "
                "others in every month that has it.",
                rule="Rows of totals are not read: their parts would be counted twice.",
                remedy="Remove these rows, or download the file again.",
            )


def doubts(tallied: Tally) -> dict[pd.Period, str]:
    """Per month what it lacks that the months around it have: rows may have been lost."""
    found = {}
    months = len(tallied.counts)
    for here in range(months):
        near = [at for at in range(max(here - NEAR, 0), min(here + NEAR + 1, months)) if at != here]
        if len(near) < NEAR:
            continue
        held, counts = tallied.held[near], tallied.counts[near]
        beside = [at for at in (here - 1, here + 1) if at in near]
        usual = (held.mean(axis=0) >= USUAL) | (tallied.held[beside].sum(axis=0) == 2)
        lost = usual & ~tallied.held[here]
        least = np.where(held, counts, np.inf).min(axis=0)
        lost &= np.minimum(least, counts.mean(axis=0)) >= WORTH_A_WORD
        lines, around = tallied.lines[here], float(np.median(tallied.lines[near]))
        said = []
        if lines < FEW_ROWS * around and around >= MANY_ROWS:
            said.append(f"it has {lines:,} rows, the months around it about {around:,.0f}")
        if lost.any():
            size = np.where(lost, counts.mean(axis=0), 0)
            label = ", ".join(short(str(v)) for v in tallied.labels.iloc[size.argmax()])
            more = f" and {lost.sum() - 1} more" if lost.sum() > 1 else ""
            said.append(f"it has none for {label} (about {size.max():,.0f} in those months){more}")
        if said:
            period = pd.Period(ordinal=tallied.start + here - 1970 * 12, freq="M")
            found[period] = f"In {period} rows may be missing: {'; '.join(said)}."
    return found
