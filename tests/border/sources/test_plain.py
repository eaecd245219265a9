"""A two-column file from anyone."""

from __future__ import annotations

import re

import pytest

from analysis.border.selection import load_outcome
from analysis.errors import DataError, InputError

MONTHLY = "month,asylum claims\n" + "".join(f"2023-{m:02d},{1000 + m}\n" for m in range(1, 13))


def load(tmp_path, text: str, **selection):
    path = tmp_path / "given.csv"
    path.write_bytes(text.encode())
    return load_outcome(data=str(path), **selection)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(MONTHLY, id="as it is"),
        pytest.param(MONTHLY.split("\n", 1)[1], id="no header"),
        pytest.param(MONTHLY.replace(",", ";"), id="semicolons"),
        pytest.param(MONTHLY.replace(",", "\t"), id="tabs"),
        pytest.param("\ufeff" + MONTHLY.replace("\n", "\r\n"), id="Windows"),
        pytest.param(MONTHLY + "\n\n", id="blank lines"),
        pytest.param(MONTHLY.rstrip("\n"), id="no last line end"),
        pytest.param(re.sub(r",1(\d{3})", r',"1,\1"', MONTHLY), id="thousands separators"),
        pytest.param(re.sub(r"-(\d\d),", r"-\1-01,", MONTHLY), id="days"),
        pytest.param(re.sub(r"-(\d\d),", r"-\1-01 00:00:00,", MONTHLY), id="times"),
        pytest.param(
            "\n".join([*reversed(MONTHLY.strip().split("\n")[1:]), ""]), id="newest first"
        ),
        pytest.param(MONTHLY.split("\n", 1)[0] + "\n" + MONTHLY, id="header twice"),
    ],
)
def test_a_two_column_file_is_a_series(tmp_path, text):
    outcome = load(tmp_path, text)
    assert outcome.values.tolist() == [1000.0 + m for m in range(1, 13)]
    assert str(outcome.periods[0]) == "2023-01"
    assert outcome.step == "month"
    assert outcome.kind == "count"
    (piece,) = outcome.pieces
    assert piece.source.publisher == "given by the user"


def test_weeks_quarters_and_years_are_told_by_the_dates(tmp_path):
    weekly = load(tmp_path, "w,n\n2024-01-01,1\n2024-01-08,2\n2024-01-15,3\n")
    assert weekly.step == "week"
    assert weekly.periods[0].start_time.strftime("%Y-%m-%d") == "2024-01-01"
    assert load(tmp_path, "q,n\n2024-01-01,1\n2024-04-01,2\n2024-07-01,3\n").step == "quarter"
    assert load(tmp_path, "y,n\n2021,1\n2022,2\n2023,3\n").step == "year"


@pytest.mark.parametrize("value", ["0.5", "-3", "1e-3"])
def test_a_series_that_is_not_of_counts_is_a_measure(tmp_path, value):
    outcome = load(tmp_path, MONTHLY.replace("1012", value))
    assert outcome.kind == "measure"
    assert outcome.values.iloc[-1] == float(value)


def test_the_window_can_be_chosen_and_nothing_else(tmp_path):
    assert len(load(tmp_path, MONTHLY, start="2023-03", end="2023-05").values) == 3
    with pytest.raises(InputError, match="demographic=single_adult was asked for"):
        load(tmp_path, MONTHLY, demographic="single_adult")
    with pytest.raises(InputError, match="component=ofo, border=northern"):
        load(tmp_path, MONTHLY, component="ofo", border="northern")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2023-06,", "06/01/2023,", "'06/01/2023' in line 7 where a date should be"),
        ("2023-06,", "Jun-23,", "'Jun-23' in line 7 where a date"),
        ("2023-06,", "2023-13,", "'2023-13' in line 7 where a date"),
        ("2023-06,", "2023-02-30,", "'2023-02-30' in line 7 where a date"),
        ("2023-06,", ",", "'' in line 7 where a date"),
        ("2023-06,", "45078,", "'45078' in line 7 where a date"),
        ("1006", "n/a", "'n/a' in line 7 where a number"),
        ("1006", "", "'' in line 7 where a number"),
        ("1006", "nan", "'nan' in line 7 where a number"),
        ("1006", "inf", "'inf' in line 7 where a number"),
        ("1006", '"10,06"', "'10,06' in line 7 where a number"),
        ("1006", "1006,5", "3 columns in line 7"),
        ("1006", '"1006', "cannot be read as a table"),
        ("2023-06,", "2023-05,", "more than one value for 2023-05"),
        (MONTHLY, "month,n\n2023-01,1\n", "fewer than two rows"),
        (MONTHLY, "month,n\n", "fewer than two rows"),
        (MONTHLY, "2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n", "usually 1 days apart"),
        (MONTHLY, "date\n2024-01\n2024-02\n", "1 columns in line 1"),
    ],
)
def test_faults_are_refused_with_their_line(tmp_path, old, new, message):
    text = MONTHLY.replace(old, new, 1)
    assert text != MONTHLY
    with pytest.raises(DataError, match=message):
        load(tmp_path, text)


def test_a_column_name_never_carries_markup(tmp_path):
    outcome = load(tmp_path, MONTHLY.replace("asylum claims", "<b onclick=x()>claims</b>"))
    assert "<" not in outcome.unit
    assert "<b" not in outcome._repr_html_()


def test_a_two_column_file_is_used_alone(tmp_path):
    (tmp_path / "a.csv").write_text(MONTHLY)
    (tmp_path / "b.csv").write_text(MONTHLY.replace("1006", "1007"))
    with pytest.raises(DataError, match="2 files are given"):
        load_outcome(data=tmp_path)
