"""The files that publishers replace every month: which, and from which page."""

from __future__ import annotations

import shlex
from pathlib import Path

from analysis.border import facts


def instructions(folder: str | Path) -> str:
    """Which file to download from which page, where to put it, and what to run then."""
    lines = ["To use newer figures, download a file and put it into the folder", f"  {folder}"]
    known = facts("formats.yml")
    for release in known["releases"]:
        lines += ["", release["title"], f"  page: {release['page']}"]
        lines += [f"  file: {release['example']}"]
    quoted = {"folder": shlex.quote(str(folder)), "data": shlex.quote(f"data={folder}")}
    return "\n".join([*lines, "", known["then"].rstrip().format(**quoted)])
