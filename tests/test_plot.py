import base64
import io
import itertools
import re
from csv import reader
from dataclasses import replace
from html import unescape
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis import plot
from analysis.plot.picture import INK

TEXT = "{http://www.w3.org/2000/svg}text"


@pytest.fixture(scope="module")
def picture(fitted):
    return plot.path(its.trace_counterfactual(fitted))


@pytest.fixture(scope="module")
def shown(picture):
    """What a cell shows of it: the page's figure, and the picture for other sites."""
    return picture._repr_mimebundle_()


def test_the_path_draws_what_was_computed(fitted):
    traced = its.trace_counterfactual(fitted)
    axes = plot.path(traced).figure().axes[0]
    lines = {line.get_label(): line for line in axes.lines}
    post = traced.post.div(fitted.design.outcome.days.reindex(traced.post.index), axis=0)
    np.testing.assert_allclose(lines["Expected"].get_ydata(), post["counterfactual"])
    assert len(lines["Counted"].get_xdata()) == 38  # June 2024 is drawn hollow
    assert axes.get_ylabel() == "encounters a day"
    assert axes.get_ylim()[0] == 0


def test_lines_break_where_a_month_is_missing(outcome):
    values = outcome.values.drop(outcome.periods[[5, 35]])
    missing = its.make_outcome(values, name="x", unit="visits")
    design = its.build_design(missing, "2024-06-01")
    axes = plot.path(its.trace_counterfactual(its.fit(design))).figure().axes[0]
    lines = {line.get_label(): np.isnan(line.get_ydata()) for line in axes.lines}
    assert np.flatnonzero(lines["Model"]).tolist() == [5, 35]
    assert np.flatnonzero(lines["Expected"]).tolist() == [35 - 32]
    assert len(lines["Counted"]) == 37
    (line,) = plot.series(missing).figure().axes[0].lines
    assert np.flatnonzero(np.isnan(line.get_ydata())).tolist() == [5, 35]


def test_a_path_from_the_first_of_a_month_has_no_partial_month(outcome):
    design = its.build_design(outcome, "2024-01-01")
    drawn = plot.path(its.trace_counterfactual(its.fit(design)))
    assert "Hollow" not in drawn.caption
    assert drawn.figure().axes[0].get_ylim()[0] == 0


def test_one_width_has_one_image(picture):
    wide, narrow = (picture.html(narrow=narrow) for narrow in (False, True))
    for html in (wide, narrow):
        assert html.count("<img ") == html.count("<figcaption>") == 1
        assert "<source" not in html
    assert wide != narrow


def test_labels_of_events_do_not_overlap(picture):
    for narrow in (False, True):
        figure = picture.figure(narrow=narrow)
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.axes[0].texts]
        assert len(boxes) == 3 + 4  # the events, and the lines at their ends
        for i, box in enumerate(boxes):
            assert box.x0 >= 0
            assert box.x1 <= figure.bbox.x1
            assert not any(box.overlaps(other) for other in boxes[i + 1 :])


def test_alt_text_says_what_the_figure_shows(picture):
    assert "vertical line at 5 June 2024 (Asylum restrictions)" in picture.alt
    assert "From June to December 2024" in picture.alt
    assert "2,780 to 1,530 encounters a day" in picture.alt


def test_html_has_alt_text_a_caption_and_a_narrow_form(picture, shown):
    html = shown["text/html"]
    assert picture._repr_html_() == html
    assert re.search(r"<img src='data:image/svg\+xml,[^']+' alt='Line chart", html)
    assert "<figcaption>" in html
    assert "<source media='(max-width: 640px)'" in html


def test_svg_is_well_formed_the_same_twice_and_knows_dark_pages(picture):
    svg = picture.svg()
    assert svg == picture.svg()
    ElementTree.fromstring(svg)
    assert "prefers-color-scheme:dark" in svg
    assert INK in svg


def test_alt_text_is_escaped():
    sneaky = plot.Picture(
        draw=lambda ax, narrow: None, alt="<script>' onload='x", caption="<b>bold</b>"
    )
    html = sneaky._repr_html_()
    assert "<script>" not in html
    assert "onload='" not in html
    assert "<b>" not in html


def test_series_marks_events_in_the_window_only(outcome):
    inside = its.find_intervention("title-42-end")
    outside = its.find_intervention("title-42-start")
    axes = plot.series(outcome, [inside, outside]).figure().axes[0]
    assert [text.get_text() for text in axes.texts] == ["Title 42 ends"]


