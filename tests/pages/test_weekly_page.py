"""The weekly page: sentences and figures follow the results."""

from dataclasses import replace

import numpy as np
import pytest

import analysis as its
from analysis import plot
from analysis.pages import weekly as page

EVENTS = ["title-42-end", "mexico-enforcement"]


@pytest.fixture(scope="module")
def outcome():
    return its.load_outcome(
        border="nationwide", frequency="weekly", start="2021-10-04", end="2024-12-29"
    )


@pytest.fixture(scope="module")
def weeks(outcome):
    return its.first_weeks(outcome)


@pytest.fixture(scope="module")
def effects(outcome):
    return its.estimate_effects(its.fit(its.weekly_design(outcome, events=EVENTS)))


@pytest.fixture(scope="module")
def varied(effects):
    return its.vary_phase_in(effects.fit.design, phase_ins=(0, 1, 5, 8))


def test_the_headline_says_what_is_compared_and_where_it_is_from(weeks, effects):
    said = page.weekly_headline(weeks, effects)
    assert said.sentence == (
        "Against the week of 27 May 2024, Border Patrol encounters between ports of entry "
        "nationwide stood at \u221223% in week 2, \u221240% in week 3, \u221253% in week 7 and "
        "\u221254% in week 8 (week 1 is that of the start)."
    )
    assert (
        "\u221265% (95% interval: \u221283% to \u221224%) on average until "
        "the week of 23 December 2024" in said.detail[0]
    )
    assert "Read from a published chart" in said.detail[1]
    assert "Nationwide" in said.detail[1]
    assert said.short == "\u221265% [\u221283% to \u221224%]"


def test_the_headline_follows_the_weeks(weeks, effects):
    changed = replace(weeks, table=weeks.table.assign(estimate=-10.0, press=np.nan))
    said = page.weekly_headline(changed, effects).sentence
    assert said.endswith("stood at \u221210% in week 8 (week 1 is that of the start).")


def test_the_press_figures_are_set_beside_the_chart(weeks):
    said = page.press_note(weeks)
    assert "The 3 figures given out lie within 1.9 points" in said.paragraphs[0]
    table = weeks.table.copy()
    table.loc[1, "press"] = -33.0
    assert "within 9.9 points" in page.press_note(replace(weeks, table=table)).paragraphs[0]
    none = replace(weeks, table=weeks.table.assign(press=np.nan))
    assert page.press_note(none).paragraphs == ("Nothing was given out about these weeks.",)


def test_the_phase_ins_are_summed_up(varied):
    said = page.phase_note(varied).paragraphs[0]
    average = varied.table[varied.table["estimand"] == "average"]["estimate"]
    assert f"{abs(average.min()):.0f}% and \u2212{abs(average.max()):.0f}%" in said
    assert "over the 4 choices; the interval is without zero in all 4." in said
    wide = replace(varied, table=varied.table.assign(lower=-90.0, upper=5.0))
    assert "without zero in 0 of 4" in page.phase_note(wide).paragraphs[0]


def test_weeks_and_months_are_reconciled_by_how_fast_the_effect_comes(varied):
    outcome = its.load_outcome(start="2021-10", end="2024-12")
    monthly = replace(
        varied,
        design=its.build_design(outcome, "asylum-restrictions"),
        table=varied.table[varied.table["phase_in"] < 2].assign(estimate=-56.0, chosen=False),
    )
    said = page.months_note(varied, monthly).paragraphs[0]
    assert "by week \u221258% with a step at once, \u221265% with 5 weeks and" in said
    assert "by month \u221256% with a step at once" in said
    assert said.endswith("to build up, not the series.")
    apart = replace(monthly, table=monthly.table.assign(estimate=-20.0))
    assert "With a step at once they part as well" in page.months_note(varied, apart).paragraphs[0]


def test_a_step_at_once_is_named(varied):
    html = varied._repr_html_()
    assert "0 (at once), when complete" in html
    assert "1 week, on average" in html
    assert "5 weeks, on average" in html


def test_the_figure_of_weeks_draws_chart_and_press(weeks):
    picture = plot.first_weeks(weeks)
    lines = {line.get_label(): line for line in picture.figure().axes[0].lines}
    chart, press = lines["From the chart, by week"], lines["Given out then"]
    np.testing.assert_allclose(chart.get_ydata(), weeks.table["estimate"])
    assert list(press.get_xdata()) == [2, 3, 7]
    assert list(press.get_ydata()) == [-25, -40, -55]
    changed = replace(weeks, table=weeks.table.assign(estimate=-11.1))
    assert "The week of 10 June 2024: \u221211.1% (given out: \u221225%)." in (
        plot.first_weeks(changed).alt
    )


def test_the_figure_of_phase_ins_draws_each_estimate(varied):
    picture = plot.phase_ins(varied)
    lines = {line.get_label(): line for line in picture.figure().axes[0].lines}
    for estimand, label in (("level", "When complete"), ("average", "On average")):
        part = varied.table[varied.table["estimand"] == estimand]
        np.testing.assert_allclose(lines[label].get_ydata(), part["estimate"])
    assert "0 (at once): \u221216.7%, \u221238.9% to +13.6%" in picture.alt
    changed = replace(varied, table=varied.table.assign(estimate=-7.7))
    assert "5 weeks: \u22127.7%" in plot.phase_ins(changed).alt


@pytest.mark.parametrize("narrow", [False, True])
def test_legends_stay_inside_the_figure(weeks, varied, narrow):
    for picture in (plot.first_weeks(weeks), plot.phase_ins(varied)):
        figure = picture.figure(narrow=narrow)
        figure.draw_without_rendering()
        box = figure.axes[0].get_legend().get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1
        assert box.y0 >= figure.axes[0].get_window_extent().y1 - 5
