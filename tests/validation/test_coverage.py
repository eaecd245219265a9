"""Coverage of the models in use, its marks, its sentences, its figure."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from coverage_table import COUNT_MODELS, MODELS

import analysis as its
from analysis import plot
from analysis.pages import validation as page
from analysis.validation.coverage import (
    DEFAULT,
    KEYS,
    STRAIGHT,
    check_cells,
    mark_of,
)


def wide(cells, column):
    """One column for each model."""
    rows = [name for name in KEYS if name != "model"]
    return cells.table.reset_index().pivot_table(index=rows, columns="model", values=column)


@pytest.fixture(scope="module")
def found():
    return its.load_coverage()


@pytest.fixture(scope="module")
def right(found):
    return found.right


@pytest.mark.parametrize(
    ("coverage", "error", "mark"),
    [
        (0.95, 0.005, ""),
        (0.931, 0.005, ""),
        (0.929, 0.005, "too low"),
        (0.899, 0.005, "far too low"),
        (0.899, 0.03, ""),
        (0.969, 0.005, ""),
        (0.971, 0.005, "too high"),
    ],
)
def test_marks_are_words_beyond_monte_carlo_error(coverage, error, mark):
    assert mark_of(coverage, error) == mark


def test_marks_stand_in_the_table_in_words(right):
    rows = right.table.xs(("Newey-West", 0.8), level=("model", "rho"))
    assert (rows["mark"].str.endswith("low")).all()
    assert "**</td>" in right._repr_html_()


def test_the_table_shows_the_worst_cell_of_each_model(found, right):
    for part, rows in ((found.wrong, len(found.wrong.kinds)), (right, 4)):
        html = part._repr_html_()
        assert html.count("<th scope='row'>") == rows
        cells = [float(text) for text in re.findall(r"<td>([\d.]+)", html)]
        lowest = part.table["coverage"].groupby("model").min()
        assert len(cells) == rows * len(lowest)
        assert min(cells) == pytest.approx(100 * lowest.min(), abs=0.06)


def test_intervals_for_a_straight_trend_cover_what_they_say_around_one(right):
    """94% to 96% in each cell up to rho = 0.8, but for three Monte Carlo errors (0.01)."""
    shares = wide(right, "coverage").query("n >= 24 and rho <= 0.8")[STRAIGHT]
    assert shares.between(0.94 - 0.01, 0.96 + 0.01).all()
    assert shares.groupby("estimand").mean().between(0.945, 0.957).all()


def test_the_default_holds_where_newey_west_fails(right):
    coverage = wide(right, "coverage").query("n >= 24")
    assert coverage[DEFAULT].min() > 0.93
    assert coverage["Newey-West"].max() < 0.94


def test_numbers_handed_on_are_per_cent_with_the_usual_columns(right):
    bundle = right._repr_mimebundle_()
    csv = next(v for k, v in bundle.items() if "table" in k)["csv"]
    assert csv.startswith("fit,errors,n,rho,estimand,label,estimate,std_error,df,lower,upper")


@pytest.mark.slow
def test_real_series_come_first_and_then_the_worst_of_the_simulated_ones(found):
    real = its.load_rejections()
    headline = page.validation_answer(real, its.reproduce_published(), found)
    lowest = 100 * found.wrong.table.xs("Default", level="model")["coverage"].min()

    assert headline.sentence == real.sentence()
    assert real.range_of("newey_west") in headline.sentence
    assert f"The worst found was {lowest:.1f}%" in headline.detail[0]
    said = page.failure_note(found.wrong).paragraphs[0]
    assert f"({lowest:.1f}%)" in said


def test_notes_say_how_sure_a_cell_is_and_what_counts_are_worth(found, right):
    assert "about 0.3 points" in page.coverage_note(right).paragraphs[0]
    assert page.short_note(right).points[1].startswith(STRAIGHT)
    points = page.count_note(found).points
    assert [point.split(":")[0] for point in points] == list(map(found.label, COUNT_MODELS))
    assert "_" not in found.label("quasi_poisson")


def test_counts_with_a_memory_are_covered_where_models_without_are_not(found):
    shares = wide(found.counts, "coverage")
    assert shares["wandering_counts"].min() > 0.93
    assert shares.xs(0.8, level="rho")[list(COUNT_MODELS[1:])].min().max() < 0.9


@pytest.mark.parametrize("seed", [3, 4])
def test_cells_simulated_again_are_as_the_table_has_them(found, seed):
    again = check_cells(found, cells=3, replicates=300, seed=seed)

    assert len(again) == 3 * 4
    assert ((again["again"] - again["kept"]).abs() < 4 * again["error"]).all()
    assert "up to 3 are luck" in page.spot_note(again).paragraphs[0] or (
        ((again["again"] - again["kept"]).abs() > 3 * again["error"]).any()
    )


def test_a_table_that_is_out_of_date_is_noticed(found):
    old = replace(found, table=found.table.assign(coverage=found.table["coverage"] - 0.15))

    again = check_cells(old, cells=2, replicates=200)

    assert "the table is out of date" in page.spot_note(again).paragraphs[0]


def test_one_cell_is_called_one(right):
    rows = right.table.assign(mark="")
    rows.iloc[0, rows.columns.get_loc("mark")] = "too low"

    first = page.short_note(replace(right, table=rows)).points[0]

    assert first.startswith("Default: 1 cell is outside it")


def test_what_the_default_costs_where_the_trend_is_straight_is_said(right):
    width = wide(right, "width").query("n >= 24")
    ratio = width[DEFAULT] / width[STRAIGHT]

    said = page.price_note(right)

    assert f"{ratio.min():.2f} to {ratio.max():.2f} times as wide" in said.paragraphs[0]


@pytest.mark.slow
def test_a_number_not_found_again_is_named():
    found = its.reproduce_published()
    table = found.table.assign(within=[False, *[True] * (len(found.table) - 1)])

    note = page.reproduction_note(replace(found, table=table))

    assert "1 of 57 published numbers is not found" in note.paragraphs[0]
    assert note.points == ("Proposition 99, cigarette sales in California: Trend before",)


def test_the_figure_has_a_panel_for_each_model_and_says_what_it_shows(right):
    level = right.table.xs("level", level="estimand").reset_index()
    picture = plot.coverage(level, caption="Coverage.", error=0.01)

    for narrow in (False, True):
        titles = [ax.get_title(loc="left") for ax in picture.figure(narrow=narrow).axes]
        assert titles == list(MODELS)
    lowest = 100 * level.loc[level["model"] == "OLS", "coverage"].min()
    assert f"OLS: {lowest:.1f}% to" in picture.alt
