"""Whether each cell of a published table is there once, and as it should be: none twice, no totals,
none lost, none out of line.

A cell is what the labels of a row say, but for the year and the month. Labels that mean the same
are the same: "OCT" and "October", "UAC" and "Unaccompanied Children", whatever the case. A figure
of 0 is the same as no row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
MAX_SIZE = 2**23  # cells times months; the largest published file has fewer than 3 million
LARGE_TOTAL = 100  # below it, one value can be the sum of the others by chance
NEAR = 3  # months before and after, with which a month is compared
USUAL = 0.8  # the share of the months near by that have what is missed in this one
# Encounters in each month near by of a label, a pair of labels (in a rounded table, of at least so
# many roundings) or a cell: with fewer, what is missing may be none.
WORTH_A_WORD, MIN_ROUNDED, WORTH_OF_A_CELL = {1: 21, 2: 31}, 4, 50
MOST_UNSEEN, MOST_FAR = 40, 20
FEW_ROWS, MANY_ROWS = 0.75, 50  # of the rows of the months near by, where these are many
# Out of line: so many times above all of the months near by, or below, of so many encounters. In 25
# years of published figures one is, Haitians in December 2023.
TIMES, LARGE = 5, 300
SEVERAL = 20  # figures that are multiples of one number, or the same in two months, not by chance


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The counts of a table by month and cell, or by month and some labels of the cells.

    labels : of each cell, as they stand in its first row.
    meant : the same as numbers, one for labels that mean the same.
    counts : months (from the first to the last) x cells, 0 where there is no row.
    lines : how many rows of the file each month has.
    """

    labels: pd.DataFrame = field(repr=False)
    meant: pd.DataFrame = field(repr=False)
    counts: np.ndarray = field(repr=False)
    lines: pd.Series = field(repr=False)

    def by(self, *names: str) -> Tally:
        """The counts added up over all columns but these."""
        if len(names) == self.labels.shape[1]:
            return self
        code = _numbered(self.meant, names)
        first = np.unique(code, return_index=True)[1]
        labels, meant = (table[[*names]].iloc[first] for table in (self.labels, self.meant))
        counts = _added(self.counts.T, code).T
        return Tally(labels=labels, meant=meant, counts=counts, lines=self.lines)

    def name(self, place: int) -> str:
        """The labels of a cell in words."""
        return ", ".join(map(shown, self.labels.iloc[place]))


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
    meant = names.apply(_meant)
    cell = _numbered(meant, list(meant))
    months = pd.period_range(codes["period"].min(), codes["period"].max())
    if (size := int(cell.max()) + 1) * len(months) > MAX_SIZE:
        raise refusal("many cells", file=file, n=size, months=len(months))
    month = pd.PeriodIndex(codes["period"]).asi8 - months[0].ordinal
    place = pd.Series(month * size + cell, rows.index)
    if (repeated := place.duplicated()).any():
        _refuse_twice(rows, place, repeated, file)
    counts = np.zeros((len(months), size))
    counts[month, cell] = codes["encounters"]
    first = np.unique(cell, return_index=True)[1]
    lines = pd.Series(np.bincount(month, minlength=len(months)), months)
    return Tally(labels=names.iloc[first], meant=meant.iloc[first], counts=counts, lines=lines)


def _meant(column: pd.Series) -> pd.Series:
    """Numbers, the same for labels that mean the same."""
    meaning = MEANING.get(str(column.name), labels.plain)
    meant = np.array([meaning(label) for label in column.cat.categories], dtype=object)
    return pd.Series(pd.factorize(meant)[0][column.cat.codes], column.index)


def _numbered(table: pd.DataFrame, names: Collection[str]) -> np.ndarray:
    """A number for each row of numbers, the same for equal ones, by the first row that has them."""
    code = np.zeros(len(table), int)
    for name in names:
        column = table[name].to_numpy()
        code = pd.factorize(code * (column.max() + 1) + column)[0]
    return code


def _added(values: np.ndarray, code: np.ndarray) -> np.ndarray:
    """The rows of each number added up, in the order of the numbers."""
    order = np.argsort(code, kind="stable")
    first = np.searchsorted(code[order], np.arange(code.max() + 1))
    return np.add.reduceat(values[order].astype(float), first)


def _refuse_twice(rows: pd.DataFrame, place: pd.Series, repeated: pd.Series, file: str) -> None:
    """Name the first row that means the same cell and month as one above it."""
    second = repeated.idxmax()
    first = (place == place[second]).idxmax()
    one, other = rows.loc[first].map(shown), rows.loc[second].map(shown)
    names = other.drop("encounters")
    differ = [name for name in names.index if one[name] != other[name]]
    raise refusal(
        "cell twice",
        file=file,
        cell=", ".join(names),
        one=one["encounters"],
        first=int(first),
        other=other["encounters"],
        second=int(second),
        same="".join(f"'{one[name]}' and '{other[name]}' are the same. " for name in differ),
        n=int(repeated.sum()),
    )


