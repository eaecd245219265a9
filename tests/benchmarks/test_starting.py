"""How long the command line, the import and a rendering take, each beside a bare rival."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import papermill
import pytest

from analysis.report import render_all

pytestmark = pytest.mark.benchmark

ROOT = Path(__file__).parent.parent.parent
WORKERS = 2
BARE = """
import matplotlib.pyplot as plt, pandas, scipy, seaborn, statsmodels.api
plt.plot([1, 2, 3])
"""


def python(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@pytest.mark.benchmark(group="command line")
def test_help(benchmark):
    benchmark.pedantic(python, ("-m", "analysis", "--help"), rounds=7, warmup_rounds=1)


@pytest.mark.benchmark(group="command line")
def test_rival_import_click(benchmark):
    benchmark.pedantic(python, ("-c", "import click"), rounds=7, warmup_rounds=1)


@pytest.mark.benchmark(group="import")
def test_import(benchmark):
    benchmark.pedantic(python, ("-c", "import analysis"), rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="import")
def test_import_and_use(benchmark):
    code = "import analysis as its; its.load_outcome; its.fit; its.estimate_effects"
    benchmark.pedantic(python, ("-c", code), rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="import")
def test_rival_import_statsmodels_and_pandas(benchmark):
    benchmark.pedantic(python, ("-c", "import statsmodels.api, pandas"), rounds=5, warmup_rounds=1)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    return tmp_path


@pytest.mark.benchmark(group="render all")
def test_render_all(benchmark, project):
    def render() -> None:
        assert not [r for r in render_all(root=project, again=True, workers=WORKERS) if r.error]

    benchmark.pedantic(render, rounds=1)


@pytest.mark.benchmark(group="render all")
def test_rival_as_many_bare_notebooks(benchmark, project):
    bare = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(BARE)])
    path = project / "bare.ipynb"
    nbformat.write(bare, path)
    count = len(list((project / "notebooks").glob("*.ipynb")))

    def one(number: int) -> None:
        papermill.execute_notebook(
            path,
            project / f"out{number}.ipynb",
            kernel_name="python3",
            language="python",
            progress_bar=False,
        )

    def run() -> None:
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(one, range(count)))

    benchmark.pedantic(run, rounds=1)
