"""Small files in the publishers' exact formats, for tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path

import pandas as pd

Row = list[str]

SOUTHWEST_HEADER = [
    "Fiscal Year",
    "Month Grouping",
    "Month (abbv)",
    "Component",
    "Demographic",
    "Citizenship Grouping",
    "Title of Authority",
    "Encounter Type",
    "Encounter Count",
]
STATE_HEADER = [
    "Fiscal Year",
    "Month Grouping",
    "Month (abbv)",
    "Land Border Region",
    "State",
    "Demographic",
    "Citizenship",
    "Title of Authority",
    "Encounter Count",
]
AREA_HEADER = [
    "Fiscal Year",
    "Month Grouping",
    "Month (abbv)",
    "Component",
    "Land Border Region",
    "Area of Responsibility",
    "AOR (Abbv)",
    "Demographic",
    "Citizenship",
    "Title of Authority",
    "Encounter Type",
    "Encounter Count",
]
OFO, USBP = "Office of Field Operations", "U.S. Border Patrol"
GROUPS = ("El Salvador", "Guatemala", "Honduras", "Mexico", "Other")
COUNTRIES = (
    "EL SALVADOR",
    "GUATEMALA",
    "HONDURAS",
    "MEXICO",
    "CHINA, PEOPLES REPUBLIC OF",
    "OTHER",
)
DEMOGRAPHICS = ("FMUA", "Single Adults", "UAC")


def fiscal(month: pd.Period, last: pd.Period) -> tuple[str, str, str]:
    """Fiscal year, month grouping and month as CBP writes them in the file of month `last`."""
    year = month.year + (month.month >= 10)
    current = last.year + (last.month >= 10)
    running = year == current and last.month != 9
    later = (month.month + 2) % 12 > (last.month + 2) % 12
    label = f"{year} (FYTD)" if running else str(year)
    return label, "Remaining" if later else "FYTD", month.strftime("%b").upper()


def months(first: str, last: str) -> list[pd.Period]:
    """All months from first to last."""
    return list(pd.period_range(first, last, freq="M"))


def counter(start: int = 1) -> Iterator[int]:
    """Counts that differ from cell to cell, some above 999."""
    value = start
    while True:
        value = (value * 37 + 11) % 1999
        yield value


def southwest_rows(first: str = "2022-10", last: str = "2024-07", start: int = 1) -> list[Row]:
    """Rows of the southwest file, two authorities until May 2023."""
    counts = counter(start)
    rows = []
    for month, component, demographic, group in product(
        months(first, last), (OFO, USBP), DEMOGRAPHICS, GROUPS
    ):
        for authority in ("Title 42", "Title 8"):
            if authority == "Title 42" and month > pd.Period("2023-05"):
                continue
            kind = {
                ("Title 42", OFO): "Expulsions",
                ("Title 42", USBP): "Expulsions",
                ("Title 8", OFO): "Inadmissibles",
                ("Title 8", USBP): "Apprehensions",
            }[authority, component]
            labels = [component, demographic, group, authority, kind]
            rows.append([*fiscal(month, pd.Period(last)), *labels, str(next(counts))])
    return rows


def state_rows(first: str = "2022-10", last: str = "2023-09", start: int = 2) -> list[Row]:
    """Rows of the nationwide file by state."""
    counts = counter(start)
    places = (
        ("Northern Land Border", "NY"),
        ("Southwest Land Border", "TX"),
        ("Southwest Land Border", "AZ"),
        ("Other", "FL"),
    )
    return [
        [*fiscal(month, pd.Period(last)), region, state, group, country, "Title 8", str(n)]
        for (month, (region, state), group, country), n in zip(
            product(
                months(first, last),
                places,
                ("FMUA", "Single Adults", "UC / Single Minors"),
                COUNTRIES,
            ),
            counts,
            strict=False,
        )
    ]


def area_rows(first: str = "2022-10", last: str = "2023-09", start: int = 3) -> list[Row]:
    """Rows of the nationwide file by area of responsibility."""
    counts = counter(start)
    places = (
        (OFO, "Northern Land Border", "Buffalo Field Office", "Buffalo"),
        (OFO, "Southwest Land Border", "Tucson Field Office", "Tucson"),
        (OFO, "Southwest Land Border", "Laredo Field Office", "Laredo"),
        (OFO, "Other", "Laredo Field Office", "Laredo"),
        (USBP, "Northern Land Border", "Swanton Sector", "SWB"),
        (USBP, "Southwest Land Border", "Tucson Sector", "TCA"),
        (USBP, "Southwest Land Border", "El Paso Sector", "EPT"),
        (USBP, "Other", "Miami Sector", "MIP"),
    )
    rows = []
    for month, (component, region, area, short), demographic, country in product(
        months(first, last), places, ("FMUA", "Single Adults", "UC / Single Minors"), COUNTRIES
    ):
        kind = "Inadmissibles" if component == OFO else "Apprehensions"
        labels = [component, region, area, short, demographic, country, "Title 8", kind]
        rows.append([*fiscal(month, pd.Period(last)), *labels, str(next(counts))])
    return rows


def text(header: Sequence[str], rows: Iterable[Row], delimiter: str = ",") -> str:
    """CSV text with Windows line ends, as CBP publishes it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def write(path: Path, header: Sequence[str], rows: Iterable[Row]) -> Path:
    """A CSV file as CBP publishes it."""
    path.write_bytes(text(header, rows).encode())
    return path


