"""The commands `data check`, `data update` and `data sources`."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from analysis.__main__ import run as run_all
from analysis.border import DATA
from analysis.border.commands import data
from analysis.errors import InputError

MONTHLY = "month,claims\n" + "".join(f"2023-{m:02d},{m}\n" for m in range(1, 13))


def run(*arguments: str):
    return CliRunner().invoke(data, arguments)


@pytest.mark.parametrize("full", [True, False])
def test_what_cannot_be_written_ends_in_a_message(tmp_path, monkeypatch, capsys, full):
    (tmp_path / "claims.csv").write_text(MONTHLY)
    monkeypatch.setattr(sys, "argv", ["analysis", "data", "check", str(tmp_path)])

    def no_room(**_: object) -> None:
        raise OSError(28, "No space left on device")

    if full:
        monkeypatch.setattr(data.commands["check"], "callback", no_room)
    with contextlib.suppress(SystemExit):
        run_all()
    told = capsys.readouterr()
    assert ("cannot be written (No space left on device)" in told.err) == full
    assert ("Remedy: Make room" in told.err) == full


@pytest.mark.parametrize("name", ["title", "data"])
def test_what_a_terminal_hands_on_that_is_no_text_is_refused(name):
    from analysis.report.named import find_run, project_root

    with pytest.raises(InputError, match=f"The parameter '{name}' is"):
        find_run(project_root(), "effect").checked(**{name: "Z\udcfcrich"})


def test_check_says_what_a_file_holds(tmp_path):
    (tmp_path / "claims.csv").write_text(MONTHLY)
    result = run("check", str(tmp_path))
    assert result.exit_code == 0
    assert "claims.csv: usable" in result.output
    assert "Span     2023-01 to 2023-12, 12 periods" in result.output


def test_check_takes_the_parameters_of_a_table(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("month,n,m\n2023-01,5,1\n2023-02,6,9\n2023-03,8,2\n")
    assert "value_column: n or m" in run("check", str(path)).output
    assert run("check", str(path), "-p", "value_column=m").exit_code == 0
    for wrong, near in (("value_colum=m", "Did you mean 'value_column'"), ("kind", "NAME=VALUE")):
        result = run("check", str(path), "-p", wrong)
        assert near in str(result.exception)


def test_check_describes_the_good_files_and_fails_for_the_bad(tmp_path):
    (tmp_path / "claims.csv").write_text(MONTHLY)
    (tmp_path / "error.csv").write_text("<html>denied</html>")
    result = run("check", str(tmp_path / "claims.csv"), str(tmp_path / "error.csv"))
    assert result.exit_code == 2
    assert "claims.csv: usable" in result.output
    assert "NOT USABLE: 'error.csv' is a web page" in result.output


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path, monkeypatch):
    def iterdir(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", iterdir)
    assert "cannot be read (Permission denied)" in str(run("check", str(tmp_path)).exception)


def test_update_tells_what_to_download_and_downloads_nothing(tmp_path):
    folder = tmp_path / "data"
    result = run("update", "--to", str(folder))
    assert result.exit_code == 0
    assert "https://www.cbp.gov/document/stats/nationwide-encounters" in result.output
    assert str(folder) in result.output
    assert not folder.exists()


def test_sources_prints_the_page_of_sources():
    result = run("sources")
    assert result.output == (DATA / "SOURCES.md").read_text()


@pytest.mark.slow
def test_the_page_of_sources_can_replace_the_file_that_it_is(tmp_path):
    code = (
        "import shutil; from pathlib import Path; from analysis import border\n"
        f"border.DATA = Path(shutil.copytree(border.DATA, {str(tmp_path / 'd')!r}))\n"
        "(border.DATA / 'SOURCES.md').write_text('')\n"
        "from analysis.border.commands import data; data(['sources'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (DATA / "SOURCES.md").read_text()


def test_help_does_not_wait_for_heavy_imports():
    code = (
        "import sys; from analysis.border.commands import data\n"
        "try: data(['check', '--help'])\n"
        "except SystemExit: pass\n"
        "print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False")


@pytest.mark.parametrize("command", ["check", "update", "sources"])
def test_every_command_has_a_help_text(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4
