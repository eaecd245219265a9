"""Published analyses, with the figures they need and the numbers they print."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analysis as its

# Acute coronary events in Sicily, January 2002 to November 2006, and the age-standardised
# population. Lopez Bernal J, Cummins S, Gasparrini A. Int J Epidemiol 2017;46(1):348-355.
EVENTS = [
    *(728, 659, 791, 734, 757, 726, 760, 740, 720, 814, 795, 858),
    *(887, 766, 851, 769, 781, 756, 766, 752, 765, 831, 879, 928),
    *(914, 808, 937, 840, 916, 828, 845, 818, 860, 839, 887, 886),
    *(831, 796, 833, 820, 877, 758, 767, 738, 781, 843, 850, 908),
    *(1021, 859, 976, 888, 962, 838, 810, 876, 843, 936, 912),
]
POPULATION = [
    *(379875.3, 376495.5, 377040.8, 377116.4, 377383.4, 374113.1, 379513.3, 376295.5, 374653.2),
    *(378485.6, 375955.5, 378349.7, 376762.4, 379032.3, 379360.4, 376162.0, 377972.4, 381830.7),
    *(379888.6, 380872.2, 380966.9, 381240.4, 382104.9, 381802.7, 381656.3, 383680.0, 383504.2),
    *(386462.9, 383783.1, 380836.8, 383483.0, 380906.2, 382926.8, 384052.4, 384449.6, 383428.4),
    *(388153.2, 388373.2, 386470.1, 386033.2, 383686.4, 385509.3, 385901.9, 386516.6, 388436.5),
    *(383255.2, 390148.7, 385874.9, 391613.6, 391750.4, 394005.6, 391364.9, 391664.6, 389022.3),
    *(391878.5, 388575.3, 392989.0, 390018.8, 390712.3),
]
# Quetiapine 25 mg dispensed in Australia, 2011 to 2014. Schaffer AL, Dobbins TA, Pearson SA.
# BMC Med Res Methodol 2021;21:58.
DISPENSED = [
    *(16831, 17234, 20546, 19226, 21136, 20939, 21103, 22897, 22162, 22184, 23108, 25967),
    *(20123, 21715, 24497, 21720, 25053, 23915, 24972, 26183, 24163, 26172, 26642, 29086),
    *(24002, 24190, 26052, 26707, 29077, 26927, 30300, 29854, 28824, 31519, 32084, 33160),
    *(24827, 23285, 23884, 21921, 22715, 19919, 20560, 18961, 18780, 17998, 16624, 18450),
]
# Share of nonpreferred antipsychotics, second quarter of 2001 to the fourth of 2005.
# Law MR, Ross-Degnan D, Soumerai SB. Psychiatric Services 2008;59(5):540-546.
WEST_VIRGINIA = [
    *(0.52714, 0.49988, 0.49205, 0.49713, 0.49724, 0.49729, 0.49972, 0.50085, 0.46391, 0.4343),
    *(0.42327, 0.41887, 0.38585, 0.36963, 0.3565, 0.33753, 0.31054, 0.30456, 0.28855),
]
CONTROL_STATES = [
    *(0.48893, 0.47956, 0.47722, 0.48834, 0.47811, 0.47284, 0.47466, 0.47867, 0.47851, 0.48252),
    *(0.49165, 0.49599, 0.48444, 0.47741, 0.47537, 0.46563, 0.45466, 0.45886, 0.45484),
]


def outcome_of(values, start, freq, kind="measure"):
    series = pd.Series(
        np.array(values, float), pd.period_range(start, periods=len(values), freq=freq)
    )
    return its.make_outcome(series, name="published", unit="units", kind=kind)


@pytest.mark.parametrize(
    ("model", "season", "ratio", "tolerance"),
    [
        ("poisson", 0, (0.894, 0.864, 0.925), 0.001),
        ("quasi_poisson", 0, (0.89438, 0.83919, 0.95319), 0.0002),
        ("quasi_poisson", 2, (0.885, 0.839, 0.933), 0.0006),
    ],
)
def test_sicily_smoking_ban(model, season, ratio, tolerance):
    outcome = outcome_of(EVENTS, "2002-01", "M", "count")
    offset = pd.Series(POPULATION, outcome.periods)
    design = its.build_design(outcome, "2005-01-01", scale="count", season=season, shape="level")

    level = its.estimate_effects(its.fit(design, model, offset=offset))["level"]

    found = 1 + np.array([level.estimate, level.lower, level.upper]) / 100
    np.testing.assert_allclose(found, ratio, atol=tolerance)


def test_sicily_smoking_ban_with_a_slope():
    """Their slope starts at 1 in the first month: their step is our level less one slope."""
    outcome = outcome_of(EVENTS, "2002-01", "M", "count")
    design = its.build_design(outcome, "2005-01-01", scale="count", season=2)
    fit = its.fit(design, "quasi_poisson", offset=pd.Series(POPULATION, outcome.periods))
    step = (design.X.columns == "level") * 1.0 - (design.X.columns == "slope")

    rows = fit.contrast(np.array([step, design.X.columns == "slope"], float))
    ratios = np.exp(rows[["estimate", "lower", "upper"]])

    np.testing.assert_allclose(ratios.loc[0], [0.87646, 0.82675, 0.92916], atol=2e-4)
    np.testing.assert_allclose(ratios.loc[1], [1.00148, 0.99785, 1.00513], atol=2e-4)
    assert fit.details["dispersion"] == pytest.approx(2.274563, abs=2e-4)


def test_quetiapine():
    """Raw counts of 10^4, on which a search from default values stops at -1849 and -297."""
    design = its.build_design(
        outcome_of(DISPENSED, "2011-01", "M"), "2014-01-01", scale="level", season=0
    )
    fit = its.fit(design, "arima", order=(2, 1, 0), seasonal_order=(0, 1, 1))
    step = (design.X.columns == "level") * 1.0 - (design.X.columns == "slope")

    rows = fit.contrast(np.array([step, design.X.columns == "slope"], float))

    assert rows["estimate"][0] == pytest.approx(-3285, abs=10)
    np.testing.assert_allclose(rows.loc[0, ["lower", "upper"]], [-4465, -2104], atol=60)
    assert rows["estimate"][1] == pytest.approx(-1397, abs=5)
    np.testing.assert_allclose(rows.loc[1, ["lower", "upper"]], [-1606, -1188], atol=15)
    found = [fit.details[name] for name in ("ar.L1", "ar.L2", "ma.S.L12")]
    np.testing.assert_allclose(found, [-0.873, -0.6731, -0.6069], atol=0.01)
    assert fit.loglik == pytest.approx(-284.45, abs=0.05)
    assert fit.converged


@pytest.fixture(scope="module")
def west_virginia():
    treated, other = (outcome_of(v, "2001Q2", "Q") for v in (WEST_VIRGINIA, CONTROL_STATES))
    return its.build_two_group_design(treated, other, "2003-04-01", scale="level")


def test_west_virginia_against_nlme(west_virginia):
    """Digits of R 4.2.2, nlme::gls(method = "ML"); its trend counts 1, 2, ... after the change."""
    fit = its.fit(west_virginia, "gls_ar1_ml")
    names = west_virginia.X.columns
    step = (names == "level") * 1.0 - (names == "slope")

    rows = fit.contrast(np.array([step, names == "slope", names == "shared slope"], float))

    np.testing.assert_allclose(
        rows["estimate"], [-0.03510609, -0.01288751, -0.002213654], atol=1e-5
    )
    np.testing.assert_allclose(rows["std_error"][:2], [0.01083714, 0.002276626], atol=1e-5)
    assert fit.rho == pytest.approx(0.1853196, abs=2e-4)


def test_west_virginia_after_two_years(west_virginia):
    """Printed: -0.139 after two years, eight quarters by their count."""
    effects = its.estimate_effects(its.fit(west_virginia, "gls_ar1_ml"), at=(7,))

    assert effects["at(7)"].estimate == pytest.approx(-0.139, abs=0.002)


def test_west_virginia_without_autocorrelation(west_virginia):
    """R's lm. White's errors differ, so only the coefficients are compared."""
    fit = its.fit(west_virginia, "newey_west", maxlags=0)

    assert fit.coefficients["level"] - fit.coefficients["slope"] == pytest.approx(
        -0.03838776, abs=1e-7
    )
    assert fit.coefficients["slope"] == pytest.approx(-0.01334234, abs=1e-7)


def test_west_virginia_runs_reml_to_the_edge_and_ar1_stays(west_virginia):
    """nlme's REML goes to 0.99993 here."""
    reml, integrated = its.fit(west_virginia, "reml_ar1"), its.fit(west_virginia, "ar1")

    assert reml.rho > 0.999
    assert "at the edge" in reml.notes[0]
    level = its.estimate_effects(integrated)["level"]
    assert level.identified
    assert level.upper < 0
