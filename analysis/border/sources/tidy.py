"""From labelled rows to `Encounters`: every label translated, every rule of a table checked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.border import facts
from analysis.border.sources.cells import doubts, find_copies, refuse_totals, tally, unsure
from analysis.border.sources.formats import TRANSLATORS, Format
from analysis.border.sources.labels import SPELLINGS
from analysis.border.sources.table import DIMENSIONS, Encounters
from analysis.errors import refusal
from analysis.outcome import Source

OCTOBER = 10  # fiscal year N starts in October N-1
NEARLY_WHOLE = 0.55  # a last month with fewer rows than this share of the month before is partial
RULES: Mapping[str, str] = facts("formats.yml")["rules"]


def tidy(
    rows: pd.DataFrame, kind: Format, source: Source, today: pd.Period
) -> tuple[Encounters | None, list[str]]:
    """The table that labelled rows make, and notes on what was left out.

    There is no table where the publisher splits nothing yet in all of the months.

    Parameters
    ----------
    rows : columns of text named by role, `kind.columns` among them; the index is their lines.
    today : the current month. It and what follows cannot be complete.

    Raises
    ------
    DataError : a label that is not known, a number that is not a count, a repeated row, a month
        that is missing or incomplete inside the table, or a month of the future.
    """
    file = source.file
    if rows.empty:
        raise refusal("no rows", file=file)
    codes = pd.DataFrame(
        {name: _translate(rows[name], file) for name in rows if name in TRANSLATORS}
    )
    codes["period"] = _calendar_months(codes)
    tallied = tally(rows, codes, file)
    refuse_totals(tallied, kind.rounded_to, file)
    frame = _without_unsplit(_add_up(codes), kind)
    if frame.empty:
        return None, []
    refuse_future(frame, today, file)
    lacking = _lacking(frame, kind)
    frame, notes = without_partial_end(frame, tallied.lines, lacking, today)
    notes += note_late_start(frame)
    refuse_missing_periods(frame, file)
    refuse_partial_months(frame, lacking, kind, file)
    first, last = frame["period"].min(), frame["period"].max()
    doubted = doubts(tallied, kind.rounded_to)
    table = Encounters(
        frame=frame,
        source=source,
        fixed={name: value for name, value in kind.fixed.items() if name not in frame},
        frequency="monthly",
        must_select=kind.must_select,
        doubts={month: said for month, said in doubted.items() if first <= month <= last},
        unsure=unsure(tallied, doubted, kind.rounded_to),
        lacks=(
            *find_absent(codes, kind),
            *find_copies(tallied, kind.rounded_to),
        ),
    )
    return table, notes


def _translate(column: pd.Series, file: str) -> pd.Series:
    """A column of codes; the first label without one is refused with its line."""
    name = str(column.name)
    found = {label: TRANSLATORS[name](label) for label in column.cat.categories}
    for label, code in found.items():
        if code is None:
            words = name.replace("_", " ")
            spellings = [s for group in SPELLINGS.get(name, {}).values() for s in group]
            raise refusal(
                "unknown label",
                file=file,
                what=f"the unknown value '{label}'" if label else "no value",
                column=words,
                line=int(column.index[column == label][0]),
                rule=RULES.get(name) or f"A known {words} is one of: {', '.join(spellings)}.",
            )
    number, codes = pd.factorize(np.array(list(found.values()), dtype=object), sort=True)
    number = number[column.cat.codes]
    made = pd.Categorical.from_codes(number, codes) if isinstance(codes[0], str) else codes[number]
    return pd.Series(made, column.index).infer_objects()


def _calendar_months(codes: pd.DataFrame) -> pd.PeriodIndex:
    """Fiscal year N runs from October N-1 to September N."""
    year = codes["fiscal_year"] - (codes["month"] >= OCTOBER)
    return pd.PeriodIndex.from_fields(year=year, month=codes["month"], freq="M")


def _add_up(codes: pd.DataFrame) -> pd.DataFrame:
    """One row a month and cell, in order."""
    split = codes.rename(columns={"citizenship_group": "citizenship"})
    names = ["period", *(name for name in DIMENSIONS if name in split)]
    return split.groupby(names, observed=True)["encounters"].sum().reset_index()


def _without_unsplit(frame: pd.DataFrame, kind: Format) -> pd.DataFrame:
    """Drop the months in which the publisher did not tell a value apart yet."""
    for value, start in kind.starts.items():
        early = frame["period"] < pd.Period(start, "M")
        frame = frame[~(early & (frame[kind.must_select[0]] == value))]
    return frame.reset_index(drop=True)


def refuse_future(frame: pd.DataFrame, today: pd.Period, file: str) -> None:
    """Figures of a month to come are a mistake in the file."""
    if (last := frame["period"].max()) > today:
        raise refusal("future", file=file, last=str(last), today=str(today))


def without_partial_end(
    frame: pd.DataFrame, rows: pd.Series, lacking: Mapping[pd.Period, str], today: pd.Period
) -> tuple[pd.DataFrame, list[str]]:
    """Leave out a last month that is not over or not complete, and say so."""
    first, last = frame["period"].min(), frame["period"].max()
    reason = ""
    if last >= today:
        reason = "it is not over yet"
    elif last in lacking:
        reason = f"it has no row for {lacking[last]}"
    elif rows[last] < NEARLY_WHOLE * rows.get(last - 1, 0):
        reason = f"it has {rows[last]} rows, the month before {rows[last - 1]}"
    if not reason or first == last:
        return frame, []
    kept = frame[frame["period"] < last].reset_index(drop=True)
    return kept, [f"The last month, {last}, is incomplete and left out: {reason}."]


def note_late_start(frame: pd.DataFrame) -> list[str]:
    """Published files start with a fiscal year; say it where one does not."""
    first = frame["period"].min()
    late = f"The file starts in {first}, not in October as published files do: months may have "
    return [] if first.month == OCTOBER else [late + "been cut off."]


def find_absent(codes: pd.DataFrame, kind: Format) -> list[str]:
    """A value that complete files of this kind have and this one never has may be filtered out."""
    held, absent = codes["encounters"] > 0, {}
    for name in kind.columns.intersection(SPELLINGS) - {"authority"}:
        absent[name] = set(SPELLINGS[name]).difference(
            codes.loc[held, name].unique(), kind.may_lack
        )
    return [
        f"No row is for {name.replace('_', ' ')} {', '.join(sorted(values))}, which published "
        "files of this kind have: rows may have been left out."
        for name, values in sorted(absent.items())
        if values
    ]


def _lacking(frame: pd.DataFrame, kind: Format) -> dict[pd.Period, str]:
    """Per month, a value that other months have and that a complete month has to have."""
    found: dict[pd.Period, str] = {}
    for dimension in kind.whole:
        held = frame.pivot_table("encounters", "period", dimension, "sum", observed=True) > 0
        absent = ~held.loc[:, held.any() & ~held.columns.isin(kind.may_lack)]
        found |= {
            period: f"{dimension} {row.idxmax()}"
            for period, row in absent[absent.any(axis=1)].iterrows()
        }
    return found


def refuse_missing_periods(frame: pd.DataFrame, file: str) -> None:
    """A hole would be a period of no encounters, or be skipped."""
    held = pd.PeriodIndex(frame["period"].unique()).sort_values()
    missing = pd.period_range(held[0], held[-1], freq=held.freq).difference(held)
    if len(missing):
        raise refusal("missing periods", file=file, periods=", ".join(map(str, missing[:5])))


def refuse_partial_months(
    frame: pd.DataFrame, lacking: Mapping[pd.Period, str], kind: Format, file: str
) -> None:
    """A month inside the table that lacks a whole component or border is not a total."""
    for period, value in lacking.items():
        if period <= frame["period"].max():
            raise refusal(
                "partial month", file=file, value=value, period=str(period), names=kind.whole
            )
