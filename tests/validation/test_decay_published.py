"""US airline miles around September 2001: a shock that fades, as Cryer and Chan published it.

Cryer JD, Chan KS (2008), Time Series Analysis with Applications in R, 2nd ed., Springer, Exhibit
11.6. The figures are the monthly revenue passenger-miles (thousands) of US air carriers, Bureau of
Transportation Statistics, as the book's data set has them.
"""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

import analysis as its

MILES = """
    30983174 32147663 38342975 35969113 36474391 38772238 40395657 41738499 33580773 36389842
    32734901 36866146 28829794 29715369 37179450 34002004 34585497 36981956 38912640 39715971
    32047526 34405523 32121254 34447370 33809257 32688448 39908269 38618515 38823805 41119273
    42153193 43171610 35309230 38570506 36291556 37511830 35450576 34337785 42448030 40818378
    40464057 43527294 46918931 45841044 37829297 41651047 39875749 39190232 36195402 37239740
    45664486 43262977 44467601 47261820 48826557 48160579 39573944 42900870 41847515 40727132
    38306506 36969339 45686100 43711664 43674826 46654145 49597273 50169907 27077913 34181554
    34749808 35726959 33895671 33620972 42633492 39536354 40895024 44060019 47183364 46899366
    34776695 40093025 37213997 42407172 37197809 35099316 42910514 40370292 41875126 45592190
    49633439 48343838 37858815 42507287 40238253 43698675 39180114 39736435 47876012 47050439
    46534130 51134050 54317314 52392985 41816777 47205665 44553653 46316602 42760657 41120838
    52053059 48152585 50047901
"""
OUTLIERS = {"dec96": date(1996, 12, 1), "jan97": date(1997, 1, 1), "dec02": date(2002, 12, 1)}


@pytest.fixture(scope="module")
def miles():
    figures = [float(text) for text in MILES.split()]
    values = pd.Series(figures, pd.period_range("1996-01", periods=113, freq="M"))
    return its.make_outcome(values, name="airline miles", unit="miles", kind="measure")


@pytest.mark.slow
def test_the_pulse_the_decay_and_its_rate_come_out(miles):
    events = [
        its.Intervention(name=name, start=day, label=name, shape="pulse")
        for name, day in OUTLIERS.items()
    ]
    design = its.build_design(miles, date(2001, 9, 1), shape="pulse+decay", season=0, events=events)
    fitted = its.fit(design, "arima", order=(0, 1, 1), seasonal_order=(0, 1, 1))
    found = {**fitted.coefficients, **fitted.details}
    published = {
        "ma.L1": -0.3825,
        "ma.S.L12": -0.6499,
        "dec96 pulse": 0.0989,
        "jan97 pulse": -0.0690,
        "dec02 pulse": 0.0810,
        "pulse": -0.0949,
        "decay": -0.2715,
    }
    assert {name: found[name] for name in published} == pytest.approx(published, abs=3e-4)
    assert fitted.design.intervention.delta == pytest.approx(0.8139, abs=3e-4)
    assert fitted.loglik == pytest.approx(219.99, abs=0.02)
    # A reader's number: 30.7% below in September 2001.
    first = its.estimate_effects(fitted, at=[0])["at(0)"]
    assert first.estimate == pytest.approx(-30.7, abs=0.1)
