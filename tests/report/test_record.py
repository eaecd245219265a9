import json
import subprocess

import nbformat
import pytest

from analysis import show
from analysis.errors import InputError
from analysis.report.named import named_runs
from analysis.report.record import fail_record, finish_record, read_record, revision, start_record


def test_a_folder_without_a_report_is_refused(tmp_path):
    with pytest.raises(InputError, match="There is no report in"):
        read_record(tmp_path)
    for text in ("{ not json", "[1]", '{"name": "n"}'):
        (tmp_path / "run.json").write_text(text)
        with pytest.raises(InputError, match="is not a record of a run"):
            read_record(tmp_path)


def test_a_failed_record_is_json_with_the_message():
    failed = fail_record({"name": "n"}, InputError("a", rule="b", remedy="c"))
    assert json.loads(json.dumps(failed))["error"] == "a\n  Rule: b\n  Remedy: c"
    assert fail_record({}, KeyboardInterrupt())["error"] == "KeyboardInterrupt"


@pytest.fixture
def clone(tmp_path):
    """A clean work tree with a notebook and a report in it."""
    for name in ("notebooks", "reports"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("{}")
    who = ["-c", "user.name=n", "-c", "user.email=e"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "m"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def test_the_revision_is_that_of_the_code_whatever_was_rendered_since(clone):
    clean = revision(clone)
    assert len(clean) == 12
    (clone / "reports" / "file").write_text("rendered")
    assert revision(clone) == clean
    (clone / "notebooks" / "file").write_text("changed")
    assert revision(clone) == f"{clean}+changes"


def test_without_git_the_revision_is_not_known(tmp_path):
    assert revision(tmp_path) is None


@pytest.mark.parametrize("start", ["2021-10", "2022-01"])
def test_a_run_of_its_own_has_its_own_title(root, start):
    run = named_runs(root)["effect"]
    values = run.checked(start=start)
    said = {"sentence": "s", "short": "", "title": "Its own question?"}
    cell = nbformat.v4.new_code_cell("answer")
    cell.outputs = [nbformat.v4.new_output("display_data", {show.HEADLINE_MIME: said})]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    record = finish_record(start_record("own", run, values, root), notebook)
    own = start != "2021-10"
    assert record["differs"] == ({"start": "2021-10"} if own else {})
    assert record["title"] == ("Its own question?" if own else run.title)