def refuse_totals(tallied: Tally, rounded_to: int, file: str) -> None:
    """A value that is the sum of its siblings wherever it stands is a total, whatever its name.

    Siblings differ in one column, or in all open lists; what else tells people apart is the same
    for all siblings, or, if it is no open list, added up first.
    """
    lists = list(tallied.meant.columns.intersection(OPEN_LISTS))
    inside = [name for name in tallied.meant if name not in (*lists, *PLACES)]
    for names, over in product([*zip(tallied.meant), tuple(lists)], {(), tuple(inside)}):
        apart = [name for name in tallied.meant if name not in (*names, *over)]
        if names and len(found := _totals(tallied, names, apart, rounded_to)):
            raise refusal("totals", file=file, column=names[0], label=found.iloc[0])


def _totals(
    tallied: Tally, names: Sequence[str], apart: Sequence[str], rounded_to: int
) -> pd.Series:
    """Labels that add up their siblings in every month and family with several."""
    view = tallied.by(*names, *apart)
    kin, label, held = _numbered(view.meant, apart), _numbered(view.meant, names), view.counts.T
    family = _added(held, kin)[kin]
    siblings = _added(held > 0, kin)[kin] - 1
    slack = 0 if rounded_to == 1 else rounded_to / 2 * (siblings + 1)
    told = (held > 0) & (siblings > 1)
    is_sum = (np.abs(2 * held - family) <= slack) | ~told
    large = told & (held > np.maximum(LARGE_TOTAL, 4 * slack))
    facts = pd.DataFrame({"other": ~is_sum.all(axis=1), "large": large.any(axis=1)})
    found = facts.groupby(label).any()
    totals = np.flatnonzero(found["large"] & ~found["other"])
    return view.labels[names[0]][np.isin(label, totals)]


def doubts(tallied: Tally, rounded_to: int) -> dict[pd.Period, str]:
    """Per month what it lacks that the months around it have, and what is far from theirs."""
    worth = {k: max(n, MIN_ROUNDED * rounded_to) for k, n in WORTH_A_WORD.items()}
    names = [each for k in worth for each in combinations(tallied.labels, k)]
    views = [(tallied.by(*each), worth[len(each)]) for each in names]
    missed: dict[int, str] = {}
    far: dict[int, str] = {}
    for view, least in [*views, (tallied, WORTH_OF_A_CELL)]:
        near = _near(view.counts)
        lost, mean = _missed(view.counts, near, least)
        for month, place, more in _largest(lost, mean):
            about = f"(about {mean[month, place]:,.0f} in those months)"
            missed.setdefault(month, f"it has none for {view.name(place)} {about}{more}")
        beyond = _out_of_line(view.counts, near)
        # Countries and places come and go: only one as a whole, by the months on both sides.
        if view.labels.columns.intersection(OPEN_LISTS).size:
            beyond &= _on_both_sides(near) & (view.labels.shape[1] == 1)
        for month, place, more in _largest(beyond, view.counts):
            others = pd.Series(near[:, month, place])
            about = f"({others.min():,.0f} to {others.max():,.0f} in the months around)"
            count = f"{view.counts[month, place]:,.0f}"
            far.setdefault(month, f"it has {count} for {view.name(place)} {about}{more}")
    few, found = _few_rows(tallied.lines), {}
    for month, period in enumerate(tallied.lines.index):
        lacking = "; ".join(one[month] for one in (few, missed) if month in one)
        told = [f"In {period} rows may be missing: {lacking}."] if lacking else []
        told += [f"In {period} figures may be wrong: {far[month]}."] if month in far else []
        if told:
            found[period] = " ".join(told)
    return found


def _few_rows(lines: pd.Series) -> dict[int, str]:
    """By month, that it has far fewer rows than the months around it."""
    around = pd.DataFrame(_near(lines.to_numpy(float)[:, None])[:, :, 0]).median().to_numpy()
    return {
        month: f"it has {lines.iloc[month]:,} rows, the months around it about {around[month]:,.0f}"
        for month, few in enumerate((lines < FEW_ROWS * around) & (around >= MANY_ROWS))
        if few
    }


