"""Selecting a series, and making one from anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis as its
from analysis.border.selection import load_outcome
from analysis.errors import DataError, InputError
from analysis.outcome import as_period, find_intervention, make_outcome


def monthly(values, start="2023-01") -> pd.Series:
    return pd.Series(values, pd.period_range(start, periods=len(values), freq="M"))


def test_the_main_series_has_the_published_months():
    values = load_outcome(start="2021-10", end="2024-12").values
    published = {"2023-12": 249_740, "2024-05": 117_905, "2024-06": 83_532, "2024-07": 56_400}
    for month, count in published.items():
        assert values[pd.Period(month)] == count
    assert len(values) == 39


def test_the_most_exact_table_that_has_a_month_gives_it():
    pieces = load_outcome().pieces
    assert [(str(p.first), str(p.last), p.source.rounded_to) for p in pieces] == [
        ("1999-10", "2021-09", 10),
        ("2021-10", "2025-08", 1),
    ]
    assert "rounded to 10" in str(pieces[0])
    assert "exact counts" in str(pieces[1])
    assert "vintage 2025-08" in str(pieces[1])
    undated = replace(pieces[1], source=replace(pieces[1].source, vintage=""))
    assert str(undated) == str(pieces[1]).removesuffix(" (vintage 2025-08, exact counts)")


@pytest.mark.parametrize(
    ("selection", "first", "last", "name"),
    [
        ({"component": "both"}, "2019-10", "2025-08", "at and between ports of entry"),
        ({"component": "ofo"}, "2021-10", "2025-08", "encounters at ports of entry"),
        ({"border": "northern"}, "1999-10", "2024-11", "northern border"),
        ({"border": "nationwide"}, "1999-10", "2024-11", "nationwide"),
        ({"sector": "rio_grande_valley"}, "1999-10", "2024-11", "Rio Grande Valley sector"),
        ({"demographic": "unaccompanied_child"}, "2007-10", "2025-08", "unaccompanied children"),
        ({"demographic": "family_unit"}, "2011-10", "2025-08", "people in family units"),
        ({"citizenship": "mexico+other"}, "2021-10", "2025-08", "citizens of Mexico and Other"),
        ({"citizenship": "other"}, "2021-10", "2025-08", "citizens of all other countries"),
        ({"authority": "title_42"}, "2021-10", "2023-05", "Title 42"),
        (
            {"component": "both", "demographic": "single_adult", "citizenship": "honduras"},
            "2021-10",
            "2025-08",
            "single adults, citizens of Honduras",
        ),
    ],
)
def test_selections_have_the_span_and_the_name_of_what_they_are(selection, first, last, name):
    outcome = load_outcome(**selection)
    assert (str(outcome.periods[0]), str(outcome.periods[-1])) == (first, last)
    assert name in outcome.name
    assert outcome.unit == "encounters"


def test_weekly_figures_are_nationwide():
    outcome = load_outcome(frequency="weekly", border="nationwide", start="2024-05-27")
    assert outcome.step == "week"
    assert outcome.periods[0].start_time == pd.Timestamp(2024, 5, 27)
    assert (outcome.days == 7).all()
    assert outcome.rate.round().iloc[:4].tolist() == [4020, 3775, 3093, 2411]
    with pytest.raises(InputError, match=r"no border .* 'southwest'"):
        load_outcome(frequency="weekly")


def test_counts_are_a_day_by_the_days_of_the_month():
    outcome = load_outcome(start="2024-01", end="2024-03")
    assert outcome.days.tolist() == [31, 29, 31]
    assert outcome.rate.iloc[1] == outcome.values.iloc[1] / 29
    assert outcome.rate_unit == "encounters a day"
    measure = make_outcome(monthly([1.5, 2.5]), name="price", unit="dollars", kind="measure")
    assert measure.rate.tolist() == [1.5, 2.5]
    assert measure.rate_unit == "dollars"


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ({"component": "cbp"}, "no component .* 'cbp'"),
        ({"border": "southwset"}, "'southwset'"),
        ({"sector": "tuscon"}, "'tuscon'"),
        ({"demographic": "adults"}, "'adults'"),
        ({"citizenship": "mexico+atlantis"}, "'atlantis'"),
        ({"authority": "title_9"}, "'title_9'"),
        ({"frequency": "daily"}, "no frequency 'daily'"),
        ({"sector": "tucson", "demographic": "single_adult"}, "sector=tucson, demographic=single"),
        ({"component": "ofo", "border": "northern"}, "component=ofo, border=northern"),
        ({"start": "2030-01"}, "The window 2030-01|starts in 2030-01"),
        ({"end": "1990-01"}, "The window starts in 1999-10 and ends in 1990-01"),
        ({"start": "June 2024?"}, "'June 2024.' is not a date"),
    ],
)
def test_what_no_source_has_is_refused_and_the_choices_named(selection, message):
    with pytest.raises(InputError, match=message) as error:
        load_outcome(**selection)
    assert error.value.rule
    assert error.value.remedy


def test_a_refused_combination_names_what_is_available():
    with pytest.raises(InputError) as error:
        load_outcome(sector="tucson", citizenship="mexico")
    assert "usbp_sector_monthly (component=usbp, border=southwest, any sector)" in error.value.rule


def test_a_misspelt_value_names_the_nearest():
    with pytest.raises(InputError) as error:
        load_outcome(sector="tuscon")
    assert error.value.remedy == "Did you mean 'tucson'?"


def test_a_window_cuts_the_pieces_too():
    outcome = load_outcome(start="2021-08", end="2021-11")
    assert [(str(p.first), str(p.last)) for p in outcome.pieces] == [
        ("2021-08", "2021-09"),
        ("2021-10", "2021-11"),
    ]
    assert len(load_outcome(start="2022-01", end="2022-03").pieces) == 1


def test_an_absent_cell_inside_the_span_is_zero():
    values = load_outcome(
        component="ofo", demographic="accompanied_minor", citizenship="el_salvador"
    ).values
    assert (values == 0).any()
    assert not values.isna().any()


def test_a_series_of_a_user_is_copied_and_kept():
    series = monthly([3, 1, 2])
    outcome = make_outcome(series, name="claims", unit="claims")
    assert outcome.values.tolist() == [3.0, 1.0, 2.0]
    series.iloc[0] = 99
    assert outcome.values.iloc[0] == 3.0


@pytest.mark.parametrize(
    ("dates", "frequency"),
    [
        (["2024-01-01", "2024-01-08", "2024-01-15"], "W-SUN"),
        (["2024-01-06", "2024-01-13", "2024-01-20"], "W-FRI"),
        (["2024-01-01", "2024-02-01", "2024-03-01"], "M"),
        (["2024-01", "2024-02", "2024-03"], "M"),
        (["2024-01-01", "2024-04-01", "2024-07-01"], "Q-DEC"),
        (["2022-01-01", "2023-01-01", "2024-01-01"], "Y-DEC"),
    ],
)
def test_dates_tell_their_frequency(dates, frequency):
    outcome = make_outcome(pd.Series([1, 2, 3], dates), name="x", unit="y")
    assert outcome.periods.freqstr == frequency
    assert outcome.periods[0].start_time == pd.Timestamp(dates[0])


def test_dates_in_any_order_are_sorted():
    series = pd.Series([3, 1, 2], ["2024-03", "2024-01", "2024-02"])
    assert make_outcome(series, name="x", unit="y").values.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (pd.Series([1, 2], ["2024-01", "soon"]), "something that is not a date"),
        (pd.Series([1, 2, 3], ["2024-01-01", "2024-01-11", "2024-01-21"]), "usually 10 days apart"),
        (pd.Series([1, 2], ["2024-01", "2024-01"]), "has 1 different dates"),
        (
            pd.Series([1, 2, 3], ["2024-01", "2024-02", "2024-02"]),
            "more than one value for 2024-02",
        ),
        (pd.Series([1, 2], pd.period_range("2024-01-01", periods=2, freq="h")), "frequency h"),
        (monthly([1, np.inf]), "has 'inf' for 2023-02"),
        (monthly([1, "x"]), "has 'x' for 2023-02"),
        (monthly([1, *[None] * 8, 1]), "values for 2 of the 10 months from 2023-01 to 2023-10"),
        (monthly([None, None]), "has no value"),
        (pd.Series([1.0, 2.0, 3.0]), r"holds numbers \(0 to 2\), not dates"),
        (pd.DataFrame({"a": [1], "b": [2]}), "DataFrame of shape"),
        ([1.0, 2.0], "list of shape"),
        (monthly([5, -1]), "the value -1 for 2023-02"),
        (monthly([]), "has no value"),
        (pd.Series([], pd.Index([], dtype=str), dtype=float), "has 0 different dates"),
        (pd.Series([1.0], ["2024-01"]), "has 1 different dates"),
        (pd.Series([1, 2], ["2024-01", None]), "not a date .a place is empty"),
    ],
)
def test_what_is_no_regular_series_is_refused(series, message):
    with pytest.raises(DataError, match=message):
        make_outcome(series, name="claims", unit="claims")


def test_an_unknown_kind_is_refused():
    with pytest.raises(InputError, match="no value of kind 'rate'"):
        its.make_outcome(monthly([1, 2]), name="x", unit="y", kind="rate")


@pytest.mark.parametrize(
    ("first", "freq", "days"),
    [("2024-02", "M", [29, 31]), ("2023Q1", "Q", [90, 91]), ("2024-01-01", "W-SUN", [7, 7])],
)
def test_days_of_leap_years_quarters_and_weeks(first, freq, days):
    values = pd.Series([1, 2], pd.period_range(first, periods=2, freq=freq))
    assert make_outcome(values, name="x", unit="y").days.tolist() == days


def test_a_series_shows_itself_without_running_what_it_holds():
    outcome = make_outcome(monthly([1, 2]), name="<script>alert(1)</script>", unit="<b>")
    assert "<script>" not in outcome._repr_html_()


def test_a_missing_month_stays_missing():
    left_out = pd.Series([1, 2, 4], ["2024-01", "2024-02", "2024-04"])
    for series in (left_out, monthly([None, 1, 2, np.nan, 4, None], start="2023-12")):
        outcome = make_outcome(series, name="x", unit="y")
        assert (str(outcome.periods[0]), str(outcome.periods[-1])) == ("2024-01", "2024-04")
        assert outcome.values.isna().tolist() == [False, False, True, False]
        assert outcome.missing.astype(str).tolist() == ["2024-03"]
        assert "March 2024" in outcome._repr_html_()


def test_a_series_that_is_whole_says_nothing_of_gaps():
    assert "Missing" not in make_outcome(monthly([1, 2]), name="x", unit="y")._repr_html_()


WEEKS = pd.Series(range(1, 160), pd.period_range("2021-12-27", periods=159, freq="W-SUN"))


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        ("2022-01", "2024-12", "2022-01-03", "2024-12-30"),
        ("2022", "2024", "2022-01-03", "2024-12-30"),
        ("2022-01-01", "2024-12-29", "2021-12-27", "2024-12-23"),
        (date(2022, 1, 3), pd.Timestamp("2024-12-30"), "2022-01-03", "2024-12-30"),
        (WEEKS.index[3], WEEKS.index[9], "2022-01-17", "2022-02-28"),
        (str(WEEKS.index[3]), str(WEEKS.index[9]), "2022-01-17", "2022-02-28"),
    ],
)
def test_weeks_belong_to_the_month_in_which_they_begin(start, end, first, last):
    window = make_outcome(WEEKS, name="calls", unit="calls").window(start, end)
    begins = window.periods.start_time.strftime("%Y-%m-%d")
    assert (begins[0], begins[-1]) == (first, last)
    in_months = isinstance(start, str) and len(start) < 8
    assert ("2022-01-03 to 2025-01-05" in " ".join(window.notes)) == in_months


@given(
    freq=st.sampled_from(["W-SUN", "W-TUE", "M", "Q-DEC", "Q-JAN", "Y-DEC"]),
    start=st.integers(0, 400),
    months=st.lists(st.integers(0, 200), min_size=2, max_size=2).map(sorted),
)
def test_the_months_of_any_window_share_out_its_periods(freq, start, months):
    """What begins before a month, in it and after it are all, and none twice."""
    first = pd.Period("1990-01", "M") + start
    periods = pd.period_range(first.start_time, periods=220, freq=freq)
    outcome = make_outcome(pd.Series(1.0, periods), name="x", unit="y")
    low, high = (periods[0].end_time.to_period("M") + 1 + month for month in months)
    inside = [p for p in periods if low.start_time <= p.start_time <= high.end_time]
    if inside and inside[-1] != periods[-1] and freq[0] in "WM":
        assert list(outcome.window(str(low), str(high)).periods) == inside


@given(st.sampled_from(["W-SUN", "W-FRI", "M", "Q-DEC", "Q-JAN", "Y-DEC"]), st.data())
def test_periods_dates_and_gaps_are_read_alike(freq, data):
    n = data.draw(st.integers(12, 60))
    periods = pd.period_range("1999-03-01", periods=n, freq=freq)
    gone = data.draw(st.sets(st.integers(1, n - 2), max_size=n // 4))
    values = pd.Series(np.arange(n, dtype=float), periods)
    empty, short = values.mask(values.isin(gone)), values[~values.isin(gone)]
    forms = [empty, short, short.sample(frac=1, random_state=1), short.to_frame("n")]
    read = [make_outcome(form, name="x", unit="y").values for form in forms]
    if freq in ("W-SUN", "W-FRI", "M", "Q-DEC", "Y-DEC"):
        dated = short.set_axis(short.index.start_time)
        read += [make_outcome(dated, name="x", unit="y").values]
        read += [make_outcome(dated.tz_localize("UTC"), name="x", unit="y").values]
    for one in read:
        pd.testing.assert_series_equal(one, empty, check_names=False)


def test_whole_numbers_that_are_years_are_years():
    outcome = make_outcome(pd.Series([1, 2, 4], [1970, 1971, 1973]), name="x", unit="y")
    assert outcome.step == "year"
    assert outcome.missing.astype(str).tolist() == ["1972"]
    remedy = "series.index = pd.period_range("
    with pytest.raises(DataError) as error:
        make_outcome(pd.Series([5.0, 6.0]), name="x", unit="y")
    assert remedy in error.value.remedy
    series = pd.Series([5.0, 6.0])
    exec(error.value.remedy.split(": ")[1].rstrip("."), {"series": series, "pd": pd})
    assert make_outcome(series, name="x", unit="y").step == "month"


@given(text=st.text(max_size=12) | st.from_regex(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?", fullmatch=True))
def test_any_text_is_a_date_or_refused(text):
    """As the end of a window and as an intervention alike."""
    for freq in ("M", "W-SUN", "Y-DEC"):
        like = pd.period_range("2020-01-01", periods=3, freq=freq)
        try:
            period = as_period(text, like, "start")
        except InputError:
            with pytest.raises(InputError):
                find_intervention(text)
        else:
            assert period.freq == like.freq
            first = pd.Timestamp(find_intervention(text).start)
            assert period.start_time <= first + pd.Timedelta(days=6) or freq[0] == "Y"
