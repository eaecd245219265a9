"""Every example of the README does what the README says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import analysis as its
from analysis.report.parameters import Parameter, read_parameters

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def example(name: str) -> str:
    """The block that follows the comment `example: name`."""
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found, name
    return found[1]


@pytest.fixture
def other_package(tmp_path: Path) -> Path:
    """A package as a user would install it: the README's module and its entry point."""
    folder = tmp_path / "site"
    info = folder / "my_models-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "my_models.py").write_text(example("my_models.py"))
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-models\nVersion: 1.0\n")
    entry = re.search(r'\[project\.entry-points\."analysis\.models"\]\nrobust = "(.*?)"', README)
    assert entry
    (info / "entry_points.txt").write_text(f"[analysis.models]\nrobust = {entry[1]}\n")
    return folder


def test_the_parameters_are_those_of_the_notebook():
    shown = README.split("<!-- parameters -->\n")[1].split("\n<!-- /parameters -->")[0]
    lines = ["| parameter | default | meaning | allowed |", "|---|---|---|---|"]
    lines += map(markdown, read_parameters(ROOT / "notebooks" / "03-effect.ipynb").values())
    assert shown.split("\n") == lines


def markdown(parameter: Parameter) -> str:
    """A parameter as a row of the README's table."""
    default = f"`{parameter.default}`" if parameter.default != "" else "(empty)"
    allowed = parameter.allowed.replace("|", "\\|")
    return f"| `{parameter.name}` | {default} | {parameter.meaning} | {allowed} |"


def test_the_first_python_example_runs():
    block = re.search(r"## Use it from Python\n\n```python\n(.*?)```", README, re.DOTALL)
    assert block
    scope: dict[str, object] = {}
    exec(block[1], scope)
    assert scope["outcome"].values.index[0] == pd.Period("2021-10", "M")


def test_another_question_gives_the_published_number_without_the_border():
    code = example("another-question")
    ask = "import sys; print([name for name in sys.modules if name.startswith('analysis.border')])"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{ask}"], capture_output=True, text=True, check=True
    )
    printed, border = done.stdout.splitlines()
    assert float(printed) == pytest.approx(-20.0581, abs=5e-5)
    assert f"# {float(printed):.2f} packs" in README
    assert border == "[]"
    assert len(code.splitlines()) < 13


@pytest.mark.slow
def test_a_users_own_model_works_through_the_notebook(other_package, tmp_path):
    assert len([line for line in example("my_models.py").splitlines() if line]) < 20
    out = tmp_path / "out.ipynb"
    command = [
        sys.executable,
        "-m",
        "papermill",
        "notebooks/03-effect.ipynb",
        out,
        "-p",
        "model",
        "robust",
    ]
    path = os.pathsep.join([str(other_package), str(ROOT)])
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.returncode == 0, done.stderr
    assert "ran 6" in out.read_text()


@pytest.mark.slow
def test_the_sweep_runs(tmp_path):
    (tmp_path / "sweep.yml").write_text(example("sweep.yml"))
    command = [sys.executable, "-m", "analysis", "sweep", "sweep.yml", "--to", "estimates.csv"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(tmp_path / "estimates.csv")) == 3 * 5 * 2 * 2


def test_as_many_models_as_the_readme_says():
    assert "Seventeen other models" in README
    assert "| Model families | 18, lined up in one table |" in README
    assert len(its.registered_models()) == 18


def test_files_and_links_exist():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
