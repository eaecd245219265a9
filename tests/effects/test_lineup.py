"""The table that lines up models, and its flags."""

from __future__ import annotations

import numpy as np
import pytest

import analysis as its
from analysis.errors import DesignError, InputError


@pytest.fixture(scope="module")
def design():
    outcome = its.load_outcome(component="usbp", start="2021-10", end="2024-12")
    return its.build_design(outcome, "asylum-restrictions", season=0)


@pytest.fixture(scope="module")
def found(design):
    models = {
        "ar1": {},
        "newey_west": {"maxlags": 2},
        "longer": {"model": "newey_west", "maxlags": 6},
        "forecast_trend": {},
    }
    return its.compare(design, models)


def test_every_model_has_a_row_for_every_estimand(found):
    names = ["ar1", "newey_west", "longer", "forecast_trend"]

    table = found.table

    assert len(table) == 8 * 4
    assert table.loc["average"].index.tolist() == names
    assert np.isnan(table.loc[("level", "forecast_trend"), "estimate"])
    assert "A forecast from the pre-period has no term" in found._repr_html_()
    assert "<td>not given</td>" in found._repr_html_()


def test_rows_are_the_effects_of_each_model(found, design):
    alone = its.estimate_effects(its.fit(design, "newey_west", maxlags=6))["average"]

    row = found.table.loc[("average", "longer")]

    assert row["estimate"] == alone.estimate
    assert row["upper"] == alone.upper


def test_flags_are_what_the_numbers_say(found):
    for (estimand, name), row in found.table.iterrows():
        others = found.table.loc[estimand].drop(name).dropna(subset=["estimate"])
        outside = others[
            (row["estimate"] < others["lower"]) | (row["estimate"] > others["upper"])
        ].index
        opposite = others[others["estimate"] * row["estimate"] < 0].index
        for other in others.index:
            flag = f"outside the interval of {other}" in row["disagreement"].split("; ")
            assert flag == (other in outside)
            assert (f"opposite sign to {other}" in row["disagreement"]) == (other in opposite)


def test_a_model_that_cannot_take_the_design_is_listed(design):
    two = its.build_two_group_design(
        design.outcome,
        its.load_outcome(demographic="unaccompanied_child", start="2021-10", end="2024-12"),
        "asylum-restrictions",
    )

    found = its.compare(two, ["gls_ar1_ml", "arima"])

    assert list(found.effects) == ["gls_ar1_ml"]
    assert found.failed == {"arima": "The design has two groups."}
    assert "not fitted" in found._repr_html_()


def test_mistakes_are_raised(design):
    with pytest.raises(InputError, match="no model 'magic'"):
        its.compare(design, ["magic"])
    with pytest.raises(InputError, match="no model to compare"):
        its.compare(design, [])
    with pytest.raises(InputError, match="alpha is 2"):
        its.compare(design, ["ar1"], alpha=2)


def test_remarks_name_models_whose_names_hold_each_other(design):
    """ar1 is a part of "integrated out" and of ar1_calibrated; a forecast says that it is one."""
    found = its.compare(design, ["ar1", "ar1_calibrated", "newey_west", "forecast_trend"])
    labels = {name: model.label for name, model in its.registered_models().items()}

    html = found._repr_html_()

    for (_, name), flags in found.disagreements.items():
        assert name in labels
        for how, other in flags:
            assert f"{how} {other}" in "; ".join(found.table["disagreement"])
    assert "out_calibrated" not in html
    assert "observed minus forecast" in html


def test_a_design_that_no_model_takes_is_refused(design):
    count = its.build_design(design.outcome, "asylum-restrictions", season=0, scale="count")

    with pytest.raises(DesignError, match="cannot take a count"):
        its.compare(count, ["ar1"])