def test_several_series_are_named_at_their_ends(outcome):
    ports = its.load_outcome(component="ofo", start="2021-10", end="2024-12")
    axes = plot.series({"between ports": outcome, "at ports": ports}).figure().axes[0]
    named = {text.get_text(): text.get_color() for text in axes.texts}
    assert named == {line.get_label(): line.get_color() for line in axes.lines}
    assert set(named) == {"between ports", "at ports"}


def test_forest_says_not_identified_instead_of_a_bar():
    table = pd.DataFrame(
        {"estimate": [-30.0, -10.0], "lower": [-50.0, np.nan], "upper": [-5.0, np.nan]},
        index=["a", "b"],
    )
    picture = plot.forest(table, caption="Two.", alpha=0.05)
    assert "b: \u221210.0%, not identified" in picture.alt
    assert any("not identified" in t.get_text() for t in picture.figure().axes[0].texts)


@pytest.mark.parametrize("narrow", [False, True])
def test_no_label_of_a_forest_runs_into_the_next(narrow):
    names = [f"A label of many words about one of the models, number {i}" for i in range(8)]
    table = pd.DataFrame({"estimate": -1.0, "lower": -2.0, "upper": 1.0}, index=names)
    figure = plot.forest(table, caption="Eight.", alpha=0.05).figure(narrow=narrow)
    figure.canvas.draw()
    boxes = sorted(
        (label.get_window_extent() for label in figure.axes[0].get_yticklabels()),
        key=lambda box: box.y0,
    )
    assert all(below.y1 < above.y0 for below, above in itertools.pairwise(boxes))


def test_innovations_name_the_largest(fitted):
    assert "\u22123.2 in January 2023" in plot.innovations(fitted).alt


def test_data_uri_decodes_to_the_svg(picture, shown):
    uri = re.search(r"<img src='data:image/svg\+xml,([^']+)'", shown["text/html"])[1]
    assert unquote(uri) == picture.svg()
    assert not re.search("[<>&\\s]", uri)  # nothing that a page or a list of sources reads


def test_a_figure_stands_on_paper_of_its_own_in_both_colours(picture):
    svg = picture.svg()
    paper = re.search('<path d="[^"]*" class="([^"]*)"', svg)[1]
    light, dark = re.findall(rf"\.{paper}{{fill:(#\w+)}}", svg)
    assert (light, dark) == ("#ffffff", "#151a1f")


@pytest.mark.parametrize("label", ["0.123456789", 'a  d="M 1.23456 0"', "<g id='x'> & 0.00001"])
def test_no_text_of_a_figure_is_made_smaller(label):
    drawn = plot.Picture(draw=lambda ax, narrow: ax.set_ylabel(label), alt="a", caption="b")
    texts = [text.text for text in ElementTree.fromstring(drawn.svg()).iter(TEXT)]
    assert label in texts


def test_the_numbers_of_a_figure_lie_in_it_with_their_places(fitted, picture, shown):
    html = unescape(shown["text/html"])
    csv = re.search("data-csv='(.*?)' data", html, re.S)[1]
    table = pd.read_csv(io.StringIO(csv), index_col="period")
    traced = its.trace_counterfactual(fitted)
    days = fitted.design.outcome.days.to_numpy()
    np.testing.assert_allclose(table["counted"], traced.frame["observed"] / days, rtol=1e-5)
    np.testing.assert_allclose(table["model"], traced.frame["ahead"] / days, rtol=1e-5)
    assert table["expected"].notna().sum() == fitted.design.post.sum()
    for screen, narrow in (("wide", False), ("narrow", True)):
        every = re.search(f"data-{screen}='(.*?)'", html)[1].split()
        assert len(every) == len(table)
        places = [float(every[i].partition(":")[0]) for i in (0, -1)]
        figure = picture.figure(narrow=narrow)
        figure.draw_without_rendering()
        axes = figure.axes[0]
        ends = next(line for line in axes.lines if line.get_label() == "Model").get_xdata()[[0, -1]]
        drawn = [axes.transData.transform((x, 0))[0] / figure.bbox.width for x in ends]
        np.testing.assert_allclose(places, drawn, atol=0.02)


@pytest.mark.parametrize("name", ['a, "b"\nc', "<b>", "x' y='"])
def test_no_name_of_a_series_breaks_its_numbers(outcome, name):
    html = plot.series({name: outcome, "other": outcome})._repr_html_()
    assert not re.search("data-csv='[^']*<", html)
    csv = unescape(re.search("data-csv='([^']*)'", html)[1])
    assert {len(row) for row in reader(csv.strip().split("\n"))} == {3}


