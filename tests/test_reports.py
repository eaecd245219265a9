"""The committed reports are what the code makes of the data today."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from analysis.report import render
from analysis.report.named import named_runs
from analysis.report.question import question_runs
from analysis.report.reproduce import TOLERANCE

ROOT = Path(__file__).parent.parent
NAMES = list(named_runs(ROOT))
QUESTIONS = sorted((ROOT / "notebooks" / "questions").glob("*.yml"))


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_each_question_has_its_pages_committed(path):
    for run in question_runs(path, {}, ROOT):
        record = json.loads((ROOT / "reports" / path.stem / run.name / "run.json").read_text())
        assert record["status"] == "complete"
        assert record["name"] == f"{path.stem}/{run.name}"
    assert f"{path.stem}/index.html" in (ROOT / "reports" / "index.html").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_each_named_run_has_a_complete_committed_report(name):
    folder = ROOT / "reports" / name
    record = json.loads((folder / "run.json").read_text())
    assert record["status"] == "complete"
    assert record["name"] == name
    assert (folder / "effects.csv").is_file() == bool(record["tables"])
    assert record["title"] in (ROOT / "reports" / "index.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_rendering_again_gives_the_same_numbers(name, tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    page = render.Renderer(root=tmp_path).run(name).page
    before, after = (
        json.loads((folder / "run.json").read_text())
        for folder in (ROOT / "reports" / name, page.parent)
    )
    assert after["headline"] == before["headline"]
    assert after["data"] or name == "validation"
    assert after["data"] == before["data"]
    if after["tables"]:
        old = pd.read_csv(ROOT / "reports" / name / "effects.csv")
        new = pd.read_csv(page.parent / "effects.csv")
        pd.testing.assert_frame_equal(old, new, rtol=TOLERANCE)


def test_readme_gives_the_answer_of_the_committed_report():
    record = json.loads((ROOT / "reports" / "effect" / "run.json").read_text())
    readme = " ".join((ROOT / "README.md").read_text().replace("\n>", " ").split())
    assert record["headline"] in readme
