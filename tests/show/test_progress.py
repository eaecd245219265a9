"""A bar shows while something takes long, where somebody looks, and leaves nothing behind."""

from __future__ import annotations

import sys
import threading
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient

from analysis.show import progress
from analysis.show.progress import watch

CODE = """
from time import sleep
from analysis.show import progress
progress.DELAY = 0
print("before")
for _ in progress.watch(range(3), "Steps"):
    sleep(0.2)
with progress.watch(range(9), "Parts") as bar:
    sleep(0.2)
    bar.update(9)
"""


def test_it_gives_the_items_and_is_quiet_where_nobody_looks(capsys, monkeypatch):
    monkeypatch.setattr(progress, "DELAY", 0)
    assert list(watch(range(3), "Steps")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_a_terminal_sees_it_and_keeps_nothing(capsys, monkeypatch):
    monkeypatch.setattr(progress, "DELAY", 0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert sum(watch(range(3), "Steps")) == 3
    written = capsys.readouterr().err
    assert "Steps:" in written
    assert written.endswith("\r")
    assert not written.rstrip("\r").split("\r")[-1].strip()


@pytest.fixture
def cell(monkeypatch) -> list[dict[str, str]]:
    """What a notebook's cell shows, one after another, with a reader before it."""
    shown: list[dict[str, str]] = []

    def display(data: dict[str, str], **_: object) -> SimpleNamespace:
        shown.append(data)
        return SimpleNamespace(update=lambda data, raw: shown.append(data))

    shell = SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=True))
    monkeypatch.setattr(progress, "DELAY", 0)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.display.display", display)
    return shown


def test_a_cell_with_a_reader_shows_it_and_is_empty_at_the_end(cell):
    assert sum(watch(range(3), "Steps")) == 3
    assert cell[0]["text/plain"].startswith("Steps:")
    assert all(len(shown.get("text/plain", "")) <= progress.WIDTH for shown in cell)
    assert cell[-1] == {}


def test_another_thread_shows_none(cell):
    thread = threading.Thread(target=lambda: list(watch(range(3), "Steps")))
    thread.start()
    thread.join()
    assert cell == []


class Reader(NotebookClient):
    """A front end with somebody who could answer."""

    async def async_start_new_kernel_client(self, **given):
        client = await super().async_start_new_kernel_client(**given)
        client.allow_stdin = True
        return client


@pytest.mark.slow
@pytest.mark.parametrize(("client", "left"), [(NotebookClient, []), (Reader, [{}, {}])])
def test_in_a_kernel_nothing_that_shows_is_left(client, left):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE)])
    client(notebook, kernel_name="python3").execute()
    said, *bars = notebook.cells[0].outputs
    assert said.text == "before\n"
    assert [each.data for each in bars] == left
