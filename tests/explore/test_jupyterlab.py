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

import nbformat
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe

from analysis.models import registered_models
from analysis.report.parameters import read_parameters

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
TOKEN = "a-token-of-the-test"
OWN = [name for name in NOTEBOOKS if name.startswith("question-")]
MODELS = {name: f"{name}: {model.label}" for name, model in registered_models().items()}
SLOW_MODEL, QUICK_MODEL = MODELS["arima"], MODELS["newey_west"]
# Each cell of code has a number, and none a star.
ALL_RAN = """count => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
  .filter(prompt => /\\[\\d+\\]/.test(prompt.textContent)).length === count"""
SHOWS = "words => document.querySelector('.its-page table')?.innerText === words"
SLOW_CELL = """from time import sleep
from analysis.show import progress
progress.DELAY = 0
for _ in progress.watch(range(50), "Steps"):
    sleep(0.1)"""
LONG = 600  # seconds for all cells of a notebook on a busy machine
PATIENCE = 60  # seconds for a server, a page or a cell; far beyond what they take


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A running JupyterLab and the folder with the notebooks that it serves."""

    url: str
    folder: Path
    log: Path

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
    """`make lab` in a clone, without settings of the person who tests."""
    home = tmp_path_factory.mktemp("lab")
    clone = home / "clone"
    git(home, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone))
    # As they are, committed or not.
    shutil.copytree(ROOT / "notebooks", clone / "notebooks", dirs_exist_ok=True)
    subprocess.run(["make", "--silent", f"RUN={sys.executable}", "filter"], cwd=clone, check=True)
    made_of_questions(clone)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", *make_lab_arguments(), "--no-browser"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--allow-root"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=clone,
            env={**clean, "HOME": str(home), "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        found = Lab(url=f"http://127.0.0.1:{port}", folder=clone / "notebooks", log=home / "log")
        wait_for(found, server)
        yield found
    finally:
        stop(server)


def git(folder: Path, *command: str) -> str:
    done = subprocess.run(["git", *command], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def made_of_questions(clone: Path) -> None:
    """Give the notebooks that are about a table of the reader's own the parameters of a question.

    They are committed in the clone with what else the working tree has, so that git is clean.
    """
    values = yaml.safe_load((clone / "notebooks/questions/sicily.yml").read_text())
    values = {**values, "data": "questions/sicily.csv", "intervention": "2005-01-10"}
    for path in OWN:
        notebook = nbformat.read(clone / "notebooks" / path, as_version=4)
        known = {**values, "comparison": "population"}
        own = read_parameters(clone / "notebooks" / path)
        told = {name: value for name, value in known.items() if name in own}
        cell = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
        cell.source += "".join(f"\n{name} = {value!r}" for name, value in told.items())
        nbformat.write(notebook, clone / "notebooks" / path)
    slow = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SLOW_CELL)])
    slow.metadata = notebook.metadata
    nbformat.write(slow, clone / "notebooks" / "slow.ipynb")
    who = ["-c", "user.name=tester", "-c", "user.email=tester@example.org"]
    git(clone, "add", "-A")
    git(clone, *who, "commit", "--quiet", "--allow-empty", "-m", "As they are run")


def wait_for(lab: Lab, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers; show its log if it does not."""
    for _ in range(PATIENCE * 2):
        try:
            lab.ask("status")
            return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.5)
    pytest.fail(f"JupyterLab did not start:\n{lab.log.read_text()}")


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


def run_all(page) -> None:
    page.click(".lm-MenuBar-item:has-text('Run')")
    page.click(".lm-Menu-item:has-text('Run All Cells')")


@pytest.fixture
def explorer(page, lab):
    """The page after Run All Cells."""
    open_notebook(page, lab, "explore.ipynb")
    run_all(page)
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
        " return i && i.getAttribute('src') !== old && i.complete && i.naturalWidth > 0"
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


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_running_all_cells_and_saving_leaves_nothing_to_commit(page, lab, said, name):
    open_notebook(page, lab, name)
    count = page.locator(".jp-CodeCell").count()
    run_all(page)
    page.wait_for_function(ALL_RAN, arg=count, timeout=LONG * 1000)
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").all_inner_texts() == []
    assert page.locator(".jp-CodeCell .jp-OutputArea-output").count() >= count / 2
    page.keyboard.press("Control+s")
    page.wait_for_selector(".jp-mod-current:not(.jp-mod-dirty)")
    held = json.loads((lab.folder / name).read_text())
    assert any(cell.get("outputs") for cell in held["cells"])
    assert "it/s]" not in json.dumps(held)  # no bar
    git(lab.folder, "add", "-u")  # git compares sizes first, and the filter makes them equal
    assert git(lab.folder, "status", "--porcelain") == ""
    assert said == []


def test_a_bar_shows_while_a_cell_runs_and_leaves_nothing(page, lab, said):
    open_notebook(page, lab, "slow.ipynb")
    run_all(page)
    page.wait_for_selector(".jp-OutputArea-output:has-text('Steps: ')")
    page.wait_for_function(ALL_RAN, arg=1)
    assert page.locator(".jp-OutputArea").inner_text().strip() == ""
    page.keyboard.press("Control+s")
    page.wait_for_selector(".jp-mod-current:not(.jp-mod-dirty)")
    (cell,) = nbformat.read(lab.folder / "slow.ipynb", as_version=4).cells
    assert [output.data for output in cell.outputs] == [{}]
    assert said == []


def test_a_saved_explorer_opens_as_it_was(page, lab, said):
    open_notebook(page, lab, "explore.ipynb")
    run_all(page)
    page.wait_for_selector(".its-wide figure img")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".jp-mod-current:not(.jp-mod-dirty)")
    open_notebook(page, lab, "explore.ipynb")
    page.wait_for_selector(".its-wide figure img")
    assert said == []


def test_links_between_notebooks_open_them(page, lab):
    open_notebook(page, lab, "explore.ipynb")
    page.click(".jp-RenderedMarkdown a:has-text('the main notebook')")
    page.wait_for_selector(".lm-TabBar-tab:has-text('03-effect.ipynb')")
    assert page.query_selector(".jp-Dialog") is None


def test_a_report_opens_from_the_page_of_notebooks(page, lab):
    page.goto(lab.page(""))
    page.click(".jp-MarkdownViewer a:text-is('claims')")
    page.wait_for_selector(".lm-TabBar-tab:has-text('index.html')")
    assert page.query_selector(".jp-Dialog") is None


def test_two_quick_choices_show_the_last(explorer, said):
    page, first = explorer, figure(explorer)
    page.get_by_label("Model", exact=True).select_option(label=SLOW_MODEL)
    page.wait_for_selector(".its-status [role=status]")
    page.get_by_label("Start", exact=True).select_option("2022-01")
    page.get_by_label("Model", exact=True).select_option(label=QUICK_MODEL)
    wait_for_other(page, first)
    assert command(page).endswith("-p start=2022-01 -p model=newey_west")
    last = effects(page)
    page.get_by_label("Model", exact=True).select_option(label=SLOW_MODEL)
    wait_for_other(page, figure(page))
    assert effects(page) != last
    page.get_by_label("Model", exact=True).select_option(label=QUICK_MODEL)
    page.wait_for_function(SHOWS, arg=last)
    assert said == []


def test_the_server_says_nothing_of_transport(page, lab):
    open_notebook(page, lab, "explore.ipynb")
    log = lab.log.read_text()
    assert not re.findall(r"(?i).*(?:without encryption|frozen modules|debugger).*", log)


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
