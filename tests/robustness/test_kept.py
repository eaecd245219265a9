"""What was worked out once is found again, and nothing that was worked out from anything else."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import EntryPoint

import pandas as pd
import pytest

import analysis as its
from analysis.robustness import kept as module
from analysis.robustness.kept import FOLDER, code_hash, kept

CALLS = []


@dataclass(frozen=True)
class Made:
    """Data with something that is worked out of it later."""

    values: pd.Series

    @cached_property
    def total(self) -> float:
        return float(self.values.sum())


@kept
def total(made, *, factor=1.0):
    CALLS.append(factor)
    return factor * made.total


@pytest.fixture
def project(tmp_path, monkeypatch):
    CALLS.clear()
    monkeypatch.setenv(FOLDER, str(tmp_path / "reports" / ".kept"))
    return tmp_path


@pytest.fixture
def made():
    return Made(pd.Series([1.0, 2.0], pd.period_range("2020-01", periods=2, freq="M")))


def test_the_same_is_worked_out_once(project, made):
    again = Made(made.values.copy())
    assert made.total == 3.0  # what it knows since does not count
    assert [total(made), total(again, factor=1.0), total(again)] == [3.0] * 3
    assert CALLS == [1.0]


def test_without_a_folder_nothing_is_kept(project, made, monkeypatch):
    monkeypatch.delenv(FOLDER)
    assert total(made) == total(made) == 3.0
    assert len(CALLS) == 2
    assert not (project / "reports").exists()


def test_whatever_decides_a_result_is_seen(project, made, monkeypatch):
    total(made)
    total(made, factor=2.0)
    total(replace(made, values=made.values + 1e-9))
    total(replace(made, values=made.values.set_axis(made.values.index + 1)))
    for name in ("own.py", "notebooks/own.py"):
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x = 1")
        total(made)
        path.write_text("x = 2")
        total(made)
    monkeypatch.setattr(module, "code_hash", lambda: "other code")
    total(made)
    assert len(CALLS) == 9
    assert len(list((project / "reports" / ".kept").iterdir())) == 1  # other code's are removed


def test_one_object_twice_is_the_same_as_two_that_are_equal(project, made):
    @kept
    def both(first, second):
        CALLS.append(1)
        return first.total + second.total

    again = Made(made.values.copy())
    assert both(made, made) == both(made, again) == 6.0
    assert len(CALLS) == 1


def test_a_function_without_content_is_called(project):
    @kept
    def call(function):
        CALLS.append(1)
        return function()

    assert call(lambda: 1) == 1
    assert call(lambda: 2) == 2


def test_the_oldest_results_go(project, made, monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    for factor in (1.0, 2.0, 3.0, 4.0):
        total(made, factor=factor)
    assert len(list((project / "reports" / ".kept").glob("*/*.joblib"))) == 3


def test_a_kept_result_is_the_one_that_is_worked_out(project, monkeypatch):
    outcome = its.load_outcome(start="2018-10", end="2024-12")
    design = its.build_design(outcome.window("2021-10"), "asylum-restrictions")
    first = its.run_placebos(design, history=outcome)
    monkeypatch.setattr("analysis.robustness.placebo.try_designs", None)  # found, not worked out
    found = its.run_placebos(design, history=outcome)
    pd.testing.assert_frame_equal(found.table, first.table)
    for changed in ({"model": "ar1"}, {"alpha": 0.1}, {"history": outcome.window("2018-11")}):
        with pytest.raises(TypeError):
            its.run_placebos(design, **{"history": outcome, **changed})


def test_the_code_of_the_package_is_seen(tmp_path, monkeypatch):
    (tmp_path / "part.py").write_text("x = 1")
    monkeypatch.setattr(module, "files", lambda _: tmp_path)
    before = code_hash.__wrapped__()
    (tmp_path / "part.py").write_text("x = 2")
    assert code_hash.__wrapped__() != before


@pytest.mark.parametrize("source", ["own_plug_in.py", "own_plug_in/deep/part.py"])
def test_the_code_of_another_packages_model_is_seen(tmp_path, monkeypatch, source):
    path = tmp_path / source
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x = 1")
    entry = EntryPoint(
        "own", f"{source.partition('/')[0].removesuffix('.py')}:f", "analysis.models"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(module, "entry_points", lambda *, group: [entry])
    before = code_hash.__wrapped__()
    path.write_text("x = 2")
    assert code_hash.__wrapped__() != before
    assert "own_plug_in" not in sys.modules


def test_the_libraries_that_decide_are_seen(monkeypatch):
    before = code_hash.__wrapped__()
    assert {"numpy", "pandas", "statsmodels"} <= set(module.versions())
    monkeypatch.setattr(module, "versions", lambda: {"numpy": "0"})
    assert code_hash.__wrapped__() != before
