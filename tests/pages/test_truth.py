"""What every page has to keep to, whatever the run: random series, designs and models."""

from __future__ import annotations

import re
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from cells import html_of, plain
from truths import FAULTS, check_page

from analysis import plot
from analysis.design import build_design
from analysis.effects.counterfactual import trace_counterfactual
from analysis.effects.diagnose import check_fit
from analysis.effects.estimands import estimate_effects
from analysis.effects.lineup import line_up
from analysis.errors import AnalysisError, InputError
from analysis.models import fit
from analysis.outcome import Intervention, make_outcome
from analysis.pages import effect as page
from analysis.pages import events as events_page
from analysis.pages import question, robustness
from analysis.pages.checklist import Run, fill_checklist
from analysis.robustness.bend import bound_bends
from analysis.robustness.breaks import find_breaks
from analysis.robustness.comparison import estimate_cells
from analysis.robustness.curve.grid import make_grid
from analysis.robustness.curve.inference import judge_curve
from analysis.robustness.curve.specification import run_specifications
from analysis.robustness.history import extreme_dates
from analysis.robustness.placebo import run_placebos
from analysis.robustness.power import simulate_power
from analysis.robustness.unmeasured import map_unmeasured
from analysis.robustness.varied import vary_windows

# Runs of the quick suite and of the whole one, made from the seeds that come first.
QUICK, ALL = 6, 300
LENGTHS = {"M": (30, 72), "W": (70, 130), "Q": (24, 48), "Y": (16, 40)}
SCALES = {"count": ["log", "log", "level", "count"], "measure": ["log", "level"]}
COUNT_MODELS = ["poisson", "quasi_poisson", "negative_binomial"]
MODELS = ["ar1_calibrated", "ar1", "newey_west", "prais_winsten", "reml_ar1", "forecast_trend"]
SHAPES = ["level+slope", "level", "slope", "pulse"]


def made(seed: int):
    """A random series, and how to look at it."""
    rng = np.random.default_rng(seed)
    freq = str(rng.choice(list(LENGTHS)))
    n = int(rng.integers(*LENGTHS[freq]))
    kind = str(rng.choice(["count", "measure"]))
    start = int(rng.integers(int(0.55 * n), n - 1))
    trend = rng.choice([-2.0, 0.0, 2.0]) * np.arange(n) / n
    step = rng.choice([-4.0, -0.7, 0.0, 0.4, 3.0]) * (np.arange(n) >= start)
    noise = rng.choice([0.02, 0.2, 0.6])
    size = 10.0 ** rng.uniform(*((-0.5, 7) if kind == "count" else (-7, 9)))
    values = size * np.exp(trend + step + rng.normal(0, noise, n))
    if kind == "count":
        values = rng.poisson(values).astype(float)
    elif rng.random() < 0.2:
        values = values - values.mean()
    if rng.random() < 0.2:
        values[rng.choice(np.arange(2, n - 2), size=2, replace=False)] = np.nan
    index = pd.period_range("1990-01-01", periods=n, freq=freq)
    unit = "visits" if kind == "count" else str(rng.choice(["price", "%", "visits per 1,000"]))
    outcome = make_outcome(pd.Series(values, index), name="made-up series", unit=unit, kind=kind)
    begin = (index[start].start_time + pd.Timedelta(days=int(rng.integers(0, 6)))).date()
    scale = str(rng.choice(SCALES[kind]))
    choices = {
        "scale": scale,
        "shape": str(rng.choice(SHAPES)),
        "season": [0, "auto"][int(rng.integers(2))],
        "phase_in": int(rng.choice([0, 0, 2])),
    }
    others = ()
    if rng.random() < 0.3:
        day = index[int(rng.integers(4, start))].start_time.date()
        others = (Intervention(name="other", start=day, label="Another thing"),)
    model = str(rng.choice(COUNT_MODELS if scale == "count" else MODELS))
    return outcome, begin, others, choices, model, float(rng.choice([0.01, 0.05, 0.2]))


