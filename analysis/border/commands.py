"""The commands `python -m analysis data ...`. Heavy imports wait until a command runs."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import Any

import click

from analysis.border import facts


def _read(_context: click.Context, _option: click.Parameter, texts: Sequence[str]) -> Any:
    from analysis.errors import refusal

    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals:
            raise refusal("no equals", text=text, name=name)
        if name in found:
            raise refusal("given twice", name=name)
        found[name] = value
    return found


# The values of parameters by name.
GIVEN = click.option(
    "-p", "--parameter", "given", multiple=True, metavar="NAME=VALUE", callback=_read,
    help="A parameter; may be repeated.",
)  # fmt: skip


@click.group()
def data() -> None:
    """Look at data files, learn where newer ones are, and list the embedded figures' sources."""


@data.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@GIVEN
@click.option("--strict", is_flag=True, help="Refuse files of which rows may be missing.")
def check(paths: tuple[str, ...], given: dict[str, str], strict: bool) -> None:
    """Say what files hold, how they are read, whether they can be used, and what they revise.

    PATH is a file or a folder. -p gives the parameters by which render would read a table that is
    no official one, such as -p value_column=visits. Exits with 2 if a file cannot be used.
    """
    from analysis.border.sources.describe import describe_data
    from analysis.border.sources.reading import refuse_doubts
    from analysis.errors import unknown_name
    from analysis.reading.series import PARAMETERS

    for name in given:
        if name not in PARAMETERS:
            raise unknown_name("parameter of a table", name, PARAMETERS)
    description = describe_data(list(paths), given)
    click.echo(str(description).rstrip())
    if description.unusable:
        sys.exit(description.unusable[0].exit_code)
    if strict:
        refuse_doubts(description.readings)


@data.command()
@click.option("--to", default="data", show_default=True, help="Folder for the files.")
def update(to: str) -> None:
    """Tell which files to download from which pages, and what to run then."""
    click.echo(instructions(to))


def instructions(folder: str) -> str:
    """Which file to download from which page, where to put it, and what to run then."""
    from analysis.show.templates import lay_out

    quoted = {"quoted": shlex.quote(folder), "data": shlex.quote(f"data={folder}")}
    releases = facts("formats.yml")["releases"]
    return lay_out("update", releases=releases, folder=folder, **quoted).strip()


@data.command()
def sources() -> None:
    """Print the page of sources of the embedded figures."""
    from analysis.border.beside import covariates_page
    from analysis.border.sources.catalogue import sources_page

    click.echo(sources_page() + covariates_page(), nl=False)


@data.command()
def package() -> None:
    """Print the embedded figures' datapackage.json."""
    import json
    from importlib.metadata import version

    from analysis.border.sources.catalogue import data_package

    click.echo(json.dumps(data_package(version("border-its")), indent=2, ensure_ascii=False))
