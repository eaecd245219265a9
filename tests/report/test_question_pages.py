"""A question as a file: which pages it has, what is refused, and where its pages lie."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.__main__ import run
from analysis.errors import AnalysisError, DataError, InputError
from analysis.report import render
from analysis.report.index import write_index
from analysis.report.new import new_question
from analysis.report.question import question_name, question_runs
from analysis.report.record import is_whole, read_record, write_record
from analysis.report.reproduce import reproduce

PAGES = ["summary", "data", "effect", "robustness"]
BORDER = re.compile(
    r"encounter|asylum|\bborders?\b|Title 42|Patrol|usbp|\bofo\b|CBP|children|\bports?\b|Mexic"
    r"|sector|citizen|smuggl",
    re.I,
)


@pytest.fixture
def project(tmp_path, root, monkeypatch) -> Path:
    """A project of its own with the notebooks, and a table beside them."""
    shutil.copytree(root / "notebooks", tmp_path / "notebooks")
    shutil.rmtree(tmp_path / "notebooks" / "questions")
    write(tmp_path / "clinic.csv", pd.period_range("2016-01", periods=60, freq="M"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, periods, *, size=90.0, sep=",", dec="."):
    """A made-up table with two columns of figures."""
    rng = np.random.default_rng(5)
    found = pd.DataFrame({
        "date": [f"{period.start_time:%Y-%m-%d}" for period in periods],
        "visits": rng.poisson(size, len(periods)),
        "share": np.round(rng.normal(40, 2, len(periods)), 2),
    })  # fmt: skip
    found.to_csv(path, index=False, sep=sep, decimal=dec)


def question(folder: Path, **lines: object) -> Path:
    given = {"data": "clinic.csv", "value_column": "visits", "intervention": "2019-03-05", **lines}
    path = folder / "clinic.yml"
    path.write_text(yaml.safe_dump({k: v for k, v in given.items() if v is not None}))
    return path


def test_each_page_gets_the_parameters_that_it_knows(project):
    runs = question_runs(question(project, replicates=200, horizon=2), {}, project)
    assert [one.name for one in runs] == PAGES
    by_name = {one.name: one.parameters for one in runs}
    assert by_name["effect"]["horizon"] == 2
    assert "replicates" not in by_name["effect"]
    assert by_name["robustness"]["replicates"] == 200
    assert all(parameters["data"] == "clinic.csv" for parameters in by_name.values())
    more = question_runs(question(project, comparison="share"), {}, project)
    assert [one.name for one in more] == [*PAGES, "comparison"]
    only = question_runs(question(project), {}, project, only="effect")
    assert [one.name for one in only] == ["effect"]


def test_a_table_that_only_units_can_read_has_their_page_alone(project):
    wide = pd.read_csv(project / "clinic.csv")
    long = pd.concat([wide.assign(place=place) for place in ("North", "South")])
    long.to_csv(project / "clinic.csv", index=False)
    alone = question_runs(question(project, units="place"), {}, project)
    assert [one.name for one in alone] == ["units"]
    both = question_runs(question(project, units="place", where="place=North"), {}, project)
    assert [one.name for one in both] == [*PAGES, "units"]
    with pytest.raises(InputError, match="place"):
        question_runs(question(project), {}, project)


def test_lists_and_mappings_of_yaml_are_texts(project):
    given = {"units": ["visits", "share"], "unit_starts": {"share": "2018-01-01"}}
    run = question_runs(question(project, **given), {}, project)[-1]
    assert run.name == "units"
    assert run.parameters["units"] == "visits, share"
    assert run.parameters["unit_starts"] == "share=2018-01-01"


def test_a_path_is_relative_to_the_file_of_the_question(project, monkeypatch):
    deep = project / "mine"
    deep.mkdir()
    shutil.move(project / "clinic.csv", deep / "clinic.csv")
    (run_of, *_) = question_runs(question(deep), {}, project)
    assert run_of.parameters["data"] == "mine/clinic.csv"
    monkeypatch.chdir(deep)
    (run_of, *_) = question_runs(deep / "clinic.yml", {}, project)
    assert run_of.parameters["data"] == "clinic.csv"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ({"intervention": None}, "needs the first day of what it studies"),
        ({"intervention": "soon"}, "no intervention 'soon'|'soon' is not a date"),
        ({"value_colum": "visits"}, "Did you mean 'value_column'"),
        ({"value_column": "nurses"}, "nurses"),
        ({"scale": "logs"}, "Did you mean 'log'"),
        ({"events": "2019-13 strike"}, "has no date that can be read"),
        ({"washout": "2018..soon"}, "The span of time is"),
        ({"sector": "tucson"}, "These parameters choose among the official tables"),
        ({"data": "other.csv"}, "other.csv"),
    ],
)
def test_each_mistake_is_refused_before_a_kernel_starts(project, monkeypatch, lines, message):
    monkeypatch.setattr(
        "analysis.report.execute.execute", lambda *_, **__: pytest.fail("a kernel was started")
    )
    path = question(project, **lines)
    with pytest.raises(InputError) as caught:
        render.Renderer(root=project).question(path)
    assert re.search(message, str(caught.value))
    assert not (project / "reports").exists()


@pytest.mark.parametrize("text", ["", "- data\n", "data: [a\n", "data: a\ndata: b\n"])
def test_what_is_no_mapping_is_no_question(project, text):
    path = project / "clinic.yml"
    path.write_text(text)
    with pytest.raises(InputError, match="question"):
        question_runs(path, {}, project)


def test_a_question_and_a_report_do_not_share_a_folder(project):
    path = question(project).rename(project / "effect.yml")
    with pytest.raises(InputError, match="another report named 'effect'"):
        render.Renderer(root=project).question(path)
    page = project / "reports" / "clinic" / "effect"
    page.mkdir(parents=True)
    (page / "run.json").write_text("{}")
    with pytest.raises(InputError, match="is a question with pages of its own"):
        render.Renderer(root=project).run("effect", {"start": "2022-01"}, report_name="clinic")


def test_the_index_lists_a_question_once_and_its_pages_apart(project):
    facts = {"run": "effect", "headline": "It fell.", "finished": "2026", "status": "complete"}
    facts |= {"version": "0", "python": "3", "parameters": {}, "libraries": {}, "data": []}
    for name in PAGES:
        folder = project / "reports" / "clinic" / name
        folder.mkdir(parents=True)
        told = {"name": f"clinic/{name}", "title": f"Visits: {name}", "page": name.title()}
        (folder / "run.json").write_text(json.dumps({**facts, **told}))
    write_index(project)
    index = (project / "reports" / "index.html").read_text()
    assert index.count("clinic/index.html") == 1
    assert "clinic/effect" not in index
    own = (project / "reports" / "clinic" / "index.html").read_text()
    places = [own.index(f'"{name}/index.html"') for name in PAGES]
    assert places == sorted(places)
    assert "Encounter" not in own
    assert '"../index.html"' in own


def test_the_list_of_reports_leads_each_page_on_and_never_touches_a_changed_one(project):
    marks = "<!--share--><!--/share--><!--bar--><!--/bar--><!--turn--><!--/turn-->"
    facts = {"run": "effect", "headline": "It fell.", "finished": "2026", "status": "complete"}
    facts |= {"version": "0", "python": "3", "parameters": {}, "libraries": {}, "data": []}
    folders = {name: project / "reports" / name for name in ("effect", "weekly", "data")}
    for name, folder in folders.items():
        folder.mkdir(parents=True)
        (folder / "index.html").write_text(f"<p>before</p>{marks}<p>after</p>")
        write_record(folder, {**facts, "name": name, "title": name.title()})
    (folders["data"] / "index.html").write_text(marks)
    for base in ("https://x.org", ""):
        write_index(project, base)
        page = (folders["effect"] / "index.html").read_text()
        assert page.startswith("<p>before</p><!--share--><meta")
        assert page.endswith("<!--/turn--><p>after</p>")
        assert page.count("../weekly/index.html") == 1
        assert page.count("../data/index.html") == 2  # in the bar, and as the next page
        assert ("https://x.org/effect/index.html" in page) == bool(base)
        assert is_whole(folders["effect"], read_record(folders["effect"]))
    assert (folders["data"] / "index.html").read_text() == marks


def test_a_report_without_a_name_of_its_own_changes_no_named_page(project):
    facts = {"run": "effect", "headline": "It fell.", "finished": "2026", "status": "complete"}
    facts |= {"version": "0", "python": "3", "parameters": {}, "libraries": {}, "data": []}

    def page(name: str) -> bytes:
        folder = project / "reports" / name
        if not folder.is_dir():
            folder.mkdir(parents=True)
            (folder / "index.html").write_text("<!--bar--><!--/bar--><!--turn--><!--/turn-->")
            write_record(folder, {**facts, "name": name, "title": name.title()})
        write_index(project)
        return (folder / "index.html").read_bytes()

    named = page("effect")
    own = page("my-own").decode()
    assert page("effect") == named
    assert "../effect/index.html" in own
    assert "my-own/index.html" in (project / "reports" / "index.html").read_text()


def links(page: Path) -> list[str]:
    found = re.findall(r'\shref="([^"#]+)"', page.read_text())  # a figure has others inside it
    return [link for link in found if not link.startswith("http")]


def plain(page: Path) -> str:
    """The words of a page without its styles and figures, the way to its own files left out."""
    text = re.sub(
        r"<style.*?</style>|<svg.*?</svg>|src=.data[^>]*", "", page.read_text(), flags=re.S
    )
    return unescape(re.sub(r"<[^>]+>", " ", text))


@pytest.mark.slow
def test_every_page_of_a_question_is_about_its_own_series(project):
    path = question(
        project, comparison="share", intervention_label="the new clinic", washout="2017-02",
        events="2017-05..2017-06 level a strike", replicates=100, units=["visits", "share"],
    )  # fmt: skip
    ended = render.Renderer(root=project).question(path)
    assert [each.error for each in ended] == [None] * 6
    for each in ended:
        assert BORDER.findall(plain(each.page)) == []
        shared = [link for link in links(each.page) if link.startswith("../../")]
        beyond = {"index.html", "methods", "validation", ".."}
        assert {link.split("/")[2] for link in shared} <= beyond
        own = set(links(each.page)) - set(shared)
        assert [link for link in own if not (each.page.parent / link).is_file()] == []
        record = json.loads((each.page.parent / "run.json").read_text())
        assert record["parameters"]["start"]["taken"] == "2016-01"
        assert "sector" not in record["parameters"]
    assert [each.status for each in render.Renderer(root=project).question(path)] == [
        "unchanged"
    ] * 6
    again = reproduce(project / "reports" / "clinic" / "effect", root=project)
    assert again.exact
    assert "clinic/effect: the same numbers" in str(again)


SERIES = {
    "weekly": ("W-SUN", 130, 90.0),
    "quarterly": ("Q", 40, 900.0),
    "yearly": ("Y", 30, 400.0),
    "rare": ("M", 70, 0.7),
    "short": ("M", 22, 200.0),
}


@pytest.mark.parametrize("kind", SERIES)
def test_a_new_question_is_allowed_as_it_is(project, kind):
    freq, count, size = SERIES[kind]
    write(project / f"{kind}.csv", pd.period_range("1990-01", periods=count, freq=freq), size=size)
    path = new_question(project / f"{kind}.csv", given={"value_column": "visits"}, root=project)
    text = path.read_text()
    assert "AN EXAMPLE" in text
    written = yaml.safe_load(text)
    assert written["intervention_label"] == "an example date"
    assert written["scale"] == ("level" if kind == "rare" else "log")
    assert [one.name for one in question_runs(path, {}, project)] == PAGES
    with pytest.raises(InputError, match="There is a file"):
        new_question(project / f"{kind}.csv", given={"value_column": "visits"}, root=project)
    assert path.read_text() == text


def test_what_is_given_stands_in_a_new_question(project):
    given = {"value_column": "share", "events": "2017-05 a strike", "title": "Share: all"}
    path = new_question(
        project / "clinic.csv", intervention="2019-02-01", given=given, root=project
    )
    written = yaml.safe_load(path.read_text())
    assert written["intervention"] == "2019-02-01"
    assert given.items() <= written.items()
    assert "EXAMPLE" not in path.read_text()


@pytest.mark.parametrize(("divisor", "offered"), [("share", True), ("share/100000", False)])
def test_a_new_rate_is_offered_per_100_000(project, divisor, offered):
    given = {"value_column": "visits", "divide_by": divisor}
    text = new_question(project / "clinic.csv", given=given, root=project).read_text("utf-8")
    assert ("# divide_by: share/100000" in text) == offered
    assert yaml.safe_load(text)["divide_by"] == divisor


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({}, DataError, "value_column: visits or share"),
        ({"value_colum": "visits"}, InputError, "Did you mean 'value_column'"),
        ({"value_column": "visits", "intervention": "soon"}, AnalysisError, "soon"),
    ],
)
def test_what_cannot_be_guessed_is_asked_for(project, given, kind, message):
    with pytest.raises(kind, match=message):
        new_question(project / "clinic.csv", given=given, root=project)
    assert list(project.glob("*.yml")) == []


@pytest.mark.parametrize(
    ("file", "name"),
    [("a b.csv.gz", "a-b"), ("data.csv", "data-question"), ("Fälle (neu).xlsx", "Fälle-neu")],
)
def test_a_question_has_a_name_that_a_folder_can_have(file, name):
    assert question_name(Path(file), {"data": 1}) == name


def test_the_command_writes_a_question(project, monkeypatch, capsys):
    command = ["analysis", "new", "clinic.csv", "-p", "value_column=visits"]
    monkeypatch.setattr("sys.argv", command)
    run()
    assert "render --question clinic.yml" in capsys.readouterr().out
    assert (project / "clinic.yml").exists()