def estimated(seed: int):
    """The effects and the path of a run; None where it is refused with a remedy."""
    outcome, begin, others, choices, model, alpha = made(seed)
    try:
        design = build_design(outcome, begin, events=others, **choices)
        fitted = fit(design, model)
        return estimate_effects(fitted, alpha=alpha), trace_counterfactual(fitted, alpha=alpha)
    except AnalysisError:
        return None


def told(effects, path) -> dict[str, object]:
    """All that the page of one effect shows, by its part."""
    fitted, design = effects.fit, effects.fit.design
    checks = check_fit(fitted)
    choices = line_up(events_page.event_choices(fitted), alpha=effects.alpha)
    section = events_page.events_section(fitted, choices)
    shown = {
        "title": page.title(design),
        "answer": page.answer(effects),
        "question": page.question(design),
        "model": page.model_note(fitted),
        "rows": page.rows_around(design),
        "table": effects,
        "path": path,
        "checks": page.checks_note(checks),
        "limits": page.limits(design),
        "glossary": page.glossary(design),
        "figures": question.data_headline(design.outcome),
        "values": question.values_table(design.outcome),
        "checklist": fill_checklist(Run(fit=fitted, effects=effects, checks=checks)),
    }
    shown |= {
        "series figure": alt(plot.series(design.outcome, [design.intervention])),
        "path figure": alt(plot.path(path)),
        "errors figure": alt(plot.innovations(fitted)),
    }
    assert bool(section) == bool(design.events)
    return shown | {f"events {i}": each for i, each in enumerate(section[1:])}


def told_of_choices(effects) -> dict[str, object]:
    """All that the pages on robustness show of such a run; what is refused is left out."""
    design, outcome = effects.fit.design, effects.fit.design.outcome
    when = str(outcome.periods[design.T0].start_time.date())
    grid = {"start": [str(outcome.periods[0])], "intervention": [when], "season": [0, 1],
            "scale": [design.scale if design.scale != "count" else "log"]}  # fmt: skip
    found: dict[str, object] = {}
    for name, run in {
        "placebo": lambda: run_placebos(design, model="ar1"),
        "windows": lambda: vary_windows(design, model="ar1"),
        "breaks": lambda: find_breaks(outcome, draws=99, scale=grid["scale"][0]),
        "power": lambda: simulate_power(design, replicates=100),
        "curve": lambda: run_specifications(make_grid(grid, {"made": outcome})),
        "bends": lambda: bound_bends(design, model="ar1"),
        "unmeasured": lambda: map_unmeasured(design, model="ar1"),
        "judged": lambda: judge_curve(
            run_specifications(make_grid(grid, {"made": outcome})), replicates=19
        ),
        "cells": lambda: estimate_cells({"Made": outcome}, when, model="ar1"),
    }.items():
        with suppress(AnalysisError):
            found[name] = run()
    said: dict[str, object] = dict(found)
    if one := found.get("placebo"):
        said |= {"1": robustness.placebo_headline(one, design), "2": robustness.placebo_note(one),
                 "placebo figure": alt(plot.placebo(one, extreme_dates(one)))}  # fmt: skip
    if one := found.get("bends"):
        said |= {"bends": one.sentence(), "bends figure": alt(plot.bends(one)), "bends table": one}
    if one := found.get("unmeasured"):
        said |= {"unmeasured figure": alt(plot.unmeasured(one))}
    if one := found.get("judged"):
        said |= {"judged": one.sentence(), "judged table": one}
    if one := found.get("windows"):
        said |= {"3": robustness.windows_note(one), "windows figure": alt(plot.windows(one))}
    if one := found.get("curve"):
        said |= {"4": robustness.curve_note(one), "5": robustness.invalid_note(one),
                 "curve figure": alt(plot.curve(one))}  # fmt: skip
    if one := found.get("breaks"):
        named = {"A shift": one}
        said |= {"6": robustness.breaks_note(named, str(outcome.periods[design.T0])),
                 "breaks figure": alt(plot.breaks(named, design.intervention))}  # fmt: skip
    if one := found.get("power"):
        average = effects["average"]
        said |= {"7": robustness.power_note(one, average),
                 "power figure": alt(plot.power(one, average))}  # fmt: skip
    run = {name: found.get(name) for name in ("placebo", "windows", "curve", "power")}
    checks = check_fit(effects.fit)
    filled = Run(fit=effects.fit, effects=effects, checks=checks, **run)
    refused = InputError("It is refused.", rule="Some are.", remedy="Choose others.")
    placebo, windows, curve, power = (one or refused for one in run.values())
    said |= {"summary": question.answer(effects, curve),
             "holds": question.holds(placebo, windows, curve),
             "open": question.stays_open(checks, power, design)}  # fmt: skip
    return said | {"checklist": fill_checklist(filled)}


