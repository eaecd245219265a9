from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis import show
from analysis.pages import effect as page
from analysis.pages.words import Prose


@pytest.fixture(scope="module")
def effects(fitted):
    return its.estimate_effects(fitted)


def with_average(effects, lower, estimate, upper):
    changed = [
        replace(e, lower=lower, estimate=estimate, upper=upper) if e.estimand == "average" else e
        for e in effects.effects
    ]
    return replace(effects, effects=tuple(changed))


def test_the_answer_of_the_main_run(effects):
    assert page.answer(effects).sentence == (
        "From June to December 2024, Border Patrol encounters between ports of entry on the "
        "southwest border ran 57% below the path expected without the asylum restrictions in a "
        "typical month (95% interval: 22% to 77% below)."
    )


def test_numbers_of_the_answer_follow_the_effects(effects):
    sentence = page.answer(with_average(effects, -50.4, -20.2, 30.3)).sentence
    assert "ran 20% below" in sentence
    assert "50% below to 30% above" in sentence


def test_a_rise_is_called_a_rise(effects):
    sentence = page.answer(with_average(effects, 5.0, 20.0, 40.0)).sentence
    assert "ran 20% above" in sentence
    assert "5% to 40% above" in sentence


def test_an_interval_with_zero_is_not_called_settled(effects):
    detail = page.answer(with_average(effects, -50.0, -20.0, 30.0)).detail
    assert "do not settle" in detail[-1]


def test_no_interval_no_claim(effects):
    answer = page.answer(with_average(effects, np.nan, -20.0, np.nan))
    assert "not identified" in answer.sentence
    assert answer.detail[-1] == "The data do not identify an interval for this effect."


def test_no_causal_verdict_anywhere(effects, fitted):
    headline = page.answer(effects)
    text = " ".join([headline.sentence, *headline.detail, *page.limits(fitted.design).points])
    for verdict in ("caused", "due to", "proves", "significant"):
        assert verdict not in text


def test_headline_hands_its_sentence_to_the_report(effects):
    bundle = page.answer(effects)._repr_mimebundle_()
    assert bundle[show.HEADLINE_MIME]["short"] == "\u221257% [\u221277% to \u221222%]"


def test_rows_around_the_break_show_the_convention(design):
    shown = page.rows_around(design)
    assert "87% of the days" in shown.paragraphs[0]
    assert "Stata's itsa" in shown.paragraphs[0]
    row = shown.table.split("June 2024")[1].split("</tr>")[0]
    assert "<td>0.867</td><td>0</td>" in row


def test_events_note_sees_a_change_of_sign(fitted):
    choices = its.line_up({"a": fitted, "b": its.refit(fitted, events=())})
    assert "not its sign" in page.events_note(choices).paragraphs[0]
    table = choices.table.copy()
    table.loc[("b", "average"), "estimate"] = 10.0
    turned = page.events_note(replace(choices, table=table)).paragraphs[0]
    assert "changes its sign" in turned
    table.loc[("b", "average"), ["estimate", "lower", "upper"]] = [-5.0, -6.0, -4.0]
    apart = page.events_note(replace(choices, table=table)).paragraphs[0]
    assert "do not overlap" in apart


def test_limits_name_events_that_are_not_modelled(fitted):
    points = " ".join(page.limits(fitted.design).points)
    assert "Panama closes Darien trails" in points
    assert "Encounters are events, not people" in points
    assert "After December 2024 later events mix with this one; the window has no month" in points


def test_prose_is_escaped():
    html = Prose("<script>", points=("a & b",))._repr_html_()
    assert "<script>" not in html
    assert "a &amp; b" in html


def test_the_total_says_which_months_are_not_in_it(outcome):
    values = outcome.values.drop(outcome.periods[[5, 35]])
    missing = its.make_outcome(values, name="x", unit="visits")
    for one, washout in ((missing, None), (outcome, ("2024-09", "2024-09"))):
        design = its.build_design(one, "2024-06-05", washout=washout)
        effects = its.estimate_effects(its.fit(design))
        assert "Not in it: September 2024." in page.answer(effects)._repr_html_()
    whole = its.estimate_effects(its.fit(its.build_design(outcome, "2024-06-05")))
    assert "Not in it" not in page.answer(whole)._repr_html_()


@pytest.mark.parametrize("model", ["poisson", "quasi_poisson", "wandering_counts"])
def test_what_the_intervals_of_a_count_model_are_worth_is_said(model, outcome):
    design = its.build_design(outcome, "2024-06-05", scale="count", season=0)
    shares = its.load_coverage().counts.table.xs((model, 0.8), level=("model", "rho"))["coverage"]

    said = page.model_note(its.fit(design, model)).paragraphs[1]

    assert f"{100 * shares.min():.0f}% to {100 * shares.max():.0f}% of cases with an" in said
    assert "{" not in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "and so do the standard errors"),
        ({"errors": "HC3"}, "(HC3) allow for some being noisier than others, not for memory"),
        ({"errors": "HAC", "maxlags": 3}, "only the standard errors allow for memory"),
    ],
)
def test_what_least_squares_is_worth_on_real_series_is_said(options, said, outcome):
    design, real = its.build_design(outcome, "2024-06-05"), its.load_rejections()
    words = page.model_note(its.fit(design, "ols", **options)).paragraphs[1]

    assert said in words
    assert real.range_of("newey_west" if "maxlags" in options else "ols") in words


def test_terms_of_other_events_are_told_as_they_are(outcome):
    ended = its.Intervention(
        name="a", start=date(2022, 3, 1), end=date(2022, 8, 31), label="A thing"
    )
    bump = its.Intervention(name="b", start=date(2023, 3, 1), label="A bump", shape="pulse")
    design = its.build_design(outcome, "asylum-restrictions", events=[ended, bump])
    for said in (page.question(design), page.model_note(its.fit(design, "newey_west"))):
        html = said._repr_html_()
        assert "a shift until 31 August 2022" in html
        assert "a change in the first month alone" in html
        assert "lasting shift at “A" not in html


@pytest.mark.parametrize("drift", [False, True])
def test_a_trend_that_is_left_out_is_not_told_as_a_term(drift):
    periods = pd.period_range("2015-01", periods=60, freq="M")
    series = pd.Series(100 + np.cos(np.arange(60.0) ** 1.3), periods)
    made = its.make_outcome(series, name="made", unit="units", kind="measure")
    design = its.build_design(made, "2018-01-01", scale="level", season=0)
    fitted = its.fit(design, model="local_level", drift=drift)
    assert ("straight trend" in page.model_note(fitted)._repr_html_()) == drift
    assert any("The option drift" in note for note in fitted.notes) != drift
