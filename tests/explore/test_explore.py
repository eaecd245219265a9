"""The controls and what they show, without a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Event

import pandas as pd
import pytest
from ipywidgets import Checkbox

from analysis.border.events import catalogue
from analysis.border.question import Question, ask, estimate
from analysis.effects.estimands import Effects
from analysis.errors import InputError
from analysis.explore import panel as explore
from analysis.explore.controls import SETTLED, parts
from analysis.explore.panel import Explorer, explore_effect
from analysis.models import registered_models

ROOT = Path(__file__).parents[2]
# Each of these estimates and draws several times.
pytestmark = pytest.mark.slow
INTERPRETER = Path(sys.executable)
PYTHON = INTERPRETER.relative_to(ROOT) if INTERPRETER.is_relative_to(ROOT) else INTERPRETER
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def explorer() -> Explorer:
    return explore_effect({}, root=ROOT)


def put(explorer: Explorer, **values: object) -> None:
    """Set controls that hold one value."""
    for name, value in values.items():
        explorer.controls[name].value = value


def tick(explorer: Explorer, name: str, *wanted: str) -> None:
    """Tick these boxes of a control, and no others."""
    for value, box in boxes(explorer, name).items():
        box.value = value in wanted


def boxes(explorer: Explorer, name: str) -> dict[str, Checkbox]:
    return {box.tooltip: box for box in explorer.controls[name].children[1:]}


def shown(explorer: Explorer) -> dict[str, str]:
    explorer.work.result()
    return {name: each.value for name, each in explorer.results.items()}


def estimated(explorer: Explorer) -> Effects:
    return estimate(ask(explorer.values), explorer.values)


def options(explorer: Explorer, name: str) -> list[str]:
    return [value for _, value in explorer.controls[name].options]


def test_it_starts_with_the_answer_of_the_committed_report(explorer):
    table = pd.read_csv(ROOT / "reports" / "effect" / "effects.csv").query("fit == 'main'")
    table = table.set_index("estimand").drop(["cumulative", "relative"], errors="ignore")
    found = estimated(explorer).table.loc[table.index]
    pd.testing.assert_series_equal(found["lower"], table["lower"], rtol=1e-6)
    assert explorer.command_line == f"{PYTHON} -m analysis render effect"
    assert "57% below" in shown(explorer)["answer"]


def test_choices_are_those_of_the_rules_and_catalogues(explorer):
    rule = explorer.known["season"].allowed
    assert options(explorer, "season") == rule.split(" | ")
    assert set(options(explorer, "model")) == set(registered_models())
    assert options(explorer, "intervention") == list(catalogue())
    assert list(boxes(explorer, "events")) == list(catalogue())
    assert "tucson" in boxes(explorer, "sector")
    assert {"2021-10", "2024-12"} < set(options(explorer, "start"))
    phase_in = explorer.controls["phase_in"]
    assert (phase_in.min, phase_in.max) == (0, 24)
    assert set(explorer.known) - set(explorer.controls) == {*SETTLED, "covariates"}


def test_each_choice_is_in_words(explorer):
    for name, control in explorer.controls.items():
        if hasattr(control, "options"):
            assert control.description
            raw = [label for label, value in control.options if label == value and "_" in label]
            assert raw == [], name
    assert all(box.description for box in boxes(explorer, "demographic").values())
    assert boxes(explorer, "demographic")["single_adult"].description == "Single adults"


def test_the_last_of_two_quick_choices_counts(explorer, monkeypatch):
    """The first is being fitted when the second is made."""
    begun, go, asked = Event(), Event(), []

    def slow(question: Question, values: Mapping[str, object]) -> Effects:
        asked.append(values["model"])
        begun.set()
        assert go.wait(60)
        return estimate(question, values)

    monkeypatch.setattr(explore, "estimate", slow)
    before = dict(shown(explorer))
    put(explorer, model="ols")
    assert begun.wait(60)
    assert "Working" in explorer.results["status"].value
    put(explorer, model="arima")
    put(explorer, model="newey_west")
    assert explorer.results["answer"].value == before["answer"]
    seen: list[str] = []
    explorer.results["answer"].observe(lambda change: seen.append(change["new"]), names="value")
    go.set()
    after = shown(explorer)
    assert asked == ["ols", "newey_west"]
    assert seen == [after["answer"]]
    assert after["status"] == ""
    assert after["command"].count("newey_west") == 1
    monkeypatch.undo()
    assert after == shown(explore_effect({"model": "newey_west"}, root=ROOT))


@pytest.mark.parametrize(
    "change",
    [
        {"start": "2022-01"},
        {"model": "newey_west"},
        {"shape": "level"},
        {"border": "northern", "end": "2024-11"},
        {"season": "2"},
        {"scale": "level"},
        {"phase_in": 2},
        {"alpha": 0.1},
        {"component": "both"},
    ],
)
def test_a_change_shows_another_figure_and_other_effects(explorer, change):
    before = shown(explorer)
    put(explorer, **change)
    after = shown(explorer)
    assert all(before[name] != after[name] for name in ("wide", "narrow", "effects", "command"))
    assert after["status"] == ""
    pairs = [f"-p {name}={value}" for name, value in change.items()]
    order = sorted(pairs, key=lambda pair: list(explorer.known).index(pair[3:].split("=")[0]))
    assert explorer.command_line == " ".join([f"{PYTHON} -m analysis render effect", *order])


def test_boxes_of_events_and_groups(explorer):
    tick(explorer, "events", "mexico-enforcement")
    tick(explorer, "demographic", "single_adult", "family_unit")
    assert explorer.values["events"] == "mexico-enforcement"
    assert explorer.values["demographic"] == "family_unit+single_adult"
    assert "people in family units and single adults" in shown(explorer)["answer"]
    tick(explorer, "events")
    tick(explorer, "demographic")
    assert explorer.values["events"] == ""
    assert explorer.values["demographic"] == "all"
    assert explorer.command_line == f"{PYTHON} -m analysis render effect -p events="


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"end": "2020-01"}, "The window starts in 2021-10 and ends in 2020-01."),
        ({"end": "2024-03"}, "asylum-restrictions"),
        ({"start": "2023-08"}, "The pre-period has 10 months"),
        ({"intervention": "title-42-end"}, "title-42-end"),
        ({"component": "ofo", "start": "2000-01"}, "is not covered"),
    ],
)
def test_a_mistake_shows_its_message_and_the_next_change_recovers(explorer, change, message):
    good = shown(explorer)
    start = {name: explorer.values[name] for name in change}
    put(explorer, **change)
    bad = shown(explorer)
    assert message in bad["answer"]
    assert "role='alert'" in bad["answer"]
    assert bad["wide"] == bad["narrow"] == bad["effects"] == bad["status"] == ""
    put(explorer, **start)
    assert shown(explorer) == good


def test_zeros_on_a_log_scale_say_what_to_do(explorer):
    put(explorer, component="ofo")
    tick(explorer, "demographic", "accompanied_minor")
    tick(explorer, "citizenship", "el_salvador")
    message = shown(explorer)["answer"]
    assert "role='alert'" in message
    assert "log" in message


def test_a_message_is_escaped(explorer, monkeypatch):
    def refuse(*_: object) -> None:
        raise InputError("<b>", rule="<i>", remedy="<u>")

    monkeypatch.setattr(explore, "estimate", refuse)
    explorer.choose()
    assert "&lt;b&gt;" in shown(explorer)["answer"]
    assert "<i>" not in shown(explorer)["answer"]


@pytest.mark.parametrize("step", ["estimate", "trace_counterfactual"])
def test_what_else_fails_is_said_too(explorer, monkeypatch, step):
    monkeypatch.setattr(explore, step, lambda *_, **__: 1 / 0)
    explorer.choose()
    assert "This failed with ZeroDivisionError: division by zero" in shown(explorer)["answer"]
    assert shown(explorer)["wide"] == shown(explorer)["status"] == ""


def test_starting_values_are_checked_and_a_date_of_ones_own_is_offered():
    with pytest.raises(InputError, match="There is no model 'ar2'"):
        explore_effect({"model": "ar2"}, root=ROOT)
    own = explore_effect({"intervention": "2024-02-01", "events": "2023-05-12"}, root=ROOT)
    assert options(own, "intervention")[-1] == "2024-02-01"
    assert own.command_line.endswith("-p intervention=2024-02-01 -p events=2023-05-12")
    assert boxes(own, "events")["2023-05-12"].value


def test_a_two_column_file_gives_the_months_of_its_own(tmp_path):
    months = pd.period_range("2015-01", periods=60, freq="M")
    rows = [f"{month},{1000 + 37 * (i % 7)}" for i, month in enumerate(months)]
    path = tmp_path / "my series.csv"
    path.write_text("month,count\n" + "\n".join(rows) + "\n")
    window = {"start": "2015-01", "end": "2019-12", "events": "", "intervention": "2018-01-01"}
    found = explore_effect({"data": str(path), **window}, root=ROOT)
    assert options(found, "start")[0] == "2015-01"
    assert options(found, "end")[-1] == "2019-12"
    assert "<table" in shown(found)["effects"]
    assert f"-p 'data={path.resolve()}'" in found.command_line
    # Nothing of the border is offered for it.
    assert found.controls["intervention"].value == "2018-01-01"
    assert list(boxes(found, "events")) == []
    assert not {"component", "sector", "demographic"} & set(found.controls)


def test_the_page_shows_itself_where_widgets_do_not_live(explorer):
    bundle = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"].count("<img ") == 1
    assert "alt='Line chart of Border Patrol" in bundle["text/html"]


def test_same_parts_in_another_order_are_the_same():
    assert parts("a, b") == parts("b,a")
    assert parts("a+b") == parts("b+a")
    assert parts("a") != parts("b")


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A folder in which reports can be made."""
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def as_printed(explorer: Explorer) -> str:
    """What the printed command says, run in the project's top folder."""
    done = subprocess.run(
        explorer.command_line, shell=True, capture_output=True, text=True, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def compare_numbers(explorer: Explorer, report: Path) -> None:
    mine = estimated(explorer).table.reset_index()
    theirs = pd.read_csv(report / "effects.csv").query("fit == 'main'")[list(mine.columns)]
    pd.testing.assert_frame_equal(mine, theirs, rtol=1e-9)


def test_the_command_as_printed_makes_a_report_with_the_same_numbers(project):
    explorer = explore_effect()
    put(explorer, start="2022-01", model="reml_ar1", horizon=2, alpha=0.1, phase_in=2)
    tick(explorer, "events", "mexico-enforcement")
    tick(explorer, "demographic", "single_adult", "family_unit")
    assert as_printed(explorer).startswith("reports/effect-custom/index.html")
    compare_numbers(explorer, project / "reports" / "effect-custom")


def test_a_question_of_ones_own_is_explored(project):
    explorer = explore_effect(question="notebooks/questions/sicily.yml")
    table = pd.read_csv(ROOT / "reports" / "sicily" / "effect" / "effects.csv")
    table = table.query("fit == 'main' and estimand == 'average'")
    found = estimated(explorer)["average"].estimate
    assert found == pytest.approx(table["estimate"].item())
    assert not {"component", "sector", "demographic"} & set(explorer.controls)
    assert list(boxes(explorer, "events")) == []
    put(explorer, model="quasi_poisson", scale="count")
    assert "acute coronary events" in shown(explorer)["answer"]
    as_printed(explorer)
    compare_numbers(explorer, project / "reports" / "sicily-custom" / "effect")
