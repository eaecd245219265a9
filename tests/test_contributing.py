"""The examples of CONTRIBUTING.md do what it says, in a copy of the project."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def example(name: str) -> str:
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    assert found, name
    return found[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the examples change."""
    for folder in ("analysis", "notebooks"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path


def append(project: Path, path: str, text: str) -> None:
    with (project / path).open("a", encoding="utf-8") as file:
        file.write(text)


def run(project: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(project)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_event_becomes_a_term(project):
    append(project, "analysis/border/data/interventions.yml", example("interventions.yml"))
    code = (
        "import analysis as its; o = its.load_outcome(start='2021-10', end='2024-12');"
        "print(*its.build_design(o, 'asylum-restrictions', events=['darien-surge']).X.columns)"
    )
    assert "darien-surge" in run(project, "-c", code)


def test_a_claim_gets_a_verdict(project):
    append(project, "analysis/border/data/claims.yml", example("claims.yml"))
    code = (
        "import analysis as its; checked = its.check_claims()['half-by-september'];"
        "print(checked.verdict, checked.value)"
    )
    # 53,858 encounters in September after 117,905 in May, as CBP counts them today.
    verdict, value = run(project, "-c", code).split()
    assert verdict == "supported"
    assert float(value) == pytest.approx(100 * (53858 / 117905 - 1))


@pytest.mark.slow
def test_a_table_is_loaded(project):
    table = example("northern_ports_monthly.csv")
    (project / "analysis/border/data/northern_ports_monthly.csv").write_text(table, newline="\n")
    entry = example("tables.yml").replace("SHA256", hashlib.sha256(table.encode()).hexdigest())
    append(project, "analysis/border/data/tables.yml", entry)
    code = (
        "import analysis as its; print(its.load_outcome(component='ofo', border='northern',"
        "start='2026-01', end='2026-03').values.sum())"
    )
    assert float(run(project, "-c", code)) == 9100 + 9050 + 9480
    assert "a made-up example" in run(project, "-m", "analysis", "data", "sources")


@pytest.mark.slow
def test_a_report_is_rendered(project):
    append(project, "notebooks/runs.yml", example("runs.yml"))
    run(project, "-m", "analysis", "render", "children")
    page = (project / "reports/children/index.html").read_text("utf-8")
    assert "Did encounters of unaccompanied children fall?" in page


@pytest.mark.slow
def test_a_notebook_is_rendered(project):
    notebook = nbformat.v4.new_notebook(
        cells=[cell(part) for part in example("notebook").split("# %%")[1:]],
        metadata=json.loads((project / "notebooks/03-effect.ipynb").read_text())["metadata"],
    )
    nbformat.write(notebook, project / "notebooks/10-sector.ipynb")
    append(
        project,
        "notebooks/runs.yml",
        "sector:\n  title: Encounters in one sector\n  notebook: 10-sector.ipynb\n",
    )
    run(project, "-m", "analysis", "render", "sector")
    page = (project / "reports/sector/index.html").read_text("utf-8")
    assert "How did encounters in this sector change?" in page
    assert "Tucson" in page
    record = json.loads((project / "reports/sector/run.json").read_text("utf-8"))
    assert [entry["name"] for entry in record["data"]] == ["usbp_sector_monthly"]
    assert record["data"][0]["sha256"] in page


def cell(part: str) -> nbformat.NotebookNode:
    head, _, source = part.partition("\n")
    if "[markdown]" in head:
        return nbformat.v4.new_markdown_cell(source.strip().removeprefix("# "))
    return nbformat.v4.new_code_cell(source.strip(), metadata={"tags": head.split()})


def test_files_and_links_exist():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", TEXT):
        assert (ROOT / target).exists(), target
