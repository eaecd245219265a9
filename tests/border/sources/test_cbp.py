"""Files of CBP: what is read from them, and every fault that they are known for."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pandas as pd
import publisher
import pytest
from publisher import AREA_HEADER, SOUTHWEST_HEADER, STATE_HEADER, USBP, Row

from analysis.border.sources.reading import read_file
from analysis.errors import DataError

CLEAN = publisher.text(SOUTHWEST_HEADER, publisher.southwest_rows())


def read_bytes(tmp_path, content: bytes, name: str = "data.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    (table,) = read_file(path).tables
    return table


def read_text(tmp_path, content: str):
    return read_bytes(tmp_path, content.encode())


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """What is read of the clean file."""
    return read_text(tmp_path_factory.mktemp("clean"), CLEAN)


def count_of(rows: list[Row], **labels: str) -> int:
    columns = {name: place for place, name in enumerate(SOUTHWEST_HEADER)}
    chosen = [
        row
        for row in rows
        if all(row[columns[name.replace("_", " ")]] == want for name, want in labels.items())
    ]
    return sum(int(row[-1]) for row in chosen)


def test_southwest_file_keeps_every_count(clean):
    rows = publisher.southwest_rows()
    assert clean.frame["encounters"].sum() == sum(int(row[-1]) for row in rows)
    assert clean.fixed == {"border": "southwest", "sector": "all"}
    assert clean.values("component") == {"usbp", "ofo"}
    assert clean.values("demographic") == {"family_unit", "single_adult", "unaccompanied_child"}
    assert clean.values("citizenship") == {
        "mexico",
        "guatemala",
        "honduras",
        "el_salvador",
        "other",
    }
    assert clean.values("authority") == {"title_8", "title_42"}


@pytest.mark.parametrize(
    ("fiscal_year", "month", "calendar"),
    [
        ("2023", "OCT", "2022-10"),
        ("2023", "DEC", "2022-12"),
        ("2023", "JAN", "2023-01"),
        ("2023", "SEP", "2023-09"),
        ("2024 (FYTD)", "OCT", "2023-10"),
        ("2024 (FYTD)", "JUL", "2024-07"),
    ],
)
def test_fiscal_months_become_calendar_months(clean, fiscal_year, month, calendar):
    rows = [r for r in publisher.southwest_rows() if r[0] == fiscal_year and r[2] == month]
    frame = clean.frame
    assert frame[frame["period"] == pd.Period(calendar)]["encounters"].sum() == sum(
        int(row[-1]) for row in rows
    )


def test_months_grouped_as_remaining_are_kept(clean):
    rows = publisher.southwest_rows()
    assert {row[1] for row in rows} == {"FYTD", "Remaining"}
    assert list(clean.periods) == publisher.months("2022-10", "2024-07")


def test_state_file_adds_up_states_and_keeps_borders(tmp_path):
    rows = publisher.state_rows()
    table = read_text(tmp_path, publisher.text(STATE_HEADER, rows))
    totals = table.frame.groupby("border", observed=True)["encounters"].sum()
    for region, code in (
        ("Northern Land Border", "northern"),
        ("Southwest Land Border", "southwest"),
        ("Other", "other"),
    ):
        assert totals[code] == sum(int(row[-1]) for row in rows if row[3] == region)
    assert table.fixed["component"] == "both"
    assert "china" in table.values("citizenship")


def test_area_file_tells_sectors_from_field_offices(tmp_path):
    rows = publisher.area_rows()
    table = read_text(tmp_path, publisher.text(AREA_HEADER, rows))
    assert table.values("sector") == {
        "tucson",
        "el_paso",
        "swanton",
        "miami",
        "tucson_field_office",
        "laredo_field_office",
        "buffalo_field_office",
    }
    frame = table.frame
    here = frame[(frame["sector"] == "laredo_field_office") & (frame["border"] == "southwest")]
    assert here["encounters"].sum() == sum(
        int(row[-1]) for row in rows if row[4] == "Southwest Land Border" and "Laredo" in row[5]
    )


def replaced(old: str, new: str, count: int = -1) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, count)


def columns_reordered(text: str) -> str:
    lines = [line.split(",") for line in text.splitlines()]
    return "".join(",".join([*line[3:], *line[:3]]) + "\r\n" for line in lines)


def column_added(text: str) -> str:
    first, *rest = text.splitlines()
    return "\r\n".join([first + ",Sex", *(line + ",not split" for line in rest), ""])


def thousands_separated(text: str) -> str:
    return re.sub(r",(\d)(\d{3})\r", r',"\1,\2"\r', text)


def all_quoted(text: str) -> str:
    return "".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) + "\r\n" for line in text.splitlines()
    )


HARMLESS: dict[str, Callable[[str], str]] = {
    "Unix line ends": replaced("\r\n", "\n"),
    "old Mac line ends": replaced("\r\n", "\r"),
    "trailing blank lines": lambda text: text + "\r\n\r\n  \r\n".replace("  ", ""),
    "one fiscal year in two spellings": replaced("2024 (FYTD)", "2024", 30),
    "rows of commas at the end": lambda text: text.replace("\r\n", ",,\r\n"),
    "commas at the end of some rows": lambda text: re.sub(r"(OCT.*)\r", r"\1,,\r", text),
    "blank line inside": replaced("\r\n", "\r\n\r\n", 40),
    "thousands separators": thousands_separated,
    "everything quoted": all_quoted,
    "counts with .0": lambda text: re.sub(r",(\d+)\r", r",\1.0\r", text),
    "spaces around values": lambda text: text.replace(",", " , "),
    "semicolons": replaced(",", ";"),
    "tabs": replaced(",", "\t"),
    "title lines above the header": lambda text: "Southwest Encounters\r\nRun,today\r\n" + text,
    "header twice": lambda text: text.splitlines()[0] + "\r\n" + text,
    "columns in another order": columns_reordered,
    "a column more": column_added,
    "header in lower case with underscores": lambda text: (
        "fiscal_year,month_grouping,month_abbv,component,demographic,citizenship_grouping,"
        + "title_of_authority,encounter_type,encounter_count\r\n"
        + text.split("\r\n", 1)[1]
    ),
    "lower-case months": lambda text: re.sub(
        r"(FYTD|Remaining),([A-Z]{3})", lambda m: f"{m[1]},{m[2].lower()}", text
    ),
    "full month names": replaced(",OCT,", ",October,"),
    "UC / Single Minors": replaced(",UAC,", ",UC / Single Minors,"),
    "UC": replaced(",UAC,", ",UC,"),
    "Family Unit": replaced(",FMUA,", ",Family Unit,"),
    "label drift inside one file": replaced(",UAC,", ",UC,", 100),
    "no FYTD mark": replaced("2024 (FYTD)", "2024"),
    "FYTD without brackets": replaced("2024 (FYTD)", "2024 FYTD"),
    "all months grouped as Remaining": replaced(",FYTD,", ",Remaining,"),
    "upper-case components": replaced(USBP, USBP.upper()),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_changes_give_the_same_table(tmp_path, clean, name):
    changed = HARMLESS[name](CLEAN)
    assert changed != CLEAN
    pd.testing.assert_frame_equal(
        read_bytes(tmp_path, changed.encode(), "b.csv").frame, clean.frame
    )


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda text: text.encode("utf-8-sig"), id="byte-order mark"),
        pytest.param(lambda text: text.encode("utf-16"), id="UTF-16"),
        pytest.param(lambda text: gzip.compress(text.encode()), id="gzip"),
        pytest.param(lambda text: gzip.compress(text.encode("utf-8-sig")), id="gzip with mark"),
    ],
)
def test_encodings_give_the_same_table(tmp_path, clean, encode):
    pd.testing.assert_frame_equal(read_bytes(tmp_path, encode(CLEAN), "b").frame, clean.frame)


def test_a_table_saved_again_as_a_workbook_is_read(tmp_path, clean):
    rows = [SOUTHWEST_HEADER, *publisher.southwest_rows()]
    numbers = [[int(cell) if cell.isdigit() else cell for cell in row] for row in rows]
    path = publisher.write_workbook(tmp_path / "again.xlsx", {"Sheet1": numbers})
    (table,) = read_file(path).tables
    pd.testing.assert_frame_equal(table.frame, clean.frame)


def lines_without(pattern: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        kept = [line for line in text.splitlines() if not re.search(pattern, line)]
        return "\r\n".join([*kept, ""])

    return change


def last_line_changed(cells: dict[int, str]) -> Callable[[str], str]:
    def change(text: str) -> str:
        *lines, last = text.splitlines()
        row = last.split(",")
        for place, cell in cells.items():
            row[place] = cell
        return "\r\n".join([*lines, ",".join(row), ""])

    return change


def line_repeated(text: str) -> str:
    lines = text.splitlines()
    return "\r\n".join([*lines, lines[5], ""])


def line_repeated_with_other_count(text: str) -> str:
    lines = text.splitlines()
    return "\r\n".join([*lines, lines[5].rsplit(",", 1)[0] + ",77777", ""])


def two_releases_pasted_together(text: str) -> str:
    older = publisher.text(SOUTHWEST_HEADER, publisher.southwest_rows("2021-10", "2023-09"))
    return older + text


REFUSED: dict[str, tuple[Callable[[str], str], str]] = {
    "unknown component": (
        replaced(USBP, "U.S. Coast Guard", 1),
        r"unknown value 'U.S. Coast Guard' in the column component \(line 32\)",
    ),
    "unknown month": (replaced(",OCT,", ",OXT,", 1), r"'OXT' in the column month \(line 2\)"),
    "month turned into a date": (replaced(",OCT,", ",1-Oct,", 1), "'1-Oct' in the column month"),
    "unknown demographic": (
        replaced(",FMUA,", ",Families (new),", 1),
        r"'Families \(new\)' in the column demographic",
    ),
    "unknown citizenship group": (replaced(",Mexico,", ",Brazil,", 1), "'Brazil' in the column"),
    "unknown authority": (replaced("Title 8", "Title 50", 1), "'Title 50' in the column authority"),
    "unknown encounter type": (
        replaced("Expulsions", "Removals", 1),
        "'Removals' in the column encounter type",
    ),
    "a total row": (last_line_changed({5: "Total"}), "'Total' in the column citizenship group"),
    "negative count": (last_line_changed({8: "-5"}), r"'-5' in the column encounters"),
    "fractional count": (last_line_changed({8: "12.5"}), r"'12.5' in the column encounters"),
    "count in scientific notation": (last_line_changed({8: "1.2E+03"}), r"'1.2E\+03'"),
    "count with a currency": (last_line_changed({8: "$5"}), r"'\$5'"),
    "European thousands": (last_line_changed({8: "1.234"}), "'1.234'"),
    "wrong grouping": (last_line_changed({8: '"12,34"'}), "'12,34'"),
    "digits of another script": (last_line_changed({8: "١٢"}), "in the column encounters"),
    "not available": (last_line_changed({8: "N/A"}), "'N/A' in the column encounters"),
    "suppressed": (last_line_changed({8: "*"}), r"'\*' in the column encounters"),
    "no count": (last_line_changed({8: ""}), "no value in the column encounters"),
    "no component": (last_line_changed({3: ""}), "no value in the column component"),
    "unbelievable count": (last_line_changed({8: "9" * 12}), "'999999999999'"),
    "short row": (lambda text: text + "2024 (FYTD),FYTD,JUL\r\n", "no value in the column"),
    "fiscal year nan": (
        lambda text: text.replace("2024 (FYTD)", "2024").replace("2023,", "nan,", 1),
        "'nan' in the column fiscal year",
    ),
    "fiscal year inf": (
        lambda text: text.replace("2024 (FYTD)", "2024").replace("2023,", "inf,", 1),
        "'inf' in the column fiscal year",
    ),
    "no fiscal year": (replaced("2023,", ",", 1), "no value in the column fiscal year"),
    "fiscal year of two digits": (replaced("2023,", "23,", 1), "'23' in the column fiscal year"),
    "fiscal year with a typing error": (replaced("2023,", "20233,", 1), "'20233'"),
    "fiscal year as a range": (replaced("2023,", "2022-23,", 1), "'2022-23'"),
    "future fiscal year": (replaced("2024 (FYTD)", "2094 (FYTD)"), "in the future"),
    "missing month inside": (lines_without(r"2023,\w+,MAR"), "no row for 2023-03"),
    "missing component inside": (
        lines_without(rf"2023,\w+,MAR,{USBP}"),
        "no row above 0 for component usbp in 2023-03",
    ),
    "repeated row": (line_repeated, r"same cell twice .*line 6 and \d+ in line 902"),
    "repeated cell with another count": (line_repeated_with_other_count, "77777 in line 902"),
    "two releases pasted together": (two_releases_pasted_together, "same cell twice"),
    "thousands separator without quotes": (
        last_line_changed({8: "1,234"}),
        "more columns in line 901",
    ),
    "open quote": (replaced("Honduras", '"Honduras', 1), "cannot be read as a table"),
    "renamed column": (replaced("Demographic", "Family", 1), "lacks demographic"),
    "missing column": (
        lambda text: (
            "\r\n".join(
                ",".join([*line.split(",")[:3], *line.split(",")[4:]]) for line in text.splitlines()
            )
            + "\r\n"
        ),
        "lacks component",
    ),
    "column twice": (
        replaced("Encounter Type", "Demographic", 1),
        "the column 'Demographic' more than once",
    ),
    "cut off inside the last number": (lambda text: text[:-4], "ends in the middle of a line"),
    "cut off inside a label": (lambda text: text[: len(text) // 2], "ends in the middle of a line"),
    "header only": (lambda text: text.splitlines()[0] + "\r\n", "has a header and no rows"),
    "not UTF-8": (replaced("Honduras", "Hondur\udce9s", 1), "not in the encoding UTF-8"),
    "NUL bytes": (replaced("Honduras", "Hond\0ras", 1), "NUL bytes"),
    "markup in a label": (
        replaced("Mexico", "<script>alert(1)</script>", 1),
        "unknown value '<script>",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_faults_are_refused_by_name(tmp_path, name):
    change, message = REFUSED[name]
    changed = change(CLEAN)
    assert changed != CLEAN
    with pytest.raises(DataError, match=message) as error:
        read_bytes(tmp_path, changed.encode("utf-8", "surrogateescape"))
    assert "data.csv" in error.value.problem
    assert error.value.rule
    assert error.value.remedy


@pytest.mark.parametrize(
    "cut", [0.3, 0.45, 0.8, 0.95], ids=lambda share: f"at {share:.0%} of the lines"
)
def test_a_download_cut_off_between_lines_is_refused(tmp_path, cut):
    # CBP sorts the months of a year by their names, so that a cut leaves holes in the last year.
    header, *lines = CLEAN.splitlines()
    lines.sort(key=lambda line: (line.split(",")[0], line.split(",")[2], line))
    whole = "\r\n".join([header, *lines, ""])
    pd.testing.assert_frame_equal(
        read_text(tmp_path, whole).frame, read_bytes(tmp_path, CLEAN.encode(), "b.csv").frame
    )
    kept = lines[: int(cut * len(lines))]
    with pytest.raises(DataError, match=r"no row (for|above 0)"):
        read_text(tmp_path, "\r\n".join([header, *kept, ""]))


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (rf"JUL,{USBP}", "no row for component usbp"),
        (r"JUL,.*(FMUA|UAC),(?!Mexico)", "it has 14 rows, the month before 30"),
        (r"JUL,.*FMUA", "no row for demographic family_unit"),
    ],
)
def test_an_incomplete_last_month_is_left_out_and_said(tmp_path, pattern, reason):
    path = tmp_path / "data.csv"
    text = publisher.text(SOUTHWEST_HEADER, publisher.southwest_rows())
    kept = [
        line
        for line in text.splitlines()
        if not ("2024 (FYTD)" in line and re.search(pattern, line))
    ]
    path.write_text("\r\n".join([*kept, ""]), newline="")
    reading = read_file(path)
    assert reading.tables[0].periods[-1] == pd.Period("2024-06")
    assert any(re.search(f"2024-07, is incomplete.*{reason}", note) for note in reading.notes)
    assert reading.tables[0].source.vintage == "2024-06"


def test_a_file_that_does_not_start_in_october_is_noted(tmp_path):
    rows = publisher.southwest_rows("2022-12", "2024-07")
    reading = read_file(publisher.write(tmp_path / "cut.csv", SOUTHWEST_HEADER, rows))
    assert any("starts in 2022-12, not in October" in note for note in reading.notes)


def test_a_group_that_one_month_lacks_is_noted(tmp_path):
    changed = lines_without(rf"2023,\w+,MAR,{USBP},UAC")(CLEAN)
    path = tmp_path / "data.csv"
    path.write_bytes(changed.encode())
    (said,) = [note for note in read_file(path).notes if "rows may be missing" in note]
    assert said.startswith(
        "In 2023-03 rows may be missing: it has none for U.S. Border Patrol, UAC"
    )
    path.write_bytes(CLEAN.encode())
    assert not any("rows may be missing" in one for one in read_file(path).notes)


def test_a_month_that_is_not_over_is_left_out(tmp_path):
    today = pd.Timestamp.now().to_period("M")
    rows = publisher.southwest_rows(str(today - 5), str(today))
    reading = read_file(publisher.write(tmp_path / "now.csv", SOUTHWEST_HEADER, rows))
    assert reading.tables[0].periods[-1] == today - 1
    assert any("not over yet" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("header", "rows", "old", "new", "message"),
    [
        (
            STATE_HEADER,
            publisher.state_rows(),
            "Northern Land Border",
            "Sea",
            "'Sea' in the column",
        ),
        (STATE_HEADER, publisher.state_rows(), ",HONDURAS,", ",TOTAL,", "'TOTAL' in the column"),
        (AREA_HEADER, publisher.area_rows(), "Yuma Sector", "", None),
        (AREA_HEADER, publisher.area_rows(), "Swanton Sector", "", "no value in the column sector"),
        (AREA_HEADER, publisher.area_rows(), "Swanton Sector", "ALL", "'ALL' in the column sector"),
        (
            AREA_HEADER,
            publisher.area_rows(),
            ",MEXICO,",
            ",,",
            "no value in the column citizenship",
        ),
    ],
)
def test_labels_of_the_nationwide_files(tmp_path, header, rows, old, new, message):
    text = publisher.text(header, rows).replace(old, new, 1)
    if message is None:
        assert read_text(tmp_path, text).frame["encounters"].sum() > 0
        return
    with pytest.raises(DataError, match=message):
        read_text(tmp_path, text)


def test_rows_of_other_borders_in_a_southwest_file_are_kept_apart(tmp_path):
    header = [*SOUTHWEST_HEADER[:4], "Land Border Region", *SOUTHWEST_HEADER[4:]]
    rows = []
    for row in publisher.southwest_rows():
        rows.append([*row[:4], "Southwest Land Border", *row[4:]])
        rows.append([*row[:4], "Northern Land Border", *row[4:-1], "1"])
    table = read_text(tmp_path, publisher.text(header, rows))
    totals = table.frame.groupby("border", observed=True)["encounters"].sum()
    assert totals["southwest"] == sum(int(row[-1]) for row in publisher.southwest_rows())
    assert totals["northern"] == len(rows) // 2
    assert "border" not in table.fixed
