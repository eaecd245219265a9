"""An example of each shape of an effect, for the page of methods."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from analysis.design import Design, build_design
from analysis.outcome import SHAPES, Intervention, Outcome, make_outcome

# Months before the start and from it on, a rate, the size of each part.
BEFORE, AFTER, RATE = 6, 24, 0.8
SIZES = {"slope": 6.0, "curve": -0.4, "pulse": 70.0}
START = Intervention(name="start", label="start", start=date(2021, 7, 1))


def shapes() -> dict[str, Design]:
    """A design with each shape that has parts; then with a phase-in, and with an end."""
    rated = [re.sub("(decay|gradual)", rf"\1({RATE})", shape) for shape in SHAPES]
    shaped = {shape: replace(START, shape=shape) for shape in rated}
    mains = {name: main for name, main in shaped.items() if main.parts} | {
        "level, phased in": replace(START, shape="level", phase_in=6),
        "level, with an end": replace(START, shape="level", end=date(2022, 6, 30)),
    }
    flat = _series(range(1, BEFORE + AFTER + 1))
    return {n: build_design(flat, main, scale="level", season=0) for n, main in mains.items()}


def added(designs: Mapping[str, Design]) -> dict[str, Outcome]:
    """What each adds to the path that was expected."""
    terms = {name: list(design.terms["intervention"]) for name, design in designs.items()}
    return {
        name: _series(designs[name].X[own] @ [SIZES.get(term, 100.0) for term in own])
        for name, own in terms.items()
    }


def _series(values: Sequence[float]) -> Outcome:
    months = pd.period_range("2021-01", periods=len(values), freq="M")
    series = pd.Series(np.asarray(values, float), months)
    return make_outcome(series, name="example", unit="units", kind="measure")
