"""The commands `python -m analysis data ...`. Heavy imports wait until a command runs."""

from __future__ import annotations

import sys

import click

DEFAULT_FOLDER = "data"


@click.group()
def data() -> None:
    """Look at data files, learn where newer ones are, and list the embedded figures' sources."""


@data.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
def check(paths: tuple[str, ...]) -> None:
    """Say what files hold, whether they can be used, and what they revise.

    PATH is a file or a folder. Exits with 2 if a file cannot be used.
    """
    from analysis.border.sources import describe_data

    description = describe_data(list(paths))
    click.echo(str(description).rstrip())
    if description.unusable:
        sys.exit(description.unusable[0].exit_code)


@data.command()
@click.option("--to", default=DEFAULT_FOLDER, show_default=True, help="Folder for the files.")
def update(to: str) -> None:
    """Tell which files to download from which pages, and what to run then."""
    from analysis.border.sources.releases import instructions

    click.echo(instructions(to))


@data.command()
def sources() -> None:
    """Print the page of sources of the embedded figures."""
    from analysis.border.sources import sources_page

    click.echo(sources_page(), nl=False)
