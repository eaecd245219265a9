"""`make release-check` says no to what must not be released."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with what the first questions of the check look at."""
    for name in ("Makefile", "pyproject.toml", "CHANGELOG.md", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".gitignore").write_text(".venv\n")
    (tmp_path / ".venv").mkdir()
    for done, ahead in (("report", 60), ("ready", 120)):  # nothing is installed
        (tmp_path / ".venv" / done).touch()
        os.utime(tmp_path / ".venv" / done, (time.time() + ahead,) * 2)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(project: Path, *arguments: str) -> None:
    name = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *name, *arguments], cwd=project, check=True)


def commit(project: Path) -> None:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "All")


def refusal(project: Path) -> str:
    command = ["make", "--silent", "release-check"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode != 0
    return done.stdout


def test_something_uncommitted(project):
    (project / "new.txt").touch()
    assert "Commit first" in refusal(project)


def test_a_version_that_is_not_the_first_heading(project):
    text = (project / "pyproject.toml").read_text().replace('version = "', 'version = "9.', 1)
    (project / "pyproject.toml").write_text(text)
    commit(project)
    assert "The first heading of CHANGELOG.md is not 9." in refusal(project)


def test_a_version_that_is_tagged(project):
    version = (ROOT / "CHANGELOG.md").read_text().split("## ")[1].split()[0]
    git(project, "tag", f"v{version}")
    assert f"v{version} is tagged already" in refusal(project)


def test_without_these_faults_the_checks_run(project):
    (project / ".venv" / "bin").mkdir()
    assert refusal(project) == ""  # there is no ruff in this empty environment
