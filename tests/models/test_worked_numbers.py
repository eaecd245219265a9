"""The worked numbers, computed by an independent script before this package existed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analysis as its

# level, its interval, average, its interval; per cent.
EVENTS_AR1 = (-35.9, -59.3, 1.2, -56.0, -76.3, -19.4)
EVENTS_REML = (-35.3, -58.9, 1.9, -55.4, -78.4, -7.7)
SIMPLE_AR1 = (-44.3, -64.5, -5.3, -57.1, -71.4, -21.0)
SIMPLE_REML = (-46.2, -65.2, -16.9, -57.9, -72.3, -36.1)
CHILDREN_AR1 = (-28.7, -47.3, -1.1, -45.6, -60.5, -21.8)


def numbers(fit):
    effects = its.estimate_effects(fit)
    pair = effects["level"], effects["average"]
    return [value for e in pair for value in (e.estimate, e.lower, e.upper)]


@pytest.mark.parametrize(
    ("which", "model", "rho", "published"),
    [
        ("design", "ar1", 0.84, EVENTS_AR1),
        ("design", "reml_ar1", 0.83, EVENTS_REML),
        ("simple", "ar1", 0.58, SIMPLE_AR1),
        ("simple", "reml_ar1", 0.49, SIMPLE_REML),
    ],
)
def test_border_patrol_encounters(which, model, rho, published, request):
    fit = its.fit(request.getfixturevalue(which), model)

    assert fit.rho == pytest.approx(rho, abs=0.005)
    # Rounded to a tenth; Satterthwaite's ends depend on second derivatives.
    tolerance = 0.2 if model == "ar1" else 0.5
    np.testing.assert_allclose(numbers(fit), published, atol=tolerance)


@pytest.mark.parametrize(
    ("which", "level_df", "average_df"), [("design", 29.1, 4.6), ("simple", 18.5, 6.2)]
)
def test_satterthwaite_degrees_of_freedom(which, level_df, average_df, request):
    effects = its.estimate_effects(its.fit(request.getfixturevalue(which), "reml_ar1"))

    assert effects["level"].df == pytest.approx(level_df, abs=0.06)
    assert effects["average"].df == pytest.approx(average_df, abs=0.06)


def test_adults_and_families_over_unaccompanied_children():
    window = {"start": "2021-10", "end": "2024-12"}
    treated = its.load_outcome(demographic="single_adult+family_unit", **window)
    children = its.load_outcome(demographic="unaccompanied_child", **window)
    ratio = pd.Series(treated.values / children.values, treated.periods)
    outcome = its.make_outcome(
        ratio, name="ratio", unit="times", kind="measure", catalogue=its.catalogue()
    )
    design = its.build_design(
        outcome, "asylum-restrictions", events=["title-42-end", "mexico-enforcement"], season=0
    )

    fit = its.fit(design, "ar1")

    assert fit.rho == pytest.approx(0.59, abs=0.005)
    np.testing.assert_allclose(numbers(fit), CHILDREN_AR1, atol=0.2)
