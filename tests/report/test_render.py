"""Rendering, with real kernels and with each way to fail put in on purpose."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from damage import mutate, mutate_tree
from filelock import FileLock

from analysis import show
from analysis.__main__ import run
from analysis.errors import InputError, RunError
from analysis.report import execute, folder, index, record, render

# A case that starts a kernel of its own.
SLOW = partial(pytest.param, marks=pytest.mark.slow)
PARAMETERS = 'fault: str = ""  # which fault to show\nkeep: str = "01001"  # a text'
BODY = """
import os, time
from IPython.display import display
from analysis.effects.estimands import estimate_effects
from analysis.errors import InputError
import analysis as its
outcome = its.load_outcome(start="2021-10", end="2024-12")
if fault == "input":
    raise InputError("The value is 7.\\n  Rule: seven", rule="It is 6.", remedy="Write 6.")
if fault == "error":
    raise ZeroDivisionError("by zero")
if fault == "kill":
    os.kill(os.getpid(), 9)
if fault == "slow":
    time.sleep(60)
effects = its.estimate_effects(its.fit(its.build_design(outcome, "asylum-restrictions")))
display(effects, keep)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of its own with one small notebook, in a folder with a name that is no code."""
    tmp_path = tmp_path / "my {x} 100% größe"
    (tmp_path / "notebooks").mkdir(parents=True)
    v4 = nbformat.v4
    notebook = v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# Test"),
            v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
            v4.new_code_cell(BODY),
        ]
    )
    nbformat.write(notebook, tmp_path / "notebooks" / "test.ipynb")
    runs = "test: {title: A test, notebook: test.ipynb}\n"
    (tmp_path / "notebooks" / "runs.yml").write_text(runs)
    return tmp_path


def good_report(project: Path) -> Path:
    """A stand-in for an earlier good report."""
    made = project / "reports" / "test"
    made.mkdir(parents=True)
    (made / "index.html").write_text("earlier")
    facts = {"run": "test", "title": "t", "headline": "", "finished": "2026"}
    facts |= {"status": "complete", "version": "0", "python": "3"}
    facts |= {"parameters": {}, "libraries": {}, "data": []}
    (made / "run.json").write_text(json.dumps(facts))
    return made


def leftovers(project: Path) -> list[str]:
    names = {path.name for path in (project / "reports").iterdir()}
    return sorted(names - {"test", "index.html", ".failed", ".test.lock", ".index.lock"})


def test_a_run_becomes_a_page_numbers_and_a_record(project):
    page = render.Renderer(root=project).run("test").page
    facts = json.loads((page.parent / "run.json").read_text())
    assert [entry["name"] for entry in facts["data"]] == ["southwest_monthly"]
    assert facts["data"][0]["sha256"] in page.read_text()
    assert page == project / "reports" / "test" / "index.html"
    assert facts["status"] == "complete"
    assert facts["parameters"]["keep"]["value"] == "01001"
    assert "\nmain,average," in (page.parent / "effects.csv").read_text()
    assert sorted(p.name for p in page.parent.iterdir()) == [
        "effects.csv",
        "index.html",
        "ro-crate-metadata.json",
        "run.json",
    ]
    assert "test/index.html" in (project / "reports" / "index.html").read_text()
    assert leftovers(project) == []


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        SLOW("input", InputError, "7.\n  Rule: seven\n  Rule: It is 6.\n  Remedy: Write 6."),
        SLOW("error", RunError, "failed with ZeroDivisionError: by zero"),
        SLOW("kill", RunError, "died"),
        SLOW("slow", RunError, "took longer than 5 seconds"),
    ],
)
def test_each_fault_leaves_the_earlier_report_as_it_was(project, fault, kind, message):
    earlier = good_report(project)
    limit = 5 if fault == "slow" else 300  # seconds
    renderer = render.Renderer(root=project, cell_timeout=limit)
    with pytest.raises(kind) as caught:
        renderer.run("test", {"fault": fault}, report_name="test")
    assert message in str(caught.value)
    assert fault != "input" or caught.value.rule == "It is 6."
    assert (earlier / "index.html").read_text() == "earlier"
    failed = json.loads((project / "reports" / ".failed" / "test" / "run.json").read_text())
    assert failed["status"] == "failed"
    assert message in failed["error"]
    assert leftovers(project) == []


@pytest.mark.slow
def test_changed_parameters_do_not_overwrite_the_named_report(project):
    earlier = good_report(project)
    page = render.Renderer(root=project).run("test", {"keep": "x"}).page
    assert page.parent.name == "test-custom"
    assert (earlier / "index.html").read_text() == "earlier"


def test_unknown_run(project):
    with pytest.raises(InputError, match="Did you mean 'test'"):
        render.Renderer(root=project).run("tset")
    assert not (project / "reports").exists()


def test_bad_parameter_starts_no_kernel(project, monkeypatch):
    monkeypatch.setattr(
        "analysis.report.execute.execute", lambda *_, **__: pytest.fail("a kernel was started")
    )
    with pytest.raises(InputError, match="Did you mean 'fault'"):
        render.Renderer(root=project).run("test", {"faultt": "x"})


def test_two_renders_of_one_report_at_once(project):
    (project / "reports").mkdir()
    with (
        FileLock(project / "reports" / ".test.lock"),
        pytest.raises(RunError, match="by another process"),
    ):
        render.Renderer(root=project).run("test")


def test_full_disk_keeps_the_earlier_report(project, monkeypatch):
    earlier = good_report(project)
    monkeypatch.setattr(
        "analysis.report.execute.execute", lambda *_, **__: nbformat.v4.new_notebook()
    )

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(render, "build_page", full)
    with pytest.raises(RunError, match="No space left on device"):
        render.Renderer(root=project).run("test")
    assert (earlier / "index.html").read_text() == "earlier"
    assert leftovers(project) == []


def test_unwritable_folder(project, monkeypatch):
    def refused(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder, "mkdtemp", refused)
    with pytest.raises(RunError, match="Permission denied"):
        render.Renderer(root=project).run("test")
    assert leftovers(project) == []


def test_reports_folder_that_is_a_file(project):
    (project / "reports").write_text("not a folder")
    with pytest.raises(RunError, match="cannot be written"):
        render.Renderer(root=project).run("test")


def test_interrupt_keeps_the_earlier_report(project, monkeypatch):
    earlier = good_report(project)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("analysis.report.execute.execute", interrupted)
    with pytest.raises(KeyboardInterrupt):
        render.Renderer(root=project).run("test")
    assert (earlier / "index.html").read_text() == "earlier"
    assert leftovers(project) == []


@pytest.mark.slow
@pytest.mark.parametrize("several", [False, True])
def test_ctrl_c_stops_the_notebooks_too(project, several):
    listing = project / "notebooks" / "runs.yml"
    one = "{title: A test, notebook: test.ipynb, parameters: {fault: slow}}"
    listing.write_text(f"test: {one}\nother: {one}\nthird: {one}\n")
    earlier = good_report(project)
    ask = ["--all", "--workers", "2"] if several else ["test"]
    process = subprocess.Popen(
        [sys.executable, "-m", "analysis", "render", *ask],
        cwd=project,
        env={**os.environ, "TMPDIR": str(project)},
        stderr=subprocess.PIPE,
        text=True,
    )
    while not list(project.glob("its-*/kernel.json")) and process.poll() is None:
        time.sleep(0.1)
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    shown = process.communicate(timeout=50)[1].rpartition("\r")[2].strip()
    assert process.returncode == 130
    assert shown.splitlines()[-1] == "Stopped. What is not finished is as it was."
    assert "Traceback" not in shown
    assert "Task" not in shown
    assert (earlier / "index.html").read_text() == "earlier"
    assert list(project.glob("its-*")) == []
    assert [name for name in leftovers(project) if not name.endswith(".lock")] == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        SLOW(["render", "test", "-p", "fault=input"], 2, "Error: The value is 7."),
        (["render", "test", "-p", "faultt=x"], 2, "Did you mean 'fault'?"),
        (["render", "test", "-p", "fault"], 2, "has no ="),
        (["render", "test", "-p", "keep=a", "-p", "keep=b"], 2, "'keep' is given twice"),
        (["render", "test", "--as", ".."], 2, "The report's name is '..'"),
        (["render", "test", "--as", ""], 2, "The report's name is ''"),
        (["render", "tst"], 2, "Did you mean 'test'?"),
        (["render"], 2, "Both a name and --all were given, or neither."),
        (["rendr"], 2, "No such command 'rendr'"),
        SLOW(["render", "test", "-p", "fault=error"], 1, "ZeroDivisionError"),
    ],
)
def test_command_line_ends_with_a_message_and_a_code(
    project, monkeypatch, capsys, arguments, code, message
):
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "argv", ["analysis", *arguments])
    with pytest.raises(SystemExit) as caught:
        run()
    assert caught.value.code == code
    assert message in capsys.readouterr().err


@pytest.mark.slow
def test_a_mistake_shows_no_traceback(project):
    done = subprocess.run(
        [sys.executable, "-m", "analysis", "render", "tst"],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Error: There is no run 'tst'.")
    assert "Traceback" not in done.stderr


def test_list_shows_runs_and_parameters(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "argv", ["analysis", "list"])
    run()
    shown = capsys.readouterr().out
    assert "test: A test (test.ipynb)" in shown
    assert "keep=01001  a text" in shown


@pytest.mark.slow
def test_render_all_goes_on_after_a_failure(project, monkeypatch, capsys):
    shutil.copy(project / "notebooks" / "test.ipynb", project / "notebooks" / "bad.ipynb")
    (project / "notebooks" / "runs.yml").write_text(
        "bad: {title: Bad, notebook: bad.ipynb, parameters: {fault: error}}\n"
        "test: {title: Good, notebook: test.ipynb}\n"
    )
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "argv", ["analysis", "render", "--all"])
    with pytest.raises(SystemExit) as caught:
        run()
    assert caught.value.code == 1
    shown = capsys.readouterr()
    assert "bad: A cell of bad.ipynb failed with ZeroDivisionError: by zero" in shown.err
    statuses = [line.split()[0] for line in shown.out.splitlines()]
    assert statuses == ["failed", "rendered"]
    assert (project / "reports" / "test" / "index.html").is_file()


@pytest.mark.slow
def test_an_unchanged_run_is_not_executed_again(project, monkeypatch):
    first = render.Renderer(root=project).run("test")
    assert first.fresh
    with monkeypatch.context() as patched:
        patched.setattr(
            "analysis.report.execute.execute", lambda *_, **__: pytest.fail("it was run again")
        )
        assert not render.Renderer(root=project).run("test").fresh
    assert render.Renderer(root=project, again=True).run("test").fresh
    notebook = project / "notebooks" / "test.ipynb"
    notebook.write_text(notebook.read_text().replace("# Test", "# Changed"))
    assert render.Renderer(root=project).run("test").fresh


@pytest.mark.parametrize("change", ["edit index.html", "edit effects.csv", "delete effects.csv"])
def test_a_report_that_was_touched_is_made_again(project, monkeypatch, change):
    executed = fake_execution(monkeypatch)
    render.Renderer(root=project).run("test")
    verb, name = change.split()
    path = project / "reports" / "test" / name
    before = path.read_text()
    if verb == "edit":
        path.write_text(before + " ")
    else:
        path.unlink()
    assert render.Renderer(root=project).run("test").fresh
    assert path.read_text() == before
    assert len(executed) == 2
    assert not render.Renderer(root=project).run("test").fresh


def fake_execution(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Put a finished notebook in the place of a kernel; give the list of those that were run."""
    executed: list[Path] = []
    table = show.with_table("<p>effects</p>", pd.DataFrame({"estimate": [1.5]}), fit="main")
    shown = nbformat.v4.new_output("display_data", table)
    cells = [nbformat.v4.new_markdown_cell("# T"), nbformat.v4.new_code_cell("", outputs=[shown])]

    def execute(notebook: Path, *_: object, **__: object) -> nbformat.NotebookNode:
        executed.append(notebook)
        return nbformat.v4.new_notebook(cells=cells)

    monkeypatch.setattr("analysis.report.execute.execute", execute)
    monkeypatch.setattr(record, "now", lambda: "2026-01-01T00:00:00+00:00")
    return executed


