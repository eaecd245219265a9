"""Public holidays as a covariate."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.design.season import holiday_share
from analysis.errors import InputError
from analysis.outcome import make_outcome


def visits(freq: str, n: int) -> its.Outcome:
    periods = pd.period_range("2019-01-01", periods=n, freq=freq)
    values = np.random.default_rng(1).poisson(400, n)
    return make_outcome(pd.Series(values, periods), name="visits", unit="visits")


@pytest.mark.parametrize(
    ("freq", "n", "period", "share"),
    [
        ("D", 400, "2019-07-04", 1.0),
        ("D", 400, "2019-07-05", 0.0),
        ("D", 400, "2020-01-01", 1.0),
        ("W-SUN", 60, "2019-07-01", 1 / 7),
        ("W-SUN", 60, "2018-12-31", 1 / 7),
        ("28D", 14, "2019-01-01", 2 / 28),
        ("M", 24, "2019-12-01", 1 / 31),
    ],
)
def test_the_share_of_holidays_of_each_period(freq, n, period, share):
    found = holiday_share(visits(freq, n), "US")
    assert found[pd.Period(period, freq=found.index.freq)] == pytest.approx(share)


def test_holidays_of_a_part_of_a_country():
    days = visits("D", 365)
    more = holiday_share(days, "us-ca").sum() - holiday_share(days, "US").sum()
    assert more >= 2


def test_holidays_explain_what_they_change():
    plain = visits("D", 400)
    share = holiday_share(plain, "US")
    made = make_outcome(plain.values * (1 - 0.5 * share), name="x", unit="visits", kind="measure")
    design = its.build_design(made, "2019-09-10", controls={"holidays US": share})
    fitted = its.fit(design, "newey_west")
    assert np.exp(fitted.coefficients["holidays US"]) == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize("place", ["XX", "US-ZZ", "", "Germany"])
def test_a_place_that_is_not_known_is_refused(place):
    with pytest.raises(InputError, match=r"The holidays of .* are not known"):
        holiday_share(visits("D", 30), place)


def test_without_the_package_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(InputError, match="is not installed") as caught:
        holiday_share(visits("D", 30), "US")
    assert "pip install" in caught.value.remedy


def test_a_question_takes_the_holidays_of_a_place(tmp_path):
    outcome = visits("D", 120)
    path = tmp_path / "visits.csv"
    days = [str(period) for period in outcome.periods]
    pd.DataFrame({"date": days, "visits": outcome.values.to_numpy()}).to_csv(path, index=False)
    asked = its.ask({"data": str(path), "intervention": "2019-03-01", "covariates": "holidays:US"})
    assert asked.covariates["holidays US"].sum() == 3
