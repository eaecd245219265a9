"""Several files: the newest wins, nothing is counted twice, revisions and disagreements show."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import publisher
import pytest
from publisher import SOUTHWEST_HEADER, STATE_HEADER, USBP

from analysis.border.selection import load_outcome
from analysis.border.sources.catalogue import embedded
from analysis.border.sources.compare import cross_checks, newest_first, revisions
from analysis.border.sources.describe import describe_data
from analysis.border.sources.reading import find_vintage, read_data, read_file
from analysis.errors import DataError


def release(folder, name: str, last: str, *, july: int | None = None, first: str = "2022-10"):
    """A release of the southwest file; `july` is Border Patrol's total of July 2024."""
    rows = publisher.southwest_rows(first, last)
    if july is not None:
        ours = [r for r in rows if r[0].startswith("2024") and r[2] == "JUL" and r[3] == USBP]
        ours[0][-1] = str(july - sum(int(row[-1]) for row in ours[1:]))
    return publisher.write(folder / name, SOUTHWEST_HEADER, rows)


@pytest.fixture
def two_releases(tmp_path):
    """July 2024 as first published, and as it is in the file of August 2025."""
    old = release(tmp_path, "sbo-encounters-fy23-fy24-jul.csv", "2024-07", july=56408)
    new = release(tmp_path, "sbo-encounters-fy24-fy25-aug.csv", "2025-08", july=56400,
                  first="2023-10")  # fmt: skip
    return old, new


def one_july(outcome) -> float:
    return outcome.values[pd.Period("2024-07")]


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_release_wins_in_any_order(two_releases, order):
    old, _ = two_releases
    assert one_july(load_outcome(data=[str(old)])) == 56408
    outcome = load_outcome(data=[str(path) for path in two_releases[::order]], end="2025-08")
    assert one_july(outcome) == 56400
    given = [piece for piece in outcome.pieces if piece.source.file.startswith("sbo-")]
    assert [(str(p.first), str(p.last), p.source.vintage) for p in given] == [
        ("2022-10", "2023-09", "2024-07"),
        ("2023-10", "2025-08", "2025-08"),
    ]


def test_nothing_is_counted_twice(two_releases):
    tables = newest_first(t for path in two_releases for t in read_file(path).tables)
    months = [month for table in tables for month in table.periods]
    assert len(months) == len(set(months)) == 35
    whole = load_outcome(data=list(two_releases), component="both", start="2023-10", end="2025-08")
    alone = sum(table.frame["encounters"].sum() for table in read_file(two_releases[1]).tables)
    assert whole.values.sum() == alone


def test_paths_are_given_as_a_list_a_string_or_a_folder(two_releases):
    old, new = two_releases
    ways = [[old, new], [str(new), str(old)], f"{old};{new}", f" {new} ; {old} ;", old.parent]
    values = [load_outcome(data=way).values for way in ways]
    for one in values[1:]:
        pd.testing.assert_series_equal(one, values[0])


def test_the_same_file_twice_is_one_file(two_releases, tmp_path):
    old, _ = two_releases
    copy = tmp_path / "copy of july.csv"
    copy.write_bytes(old.read_bytes())
    assert len(read_data([old, copy, old])) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (" ; ", "No file is given"),
        (5, "The data are given as 5"),
        ([None], "The data are given as"),
        ({"a": 1}, "The data are given as"),
        ("no such file.csv", "'no such file.csv' does not exist"),
        ("a" * 5000, "cannot be read|does not exist"),
    ],
)
def test_data_that_name_no_file_are_refused(data, message):
    with pytest.raises(DataError, match=message):
        load_outcome(data=data)


def test_a_folder_without_data_files_is_refused(tmp_path):
    (tmp_path / "README.txt").write_text("none yet")
    with pytest.raises(DataError, match="is a folder without data files"):
        load_outcome(data=tmp_path)


