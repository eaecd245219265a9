"""The workbook of OHSS: sheets found by their header, months told by name and place."""

from __future__ import annotations

import re
import zipfile

import pandas as pd
import publisher
import pytest

from analysis.border.sources.reading import read_file
from analysis.errors import DataError

SHEETS = publisher.workbook_sheets()


def read_sheets(tmp_path, sheets):
    return {
        table.source.name: table
        for table in read_file(publisher.write_workbook(tmp_path / "book.xlsx", sheets)).tables
    }


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """What is read of all sheets as they are."""
    return read_sheets(tmp_path_factory.mktemp("whole"), SHEETS)


def changed(sheet: str, row: int, column: int, value: object) -> dict[str, list[list[object]]]:
    sheets = {title: [list(one) for one in rows] for title, rows in SHEETS.items()}
    sheets[sheet][row][column] = value
    return sheets


def test_monthly_sheets_become_tables(tables):
    assert set(tables) == {
        "usbp_border_monthly",
        "usbp_citizenship_monthly",
        "usbp_family_monthly",
        "usbp_sector_monthly",
    }
    for name, sheet in (
        ("usbp_border_monthly", "Monthly Region"),
        ("usbp_sector_monthly", "Monthly Rgn and Sector"),
        ("usbp_citizenship_monthly", "Monthly Rgn and Citp"),
    ):
        assert tables[name].frame["encounters"].sum() == sum(row[-1] for row in SHEETS[sheet][1:])
        assert tables[name].fixed["component"] == "usbp"
        assert tables[name].source.rounded_to == 10
    assert tables["usbp_border_monthly"].values("border") == {"coastal", "northern", "southwest"}
    assert tables["usbp_sector_monthly"].values("sector") == {
        "miami",
        "swanton",
        "tucson",
        "el_paso",
    }
    assert tables["usbp_citizenship_monthly"].values("citizenship") == {
        "china",
        "cote_divoire",
        "mexico",
    }


def test_fiscal_months_become_calendar_months(tables):
    frame = tables["usbp_border_monthly"].frame
    october = [row for row in SHEETS["Monthly Region"][1:] if row[:2] == [2011, "01 October"]]
    september = [row for row in SHEETS["Monthly Region"][1:] if row[:2] == [2011, "12 September"]]
    for rows, period in ((october, "2010-10"), (september, "2011-09")):
        assert rows
        found = frame[frame["period"] == pd.Period(period)]["encounters"].sum()
        assert found == sum(row[-1] for row in rows)


def test_family_status_starts_when_it_is_told_apart(tables):
    frame = tables["usbp_family_monthly"].frame
    starts = frame.groupby("demographic", observed=True)["period"].min().astype(str)
    assert starts.to_dict() == {
        "family_unit": "2011-10",
        "single_adult": "2011-10",
        "unaccompanied_child": "2010-10",
    }


def test_before_the_split_there_is_no_table_by_family_status(tmp_path):
    sheets = publisher.workbook_sheets("2003-10", "2004-09")
    assert "usbp_family_monthly" not in read_sheets(tmp_path, sheets)
    with pytest.raises(DataError, match="no month in which the publisher splits"):
        read_sheets(tmp_path, {"a": sheets["Monthly Rgn and Fam Status"]})


def test_numbers_as_floats_and_text_are_read(tmp_path, tables):
    sheets = {
        title: [rows[0], *([*row[:-1], float(row[-1])] for row in rows[1:])]
        for title, rows in SHEETS.items()
    }
    sheets["Monthly Region"][1][-1] = str(int(sheets["Monthly Region"][1][-1]))
    for name, table in read_sheets(tmp_path, sheets).items():
        pd.testing.assert_frame_equal(table.frame, tables[name].frame)


def test_order_and_titles_of_sheets_do_not_matter(tmp_path):
    sheets = {f"Sheet{n}": rows for n, rows in enumerate(reversed(SHEETS.values()))}
    sheets["Notes"] = [["These are notes"], [None], ["Rounded to 10"]]
    sheets["Empty"] = []
    assert len(read_sheets(tmp_path, sheets)) == 4


@pytest.mark.parametrize(
    ("sheet", "row", "column", "value", "message"),
    [
        ("Monthly Region", 5, 1, "02 October", "'02 October' in the column month"),
        ("Monthly Region", 5, 1, "13 Smarch", "'13 Smarch' in the column month"),
        ("Monthly Region", 5, 1, None, "no value in the column month"),
        ("Monthly Region", 5, 2, "Gulf Coast", "'Gulf Coast' in the column border"),
        ("Monthly Region", 5, 3, None, "no value in the column encounters"),
        ("Monthly Region", 5, 3, -10, "'-10' in the column encounters"),
        ("Monthly Region", 5, 3, 10.5, "'10.5000' in the column encounters"),
        ("Monthly Region", 5, 3, "D", "'D' in the column encounters"),
        ("Monthly Region", 5, 3, "=1/0", "column encounters"),
        ("Monthly Region", 5, 0, 1811, "'1811' in the column fiscal year"),
        ("Monthly Rgn and Fam Status", 5, 3, "Elderly", "'Elderly' in the column demographic"),
        ("Monthly Rgn and Sector", 5, 3, "Total", "'Total' in the column sector"),
    ],
)
def test_faults_in_a_sheet_are_refused_by_name(tmp_path, sheet, row, column, value, message):
    with pytest.raises(DataError, match=message):
        read_sheets(tmp_path, changed(sheet, row, column, value))


def test_a_missing_month_and_a_repeated_row_are_refused(tmp_path):
    rows = SHEETS["Monthly Region"]
    without = [row for row in rows if row[:2] != [2012, "05 February"]]
    with pytest.raises(DataError, match="no row for 2012-02"):
        read_sheets(tmp_path, {"Monthly Region": without})
    with pytest.raises(DataError, match="same cell twice"):
        read_sheets(tmp_path, {"Monthly Region": [*rows, rows[7]]})


def test_a_workbook_without_a_monthly_table_or_with_two_is_refused(tmp_path):
    with pytest.raises(DataError, match="book"):
        read_sheets(tmp_path, {"Annual Count": SHEETS["Annual Count"]})
    twice = {"a": SHEETS["Monthly Region"], "b": SHEETS["Monthly Region"]}
    with pytest.raises(DataError, match="more than one sheet"):
        read_sheets(tmp_path, twice)


def test_a_sheet_that_is_not_read_is_said(tmp_path):
    note = "No sheet has the columns of 'Border Patrol encounters by sector and month'"
    whole = read_file(publisher.write_workbook(tmp_path / "a.xlsx", SHEETS))
    sheets = changed("Monthly Rgn and Sector", 0, 1, "Renamed")
    lost = read_file(publisher.write_workbook(tmp_path / "b.xlsx", sheets))
    assert not any(note in said for said in whole.notes)
    assert any(note in said for said in lost.notes)


@pytest.mark.parametrize("size", ["A1", "C3:D4"])
def test_what_a_sheet_says_of_its_size_is_not_trusted(tmp_path, size):
    path, other = publisher.write_workbook(tmp_path / "a.xlsx", SHEETS), tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            part = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="%b"' % size.encode(),
                          old.read(name))  # fmt: skip
            new.writestr(name, part)
    for one, same in zip(read_file(path).tables, read_file(other).tables, strict=True):
        pd.testing.assert_frame_equal(one.frame, same.frame)
