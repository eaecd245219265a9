"""The files that publishers replace every month: which, and from which page."""

from __future__ import annotations

from pathlib import Path

from analysis.border import facts

INSTRUCTIONS = """
Keep the file's name: it tells the vintage. Keep older files: revisions are listed.
Then run: python -m analysis data check {folder}
and give the notebooks the parameter data={folder}"""


def instructions(folder: str | Path) -> str:
    """Which file to download from which page, where to put it, and what to run then."""
    lines = ["To use newer figures, download a file and put it into the folder", f"  {folder}"]
    for release in facts("formats.yml")["releases"]:
        lines += ["", release["title"], f"  page: {release['page']}"]
        lines += [f"  file: {release['example']}"]
    return "\n".join([*lines, INSTRUCTIONS.format(folder=folder)])