def test_revisions_are_listed(tmp_path):
    old = release(tmp_path, "sbo-encounters-fy23-fy24-jul.csv", "2024-07", july=56408)
    new = release(tmp_path, "sbo-encounters-fy23-fy25-aug.csv", "2025-08", july=56400)
    table = revisions(read_file(path).tables[0] for path in (new, old))
    (row,) = table.itertuples(index=False)
    assert (row.table, row.series) == ("southwest_monthly", "Between ports, southwest")
    assert (str(row.month), row.old, row.new, row.difference) == ("2024-07", 56408, 56400, -8)
    assert (row.old_vintage, row.new_vintage) == ("2024-07", "2025-08")


def test_two_files_of_one_vintage_that_differ_are_refused(tmp_path):
    one = release(tmp_path, "sbo-encounters-fy23-fy24-jul.csv", "2024-07", july=56408)
    other = release(tmp_path, "other.csv", "2024-07", july=56400)
    with pytest.raises(
        DataError, match=r"both of vintage 2024-07 and differ: Between ports, southwest in 2024-07"
    ):
        load_outcome(data=[one, other])
    description = describe_data([one, other])
    assert len(description.unusable) == 1


@pytest.mark.parametrize(
    ("name", "last", "vintage"),
    [
        ("sbo-encounters-fy22-fy25-aug.csv", "2025-08", "2025-08"),
        ("SBO-Encounters-FY22-FY25-AUG_0.csv", "2025-08", "2025-08"),
        ("nationwide-encounters-fy20-fy23-state.csv.gz", "2023-09", "2023-09"),
        ("nationwide-encounters-fy23-fy26-jan-aor.csv", "2026-01", "2026-01"),
        ("sbo-encounters-fy24-fy26-oct.csv", "2025-10", "2025-10"),
        ("ohss-usbp-encounters-fy25m11.xlsx", "2024-11", "2024-11"),
        ("my data.csv", "2025-03", "2025-03"),
        ("sbo-encounters-fy22-fy25-jan.csv", "2025-08", "2025-08"),  # older than its content
        ("fy22-fy95-aug.csv", "2025-08", "2025-08"),  # not believable
        ("fy25m99.csv", "2024-11", "2024-11"),
    ],
)
def test_the_vintage_is_in_the_name_or_the_last_month(name, last, vintage):
    assert find_vintage(name, pd.Period(last))[0] == vintage


def test_given_files_come_before_the_embedded_tables(two_releases):
    _, new = two_releases
    outcome = load_outcome(data=new)
    assert one_july(outcome) == 56400
    assert str(outcome.periods[0]) == "1999-10"
    assert [piece.source.file for piece in outcome.pieces][-1] == new.name
    embedded_only = load_outcome()
    before = embedded_only.values.loc[: pd.Period("2023-09")]
    pd.testing.assert_series_equal(outcome.values.loc[: pd.Period("2023-09")], before)


def test_a_selection_that_no_given_file_has_comes_from_the_embedded_tables(two_releases):
    outcome = load_outcome(data=two_releases[0], sector="tucson")
    assert {piece.source.name for piece in outcome.pieces} == {"usbp_sector_monthly"}
    said = f"No period is from what was given ({two_releases[0].name})"
    assert said in " ".join(outcome.notes)


def test_a_file_that_gives_a_period_is_not_called_unused(two_releases):
    assert "No period is from" not in " ".join(load_outcome(data=two_releases[0]).notes)


def test_countries_and_the_group_other_go_together(tmp_path):
    rows = publisher.state_rows()
    path = publisher.write(tmp_path / "state.csv", STATE_HEADER, rows)
    southwest = [row for row in rows if row[3] == "Southwest Land Border"]

    def load(citizenship: str) -> float:
        outcome = load_outcome(
            data=path, component="both", citizenship=citizenship, start="2022-10", end="2023-09"
        )
        return outcome.values.sum()

    def total(*countries: str) -> int:
        return sum(int(row[-1]) for row in southwest if row[6] in countries)

    assert load("china") == total("CHINA, PEOPLES REPUBLIC OF")
    assert load("unlisted") == total("OTHER")
    assert load("other") == total("CHINA, PEOPLES REPUBLIC OF", "OTHER")
    assert load("mexico+honduras") == total("MEXICO", "HONDURAS")
    assert load("all") == sum(int(row[-1]) for row in southwest)


