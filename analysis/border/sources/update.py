"""Which file to download from which page, and the download itself where it is asked for.

The publisher's site refuses Python's own HTTP client, so the system's curl is used. A file is
saved whole or not at all, after it was read and checked, with its sha256 beside it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin, urlsplit

from analysis.border.sources.content import MEBIBYTE, sha256_of
from analysis.border.sources.labels import MONTH_NUMBERS
from analysis.border.sources.reading import read_file
from analysis.errors import DataError, RunError, unknown_name

CBP_PAGES = "https://www.cbp.gov/document/stats/"
MAX_DOWNLOAD = 200 * MEBIBYTE
SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Release:
    """A file that its publisher replaces every month.

    name : of the table that it holds.
    page : where the publisher links to the file.
    link : what the newest file's name looks like (a regular expression).
    example : such a name, for people.
    """

    name: str
    title: str
    page: str
    link: str
    example: str


def _cbp(stem: str, end: str = "") -> str:
    return rf"{stem}-fy\d\d-fy\d\d(?:-[a-z]{{3}})?{end}(?:_\d+)?\.csv"


RELEASES = {
    release.name: release
    for release in (
        Release(
            name="southwest_monthly",
            title="Southwest land border encounters (month, component, demographic, citizenship)",
            page=CBP_PAGES + "southwest-land-border-encounters",
            link=_cbp("sbo-encounters"),
            example="sbo-encounters-fy22-fy25-aug.csv",
        ),
        Release(
            name="nationwide_area_monthly",
            title="Nationwide encounters by area of responsibility (sectors, countries)",
            page=CBP_PAGES + "nationwide-encounters",
            link=_cbp("nationwide-encounters", "-aor"),
            example="nationwide-encounters-fy22-fy25-aug-aor.csv",
        ),
        Release(
            name="nationwide_state_monthly",
            title="Nationwide encounters by state",
            page=CBP_PAGES + "nationwide-encounters",
            link=_cbp("nationwide-encounters", "-state"),
            example="nationwide-encounters-fy22-fy25-aug-state.csv",
        ),
        Release(
            name="usbp_border_monthly",
            title="Border Patrol encounters since fiscal year 2000 (OHSS workbook)",
            page="https://ohss.dhs.gov/khsm/cbp-encounters",
            link=r"[\w.%-]*usbp[\w.%-]*encounters[\w.%-]*\.xlsx",
            example="a workbook of USBP encounters (.xlsx)",
        ),
    )
}
# What curl's exit codes mean (man curl, "EXIT CODES").
CURL_EXITS = {
    3: "the address is malformed",
    5: "the proxy's name cannot be resolved",
    6: "the site's name cannot be resolved",
    7: "the connection was refused",
    18: "the connection ended before the whole file had come",
    22: "the site answered with an error",
    23: "the file cannot be written here",
    28: "it took too long",
    35: "no secure connection could be made",
    47: "the site redirects in circles",
    52: "the site closed the connection without an answer",
    56: "the connection broke off",
    60: "the site's certificate cannot be verified",
    63: f"the file is larger than {MAX_DOWNLOAD // MEBIBYTE} MiB",
}


def find_release(name: str) -> Release:
    """The release with this name.

    Raises
    ------
    InputError : there is none.
    """
    if name not in RELEASES:
        raise unknown_name("release", name, RELEASES)
    return RELEASES[name]


def instructions(folder: str | Path) -> str:
    """Which file to download from which page, and where to put it."""
    lines = ["To use newer figures, download a file and put it into the folder", f"  {folder}"]
    for release in RELEASES.values():
        lines += ["", release.title, f"  page: {release.page}", f"  file: {release.example}"]
    lines += [
        "",
        "Keep the file's name: it tells the vintage. Keep older files: revisions are listed.",
        f"Then run: python -m analysis data check {folder}",
        f"and give the notebooks the parameter data={folder}",
    ]
    return "\n".join(lines)


def download(release: Release, folder: str | Path, *, seconds: float = SECONDS) -> Path:
    """The newest file of a release, saved in `folder`, with its sha256 in a file beside it.

    Parameters
    ----------
    seconds : the longest that each of the two transfers (page and file) may take, > 0.

    Raises
    ------
    RunError : the download failed. Nothing is saved then.
    DataError : what came is not the expected table, or would replace a different file.
    """
    folder = _make(Path(folder))
    with TemporaryDirectory(dir=folder, prefix=".download-") as temporary:
        page = Path(temporary, "page.html")
        _fetch(release.page, page, release, seconds)
        url = newest_link(page.read_text("utf-8", "replace"), release)
        came = Path(temporary, urlsplit(url).path.rsplit("/", 1)[-1])
        kind = _fetch(url, came, release, seconds)
        with _explained(release, url, kind):
            _check(came, release)
        return _keep(came, folder / came.name)


def _make(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"'{folder}' cannot be used as a folder ({error.strerror}).",
            rule="Downloads are saved in a folder.",
            remedy="Name another folder.",
        ) from None
    return folder


def newest_link(page: str, release: Release) -> str:
    """The address of the newest file that a page links to.

    Raises
    ------
    RunError : the page has no such link, or only to another site.
    """
    links = [urljoin(release.page, unescape(one)) for one in _hrefs(page)]
    named = [one for one in links if re.fullmatch(release.link, _name(one), re.IGNORECASE)]
    site = urlsplit(release.page).netloc
    found = [one for one in named if urlsplit(one).netloc == site]
    if not found:
        why = "links to another site" if named else "has no link to such a file any more"
        raise _failed(release, f"The page {release.page} {why}.")
    return max(found, key=_age)


def _hrefs(page: str) -> list[str]:
    return re.findall(r"""href\s*=\s*["']([^"'<>\s]+)["']""", page, re.IGNORECASE)


def _name(url: str) -> str:
    return urlsplit(url).path.rsplit("/", 1)[-1]


def _age(url: str) -> tuple[int, int, str]:
    """Sorts by the last fiscal year in the name, by the month in it, then by the address."""
    years = re.findall(r"fy(\d\d)", _name(url).lower())
    month = re.search(r"fy\d\d-([a-z]{3})\b", _name(url).lower())
    number = MONTH_NUMBERS.get(month[1], 9) if month else 9
    return int(years[-1]) if years else 0, (number + 2) % 12, url


def _fetch(url: str, target: Path, release: Release, seconds: float) -> str:
    """Fetch an address into a file; gives the content type that the site named."""
    curl = shutil.which("curl")
    if curl is None:
        raise _failed(release, "The program curl is not installed.")
    options = {
        "--max-time": f"{seconds:g}",
        "--connect-timeout": f"{min(seconds, 20):g}",
        "--max-filesize": str(MAX_DOWNLOAD),
        "--max-redirs": "5",
        "--proto": "=http,https",
        "--output": str(target),
        "--write-out": "%{http_code} %{content_type}",
    }
    flat = [part for option in options.items() for part in option]
    command = [curl, "-q", "--silent", "--fail", "--location", *flat, "--", url]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds + 30, check=False
        )
    except subprocess.TimeoutExpired:
        raise _failed(release, f"{url} could not be fetched: it took too long.") from None
    status, _, content_type = done.stdout.partition(" ")
    if done.returncode:
        why = CURL_EXITS.get(done.returncode, "see the exit codes in curl's manual")
        answer = f", HTTP {status}" if done.returncode == 22 else ""
        raise _failed(
            release, f"{url} could not be fetched: {why} (curl exit {done.returncode}{answer})."
        )
    if not target.is_file():
        raise _failed(release, f"{url} could not be fetched: the answer was empty.")
    return content_type


@contextmanager
def _explained(release: Release, url: str, content_type: str) -> Iterator[None]:
    """What came is not usable: say what came from where, and that nothing was saved."""
    try:
        yield
    except DataError as error:
        raise DataError(
            f"What came from {url} ({content_type or 'of no stated type'}) is not usable: "
            f"{error.problem}",
            rule=f"A file is saved whole or not at all; nothing was saved. {error.rule}",
            remedy=_by_hand(release),
        ) from None


def _check(path: Path, release: Release) -> None:
    names = [table.source.name for table in read_file(path).tables]
    if release.name not in names:
        raise DataError(
            f"it holds {', '.join(names) or 'no official table'}.",
            rule=f"The file holds the table {release.name}.",
            remedy=_by_hand(release),
        )


def _keep(came: Path, target: Path) -> Path:
    """Move a checked file into place, its sha256 first, so that it is never there without."""
    sha256 = sha256_of(came)
    if target.exists() and sha256_of(target) != sha256:
        raise DataError(
            f"'{target.name}' is already in {target.parent}, with other content.",
            rule="A download never replaces a file.",
            remedy="Move the file away, or rename it, and download again.",
        )
    record = came.with_name(came.name + ".sha256")
    record.write_text(f"{sha256}  {target.name}\n", "utf-8")
    os.replace(record, target.with_name(record.name))
    os.replace(came, target)
    return target


def _failed(release: Release, problem: str) -> RunError:
    return RunError(
        problem,
        rule="A file is saved whole or not at all; nothing was saved.",
        remedy=_by_hand(release),
    )


def _by_hand(release: Release) -> str:
    return (
        f"Open {release.page} in a browser, download the file (named like {release.example}), and "
        "give its path as the data."
    )
