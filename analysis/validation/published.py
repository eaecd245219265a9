"""Published analyses done again: what they give, what the package finds, how near it must come.

The figures, designs, fits, numbers and their sources are in `published.yml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design, build_design
from analysis.design.two_groups import build_two_group_design
from analysis.effects.estimands import linear_effect
from analysis.errors import unknown_name
from analysis.models import Fit, fit
from analysis.outcome import Outcome, make_outcome
from analysis.show.templates import Told


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number that an analysis gives, and how near the package must come (tolerance > 0).

    fit, of, end : which fit of the case, what of it, and which column of that.
    """

    fit: str
    of: str
    label: str
    published: float
    tolerance: float
    digits: int
    source: str
    end: str = "estimate"


@dataclass(frozen=True, kw_only=True)
class PublishedCase:
    """A published analysis: where it is, its series, its design and fits, and what these give."""

    name: str
    label: str
    short: str
    citation: str
    doi: str
    series: Mapping[str, Mapping[str, Any]] = field(repr=False)
    design: Mapping[str, Any] = field(repr=False)
    fits: Mapping[str, Mapping[str, Any]] = field(repr=False)
    numbers: tuple[Number, ...] = field(repr=False)

    def outcome(self, name: str) -> Outcome:
        """One of its series as an outcome."""
        if name not in self.series:
            raise unknown_name("series", name, self.series)
        facts = self.series[name]
        values = np.array(facts["values"], float)
        periods = pd.period_range(facts["start"], periods=len(values), freq=facts["freq"])
        return make_outcome(
            pd.Series(values, periods), name=facts["title"], unit=facts["unit"], kind=facts["kind"]
        )

    def lay_out(self, changes: Mapping[str, Any]) -> Design:
        """Its design, with some choices changed."""
        own = {**self.design, **changes}
        outcome, day = self.outcome(own.pop("series")), own.pop("intervention")
        if below := own.pop("divide_by", None):
            outcome = replace(outcome, denominator=self.outcome(below).values)
        if beside := own.pop("comparison", None):
            return build_two_group_design(outcome, self.outcome(beside), day, **own)
        logs = {name: np.log(self.outcome(name).values) for name in own.pop("logs", ())}
        return build_design(outcome, day, controls=logs or None, **own)

    def fit(self, name: str) -> Fit:
        """One of its fits."""
        options = dict(self.fits[name])
        design, model = self.lay_out(options.pop("design", {})), options.pop("model")
        return fit(design, model, **options)


@cache
def published_cases() -> Mapping[str, PublishedCase]:
    """The cases by name."""
    entries = show.words("validation/published.yml").items()
    return {name: _case(name, entry) for name, entry in entries}


def published_design(name: str) -> Design:
    """The design of a case by name, with level and slope from the first affected period.

    Parameters
    ----------
    name : of a case of `published.yml`.

    Raises
    ------
    InputError : no such case.
    """
    cases = published_cases()
    if name not in cases:
        raise unknown_name("published case", name, cases)
    return cases[name].lay_out({})


@dataclass(frozen=True, kw_only=True)
class Reproduction(Told):
    """Published numbers beside those found.

    table : one row a number, indexed by (case, number): published, found, tolerance, within.
    """

    table: pd.DataFrame = field(repr=False)
    cases: Mapping[str, PublishedCase] = field(repr=False)


def reproduce_published() -> Reproduction:
    """Do every published analysis again."""
    rows = []
    for case in published_cases().values():
        fits = {name: case.fit(name) for name in case.fits}
        for number in case.numbers:
            row = [number.published, _found(number, fits[number.fit]), number.tolerance]
            rows.append([case.name, number.label, *row, abs(row[1] - row[0]) <= row[2]])
    columns = ["case", "number", "published", "found", "tolerance", "within"]
    table = pd.DataFrame(rows, columns=columns).set_index(["case", "number"])
    return Reproduction(table=table, cases=published_cases())


def _case(name: str, entry: Mapping[str, Any]) -> PublishedCase:
    numbers = tuple(Number(**number) for number in entry["numbers"])
    return PublishedCase(name=name, **{**entry, "numbers": numbers})


def _found(number: Number, fitted: Fit) -> float:
    """The number that a fit gives; of counts, a ratio."""
    if number.of in ("rho", "loglik"):
        return float(getattr(fitted, number.of))
    if number.of in fitted.details:
        return float(fitted.details[number.of])
    names = fitted.design.X.columns
    if number.of == "step":
        row = (names == "level") * 1.0 - (names == "slope")
    elif number.of in names:
        row = (names == number.of) * 1.0
    else:
        return linear_effect(fitted, number.of).estimate
    value = float(fitted.contrast(row[None])[number.end].iloc[0])
    return float(np.exp(value)) if fitted.design.scale == "count" else value
