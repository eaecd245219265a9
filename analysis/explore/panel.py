"""The main notebook's parameters as controls: a change shows its figure and effects at once."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from analysis import plot
from analysis.border.question import ask, estimate, open_choices
from analysis.effects.counterfactual import trace_counterfactual
from analysis.effects.estimands import Effects
from analysis.errors import AnalysisError
from analysis.explore.controls import Control, make_controls, parts
from analysis.pages import effect as page
from analysis.pages.words import Prose
from analysis.report.named import find_run, project_root
from analysis.report.page import TEMPLATES
from analysis.report.parameters import (
    Parameter,
    Value,
    check_parameters,
    read_parameters,
)

RUN = "effect"
RESULTS = ("status", "answer", "wide", "narrow", "effects", "command")
NOTHING = (("wide", ""), ("narrow", ""), ("effects", ""))
# JupyterLab takes arrows and letters for commands, unless what has the focus says no.
KEYS = """this.closest('.its-page').addEventListener('focusin', event => {
  event.target.dataset.lmSuppressShortcuts = 'true'; })"""


@dataclass(frozen=True, kw_only=True)
class Explorer:
    """Controls, and beside them what the main notebook gives for them.

    known, named : the parameters of the named run, and its values of them.
    start : the values to start with; a parameter without a control keeps its own.
    """

    known: Mapping[str, Parameter]
    named: Mapping[str, Value]
    start: Mapping[str, Value]
    controls: Mapping[str, Control]
    results: Mapping[str, widgets.HTML]

    @property
    def values(self) -> dict[str, Value]:
        """All parameters as the controls stand."""
        return {**self.start, **{name: each.read() for name, each in self.controls.items()}}

    @property
    def command_line(self) -> str:
        """The command that makes the report with these parameters."""
        values = self.values
        # A path is meant from where the notebook runs; the command runs in the top folder.
        files = [Path(file.strip()) for file in str(values["data"]).split(";") if file.strip()]
        values["data"] = ";".join(str(file.resolve()) for file in files)
        changed = {k: v for k, v in values.items() if parts(v) != parts(self.named[k])}
        pairs = [f"-p {shlex.quote(f'{name}={value}')}" for name, value in changed.items()]
        return " ".join([f"{_python()} -m analysis render {RUN}", *pairs])

    def refresh(self, _: object = None) -> None:
        """Show what the controls give: figure and effects, or the message of a mistake."""
        working = "<span role='status'>Working ...</span>"
        self._show([("status", working), ("command", _command_html(self.command_line))])
        try:
            values = check_parameters(self.known, self.values)
            self._show(_described(estimate(ask(values), values)))
        except Exception as error:
            self._show([("answer", _error_html(error)), *NOTHING])
        self._show([("status", "")])

    def _show(self, found: Iterable[tuple[str, str]]) -> None:
        """Each is on the page as soon as it is made: few readers wait for the narrow figure."""
        for name, html in found:
            self.results[name].value = html

    @property
    def page(self) -> widgets.Widget:
        """Controls and results, side by side where there is room."""
        one = [each.shown for each in self.controls.values() if not each.long]
        several = [each.shown for each in self.controls.values() if each.long]
        style = (TEMPLATES / "explore.css").read_text("utf-8")
        script = widgets.HTML(f'<style onload="{KEYS}">{style}</style>')
        # The lists come last, as they are long; the events, which are changed most, lead them.
        controls = widgets.Box([*one, *reversed(several)]).add_class("its-controls")
        results = widgets.VBox([*self.results.values(), script]).add_class("its-results")
        return widgets.Box([controls, results]).add_class("its-page")

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The controls; where widgets do not live, what they start with."""
        shown: dict[str, Any] = self.page._repr_mimebundle_()
        still = "".join(self.results[name].value for name in ("answer", "wide", "effects"))
        return {**shown, "text/plain": self.command_line, "text/html": still}


def _python() -> str:
    """The interpreter that runs this, as it is called in the project's top folder."""
    here, root = Path(sys.executable), project_root()
    return shlex.quote(str(here.relative_to(root) if here.is_relative_to(root) else here))


def explore_effect(start: Mapping[str, Any], *, root: Path | None = None) -> Explorer:
    """Controls for the parameters of the run `effect`, beside the figure and the effects.

    start : the values to start with, by parameter; those left out are the run's own. Other names
        are passed over, so that a notebook can hand over all it has.

    Raises
    ------
    InputError : a parameter that the run's notebook does not have, or does not allow.
    DataError : given files that cannot be used.
    """
    run = find_run(root or project_root(), RUN)
    known = read_parameters(run.notebook)
    named = check_parameters(known, run.parameters)
    values = check_parameters(known, {**named, **{k: start[k] for k in start if k in known}})
    named, values = ({**each, **open_choices(values)} for each in (named, values))
    explorer = Explorer(
        known=known,
        named=named,
        start=values,
        controls=make_controls(known, values),
        results={name: widgets.HTML().add_class(f"its-{name}") for name in RESULTS},
    )
    explorer.refresh()
    for control in explorer.controls.values():
        for each in control.inputs.values():
            each.observe(explorer.refresh, names="value")
    return explorer


def _described(effects: Effects) -> Iterator[tuple[str, str]]:
    """What the page shows of effects, by the name of the result, the figure as soon as it can."""
    path = trace_counterfactual(effects.fit, alpha=effects.alpha)
    picture, notes = plot.path(path), Prose(*effects.fit.design.outcome.notes)
    wide = picture.html()
    yield "answer", _html(page.answer(effects)._repr_html_())
    yield "wide", _html(wide)
    yield "effects", _html(effects._repr_html_() + notes._repr_html_())
    yield "narrow", _html(picture.html(narrow=True))


def _error_html(error: Exception) -> str:
    """A mistake as it is; what else fails, as a model of the reader's own may, with the way on."""
    lines: tuple[str, ...] = (
        f"This failed with {type(error).__name__}: {error}",
        "Choose differently, or run the command below to see where it fails.",
    )
    if isinstance(error, AnalysisError):
        lines = (error.problem, error.rule, error.remedy)
    text = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return _html(f"<div class='error' role='alert'>{text}</div>")


def _command_html(command: str) -> str:
    return _html(
        f"<p>The same as a report with all checks (a click marks the whole line):</p>"
        f"<code tabindex='0'>{escape(command)}</code>"
    )


def _html(body: str) -> str:
    """In JupyterLab's own style for text and tables."""
    return f"<div class='jp-RenderedHTMLCommon'>{body}</div>"
