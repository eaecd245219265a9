"""Designs that several tests of the models share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analysis as its

EVENTS = ["title-42-end", "mexico-enforcement"]


@pytest.fixture(scope="session")
def gapped(outcome):
    """The same with two months around the announcement left out."""
    return its.build_design(
        outcome,
        "asylum-restrictions",
        events=EVENTS,
        season=1,
        washout=("2024-05", "2024-06"),
    )


@pytest.fixture(scope="session")
def simple(outcome):
    """Level and slope only: no events, no season."""
    return its.build_design(outcome, "asylum-restrictions", season=0)


@pytest.fixture(scope="session")
def make_design():
    """A design from numbers: `make_design(values, first_post=20)` with the intervention there."""

    def make(values, *, first_post: int, start: str = "2000-01", freq: str = "M", **options):
        periods = pd.period_range(start, periods=len(values), freq=freq)
        kind = options.pop("kind", "measure")
        series = pd.Series(np.asarray(values, dtype=float), periods)
        outcome = its.make_outcome(series, name="made", unit="units", kind=kind)
        day = str(periods[first_post].start_time.date())
        options = {"scale": "level", "season": 0} | options
        return its.build_design(outcome, day, **options)

    return make