def test_all_borders_together_are_nationwide(tmp_path):
    rows = publisher.area_rows()
    path = publisher.write(tmp_path / "area.csv", publisher.AREA_HEADER, rows)
    window = {"start": "2022-10", "end": "2023-09"}
    both = load_outcome(data=path, component="both", border="nationwide", **window)
    assert both.values.sum() == sum(int(row[-1]) for row in rows)
    tucson = load_outcome(data=path, sector="tucson", **window)
    assert tucson.values.sum() == sum(int(r[-1]) for r in rows if r[5] == "Tucson Sector")
    office = load_outcome(data=path, component="ofo", sector="tucson_field_office", **window)
    assert office.values.sum() == sum(int(r[-1]) for r in rows if r[5] == "Tucson Field Office")
    assert "Tucson Field Office" in office.name


def rounded(table, unit: int, name: str):
    """The table's Border Patrol totals as another publisher rounds them."""
    frame = table.frame[table.frame["component"] == "usbp"]
    totals = frame.groupby("period")["encounters"].sum().reset_index()
    totals["encounters"] = (totals["encounters"] / unit).round().astype(int) * unit
    return replace(
        table,
        frame=totals,
        source=replace(table.source, name=name, rounded_to=unit),
        fixed={
            "component": "usbp", "border": "southwest", "sector": "all",
            "demographic": "all", "citizenship": "all", "authority": "all",
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "status"), [(0, "passed"), (10, "failed"), (-10, "failed"), (1000, "failed")]
)
def test_publishers_may_differ_by_rounding_and_no_more(two_releases, error, status):
    (exact,) = read_file(two_releases[0]).tables
    other = rounded(exact, 10, "other_publisher")
    other.frame.loc[3, "encounters"] += error
    (check,) = cross_checks([exact, other])
    assert check.status == status
    assert check.name.startswith("usbp southwest")
    if status == "failed":
        assert "further apart than rounding allows (5)" in check.reason
        assert check.statistic > 5


def test_exact_counts_may_not_differ_at_all(two_releases):
    (table,) = read_file(two_releases[0]).tables
    other = rounded(table, 1, "other_publisher")
    (check,) = cross_checks([table, other])
    assert (check.status, check.statistic) == ("passed", 0.0)
    other.frame.loc[0, "encounters"] += 1
    (check,) = cross_checks([table, other])
    assert (check.status, check.statistic) == ("failed", 1.0)


def test_weeks_are_compared_with_fiscal_years():
    weekly = next(table for table in embedded() if table.frequency == "weekly")
    border = next(table for table in embedded() if table.source.name == "usbp_border_monthly")
    (check,) = cross_checks([weekly], [border])
    assert check.status == "passed"
    assert "0 of 14 fiscal years" in check.reason
    frame = weekly.frame.copy()
    frame.loc[frame["period"].astype(str).str.startswith("2019-03"), "encounters"] *= 3
    (check,) = cross_checks([replace(weekly, frame=frame)], [border])
    assert check.status == "failed"
    assert "the worst is 2019" in check.reason


def test_a_table_with_small_cells_left_out_is_not_a_total(tmp_path):
    path = publisher.write_workbook(tmp_path / "b.xlsx", publisher.workbook_sheets())
    tables = {table.source.name: table for table in read_file(path).tables}
    country = tables["usbp_citizenship_monthly"]
    assert cross_checks([country], [tables["usbp_border_monthly"]]) == ()


def test_a_description_says_what_a_file_holds(two_releases, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("<html>denied</html>")
    description = describe_data([*two_releases, bad])
    text = str(description)
    for part in (
        "sbo-encounters-fy24-fy25-aug.csv: usable",
        "2023-10 to 2025-08, 23 months",
        "component: ofo, usbp",
        "fiscal year 2025 (11 months): southwest",
        "Vintage 2025-08: from the file's name.",
        "NOT USABLE: 'bad.csv' is a web page",
        "Agreement with other tables",
        "Revisions: ",
        "by more than 5%: rows may be missing in one of them",
        "became",
    ):
        assert part in text
    assert len(description.readings) == 2
    assert len(description.unusable) == 1
    assert len(description.revisions) > 0
