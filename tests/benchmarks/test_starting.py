"""How long the command line, the import and a rendering take, each beside a bare rival."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import papermill
import pytest

from analysis.report.named import named_runs
from analysis.report.question import question_runs
from analysis.report.render import Renderer

pytestmark = pytest.mark.benchmark

ROOT = Path(__file__).parent.parent.parent
WORKERS = 2
BARE = """
import matplotlib.pyplot as plt, pandas, scipy, seaborn, statsmodels.api
plt.plot([1, 2, 3])
"""


def python(*arguments: str, folder: Path = ROOT) -> None:
    path = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]
    subprocess.run(command, cwd=folder, env=path, check=True, capture_output=True)


def run_bare(path: Path, out: Path) -> None:
    papermill.execute_notebook(
        path, out, kernel_name="python3", language="python", progress_bar=False
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    return tmp_path


@pytest.mark.benchmark(group="command line")
def test_help(benchmark):
    """`python -m analysis --help`."""
    benchmark.pedantic(python, ("-m", "analysis", "--help"), rounds=7, warmup_rounds=1)


@pytest.mark.benchmark(group="command line")
def test_rival_import_click(benchmark):
    """`python -c 'import click'`."""
    benchmark.pedantic(python, ("-c", "import click"), rounds=7, warmup_rounds=1)


@pytest.mark.benchmark(group="import alone")
def test_import(benchmark):
    """`import analysis`, before anything is used."""
    benchmark.pedantic(python, ("-c", "import analysis"), rounds=7, warmup_rounds=1)


@pytest.mark.benchmark(group="import alone")
def test_rival_nothing(benchmark):
    """`python -c pass`."""
    benchmark.pedantic(python, ("-c", "pass"), rounds=7, warmup_rounds=1)


@pytest.mark.benchmark(group="import")
def test_import_and_use(benchmark):
    """`import analysis`, everything loaded."""
    code = "import analysis as its; its.load_outcome; its.fit; its.estimate_effects"
    benchmark.pedantic(python, ("-c", code), rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="import")
def test_rival_import_statsmodels_and_pandas(benchmark):
    """`import statsmodels.api, pandas`."""
    benchmark.pedantic(python, ("-c", "import statsmodels.api, pandas"), rounds=5, warmup_rounds=1)


def run_papermill(path: Path, out: Path) -> None:
    python("-m", "papermill", "--no-progress-bar", "-k", "python3", str(path), str(out))


@pytest.mark.benchmark(group="main report")
def test_render_the_main_report(benchmark, project):
    """`python -m analysis render effect`, with another parameter each time."""
    alphas = iter(range(40, 60))

    def render() -> None:
        changed = f"alpha=0.0{next(alphas)}"
        python("-m", "analysis", "render", "effect", "-p", changed, folder=project)

    benchmark.pedantic(render, rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="main report")
def test_rival_the_same_notebook(benchmark, project):
    """`papermill` on the same notebook: no page, no checks."""
    path = project / "notebooks" / "03-effect.ipynb"
    benchmark.pedantic(run_papermill, (path, project / "out.ipynb"), rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="main report")
def test_rival_the_same_imports_and_one_figure(benchmark, project):
    """`papermill` on a notebook with the same imports and one figure."""
    path = project / "bare.ipynb"
    imports = (
        "import analysis as its; its.fit; its.look_back; its.compare; from analysis import plot"
    )
    cells = [nbformat.v4.new_code_cell(imports + BARE)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    benchmark.pedantic(run_papermill, (path, project / "out.ipynb"), rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="all reports")
def test_render_all(benchmark, project):
    """Render all reports, two at once."""

    def run() -> None:
        assert not [
            r for r in Renderer(root=project, again=True, workers=WORKERS).everything() if r.error
        ]

    benchmark.pedantic(run, rounds=1)


@pytest.mark.benchmark(group="all reports")
def test_rival_as_many_notebooks_that_only_import_and_plot(benchmark, project):
    """papermill on as many notebooks that only import and plot, two at once."""
    bare = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(BARE)])
    path = project / "bare.ipynb"
    nbformat.write(bare, path)
    questions = (project / "notebooks" / "questions").glob("*.yml")
    pages = [page for path in questions for page in question_runs(path, {}, project)]
    count = len(named_runs(project)) + len(pages)

    def run() -> None:
        with ThreadPoolExecutor(WORKERS) as pool:
            list(
                pool.map(
                    lambda number: run_bare(path, project / f"out{number}.ipynb"), range(count)
                )
            )

    benchmark.pedantic(run, rounds=1)
