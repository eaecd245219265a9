"""Figures and sentences of the pages on robustness and of the summary."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis import plot, show
from analysis.border.groups import Evidence
from analysis.effects.diagnose import check_fit
from analysis.pages import effect as page
from analysis.pages import robustness as robustness_page
from analysis.pages import summary as summary_page
from analysis.robustness.counted import Counted

MAIN = "asylum-restrictions"


@pytest.fixture(scope="module")
def history():
    return its.load_outcome(start="2014-10", end="2024-12")


@pytest.fixture(scope="module")
def placebo(design, history):
    return its.run_placebos(design, history=history)


@pytest.fixture(scope="module")
def named(placebo):
    return its.extreme_dates(placebo, count=3)


@pytest.fixture(scope="module")
def windows(design, history):
    return its.vary_windows(design, history=history)


@pytest.fixture(scope="module")
def curve():
    grid = {"start": ["2021-10", "2022-01"], "end": ["2024-09", "2024-12"], "phase_in": [0, 3]}
    return its.run_specifications(its.read_grid(grid))


@pytest.fixture(scope="module")
def power(design):
    return its.simulate_power(design, post_periods=[2, 7, 14], replicates=200)


@pytest.fixture(scope="module")
def effects(fitted):
    return its.estimate_effects(fitted)


@pytest.fixture(scope="module")
def found(outcome):
    return {"Shift": its.find_breaks(outcome, terms="level", draws=99)}


@pytest.fixture(scope="module")
def pictures(placebo, named, windows, curve, power, effects, found):
    return {
        "placebo": plot.placebo(placebo, named),
        "windows": plot.windows(windows),
        "curve": plot.curve(curve, main=effects["average"].estimate),
        "breaks": plot.breaks(found, its.find_intervention(MAIN)),
        "power": plot.power(power, effects["average"]),
    }


@pytest.fixture(scope="module")
def counted():
    table = pd.DataFrame({"label": ["North", "Coast"], "estimate": [28.1, 15.0]})
    return Counted(table=table, span=12, step="month")


@pytest.fixture(scope="module")
def evidence():
    rows = {
        "main": ("main", -56.0, -76.0, -19.0),
        "Families and adults, against exempt children": ("comparison", -46.0, -61.0, -22.0),
        "The same, mix of citizenships held fixed": ("comparison", -32.0, -47.0, -17.0),
        "North": ("should not move", -66.0, -83.0, -46.0),
        "Coast": ("should not move", -28.0, -84.0, 205.0),
    }
    table = pd.DataFrame.from_dict(rows, "index", columns=["side", "estimate", "lower", "upper"])
    return Evidence(table=table.assign(unit="%"), alpha=0.05)


def text(prose):
    return " ".join([*prose.paragraphs, *prose.points])


# Figures


@pytest.mark.parametrize("name", ["placebo", "windows", "curve", "breaks", "power"])
def test_each_figure_is_well_formed_on_wide_and_narrow_screens(pictures, name):
    for narrow in (False, True):
        ElementTree.fromstring(pictures[name].svg(narrow=narrow))
    assert len(pictures[name].alt) > 100
    assert len(pictures[name].caption) > 60


def test_placebo_draws_every_estimate_and_names_the_largest(pictures, placebo, named):
    above, below = pictures["placebo"].figure().axes
    drawn = above.lines[1].get_ydata()
    np.testing.assert_allclose(drawn, placebo.placebos["estimate"])
    assert sum(bar.get_height() for bar in below.patches) == placebo.count
    words = [label.get_text() for label in above.texts]
    assert len(words) == 4
    assert any("June 2024: −57% (the real date)" in word for word in words)
    assert any(show.period_name(named["period"].iloc[0]) in word for word in words)


@pytest.mark.parametrize("narrow", [False, True])
def test_placebo_labels_do_not_overlap(pictures, narrow):
    figure = pictures["placebo"].figure(narrow=narrow)
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in figure.axes[0].texts]
    for i, box in enumerate(boxes):
        assert box.x0 >= 0
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])


def test_placebo_alt_follows_the_numbers(placebo, named):
    assert f"number {placebo.rank} in size" in plot.placebo(placebo, named).alt
    table = placebo.table.copy()
    table.loc[table["real"], "statistic"] = 0.0
    changed = replace(placebo, table=table)
    assert f"number {1 + placebo.count} in size" in plot.placebo(changed, named).alt


def test_windows_draw_each_window_once(pictures, windows):
    panels = pictures["windows"].figure().axes
    for panel, change in zip(panels, ("start", "end", "left out"), strict=True):
        drawn = np.concatenate(
            [line.get_ydata() for line in panel.lines if line.get_marker() == "o"]
        )
        expected = windows.part(change)["estimate"]
        np.testing.assert_allclose(np.sort(drawn), np.sort(expected))


def test_curve_draws_the_sorted_estimates_and_a_row_a_choice(pictures, curve):
    above, below = pictures["curve"].figure().axes
    line = above.lines[-1].get_ydata()
    np.testing.assert_allclose(line, curve.table["relative"])
    labels = [label.get_text() for label in below.get_yticklabels()]
    assert labels == [
        *["Start", "October 2021", "January 2022", "End", "September 2024", "December 2024"],
        *["Periods until the full effect", "at once", "after 3 periods"],
    ]
    assert curve.sentence() in pictures["curve"].alt


def test_breaks_draw_the_path_and_say_where_it_is_highest(pictures, found):
    panel = pictures["breaks"].figure().axes[0]
    paths = [line.get_ydata() for line in panel.lines if len(line.get_ydata()) > 2]
    np.testing.assert_allclose(paths[0], found["Shift"].path)
    assert "largest after December 2023" in pictures["breaks"].alt


def test_power_draws_the_curve_of_the_result(pictures, power):
    lines = {line.get_label(): line for line in pictures["power"].figure().axes[0].lines}
    line = lines["7 months after the start"]
    expected = [100 * power.of(size, post_periods=7) for size in line.get_xdata()]
    np.testing.assert_allclose(line.get_ydata(), expected)


# Sentences of the robustness page


def test_the_headline_ranks_the_real_date_and_p_follows_from_the_rank(placebo):
    sizes = placebo.table.set_index("real")["statistic"].abs()
    share = (1 + (sizes[False] >= sizes[True]).sum()) / len(sizes)
    said = robustness_page.placebo_headline(placebo, placebo.design)
    assert f"At {placebo.rank - 1} of {placebo.count} earlier months" in said.sentence
    assert float(said.short.removeprefix("p = ")) == pytest.approx(share, rel=0.05)


def test_placebo_note_gives_reasons_and_what_cannot_be_tried(placebo):
    said = text(robustness_page.placebo_note(placebo))
    assert "of them have post-periods that share none" in said
    assert "12 (it has fewer than 12 earlier periods)" in said
    assert "Mexican enforcement rises (1 January 2024)" in said


def test_windows_note_says_where_zero_comes_in(windows):
    table = windows.table.copy()
    starts = table["change"] == "start"
    table.loc[starts, ["lower", "upper"]] = [-50.0, -10.0]
    never = replace(windows, table=table.copy())
    assert "holds zero" not in text(robustness_page.windows_note(never))
    early = starts & (table["period"] <= pd.Period("2015-03", "M"))
    table.loc[early, ["lower", "upper"]] = [-50.0, 10.0]
    said = text(robustness_page.windows_note(replace(windows, table=table)))
    assert "The interval holds zero for starts in October 2014 to March 2015." in said


def test_curve_note_gives_each_series_its_own_span(curve):
    table = pd.concat([curve.table] * 200, ignore_index=True).assign(relative=-1.0)
    said = text(robustness_page.curve_note(replace(curve, table=table)))
    count = f"{200 * (curve.table['outcome'] == curve.table['outcome'].iloc[0]).sum():,}"
    assert f"{count} specifications. The middle one has −1.0%" in said
    assert "not probabilities" in said


def test_invalid_note_counts_and_names(curve):
    html = robustness_page.invalid_note(curve)._repr_html_()
    assert f"{len(curve.invalid)} of {len(curve.grid)} combinations cannot be estimated" in html
    assert "End: September 2024" in html
    every = replace(curve, invalid=curve.invalid.iloc[:0])
    assert "Every combination can be estimated." in text(robustness_page.invalid_note(every))


def test_breaks_note_says_inside_and_where_the_test_is_strongest(found):
    said = text(robustness_page.breaks_note(found, "2024-06", 0.84))
    row = found["Shift"].table.iloc[0]
    wide = (row["last_after"] - row["first_after"]).n + 1
    assert "strongest for a change that starts in January 2024, not June 2024" in said
    assert "the model that knows the dates, which has 0.84." in said
    assert "A change that starts in June 2024 is inside it." in said
    assert f"The interval is as wide as {wide} of 39 months." in said
    assert "is outside it." in text(robustness_page.breaks_note(found, "2023-01"))


def test_power_note_follows_the_result(power, effects):
    said = text(robustness_page.power_note(power, effects["average"]))
    rows = power.table[power.table["estimand"] == "average"].set_index("post_periods")
    assert f"about {abs(rows.loc[7, 'estimate']):.0f}% to be told from zero" in said
    assert "more months do not help" in said
    tiny = replace(effects["average"], estimate=-1.0)
    share = 100 * power.of(-1.0, estimand="average", post_periods=7)
    said = text(robustness_page.power_note(power, tiny))
    assert f"of \u22121.0%, the size estimated here, is told from zero in {share:.0f}% of" in said


# Sentences of the summary


def test_summary_headline_is_the_answer_without_a_cause(effects, curve, evidence, counted):
    said = summary_page.summary_headline(effects, curve, evidence, counted)
    assert said.sentence == page.answer(effects).sentence
    assert "the middle gives −58%, and nine in ten give" in said.detail[-2]
    assert "these figures cannot tell" in said.detail[-1]
    assert (
        "of 2 series that should stay as they were the same method finds a change in 1 (North, "
        "−66% (−83% to −46%) against its own trend, though as counted it changed by +28%)"
    ) in said.detail[-1]


def test_summary_headline_follows_the_numbers(effects, curve, evidence, counted):
    rise = [
        replace(e, estimate=20.0, lower=5.0, upper=40.0) if e.estimand == "average" else e
        for e in effects.effects
    ]
    still = replace(evidence, table=evidence.table.assign(lower=-99.0, upper=99.0))
    said = summary_page.summary_headline(
        replace(effects, effects=tuple(rise)), curve, still, counted
    )
    assert "ran 20% above" in said.sentence
    assert "5% to 40% above" in said.sentence
    assert "should stay" not in said.detail[-1]


def test_what_stays_open_quotes_the_results(fitted, power, curve, windows, evidence, counted):
    checks = check_fit(fitted)
    table = windows.table.assign(lower=-50.0, upper=-10.0)
    more = (evidence, counted)
    held = replace(windows, table=table)
    said = text(summary_page.stays_open(checks, power, curve, held, *more))
    assert "North: the estimate is a gap to a steep trend" in said
    assert checks["boundary"].reason in said
    assert "random walk cannot be ruled out" in said
    assert f"without zero for all {len(windows.part('start'))} first months" in said
    table = windows.table.assign(lower=-50.0, upper=10.0)
    held = text(summary_page.stays_open(checks, power, curve, replace(windows, table=table), *more))
    count = len(windows.part("start"))
    assert f"holds zero for all {count} first months" in held


def test_no_causal_verdict(effects, curve, evidence, counted, placebo, fitted, power, windows):
    headline = summary_page.summary_headline(effects, curve, evidence, counted)
    parts = [
        headline.sentence,
        *headline.detail,
        text(summary_page.stays_open(check_fit(fitted), power, curve, windows, evidence, counted)),
        text(robustness_page.placebo_note(placebo)),
    ]
    for word in ("caused", "due to", "proves", "significant", "because of the"):
        assert not re.search(word, " ".join(parts)), word
