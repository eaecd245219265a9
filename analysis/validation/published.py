"""Published analyses done again: what they give, what the package finds, how near it must come.

The figures, the numbers and their sources are in `data/published.yml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import yaml

from analysis import show
from analysis.design import Design, build_design
from analysis.design.two_groups import build_two_group_design
from analysis.effects.estimands import estimate_effects
from analysis.errors import unknown_name
from analysis.models import Fit, fit
from analysis.outcome import Outcome, make_outcome

SOURCES = {
    "printed": "printed in the article",
    "refitted": "the article's number as recalled, confirmed by a second fit",
    "code": "output of the authors' code",
    "independent": "R's own fit to the same figures",
}
ENDS = ("estimate", "lower", "upper", "std_error")


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number that an analysis gives, and how near the package must come (tolerance > 0)."""

    key: str
    label: str
    published: float
    tolerance: float
    digits: int
    source: str


@dataclass(frozen=True, kw_only=True)
class PublishedCase:
    """A published analysis: where it is, its series, and the numbers that it gives."""

    name: str
    label: str
    short: str
    citation: str
    doi: str
    series: Mapping[str, Mapping[str, Any]] = field(repr=False)
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


@cache
def published_cases() -> Mapping[str, PublishedCase]:
    """The cases by name."""
    text = (files("analysis") / "validation" / "published.yml").read_text("utf-8")
    return {name: _case(name, entry) for name, entry in yaml.safe_load(text).items()}


def published_design(name: str) -> Design:
    """The design of a case by name, with level and slope from the first affected period.

    Raises
    ------
    InputError : no such case.
    """
    if name not in _DESIGNS:
        raise unknown_name("published case", name, _DESIGNS)
    return _DESIGNS[name](published_cases()[name])


@dataclass(frozen=True, kw_only=True)
class Reproduction(show.Shown):
    """Published numbers beside those found.

    table : one row a number, indexed by (case, number): published, found, tolerance, within.
    """

    table: pd.DataFrame = field(repr=False)
    cases: Mapping[str, PublishedCase] = field(repr=False)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/html": self._repr_html_(), "text/plain": self.table.to_string()}

    def _repr_html_(self) -> str:
        return "".join(self._one(case) for case in self.cases.values())

    def _one(self, case: PublishedCase) -> str:
        pairs = zip(case.numbers, self.table.loc[[case.name]].itertuples(), strict=True)
        cells: Mapping[str, Callable[[Any], str]] = {
            "Number": lambda pair: pair[0].label,
            "Published": lambda pair: show.number(pair[0].published, pair[0].digits),
            "Found": lambda pair: show.number(pair[1].found, pair[0].digits),
            "Tolerance": lambda pair: f"{pair[0].tolerance:.7f}".rstrip("0").rstrip("."),
            "Within": lambda pair: "yes" if pair[1].within else "no: outside",
            "Where the number is from": lambda pair: SOURCES[pair[0].source],
        }
        doi = f" doi:{case.doi}" if case.doi else ""
        title, source = escape(case.label), escape(case.citation + doi)
        table = show.columns(pairs, cells, caption=f"Numbers of {case.short}", kind="long")
        return f"<h3>{title}</h3><p>{source}</p>{table}"


def reproduce_published() -> Reproduction:
    """Do every published analysis again."""
    rows = []
    for case in published_cases().values():
        found = _FOUND[case.name](published_design(case.name))
        for number in case.numbers:
            row = [number.published, found[number.key], number.tolerance]
            rows.append([case.name, number.label, *row, abs(row[1] - row[0]) <= row[2]])
    columns = ["case", "number", "published", "found", "tolerance", "within"]
    table = pd.DataFrame(rows, columns=columns).set_index(["case", "number"])
    return Reproduction(table=table, cases=published_cases())


def _case(name: str, entry: Mapping[str, Any]) -> PublishedCase:
    numbers = tuple(Number(**number) for number in entry["numbers"])
    return PublishedCase(name=name, **{**entry, "numbers": numbers})


def _sicily(case: PublishedCase, season: int = 2, shape: Any = "level+slope") -> Design:
    return build_design(
        case.outcome("events"), "2005-01-01", scale="count", season=season, shape=shape
    )


def _west_virginia(case: PublishedCase) -> Design:
    treated, control = case.outcome("treated"), case.outcome("control")
    return build_two_group_design(treated, control, "2003-04-01", scale="level")


def _seatbelts(case: PublishedCase) -> Design:
    return build_design(
        case.outcome("drivers"),
        "1983-02-01",
        season="months",
        shape="level",
        trend=False,
        controls={"petrol": np.log(case.outcome("petrol").values)},
    )


