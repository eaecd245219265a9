"""The files that publishers replace every month: which, and from which page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CBP_PAGES = "https://www.cbp.gov/document/stats/"


@dataclass(frozen=True, kw_only=True)
class Release:
    """A file that its publisher replaces every month.

    page : where the publisher links to the file.   example : what its name looks like.
    """

    title: str
    page: str
    example: str


RELEASES = (
    Release(
        title="Southwest land border encounters (month, component, demographic, citizenship)",
        page=CBP_PAGES + "southwest-land-border-encounters",
        example="sbo-encounters-fy22-fy25-aug.csv",
    ),
    Release(
        title="Nationwide encounters by area of responsibility (sectors, countries)",
        page=CBP_PAGES + "nationwide-encounters",
        example="nationwide-encounters-fy22-fy25-aug-aor.csv",
    ),
    Release(
        title="Nationwide encounters by state",
        page=CBP_PAGES + "nationwide-encounters",
        example="nationwide-encounters-fy22-fy25-aug-state.csv",
    ),
    Release(
        title="Border Patrol encounters since fiscal year 2000 (OHSS workbook)",
        page="https://ohss.dhs.gov/khsm/cbp-encounters",
        example="a workbook of USBP encounters (.xlsx)",
    ),
)
INSTRUCTIONS = """
Keep the file's name: it tells the vintage. Keep older files: revisions are listed.
With its sha256 in a file beside it (sha256sum FILE > FILE.sha256) a later change is refused.
Then run: python -m analysis data check {folder}
and give the notebooks the parameter data={folder}"""


def instructions(folder: str | Path) -> str:
    """Which file to download from which page, where to put it, and what to run then."""
    lines = ["To use newer figures, download a file and put it into the folder", f"  {folder}"]
    for release in RELEASES:
        lines += ["", release.title, f"  page: {release.page}", f"  file: {release.example}"]
    return "\n".join([*lines, INSTRUCTIONS.format(folder=folder)])
