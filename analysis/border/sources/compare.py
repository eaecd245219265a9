"""Several files together: the newest wins, revisions are listed, publishers are compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise, product
from typing import Any

import pandas as pd

from analysis.border.sources.table import Encounters
from analysis.border.sources.tidy import OCTOBER
from analysis.effects.checks import Check
from analysis.errors import refusal
from analysis.show.templates import say

REVISION_COLUMNS = [
    "table", "series", "month", "old", "new", "difference", "old_vintage", "new_vintage"
]  # fmt: skip
# How a question calls the components.
CALLED = {"usbp": "Between ports", "ofo": "At ports", "both": "At and between ports"}
DRAWING_ERROR = 1  # of a week read from the published chart, in encounters


def newest_first(tables: Iterable[Encounters]) -> list[Encounters]:
    """The tables in order of preference, each month of one kind of table in one of them only.

    Exact counts come before rounded ones, then the newest vintage first. A table keeps the months
    that no newer table of its kind has.

    Raises
    ------
    DataError : two files of the same kind and vintage differ.
    """
    ordered = sorted(tables, key=lambda table: table.source.vintage, reverse=True)
    ordered.sort(key=lambda table: table.source.rounded_to)
    _refuse_rivals(ordered)
    return each_month_once(ordered)


def each_month_once(ordered: Iterable[Encounters]) -> list[Encounters]:
    """Each month of one kind of table in the first table that has it, and in no other."""
    held: dict[str, pd.PeriodIndex] = {}
    kept = []
    for table in ordered:
        before = held.get(table.source.name, table.periods[:0])
        frame = table.frame[~table.frame["period"].isin(before)]
        held[table.source.name] = before.union(table.periods)
        if len(frame):
            kept.append(replace(table, frame=frame))
    return kept


def _refuse_rivals(ordered: Sequence[Encounters]) -> None:
    for one, other in combinations(ordered, 2):
        if (one.source.name, one.source.vintage) != (other.source.name, other.source.vintage):
            continue
        changed = _differences(other, one)
        if len(changed):
            (first,) = changed.head(1).itertuples()
            raise refusal(
                "rival files",
                one=one.source.file,
                other=other.source.file,
                vintage=one.source.vintage,
                **{name: getattr(first, name) for name in ("series", "month", "new", "old")},
            )


def revisions(tables: Iterable[Encounters]) -> pd.DataFrame:
    """What later releases changed: one row a month and series whose count differs.

    Parameters
    ----------
    tables : of any kinds and vintages. Only tables of one kind are compared, each vintage with
        the next newer one.

    Returns
    -------
    Columns `table`, `series`, `month`, `old`, `new`, `difference` (new - old, encounters),
    `old_vintage`, `new_vintage`.
    """
    tables = sorted(tables, key=lambda table: table.source.vintage)
    kinds = dict.fromkeys(table.source.name for table in tables)
    pairs = [
        pair for kind in kinds for pair in pairwise(t for t in tables if t.source.name == kind)
    ]
    changes = [one for old, new in pairs if len(one := _differences(old, new))]
    return (
        pd.concat(changes, ignore_index=True) if changes else pd.DataFrame(columns=REVISION_COLUMNS)
    )


def _differences(old: Encounters, new: Encounters) -> pd.DataFrame:
    both = pd.concat([_cells(old), _cells(new)], axis=1, keys=["old", "new"], join="inner")
    changed = both[both["old"] != both["new"]].reset_index()
    return changed.assign(
        table=new.source.name,
        difference=changed["new"] - changed["old"],
        old_vintage=old.source.vintage,
        new_vintage=new.source.vintage,
    )[REVISION_COLUMNS]


def _cells(table: Encounters) -> pd.Series:
    """Counts by series (component, border and what must be selected) and month."""
    names = list(dict.fromkeys(["component", "border", *table.must_select]))
    counts = table.with_fixed(*names).groupby([*names, "period"])["encounters"].sum()
    series = [_in_words(*cell[:-1]) for cell in counts.index]
    return counts.set_axis([series, counts.index.get_level_values("period")]).rename_axis(
        ["series", "month"]
    )


def _in_words(component: str, *rest: str) -> str:
    words = (word.replace("_", " ") for word in rest)
    return ", ".join([CALLED.get(component, component), *words])


def cross_checks(
    tables: Iterable[Encounters], others: Iterable[Encounters] = ()
) -> tuple[Check, ...]:
    """Whether tables of different kinds agree where they overlap.

    Monthly totals by component and border may differ by what rounding allows: half the rounding
    unit for each figure that is added up, 0 between exact counts. Weekly counts are compared
    with fiscal years: a year's total lies between the sum of the weeks wholly inside it and the
    sum of the weeks that touch it.

    Parameters
    ----------
    tables : compared with each other and with `others`; `others` are not compared among
        themselves.
    """
    tables, others = list(tables), list(others)
    pairs = [*combinations(tables, 2), *product(tables, others)]
    return tuple(
        check
        for one, other in pairs
        if one.source.name != other.source.name
        for check in _compare(one, other)
    )


def _compare(one: Encounters, other: Encounters) -> Iterator[Check]:
    if other.frequency == "weekly":
        one, other = other, one
    if other.frequency == "monthly":
        compare = _compare_years if one.frequency == "weekly" else _compare_months
        yield from compare(one, other)


def _compare_months(one: Encounters, other: Encounters) -> Iterator[Check]:
    left, right = _totals(one), _totals(other)
    if left.empty or right.empty:
        return
    both = left.add_suffix("_one").join(right.add_suffix("_other"), how="inner")
    both = both[~(both["added_up_one"] & both["added_up_other"])]  # its parts are compared
    both["gap"] = (both["count_one"] - both["count_other"]).abs()
    both["allowed"] = both["rounding_one"] + both["rounding_other"]
    both["beyond"] = both["gap"] - both["allowed"]
    for key, cells in both.groupby(level=["component", "border"]):
        cells = cells.droplevel(["component", "border"])
        outside = cells[cells["beyond"] > 0]
        facts = {"good": outside.empty, "statistic": float(cells["gap"].max())}
        yield _check("months", one, other, key, **facts, cells=cells, outside=outside)


def _check(
    kind: str,
    one: Encounters,
    other: Encounters,
    key: tuple[str, str],
    *,
    good: bool,
    statistic: float,
    **facts: Any,
) -> Check:
    """A check of two tables' counts of a component and a border, in the words of its kind."""
    sources = {"one": one.source, "other": other.source}
    said: dict[str, Any] = {
        part: say(f"{kind}_{part}", **sources, **facts) for part in ("question", "reason")
    }
    said["question"] = f"{_in_words(*key)}: {said['question']}"
    tables = " and ".join(f"{source.name} ({source.vintage})" for source in sources.values())
    return Check(name=f"{' '.join(key)}: {tables}", good=good, statistic=statistic, **said)


