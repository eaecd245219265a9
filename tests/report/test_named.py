from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.report.named import find_run, named_runs, project_root, report_folder


@pytest.fixture
def project(tmp_path):
    (tmp_path / "notebooks").mkdir()
    text = "a: {title: A, notebook: a.ipynb}\nb: {title: B, notebook: b.ipynb, parameters: {k: 1}}"
    (tmp_path / "notebooks" / "runs.yml").write_text(text)
    return tmp_path


def test_runs_in_the_order_of_the_file(project):
    runs = named_runs(project)
    assert list(runs) == ["a", "b"]
    assert runs["b"].parameters == {"k": 1}
    assert runs["a"].notebook == project / "notebooks" / "a.ipynb"


def test_unknown_run_names_the_nearest(project):
    with pytest.raises(InputError, match="There is no run 'aa'"):
        find_run(project, "aa")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: {title: A}", "at a: no notebook"),
        ("a: 3", "wrong: a 3"),
        ("a: {title: A, notebook: [a.ipynb]}", "at a: notebook "),
        ("a: {title: A, notebook: a.ipynb, parameters: 3}", "at a: parameters 3"),
        ("a: 2024-13-40", "cannot be read: month must be in 1..12"),
        ("- a", "wrong: content "),
        ("a: [", "cannot be read: while parsing"),
        ("a: {}\na: {}", "'a' stands twice"),
        ("a: {title: A, notebook: a.ipynb, parameters: {k: 1, k: 2}}", "'k' stands twice"),
        ("a: {title: A, notebook: ../a.ipynb}", "notebook '../a.ipynb'"),
        ("../benchmarks: {title: A, notebook: a.ipynb}", "name is '../benchmarks'"),
        ("'': {title: A, notebook: a.ipynb}", "name is ''"),
        ("2024: {title: A, notebook: a.ipynb}", "name is 2024"),
        ("~: {title: A, notebook: a.ipynb}", "name is None"),
    ],
)
def test_a_malformed_file_is_refused(project, text, problem):
    (project / "notebooks" / "runs.yml").write_text(text)
    with pytest.raises(InputError, match=problem):
        named_runs(project)


def test_project_root_is_found_from_below_and_missed_outside(project, tmp_path_factory):
    assert project_root(project / "notebooks") == project
    with pytest.raises(InputError, match=r"no notebooks/runs\.yml"):
        project_root(tmp_path_factory.mktemp("elsewhere"))


@given(
    st.one_of(st.text(max_size=80), st.text("aé-_./\\ 7", max_size=80), st.integers(), st.none())
)
def test_a_name_is_refused_or_a_folder_directly_in_reports(name):
    with suppress(InputError):
        folder = report_folder(Path("/project"), name)
        assert folder.resolve().parent == Path("/project/reports")
        assert folder.name == name
        assert len(f".{name}-12345678".encode()) <= 255


@pytest.mark.parametrize("name", [".", "..", "", "a/b", "a\\b", ".hidden", "-rf", "a\n", "x" * 61])
def test_names_that_would_lead_elsewhere(name):
    with pytest.raises(InputError, match="The report's name is"):
        report_folder(Path("/project"), name)
