"""A plan is locked, its departures are listed and its forecast is scored, on made-up series."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from truths import check_sentences, check_words

import analysis as its
from analysis.border.question import estimate
from analysis.errors import InputError
from analysis.report import plan as plans
from analysis.report.named import find_run
from analysis.report.plan import AHEAD, check_plan, lock_plan
from analysis.report.question import question_runs
from analysis.report.record import fingerprint

N, NEW = 60, 4
QUESTION = {"data": "visits.csv", "intervention": "2013-04-01", "model": "ar1", "kind": "count"}


@pytest.fixture
def project(tmp_path, root, monkeypatch) -> Path:
    """A project with the notebooks, and a question beside a table of sixty months."""
    shutil.copytree(root / "notebooks", tmp_path / "notebooks")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plans, "now", lambda: "2015-01-02T10:00:00+00:00")
    (tmp_path / "clinic.yml").write_text(yaml.safe_dump(QUESTION))
    write(tmp_path, series()[:N])
    return tmp_path


def series(slope: float = 0.01, seed: int = 3) -> np.ndarray:
    """Monthly counts with noise and a step at the intervention."""
    time = np.arange(N + AHEAD)
    noise = np.random.default_rng(seed).normal(0, 0.05, len(time))
    return np.round(4000 * np.exp(slope * time + 0.3 * (time >= 39) + noise))


def write(project: Path, values: np.ndarray) -> None:
    months = pd.period_range("2010-01", periods=len(values), freq="M").astype(str)
    pd.DataFrame({"month": months, "visits": values}).to_csv(project / "visits.csv", index=False)


def lock(project: Path) -> dict[str, Any]:
    return yaml.safe_load(lock_plan("clinic.yml", {}, project).read_text())


def rendered(project: Path, **given: Any) -> str:
    """What the page of the question says of its plan, held to what any page says."""
    (run,) = question_runs(project / "clinic.yml", given, project, only="effect")
    values = run.checked()
    question = its.ask(values)
    prose = check_plan(question, values, estimate(question, values))
    text = " | ".join([*(" ".join(each) for each in prose.paragraphs), *prose.points])
    check_words("a plan", text)
    check_sentences("a plan", text)
    return text + prose.table


@pytest.mark.parametrize("slope", [-0.02, 0.0, 0.02])
def test_new_figures_alone_are_no_departure_and_score_the_forecast(project, slope):
    whole = series(slope)[: N + NEW]
    write(project, whole[:N])
    forecast = lock(project)["locked"]["forecast"]
    write(project, whole)
    text = rendered(project)

    assert "locked on 2 January 2015 with figures to 2014-12. Departures from it: none." in text
    assert next(iter(forecast)) == "2015-01"
    middle, lower, upper = np.array(list(forecast.values())[:NEW]).T
    new = whole[N:]
    held = int(((lower <= new) & (new <= upper)).sum())
    assert f"{NEW} months with a figure now; inside the interval: {held}." in text
    assert f"{'below' if (new - middle).mean() < 0 else 'above'} the forecast" in text
    missed = np.maximum(lower - new, 0) + np.maximum(new - upper, 0)
    score = (upper - lower + 2 / 0.05 * missed).mean()
    assert f"their score is {float(f'{score:.3g}'):,.0f} visits" in text
    assert text.count("<tr>") == 1 + NEW
    assert text.count("<td>yes</td>") == held


def test_the_forecast_is_what_the_formula_of_a_prediction_gives(project):
    """On a straight line with AR(1) errors (Goldberger 1962, J. Am. Stat. Assoc. 57:369)."""
    (project / "clinic.yml").write_text(
        yaml.safe_dump(
            {**QUESTION, "model": "reml_ar1", "scale": "level", "season": "0", "kind": "measure"}
        )
    )
    forecast = lock(project)["locked"]["forecast"]
    (run,) = question_runs(project / "clinic.yml", {}, project, only="effect")
    values = run.checked()
    fit = estimate(its.ask(values), values).fit
    time, rho = np.arange(N + 1), fit.rho
    X = np.column_stack([np.ones(N + 1), time, time >= 39, np.maximum(time - 39, 0)])
    V = rho ** np.abs(time[:, None] - time)
    y, W = series()[:N], np.linalg.inv(V[:N, :N])
    b = np.linalg.solve(X[:N].T @ W @ X[:N], X[:N].T @ W @ y)
    expected = X[N] @ b + V[N, :N] @ W @ (y - X[:N] @ b)

    assert forecast["2015-01"][0] == pytest.approx(expected, rel=1e-4)


def test_forecasts_hold_what_comes_about_as_often_as_they_say(project):
    held = 0
    for seed in range(12):
        whole = series(0.0, seed)
        write(project, whole[:N])
        forecast = lock(project)["locked"]["forecast"]
        (project / "clinic.plan.yaml").unlink()
        _, lower, upper = np.array(list(forecast.values())).T
        held += int(((lower <= whole[N:]) & (whole[N:] <= upper)).sum())
    assert 0.87 <= held / (12 * AHEAD) <= 1


def test_without_new_figures_nothing_is_scored(project):
    lock(project)
    assert "No period of its forecast has a figure yet" in rendered(project)


@pytest.mark.parametrize(
    ("name", "value"),
    [("model", "newey_west"), ("scale", "level"), ("alpha", "0.1"), ("intervention", "2013-05-01"),
     ("start", "2010-06"), ("end", "2014-06"), ("phase_in", "2"), ("events", "2012-03-01"),
     ("season", "1"), ("washout", "2013-01..2013-02")],
)  # fmt: skip
def test_each_parameter_that_differs_is_a_departure(project, name, value):
    lock(project)
    text = rendered(project, **{name: value})
    assert f"It said {name}=" in text
    assert f"Here it is {value.replace('..', '/')}." in text
    assert "Departures from it: none" not in text


def test_another_shape_changes_the_estimands_too(project):
    lock(project)
    text = rendered(project, shape="level")
    assert "Here it is level." in text
    assert "It said estimands=" in text
    assert "Departures from it: 2." in text


@pytest.mark.parametrize("edit", ["model: ar1|model: ar1_calibrated", "2015-02:|soon:"])
def test_a_plan_that_was_altered_is_told_by_its_hash(project, edit):
    lock(project)
    path = project / "clinic.plan.yaml"
    path.write_text("# A note, and another order, alter nothing.\n" + path.read_text())
    assert "altered" not in rendered(project)
    old, new = edit.split("|")
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    assert "It was altered after it was locked" in rendered(project)


def test_a_report_is_made_again_where_its_plan_changed(project):
    lock(project)
    (run,) = question_runs(project / "clinic.yml", {}, project, only="effect")
    before = fingerprint(run, run.parameters, project)
    with (project / "clinic.plan.yaml").open("a") as file:
        file.write("# A note.")
    assert fingerprint(run, run.parameters, project) != before


def test_a_plan_of_what_was_over_says_so(project, monkeypatch):
    monkeypatch.setattr(plans, "now", lambda: "2015-03-01T10:00:00+00:00")
    lock(project)
    assert "2 of the 6 months of its forecast were over" in rendered(project)


def test_a_version_of_the_package_is_a_departure(project, monkeypatch):
    lock(project)
    monkeypatch.setattr(plans, "version", lambda _: "9.9")
    assert "It said version=0.2.0. Here it is 9.9." in rendered(project)


def test_a_question_that_was_renamed_does_not_lose_its_plan_unseen(project):
    lock(project)
    (project / "clinic.yml").rename(project / "hospital.yml")
    with pytest.raises(InputError, match=r"There is a plan 'clinic.plan.yaml', and nothing named"):
        question_runs(project / "hospital.yml", {}, project)
    (project / "hospital.yml").rename(project / "clinic.yml")
    (project / "clinic.plan.yaml").rename(project / "old.plan.yaml")
    (project / "old.yml").write_text("")
    text = rendered(project, plan="old.plan.yaml")
    assert "It said file=clinic.plan.yaml. Here it is old.plan.yaml." in text


def test_a_plan_that_is_named_and_not_there_is_refused(project):
    with pytest.raises(InputError, match=r"The plan 'gone.yaml' cannot be read"):
        rendered(project, plan="gone.yaml")


@pytest.mark.parametrize("text", ["", "[]", "{}", "locked: {}", "locked: {question: a}"])
def test_what_is_no_plan_is_refused(project, text):
    (project / "clinic.plan.yaml").write_text(text)
    with pytest.raises(InputError, match="The plan is wrong"):
        rendered(project)


def test_a_plan_is_of_one_effect_and_never_overwritten(project):
    lock(project)
    with pytest.raises(InputError, match="or a plan already"):
        lock(project)
    with pytest.raises(InputError, match="no page of one effect"):
        lock_plan("data", {}, project)


def test_without_a_plan_nothing_is_said(project):
    assert rendered(project) == ""


def test_a_plan_is_parameters_that_papermill_takes(project):
    plan = lock(project)
    (run,) = question_runs(project / "clinic.yml", {}, project, only="effect")
    assert plan.keys() - {"locked"} == run.known.keys()
    assert plan["start"] == "2010-01"
    assert plan["end"] == "auto"


def test_what_is_divided_and_what_has_zeros_is_forecast_too(project):
    months = pd.period_range("2010-01", periods=N, freq="M").astype(str)
    rng = np.random.default_rng(1)
    table = {"month": months, "visits": rng.poisson(0.5, N), "people": 1000.0}
    pd.DataFrame(table).to_csv(project / "visits.csv", index=False)
    given = {"value_column": "visits", "scale": "count", "model": "quasi_poisson"}
    (project / "clinic.yml").write_text(
        yaml.safe_dump({**QUESTION, **given, "divide_by": "people/100"})
    )
    ends = np.array(list(lock(project)["locked"]["forecast"].values()))
    assert (ends[:, 0] < 0.2).all()


def test_the_border_has_a_plan_that_its_run_finds(project):
    path = lock_plan("effect", {}, project)
    plan = yaml.safe_load(path.read_text())
    assert path == project / "notebooks" / "effect.plan.yaml"
    assert next(iter(plan["locked"]["forecast"])) > plan["locked"]["until"]
    assert plan["events"] != "auto"
    assert find_run(project, "effect").parameters["plan"] == "notebooks/effect.plan.yaml"
    runs = question_runs(project / "clinic.yml", {}, project)
    assert not any("plan" in one.parameters for one in runs)  # it has a page of that name too
    (project / "notebooks" / "other.plan.yaml").touch()
    with pytest.raises(InputError, match="nothing named 'other'"):
        find_run(project, "effect")
