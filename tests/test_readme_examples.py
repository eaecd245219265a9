"""Every example of the README does what the README says."""

from __future__ import annotations

import html
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
NOTEBOOKS = (ROOT / "notebooks" / "README.md").read_text()


def example(name: str, text: str = README) -> str:
    """The block that follows the comment `example: name`."""
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)```", text, re.DOTALL)
    assert found, name
    return found[1]


def test_it_is_short():
    assert len(README.splitlines()) <= 200


@pytest.fixture(scope="module")
def other_package(tmp_path_factory) -> Path:
    """The folder into which pip has put the README's own package, as a user would install it."""
    source, folder = (tmp_path_factory.mktemp(name) for name in ("my_models", "site"))
    for name in ("my_models.py", "pyproject.toml"):
        (source / name).write_text(example(name))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation"]
    # The user's pip finds border-its installed; into a folder of its own it would fetch it.
    command += ["--no-deps", "--disable-pip-version-check", "--target", folder, source]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def with_package(folder: Path) -> dict[str, str]:
    """An environment in which that package is installed."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}


def test_the_parameters_are_those_of_the_notebook():
    shown = NOTEBOOKS.split("<!-- parameters -->\n")[1].split("\n<!-- /parameters -->")[0]
    lines = ["| parameter | default | meaning | allowed |", "|---|---|---|---|"]
    lines += map(markdown, read_parameters(ROOT / "notebooks" / "03-effect.ipynb").values())
    assert shown.split("\n") == lines


def markdown(parameter: Parameter) -> str:
    """A parameter as a row of that table."""
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
        [sys.executable, "-c", f"{code}\n{ask}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    printed, border = done.stdout.splitlines()
    published = re.search(r"# (\S+)%; published: a ratio of (\S+)\n", code)
    assert published
    assert f"{float(printed):.1f}" == published[1]
    assert round(1 + float(printed) / 100, 3) == float(published[2]) == 0.894
    assert border == "[]"
    assert len(code.splitlines()) <= 10


@pytest.mark.slow
def test_a_users_own_model_works_through_the_notebook(other_package, tmp_path):
    assert len([line for line in example("my_models.py").splitlines() if line]) < 20
    out = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "papermill", "notebooks/03-effect.ipynb", out]
    command += ["-p", "model", "robust", "--no-progress-bar"]
    environment = with_package(other_package)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    said = " ".join(html.unescape(out.read_text()).split())
    about = "Each period counts by itself; those far off count less."
    assert f"The model is \u201crobust: Huber's robust regression\u201d. {about}" in said
    assert "ran 6" in said


@pytest.mark.slow
def test_a_users_own_model_is_listed_and_changes_no_committed_page(other_package):
    code = (
        "import analysis as its; from analysis.pages import methods; "
        "print(methods.models_table()._repr_html_()); "
        "print(its.registered_models()['robust'].label)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=with_package(other_package),
    )
    *table, label = done.stdout.splitlines()
    assert label == "Huber's robust regression"
    assert "robust" not in "".join(table)
    assert "newey_west" in "".join(table)


@pytest.mark.slow
def test_the_sweep_runs(tmp_path):
    (tmp_path / "sweep.yml").write_text(example("sweep.yml", NOTEBOOKS))
    command = [sys.executable, "-m", "analysis", "sweep", "sweep.yml", "--to", "estimates.csv"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(tmp_path / "estimates.csv")) == 3 * 5 * 2 * 2


def commands(text: str) -> list[str]:
    """The lines of a page's blocks for a terminal, without what is said of them."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]


@pytest.mark.slow
def test_every_command_of_the_readme_runs_in_a_fresh_clone(tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, clone], check=True)
    (clone / ".venv").symlink_to(sys.prefix)
    months = pd.period_range("2018-01", "2023-12", freq="M")
    rows = [f"{month},{900 + (37 * i) % 101}" for i, month in enumerate(months)]
    (clone / "my.csv").write_text("\n".join(["month,visits", *rows, ""]))
    found = commands(README)
    assert {"make report", "make test"} < set(found)
    for command in found:
        # What is installed stays, and these tests do not run themselves.
        line = command.replace("make ", "make -o .venv/report -o .venv/ready ").replace(
            "test", "-n test"
        )
        done = subprocess.run(
            line,
            shell=True,
            cwd=clone,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(clone)},
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        if command == "make report":
            answer = " ".join(README.replace("\n> ", " ").split()).partition("From June to")
            assert f"From June to{answer[2].partition(').')[0]})." in done.stdout
    assert (clone / "reports/my/index.html").is_file()


def test_as_many_models_as_the_readme_says():
    assert "Twenty other models" in " ".join(README.split())
    assert "| Model families | 21, lined up in one table |" in README
    assert len(its.registered_models()) == 21


def test_the_rates_and_the_northern_border_are_those_that_were_measured():
    text, real = " ".join(README.split()), its.load_rejections()
    whole = real.of(real.default).iloc[0]
    assert f"In {whole['windows']:,} windows of {whole['series']:,} real series" in text
    assert f"intervals left out zero in {real.range_of()} of cases" in text
    assert f"`ar1_calibrated` did so in {real.range_of('ar1_calibrated')}, those of" in text
    assert f"as in Stata's itsa, in {real.range_of('newey_west')}." in text
    hardest = real.of(real.default, "unseen")["left_out"].max()
    unseen = f"{real.range_of(by='unseen')} (hardest: {100 * hardest:.1f}%)."
    assert f"by which nothing was chosen: {unseen}" in text
    rows = pd.read_csv(ROOT / "reports" / "comparison-groups" / "effects.csv", index_col="fit")
    counted, average = rows.loc["Border Patrol, northern border", "estimate"]
    assert f"rose by {counted:.0f}% as counted" in text
    assert f"ran {-average:.0f}% below its own steep trend" in text


def test_files_and_links_exist():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