def test_the_picture_for_other_sites_is_a_png_in_their_shape(shown):
    data = base64.b64decode(shown["image/png"])
    assert data.startswith(b"\x89PNG")
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    assert 1.85 < width / height < 1.95
    assert width >= 1200


def test_panels_beneath_a_path_hold_the_gap_and_its_sum(fitted):
    traced = its.trace_counterfactual(fitted)
    main, gap, total = plot.path(traced).figure().axes
    drawn = [axes.lines[1].get_ydata() for axes in (gap, total)]
    days = fitted.design.outcome.days.reindex(traced.post.index)
    np.testing.assert_allclose(drawn[0], traced.post["effect"] / days)
    np.testing.assert_allclose(drawn[1], np.cumsum(traced.post["effect"]))
    assert main.get_xlim() == gap.get_xlim() == total.get_xlim()


def test_the_interval_of_a_gap_is_cut_off_only_where_the_caption_says_so(fitted):
    traced = its.trace_counterfactual(fitted)
    frame, times = traced.frame, {"counterfactual_upper": 50.0, "effect_lower": 50.0}
    wide = replace(
        traced, frame=frame.assign(**{name: n * frame[name] for name, n in times.items()})
    )
    for one in (traced, wide):
        picture = plot.path(one)
        _, gap, _ = picture.figure().axes
        lowest = (
            one.post["effect_lower"] / fitted.design.outcome.days.reindex(one.post.index)
        ).min()
        said = "beyond the figure" in picture.caption
        assert (gap.get_ylim()[0] > lowest) == said == (one is wide)


def test_what_a_model_follows_remembers_the_period_before(fitted):
    frame = its.trace_counterfactual(fitted).frame
    near, far = (np.log(frame["observed"] / frame[name]).std() for name in ("ahead", "fitted"))
    assert near < far


def test_rows_of_one_side_stand_under_its_heading_with_their_values_beside():
    table = pd.DataFrame({"side": ["main", "other", "other"], "estimate": [-50.0, 1.0, np.nan],
                          "lower": [-60.0, -5.0, np.nan], "upper": [-40.0, 9e6, np.nan]},
                         index=["a", "b", "c"])  # fmt: skip
    picture = plot.forest(table, caption="Two sides.", alpha=0.05)
    assert "beyond the figure" in picture.caption
    assert "beyond" not in plot.forest(table[:1], caption="One side.", alpha=0.05).caption
    axes = picture.figure().axes[0]
    places = {text.get_text(): text.xy[1] for text in axes.texts}
    rows = dict(zip(["a", "b", "c"], axes.get_yticks(), strict=True))
    assert places["Main"] > rows["a"] > places["Other"] > rows["b"] > rows["c"]
    assert places["\u221250.0"] == rows["a"]
    assert places["+1.00"] == rows["b"]
    assert axes.get_xlim()[1] < 1000  # however far an interval reaches


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_no_line_of_an_event_runs_through_a_label(outcome, seed, narrow):
    rng = np.random.default_rng(seed)
    days = sorted(outcome.periods[rng.choice(range(2, 36), 4, replace=False)].start_time)
    events = [its.Intervention(name=f"e{i}", label=f"Event number {i}", start=day.date())
              for i, day in enumerate(days)]  # fmt: skip
    figure = plot.series(outcome, events[::-1]).figure(narrow=narrow)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    boxes = [text.get_window_extent() for text in axes.texts]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    lines = [line.get_window_extent() for line in axes.lines if len(set(line.get_xdata())) == 1]
    for box, text in zip(boxes, axes.texts, strict=True):
        crossed = [line for line in lines if line.y1 > box.y0 and box.x0 < line.x0 < box.x1]
        # A label that is long lies on a paper of its own over the line.
        assert not crossed or text.get_bbox_patch().get_facecolor()[:3] == (1, 1, 1)


def test_no_two_series_look_alike(outcome):
    names = "abcdefghi"
    axes = plot.series(dict.fromkeys(names, outcome)).figure().axes[0]
    lines = [line for line in axes.lines if line.get_label() in names]
    looks = {(line.get_color(), line.get_linestyle()) for line in lines}
    assert len(looks) == len(lines) == len(names)
    said = {text.get_text() for text in axes.texts}
    assert {"f", "g (dashed)"} <= said
