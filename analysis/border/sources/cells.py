"""Whether each cell of a published table is there once: none twice, no totals, none lost.

A cell is what the labels of a row say, but for the year and the month. Labels that mean the same
are the same: "OCT" and "October", "UAC" and "Unaccompanied Children", whatever the case.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product

import numpy as np
import pandas as pd

from analysis.border.sources import labels
from analysis.border.sources.formats import OPEN_LISTS, TRANSLATORS
from analysis.errors import choices, refusal, shown

# Countries under several names may each have rows, so here only one spelling of a name is one.
MEANING: Mapping[str, Callable[[str], object]] = {**TRANSLATORS, "citizenship": labels.slug}
PLACES = ("component", "border")  # columns within which totals are looked for
COUNTED = ("fiscal_year", "month", "encounters")  # columns that are not part of a cell's name
MAX_SIZE = 2**25  # cells times months; the largest published file has fewer than 3 million
LARGE_TOTAL = 100  # below it, one value can be the sum of the others by chance
NEAR = 3  # months before and after, with which a month is compared
USUAL = 0.8  # the share of the months near by that have what is missed in this one
# Encounters in each month near by of a label, a pair of labels (in a rounded table, of at least so
# many roundings) or a cell: with fewer, what is missing may be none.
WORTH_A_WORD, MIN_ROUNDED, WORTH_OF_A_CELL = {1: 21, 2: 31}, 4, 50
MOST_UNSEEN = 40
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
    """A value that is the sum of its siblings wherever it stands is a total, whatever its name.

    Siblings differ in one open list, or in all of them; what else tells people apart is the same
    for all siblings, or added up first.
    """
    cells = tallied.labels.apply(_meant)
    lists = list(cells.columns.intersection(OPEN_LISTS))
    inside = [name for name in cells if name not in (*lists, *PLACES)]
    for names, over in product(dict.fromkeys([*zip(lists), tuple(lists)]), {(), tuple(inside)}):
        if names and len(total := _totals(tallied.counts, cells, [*names], [*over], rounded_to)):
            label = tallied.labels[names[0]][total[0]]
            raise refusal("totals", file=file, column=names[0], label=label)


def _totals(
    counts: pd.DataFrame, cells: pd.DataFrame, names: list[str], over: list[str], rounded_to: int
) -> pd.Index:
    """A cell of each label that adds up its siblings in every month and family with several."""
    label = cells.groupby(names, sort=False).ngroup()
    rest = [name for name in cells if name not in (*names, *over)]
    kin = cells.groupby(rest, sort=False).ngroup() if rest else 0 * label
    held = counts.T.groupby([kin, label]).sum()
    family = held.groupby(level=0)
    siblings = (held > 0).groupby(level=0).transform("sum") - 1
    slack = 0 if rounded_to == 1 else rounded_to / 2 * (siblings + 1)
    told = (held > 0) & (siblings > 1)
    is_sum = (2 * held - family.transform("sum")).abs() <= slack
    large = told & (held > np.maximum(LARGE_TOTAL, 4 * slack))
    total = (is_sum | ~told).all(axis=1).groupby(level=1).all()
    total &= large.any(axis=1).groupby(level=1).any()
    return label.index[label.map(total)]


def doubts(tallied: Tally, rounded_to: int) -> dict[pd.Period, str]:
    """Per month what it lacks that the months around it have: rows may have been lost."""
    views = [each for k in WORTH_A_WORD for each in combinations(tallied.labels, k)]
    worth = {k: max(n, MIN_ROUNDED * rounded_to) for k, n in WORTH_A_WORD.items()}
    missed = [_missed(_sums(tallied, [*names]), worth[len(names)]) for names in views]
    missed.append(_missed(tallied, WORTH_OF_A_CELL))
    missed = [view.dropna(how="all") for view in missed]  # its months that lack something
    lines = tallied.lines
    found = {}
    for here, period in enumerate(lines.index):
        near, said = _near(here, len(lines)), []
        around = float(lines.iloc[near].median()) if len(near) else 0.0
        if lines[period] < FEW_ROWS * around and around >= MANY_ROWS:
            said.append(f"it has {lines[period]:,} rows, the months around it about {around:,.0f}")
        lost = next((view.loc[period].dropna() for view in missed if period in view.index), None)
        if lost is not None:
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            said.append(
                f"it has none for {lost.idxmax()} (about {lost.max():,.0f} in those months){more}"
            )
        if said:
            found[period] = f"In {period} rows may be missing: {'; '.join(said)}."
    return found


def unseen(tallied: Tally, doubted: Collection[pd.Period]) -> str:
    """What else a month lacks that is usual near by: too few to tell a lost row from none."""
    told = []
    for name in tallied.labels.columns.intersection(OPEN_LISTS):
        missed = _missed(_sums(tallied, [name]), 1).drop(list(doubted))[::-1]
        at = np.argwhere(missed.notna().to_numpy())
        told += [f"{missed.columns[label]} in {missed.index[month]}" for month, label in at]
    said = choices(told, "and", MOST_UNSEEN)
    return (
        f"No row, and so counted as 0, though the months around have one: {said}." if told else ""
    )


def _sums(tallied: Tally, names: list[str]) -> Tally:
    """The counts added up over all other columns."""
    cell = tallied.labels[names].apply(_meant).groupby(names, sort=False).ngroup()
    counts = tallied.counts.T.groupby(cell).sum(min_count=1).T
    return Tally(
        labels=tallied.labels[names][~cell.duplicated()].reset_index(drop=True), counts=counts
    )


def _near(here: int, months: int) -> list[int]:
    """The places of the months around one, none where there are too few."""
    near = [at for at in range(max(here - NEAR, 0), min(here + NEAR + 1, months)) if at != here]
    return near if len(near) >= NEAR else []


def _missed(tallied: Tally, worth: int) -> pd.DataFrame:
    """Months x labels: the mean of the months near by where this one lacks what is usual, or NaN.

    worth : encounters that each of those months has at least, where it has any.
    """
    table = tallied.counts.to_numpy()
    found = np.full(table.shape, np.nan)
    for here in range(len(table)):
        if not (near := _near(here, len(table))):
            continue
        counts, held = np.nan_to_num(table[near]), ~np.isnan(table[near])
        beside = [at for at in (here - 1, here + 1) if at in near]
        usual = (held.mean(axis=0) >= USUAL) | ((~np.isnan(table[beside])).sum(axis=0) == 2)
        least, mean = np.where(held, counts, np.inf).min(axis=0), counts.mean(axis=0)
        lost = usual & np.isnan(table[here]) & (np.minimum(least, mean) >= worth)
        found[here, lost] = mean[lost]
    labels = [", ".join(map(shown, row)) for row in tallied.labels.itertuples(index=False)]
    return pd.DataFrame(found, tallied.counts.index, labels)
