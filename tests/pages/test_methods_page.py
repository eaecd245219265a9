"""The methods page's sentences and tables come from the package itself."""

from __future__ import annotations

import pytest

import analysis as its
from analysis.pages import methods as methods_page
from analysis.pages import validation as validation_page


@pytest.fixture(scope="module")
def packs():
    models = {"ar1": {}, "reml_ar1": {}, "newey_west": {"maxlags": 1}}
    twice = {"forecast_arima": {"order": (1, 2, 0)}}
    return its.compare(its.published_design("proposition-99"), models | twice)


def test_every_registered_model_is_listed():
    shown = methods_page.models_table()._repr_html_()
    for name, model in its.registered_models().items():
        assert f"<th scope='row'>{name}</th><td>{model.label}</td>" in shown


def test_the_edge_and_the_disagreement_are_told(packs):
    note = methods_page.edge_note(packs)
    flags = {name for estimand, name in packs.disagreements if estimand == "average"}

    assert {"newey_west", "forecast_arima"} <= flags
    assert f"{len(flags)} of 4 models" in note.paragraphs[0]
    assert any(p.startswith("Model reml_ar1: ") and "at the edge" in p for p in note.points)


def test_the_answer_gives_both_intervals(design):
    found = its.compare(design, ["ar1_calibrated", "ar1"])

    sentence = methods_page.default_in_short(found, "ar1_calibrated", "ar1").sentence

    assert "October 2021 to December 2024" in sentence
    for effects in found.effects.values():
        lower = effects["average"].lower
        assert f"{abs(lower):.1f}%" in sentence


def test_where_it_fails_begins_with_what_fails():
    first, *_, last = validation_page.where_it_fails(its.load_coverage()).paragraphs

    assert "a curve where the model has a straight line" in first
    assert "OLS" in last
