"""The notebooks are thin, typed, without outputs, and run by plain papermill."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
import yaml

from analysis.report.named import PAGES, named_runs
from analysis.report.parameters import check_parameters, read_parameters

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# They are about a table of the reader's own, of which each needs a column or a date.
OWN = [run.notebook for run in named_runs(ROOT, PAGES).values() if "question" in run.notebook.stem]
# Its controls live in JupyterLab alone, so that it has no report and no named run.
INTERACTIVE = ROOT / "notebooks" / "explore.ipynb"
MAX_CELLS, MAX_LINES = 12, 8
STATEMENTS = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try)


def code(path: Path) -> list[nbformat.NotebookNode]:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request) -> Path:
    return request.param


def test_thin(notebook):
    cells = code(notebook)
    assert len(cells) <= MAX_CELLS
    for cell in cells:
        if "parameters" in cell.metadata.get("tags", []):
            continue
        assert cell.source.count("\n") < MAX_LINES, cell.source
        nodes = list(ast.walk(ast.parse(cell.source)))
        assert not [node for node in nodes if isinstance(node, STATEMENTS)], cell.source


def test_a_plain_kernel(notebook):
    """As JupyterLab writes it, so that saving a notebook changes nothing."""
    kernel = nbformat.read(notebook, as_version=4).metadata.kernelspec
    assert (kernel.name, kernel.display_name) == ("python3", "Python 3 (ipykernel)")


def stripped(text: str) -> str:
    """A notebook as git sees it, by the filter that `make lab` sets up."""
    options = re.search(r"^STRIP := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert options
    assert f"nbstripout {options[1]}\n" in (ROOT / ".pre-commit-config.yaml").read_text()
    command = [sys.executable, "-m", "nbstripout", *options[1].split()]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def test_notebooks_are_committed_as_the_filter_leaves_them():
    text = (ROOT / "notebooks" / "explore.ipynb").read_text()
    noisy = json.loads(text)
    noisy["metadata"]["language_info"] = {"name": "python", "version": "3.99"}
    code_cell = next(c for c in noisy["cells"] if c["cell_type"] == "code")
    code_cell["execution_count"] = 7
    code_cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["1"]}]
    assert stripped(json.dumps(noisy)) == text
    for path in NOTEBOOKS:
        held = json.loads(path.read_text())
        assert set(held["metadata"]) == {"kernelspec"}
        assert all(not c.get("outputs") and not c.get("execution_count") for c in held["cells"])


def test_parameters_are_typed_explained_and_their_defaults_allowed(notebook):
    known = read_parameters(notebook)
    assert all(parameter.meaning for parameter in known.values())
    defaults = {name: parameter.default for name, parameter in known.items()}
    assert check_parameters(known, defaults) == defaults


def test_papermill_reads_the_same_parameters(notebook):
    seen = papermill.inspect_notebook(notebook)
    known = read_parameters(notebook)
    assert list(seen) == list(known)
    assert all(seen[name]["inferred_type_name"] == known[name].type for name in known)
    assert all(seen[name]["help"] for name in known)


def test_links_lead_to_files_beside_it(notebook):
    for cell in nbformat.read(notebook, as_version=4).cells:
        found = re.findall(r"\]\((?!https?:|#)([^)#]+)", cell.source)
        for target in found if cell.cell_type == "markdown" else ():
            assert (notebook.parent / target).is_file(), target


def test_a_plot_comes_before_any_model(notebook):
    sources = [cell.source for cell in code(notebook)]
    fits = [i for i, source in enumerate(sources) if "its.fit(" in source]
    plots = [i for i, source in enumerate(sources) if "plot." in source]
    assert not fits or min(plots) < min(fits)


def test_named_runs_use_parameters_that_their_notebooks_have():
    runs = named_runs(ROOT)
    for run in runs.values():
        check_parameters(read_parameters(run.notebook), run.parameters)
    pages = named_runs(ROOT, PAGES)
    made = {run.notebook for run in (*runs.values(), *pages.values())}
    assert made == set(NOTEBOOKS) - {INTERACTIVE}
    known = {name: read_parameters(run.notebook) for name, run in pages.items()}
    # A parameter means the same on each page, and a page that needs one has it.
    for own in known.values():
        for other in known.values():
            assert all(own[name] == other[name] for name in own.keys() & other.keys())
    assert all(run.needs in known[name] for name, run in pages.items() if run.needs)
    entries = yaml.safe_load((ROOT / "notebooks" / "runs.yml").read_text())
    assert list(runs) == list(entries)


def test_the_page_of_notebooks_lists_each_once_with_its_report():
    text = (ROOT / "notebooks" / "README.md").read_text()
    link = r"\[([^]]+)\]\(([^)]+)\)"
    rows = re.findall(rf"^\|[^|]*\| {link} \|[^|]*\| (.*) \|$", text, re.MULTILINE)
    assert sorted(name for name, _, _ in rows) == [path.name for path in NOTEBOOKS]
    assert all(name == target for name, target, _ in rows)
    reports = {path.name: [f"sicily/{path.stem.partition('-')[2]}"] for path in OWN}
    for run in named_runs(ROOT).values():
        reports.setdefault(run.notebook.name, []).append(run.name)
    for name, _, shown in rows:
        if ROOT / "notebooks" / name != INTERACTIVE and not shown.startswith("none: "):
            links = [f"[{one}](../reports/{one}/index.html)" for one in reports[name]]
            assert shown == ", ".join(links)
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / "notebooks" / target).is_file(), target


@pytest.mark.slow
def test_plain_papermill_runs_it_from_the_top_folder(notebook, tmp_path):
    given = ["-f", write_question(tmp_path)] if notebook in OWN else []
    command = [
        sys.executable,
        "-m",
        "papermill",
        notebook.relative_to(ROOT),
        tmp_path / "out.ipynb",
        "--no-progress-bar",
        *given,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def write_question(folder: Path) -> Path:
    """A question with a comparison series, on a made-up table."""
    rows = [
        f"{year}-{month:02},{90 + (7 * year + 5 * month) % 11},{80 + (3 * year + month) % 13}"
        for year in range(2015, 2021)
        for month in range(1, 13)
    ]
    (folder / "visits.csv").write_text("month,here,there\n" + "\n".join(rows) + "\n")
    path = folder / "visits.yml"
    path.write_text(
        f"data: {folder / 'visits.csv'}\nvalue_column: here\ncomparison: there\n"
        "intervention: 2019-03-05\nintervention_label: the trial\n"
    )
    return path


@pytest.mark.slow
def test_plain_papermill_takes_a_parameter(tmp_path):
    out = tmp_path / "out.ipynb"
    command = [
        sys.executable,
        "-m",
        "papermill",
        "notebooks/03-effect.ipynb",
        out,
        "-p",
        "start",
        "2022-01",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "2022-01 to 2024-12" in out.read_text()