def _totals(table: Encounters) -> pd.DataFrame:
    """Counts by component, border and period, also for both components and for all borders.

    Columns `count`, `rounding` (the largest error that rounding makes) and `added_up` (whether
    components or borders were added up).
    """
    if "citizenship" in table.must_select:  # small countries are left out: not a total
        return pd.DataFrame()
    cells = table.with_fixed("component", "border").rename(columns={"encounters": "count"})
    for dimension in table.must_select:  # from the month on in which every value is told apart
        start = cells.groupby(dimension, observed=True)["period"].min().max()
        cells = cells[cells["period"] >= start]
    rounded_to = table.source.rounded_to
    cells = cells.assign(added_up=False, rounding=0.0 if rounded_to == 1 else rounded_to / 2)
    parts = [cells]
    if "component" in table.frame:
        parts.append(cells.assign(component="both", added_up=True))
    if "border" in table.frame:
        parts += [part.assign(border="nationwide", added_up=True) for part in parts]
    sums = pd.concat(parts).groupby(["component", "border", "period"])
    return sums[["count", "rounding"]].sum().assign(added_up=sums["added_up"].any())


def _compare_years(weekly: Encounters, monthly: Encounters) -> Iterator[Check]:
    totals = _totals(monthly)
    key = (weekly.fixed["component"], weekly.fixed["border"])
    if totals.empty or key not in totals.index.droplevel("period"):
        return
    gaps = _years_apart(weekly.frame.set_index("period")["encounters"], totals.loc[key])
    if len(gaps):
        good, statistic = not (gaps > 0).any(), float(max(gaps.max(), 0))
        yield _check("years", weekly, monthly, key, good=good, statistic=statistic, gaps=gaps)


def _years_apart(weeks: pd.Series, months: pd.DataFrame) -> pd.Series:
    """By how much the total of each complete fiscal year is outside the weeks' bounds."""
    first, last = (pd.PeriodIndex(weeks.index).to_timestamp(how=end) for end in ("start", "end"))
    periods = pd.PeriodIndex(months.index)
    gaps = {}
    for year, part in months.groupby(periods.year + (periods.month >= OCTOBER)):
        start, end = pd.Timestamp(year - 1, 10, 1), pd.Timestamp(year, 10, 1)
        if len(part) == 12 and first.min() <= start and last.max() >= end - pd.Timedelta(days=1):
            inside, touching = (
                weeks[(first >= start) & (last < end)],
                weeks[(last >= start) & (first < end)],
            )
            slack = part["rounding"].sum() + DRAWING_ERROR * len(touching)
            total = part["count"].sum()
            gaps[int(year)] = float(max(inside.sum() - total, total - touching.sum()) - slack)
    return pd.Series(gaps, dtype=float)
