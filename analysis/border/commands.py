"""The commands `python -m analysis data ...`. Heavy imports wait until a command runs."""

from __future__ import annotations

import sys

import click

DEFAULT_FOLDER = "data"


@click.group()
def data() -> None:
    """Look at data files, get newer ones, and list the sources of the embedded figures."""


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
@click.option("--download", "wanted", multiple=True, metavar="NAME", help="Download this release.")
@click.option("--page", help="The page to download from, if it has moved.")
@click.option("--seconds", default=120.0, show_default=True, help="Longest time for a transfer.")
def update(to: str, wanted: tuple[str, ...], page: str | None, seconds: float) -> None:
    """Tell which files to download from where; fetch them with --download NAME."""
    from dataclasses import replace

    from analysis.border.sources.update import RELEASES, download, find_release, instructions

    if not wanted:
        click.echo(instructions(to))
        click.echo(f"\nTo try it from here: --download NAME, with {', '.join(RELEASES)}")
        return
    for name in wanted:
        release = find_release(name)
        path = download(replace(release, page=page or release.page), to, seconds=seconds)
        click.echo(f"Saved {path}, with its sha256 in {path.name}.sha256")


@data.command()
def sources() -> None:
    """Print the page of sources of the embedded figures."""
    from analysis.border.sources import sources_page

    click.echo(sources_page(), nl=False)
