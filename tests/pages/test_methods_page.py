"""The methods page's sentences and tables come from the package itself."""

from __future__ import annotations

import re

import nbformat
import numpy as np
import pytest
from surface import STRAIGHT

import analysis as its
from analysis import plot, show
from analysis.models.processes.grid import standard_grid
from analysis.outcome import SHAPES
from analysis.pages import examples
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

    assert first.startswith("The default interval is too low with 8 of 11 kinds of errors")
    assert "OLS" in last


@pytest.fixture(scope="module")
def drawn():
    designs = examples.shapes()
    picture = plot.panels(examples.added(designs), [examples.START], caption="Shapes.")
    return picture, methods_page.shapes_table(designs)


def rated(shape):
    return shape.replace("decay", "decay(0.8)").replace("gradual", "gradual(0.8)")


def test_every_shape_that_can_be_asked_for_is_drawn_with_its_formula(drawn):
    picture, prose = drawn
    shapes = [rated(shape) for shape in SHAPES if shape != "none"]
    for shape in shapes:
        assert f"{show.capital(shape)}, January 2021 to June 2023: lowest 0" in picture.alt
        assert f"<th scope='row'>shape={shape}</th>" in prose.table
    assert prose.table.count("<th scope='row'>") == len(shapes) + 2
    assert len(picture.figure().axes) == len(shapes) + 2


def test_the_courses_of_shapes_are_those_of_the_conventions(drawn):
    panels = {panel.get_title(loc="left"): panel for panel in drawn[0].figure().axes}
    course = {name: panel.lines[0].get_ydata()[6:] for name, panel in panels.items()}
    h = np.arange(24)
    np.testing.assert_allclose(course["slope"], 6 * h)
    np.testing.assert_allclose(course["decay(0.8)"], 100 * 0.8**h)
    np.testing.assert_allclose(course["gradual(0.8)"], 100 * (1 - 0.8 ** (h + 1)))
    np.testing.assert_allclose(course["level, phased in"], np.minimum((h + 1) / 6, 1) * 100)
    np.testing.assert_allclose(course["level, with an end"], 100.0 * (h < 12))


def test_each_reference_is_cited_where_it_belongs(root):
    cells = nbformat.read(root / "notebooks" / "methods.ipynb", 4).cells
    text = " ".join(cell.source for cell in cells[:-1])
    references = cells[-1].source.splitlines()[2:]
    assert len(references) > 10
    for reference in references:
        name, year = re.match(r"- (Lopez Bernal|\w+).*? ((?:19|20)\d\d);", reference).groups()
        assert re.search(rf"{name}\b[^.]{{0,60}}\(?{year}", text), reference


def test_the_numbers_of_the_processes_and_the_surface_are_those_of_the_code(root):
    page = (root / "notebooks" / "methods.ipynb").read_text()
    grid = standard_grid()
    assert f"of a grid of {len(grid.rho)} gives" in page
    wander = grid.q[grid.q > 0]
    assert f"with a quarter, otherwise {wander.min():g} to {wander.max():g}." in page
    assert sorted(set(grid.tau)) == [0, 0.5, 2, 8, 32]
    rows = [len(setting.X) for setting in STRAIGHT.layouts()]
    assert f"on {len(rows)} designs of {min(rows)} to {max(rows)} periods" in page


def test_each_article_that_the_text_cites_is_in_the_references(root):
    cells = nbformat.read(root / "notebooks" / "methods.ipynb", as_version=4).cells
    text, _, references = "\n".join(cell.source for cell in cells).partition("## References")
    cited = re.findall(r"\(?([A-Z][a-z]+)(?: and (?:others|[A-Z][a-z]+))? \(?(\d{4})\)", text)
    assert ("Brodersen", "2015") in cited
    for name, year in cited:
        lines = [line for line in references.splitlines() if year in line and name in line]
        assert lines, (name, year)
