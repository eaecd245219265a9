"""The notebooks in a real JupyterLab, in a real browser, as `make lab` starts it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
TOKEN = "a-token-of-the-test"
PATIENCE = 60  # seconds for a server, a page or a cell; far beyond what they take


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A running JupyterLab and the folder with the notebooks that it serves."""

    url: str
    folder: Path

    def page(self, path: str) -> str:
        """The address of a path; ?reset forgets what was open before."""
        return f"{self.url}/{path}?token={TOKEN}&reset"

    def ask(self, path: str, method: str = "GET") -> Any:
        """What the server's own interface answers."""
        headers = {"Authorization": f"token {TOKEN}"}
        request = urllib.request.Request(f"{self.url}/api/{path}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")


def make_lab_arguments() -> list[str]:
    """The arguments that `make lab` gives to jupyter lab."""
    recipe = (ROOT / "Makefile").read_text()
    found = re.search(r"^\t\.venv/bin/jupyter lab (.*)$", recipe, re.MULTILINE)
    assert found
    return shlex.split(found[1])


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[Lab]:
    """`make lab` on a copy of the notebooks, without settings of the person who tests."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", *make_lab_arguments(), "--no-browser"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--allow-root"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=home,
            env={**clean, "HOME": str(home), "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        found = Lab(url=f"http://127.0.0.1:{port}", folder=home / "notebooks")
        wait_for(found, server, home / "log")
        yield found
    finally:
        stop(server)


def wait_for(lab: Lab, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers; show its log if it does not."""
    for _ in range(PATIENCE * 2):
        try:
            lab.ask("status")
            return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.5)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the server, which ends its kernels; by force if it does not obey."""
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@pytest.fixture
def said() -> list[str]:
    """Errors and warnings of the page."""
    return []


@pytest.fixture
def page(browser, lab, said):
    made = browser.new_page(viewport={"width": 1366, "height": 900})
    made.set_default_timeout(PATIENCE * 1000)
    made.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    made.on("pageerror", lambda error: said.append(str(error)))
    yield made
    made.close()
    for session in lab.ask("sessions"):
        lab.ask(f"sessions/{session['id']}", "DELETE")


def open_notebook(page, lab: Lab, name: str) -> None:
    page.goto(lab.page(f"lab/tree/notebooks/{name}"))
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.wait_for_selector(".jp-KernelName:has-text('Python 3')")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")


@pytest.fixture
def explorer(page, lab):
    """The page after Run All Cells."""
    open_notebook(page, lab, "explore.ipynb")
    page.click(".lm-MenuBar-item:has-text('Run')")
    page.click(".lm-Menu-item:has-text('Run All Cells')")
    page.wait_for_selector(".its-wide figure img")
    return page


def figure(page) -> str:
    return str(page.get_attribute(".its-wide figure img", "src"))


def effects(page) -> str:
    return str(page.inner_text(".its-page table"))


def widths(page) -> tuple[int, int]:
    """The width of the page of controls, and that of what it holds."""
    found = page.evaluate(
        "(() => { const p = document.querySelector('.its-page');"
        " return [p.clientWidth, p.scrollWidth]; })()"
    )
    return found[0], found[1]


def wait_for_other(page, old: str) -> None:
    page.wait_for_function(
        "old => { const i = document.querySelector('.its-wide figure img');"
        " return i && i.src !== old && i.complete && i.naturalWidth > 0"
        " && !document.querySelector('.its-status [role=status]'); }",
        arg=old,
    )


def command(page) -> str:
    return str(page.inner_text(".its-page code"))


def test_make_lab_opens_on_the_page_that_says_which_notebook_is_which(page, lab, said):
    page.goto(lab.page(""))
    page.wait_for_selector(".jp-MarkdownViewer table")
    page.click(".jp-MarkdownViewer a:has-text('explore.ipynb')")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    assert page.title().startswith("explore")
    assert said == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_opens_with_its_kernel_and_without_a_question(page, lab, said, name):
    before = (lab.folder / name).read_bytes()
    open_notebook(page, lab, name)
    assert page.query_selector(".jp-Dialog") is None
    assert (lab.folder / name).read_bytes() == before
    assert said == []


def test_the_kernel_is_that_of_the_environment(lab):
    specs = lab.ask("kernelspecs")
    assert specs["default"] == "python3"
    folder = Path(specs["kernelspecs"]["python3"]["resources"]["logo-64x64"])
    assert folder.parts[-2] == "python3"


def test_a_change_by_keys_and_clicks_shows_another_figure_and_other_effects(explorer, said):
    page, seen = explorer, [(figure(explorer), effects(explorer))]

    page.get_by_label("Start", exact=True).focus()
    page.keyboard.press("ArrowDown")
    wait_for_other(page, seen[-1][0])
    seen.append((figure(page), effects(page)))
    assert command(page).endswith("-p start=2021-11")

    page.get_by_label("Model", exact=True).focus()
    page.keyboard.type("newey")
    wait_for_other(page, seen[-1][0])
    seen.append((figure(page), effects(page)))
    assert command(page).endswith("-p start=2021-11 -p model=newey_west")

    page.get_by_label("2023-05-12 Title 42 ends").uncheck()
    wait_for_other(page, seen[-1][0])
    seen.append((figure(page), effects(page)))

    assert len(set(seen)) == 4
    assert len({table for _, table in seen}) == 4
    assert said == []


def test_a_mistake_shows_its_message_and_the_next_change_recovers(explorer, said):
    page, first = explorer, figure(explorer)
    page.get_by_label("End", exact=True).select_option("2020-01")
    page.wait_for_selector(".its-page [role=alert]")
    assert "The window starts in 2021-10 and ends in 2020-01." in page.inner_text("[role=alert]")
    assert page.query_selector(".its-page figure") is None
    page.get_by_label("End", exact=True).select_option("2024-11")
    wait_for_other(page, first)
    assert page.query_selector(".its-page [role=alert]") is None
    assert page.get_by_text("Traceback").count() == 0
    assert said == []


def test_a_narrow_place_has_the_narrow_figure_and_no_sideways_scroll(explorer):
    page = explorer
    assert not page.is_visible(".its-narrow figure img")
    page.set_viewport_size({"width": 640, "height": 800})
    page.wait_for_selector(".its-narrow figure img")
    assert not page.is_visible(".its-wide figure img")
    inside, needed = widths(page)
    assert needed <= inside


def test_no_barrier_for_readers_who_use_aids(explorer):
    wcag = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    result = Axe().run(explorer, context=".its-page", options=wcag)
    assert result.violations_count == 0, result.generate_report()
    assert len(explorer.get_attribute(".its-wide figure img", "alt")) > 30
