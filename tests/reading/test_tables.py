"""Where the table is in a file, and which of its columns are the series."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from analysis.errors import DataError, InputError
from analysis.reading.series import read_series

MONTHLY = "month,visits\n" + "".join(f"2023-{m:02d},{1000 + 7 * m}\n" for m in range(1, 13))
VALUES = [1000.0 + 7 * m for m in range(1, 13)]
WIDE = "date,Appointments,Patients,Items\n" + "".join(
    f"2018-{m:02d}-01,{90 + m * m},{70 - m},{300 + m % 5}\n" for m in range(1, 13)
)
LONG = "region,age,month,n\n" + "".join(
    f"{region},{age},2018-{m:02d},{m * size + len(age)}\n"
    for region, size in (("North", 3), ("South, all", 5))
    for age in ("young", "old")
    for m in range(1, 13)
).replace("South, all", '"South, all"')


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param(MONTHLY, "utf-8", id="as it is"),
        pytest.param(MONTHLY, "utf-16", id="UTF-16"),
        pytest.param(MONTHLY.replace("visits", "Fälle"), "cp1252", id="Windows"),
        pytest.param(MONTHLY.replace(",", ";"), "utf-8", id="semicolons"),
        pytest.param(MONTHLY.replace(",", "|"), "utf-8", id="pipes"),
        pytest.param(MONTHLY.replace(",", " "), "utf-8", id="spaces"),
        pytest.param("sep=,\n" + MONTHLY, "utf-8", id="a hint for Excel"),
        pytest.param("# source: ministry\n# 2024\n" + MONTHLY, "utf-8", id="comments"),
        pytest.param("Table 3: visits, 2023\n\n" + MONTHLY, "utf-8", id="a title"),
        pytest.param(MONTHLY.replace("visits\n", "visits\n,persons\n"), "utf-8", id="units"),
        pytest.param(MONTHLY + f"Total,{sum(VALUES):.0f}\n", "utf-8", id="a total"),
        pytest.param(MONTHLY + "\nSource: ministry, 2024\n* provisional\n", "utf-8", id="notes"),
        pytest.param(MONTHLY + "month,visits\n", "utf-8", id="header twice"),
        pytest.param(MONTHLY.split("\n", 1)[1], "utf-8", id="no header"),
        pytest.param(
            "\n".join(f"{i},{row}" for i, row in enumerate(MONTHLY.split("\n")[:-1])),
            "utf-8",
            id="row numbers",
        ),
    ],
)
def test_the_table_is_found(read, text, encoding):
    reading = read(text, encoding=encoding)
    assert reading.values.tolist() == VALUES
    assert str(reading.periods[0]) == "2023-01"


def test_what_is_left_out_is_said(read):
    reading = read(f"# source\n{MONTHLY}Total,12\nSource: ministry\n")
    assert reading.facts["Skipped the text before the header"] == "line 1"
    assert reading.facts["Skipped totals"] == "line 15 (Total)"
    assert reading.facts["Skipped notes"] == "line 16 (Source: ministry)"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [("2023-01,", "2023-1O,", 2), ("2023-06,", "2023-13,", 7), ("2023-12,", "2023-1x,", 13)],
)
@pytest.mark.parametrize("headed", [True, False])
def test_a_row_with_a_wrong_date_is_never_taken_for_something_else(read, old, new, line, headed):
    text = MONTHLY.replace(old, new)
    with pytest.raises(DataError) as caught:
        read(text if headed else text.split("\n", 1)[1])
    assert new[:-1] in caught.value.problem
    assert f"ine {line - (not headed)}" in caught.value.problem


def test_a_value_that_is_no_number_is_refused_by_line(read):
    with pytest.raises(DataError, match="'visits' has 'about 10' in line 4"):
        read(MONTHLY.replace("1021", "about 10"))
    with pytest.raises(DataError, match="Line 4 has a value in 'visits' and no date"):
        read(MONTHLY.replace("2023-03", ""))


def test_a_column_is_asked_for_by_name(read):
    with pytest.raises(DataError) as caught:
        read(WIDE)
    assert caught.value.remedy == "value_column: Appointments, Patients or Items."
    assert read(WIDE, value_column="patients").values.iloc[0] == 69
    with pytest.raises(InputError, match="there is no column 'Nurses'"):
        read(WIDE, value_column="Nurses")


def test_counters_and_indicators_are_no_values(read):
    rows = MONTHLY.split("\n")
    text = "\n".join(
        [f"{rows[0]},time,after", *(f"{r},{i},{int(i > 6)}" for i, r in enumerate(rows[1:-1], 1))]
    )
    reading = read(text)
    assert reading.parameters["value_column"] == "visits"
    why = "the only column that can be the values, not time or after (row numbers, a state, or "
    assert reading.facts["Values"] == f"visits ({why}always the same))"


def test_a_counter_is_not_taken_because_the_values_cannot_be_read(read):
    text = "day;n;t\n" + "".join(
        f"2019-01-{d:02d};{1 + d % 8},{100 + d};{d}\n" for d in range(1, 29)
    )
    with pytest.raises(DataError, match="Two readings fit 'n'"):
        read(text)


def test_rows_of_a_long_file_are_chosen(read):
    with pytest.raises(DataError) as caught:
        read(LONG)
    assert "2018-01 has 4 rows" in caught.value.problem
    assert caught.value.remedy == "where: region=North or South, all; and age=young or old."
    reading = read(LONG, where="region=South, all,age=old")
    assert reading.values.tolist() == [5.0 * m + 3 for m in range(1, 13)]
    assert reading.parameters["where"] == "region=South, all,age=old"
    with pytest.raises(InputError, match="'region' has no 'East'"):
        read(LONG, where="region=East")
    with pytest.raises(InputError, match="where is 'North'"):
        read(LONG, where="North")


MONTHS = "Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec"
ENDS = ",".join(f"{day:%d-%b-%y}" for day in pd.date_range("2010-01-08", periods=20, freq="7D"))


@pytest.mark.parametrize(
    ("head", "cells", "where", "first"),
    [
        (f"Year,{MONTHS}", 12, "", "2018-01-01"),
        (f"Year,{MONTHS},Total", 13, "", "2018-01-01"),
        (f"Pay by month\nYear,{MONTHS}", 12, "", "2018-01-01"),
        ("Country,Code,1990,1991,1992,1993", 5, "Country=2018", "1990-01-01"),
        (
            "Area,Code,1990 [YR1990],1991 [YR1991],1992 [YR1992],1993 [YR1993]",
            5,
            "Area=2018",
            "1990",
        ),
        ("region,2019-01,2019-02,2019-03,2019-04,2019-05", 5, "region=2018", "2019-01-01"),
        (
            f"Weekly deaths\nNumber,{','.join(map(str, range(20)))}\nWeek ended,{ENDS}",
            20,
            "",
            "2010",
        ),
    ],
)
def test_periods_side_by_side_are_put_below_each_other(read, head, cells, where, first):
    rows = [[10 * i + j * j for j in range(cells)] for i in (0, 1)]
    text = "\n".join(
        [head, *(f"{2018 + i},{','.join(map(str, row))}" for i, row in enumerate(rows))]
    )
    if "Week" in head:
        where = "Week ended=2018"
    reading = read(text, where=where)
    assert reading.periods[0].start_time >= pd.Timestamp(first)
    assert f"side by side in line {1 + head.count(chr(10))}" in " ".join(reading.notes)
    code = int("Code" in head)
    assert reading.title == (f"given ({where.replace('=', ': ')})" if where else "given")
    told = [rows[0][code:]] if where else [row[:12] for row in rows]
    assert reading.values.tolist() == [value for row in told for value in row]
    again = read(text, **reading.parameters)
    assert again.values.equals(reading.values)


def test_series_side_by_side_are_named_like_totals_but_a_total_of_years_is_none(read):
    series = "Series,2018,2019,2020,2021\nTotal deaths,5,6,7,9\nMen,2,3,3,4\n"
    assert read(series, where="Series=Total deaths").values.tolist() == [5, 6, 7, 9]
    with pytest.raises(DataError) as caught:
        read(series)
    assert caught.value.remedy == "where: Series=Total deaths or Men."
    months = "".join(
        f"{m},{i},{i + 20},{i + 50},{i + 90}\n" for i, m in enumerate(MONTHS.split(","))
    )
    reading = read(f",2018,2019,2020,2021\n{months}Yearly totals,66,306,666,1146\n")
    assert len(reading.values) == 48
    assert reading.facts["Skipped totals"] == "line 14 (Yearly totals)"


@pytest.mark.parametrize(
    "head", ["Area,2018,2019,2020,2021,2018,2019", "value,2018,2019,2020,2021,Mean,Last"]
)
def test_periods_side_by_side_with_one_name_twice_are_refused(read, head):
    with pytest.raises(DataError, match="Line 1 has periods side by side") as caught:
        read(f"{head}\nNorth,1,2,3,4,5,6\nSouth,1,2,3,4,5,6\n")
    assert caught.value.remedy.startswith("Keep in the file the columns of one group")


def test_what_follows_the_first_footnote_is_no_row(read):
    """Statistics New Zealand ends a table with the day of its last update."""
    text = "Rents,\n,Actual rents\n2018Q1,10\n2018Q2,11.5\n2018Q3,..\n2018Q4,12.5\n"
    footnotes = (
        '"Units:"\n"Last updated:"\n"18 October 2022 10:45am"\n"2. Rows, of 2018, are hidden."\n'
    )
    reading = read(text + footnotes)
    assert reading.parameters["value_column"] == "Actual rents"
    assert reading.values.dropna().tolist() == [10, 11.5, 12.5]
    assert reading.facts["Skipped notes"].startswith("lines 7, 8, 9 and 10 (Units:")


def test_footnotes_do_not_say_what_parts_the_cells(read):
    rows = "".join(f'"{m}"\t"all, both"\t{5 * m}\n' for m in range(2010, 2018))
    notes = "".join(f'"Note {i}, of all, with a ""word"", and more."\n' for i in range(20))
    assert read(f"Year\tGroup\tDeaths\n{rows}{notes}").values.iloc[0] == 5 * 2010


@pytest.mark.parametrize("index", ["100.0,101.5,103.1,104.0", "100,103,107,112"])
def test_an_index_is_a_value_where_it_numbers_no_rows(read, index):
    cells = index.split(",")
    text = "date,index\n" + "".join(f"201{i},{cell}\n" for i, cell in enumerate(cells))
    assert read(text).parameters["value_column"] == "index"
    both = "date,index,rate\n" + "".join(f"201{i},{c},{i * i}.5\n" for i, c in enumerate(cells))
    if "." in index:
        with pytest.raises(DataError, match="2 columns can be the values: index and rate"):
            read(both)
    else:
        assert read(both).parameters["value_column"] == "rate"


def test_terms_of_a_segmented_regression_are_no_values(read):
    rows = "".join(f"{1980 + i},{i * i},{i},{int(i > 5)},{max(i - 5, 0)}\n" for i in range(12))
    assert read(f"year,flow,time,level,trend\n{rows}").parameters["value_column"] == "flow"


def test_where_names_the_fewest_columns_that_tell_rows_apart(read):
    rows = [
        f"2018-{m:02},Country {c},C{c},{s},{m + c},{m}"
        for m in (1, 2)
        for c in (1, 2)
        for s in "FM"
    ]
    with pytest.raises(DataError) as caught:
        read("\n".join(["month,Country,Code,Sex,id,deaths", *rows]), value_column="deaths")
    assert caught.value.remedy == "where: Country=Country 1 or Country 2; and Sex=F or M."


def test_rows_whose_cell_is_blank_can_be_chosen_and_the_remedy_says_how(read):
    rows = [f"{y},{place},{y - 2000}" for y in range(2010, 2018) for place in ("", "Réunion")]
    text = "\n".join(["year,province,n", *rows])
    with pytest.raises(DataError) as caught:
        read(text)
    assert caught.value.remedy == "where: province=Réunion, or province= where it is blank."
    reading = read(text, where="province=")
    assert reading.values.tolist() == [*range(10, 18)]
    assert reading.title == "given (province: blank)"
    assert read(text, **reading.parameters).values.equals(reading.values)


def test_dates_of_other_rows_do_not_decide_the_step(read):
    saturdays = pd.date_range("2018-01-06", periods=24, freq="7D")
    months = pd.date_range("2018-01-01", periods=6, freq="MS")
    weekly = [f"{day:%Y-%m-%d},weekly,{i}" for i, day in enumerate(saturdays)]
    monthly = [f"{day:%Y-%m-%d},monthly,{i}" for i, day in enumerate(months)]
    text = "\n".join(["date,metric,value", *weekly, *monthly])
    reading = read(text, where="metric=weekly")
    assert "marks the last day of its week (a guess: all are Saturdays)" in " ".join(reading.notes)
    assert read(text, where="metric=monthly").periods.freqstr == "M"


def test_the_name_of_the_file_says_what_a_value_is_where_its_column_does_not(tmp_path):
    for name, kind in (("benchmark_premium", "measure"), ("visitors", "count")):
        path = tmp_path / f"{name}.csv"
        path.write_text("date,value\n" + "".join(f"201{i},{500 + i * i}\n" for i in range(9)))
        assert read_series(path).kind == kind


def test_months_and_quarters_with_their_letters_split_a_year(read):
    text = "Series,Year,Period,Value\n" + "".join(
        f"X1,{y},M{m:02d},{m * m % 17 + y % 5}\n" for y in (2018, 2019) for m in range(1, 13)
    )
    assert str(read(text).periods[-1]) == "2019-12"


def test_conditions_may_hold_commas_and_equals_signs(read):
    text = 'date,"freq,unit",n\n' + "".join(
        f'2019-{m:02d},"M,NR=1",{m * m}\n2019-{m:02d},"M,NR=2",{m}\n' for m in range(1, 13)
    )
    assert read(text, where="freq,unit=M,NR=2").values.sum() == 78


def test_years_quarters_and_months_in_one_column_are_refused(read):
    """As the Office for National Statistics publishes them."""
    rows = [("Title", "Deaths, UK"), ("CDID", "ABCD"), ("Release date", "12-05-2024")]
    rows += [(str(year), 100 + 7 * year % 13) for year in range(2016, 2024)]
    rows += [(f"{y} Q{q}", 20 + 3 * y % 7 + q) for y in range(2016, 2024) for q in range(1, 5)]
    rows += [(f"{y} {m}", 5 + y % 7) for y in range(2016, 2024) for m in ("JAN", "FEB", "MAR")]
    for kept in (rows, rows[:3] + rows[11:], rows[3:], rows[:43]):
        with pytest.raises(DataError):
            read("\n".join(f'"{name}","{value}"' for name, value in kept))


def test_a_second_column_with_the_same_dates_is_no_value(read):
    text = "Year,Year Code,Deaths\n" + "".join(f"{y},{y},{y % 17 + 9}\n" for y in range(1990, 2020))
    assert read(text).parameters["value_column"] == "Deaths"


def test_names_of_rows_without_a_name_in_the_header_move_the_names(read):
    """As R writes tables: the header has one name less than the rows have cells."""
    rows = [row.replace(",", " ") for row in MONTHLY.split("\n")[:-1]]
    text = "\n".join(
        [rows[0], *(f'"{i}" "{row[:7]}"{row[7:]}' for i, row in enumerate(rows[1:], 1))]
    )
    reading = read(text)
    assert reading.parameters["value_column"] == "visits"
    assert reading.values.tolist() == VALUES


def test_a_row_with_a_cell_too_many_is_refused(read):
    with pytest.raises(DataError, match="Line 3 has 3 cells, and the header has 2"):
        read(MONTHLY.replace("1014", "1014,5"))
    with pytest.raises(DataError, match="Line 2 has 3 cells, and most lines have 2"):
        read(MONTHLY.split("\n", 1)[1].replace("1014", "1014,5"))


def test_names_of_groups_above_the_names_are_refused(read):
    text = "month,Men,,Women,\n,New,Old,New,Old\n" + "".join(
        f"2019-{m:02d},{m},{m * m},{3 * m},{20 - m}\n" for m in range(1, 13)
    )
    for given in ({}, {"value_column": "Women"}):
        with pytest.raises(DataError, match="Line 2 has names of its own"):
            read(text, **given)


def test_a_year_above_its_months(read):
    months = ["January", "February", "March", "April", "May", "June", "July", "August"]
    text = "Year,Month,n\n" + "".join(
        f"{2019 if i == 0 else ''},{name},{10 + i * i}\n" for i, name in enumerate(months)
    )
    reading = read(text)
    assert reading.parameters["date_column"] == "Year,Month"
    assert str(reading.periods[-1]) == "2019-08"


def book(tmp_path, **sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(tmp_path / "given.xlsx")
    return tmp_path / "given.xlsx"


def test_the_sheet_of_a_workbook(tmp_path):
    rows = [
        ["month", "rate"],
        *([pd.Timestamp(2019, m, 1).to_pydatetime(), m * 1.125] for m in range(1, 13)),
    ]
    one = read_series(book(tmp_path, About=[["Figures", "of 2019"]], Data=rows))
    assert one.parameters["sheet"] == "Data"
    assert one.values.iloc[0] == 1.125
    two = book(tmp_path, First=rows, Second=rows[:9])
    with pytest.raises(DataError) as caught:
        read_series(two)
    assert caught.value.remedy == "sheet: First or Second."
    assert len(read_series(two, sheet="Second").values) == 8
    with pytest.raises(DataError, match="has no sheet 'Third'"):
        read_series(two, sheet="Third")


def test_a_text_file_has_no_sheets(read):
    with pytest.raises(DataError, match="Only workbooks"):
        read(MONTHLY, sheet="First")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("date\n2019-01\n2019-02\n", "holds no table: 3 rows of 1 columns"),
        ("<html><body>404</body></html>", "web page"),
        ("", "is empty"),
        ('month,n\n"2019-01,5\n', "cannot be read as a table"),
        ("a,b\n1,2\n3,4\n", "No column holds dates"),
        ("month,name\n2019-01,red\n2019-02,blue\n", "count the rows of each period first"),
    ],
)
def test_what_is_no_table(read, text, problem):
    with pytest.raises(DataError, match=problem):
        read(text)


STEADY = [f"20{year:02}-{month:02}" for year in range(18, 23) for month in range(1, 13)]


def steady(tmp_path: Path, cell: Callable[[int], str], *, first: str = "month,visits") -> Path:
    """Five years of about 4,000 a month, each row written by `cell`."""
    path = tmp_path / "steady.csv"
    lines = [f"{month},{cell(i)}" for i, month in enumerate(STEADY)]
    path.write_text("\n".join([first, *lines]) + "\n")
    return path


def test_any_hyphen_is_a_minus(tmp_path):
    path = steady(tmp_path, lambda i: f"‐{900 + i}" if i < 30 else f"{i}")
    assert list(read_series(path).values[:2]) == [-900, -901]


def test_a_thousands_comma_without_quotes_is_no_other_column(tmp_path):
    with pytest.raises(DataError, match="Line 2 has 3 cells, and the header has 2"):
        read_series(steady(tmp_path, lambda i: f"{4100 + i:,}"))


@pytest.mark.parametrize("code", ["-1", "99999"])
def test_a_number_far_from_all_others_stands_for_missing(tmp_path, code):
    path = steady(tmp_path, lambda i: code if i in (7, 9) else f"{4100 + i}")
    with pytest.raises(DataError, match="no other value is near"):
        read_series(path)


def test_labels_that_only_look_different_are_one(tmp_path):
    cells = ["North,", "NORTH ,", "north\u200b,"]
    path = steady(tmp_path, lambda i: f"{cells[i % 3]}{4100 + i}", first="month,area,visits")
    assert read_series(path, where="area=North").values.notna().all()


def test_rows_that_are_no_final_figures_are_said(tmp_path):
    path = steady(
        tmp_path,
        lambda i: f"{4100 + i},{'forecast' if i > 52 else 'actual'}",
        first="month,visits,status",
    )
    assert "7 rows say 'forecast' in the column status." in read_series(path).notes


def test_a_last_month_that_is_not_half_of_any_other_is_said(tmp_path):
    path = steady(tmp_path, lambda i: "400" if i == 59 else f"{4100 + i}")
    said = "Not half of any other value is that of 2022-12: is it whole?"
    assert said in read_series(path).notes
