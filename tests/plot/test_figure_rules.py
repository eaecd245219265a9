"""The main figure keeps the rules of Turner et al. 2021 (doi 10.1002/jrsm.1435) for its kind."""

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
import pytest
from matplotlib.markers import TICKDOWN

import analysis as its
from analysis import plot
from analysis.plot.picture import middles

RULED = {
    "one month in part": {},
    "phased in": {"phase_in": 4},
    "at once": {"intervention": "2024-06-01"},
    "a month left out": {"washout": ("2024-06", "2024-06")},
    "an end": {"intervention": ("2023-03-15", "2024-02-20")},
}


@pytest.fixture(params=list(RULED), ids=list(RULED), scope="module")
def drawn(request, design):
    """A design, and the axes of its main figure on a wide and on a narrow screen."""
    changes = dict(RULED[request.param])
    if isinstance(changes.get("intervention"), tuple):
        start, end = (pd.Timestamp(day).date() for day in changes["intervention"])
        changes["intervention"] = its.Intervention(name="made", label="Made", start=start, end=end)
        changes["events"] = ()
    changed = its.rebuild(design, **changes)
    picture = plot.path(its.trace_counterfactual(its.fit(changed)))
    return changed, picture, [picture.figure(narrow=n).axes[0] for n in (False, True)]


def points(axes, face=None):
    """The places of markers without a line: all of them, or the hollow ones."""
    chosen = [
        line
        for line in axes.lines
        if line.get_marker() == "o" and line.get_linestyle() == "None"
        if face is None or (line.get_markerfacecolor() == "none") == (face == "hollow")
    ]
    return np.sort(np.concatenate([line.get_xdata() for line in chosen]))


def marked(axes):
    """The places of marks along the bottom."""
    return [line.get_xdata() for line in axes.lines if line.get_marker() == TICKDOWN]


def line(axes, label):
    return next(one for one in axes.lines if one.get_label() == label)


def test_every_period_of_the_fit_is_a_point(drawn):
    design, _, both = drawn
    for axes in both:
        np.testing.assert_allclose(points(axes), middles(design.periods))
        height = np.concatenate([one.get_ydata() for one in axes.lines if one.get_marker() == "o"])
        assert set(np.round(height, 6)) == set(np.round(design.outcome.rate[design.periods], 6))


def test_points_line_up_with_marks_of_the_axis(drawn):
    design, _, both = drawn
    for axes in both:
        (marks,) = marked(axes)
        assert all(np.abs(marks - x).min() < 0.01 for x in middles(design.periods))


def test_the_interruption_is_a_line_with_its_label(drawn):
    design, _, both = drawn
    for axes in both:
        day = mdates.date2num(design.intervention.start)
        at = [one for one in axes.lines if set(np.asarray(one.get_xdata())) == {day}]
        assert [one.get_linestyle() for one in at] == ["-"]
        bold = [text.get_text() for text in axes.texts if text.get_fontweight() == "bold"]
        assert bold == [design.intervention.label]


def test_the_transition_is_hollow_and_the_caption_says_so(drawn):
    design, picture, both = drawn
    level = design.X["level"]
    part = design.periods[((level > 0) & (level < 1)).to_numpy()]
    for axes in both:
        np.testing.assert_allclose(points(axes, "hollow"), middles(part))
    assert ("Hollow" in picture.caption) == bool(len(part))
    if len(part) > 1:
        assert f"the {len(part)} months in which it is partly in effect" in picture.caption


def test_the_model_is_solid_before_and_after_and_the_expected_path_is_dashed(drawn):
    design, _, both = drawn
    start = middles(design.periods[design.post])[0]
    for axes in both:
        model, expected = line(axes, "Model"), line(axes, "Expected")
        assert model.get_linestyle() == "-"
        known = model.get_xdata()[np.isfinite(model.get_ydata())]
        np.testing.assert_allclose(known, middles(design.periods))
        assert known[0] < start <= known[-1]
        assert expected.get_linestyle() == "--"
        assert expected.get_xdata()[0] == start
        assert expected.get_color() != model.get_color()


@pytest.mark.slow
def test_points_too_many_to_tell_apart_have_no_mark_each():
    weeks = its.load_outcome(
        border="nationwide", frequency="weekly", start="2021-10", end="2024-12"
    )
    design = its.build_design(weeks, "asylum-restrictions")
    axes = (
        plot.path(its.trace_counterfactual(its.fit(design, "newey_west", maxlags=4)))
        .figure()
        .axes[0]
    )
    assert marked(axes) == []
    assert len(points(axes)) == len(design.periods)
