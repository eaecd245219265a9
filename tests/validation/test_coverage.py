"""Coverage of the models in use, its marks, its sentences, its figure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import analysis as its
from analysis import plot
from analysis.errors import InputError
from analysis.models.ar1.batch_ols import plain_intervals
from analysis.pages import validation as page
from analysis.validation.coverage import DEFAULT, MODELS, STRAIGHT, mark_of, validate_coverage
from analysis.validation.simulate import make_cell, replicate_designs, three_contrasts


@pytest.fixture(scope="module")
def right():
    return validate_coverage(["12", "24"], ["0", "0.8"], replicates=400)


@pytest.fixture(scope="module")
def wrong():
    return its.validate_wrong_models(24, 0.4, replicates=200)


@pytest.mark.parametrize("model", ["newey_west", "prais_winsten"])
def test_the_batch_equals_the_single_fits(model):
    cell = make_cell(24, 0.6, "ar1", 5, 0, 9)
    C = three_contrasts(cell.design)
    single = [
        its.fit(replace(cell.design, y=cell.design.y * 0 + y), model).contrast(C)
        for y in cell.series
    ]

    ends = plain_intervals(cell.series, cell.design.X.to_numpy(), C, model=model)

    slow = np.array([rows[["lower", "upper"]] for rows in single])
    np.testing.assert_allclose(ends.transpose(2, 0, 1), slow, rtol=1e-8, atol=1e-8)


def test_the_batch_of_arima_equals_the_single_fits_but_for_what_rho_adds():
    cell = make_cell(48, 0.4, "ar1", 6, 0, 9)
    X, C = cell.design.X.to_numpy(), three_contrasts(cell.design)
    ends = plain_intervals(cell.series, X, C, model="arima")
    single = [
        its.fit(design, "arima", order=(1, 0, 0)).contrast(C) for design in replicate_designs(cell)
    ]

    found = np.array([rows[["lower", "upper"]] for rows in single]).transpose(1, 2, 0)
    width, wider = ends[:, 1] - ends[:, 0], found[:, 1] - found[:, 0]
    assert np.abs(ends.mean(axis=1) - found.mean(axis=1)).max() < 1e-3 * width.min()
    # The software's covariance is the inverse of the whole observed information.
    assert (wider / width).min() > 1 - 1e-3
    assert (wider / width).max() < 1.1


def test_ols_is_the_textbooks():
    import statsmodels.api as sm

    cell = make_cell(24, 0.6, "ar1", 3, 0, 9)
    X, C = cell.design.X.to_numpy(), three_contrasts(cell.design)
    ends = plain_intervals(cell.series, X, C, model="ols", alpha=0.1)
    wanted = [sm.OLS(y, X).fit().t_test(C).conf_int(alpha=0.1) for y in cell.series]

    np.testing.assert_allclose(ends.transpose(2, 0, 1), wanted, rtol=1e-8, atol=1e-8)


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
    rows = right.table.xs("Newey-West", level="model")
    assert (rows["mark"].str.endswith("low")).all()
    assert "far too low</td>" in right._repr_html_()
    assert len(right.table) == len(MODELS) * 2 * 2 * 3


def test_the_default_holds_where_newey_west_fails(right):
    coverage = right.table["coverage"].unstack("model")
    assert coverage[DEFAULT].min() > 0.90
    assert coverage["Newey-West"].max() < 0.90


def test_numbers_handed_on_are_per_cent_with_the_usual_columns(right):
    bundle = right._repr_mimebundle_()
    csv = next(v for k, v in bundle.items() if "table" in k)["csv"]
    assert csv.startswith("fit,errors,n,rho,estimand,label,estimate,std_error,df,lower,upper")


def test_real_series_come_first_and_then_the_worst_of_the_simulated_ones(right, wrong):
    real = its.load_rejections()
    headline = page.validation_answer(real, its.reproduce_published(), right, wrong)
    lowest = 100 * wrong.table.xs("Default", level="model")["coverage"].min()

    assert headline.sentence == real.sentence()
    assert real.range_of("newey_west") in headline.sentence
    assert f"The worst found was {lowest:.1f}%" in headline.detail[0]
    assert "a curve where the model has a straight line" in headline.detail[1]


def test_notes_count_the_cells(right):
    note = page.coverage_note(right)
    assert "about 1.1 points" in note.paragraphs[0]
    assert page.short_note(right).points[1].startswith(STRAIGHT)


def test_one_cell_is_called_one(right):
    rows = right.table.assign(mark="")
    rows.iloc[0, rows.columns.get_loc("mark")] = "too low"

    first = page.short_note(replace(right, table=rows)).points[0]

    assert first.startswith("Default: 1 cell is outside it")


def test_what_the_default_costs_where_the_trend_is_straight_is_said(right):
    width = right.table["width"].unstack("model").loc[(slice(None), 24), :]
    ratio = width[DEFAULT] / width[STRAIGHT]

    said = page.short_note(right).points[-1]

    assert f"{np.exp(np.log(ratio).mean()):.2f} times as wide as those of ar1_calibrated" in said
    assert f"from {ratio.min():.2f} to {ratio.max():.2f} times" in said


def test_a_number_not_found_again_is_named():
    found = its.reproduce_published()
    table = found.table.assign(within=[False, *[True] * (len(found.table) - 1)])

    note = page.reproduction_note(replace(found, table=table))

    assert "1 of 57 published numbers are not found" in note.paragraphs[0]
    assert note.points == ("Proposition 99, cigarette sales in California: Trend before",)


def test_the_figure_has_a_panel_for_each_model_and_says_what_it_shows(right):
    level = right.table.xs("level", level="estimand").reset_index()
    picture = plot.coverage(level, caption="Coverage.", error=0.01)

    for narrow in (False, True):
        titles = [ax.get_title(loc="left") for ax in picture.figure(narrow=narrow).axes]
        assert titles == list(MODELS)
    lowest = 100 * level.loc[level["model"] == "OLS", "coverage"].min()
    assert f"OLS: {lowest:.1f}% to" in picture.alt


@pytest.mark.parametrize(
    ("lengths", "rhos", "message"),
    [
        (["six"], ["0"], r"The length is 'six'\.\n.*whole number from 8 to 300"),
        (["24.5"], ["0"], "The length is '24.5'"),
        (["7"], ["0"], "The length is '7'"),
        (["24"], ["1"], r"The autocorrelation is '1'\.\n.*from 0 to 0.99"),
    ],
)
def test_mistakes_are_refused(lengths, rhos, message):
    with pytest.raises(InputError, match=message):
        validate_coverage(lengths, rhos, replicates=10)
