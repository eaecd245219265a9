"""The command line: `python -m analysis render effect -p start=2022-01`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analysis.border.commands import GIVEN, data
from analysis.errors import AnalysisError, refusal

if TYPE_CHECKING:
    from analysis.report.render import Rendered

# Heavy imports are inside the commands, so that --help answers at once.
SOME = click.IntRange(min=1)
TIMEOUT = click.option(
    "--timeout", "cell_timeout", type=SOME, default=900, show_default=True,
    help="Seconds that one cell may take.",
)  # fmt: skip
PATH = click.Path(path_type=Path)


@click.group()
@click.version_option(package_name="border-its")
def main() -> None:
    """Interrupted time-series reports on encounters at the US southwest border."""


main.add_command(data)


@main.command()
@click.argument("name", required=False)
@GIVEN
@click.option("--question", type=PATH, metavar="FILE", help="Render the pages of a question.")
@click.option("--as", "report_name", metavar="NAME", help="Write the report under this name.")
@click.option("--all", "everything", is_flag=True, help="Render all named runs.")
@click.option("--again", is_flag=True, help="Run even if nothing changed since the last time.")
@click.option("--strict", is_flag=True, help="Refuse files of which rows may be missing.")
@click.option("--pdf", is_flag=True, help="Write report.pdf beside the page (needs Chromium).")
@click.option("--workers", type=SOME, help="Notebooks at once, with --all.")
@click.option("--base-url", metavar="URL", default="", help="Where the reports lie in the web.")
@TIMEOUT  # fmt: skip
def render(
    name: str | None,
    given: dict[str, str],
    question: Path | None,
    report_name: str | None,
    everything: bool,
    pdf: bool,
    base_url: str,
    **how: Any,
) -> None:
    """Render the run NAME (see `list`) to reports/NAME, or all of them with --all.

    With --question all pages of a question, or its page NAME, to reports/QUESTION.
    """
    if everything == bool(name or question) or (everything and (given or report_name is not None)):
        raise refusal("name or all")
    from analysis.report.warm import Kernels

    how["kernels"] = click.get_current_context().with_resource(Kernels())
    how["kernels"].load()  # what notebooks need, while this process loads the rest
    from analysis.report.index import write_index
    from analysis.report.named import from_here, project_root
    from analysis.report.pdf import write_pdf
    from analysis.report.render import Renderer

    renderer = Renderer(**how)
    if everything:
        from analysis.explore.page import write_explorers

        write_explorers(project_root())
        ended = renderer.everything()
    elif question:
        ended = renderer.question(question, given, only=name, report_name=report_name)
    else:
        ended = [renderer.run(str(name), given, report_name=report_name)]
    _tell(ended, several=everything or bool(question))
    if question:
        click.echo(from_here(ended[0].page.parent.with_name("index.html")))
    sound = [each for each in ended if not each.error]
    for each in sound if pdf else ():
        click.echo(from_here(write_pdf(each.page)))
    if base_url or pdf:
        write_index(project_root(), base_url)
    if len(sound) < len(ended):
        sys.exit(1)


def _tell(ended: Sequence[Rendered], several: bool) -> None:
    """Print how each report ended, and each reason of a failure once."""
    from analysis.report.named import from_here

    for each in ended:
        if several:
            click.echo(f"{each.status:9}  {each.seconds:5.1f} s  {each.name}")
        else:
            note = "" if each.fresh else "  (nothing changed, not run again; --again runs it)"
            click.echo(f"{from_here(each.page)}{note}\n{each.headline}")
    failed = {str(each.error): each.name for each in reversed(ended) if each.error}
    for error, name in failed.items():
        click.echo(f"\n{name}: {error}", err=True)


@main.command()
@click.argument("file", type=PATH)
@click.option(
    "--intervention", metavar="DATE", default="", help="The first day of what is studied."
)
@GIVEN
def new(file: Path, intervention: str, given: dict[str, str]) -> None:
    """Look at FILE and write a question of it, NAME.yml, that can be rendered as it is."""
    from analysis.report.new import new_question

    target = new_question(file, intervention=intervention, given=given)
    click.echo(
        f"{target}\nChange it as you like, then: python -m analysis render --question {target}"
    )


@main.command()
@click.argument("name")
@GIVEN
def plan(name: str, given: dict[str, str]) -> None:
    """Lock the analysis of NAME (a run, or a question's file) before new figures come."""
    from analysis.report.plan import lock_plan

    click.echo(f"{lock_plan(name, given)}\nCommit it. Later reports compare with it.")


@main.command("list")
def list_runs() -> None:
    """List the named runs, and the pages of a question, with their parameters."""
    from analysis.report.named import PAGES, named_runs, project_root

    root = project_root()
    for run in [*named_runs(root).values(), *named_runs(root, PAGES).values()]:
        click.echo(f"{run.name}: {run.title} ({run.notebook.name})")
        for parameter in run.known.values():
            value = run.parameters.get(parameter.name, parameter.default)
            rule = f" [{parameter.allowed}]" if parameter.allowed else ""
            click.echo(f"  {parameter.name}={value}  {parameter.meaning}{rule}")


@main.command()
def exhibits() -> None:
    """Print a table of all figures and tables: from which cell, of which data."""
    from analysis.report.named import project_root
    from analysis.report.record import exhibits_page

    click.echo(exhibits_page(project_root()), nl=False)


@main.command()
@click.option("--question", type=PATH, metavar="FILE", help="Its choices in place of the border's.")
def explore(question: Path | None) -> None:
    """Write reports/explore.html, a page on which choices are tried without Python."""
    from analysis.explore.page import write_explorer
    from analysis.report.named import from_here, project_root

    click.echo(from_here(write_explorer(project_root(), question)))


@main.command()
@click.argument("folders", nargs=-1, required=True, type=PATH)
@TIMEOUT
def reproduce(folders: Sequence[Path], cell_timeout: int) -> None:
    """Run the reports in FOLDERS again and say what differs. Exit code 1 if a number does."""
    from analysis.report.reproduce import reproduce

    found = [reproduce(folder, cell_timeout=cell_timeout) for folder in folders]
    for each in found:
        click.echo(str(each))
    if not all(each.same_numbers for each in found):
        sys.exit(1)


@main.command()
@click.argument("file", type=PATH)
@click.option("--to", "output", type=PATH, required=True, help="A .csv or .parquet file to write.")
@click.option("--workers", type=SOME, help="Processes at once on this machine.")
@click.option(
    "--scheduler", metavar="ADDRESS", default="", help="A Dask scheduler, tcp://host:port."
)
@click.option("--again", is_flag=True, help="Forget what an interrupted sweep has finished.")
def sweep(
    file: Path, output: Path, workers: int | None, scheduler: str, again: bool
) -> None:  # fmt: skip
    """Estimate over the many series and choices of FILE (YAML), without notebooks."""
    from analysis.sweep import OTHERS, run_sweep

    swept = run_sweep(file, output, workers=workers, scheduler=scheduler, again=again)
    click.echo(f"{len(swept.table):,} estimates in {output}")
    if len(swept.invalid):
        reasons = output.with_suffix(OTHERS)
        click.echo(f"{len(swept.invalid):,} without an estimate, with the reason, in {reasons}")


def run() -> None:
    """Run the command line; a mistake ends with its message and exit code, no traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal may lack a letter of a name
            stream.reconfigure(errors="replace")
    try:
        main(standalone_mode=False)
    except AnalysisError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        said = refusal("unwritable file", why=error.strerror or error)
        click.echo(f"Error: {said}", err=True)
        sys.exit(said.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. What is not finished is as it was.", err=True)
        sys.exit(130)


if __name__ == "__main__":
    run()
