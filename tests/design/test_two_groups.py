"""One treated series and several comparison series in one design."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import analysis as its
from analysis.errors import InputError

PERIODS = pd.period_range("2018-01", periods=48, freq="M")
START = "2020-07-01"


def made(name, rng, *, level=100.0, trend=0.0, step=0.0):
    values = level + trend * np.arange(48) + step * (np.arange(48) >= 30) + rng.normal(0, 3, 48)
    return its.make_outcome(pd.Series(values, PERIODS), name=name, unit="points", kind="measure")


@pytest.fixture(scope="module")
def series():
    rng = np.random.default_rng(4)
    treated = made("town", rng, level=120, trend=0.2, step=-15)
    return treated, [made(f"place {i}", rng, level=90 + 20 * i, trend=0.1 * i) for i in range(4)]


def steps(treated, others, model="newey_west", **options):
    design = its.build_two_group_design(treated, others, START, scale="level", **options)
    return its.fit(design, model).tabulate().loc[["shared level", "shared slope", "level", "slope"]]


def test_the_difference_is_that_of_the_treated_to_the_mean_of_the_others(series):
    treated, others = series
    mean = its.make_outcome(
        sum(other.values for other in others) / 4, name="mean", unit="points", kind="measure"
    )
    wanted = steps(treated, mean)["estimate"].tolist()
    for baseline in ("own", "shared"):
        assert steps(treated, others, baseline=baseline)["estimate"].tolist() == pytest.approx(
            wanted
        )


def test_lines_of_their_own_take_what_differs_before_out_of_the_error(series):
    own, shared = (steps(*series, baseline=baseline)["std_error"] for baseline in ("own", "shared"))
    assert (own[["level", "slope"]] < shared[["level", "slope"]]).all()


@pytest.mark.parametrize("model", ["newey_west", "prais_winsten", "wandering_trend_calibrated"])
def test_the_order_of_the_comparison_series_is_of_no_account(series, model):
    treated, others = series
    plain, turned = steps(treated, others, model), steps(treated, others[::-1], model)
    assert turned["lower"].tolist() == pytest.approx(plain["lower"].tolist(), rel=1e-4, abs=1e-4)


def test_a_list_of_one_is_one(series):
    treated, others = series
    assert steps(treated, others[:1]).equals(steps(treated, others[0]))


def test_newey_west_is_that_of_a_panel(series):
    treated, others = series
    design = its.build_two_group_design(treated, others, START, scale="level", baseline="shared")
    fitted = its.fit(design, "newey_west", maxlags=2)
    panel = sm.OLS(design.y.to_numpy(), design.X).fit(
        cov_type="hac-panel",
        cov_kwds={"groups": design.group, "maxlags": 2, "df_correction": False},
    )
    n, p = design.X.shape
    wanted = panel.bse.to_numpy()
    found = fitted.tabulate()["std_error"].to_numpy()
    assert found / wanted == pytest.approx(np.full(p, (found / wanted)[0]))
    assert (found / wanted)[0] == pytest.approx(np.sqrt(n / (n - p)), rel=0.02)


def test_effects_are_those_on_the_treated_series(series):
    treated, others = series
    design = its.build_two_group_design(treated, others, START, scale="level", shape="level")
    average = its.estimate_effects(its.fit(design))["average"]
    assert average.lower < -15 < average.upper
    assert average.upper < 0


def test_series_that_cannot_be_compared_are_refused(series):
    treated, others = series
    for wrong, words in (
        ([], "There is a comparison series"),
        ([others[0], others[0]], "a name of its own"),
        ([others[0], others[1].window(end="2020-12")], "place 1"),
    ):
        with pytest.raises(InputError, match=words):
            its.build_two_group_design(treated, wrong, START)
