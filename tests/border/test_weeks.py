"""Weekly: the weeks of the holidays, and the first weeks beside what was said."""

import numpy as np
import pandas as pd
import pytest

from analysis import load_outcome
from analysis.border.weeks import first_weeks, holiday_weeks, weekly_design
from analysis.errors import InputError

EVENTS = ("title-42-end", "mexico-enforcement")


@pytest.fixture(scope="module")
def weeks():
    return load_outcome(
        frequency="weekly", border="nationwide", start="2021-10-04", end="2024-12-29"
    )


@pytest.fixture(scope="module")
def first(weeks):
    return first_weeks(weeks)


def test_each_holiday_has_one_week_a_year(weeks):
    found = holiday_weeks(weeks.periods)
    assert {name: int(column.sum()) for name, column in found.items()} == {
        "Christmas": 4,
        "New Year": 3,
    }
    assert found["Christmas"][pd.Period("2022-12-25", weeks.periods.freq)] == 1
    assert found["New Year"][pd.Period("2023-01-01", weeks.periods.freq)] == 1
    assert found["Christmas"][pd.Period("2022-12-26", weeks.periods.freq)] == 0


def test_a_holiday_outside_the_window_is_left_out(weeks):
    summer = weeks.window("2024-05-06", "2024-09-01")
    assert holiday_weeks(summer.periods) == {}


def test_holiday_weeks_of_months_are_refused():
    with pytest.raises(InputError, match="The periods have the frequency M"):
        holiday_weeks(load_outcome(start="2022-01", end="2023-01").periods)


def test_the_weekly_design_has_five_weeks_and_the_holidays(weeks):
    design = weekly_design(weeks, events=EVENTS)
    assert design.intervention.phase_in == 5
    assert {"Christmas", "New Year"} <= set(design.X)
    first = design.X["level"][design.post].iloc[:7].to_numpy()
    exposure = np.array([5 / 7, 12 / 7, 19 / 7, 26 / 7, 33 / 7, 40 / 7, 47 / 7])
    np.testing.assert_allclose(first, np.minimum(1, exposure / 5))
    assert "Christmas" not in weekly_design(weeks, holidays=False).X


def test_the_first_weeks_are_changes_against_the_week_before(first, weeks):
    assert str(first.base.start_time.date()) == "2024-05-27"
    rate = weeks.rate
    third = first.table.iloc[2]
    expected = 100 * (rate[third["period"]] / rate[first.base] - 1)
    assert third["estimate"] == pytest.approx(expected)
    assert len(first.table) == 8


def test_what_was_said_stands_in_the_last_whole_week_before(first):
    said = first.table.dropna(subset="press").set_index("period")
    starts = {str(period.start_time.date()): row["press"] for period, row in said.iterrows()}
    assert starts == {"2024-06-10": -25.0, "2024-06-17": -40.0, "2024-07-15": -55.0}
    assert said["press_mean"].dropna().to_list() == [2400.0, 1800.0]


def test_the_table_shows_what_was_given_out(first):
    assert "\u221240%" in first._repr_html_()


def test_weeks_beyond_the_series_are_refused(weeks):
    with pytest.raises(InputError, match="is not covered"):
        first_weeks(weeks, count=60)
