"""A table of one's own: the only series, read as its parameters say, with one verdict."""

from __future__ import annotations

import re

import pytest

from analysis.border.selection import load_outcome
from analysis.border.sources.describe import describe_data
from analysis.errors import DataError, InputError

MONTHLY = "month,asylum claims\n" + "".join(f"2023-{m:02d},{1000 + m}\n" for m in range(1, 13))
WIDE = "week_ending,calls,staff\n" + "".join(
    f"2024-{1 + d // 28:02d}-{1 + d % 28:02d},{50 + d * d % 31},{9 + d % 5}\n"
    for d in range(6, 27, 7)
)
FAULTS = {
    "a date": MONTHLY.replace("2023-06", "2023-13"),
    "a value": MONTHLY.replace("1006", "six"),
    "no date": MONTHLY.replace("2023-06", ""),
    "twice": MONTHLY.replace("2023-06", "2023-05"),
    "a cell too many": MONTHLY.replace("1006", "1006,5"),
    "a comma in few": MONTHLY.replace("1006", '"10,06"'),
    "a quotation mark": MONTHLY.replace("1006", '"1006'),
    "no rows": "month,n\n",
    "one row": "month,n\n2023-01,1\n",
    "one column": "date\n2024-01\n2024-02\n",
    "two columns to choose from": WIDE,
    "not UTF-8 and no table": "words, only\nwords\n",
}


def load(tmp_path, text: str, **selection):
    path = tmp_path / "given.csv"
    path.write_bytes(text.encode())
    return load_outcome(data=str(path), **selection)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(MONTHLY, id="as it is"),
        pytest.param("\ufeff" + MONTHLY.replace("\n", "\r\n"), id="Windows"),
        pytest.param(re.sub(r",1(\d{3})", r',"1,\1"', MONTHLY), id="thousands separators"),
        pytest.param(re.sub(r"-(\d\d),", r"-\1-01 00:00:00,", MONTHLY), id="times"),
        pytest.param(
            "\n".join([*reversed(MONTHLY.strip().split("\n")[1:]), ""]), id="newest first"
        ),
    ],
)
def test_a_table_of_ones_own_is_a_series(tmp_path, text):
    outcome = load(tmp_path, text)
    assert outcome.values.tolist() == [1000.0 + m for m in range(1, 13)]
    assert str(outcome.periods[0]) == "2023-01"
    assert outcome.step == "month"
    assert outcome.kind == "count"
    assert not outcome.catalogue
    (piece,) = outcome.pieces
    assert piece.source.publisher == "given by the user"


def test_parameters_say_how_it_is_read_and_what_was_understood_is_noted(tmp_path):
    outcome = load(tmp_path, WIDE, value_column="calls", kind="measure", title="Calls, all")
    assert outcome.name == "Calls, all"
    assert outcome.unit == "calls"
    assert outcome.kind == "measure"
    assert outcome.periods[0].start_time.strftime("%Y-%m-%d") == "2024-01-01"
    assert "A date marks the last day of its week." in outcome.notes


@pytest.mark.parametrize("name", FAULTS)
def test_check_and_load_give_the_same_refusal(tmp_path, name):
    with pytest.raises(DataError) as caught:
        load(tmp_path, FAULTS[name])
    assert "given.csv" in caught.value.problem
    described = describe_data(str(tmp_path / "given.csv"))
    assert [str(error) for error in described.unusable] == [str(caught.value)]


def test_check_shows_what_render_would_use(tmp_path):
    load(tmp_path, WIDE, value_column="calls")
    text = str(describe_data(str(tmp_path / "given.csv"), {"value_column": "calls"}))
    assert "Dates    week_ending (year-month-day; the only column that can be dates)" in text
    assert "Note: A date marks the last day of its week." in text
    assert re.search(r"analysis new \S+given.csv -p value_column=calls --intervention YYYY", text)


def test_the_window_can_be_chosen_and_no_official_dimension(tmp_path):
    assert len(load(tmp_path, MONTHLY, start="2023-03", end="2023-05").values) == 3
    with pytest.raises(InputError, match="demographic=single_adult was asked for"):
        load(tmp_path, MONTHLY, demographic="single_adult")
    with pytest.raises(InputError, match="component=ofo and border=northern"):
        load(tmp_path, MONTHLY, component="ofo", border="northern")


def test_official_figures_take_no_parameter_of_a_table():
    with pytest.raises(InputError, match="value_column=calls was asked for"):
        load_outcome(value_column="calls")


def test_a_column_name_never_carries_markup(tmp_path):
    outcome = load(tmp_path, MONTHLY.replace("asylum claims", "<b onclick=x()>claims</b>"))
    assert "<" not in outcome.unit
    assert "<b" not in outcome._repr_html_()


def test_a_table_of_ones_own_is_used_alone(tmp_path):
    (tmp_path / "a.csv").write_text(MONTHLY)
    (tmp_path / "b.csv").write_text(MONTHLY.replace("1006", "1007"))
    with pytest.raises(DataError, match="2 files are given"):
        load_outcome(data=tmp_path)