REGIONS = ("Coastal Border", "Northern Land Border", "Southwest Land Border")
SECTORS = {
    "Coastal Border": ("Miami, FL",),
    "Northern Land Border": ("Swanton, VT",),
    "Southwest Land Border": ("Tucson, AZ", "El Paso, TX"),
}
STATUSES = ("Family Unit Individuals", "Single Adults", "Unaccompanied Children")


def workbook_sheets(first: str = "2010-10", last: str = "2012-03") -> dict[str, list[list[object]]]:
    """Sheets of the OHSS workbook: title to rows, header first. Counts are rounded to 10."""
    counts = (10 * n for n in counter(5))

    def monthly(names: Sequence[str], cells: Sequence[tuple[str, ...]]) -> list[list[object]]:
        header: list[object] = ["Fiscal\nYear", "Month", *names, "Quantity"]
        rows: list[list[object]] = [
            [month.year + (month.month >= 10), ohss_month(month), *cell, next(counts)]
            for month in months(first, last)
            for cell in cells
        ]
        return [header, *rows]

    return {
        "Annual Count": [["Fiscal\nYear", "Quantity"], [2011, 1234560]],
        "Monthly Count": monthly([], [()]),
        "Monthly Region": monthly(["Region"], [(r,) for r in REGIONS]),
        "Monthly Rgn and Citp": monthly(
            ["Region", "Citizenship"],
            list(product(REGIONS, ("China, People's Republic", "Cote d'Ivoire", "Mexico"))),
        ),
        "Monthly Rgn and Fam Status": monthly(
            ["Region", "Family Status"], list(product(REGIONS, STATUSES))
        ),
        "Monthly Rgn and Sector": monthly(
            ["Region", "Sector"], [(r, s) for r in REGIONS for s in SECTORS[r]]
        ),
    }


def ohss_month(month: pd.Period) -> str:
    """A month as OHSS writes it: "01 October" is the first of a fiscal year."""
    return f"{(month.month + 2) % 12 + 1:02d} {month.strftime('%B')}"


def write_workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """An Excel workbook."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


SPELLED = {
    "usbp": USBP, "ofo": OFO, "mexico": "Mexico", "guatemala": "Guatemala",
    "honduras": "Honduras", "el_salvador": "El Salvador", "other": "Other",
    "single_adult": "Single Adults", "family_unit": "FMUA", "unaccompanied_child": "UAC",
    "accompanied_minor": "Accompanied Minors", "title_8": "Title 8", "title_42": "Title 42",
}  # fmt: skip


def release_rows(frame: pd.DataFrame) -> list[Row]:
    """Rows of the southwest file that hold the counts of a tidy frame."""
    last = frame["period"].max()
    return [
        [
            *fiscal(row.period, last),
            *(SPELLED[v] for v in (row.component, row.demographic, row.citizenship, row.authority)),
            "Expulsions"
            if row.authority == "title_42"
            else {"usbp": "Apprehensions", "ofo": "Inadmissibles"}[row.component],
            str(row.encounters),
        ]
        for row in frame.itertuples()
    ]


def with_later_month(frame: pd.DataFrame) -> pd.DataFrame:
    """A tidy frame with the month after its last: the same counts once more."""
    last = frame["period"].max()
    return pd.concat([frame, frame[frame["period"] == last].assign(period=last + 1)])