_DESIGNS: Mapping[str, Callable[[PublishedCase], Design]] = {
    "proposition-99": lambda case: build_design(
        case.outcome("packs"), "1989-01-01", scale="level", season=0
    ),
    "sicily": _sicily,
    "quetiapine": lambda case: build_design(
        case.outcome("dispensed"), "2014-01-01", scale="level", season=0
    ),
    "west-virginia": _west_virginia,
    "seatbelts": _seatbelts,
}


def _find_proposition_99(design: Design) -> dict[str, float]:
    table = fit(design, "newey_west", maxlags=1).tabulate()
    return {
        key: value
        for term in ("trend", "level", "slope")
        for key, value in _ends(term, table.loc[term]).items()
    }


def _find_sicily(design: Design) -> dict[str, float]:
    case = published_cases()["sicily"]
    offset = case.outcome("population").values
    found: dict[str, float] = {}
    for key, model, season in (
        ("poisson", "poisson", 0),
        ("quasi", "quasi_poisson", 0),
        ("quasi season", "quasi_poisson", 2),
    ):
        alone = fit(_sicily(case, season, "level"), model, offset=offset)
        level = alone.contrast((alone.design.X.columns == "level")[None].astype(float))
        found |= _ends(key, np.exp(level[["estimate", "lower", "upper"]]).iloc[0])
    both = fit(design, "quasi_poisson", offset=offset)
    rows = np.exp(_steps(both)[["estimate", "lower", "upper"]])
    found |= _ends("quasi slope step", rows.iloc[0]) | _ends("quasi slope slope", rows.iloc[1])
    return found | {"quasi slope dispersion": float(both.details["dispersion"])}


def _find_quetiapine(design: Design) -> dict[str, float]:
    arima = fit(design, "arima", order=(2, 1, 0), seasonal_order=(0, 1, 1))
    rows = _steps(arima)
    names = {"ar1": "ar.L1", "ar2": "ar.L2", "sma": "ma.S.L12"}
    found = _ends("step", rows.iloc[0]) | _ends("ramp", rows.iloc[1])
    found |= {key: float(arima.details[name]) for key, name in names.items()}
    return found | {"loglik": float(arima.loglik or np.nan)}


def _find_west_virginia(design: Design) -> dict[str, float]:
    gls, ols = fit(design, "gls_ar1_ml"), fit(design, "newey_west", maxlags=0)
    rows, plain = _steps(gls), _steps(ols)
    shared = gls.contrast((design.X.columns == "shared slope")[None].astype(float))
    return {
        **_ends("step", rows.iloc[0]),
        **_ends("slope", rows.iloc[1]),
        "shared slope": float(shared["estimate"].iloc[0]),
        "rho": float(gls.rho or np.nan),
        # Eight quarters by their count, of which the first is the one of the change.
        "two years": estimate_effects(gls, at=(7,))["at(7)"].estimate,
        "ols step": float(plain["estimate"].iloc[0]),
        "ols slope": float(plain["estimate"].iloc[1]),
    }


def _find_seatbelts(design: Design) -> dict[str, float]:
    fixed = fit(design, "structural", level="level")
    both = fit(design, "structural", level="level", stochastic_season=True)
    found = {
        f"{key} {term}": float(model.coefficients[term])
        for key, model in (("ols", fit(design, "newey_west")), ("fixed", fixed), ("both", both))
        for term in ("petrol", "level")
    }
    variances = {"irregular": "sigma2.irregular", "sigma2 level": "sigma2.level"}
    return found | {f"both {key}": both.details[name] for key, name in variances.items()}


_FOUND: Mapping[str, Callable[[Design], dict[str, float]]] = {
    "proposition-99": _find_proposition_99,
    "sicily": _find_sicily,
    "quetiapine": _find_quetiapine,
    "west-virginia": _find_west_virginia,
    "seatbelts": _find_seatbelts,
}


def _steps(found: Fit) -> pd.DataFrame:
    """Step and slope where the slope is counted from 1, so that the step is one slope less."""
    names = found.design.X.columns
    step = (names == "level") * 1.0 - (names == "slope")
    return found.contrast(np.array([step, names == "slope"], float))


def _ends(key: str, row: pd.Series) -> dict[str, float]:
    """A row by key: its estimate under the key itself, the rest as "key lower" and so on."""
    names = {name: key if name == "estimate" else f"{key} {name}" for name in ENDS}
    return {names[name]: float(row[name]) for name in ENDS if name in row}
