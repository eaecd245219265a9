"""The table of coverage: its models are quick and the same, and its cells are all there."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import coverage_table
import numpy as np
import pandas as pd
import pytest
from coverage_table import (
    COUNTS,
    count_cell,
    grid_of,
    measure_cells,
    measure_coverage,
    replicate_designs,
    write_coverage,
)
from plain import plain_intervals

import analysis as its
from analysis.validation.coverage import KEYS, KINDS, RESULTS, with_marks
from analysis.validation.simulate import (
    ERRORS,
    make_cell,
    wanted_contrasts,
)


@pytest.fixture(scope="module")
def found():
    return its.load_coverage()


@pytest.mark.parametrize("model", ["newey_west", "prais_winsten"])
def test_the_batch_equals_the_single_fits(model):
    cell = make_cell(24, 0.6, "ar1", 5, 9)
    C = wanted_contrasts(cell.design)
    single = [
        its.fit(replace(cell.design, y=cell.design.y * 0 + y), model).contrast(C)
        for y in cell.series
    ]

    ends = plain_intervals(cell.series, cell.design.X.to_numpy(), C, model=model)

    slow = np.array([rows[["lower", "upper"]] for rows in single])
    np.testing.assert_allclose(ends.transpose(2, 0, 1), slow, rtol=1e-8, atol=1e-8)


def test_the_batch_of_arima_equals_the_single_fits_but_for_what_rho_adds():
    cell = make_cell(48, 0.4, "ar1", 6, 9)
    X, C = cell.design.X.to_numpy(), wanted_contrasts(cell.design)
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

    cell = make_cell(24, 0.6, "ar1", 3, 9)
    X, C = cell.design.X.to_numpy(), wanted_contrasts(cell.design)
    ends = plain_intervals(cell.series, X, C, model="ols", alpha=0.1)
    wanted = [sm.OLS(y, X).fit().t_test(C).conf_int(alpha=0.1) for y in cell.series]

    np.testing.assert_allclose(ends.transpose(2, 0, 1), wanted, rtol=1e-8, atol=1e-8)


def test_every_cell_of_every_kind_is_in_the_table(found):
    assert found.kinds == [*ERRORS, *COUNTS]
    for kind in [*ERRORS, *COUNTS]:
        models, lengths, rhos, size = grid_of(kind)
        rows = found.table.loc[kind]
        assert len(rows) == len(models) * len(lengths) * len(rhos) * 4
        assert (rows["replicates"] == size).all()
    assert ["ar1", *KINDS] == list(ERRORS)


def test_the_command_replaces_the_kinds_it_measures(found, tmp_path, monkeypatch):
    kept = tmp_path / "coverage.csv"
    kept.write_text(RESULTS.read_text())
    monkeypatch.setattr(coverage_table, "RESULTS", kept)
    monkeypatch.setattr(coverage_table, "REPLICATES", 10)
    monkeypatch.setattr(coverage_table, "WRONG_LENGTHS", (24,))

    write_coverage(["shift"])

    new = with_marks(pd.read_csv(kept, comment="#").set_index(KEYS)).table
    assert list(new.index.unique("errors")) == found.kinds
    assert set(new.xs("shift").index.unique("n")) == {24}
    assert (new.xs("shift")["replicates"] == 10).all()


def test_negative_binomial_counts_vary_more():
    rng = np.random.default_rng(9)
    plain, more = (
        COUNTS[f"{kind} 30"].draw(20, 0.0, 5000, rng) for kind in ("poisson", "negative binomial")
    )

    assert plain.mean() == pytest.approx(30, rel=0.02)
    assert (plain == np.round(plain)).all()
    assert plain.mean() == pytest.approx(more.mean(), rel=0.02)
    assert more.var() > 2 * plain.var()


def test_counts_are_measured_by_count_models():
    make = partial(count_cell, kind="poisson 30", replicates=40)

    table = measure_cells(make, ["poisson", "quasi_poisson"], n=[24], rho=[0.0])

    assert (table.loc["quasi_poisson", "width"] > 0).all()
    assert (table["coverage"] > 0.6).all()


def test_any_model_is_measured_with_its_options():
    table = measure_coverage(
        {"least squares": {"model": "arima", "order": (0, 0, 0)}, "newey_west": {"maxlags": 0}},
        n=[24],
        rho=[0.0],
        replicates=2,
    )

    assert table.index.names == ["model", "n", "rho", "estimand"]
    assert len(table) == 8
    assert (table["identified"] == 1).all()


def test_coverage_type_one_and_width_belong_together():
    table = measure_coverage(["ar1"], n=[24], rho=[0.0, 0.6], replicates=400, seed=3)

    np.testing.assert_allclose(table["coverage"], 1 - table["type_one"])
    np.testing.assert_allclose(
        table["mc_error"], np.sqrt(table["coverage"] * (1 - table["coverage"]) / 400)
    )
    assert (table["width"] > 0).all()


def test_the_same_seed_gives_the_same_and_models_see_the_same_series():
    one = measure_coverage(["ar1"], n=[24], rho=[0.2], replicates=50)
    both = measure_coverage(["reml_ar1", "ar1"], n=[24], rho=[0.2], replicates=50)

    np.testing.assert_array_equal(one.loc["ar1"], both.loc["ar1"])


def test_a_forecast_is_measured_by_its_average():
    table = measure_coverage(["forecast_trend"], n=[24], rho=[0.0], replicates=10)

    assert table["identified"].tolist() == [0.0, 0.0, 1.0, 1.0]
