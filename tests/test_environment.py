"""The three places that name dependencies agree."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler import MatchSpec


@pytest.fixture
def wanted(root: Path) -> dict[str, str]:
    """Names and bounds of pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    pairs = [re.fullmatch(r"([a-z0-9-]+)(>=[0-9.]+)", line) for line in project["dependencies"]]
    assert all(pairs)
    return {pair[1]: pair[2] for pair in pairs} | {"python": project["requires-python"]}


@pytest.fixture
def conda(root: Path) -> list[str]:
    """The lines of environment.yml."""
    entries = yaml.safe_load((root / "environment.yml").read_text())["dependencies"]
    return [entry for entry in entries if isinstance(entry, str)]


def test_environment_has_the_names_and_bounds_of_the_project(wanted, conda):
    specs = {str(MatchSpec(line).name.normalized): MatchSpec(line) for line in conda}
    found = {name: str(spec.version) for name, spec in specs.items() if spec.version}
    assert {name: found.get(name) for name in wanted} == wanted
    assert set(specs) - set(wanted) == {"pip", "setuptools"}


def test_conda_parser_refuses_a_broken_line():
    with pytest.raises(Exception, match="unable to parse"):
        MatchSpec("pandas >>3")


def test_lock_pins_every_dependency_with_hashes_and_names_no_host(root):
    lock = (root / "requirements.lock").read_text()
    assert "://" not in lock
    pins = re.findall(r"^([a-z0-9._-]+)==([^ ]+)[^\n]*\\\n    --hash=sha256:", lock, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[a-z]", lock, re.MULTILINE))
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    asked = [project["dependencies"], *project["optional-dependencies"].values()]
    for one in map(Requirement, chain.from_iterable(asked)):
        versions = [version for name, version in pins if name == canonicalize_name(one.name)]
        assert one.extras or versions, one
        assert all(version in one.specifier for version in versions), one


def test_what_a_report_needs_comes_first_in_the_lock(root, wanted):
    """And no more: what `make report` installs is without JupyterLab, Dask, tests and checks."""
    head, rest = (root / "requirements.lock").read_text().split("# The rest")
    first, later = (
        set(re.findall(r"^([a-z0-9._-]+)==", part, re.MULTILINE)) for part in (head, rest)
    )
    needed, known = (
        {"setuptools", *wanted} - {"python", "jupyterlab", "ipywidgets"},
        set(),
    )
    while needed:
        known.add(name := needed.pop())
        with suppress(PackageNotFoundError):  # one of another platform or Python
            own = [Requirement(each) for each in requires(name) or ()]
            here = [r for r in own if r.marker is None or r.marker.evaluate({"extra": ""})]
            needed |= {canonicalize_name(r.name) for r in here} - known
    assert known <= first
    assert {"jupyterlab", "dask", "pytest", "playwright", "mypy", "ruff"} <= later


def test_version_comes_from_one_place(root):
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    assert yaml.safe_load((root / "CITATION.cff").read_text())["version"] == version
    assert f"## {version}" in (root / "CHANGELOG.md").read_text()
    assert json.loads((root / ".zenodo.json").read_text())["version"] == version


def test_what_archives_are_told_is_the_same_everywhere(root):
    citation = yaml.safe_load((root / "CITATION.cff").read_text())
    archive = json.loads((root / ".zenodo.json").read_text())
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert archive["title"] == citation["title"]
    assert archive["publication_date"] == str(citation["date-released"])
    assert archive["license"] == citation["license"] == project["license"]
    assert [one["name"] for one in archive["creators"]] == [a["name"] for a in citation["authors"]]
    assert set(archive["keywords"]) == set(citation["keywords"])
    assert {one["type"] for one in citation["references"]} == {"data"}  # "dataset" is no CFF type


def test_the_workflow_calls_the_commands_of_ci_run(root):
    jobs = yaml.safe_load((root / ".github" / "workflows" / "test.yml").read_text())["jobs"]
    runs = {name: [s["run"] for s in job["steps"] if "run" in s] for name, job in jobs.items()}
    own = re.findall(r"^make .*", (root / ".ci" / "run").read_text(), re.MULTILINE)
    assert "bash .ci/run" in runs["all"]
    assert runs["quick"][1:] == own[:3]


def test_licences_of_what_is_installed_are_listed(root):
    command = [sys.executable, root / "tests" / "licences.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert any(re.fullmatch(r"numpy \d[\d.]+: .*BSD.*", line) for line in lines)
    assert sum(line.endswith("not stated") for line in lines) < 0.05 * len(lines)
