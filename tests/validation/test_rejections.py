"""The table of real series that is kept, as a reader sees it."""

from __future__ import annotations

import re

import pytest
from real_series import MODELS

import analysis as its


def test_every_model_is_shown_with_its_rates_and_widths():
    found = its.load_rejections()

    assert found.models == list(MODELS)
    shown = found._repr_html_()
    for model in MODELS:
        level = found.of(model).set_index("estimand").loc["level"]
        label = its.registered_models()[model].label
        assert label in shown
        assert f"{100 * level['left_out']:.1f}% ({level['width']:.2f})" in shown


def test_the_sentence_has_the_extremes_and_the_worst_kind():
    found = its.load_rejections()
    whole = found.of("newey_west")["left_out"]
    kinds = found.of("newey_west", "source")

    sentence = found.sentence("newey_west")

    assert f"in {100 * whole.min():.1f}% to {100 * whole.max():.1f}% of cases" in sentence
    worst = kinds[kinds["windows"] >= 100]["left_out"].max()
    assert (
        f"is right; in the kind among them that is hardest for it in {100 * worst:.1f}%" in sentence
    )
    assert found.says("worth", "newey_west").endswith("5% is right.")


def test_the_widths_of_the_model_beside_which_they_are_told_are_one():
    assert (its.load_rejections().of("ar1_calibrated")["width"] == 1).all()


@pytest.mark.parametrize("model", ["wandering_trend_calibrated", "prais_winsten", "ols"])
def test_no_blank_stands_before_a_mark(model):
    real = its.load_rejections()
    assert not re.search(r" [.;,]", real.says("worth", model) + real.sentence(model))
