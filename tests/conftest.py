"""What several test modules use: the main outcome and design, fitted once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import pytest
from hypothesis import settings

import analysis as its
from analysis.design import Design
from analysis.models import Fit
from analysis.outcome import Outcome

if TYPE_CHECKING:
    from playwright.sync_api import Browser

mpl.use("Agg")
# The same examples on every machine and in every run; a loaded machine is no failure.
settings.register_profile("fixed", deadline=None, derandomize=True, max_examples=6)
settings.register_profile("thorough", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("search", deadline=None, max_examples=200)
settings.register_profile("mutants", deadline=None, derandomize=True, max_examples=2)
settings.load_profile("fixed")
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def outcome() -> Outcome:
    """Border Patrol, southwest border, October 2021 to December 2024."""
    return its.load_outcome(start="2021-10", end="2024-12")


@pytest.fixture(scope="session")
def design(outcome: Outcome) -> Design:
    """The main design: other events as levels, one season pair."""
    events = ["title-42-end", "mexico-enforcement"]
    return its.build_design(outcome, "asylum-restrictions", events=events)


@pytest.fixture(scope="session")
def fitted(design: Design) -> Fit:
    """The default model on the main design."""
    return its.fit(design)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("CI has no chromium: apt-get install chromium")
        pytest.skip("There is no chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield made
        made.close()
