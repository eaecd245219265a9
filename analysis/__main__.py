"""The command line: `python -m analysis render effect -p start=2022-01`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from analysis.errors import AnalysisError, InputError


@click.group()
@click.version_option(package_name="border-its")
def main() -> None:
    """Interrupted time-series reports on encounters at the US southwest border."""


@main.command()
@click.argument("name", required=False)
@click.option(
    "-p",
    "--parameter",
    "given",
    multiple=True,
    metavar="KEY=VALUE",
    help="A parameter of the notebook; may be repeated.",
)
@click.option("--as", "report_name", metavar="NAME", help="Write the report under this name.")
@click.option("--all", "everything", is_flag=True, help="Render all named runs.")
@click.option("--timeout", type=click.IntRange(min=1), default=900, show_default=True,
              help="Seconds that one cell may take.")  # fmt: skip
def render(
    name: str | None,
    given: Sequence[str],
    report_name: str | None,
    everything: bool,
    timeout: int,
) -> None:
    """Render the run NAME (see `list`) to reports/NAME, or all of them with --all."""
    from analysis import report

    if everything == bool(name) or (everything and (given or report_name)):
        raise InputError(
            "Both a name and --all were given, or neither.",
            rule="Render one run by its name, or all with --all and no parameters.",
            remedy="For example: python -m analysis render effect",
        )
    names = list(report.named_runs(report.project_root())) if everything else [str(name)]
    failed = []
    for each in names:
        try:
            page = report.render(each, _pairs(given), report_name=report_name, cell_timeout=timeout)
        except AnalysisError as error:
            if not everything:
                raise
            failed.append(each)
            click.echo(f"{each}: failed\n{error}", err=True)
            continue
        click.echo(_shown(page))
        if sentence := report.headline(page):
            click.echo(sentence)
    if failed:
        sys.exit(1)


@main.command("list")
def list_runs() -> None:
    """List the named runs with their parameters."""
    from analysis.parameters import read_parameters
    from analysis.report import named_runs, project_root

    for run in named_runs(project_root()).values():
        click.echo(f"{run.name}: {run.title} ({run.notebook.name})")
        for parameter in read_parameters(run.notebook).values():
            value = run.parameters.get(parameter.name, parameter.default)
            rule = f" [{parameter.allowed}]" if parameter.allowed else ""
            click.echo(f"  {parameter.name}={value}  {parameter.meaning}{rule}")


def _pairs(given: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(
                f"The parameter '{text}' has no =.",
                rule="A parameter is given as KEY=VALUE.",
                remedy="For example: -p start=2022-01",
            )
        pairs[name.strip()] = value
    return pairs


def _shown(page: Path) -> str:
    here = Path.cwd()
    return str(page.relative_to(here) if page.is_relative_to(here) else page)


def run() -> None:
    """Run the command line; a mistake ends with its message and exit code, no traceback."""
    try:
        main(standalone_mode=False)
    except AnalysisError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. Earlier reports are as they were.", err=True)
        sys.exit(130)


if __name__ == "__main__":
    run()
