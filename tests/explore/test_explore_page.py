"""The explorer page: its numbers are those of the models, and it needs nothing but itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

import analysis as its
from analysis.explore.page import explorer_data, explorer_page, write_explorer
from analysis.report.page import build_index

ROOT = Path(__file__).parents[2]
CHOICES = {
    "outcome": {"One": {}, "At ports": {"component": "ofo"}},
    "start": ["2019-10", "2021-10"],
    "events": ["none", ["title-42-end"]],
    "model": ["ar1_calibrated", "newey_west"],
}


@pytest.fixture(scope="module")
def data() -> dict[str, object]:
    curve = its.run_specifications(its.read_grid(CHOICES))
    return {**explorer_data(curve, {"start": "2021-10"}, CHOICES["outcome"]), "command": "effect"}


def test_every_cell_is_the_estimate_of_its_choices_or_the_reason(data):
    names = [choice["name"] for choice in data["choices"]]
    assert names == ["outcome", "start", "events", "model"]
    assert [choice["first"] for choice in data["choices"]] == [0, 1, 0, 0]
    keys = list(product(*([v["name"] for v in choice["values"]] for choice in data["choices"])))
    assert len(keys) == len(data["cells"]) == 16
    for (series, start, events, model), cell in zip(keys, data["cells"], strict=True):
        selection = CHOICES["outcome"][series]
        if not isinstance(cell, list):
            assert (series, start) == ("At ports", "2019-10")
            assert "is not covered" in data["reasons"][cell]
            continue
        outcome = its.load_outcome(start=start, end="2024-12", **selection)
        other = [] if events == "none" else [events]
        design = its.build_design(outcome, "asylum-restrictions", events=other)
        average = its.estimate_effects(its.fit(design, model))["average"]
        assert cell == pytest.approx([average.estimate, average.lower, average.upper], abs=0.006)


def test_the_series_know_where_the_intervention_begins(data):
    for series in data["series"]:
        assert series["periods"][series["first"]] == "2024-06"
        assert len(series["periods"]) == len(series["values"])


def test_the_page_lets_only_its_own_script_and_style_run(data):
    page = explorer_page({**data, "called": "</script><b>bold</b>"})
    assert "<b>" not in page.split("<main")[1]
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for kind in ("script", "style"):
        (text,) = re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
        assert f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy
    assert not re.findall(r"(?:src|href)=.?(?:https?:)?//", page)
    held = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)[1]
    assert json.loads(held)["cells"] == data["cells"]


def test_a_list_of_reports_links_it_where_it_is():
    assert "explore.html" in build_index([], explorer=True)
    assert "explore.html" not in build_index([])


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "notebooks").symlink_to(ROOT / "notebooks")
    return folder


@pytest.fixture(scope="module")
def border(project) -> Path:
    return write_explorer(project)


@pytest.mark.slow
def test_it_is_small_and_starts_with_the_committed_answer(border):
    text = border.read_text()
    assert len(text.encode()) < 1_000_000
    held = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])
    at = 0
    for choice in held["choices"]:
        at = at * len(choice["values"]) + choice["first"]
    table = pd.read_csv(ROOT / "reports" / "effect" / "effects.csv").query("fit == 'main'")
    row = table.set_index("estimand").loc["average"]
    assert held["cells"][at] == pytest.approx(list(row[["estimate", "lower", "upper"]]), abs=0.006)


SICILY = "notebooks/questions/sicily.yml"
# A question with what a grid leaves out, and with an event that has words of its own.
MORE = "events: 2003-06-01 pulse a heat wave\nwashout: 2004-12\n"


@pytest.mark.slow
@pytest.mark.parametrize(("question", "more"), [(None, ""), (SICILY, ""), ("more.yml", MORE)])
def test_the_command_as_printed_makes_a_report_with_the_same_numbers(project, question, more):
    if more:
        text = (ROOT / SICILY).read_text().replace("sicily.csv", f"{ROOT / SICILY[:-4]}.csv")
        (project / "more.yml").write_text(text + more)
    page = write_explorer(project, question and project / question)
    held = json.loads(re.search(r'id="data">(.*?)</script>', page.read_text())[1])
    every = list(product(*(choice["values"] for choice in held["choices"])))
    # Far from the one with which the page starts: the last one, or the first, without events.
    places = [i for i, cell in enumerate(held["cells"]) if isinstance(cell, list)]
    at = places[0] if more else places[-1]
    command = " ".join([held["command"], *(value["parts"] for value in every[at])])
    assert str(ROOT) not in command
    done = subprocess.run(
        f"{sys.executable} -m analysis render {command} --as tried-{bool(question)}{bool(more)}",
        shell=True,
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (report,) = (project / "reports" / f"tried-{bool(question)}{bool(more)}").rglob("effects.csv")
    table = pd.read_csv(report).query("fit == 'main' and estimand in ('average', 'relative')")
    wanted = table.set_index("estimand")[["estimate", "lower", "upper"]]
    cell = held["cells"][at]
    if (table["unit"].iloc[0]).startswith("%"):
        assert cell == pytest.approx(list(wanted.loc["average"]), abs=0.006)
    else:  # a share of what was expected, of a mean in the unit of the series
        assert cell[0] == pytest.approx(wanted.loc["relative", "estimate"], abs=2)


@pytest.fixture(params=["light", "dark"])
def page(browser, border, request) -> Iterator[Page]:
    made = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme=request.param)
    seen: list[str] = []
    made.on("console", lambda message: seen.append(message.text))
    made.on("pageerror", lambda error: seen.append(str(error)))
    made.on("request", lambda r: None if r.url.startswith("file:") else seen.append(r.url))
    made.goto(border.as_uri())
    yield made
    assert seen == []
    made.close()


@pytest.mark.browser
def test_no_barrier_and_nothing_beside_the_screen(page):
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    result = Axe().run(page, options=rules)
    assert result.violations_count == 0, result.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.browser
def test_a_choice_by_keyboard_says_the_estimate_moves_the_figure_and_the_link(page, border):
    before = page.inner_text("[role=status] .headline"), page.inner_html("#path")
    assert "57% below" in before[0]
    page.focus("#choice-start")
    page.keyboard.press("ArrowDown")
    after = page.inner_text("[role=status] .headline"), page.inner_html("#path")
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert "start=2022-04" in page.inner_text("#command")
    assert "start=2022-04" in page.url
    page.goto(f"{border.as_uri()}#series=At+ports+of+entry%2C+southwest+border&start=2018-10")
    page.reload()
    assert "No estimate: " in page.inner_text(".headline")
    assert "component=ofo" in page.inner_text("#command")


@pytest.mark.browser
def test_the_command_is_copied(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#copy")
    page.wait_for_function("document.getElementById('copied').textContent")
    assert page.inner_text("#copied") == "The command is copied."
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.inner_text("#command")
