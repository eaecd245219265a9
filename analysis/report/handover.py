"""What a kernel hands over to its report: sources in use, choices made, the parts of a mistake.

An extension of IPython, which a report loads into its kernel. After each cell it adds an output
that nobody sees. What a cell shows is for the reader; what is handed over is for the record.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
    from nbformat import NotebookNode

SOURCE_MIME = "application/vnd.analysis.source+json"
CHOICES_MIME = "application/vnd.analysis.choices+json"
ERROR_MIME = "application/vnd.analysis.error+json"
FACTS = ("name", "title", "file", "vintage", "sha256")


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Hand over after each cell."""
    shell.events.register("post_run_cell", partial(_hand_over, shell))


def _hand_over(shell: InteractiveShell, result: ExecutionResult) -> None:
    from analysis.outcome import choices_made, sources_used

    bundle: dict[str, Any] = {}
    if used := sources_used():
        facts = [{name: getattr(source, name) for name in FACTS} for source in used]
        bundle[SOURCE_MIME] = {"sources": facts}
    if made := choices_made():
        bundle[CHOICES_MIME] = dict(made)
    error = result.error_in_exec
    if isinstance(error, AnalysisError):
        parts = {"problem": error.problem, "rule": error.rule, "remedy": error.remedy}
        bundle[ERROR_MIME] = {"kind": type(error).__name__, **parts}
    if bundle:
        shell.display_pub.publish(bundle)


def outputs(notebook: NotebookNode, mime: str) -> list[Any]:
    """All outputs of one MIME type, in the order of the cells."""
    return [
        output["data"][mime]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if mime in output.get("data", {})
    ]
