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
