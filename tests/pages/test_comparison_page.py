"""The page of comparison groups: sentences and figures follow the results."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis import plot
from analysis.errors import InputError
from analysis.outcome import Outcome, own_words
from analysis.pages import comparison as page

CHANGE = "asylum-restrictions"
EVENTS = ["title-42-end", "mexico-enforcement"]
WINDOW = {"start": "2021-10", "end": "2024-12"}
NORTH = "Border Patrol, northern border"


@pytest.fixture(scope="module")
def groups():
    adults = its.load_outcome(demographic="family_unit+single_adult", **WINDOW)
    return adults, its.load_outcome(demographic="unaccompanied_child", **WINDOW)


@pytest.fixture(scope="module")
def compared(groups):
    return its.compare_groups(*groups, "asylum-restrictions", events=EVENTS)


@pytest.fixture(scope="module")
def mixes(compared):
    ratio = compared.effects.fit
    children = its.mix_of("unaccompanied_child", start="2021-10")
    fixed = {
        "own": its.fixed_mix_ratio(**WINDOW),
        "children": its.fixed_mix_ratio(**WINDOW, weights=children),
    }
    refits = {name: its.refit(ratio, outcome=outcome) for name, outcome in fixed.items()}
    return its.line_up({"as it was": ratio} | refits)


@pytest.fixture(scope="module")
def unmoved():
    return its.estimate_cells(
        its.unmoved_outcomes(), CHANGE, start="2021-10", end="2024-11", events=EVENTS
    )


@pytest.fixture(scope="module")
def counted():
    return its.count_before_after(its.unmoved_outcomes(), "asylum-restrictions", end="2024-11")


@pytest.fixture(scope="module")
def indexed(groups):
    return its.index_groups(
        dict(zip(["adults", "children"], groups, strict=True)), "asylum-restrictions"
    )


def with_averages(mixes, values):
    table = mixes.table.copy()
    table.loc[table.index.get_level_values("estimand") == "average", "estimate"] = values
    return replace(mixes, table=table)


def test_the_headline_has_the_ratio_the_mix_and_what_moved(compared, mixes, unmoved, counted):
    said = page.groups_headline(compared, mixes, unmoved, counted)
    assert said.sentence == (
        "Against unaccompanied children, who are exempt, encounters of people in family units and "
        "single adults changed by \u221246% (95% interval: \u221261% to \u221224%) on average."
    )
    text = " ".join(said.detail)
    assert "\u221246% becomes \u221238% to \u221233%" in text
    assert f"{NORTH}, \u221266% (\u221284% to \u221246%) against its own trend, though" in text
    assert "as counted it changed by +28%" in text
    assert "strongest argument on this page against" in text


def test_the_headline_follows_the_ratio(compared, mixes, unmoved, counted):
    table = compared.table.copy()
    table.loc["ratio", ["estimate", "lower", "upper"]] = [12.0, -5.0, 30.0]
    said = page.groups_headline(replace(compared, table=table), mixes, unmoved, counted)
    assert "changed by +12% (95% interval: \u22125% to +30%) on average" in said.sentence


def test_the_share_that_goes_with_the_mix_is_one_of_logs(mixes):
    log = np.log1p(mixes.table.xs("average", level="estimand")["estimate"] / 100)
    shares = sorted(100 * (1 - log.iloc[1:] / log.iloc[0]))
    said = page.mix_note(mixes).paragraphs[0]
    assert f"So {shares[0]:.0f}% to {shares[1]:.0f}% of the estimate (in logs)" in said
    half = page.mix_note(with_averages(mixes, [-75.0, -50.0, -50.0])).paragraphs[0]
    assert "\u221275% becomes \u221250%. So 50% of the estimate" in half
    more = page.mix_note(with_averages(mixes, [-30.0, -40.0, -20.0])).paragraphs[0]
    assert "Not all of these choices make it smaller" in more


def test_a_fall_from_a_trend_is_told_from_a_fall_of_the_counts(unmoved, counted):
    said = page.unmoved_note(unmoved, counted)
    assert f"{NORTH}: the estimate is a gap to a steep trend" in said.paragraphs[1]
    fell = replace(counted, table=counted.table.assign(estimate=-20.0))
    assert len(page.unmoved_note(unmoved, fell).paragraphs) == 1
    assert "though" not in page.unmoved_note(unmoved, fell).paragraphs[0]


def test_nothing_that_moves_is_not_proof_of_nothing(unmoved, counted):
    still = replace(unmoved, table=unmoved.table.assign(lower=-40.0, upper=40.0))
    said = page.unmoved_note(still, counted).paragraphs
    assert said == (
        "In none of the 3 series that should not move does the interval leave out zero; wide "
        "intervals do not show that nothing moved.",
    )


def test_the_two_group_model_is_set_beside_the_ratio(groups, compared):
    two = its.build_two_group_design(*groups, "asylum-restrictions")
    effects = its.estimate_effects(its.fit(two, model="gls_ar1_ml"))
    said = page.two_group_note(effects, compared).paragraphs[0]
    assert "\u221247% (95% interval: \u221264% to \u221224%), inside the interval" in said
    assert said.endswith("its autocorrelation 0.30.")
    table = compared.table.assign(lower=-10.0)
    far = page.two_group_note(effects, replace(compared, table=table)).paragraphs[0]
    assert "outside the interval" in far


def test_the_note_names_what_no_figure_can_rule_out():
    assert len(page.breaks_note().points) >= 4


def test_no_causal_verdict(compared, mixes, unmoved, counted):
    said = page.groups_headline(compared, mixes, unmoved, counted)
    text = " ".join([said.sentence, *said.detail, *page.breaks_note().points])
    for verdict in ("caused", "due to", "proves", "significant"):
        assert verdict not in text


def test_index_is_100_on_average_before_and_its_line_is_of_logs(indexed, groups):
    before = indexed.frame.loc[:"2024-05"]
    assert before.mean().to_numpy() == pytest.approx([100, 100])
    x = np.arange(len(before))
    slope = np.polyfit(x, np.log(before["adults"]), 1)[0]
    trend = np.log(indexed.trends["adults"].loc[:"2024-05"])
    assert np.diff(trend) == pytest.approx(np.full(len(x) - 1, slope))
    assert indexed.trends.loc["2024-06":].isna().all().all()


def test_an_index_of_a_series_with_a_zero_is_refused():
    index = pd.period_range("2024-01", periods=8, freq="M")
    outcome = its.make_outcome(
        pd.Series([1, 2, 0, 4, 5, 6, 7, 8.0], index), name="n", unit="encounters"
    )
    with pytest.raises(InputError, match="its smallest value is 0"):
        its.index_groups({"n": outcome}, "2024-06-05")


def test_counts_before_and_after_by_hand(counted):
    values = its.load_outcome(border="northern", end="2024-11").values
    before = values["2023-06":"2024-05"].sum() / 366
    after = values["2024-07":"2024-11"].sum() / 153
    row = counted.table.loc[NORTH]
    assert [row["before"], row["after"]] == pytest.approx([before, after])
    assert row["estimate"] == pytest.approx(100 * (after / before - 1))
    assert str(row["highest"]) == "2024-06"
    html = counted._repr_html_()
    assert "<td>+28.1%</td><td>June 2024 (120)</td><td>November 2024 (23.3)</td>" in html


def test_counts_without_a_period_after_are_refused():
    early = its.load_outcome(border="northern", end="2024-05")
    with pytest.raises(InputError, match="a whole month before and one after"):
        its.count_before_after({"north": early}, "asylum-restrictions")


def test_names_are_told_apart_by_their_own_words():
    groups = [("a", "b, c", "d"), ("a", "b, c", "e"), ("a", "b, c"), (), ("a",)]
    named = [Outcome(name="N", parts=parts, values=pd.Series(), unit="u") for parts in groups]
    one, other, shorter, plain, whole = named
    assert own_words(one, other) == ("a, b, c", "d", "e")
    assert own_words(shorter, one) == ("a", "b, c", "b, c, d")
    assert own_words(plain, one) == ("", "N", "a, b, c, d")
    assert own_words(whole, one) == ("", "a", "a, b, c, d")


def test_the_figure_of_groups_draws_the_index(indexed):
    picture = plot.groups(indexed)
    axes = picture.figure().axes[0]
    lines = {line.get_label(): line for line in axes.lines}
    np.testing.assert_allclose(lines["adults"].get_ydata(), indexed.frame["adults"])
    assert axes.get_yscale() == "log"
    assert axes.get_ylabel() == "mean before = 100, ratio scale"
    changed = replace(indexed, frame=indexed.frame.assign(adults=77.0))
    assert "highest 77 in" in plot.groups(changed).alt
    assert "Asylum restrictions (5 June 2024)" in picture.alt


def test_the_figure_of_cells_draws_each_estimate_on_a_ratio_scale(unmoved):
    picture = plot.cells({"Elsewhere": unmoved}, caption="Three.")
    axes = picture.figure().axes[0]
    filled, hollow = (line for line in axes.lines if line.get_marker() == "o")
    assert hollow.get_markerfacecolor() == "none"
    np.testing.assert_allclose(filled.get_xdata(), unmoved.table["estimate"].iloc[[1]])
    np.testing.assert_allclose(hollow.get_xdata(), unmoved.table["estimate"].iloc[[0, 2]])
    halved, same, doubled = axes.transData.transform([(-50, 0), (0, 0), (100, 0)])[:, 0]
    assert same - halved == pytest.approx(doubled - same)
    assert f"{NORTH}: \u221266.4%, \u221283.6% to \u221246.2%" in picture.alt
    labels = [text.get_text() for text in axes.get_xticklabels()]
    assert "\u221250" in labels
    assert "+100" in labels


def test_an_interval_that_is_not_identified_is_said_on_the_figure(unmoved):
    table = unmoved.table.copy()
    table.loc[0, ["lower", "upper"]] = np.nan
    picture = plot.cells({"Elsewhere": replace(unmoved, table=table)}, caption="Three.")
    assert any("not identified" in text.get_text() for text in picture.figure().axes[0].texts)
    assert "not identified" in picture.alt


@pytest.mark.parametrize("narrow", [False, True])
def test_labels_of_cells_do_not_overlap(narrow):
    cells = its.estimate_cells(
        its.group_cells(), CHANGE, start="2021-10", end="2024-12", events=EVENTS
    )
    figure = plot.cells({"Group": cells}, caption="Cells.").figure(narrow=narrow)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].get_yticklabels()]
    assert len(boxes) == len(cells.table)
    for above, below in pairwise(boxes):
        assert below.y1 <= above.y0 + 1
    assert min(box.x0 for box in boxes) >= 0
