"""A page as PDF, by a Chromium that is on the machine."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.errors import refusal

PDF = "report.pdf"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
TIMEOUT = 120  # seconds


def write_pdf(page: Path) -> Path:
    """Write report.pdf beside a page and return its path.

    Raises
    ------
    InputError : no browser is found.
    RunError : the browser wrote nothing.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise refusal("no browser", browsers=BROWSERS)
    target = page.with_name(PDF)
    with TemporaryDirectory(prefix="its-") as profile:
        made = Path(profile) / "report.pdf"
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu",
                   f"--user-data-dir={profile}", "--no-pdf-header-footer",
                   f"--print-to-pdf={made}", page.resolve().as_uri()]  # fmt: skip
        quiet = subprocess.DEVNULL  # a pipe would be waited for as long as any child holds it
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(command, stdout=quiet, stderr=quiet, timeout=TIMEOUT, check=False)
        if not made.is_file():
            raise refusal("no pdf", browser=browser, seconds=TIMEOUT)
        shutil.move(made, target)
    return target
