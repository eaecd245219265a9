"""The main notebook's parameters as controls: a change shows its figure and effects at once."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from analysis import plot
from analysis.border.question import ask, estimate, open_choices
from analysis.effects.counterfactual import trace_counterfactual
from analysis.errors import AnalysisError
from analysis.explore.controls import make_controls, parts
from analysis.pages import effect as page
from analysis.pages.words import Prose
from analysis.report.named import NamedRun, find_run, from_here, project_root
from analysis.report.page import TEMPLATES
from analysis.report.parameters import Parameter, Value, check_parameters
from analysis.report.question import question_runs

RUN = "effect"
RESULTS = ("status", "answer", "wide", "narrow", "effects", "command")
FAILED = "Choose differently, or run the command below to see where it fails."
WORKING = "<span role='status' class='its-working'>Working ...</span>"
# JupyterLab takes arrows and letters for commands, unless what has the focus says no.
KEYS = """this.closest('.its-page').addEventListener('focusin', event => {
  event.target.dataset.lmSuppressShortcuts = 'true'; })"""


class Explorer:
    """Controls, and beside them what the main notebook gives for them.

    A choice is worked out in a thread of its own, so that the controls stay free. Where another is
    made meanwhile, the last one counts: nothing more is shown of those before it.

    run : with the values from which the command tells the differences.
    start : the values to start with; a parameter without a control keeps its own.
    command : how the run is called in the project's top folder.

    Attributes
    ----------
    controls : by parameter, each with its `value`.   results : what is shown, by name.
    work : done when the last choice is shown.
    """

    def __init__(self, run: NamedRun, start: Mapping[str, Any], command: Sequence[str]) -> None:
        self.command = command
        self.known, named = run.known, run.checked()
        values = run.checked(**{name: v for name, v in start.items() if name in self.known})
        self.named, self.start = ({**each, **open_choices(values)} for each in (named, values))
        self.controls = make_controls(self.known, self.start)
        self.results = {name: widgets.HTML().add_class(f"its-{name}") for name in RESULTS}
        self._worker = ThreadPoolExecutor(1)
        self._turn = 0
        self.work: Future[None]
        self.choose()
        self.work.result()
        for control in self.controls.values():
            control.observe(self.choose, names="value")

    @property
    def values(self) -> dict[str, Value]:
        """All parameters as the controls stand."""
        return {**self.start, **{name: each.value for name, each in self.controls.items()}}

    @property
    def command_line(self) -> str:
        """The command that makes the report with these parameters."""
        values = self.values
        # A path is meant from where the notebook runs; the command runs in the top folder.
        files = [Path(file.strip()) for file in str(values["data"]).split(";") if file.strip()]
        changed = {k: v for k, v in values.items() if parts(v) != parts(self.named[k])}
        if "data" in changed:
            changed["data"] = ";".join(str(file.resolve()) for file in files)
        pairs = [word for name, value in changed.items() for word in ("-p", f"{name}={value}")]
        python = from_here(Path(sys.executable), project_root())
        return shlex.join([python, "-m", "analysis", "render", *self.command, *pairs])

    def choose(self, _: object = None) -> None:
        """Begin to show what the controls give."""
        self._turn += 1
        self.results["command"].value = _command_html(self.command_line)
        self.work = self._worker.submit(self._show, self._turn, self.values)

    def _show(self, turn: int, values: Mapping[str, Any]) -> None:
        for name, html in _found(self.known, values):
            if turn != self._turn:
                return
            self.results[name].value = html

    @property
    def page(self) -> widgets.Widget:
        """Controls and results, side by side where there is room."""
        # The lists come last, as they are long; the events, which are changed most, lead them.
        lists = [each for each in self.controls.values() if isinstance(each, widgets.VBox)]
        others = [each for each in self.controls.values() if each not in lists]
        style = (TEMPLATES / "explore.css").read_text("utf-8")
        script = widgets.HTML(f'<style onload="{KEYS}">{style}</style>')
        controls = widgets.Box([*others, *reversed(lists)]).add_class("its-controls")
        results = widgets.VBox([*self.results.values(), script]).add_class("its-results")
        return widgets.Box([controls, results]).add_class("its-page")

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The controls; where widgets do not live, what they start with."""
        shown: dict[str, Any] = self.page._repr_mimebundle_()
        still = "".join(self.results[name].value for name in ("answer", "wide", "effects"))
        return {**shown, "text/plain": self.command_line, "text/html": still}


def explore_effect(
    start: Mapping[str, Any] | None = None, *, question: str | Path = "", root: Path | None = None
) -> Explorer:
    """Controls for the parameters of an effect, beside the figure and the effects.

    start : the values to start with, by parameter; those left out are the border's, or the
        question's. Other names are passed over, so that a notebook can hand over all it has.
    question : the file of a question; "" for the border's.

    Parameters
    ----------
    root : the folder of the notebooks; None for the one that is found from here.

    Raises
    ------
    InputError : a parameter that the notebook of an effect does not have, or does not allow; or
        as `question_runs`.
    DataError : given files that cannot be used.
    """
    root = root or project_root()
    if not question:
        return Explorer(find_run(root, RUN), start or {}, [RUN])
    (run,) = question_runs(Path(question), {}, root, only=RUN)
    return Explorer(run, start or {}, [RUN, "--question", from_here(Path(question), root)])


def _found(known: Mapping[str, Parameter], values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the page shows, by the name of the result: each as soon as it is made, or a mistake."""
    yield "status", WORKING
    try:
        asked = check_parameters(known, values)
        effects = estimate(ask(asked), asked)
        path = trace_counterfactual(effects.fit, alpha=effects.alpha)
        picture, notes = plot.path(path), Prose(*effects.fit.design.outcome.notes)
        wide = picture.html()
        yield "answer", _html(page.answer(effects)._repr_html_())
        yield "wide", _html(wide)
        yield "effects", _html(effects._repr_html_() + notes._repr_html_())
        yield "narrow", _html(picture.html(narrow=True))
    except Exception as error:  # a model of the reader's own may fail in any way
        yield from {"answer": _error_html(error), "wide": "", "narrow": "", "effects": ""}.items()
    yield "status", ""


def _error_html(error: Exception) -> str:
    text = str(error)
    if not isinstance(error, AnalysisError):
        text = f"This failed with {type(error).__name__}: {error}\n{FAILED}"
    lines = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines())
    return _html(f"<div class='error' role='alert'>{lines}</div>")


def _command_html(command: str) -> str:
    return _html(
        f"<p>The same as a report with all checks (a click marks the whole line):</p>"
        f"<code tabindex='0'>{escape(command)}</code>"
    )


def _html(body: str) -> str:
    """In JupyterLab's own style for text and tables."""
    return f"<div class='jp-RenderedHTMLCommon'>{body}</div>"