def find_copies(tallied: Tally, rounded_to: int) -> list[str]:
    """Figures that are all multiples of one number, in the file, of a label or of a month; and a
    month that has those of another."""
    counts, months = tallied.counts.astype(int), tallied.lines.index.astype(str)
    unit, held = np.gcd.reduce(counts), (counts > 0).sum(axis=0)
    whole = max(int(np.gcd.reduce(unit)), rounded_to)  # then nothing more is said of its parts
    parts = [("", unit, held.sum())]
    for name in tallied.labels:
        for places in tallied.meant.groupby(name, sort=False).indices.values():
            label = f" for {shown(tallied.labels[name].iloc[places[0]])}"
            parts.append((label, unit[places], held[places].sum()))
    parts += [(f" in {m}", row, (row > 0).sum()) for m, row in zip(months, counts, strict=True)]
    said = [
        f"Every figure{what} is a multiple of {of:,}: they may be rounded, or in other units."
        for what, figures, n in parts
        if n >= SEVERAL and (of := np.gcd.reduce(figures)) > (rounded_to if not what else whole)
    ]
    first: dict[bytes, str] = {}
    for what, figures, n in parts[-len(months) :]:
        other = first.setdefault(figures.tobytes(), what)
        if n >= SEVERAL and other != what:
            said.append(f"The figures{what} are those{other}: one may be a copy.")
    return said


def unsure(tallied: Tally, doubted: Collection[pd.Period], rounded_to: int) -> tuple[str, ...]:
    """What may be right in a file with open lists: a label that a month lacks though it is usual
    near by, with too few to tell a lost row from none; and a cell that is out of line."""
    lists, months = tallied.labels.columns.intersection(OPEN_LISTS), tallied.lines.index
    lacking, far = [], []
    for name in lists if rounded_to == 1 else ():  # a rounded count of a few is 0
        view = tallied.by(name)
        lost, _ = _missed(view.counts, _near(view.counts), 1)
        lost[months.isin(list(doubted))] = False
        lacking += [f"{view.name(cell)} in {months[at]}" for at, cell in np.argwhere(lost)[::-1]]
    if len(lists):
        near, counts = _near(tallied.counts), tallied.counts
        for at, cell in np.argwhere(_out_of_line(counts, near) & _on_both_sides(near))[::-1]:
            far.append(f"{counts[at, cell]:,.0f} for {tallied.name(cell)} in {months[at]}")
    none = choices(lacking, "and", MOST_UNSEEN)
    said = [f"No row, and so counted as 0, though the months around have one: {none}."]
    said = said if lacking else []
    said += [f"Far from the months around: {'; '.join(far[:MOST_FAR])}."] if far else []
    return tuple(said)


def _near(counts: np.ndarray) -> np.ndarray:
    """The months around each one (6 x months x cells): NaN outside the table, and for all where
    there are too few."""
    blank = np.full((NEAR, counts.shape[1]), np.nan)
    padded = np.concatenate([blank, counts, blank])
    near = np.stack([padded[k : k + len(counts)] for k in range(2 * NEAR + 1) if k != NEAR])
    near[:, (~np.isnan(near[:, :, 0])).sum(axis=0) < NEAR] = np.nan
    return near


def _missed(counts: np.ndarray, near: np.ndarray, worth: int) -> tuple[np.ndarray, np.ndarray]:
    """Months x cells: whether a month lacks what is usual in those near by, and the mean of these.

    worth : encounters that each of those months has at least, where it has any.
    """
    held, inside = near > 0, (~np.isnan(near[:, :, :1])).sum(axis=0)
    usual = (held.sum(axis=0) >= USUAL * inside) | held[NEAR - 1 : NEAR + 1].all(axis=0)
    least = np.where(held, near, np.inf).min(axis=0)
    mean = np.nansum(near, axis=0) / np.maximum(inside, 1)
    return usual & (counts == 0) & (np.minimum(least, mean) >= worth), mean


def _out_of_line(counts: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Months x cells: whether a figure is far above all of the months near by, or far below."""
    most, least = np.fmax.reduce(near), np.fmin.reduce(near)
    above = (counts >= LARGE) & (counts > TIMES * most)
    return above | ((least >= LARGE) & (counts > 0) & (counts * TIMES < least))


def _on_both_sides(near: np.ndarray) -> np.ndarray:
    """Months x cells: whether there is a month before and one after."""
    return ~np.isnan(near[NEAR - 1 : NEAR + 1]).any(axis=0)


def _largest(found: np.ndarray, size: np.ndarray) -> Iterator[tuple[int, int, str]]:
    """For each month with something that was found: its place with the largest size, and how many
    more there are."""
    for month in np.flatnonzero(found.any(axis=1)):
        n, place = found[month].sum(), np.where(found[month], size[month], -1).argmax()
        yield int(month), int(place), f" and {n - 1} more" if n > 1 else ""
