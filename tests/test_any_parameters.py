"""Any allowed parameters of any notebook give a page, or a refusal whose remedy leads on.

The cells are run in this process (`cells`), with parameters drawn by the rules of the notebook's
own cell.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cells import Page, run_cells
from truths import check_page

from analysis.errors import AnalysisError
from analysis.report.parameters import (
    FORMS,
    Parameter,
    bounds,
    check_parameters,
    listed_values,
    read_parameters,
)

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
OWN = "of a table of your own"
BORDER = ("component", "border", "sector", "demographic", "citizenship")
# How often a parameter leaves its default, and how many runs the long test draws.
MOVED = 0.15
RUNS = {"03-effect": 120, "06-weekly": 20, "05-comparison-groups": 12, "01-data": 12,
        "02-claims": 4, "04-robustness": 8, "00-summary": 6, "07-validation": 6,
        "methods": 4, "09-implementation": 5, "08-units": 8}  # fmt: skip
# Parameters of a table of one's own are drawn with one; counts of simulations stay small.
TEXTS = {
    "curve_starts": ["2018-10, 2021-10", "2020-03", "1999-10", "soon"],
    "lengths": ["12", "24, 48", "8", "7", "x"],
    "rhos": ["0", "0.4, 0.9", "1", "-0.2"],
    "sector": ["all", "tucson", "el_paso+laredo", "nowhere"],
    "demographic": ["all", "family_unit", "family_unit+single_adult", "unaccompanied_child"],
    "citizenship": ["all", "mexico", "guatemala+honduras", "other", "atlantis"],
    "units": ["sector", "demographic", "citizenship", "region"],
    "unit": ["", "visits", "visits per 1,000"],
    "title": ["", "Visits to a clinic"],
}
MONTHS = [str(month) for month in pd.period_range("1998-01", "2025-09", freq="M")]
RECENT = MONTHS[-60:]
FEW = {"replicates": 100, "wrong_length": 24}


def drawn(known: dict[str, Parameter], rng: np.random.Generator) -> dict[str, object]:
    """Values for some of the parameters, each allowed by its rule."""
    found = {name: FEW[name] for name in FEW if name in known}
    for name, parameter in known.items():
        if name not in found and rng.random() < MOVED:
            value = any_value(parameter, rng)
            if value is not None:
                found[name] = value
    return found


def any_value(parameter: Parameter, rng: np.random.Generator) -> object:
    """A value that the rule of a parameter allows; None where it has none and needs a file."""
    months = MONTHS if rng.random() < 0.2 else RECENT
    rule, day = parameter.allowed, f"{rng.choice(months)}-{rng.integers(1, 29):02d}"
    if rule in FORMS:
        return day if rule.endswith("DD") and rng.random() < 0.5 else day[: len(rule.split()[0])]
    if rule == "interventions":
        chosen = rng.choice([*listed_values(parameter), day, "none"], size=rng.integers(0, 4))
        return ", ".join(chosen)
    if choices := listed_values(parameter):
        return day if rule == "intervention" and rng.random() < 0.5 else str(rng.choice(choices))
    if span := bounds(parameter):
        near = span[0] + (span[1] - span[0]) * rng.choice([0, 0.05, 0.3, 1], p=[0.3, 0.4, 0.2, 0.1])
        return int(near) if parameter.type == "int" else float(near)
    if parameter.name in TEXTS:
        return str(rng.choice(TEXTS[parameter.name]))
    return None


def own_table(folder: Path, rng: np.random.Generator) -> dict[str, object]:
    """A made-up table of one's own, and what a user would say of it."""
    freq = str(rng.choice(["M", "M", "W", "Q", "Y"]))
    n = int(rng.integers(16, 90))
    periods = pd.period_range("2010-01-01", periods=n, freq=freq)
    values = 10 ** rng.uniform(-0.3, 5) * np.exp(
        rng.normal(0, 0.2, n) + rng.choice([-0.7, 0, 0.9]) * (np.arange(n) > 0.6 * n)
    )
    values = rng.poisson(values) if rng.random() < 0.6 else np.round(values, 4)
    dates = {"M": "%Y-%m", "W": "%Y-%m-%d", "Q": "%YQ%q", "Y": "%Y"}[freq]
    starts = periods.start_time.to_period("D") if freq == "W" else periods
    path = folder / "made.csv"
    pd.DataFrame({"when": starts.strftime(dates), "visits": values}).to_csv(path, index=False)
    day = str(periods[int(n * rng.choice([0.1, 0.6, 0.95]))].start_time.date())
    long = 10 if freq == "W" else 7
    ends = {"start": str(periods[0].start_time)[:long], "end": str(periods[-1].end_time)[:long]}
    return {"data": str(path), "intervention": day, "events": "", "year_starts": "January", **ends}


def remedied(error: AnalysisError, known: dict[str, Parameter]) -> dict[str, str]:
    """The parameters with values that a remedy names."""
    said = re.findall(r"(\w+) ?= ?\"?([^\s\",;]+)", error.remedy)
    return {name: value.rstrip(".") for name, value in said if name in known}


def usual(parameter: Parameter, own: bool) -> bool:
    """Whether it belongs to a run on such data: one on a table of one's own, or on the border's."""
    if parameter.meaning.startswith(OWN):
        return own
    return not own or parameter.name not in BORDER


def page_or_refusal(notebook: Path, seed: int, folder: Path) -> Page | None:
    """The page; or None for a refusal in whole words, whose remedy gives something else."""
    rng = np.random.default_rng(seed)
    known = read_parameters(notebook)
    own = "data" in known and rng.random() < 0.5
    given = drawn(
        {name: p for name, p in known.items() if usual(p, own) or rng.random() < 0.02}, rng
    )
    given |= own_table(folder, rng) if own else {}
    try:
        check_parameters(known, given)
        return run_cells(notebook, given)
    except AnalysisError as error:
        check_refusal(notebook, given, error, known)
        return None


def check_refusal(notebook, given, error, known) -> None:
    """A refusal has its three parts, names no Python, and its remedy leads on."""
    for part in (error.problem, error.rule, error.remedy):
        assert re.search(r"^[^\s].*[.)?]$", part, re.S), part
        assert not re.search(r"\bnan\b|<class|Traceback|np\.|  ", part), part
    if better := remedied(error, known):
        assert any(given.get(name) != value for name, value in better.items()), (given, error)
        second = refusal(notebook, {**given, **better})
        assert second is None or second.problem != error.problem, (given, better, error)


def refusal(notebook: Path, given: dict[str, object]) -> AnalysisError | None:
    """What refuses a run; None where it is a page."""
    try:
        run_cells(notebook, given)
    except AnalysisError as error:
        return error
    return None


def check_shown(page: Page | None) -> None:
    """A page that is there tells the truth; of a table of one's own, without the border."""
    if page is not None:
        check_page(page.shown, border=not page.names.get("data"))


@pytest.mark.parametrize("seed", range(1))
def test_a_drawn_run_of_the_effect_notebook_is_a_page_or_a_refusal(seed, tmp_path):
    check_shown(page_or_refusal(NOTEBOOKS / "03-effect.ipynb", seed, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize(("notebook", "runs"), RUNS.items())
def test_drawn_runs_of_every_notebook_are_pages_or_refusals(notebook, runs, tmp_path):
    pages = [
        page_or_refusal(NOTEBOOKS / f"{notebook}.ipynb", 1000 + seed, tmp_path)
        for seed in range(runs)
    ]
    for page in pages:
        check_shown(page)
    assert any(pages)
