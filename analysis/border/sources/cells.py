"""Whether each cell of a published table is there once: none twice, no totals, none lost.

A cell is what the labels of a row say, but for the year and the month. Labels that mean the same
are the same: "OCT" and "October", "UAC" and "Unaccompanied Children", whatever the case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.border.refusals import refusal
from analysis.border.sources import labels
from analysis.border.sources.formats import OPEN_LISTS, TRANSLATORS
from analysis.reading.wording import shown

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

    labels : of each cell, as they stand in its first row.   counts : NaN where there is no row.
    """

    labels: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame = field(repr=False)

    @property
    def lines(self) -> pd.Series:
        """How many rows of the file each month has."""
        return self.counts.notna().sum(axis=1)


def tally(rows: pd.DataFrame, codes: pd.DataFrame, file: str) -> Tally:
    """Count a table's cells.

    Parameters
    ----------
    rows : columns of labels.   codes : `period` and `encounters` of each row.

    Raises
    ------
    DataError : a cell that stands twice in a month, or more cells than any published table.
    """
    names = rows.drop(columns=list(COUNTED))
    cell = names.apply(_meant).groupby(list(names), sort=False).ngroup().rename("cell")
    months = pd.period_range(codes["period"].min(), codes["period"].max())
    if (cell.max() + 1) * len(months) > MAX_SIZE:
        raise refusal("many cells", file=file, n=int(cell.max()) + 1, months=len(months))
    place = pd.concat([codes[["period", "encounters"]], cell], axis=1)
    if (repeated := place.duplicated(["period", "cell"])).any():
        _refuse_twice(rows, place, repeated, file)
    counts = place.pivot_table("encounters", "period", "cell").reindex(months)
    return Tally(labels=names[~cell.duplicated()].reset_index(drop=True), counts=counts)


def _meant(column: pd.Series) -> pd.Series:
    """Numbers, the same for labels that mean the same."""
    meaning = MEANING.get(str(column.name), labels.plain)
    meant = column.map({label: meaning(label) for label in column.unique()})
    return pd.Series(pd.factorize(meant)[0], column.index)


def _refuse_twice(rows: pd.DataFrame, place: pd.DataFrame, repeated: pd.Series, file: str) -> None:
    """Name the first row that means the same cell and month as one above it."""
    second = repeated.idxmax()
    same = (place[["period", "cell"]] == place.loc[second, ["period", "cell"]]).all(axis=1)
    one, other = rows.loc[same.idxmax()].map(shown), rows.loc[second].map(shown)
    names = other.drop("encounters")
    differ = [name for name in names.index if one[name] != other[name]]
    raise refusal(
        "cell twice",
        file=file,
        cell=", ".join(names),
        one=one["encounters"],
        first=int(same.idxmax()),
        other=other["encounters"],
        second=int(second),
        same="".join(f"'{one[name]}' and '{other[name]}' are the same. " for name in differ),
        n=int(repeated.sum()),
    )


def refuse_totals(tallied: Tally, rounded_to: int, file: str) -> None:
    """A value that is the sum of its siblings in every month is a total, whatever it is called."""
    cells = tallied.labels.apply(_meant)
    within = [name for name in ("component", "border") if name in cells]
    groups = [group for _, group in cells.groupby(within)] if within else [cells]
    for name in cells.columns.intersection(OPEN_LISTS):
        values = [tallied.counts[one.index].T.groupby(one[name]).sum().T for one in groups]
        parts = pd.concat(values).fillna(0)
        counts = parts.to_numpy()
        siblings = (counts > 0).sum(axis=1, keepdims=True) - 1
        slack = 0 if rounded_to == 1 else rounded_to / 2 * (siblings + 1)
        is_sum = np.abs(2 * counts - counts.sum(axis=1, keepdims=True)) <= slack
        told = (counts > 0) & (siblings > 1)
        total = told.any(axis=0) & (is_sum | ~told).all(axis=0)
        total &= (counts > np.maximum(LARGE_TOTAL, 4 * slack)).any(axis=0)
        if total.any():
            label = tallied.labels[name][cells[name] == parts.columns[total.argmax()]].iloc[0]
            raise refusal("totals", file=file, column=name, label=label)


def doubts(tallied: Tally) -> dict[pd.Period, str]:
    """Per month what it lacks that the months around it have: rows may have been lost."""
    found = {}
    table, lines = tallied.counts.to_numpy(), tallied.lines.to_numpy()
    months = len(table)
    for here, period in enumerate(tallied.counts.index):
        near = [at for at in range(max(here - NEAR, 0), min(here + NEAR + 1, months)) if at != here]
        if len(near) < NEAR:
            continue
        counts, held = np.nan_to_num(table[near]), ~np.isnan(table[near])
        beside = [at for at in (here - 1, here + 1) if at in near]
        usual = (held.mean(axis=0) >= USUAL) | ((~np.isnan(table[beside])).sum(axis=0) == 2)
        least = np.where(held, counts, np.inf).min(axis=0)
        mean = counts.mean(axis=0)
        lost = usual & np.isnan(table[here]) & (np.minimum(least, mean) >= WORTH_A_WORD)
        around = float(np.median(lines[near]))
        said = []
        if lines[here] < FEW_ROWS * around and around >= MANY_ROWS:
            said.append(f"it has {lines[here]:,} rows, the months around it about {around:,.0f}")
        if lost.any():
            size = np.where(lost, mean, 0)
            label = ", ".join(map(shown, tallied.labels.iloc[size.argmax()]))
            more = f" and {lost.sum() - 1} more" if lost.sum() > 1 else ""
            said.append(f"it has none for {label} (about {size.max():,.0f} in those months){more}")
        if said:
            found[period] = f"In {period} rows may be missing: {'; '.join(said)}."
    return found
