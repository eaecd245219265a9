"""The controls and what they show, without a browser."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pandas as pd
import pytest

from analysis.__main__ import run
from analysis.border.events import catalogue
from analysis.border.question import ask, estimate
from analysis.border.sources import DIMENSIONS
from analysis.errors import InputError
from analysis.explore import panel as explore
from analysis.explore.controls import SLOW, parts
from analysis.explore.panel import Explorer, explore_effect
from analysis.models import registered_models
from analysis.reading import PARAMETERS
from analysis.report.parameters import read_parameters

ROOT = Path(__file__).parents[2]
# Each of these estimates and draws several times.
pytestmark = pytest.mark.slow
INTERPRETER = Path(sys.executable)
PYTHON = INTERPRETER.relative_to(ROOT) if INTERPRETER.is_relative_to(ROOT) else INTERPRETER


@pytest.fixture
def explorer() -> Explorer:
    return explore_effect({}, root=ROOT)


def put(explorer: Explorer, **values: object) -> None:
    """Set controls that hold one value."""
    for name, value in values.items():
        explorer.controls[name].inputs[""].value = value


def tick(explorer: Explorer, name: str, *wanted: str) -> None:
    """Tick these boxes of a control, and no others."""
    for value, box in explorer.controls[name].inputs.items():
        box.value = value in wanted


def shown(explorer: Explorer) -> dict[str, str]:
    return {name: each.value for name, each in explorer.results.items()}


def options(explorer: Explorer, name: str) -> list[str]:
    return [value for _, value in explorer.controls[name].inputs[""].options]


def test_its_notebook_has_the_parameters_of_the_main_one():
    first, other = (
        read_parameters(ROOT / "notebooks" / name) for name in ("03-effect.ipynb", "explore.ipynb")
    )
    assert first == other


def test_it_starts_with_the_answer_of_the_committed_report(explorer):
    table = pd.read_csv(ROOT / "reports" / "effect" / "effects.csv").query("fit == 'main'")
    table = table.set_index("estimand").drop(["cumulative", "relative"], errors="ignore")
    found = estimate(ask(explorer.values), explorer.values).table.loc[table.index]
    pd.testing.assert_series_equal(found["lower"], table["lower"], rtol=1e-6)
    assert explorer.command_line == f"{PYTHON} -m analysis render effect"
    assert "57% below" in shown(explorer)["answer"]


def test_choices_are_those_of_the_rules_and_catalogues(explorer):
    rule = explorer.known["season"].allowed
    assert options(explorer, "season") == rule.split(" | ")
    assert set(options(explorer, "model")) == set(registered_models())
    assert options(explorer, "intervention") == list(catalogue())
    assert list(explorer.controls["events"].inputs) == list(catalogue())
    assert "tucson" in explorer.controls["sector"].inputs
    assert {"2021-10", "2024-12"} < set(options(explorer, "start"))
    phase_in = explorer.controls["phase_in"].inputs[""]
    assert (phase_in.min, phase_in.max) == (0, 24)
    free = {name for name, parameter in explorer.known.items() if not parameter.allowed}
    assert set(explorer.known) - set(explorer.controls) == {*free, *PARAMETERS} - set(DIMENSIONS)


def test_each_input_has_a_label_and_slow_models_say_so(explorer):
    for control in explorer.controls.values():
        assert all(each.description for each in control.inputs.values())
    labels = {value: text for text, value in explorer.controls["model"].inputs[""].options}
    assert {name for name, label in labels.items() if "some seconds" in label} == set(SLOW)


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
    def refuse(_: object) -> None:
        raise InputError("<b>", rule="<i>", remedy="<u>")

    monkeypatch.setattr(explore, "estimate", refuse)
    explorer.refresh()
    assert "&lt;b&gt;" in shown(explorer)["answer"]
    assert "<i>" not in shown(explorer)["answer"]


@pytest.mark.parametrize("step", ["estimate", "trace_counterfactual"])
def test_what_else_fails_is_said_too(explorer, monkeypatch, step):
    monkeypatch.setattr(explore, step, lambda *_, **__: 1 / 0)
    explorer.refresh()
    assert "This failed with ZeroDivisionError: division by zero" in shown(explorer)["answer"]
    assert shown(explorer)["wide"] == shown(explorer)["status"] == ""


def test_starting_values_are_checked_and_a_date_of_ones_own_is_offered():
    with pytest.raises(InputError, match="There is no model 'ar2'"):
        explore_effect({"model": "ar2"}, root=ROOT)
    own = explore_effect({"intervention": "2024-02-01", "events": "2023-05-12"}, root=ROOT)
    assert options(own, "intervention")[-1] == "2024-02-01"
    assert own.command_line.endswith("-p intervention=2024-02-01 -p events=2023-05-12")
    assert own.controls["events"].inputs["2023-05-12"].value


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
    assert options(found, "intervention") == ["2018-01-01"]
    assert list(found.controls["events"].inputs) == []
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


def test_the_command_makes_a_report_with_the_same_numbers(explorer, tmp_path, monkeypatch, capsys):
    put(explorer, start="2022-01", model="reml_ar1", horizon=2, alpha=0.1, phase_in=2)
    tick(explorer, "events", "mexico-enforcement")
    tick(explorer, "demographic", "single_adult", "family_unit")
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(sys, "argv", ["analysis", *shlex.split(explorer.command_line)[3:]])
    run()
    page = re.search(r"^reports/effect-custom/index\.html", capsys.readouterr().out)
    assert page
    report = pd.read_csv(tmp_path / "reports" / "effect-custom" / "effects.csv")
    mine = estimate(ask(explorer.values), explorer.values).table.reset_index()
    theirs = report.query("fit == 'main'")[list(mine.columns)]
    pd.testing.assert_frame_equal(mine, theirs, rtol=1e-9)
