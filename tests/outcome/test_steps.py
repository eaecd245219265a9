"""What holds for every regular step: periods, days, shares, sums and seasons."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis as its
from analysis import show
from analysis.design.season import season_parts
from analysis.design.terms import Calendar, share_in_force
from analysis.errors import DataError, DesignError, InputError
from analysis.outcome import Intervention, as_period, make_outcome, period_of
from analysis.outcome.periods import STEPS, step_of

FREQUENCIES = ["D", "W-SUN", "W-WED", "14D", "28D", "M", "Q", "6M", "Y"]
steps = st.sampled_from(FREQUENCIES)
starts = st.dates(date(1960, 1, 1), date(2020, 12, 31))


def periods_from(freq: str, start: date, n: int) -> pd.PeriodIndex:
    if freq == "6M":
        start = start.replace(month=1 if start.month < 7 else 7, day=1)
    return pd.period_range(pd.Period(pd.Timestamp(start), freq=freq), periods=n, freq=freq)


def series_on(periods: pd.PeriodIndex, seed: int = 0) -> pd.Series:
    return pd.Series(np.random.default_rng(seed).poisson(300, len(periods)), periods)


@given(steps, starts, st.integers(12, 60), st.data())
def test_periods_follow_each_other_and_hold_their_days(freq, start, n, data):
    periods = periods_from(freq, start, n)
    values = series_on(periods)
    out = data.draw(st.sets(st.integers(1, n - 2), max_size=n // 4))
    outcome = make_outcome(values.drop(values.index[list(out)]), name="x", unit="visits")
    assert outcome.periods.equals(periods)
    assert sorted(out) == list(np.flatnonzero(outcome.values.isna()))
    firsts, lasts = periods.start_time, periods.end_time.normalize()
    assert (firsts[1:] == lasts[:-1] + pd.Timedelta(days=1)).all()
    assert outcome.days.sum() == (lasts[-1] - firsts[0]).days + 1
    day = firsts[0] + pd.Timedelta(days=data.draw(st.integers(0, int(outcome.days.sum()) - 1)))
    held = period_of(day, periods)
    assert held in periods
    assert held.start_time <= day <= held.end_time
    per_year = STEPS[step_of(periods)].per_year
    assert outcome.days.mean() * per_year == pytest.approx(365.25, rel=0.02)


@given(steps, starts, st.data())
def test_first_days_say_what_periods_say(freq, start, data):
    periods = periods_from(freq, start, 24)
    values = series_on(periods)
    out = data.draw(st.sets(st.integers(3, 22), max_size=4))
    kept = values.drop(values.index[list(out)])
    by_day = pd.Series(kept.to_numpy(), pd.PeriodIndex(kept.index).start_time)
    made = make_outcome(by_day, name="x", unit="visits")
    if freq == "Q" or freq == "Y" or made.periods.freqstr == periods.freqstr:
        assert (made.periods.start_time == periods.start_time).all()
    assert made.values.dropna().tolist() == kept.tolist()


@given(steps, starts, st.data())
def test_the_share_in_force_is_that_of_the_days(freq, start, data):
    periods = periods_from(freq, start, 12)
    outcome = make_outcome(series_on(periods), name="x", unit="visits")
    length = int(outcome.days.sum())
    first = data.draw(st.integers(0, length - 1))
    last = data.draw(st.one_of(st.none(), st.integers(first, length - 1)))
    day0 = periods[0].start_time.date()
    main = Intervention(
        name="x", label="x", start=day0 + timedelta(days=first),
        end=None if last is None else day0 + timedelta(days=last),
    )  # fmt: skip
    share = share_in_force(main, Calendar.of(outcome))
    days = np.zeros(length)
    days[first : length if last is None else last + 1] = 1
    ends = np.cumsum(outcome.days.to_numpy())
    wanted = [part.mean() for part in np.split(days, ends[:-1])]
    np.testing.assert_allclose(share, wanted)


@given(steps, starts, st.integers(40, 70))
def test_a_month_means_the_periods_that_begin_in_it(freq, start, n):
    periods = periods_from(freq, start, n)
    outcome = make_outcome(series_on(periods), name="x", unit="visits")
    months = periods.start_time.to_period("M")
    month = months[n // 2]
    window = outcome.window(str(month), str(month))
    assert window.periods.equals(periods[months == month])
    whole = outcome.window(str(months[0]), str(months[-1]))
    assert whole.periods.equals(periods)
    assert as_period(str(periods[3].start_time.date()), periods, "start") == periods[3]


@pytest.mark.parametrize("freq", FREQUENCIES)
@pytest.mark.parametrize("model", ["wandering_trend_calibrated", "newey_west"])
def test_an_effect_of_each_step_adds_up(freq, model):
    n = 160 if freq[0] == "W" else 500 if freq == "D" else 60
    periods = periods_from(freq, date(1971, 3, 2), n)
    values = series_on(periods).astype(float) * (periods.end_time.day / 31 + 9)
    values.iloc[[7, n // 2 + 3]] = np.nan
    outcome = make_outcome(values, name="visits", unit="visits")
    half = periods[n // 2]
    day = half.start_time + (half.end_time - half.start_time) / 2
    design = its.build_design(outcome, day.date())
    assert design.outcome.periods[design.T0] == half
    fitted = its.fit(design, model)
    effects, path = its.estimate_effects(fitted), its.trace_counterfactual(fitted)
    total = effects["cumulative"].estimate
    assert (path.post["counterfactual"] - path.post["observed"]).sum() == pytest.approx(total)
    assert path.post["cumulative"].iloc[-1] == pytest.approx(total)
    assert len(path.post) == n - n // 2 - 1
    word = STEPS[step_of(periods)].word
    assert effects["slope"].unit == f"% a {word}"
    names = [show.period_name(period) for period in periods]
    assert len(set(names)) == n


@pytest.mark.parametrize(
    ("freq", "n", "pairs", "columns"),
    [("6M", 30, 1, 1), ("28D", 40, 1, 2), ("28D", 80, 2, 4), ("Y", 20, 0, 0), ("Q", 30, 2, 3)],
)
def test_the_usual_season_can_be_told_from_the_trend(freq, n, pairs, columns):
    outcome = make_outcome(series_on(periods_from(freq, date(2000, 1, 3), n)), name="x", unit="v")
    design = its.build_design(outcome, outcome.periods[n * 2 // 3].start_time.date())
    assert season_parts(design.season) == ("", pairs)
    assert len(design.terms["season"]) == columns


def daily(n: int, start: str = "2019-01-01", *, weekdays: bool = False) -> its.Outcome:
    days = pd.period_range(start, periods=n, freq="D")
    values = series_on(days).astype(float) * np.where(days.day_of_week == 6, 0.5, 1)
    return make_outcome(values[days.day_of_week < 5] if weekdays else values, name="x", unit="v")


def test_days_have_a_season_of_weekdays_and_of_the_year_where_there_is_one():
    short, long = daily(200), daily(800)
    assert its.build_design(short, "2019-06-01").season == "weekdays"
    assert its.build_design(long, "2020-06-01").season == "weekdays+1"
    assert its.build_design(long, "2019-06-01").season == "weekdays"
    design = its.build_design(short, "2019-06-01")
    assert len(design.terms["season"]) == 6
    fitted = its.fit(design, "newey_west")
    assert np.exp(fitted.coefficients["Sunday"]) == pytest.approx(0.5, rel=0.05)
    assert its.build_design(short, "2019-06-01", season=0).season == 0


def test_days_without_weekends_have_four_indicators():
    design = its.build_design(daily(200, weekdays=True), "2019-05-01")
    assert list(design.terms["season"]) == ["Tuesday", "Wednesday", "Thursday", "Friday"]
    assert not design.X.eq(0).all().any()


@pytest.mark.parametrize("season", ["weekdays+200", "weekdays+", "weeks", "weekdays+-1", "True"])
def test_a_season_that_days_cannot_have_is_refused(season):
    with pytest.raises(InputError, match="The season is"):
        its.build_design(daily(400), "2020-01-05", season=season)


def test_weekdays_need_two_weeks_before():
    with pytest.raises(DesignError, match="10 days before") as caught:
        its.build_design(daily(100), "2019-01-11")
    assert "two weeks for days of the week" in caught.value.rule


def test_four_weeks_need_a_year_before():
    outcome = make_outcome(series_on(periods_from("28D", date(2000, 1, 3), 40)), name="x", unit="v")
    with pytest.raises(DesignError, match="10 four-week periods before") as caught:
        its.build_design(outcome, outcome.periods[10].start_time.date())
    assert caught.value.rule == "It needs at least 14 (a full year for a season)."


def test_overlapping_periods_are_refused():
    days = ["2020-01-06", "2020-02-03", "2020-03-02", "2020-03-31", "2020-04-27", "2020-05-25"]
    with pytest.raises(DataError, match="four-week period from 2020-03-31, which overlaps"):
        make_outcome(pd.Series(range(6), days), name="x", unit="visits")
    periods = pd.PeriodIndex(days, freq="28D")
    with pytest.raises(DataError, match="overlaps"):
        make_outcome(pd.Series(range(6), periods), name="x", unit="visits")


@pytest.mark.parametrize(("given_as", "meant"), [("2W", "14D"), ("4W", "28D"), ("2Q", "6M")])
def test_the_same_periods_under_another_name(given_as, meant):
    periods = pd.period_range("2010-01-04", periods=20, freq=given_as)
    made = make_outcome(series_on(periods), name="x", unit="visits")
    assert made.periods.freqstr == meant
    assert made.periods[0].start_time == periods[0].start_time
    assert len(made.periods) == 20
