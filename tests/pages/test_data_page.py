"""The page of the data: what was computed is drawn, and the sentences follow the numbers."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis import plot, show
from analysis.effects.checks import Check
from analysis.errors import InputError
from analysis.pages import data as page

WINDOW = {"start": "2021-10", "end": "2024-12"}


@pytest.fixture(scope="module")
def audit():
    return its.audit_data()


@pytest.fixture(scope="module")
def at_ports():
    return its.load_outcome(component="ofo", **WINDOW)


@pytest.fixture(scope="module")
def pattern():
    return its.seasonal_pattern(its.load_outcome())


def check(status: str, reason: str = "They differ by 7.") -> Check:
    good = {"passed": True, "failed": False}.get(status)
    return Check(name="a", question="Same?", good=good, reason=reason)


def revisions(old: int, new: int) -> pd.DataFrame:
    row = {
        "table": "southwest_monthly", "series": "Between ports, southwest",
        "month": pd.Period("2024-07"),
        "old": old, "new": new, "difference": new - old,
        "old_vintage": "2024-07", "new_vintage": "2025-08",
    }  # fmt: skip
    return pd.DataFrame([row])


# What is computed


def test_the_pattern_is_relative_to_each_year_and_stops_before_title_42(pattern):
    assert list(pattern.shares.index) == list(range(2000, 2020))
    np.testing.assert_allclose(pattern.shares.mean(axis=1), 100)
    rate = its.load_outcome(start="2019-05", end="2019-06").rate
    assert pattern.changes[2019] == pytest.approx(100 * (rate.iloc[1] / rate.iloc[0] - 1))


def test_a_year_that_is_not_complete_is_left_out():
    part = its.load_outcome(start="2017-02", end="2019-12")
    assert list(its.seasonal_pattern(part).shares.index) == [2018, 2019]


@pytest.mark.parametrize(
    ("selection", "text"),
    [
        ({"start": "2019-02"}, "has no complete calendar year until 2019-12"),
        ({"start": "2021-10"}, "has no complete calendar year until 2019-12"),
        ({"frequency": "weekly", "border": "nationwide"}, "one value a week"),
    ],
)
def test_a_series_without_a_pattern_is_refused(selection, text):
    with pytest.raises(InputError, match=text):
        its.seasonal_pattern(its.load_outcome(**selection))


def test_splits_go_as_far_as_the_tables_and_add_up(outcome):
    groups = its.split_outcome(
        "demographic",
        ["single_adult", "family_unit", "unaccompanied_child", "accompanied_minor"],
        **WINDOW,
    )
    assert next(iter(groups)) == "Single Adult"
    total = sum(group.values for group in groups.values())
    pd.testing.assert_series_equal(total, outcome.values, check_names=False)
    (tucson,) = its.split_outcome("sector", {"tucson": "T"}, **WINDOW).values()
    assert [str(p) for p in tucson.periods[[0, -1]]] == ["2021-10", "2024-11"]


def test_a_split_outside_the_window_is_left_out_and_an_unknown_one_refused():
    later = its.split_outcome("authority", ["title_42"], start="2024-01", end="2024-12")
    assert later == {}
    with pytest.raises(InputError, match="dimension to split by"):
        its.split_outcome("colour", ["red"], **WINDOW)


# What is drawn


def test_bars_run_from_the_first_to_the_last_day_of_each_table(audit):
    picture = plot.spans(audit.tables, **WINDOW)
    bars = [patch for patch in picture.figure().axes[0].patches if patch.get_height() == 0.5]
    assert len(bars) == len(audit.tables)
    for bar, table in zip(bars, audit.tables, strict=True):
        first = mdates.num2date(bar.get_x())
        assert (first.year, first.month) == (
            table.periods[0].start_time.year,
            table.periods[0].start_time.month,
        )
        assert bool(bar.get_hatch()) == (not table.source.exact)
        assert table.source.label in picture.alt


def test_panels_draw_each_series_on_one_scale():
    lands = its.split_outcome("citizenship", {"mexico": "Mexico", "other": "Others"}, **WINDOW)
    events = [its.find_intervention(name) for name in ("asylum-restrictions", "title-42-end")]
    picture = plot.panels(lands, events, caption="Two.")
    for narrow in (False, True):
        axes = picture.figure(narrow=narrow).axes
        assert [ax.get_title("left") for ax in axes] == ["Mexico", "Others"]
        assert len({ax.get_ylim() for ax in axes}) == 1
        for ax, outcome in zip(axes, lands.values(), strict=True):
            np.testing.assert_allclose(ax.lines[0].get_ydata(), outcome.rate)
            assert outcome.rate.max() < ax.get_ylim()[1]
    high = lands["Mexico"].rate
    assert f"highest {show.number(high.max())} encounters a day in" in picture.alt
    assert "Title 42 ends (12 May 2023) and Asylum restrictions (5 June 2024)" in picture.caption


def test_the_season_draws_each_year_and_the_median(pattern):
    picture = plot.season(pattern)
    lines = picture.figure().axes[0].lines
    np.testing.assert_allclose(lines[0].get_ydata(), pattern.shares.iloc[0])
    np.testing.assert_allclose(lines[20].get_ydata(), pattern.shares.median())
    assert "Median highest in March" in picture.alt
    turned = replace(pattern, shares=pattern.shares.rename(columns={3: 8, 8: 3}).sort_index(axis=1))
    assert "Median highest in August" in plot.season(turned).alt


# What is said


def test_the_first_sentence_says_what_the_data_are(audit, outcome, at_ports):
    said = page.answer(audit, outcome, at_ports)
    assert "6 tables of 3 publishers" in said.sentence
    assert f"{show.number(outcome.values.sum())} encounters between ports" in said.sentence
    fewer = replace(audit, tables=audit.tables[:1])
    assert "1 tables" not in page.answer(fewer, outcome, at_ports).sentence
    assert "An encounter is an event, not a person." in said.detail
    assert "1 of 8 comparisons of tables fails: 1 of 38 common months" in said.detail[1]


def test_the_comparison_that_fails_is_said_with_both_counts(audit):
    said = page.agreement(audit)
    assert said.paragraphs == ("1 of 8 comparisons of tables fails.",)
    failed = next(row for row in said.table.split("</tr>") if "failed" in row)
    assert "(CBP, 2025-08)" in failed
    assert "(OHSS, 2024-11)" in failed
    assert "October 2024: 56,520 against 56,530" in failed
    assert said.table.count("passed") == 7


@pytest.mark.parametrize(
    ("statuses", "text"),
    [
        ([], "No two tables overlap"),
        (["passed", "passed"], "All 2 comparisons of tables agree"),
        (["failed", "passed"], "1 of 2 comparisons of tables fails."),
        (["failed", "failed"], "2 of 2 comparisons of tables fail."),
    ],
)
def test_the_verdict_follows_the_checks(audit, statuses, text):
    changed = replace(audit, checks=tuple(check(status) for status in statuses))
    said = page.agreement(changed)
    assert said.paragraphs[0].startswith(text)
    assert said.table.count("failed") == statuses.count("failed")


def test_sources_are_listed(audit):
    html = page.sources(audit)._repr_html_()
    for table in audit.tables:
        assert table.source.vintage in html
        assert all(caveat.split('"')[0] in html.replace("&#x27;", "'")
                   for caveat in table.source.caveats)  # fmt: skip


def test_revisions_small_large_none_and_no_file(audit):
    assert "No file is given" in page.revised(audit).paragraphs[0]
    given = replace(audit, given=("new.csv",))
    assert "no month differs" in page.revised(given).paragraphs[0]
    small = page.revised(replace(given, revisions=revisions(56_408, 56_400)))
    assert "new.csv: 1 monthly figure differs between releases" in small.paragraphs[0]
    assert "1 monthly figure differs between releases, none by more than 5%" in small.paragraphs[0]
    assert "<td>\u22128</td>" in small.table
    large = page.revised(replace(given, revisions=revisions(56_408, 5_640)))
    assert "by more than 5%. A revision is rarely that large" in large.paragraphs[0]


def test_only_the_largest_revisions_are_listed(audit):
    many = pd.concat([revisions(1000, 1000 + n) for n in range(1, 31)], ignore_index=True)
    said = page.revised(replace(audit, given=("new.csv",), revisions=many))
    assert "30 monthly figures differ between releases, none by more than 5%" in said.paragraphs[0]
    assert "The 20 largest revisions" in said.table
    assert "<td>+30</td>" in said.table
    assert "<td>+10</td>" not in said.table


def test_revisions_repeat_what_a_series_warns_of(audit, outcome):
    warned = replace(outcome, notes=("Rows may be missing.",))
    given = replace(audit, given=("new.csv",))
    (point,) = page.revised(given, [outcome, warned]).points
    assert point == f"{outcome.name}: Rows may be missing."


def test_the_share_of_expulsions_and_the_ports_follow_the_series(outcome, at_ports):
    expelled = its.split_outcome("authority", {"title_42": "Title 42"}, **WINDOW)
    first, second = page.counting(outcome, at_ports, expelled).points
    (series,) = expelled.values()
    share = 100 * series.values.sum() / outcome.values.loc[:"2023-05"].sum()
    assert f"October 2021 to May 2023 {share:.0f}% of" in first
    assert "562 encounters a day" in second
    halved = {"Title 42": replace(series, values=series.values / 2)}
    assert f"{share / 2:.0f}% of" in page.counting(outcome, at_ports, halved).points[0]
    doubled = replace(at_ports, values=2 * at_ports.values)
    assert "1,123 encounters a day" in page.counting(outcome, doubled, expelled).points[1]


def test_a_window_after_title_42_says_that_none_is_in_it(outcome, at_ports):
    later = outcome.window("2024-01"), at_ports.window("2024-01")
    (only,) = page.counting(*later, {}).points
    assert "no month holds expulsions" in only


def test_the_season_sentence_follows_the_changes(pattern):
    text = page.seasonal(pattern).paragraphs[0]
    assert "\u221216.7% in the median year; it fell in 19 of 20 years" in text
    assert "A fall from May to June is usual" in text
    risen = page.seasonal(replace(pattern, changes=-pattern.changes)).paragraphs[0]
    assert "+16.7% in the median year; it fell in 1 of 20 years." in risen
    assert "usual" not in risen
