"""The page of claims: its sentences, table and figure follow what was checked."""

from dataclasses import replace

import numpy as np
import pytest

import analysis as its
from analysis import plot
from analysis.pages import claims as page


@pytest.fixture(scope="module")
def checked():
    return its.check_claims()


def changed(checked, name, **changes):
    """The same claims with one of them checked otherwise."""
    claims = [replace(c, **changes) if c.claim.name == name else c for c in checked.claims]
    return replace(checked, claims=tuple(claims))


def test_verdicts_are_counted(checked):
    said = page.claims_headline(checked)
    assert said.sentence.startswith(f"Of {len(checked.claims)} claims and published figures, 11 ")
    assert "1 of the right size but wrongly labelled" in said.sentence
    assert said.short == f"12 of {len(checked.claims)} supported"
    assert "does not hold for the series that it names: that gives \u221211.2%." in said.detail[0]


def test_a_claim_that_fails_is_named_first_of_all(checked):
    worse = changed(checked, "cnn-may-117900", verdict="not supported")
    said = page.claims_headline(worse)
    assert "10 are supported" in said.sentence
    assert "1 not supported" in said.sentence
    assert said.short == f"11 of {len(checked.claims)} supported"
    assert "dropped to 117,900" in said.detail[0]


def test_the_stories_of_the_article_follow_the_figures(checked):
    names = ["cnn-ports-25", "cnn-may-117900", "cnn-may-9", "proclamation-59"]
    ports, may, nine, official = page.what_became_of(checked, names).points
    assert "right size but wrong label" in ports
    assert "\u221211.2%" in ports
    assert "117,905 encounters" in may
    assert "\u22128.5%" in nine
    assert "\u221259.3%" in official
    assert "May 2024 (all days of June taken as even): \u221244.2%." in official
    other = changed(checked, "proclamation-59", verdict="not supported", reason="It is -12%.")
    assert "not supported. It is -12%." in page.what_became_of(other, names).points[3]


def test_counts_are_written_in_full_beside_the_claim(checked):
    html = checked._repr_html_()
    assert "<td>117,900 encounters</td><td>117,905 encounters</td>" in html
    assert "<td>under 2,400 encounters a day</td><td>2,411 encounters a day</td>" in html
    assert "<td>a fall</td>" in html
    assert "<td>28%</td><td></td>" in html  # a share, not a change


def test_the_figure_draws_each_claim_of_a_change(checked):
    picture = plot.claimed(checked)
    lines = picture.figure().axes[0].lines
    rings = [line.get_xdata()[0] for line in lines if line.get_label() == "Claimed"]
    assert rings == [-25, -9, -25, -40, -29, -55, -52, -59]
    found = [line.get_xdata() for line in lines if line.get_label() == "supported after rounding"]
    np.testing.assert_allclose(found, [[checked["cnn-may-9"].value]])
    path = [
        x for x in (line.get_xdata() for line in lines) if len(x) == 2 and x[1] != 0 and x[0] != 0
    ]
    np.testing.assert_allclose(path, [checked["cbp-25-preliminary"].path[::-1]])
    assert f"The other {len(checked.claims) - len(rings)} are" in picture.caption


def test_the_figure_says_in_words_what_it_shows(checked):
    alt = plot.claimed(changed(checked, "cnn-may-9", value=-3.0, verdict="not supported")).alt
    assert "claimed \u22129%, found \u22123.0%, not supported." in alt
    assert "claimed \u221225%, found \u221223.1% to \u221240.0%, supported." in alt


@pytest.mark.parametrize("narrow", [False, True])
def test_the_legend_of_the_figure_is_not_cut(checked, narrow):
    figure = plot.claimed(checked).figure(narrow=narrow)
    figure.draw_without_rendering()
    box = figure.axes[0].get_legend().get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1
    assert box.y0 >= 0
