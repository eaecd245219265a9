"""The commands `python -m analysis data ...`. Heavy imports wait until a command runs."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence

import click

from analysis.border import TEXTS, facts


def read_pairs(given: Sequence[str]) -> dict[str, str]:
    """The values of parameters by name, from texts NAME=VALUE.

    Raises
    ------
    InputError : a text without =, or a name that is given twice.
    """
    from analysis.errors import refusal

    pairs: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals:
            raise refusal("no equals", text=text, name=name)
        if name in pairs:
            raise refusal("given twice", name=name)
        pairs[name] = value
    return pairs


@click.group()
def data() -> None:
    """Look at data files, learn where newer ones are, and list the embedded figures' sources."""


@data.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="How to read a table.")
@click.option("--strict", is_flag=True, help="Refuse files of which rows may be missing.")
def check(paths: tuple[str, ...], given: tuple[str, ...], strict: bool) -> None:
    """Say what files hold, how they are read, whether they can be used, and what they revise.

    PATH is a file or a folder. -p gives the parameters by which render would read a table that is
    no official one, such as -p value_column=visits. Exits with 2 if a file cannot be used.
    """
    from analysis.border.sources.describe import describe_data
    from analysis.border.sources.reading import refuse_doubts
    from analysis.errors import unknown_name
    from analysis.reading import PARAMETERS

    how = read_pairs(given)
    for name in how:
        if name not in PARAMETERS:
            raise unknown_name("parameter of a table", name, PARAMETERS)
    description = describe_data(list(paths), how)
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
    return lay_out(TEXTS, "update", releases=releases, folder=folder, **quoted).strip()


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
