"""The batch gives what single fits give, for any mixture of problems."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import analysis as its
from analysis.errors import InputError
from analysis.models import batch
from analysis.models.batch import METHODS, Problem, batch_contrasts, contrasts
from analysis.models.processes.autoregression import Autoregression
from analysis.models.processes.solve import OneDesign, solve_each

COLUMNS = ["estimate", "std_error", "df", "lower", "upper", "p_value"]


def contrasts_of(design):
    """Level and average."""
    difference = (design.X - design.X_counterfactual).to_numpy()[design.post]
    level = (design.X.columns == "level").astype(float)
    return np.array([level, difference.mean(axis=0)])


def problem_of(design, y=None):
    return Problem(
        y=design.y.to_numpy() if y is None else y,
        X=design.X.to_numpy(),
        time=design.time,
        C=contrasts_of(design),
    )


@pytest.fixture(scope="module")
def mixed_designs(outcome):
    """Different columns, lengths, events, and gaps in time."""
    build = its.build_design
    long = its.load_outcome(component="usbp", start="2012-01", end="2024-12")
    restrictions = "asylum-restrictions"
    return [
        build(outcome, restrictions, season=0),
        build(outcome, restrictions, events=["title-42-end"], season=1),
        build(outcome, restrictions, season=2, washout=("2024-06", "2024-07")),
        build(outcome, restrictions, season=0, washout=("2023-01", "2023-05")),
        build(outcome, restrictions, season=1, phase_in=3),
        build(long, restrictions, season="months"),
        build(long, "2019-06-01", season=2),
    ]


@pytest.mark.parametrize("model", METHODS)
def test_a_batch_of_different_designs_equals_the_single_fits(mixed_designs, model):
    table = batch_contrasts([problem_of(design) for design in mixed_designs], model=model)

    for i, design in enumerate(mixed_designs):
        fit = its.fit(design, model)
        single = fit.contrast(contrasts_of(design))
        np.testing.assert_allclose(table.loc[i, COLUMNS], single, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(
            table.loc[i, ["estimate", "lower", "upper"]],
            single[["estimate", "lower", "upper"]],
            rtol=0,
            atol=1e-8,
        )
        np.testing.assert_allclose(table.loc[i, "rho"], fit.rho, atol=1e-8)


@pytest.mark.parametrize("model", METHODS)
def test_many_series_on_one_design_equal_the_single_solutions(simple, model):
    rng = np.random.default_rng(1)
    X, time, C = simple.X.to_numpy(), simple.time, contrasts_of(simple)
    many = [rng.standard_normal(len(time)).cumsum() for _ in range(20)]

    shared = batch_contrasts([Problem(y=y, X=X, time=time, C=C) for y in many], model=model)
    apart = batch_contrasts(
        [Problem(y=y, X=X.copy(), time=time, C=C) for y in many[:3]], model=model
    )

    np.testing.assert_allclose(shared.loc[:2], apart, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("model", METHODS)
def test_when_a_series_starts_does_not_matter(simple, gapped, model):
    problems = [problem_of(simple), problem_of(gapped)]
    later = [replace(problem, time=problem.time + 7) for problem in problems]

    table = batch_contrasts([*problems, *later], model=model)

    np.testing.assert_allclose(table.loc[[2, 3]], table.loc[[0, 1]], rtol=1e-10)


def test_the_order_of_the_problems_is_kept(simple, gapped):
    problems = [problem_of(simple), problem_of(gapped)] * 6

    table = batch_contrasts(problems)

    assert table.index.tolist() == [(i, j) for i in range(12) for j in range(2)]
    np.testing.assert_allclose(table.loc[0], table.loc[10], rtol=1e-10)
    np.testing.assert_allclose(table.loc[1], table.loc[11], rtol=1e-10)
    assert not np.allclose(table.loc[0], table.loc[1])


def test_nearly_dependent_columns_are_solved_with_care(simple):
    X = simple.X.to_numpy()
    near = np.column_stack([X, X[:, 1] + 1e-5 * np.sin(np.arange(len(X)))])
    C = np.pad(contrasts_of(simple), ((0, 0), (0, 1)))
    y = simple.y.to_numpy()[None]

    table = contrasts(y, near[None], C[None])[0]
    kind = Autoregression.of
    shared = OneDesign.of(kind, y, near, simple.time).contrasts(C)
    each = solve_each(kind, y, near[None], C[None], simple.time)

    assert np.isfinite(table).all()
    np.testing.assert_allclose(each.center, shared.center, rtol=1e-6)


def test_an_empty_batch_gives_an_empty_table():
    assert len(batch_contrasts([])) == 0


def test_an_unknown_model_is_refused(simple):
    with pytest.raises(InputError, match="no batched model 'arima'"):
        batch_contrasts([problem_of(simple)], model="arima")


def test_designs_of_their_own_are_copied_a_few_at_a_time(simple, monkeypatch):
    """The parts give what all at once give; only a part is copied, so memory stays bounded."""
    rng = np.random.default_rng(1)
    X, C = simple.X.to_numpy(), contrasts_of(simple)
    problems = [
        Problem(
            y=simple.y.to_numpy(),
            X=X + 0.01 * rng.standard_normal(X.shape),
            time=simple.time,
            C=C,
        )
        for _ in range(500)
    ]
    whole = batch_contrasts(problems)
    stacked = []

    def note(y, X, C, **options):
        stacked.append(len(X))
        return contrasts(y, X, C, **options)

    monkeypatch.setattr(batch, "STACKED", 100)
    monkeypatch.setattr(batch, "contrasts", note)
    parts = batch_contrasts(problems)

    assert stacked == [100] * 5
    np.testing.assert_allclose(parts, whole, rtol=1e-9, atol=1e-12)
