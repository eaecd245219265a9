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
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="How to read a table.")
def check(paths: tuple[str, ...], given: tuple[str, ...]) -> None:
    """Say what files hold, how they are read, whether they can be used, and what they revise.

    PATH is a file or a folder. -p gives the parameters by which render would read a table that is
    no official one, such as -p value_column=visits. Exits with 2 if a file cannot be used.
    """
    from analysis.border.sources import describe_data

    description = describe_data(list(paths), _parameters(given))
    click.echo(str(description).rstrip())
    if description.unusable:
        sys.exit(description.unusable[0].exit_code)


def _parameters(given: tuple[str, ...]) -> dict[str, str]:
    """The values by name. A name that reading does not have is refused, with the nearest."""
    from analysis.errors import InputError, unknown_name
    from analysis.reading import PARAMETERS

    for text in given:
        name, equals, _ = text.partition("=")
        if not equals:
            raise InputError(
                f"-p {text} has no value.",
                rule="A parameter is written NAME=VALUE.",
                remedy=f"For example -p {name}=...",
            )
        if name not in PARAMETERS:
            raise unknown_name("parameter of a table", name, PARAMETERS)
    return dict(text.split("=", 1) for text in given)


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
