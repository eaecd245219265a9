import os
import shutil
import subprocess

import pytest

from analysis.errors import InputError, RunError
from analysis.report import pdf


def test_no_browser_is_said_clearly(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match="No browser is found"):
        pdf.write_pdf(tmp_path / "index.html")


def test_a_browser_that_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: "/bin/false")
    with pytest.raises(RunError, match="wrote no PDF"):
        pdf.write_pdf(tmp_path / "index.html")
    assert not (tmp_path / "report.pdf").exists()


def test_a_browser_that_hangs_is_given_up(tmp_path, monkeypatch):
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\nsleep 30 &\nsleep 30\n")
    browser.chmod(0o755)
    monkeypatch.setattr(pdf.shutil, "which", lambda name: str(browser))
    monkeypatch.setattr(pdf, "TIMEOUT", 0.2)
    with pytest.raises(RunError, match=r"wrote no PDF in 0\.2 seconds"):
        pdf.write_pdf(tmp_path / "index.html")


@pytest.mark.browser
def test_a_report_becomes_pages_with_text(root, tmp_path):
    if shutil.which("chromium") is None and not os.environ.get("CI"):
        pytest.skip("There is no chromium here: apt-get install chromium")
    page = tmp_path / "index.html"
    shutil.copy(root / "reports" / "effect" / "index.html", page)
    made = pdf.write_pdf(page)
    text = subprocess.run(["pdftotext", made, "-"], capture_output=True, text=True, check=True)
    assert "below the path expected without the asylum restrictions" in " ".join(
        text.stdout.split()
    )
    assert text.stdout.count("\f") >= 3