def test_a_run_that_was_killed_between_the_two_steps_of_the_swap(project, monkeypatch):
    earlier = good_report(project)
    earlier.rename(earlier.with_name(".test.old"))
    monkeypatch.setattr("analysis.report.execute.execute", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        render.Renderer(root=project).run("test")
    assert (earlier / "index.html").read_text() == "earlier"
    assert leftovers(project) == []


def test_what_killed_runs_left_is_cleared_and_that_of_others_is_not(project, monkeypatch):
    fake_execution(monkeypatch)
    for name in (".test~x1", ".test-custom~x2"):
        (project / "reports" / name).mkdir(parents=True, mode=0o500)
    render.Renderer(root=project).run("test")
    assert leftovers(project) == [".test-custom~x2"]


def test_the_path_of_a_socket_is_short_whatever_the_folder_for_temporary_files(
    tmp_path, monkeypatch
):
    long = tmp_path / ("long" * 40)
    long.mkdir()
    for place, transport in ((tmp_path.parent.parent, "ipc"), (long, "")):
        monkeypatch.setattr("tempfile.tempdir", str(place))
        with execute.kernel() as config:
            assert config.get("KernelManager", {}).get("transport", "") == transport


def test_a_record_or_numbers_of_any_damage_stop_no_other_report(project, monkeypatch):
    fake_execution(monkeypatch)
    render.Renderer(root=project).run("test")
    for seed in range(20):
        other, chance = project / "reports" / f"other{seed}", random.Random(seed)
        shutil.copytree(project / "reports" / "test", other)
        path = other / chance.choice(["run.json", "effects.csv"])
        if path.name == "run.json":
            changed = mutate_tree(json.loads(path.read_text()), chance)
            path.write_text(json.dumps(changed, default=str))
        else:
            path.write_bytes(mutate(path.read_bytes(), seed, 4))
        index.write_index(project)
        assert "test/index.html" in (project / "reports" / "index.html").read_text()
        with suppress(InputError):
            read = record.read_record(other)
            assert all("value" in entry for entry in read["parameters"].values())
            assert all(source["sha256"] for source in read["data"])
        shutil.rmtree(other)


@pytest.mark.parametrize("damage", [0, "x", [1], [{}], {"a": None}, None])
def test_the_list_of_exhibits_says_which_record_is_damaged(project, monkeypatch, damage):
    fake_execution(monkeypatch)
    render.Renderer(root=project).run("test")
    path = project / "reports" / "test" / "run.json"
    whole = json.loads(path.read_text())
    for name in whole:
        path.write_text(json.dumps({**whole, name: damage}))
        assert record.exhibits_page(project).startswith("| Report | Exhibit")
    path.write_text(json.dumps({**whole, "exhibits": damage}))
    assert "| test | damaged |" in record.exhibits_page(project)


def test_no_committed_report_is_called_damaged(root, tmp_path):
    shutil.copytree(root / "reports", tmp_path / "reports")
    shutil.copytree(root / "notebooks", tmp_path / "notebooks")
    index.write_index(tmp_path)
    for page in tmp_path.glob("reports/**/index.html"):
        assert "Damaged" not in page.read_text()


@pytest.mark.parametrize("column", ["estimate", "lower", "upper", "unit", "label", "fit"])
@pytest.mark.parametrize("damage", ["gone", "empty", "words"])
def test_numbers_without_what_the_index_shows_are_damaged(tmp_path, monkeypatch, column, damage):
    row = {"fit": "main", "estimand": "average", "label": "Average", "unit": "%"}
    table = pd.DataFrame([{**row, "estimate": -56.0, "lower": -79.0, "upper": -9.0}])
    changed = {
        "gone": table.drop(columns=column),
        "empty": table.assign(**{column: None}),
        "words": table.assign(**{column: "<b>much</b>"}),
    }
    report = tmp_path / "reports" / "other"
    report.mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "runs.yml").write_text("{}")
    changed[damage].to_csv(report / "effects.csv", index=False)
    facts = dict.fromkeys(("run", "title", "finished", "headline", "version", "python"), "x")
    facts |= {"status": "complete", "parameters": {}, "libraries": {}, "data": []}
    (report / "run.json").write_text(json.dumps(facts))
    index.write_index(tmp_path)
    page = (tmp_path / "reports" / "index.html").read_text()
    assert "<b>much" not in page
    assert "other/index.html" in page


def test_a_damaged_record_stops_no_other_report(project, monkeypatch):
    fake_execution(monkeypatch)
    render.Renderer(root=project).run("test")
    (project / "reports" / "other").mkdir()
    for damage in ("{", "[]", "{}", '{"title": 3}'):
        (project / "reports" / "other" / "run.json").write_text(damage)
        index.write_index(project)
        page = (project / "reports" / "index.html").read_text()
        assert "test/index.html" in page
        assert "Damaged" in page


@pytest.mark.parametrize(
    ("given", "problem"),
    [({"start": "2035-01"}, "starts in 2035-01"), ({"sector": "nowhere"}, "'nowhere'")],
)
def test_what_is_not_there_is_refused_before_a_kernel_starts(root, monkeypatch, given, problem):
    monkeypatch.setattr(
        "analysis.report.execute.execute", lambda *_, **__: pytest.fail("a kernel was started")
    )

    with pytest.raises(InputError, match=problem):
        render.Renderer(root=root).run("effect", given)
