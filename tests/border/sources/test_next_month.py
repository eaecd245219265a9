"""The section on the next month's file, run as it stands on a file in CBP's format."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import publisher
import pytest

import analysis as its

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "notebooks" / "README.md").read_text()
SECTION = TEXT.split("## Bring next month's file")[1].split("\n## ")[0]
COMMANDS = re.search(r"```sh\n(.*?)```", SECTION, re.DOTALL)[1].strip().splitlines()

# It renders two pages from the command line.
pytestmark = pytest.mark.slow


def run(command: str, folder: Path) -> str:
    """What one of its commands prints, run in a folder."""
    words = shlex.split(command)
    assert words[0] == ".venv/bin/python"
    done = subprocess.run(
        [sys.executable, *words[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project with a file of a month later than the embedded one; one old month is halved."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "data").mkdir()
    frame = publisher.with_later_month(its.embedded()[0].frame)
    halved = frame["period"].astype(str) == "2024-03"
    frame.loc[halved, "encounters"] = frame.loc[halved, "encounters"] // 2
    path = folder / "data" / "sbo-encounters-fy22-fy25-sep.csv"
    publisher.write(path, publisher.SOUTHWEST_HEADER, publisher.release_rows(frame))
    return folder


@pytest.fixture(scope="module")
def printed(project) -> dict[str, str]:
    return {command: run(command, project) for command in COMMANDS}


def said(printed: dict[str, str], part: str) -> str:
    (found,) = [text for command, text in printed.items() if part in command]
    return found


def test_check_names_the_later_month_and_the_revision(printed):
    text = said(printed, "data check")
    assert "sbo-encounters-fy22-fy25-sep.csv: usable" in text
    assert "vintage 2025-09" in text
    assert "by more than 5%: rows may be missing" in text


def test_the_pages_use_the_file_and_warn_of_the_halved_month(printed, project):
    for name in ("data-new", "effect-new"):
        record = json.loads((project / "reports" / name / "run.json").read_text())
        assert record["status"] == "complete"
        assert "2025-09" in {source["vintage"] for source in record["data"]}
        page = (project / "reports" / name / "index.html").read_text()
        assert "In 1 of 39 months the given files differ by more than 5%" in page
        assert "most of all in March 2024" in page


def test_the_page_of_the_effect_says_what_the_file_adds_and_how_far_the_answer_moves(
    printed, project
):
    page = (project / "reports" / "effect-new" / "index.html").read_text()
    assert "The given files add September 2025, after the end of this window." in page
    assert "They revise 1 of the 39 months of this window, March 2024" in page
    assert "The average effect moves from" in page


def test_what_update_prints_are_the_commands_of_the_readme(printed):
    text = said(printed, "data update")
    for command in COMMANDS[1:]:
        assert command.removeprefix(".venv/bin/").replace("data/", "data") in text


def test_the_audit_page_lists_the_revisions(printed, project):
    page = (project / "reports" / "data-new" / "index.html").read_text()
    assert "2 monthly figures differ between releases, 2 by more than 5%" in page
    row = page.split("<caption>Revisions</caption>")[1].split("</table>")[0]
    assert "Between ports, southwest" in row
    assert "<td>137,473</td>" in row