def text_of(each) -> str:
    """What a result says as a reader's text."""
    return each if isinstance(each, str) else plain(html_of(each))


def alt(picture: plot.Picture) -> str:
    """What a figure says in words; each row of its numbers lies in it."""
    assert picture.title
    for narrow in (False, True):
        figure = picture.figure(narrow=narrow)
        figure.draw_without_rendering()
        places = picture._shares(figure)
        assert len(places) == len(picture.table)
        shares = [float(share) for place in places for share in place.split(":") if share]
        assert shares
        assert all(-0.01 <= share <= 1.01 for share in shares), (picture.title, shares)
    return f"{picture.alt} | {picture.caption} | {picture.title}."


def holds(seed: int, *, choices: bool = False) -> bool:
    """Whether the run is there; all that it says is then true of it."""
    run = estimated(seed)
    if run is not None:
        shown = told_of_choices(run[0]) if choices else told(*run)
        check_page([(name, text_of(each)) for name, each in shown.items()])
        check_page([(each, "") for each in run])
    return run is not None


def test_half_a_dozen_random_runs_tell_the_truth():
    assert sum(holds(seed) for seed in range(QUICK)) > QUICK / 2


@pytest.mark.parametrize("seed", [1, pytest.param(8, marks=pytest.mark.slow)])
def test_the_robustness_of_a_random_run_is_told_truly(seed):
    assert holds(seed, choices=True)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_hundreds_of_random_runs_tell_the_truth(block):
    seeds = range(block * ALL // 10, (block + 1) * ALL // 10)
    assert sum(holds(seed) for seed in seeds) > ALL / 20
    assert sum(holds(seed, choices=True) for seed in seeds) > ALL / 20


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("not a number", "ran nan% below"),
        ("an exponent of a computer", "1.2e-05 deaths"),
        ("too many digits", "12.3456"),
        ("a minus that is a hyphen", "from -3 to 4"),
        ("a signed zero", "−0% to +4%"),
        ("the plural of one", "after 1 months"),
        ("a fall of all", "ran 100% below the path"),
        ("two blanks or a lost word", "from  to 4"),
        ("the article of another number", "ends of a 80% interval"),
        ("a level told as a change", "lowest +36.3% in April 2014"),
        ("an estimate that is none", "the middle gives not identified, and"),
        ("one remark many times", "outside the interval of A; outside the interval of B"),
        ("a capital in a list", "taken as known: A heat wave and A new definition"),
        ("an interval without its level", "Average effect by model, with intervals."),
        ("an interval without its level", "About 5 fewer than expected (interval: 3 to 7 fewer)."),
        ("a p without its sign", "has place 1: p 0.12."),
        ("a count of nought in words", "In 0 of them the interval leaves out zero"),
        ("a date of a computer", "'visits' is 0 in 2015-05."),
    ],
)
def test_each_fault_of_numbers_is_seen(fault, text):
    assert re.search(FAULTS[fault], text)
