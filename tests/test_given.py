"""Whatever is given to a public function: an answer, or a refusal with its rule and remedy."""

from __future__ import annotations

import inspect
import pickle
import re
import typing
from datetime import date

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.errors import AnalysisError, InputError
from analysis.given import refuse_kinds

FUNCTIONS = [name for name in its.__all__ if inspect.isfunction(getattr(its, name))]
ODD = (object(), 1j, {1: 2}, [None], Ellipsis)


def given_wrongly() -> list[tuple[str, str]]:
    """Every parameter of every public function that says of what kind it is."""
    return [
        (name, parameter)
        for name in FUNCTIONS
        for parameter, kind in typing.get_type_hints(getattr(its, name)).items()
        if parameter != "return" and kind not in (typing.Any, object)
        and "VAR" not in inspect.signature(getattr(its, name)).parameters[parameter].kind.name
        and not re.search("NestedSequence|ArrayLike", str(kind))  # from Python 3.12 on a name
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "parameter"), given_wrongly())
def test_a_value_of_another_kind_is_refused_by_its_name(name, parameter):
    for value in ODD:
        with pytest.raises(InputError, match=parameter) as refused:
            refuse_kinds(inspect.unwrap(getattr(its, name)), {parameter: value})
        assert refused.value.rule
        assert refused.value.remedy


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_is_asked_at_the_door(name):
    with pytest.raises(InputError, match=r"no such|missing"):
        getattr(its, name)(**{"no such": 1})


@pytest.mark.parametrize("cls", [its.Intervention, its.Covariate])
def test_so_is_a_field_of_what_is_made_by_hand(cls):
    good = {"name": "x", "label": "x", "start": date(2024, 6, 5), "values": pd.Series([1.0])}
    fields = inspect.signature(cls).parameters
    for name in fields:
        for value in ODD:
            known = {key: one for key, one in good.items() if key in fields}
            with pytest.raises(InputError, match=name):
                cls(**{**known, name: value})


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: its.split_names(), "missing a required argument: 'text'"),
        (lambda: its.split_names("a", sep=";"), "unexpected keyword argument 'sep'"),
        (lambda: its.split_names(["a"]), r"The value of text is \['a'\] \(list\)"),
        (lambda: its.mix_of(True), "demographic is True"),
        (lambda: its.find_breaks("usbp"), r"outcome is 'usbp' \(str\)"),
        (lambda: its.run_specifications(None), "grid is None"),
        (lambda: its.load_outcome(start=2024), "start is 2024"),
        (lambda: its.model("a", "A", scales="log"), "scales is 'log'"),
    ],
)
def test_what_is_said(call, problem):
    with pytest.raises(InputError, match=problem) as refused:
        call()
    assert "help(its." in refused.value.remedy


OUTCOME = its.load_outcome(start="2021-10", end="2024-12")


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: its.find_breaks(OUTCOME, seed=-1), "The seed is -1"),
        (lambda: its.find_breaks(OUTCOME, draws=10**30), "The draws is 10+"),
        (
            lambda: its.by_dose("2024-06-05", start="2022", end="2024", months=0),
            "months is 0",
        ),
        (lambda: its.by_dose("2024-06-05", start="2021-10", end="soon"), "The end 'soon' is not"),
        (
            lambda: its.simulate_power(
                its.build_design(OUTCOME, "2024-06-05"), post_periods=[10**6]
            ),
            "longest post-period",
        ),
        (lambda: its.build_design(OUTCOME, "2024-06-05", controls=3), "controls|control"),
        (lambda: its.build_design(OUTCOME, "2024-06-05", effect_terms=OUTCOME), "effect"),
        (lambda: its.build_design(OUTCOME, pd.NaT), "intervention is NaT"),
        (lambda: its.Intervention(name="x", label="x", start=pd.NaT), "start is NaT"),
        (lambda: its.pool(["a", "b"], [1, 2]), "row of estimates is"),
        (lambda: its.pool([1, 2], "x"), "row of standard errors is x"),
        (lambda: its.pool([1, 2], [1, 2], correlation=[1, 2, 3]), r"correlation is \[1, 2, 3\]"),
        (lambda: its.meta_regression([1, 2, 3], [1, 2, 3], "abc"), "dose is abc"),
        (lambda: its.estimate_cells({"a": OUTCOME}, {"b": "2024-06-05"}), "None of the 1 series"),
        (
            lambda: its.split_outcome("demographic", ["family_unit"], start="soon", end="2024-12"),
            "The start 'soon' is not a date",
        ),
        (
            lambda: its.map_unmeasured(
                its.build_two_group_design(
                    its.load_outcome(demographic="family_unit", start="2021-10", end="2024-12"),
                    its.load_outcome(demographic="single_adult", start="2021-10", end="2024-12"),
                    "asylum-restrictions",
                )
            ),
            "The design has two groups",
        ),
    ],
)
def test_a_value_of_the_right_kind_that_cannot_be_is_refused(call, problem):
    with pytest.raises(InputError, match=problem) as refused:
        call()
    assert refused.value.rule
    assert refused.value.remedy


def test_numbers_of_numpy_and_texts_that_are_names_are_taken():
    outcome = its.load_outcome(start="2021-10", end="2024-12")
    design = its.build_design(outcome, date(2024, 6, 5), season=np.int64(1), phase_in=np.int32(0))
    fitted = its.fit(design, "ar1")
    assert its.estimate_effects(fitted, at=np.array([1]).tolist(), alpha=np.float32(0.1)).effects


def test_it_is_the_same_function_wherever_it_is_sent():
    assert pickle.loads(pickle.dumps(its.fit)) is its.fit
    assert inspect.getdoc(its.fit) == inspect.getdoc(inspect.unwrap(its.fit))
    with pytest.raises(AnalysisError):
        pickle.loads(pickle.dumps(its.fit))("design")
