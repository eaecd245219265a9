import pytest

from analysis.report import record as module
from analysis.report.named import NamedRun
from analysis.report.record import data_hash, fingerprint


@pytest.fixture
def run(tmp_path):
    notebook = tmp_path / "n.ipynb"
    notebook.write_text("{}")
    return NamedRun(name="n", title="N", notebook=notebook, parameters={})


def test_fingerprint_follows_whatever_decides_the_numbers(run, tmp_path, monkeypatch):
    data = tmp_path / "given.csv"
    data.write_text("1")
    values = {"start": "2021-10", "data": str(data)}
    seen = [fingerprint(run, values, tmp_path)]
    assert fingerprint(run, values, tmp_path) == seen[0]
    seen.append(fingerprint(run, {**values, "start": "2022-01"}, tmp_path))
    data.write_text("2")
    seen.append(fingerprint(run, values, tmp_path))
    seen.append(fingerprint(run, {**values, "data": str(tmp_path)}, tmp_path))
    run.notebook.write_text("{ }")
    seen.append(fingerprint(run, values, tmp_path))
    (tmp_path / "own_model.py").write_text("x = 1")
    seen.append(fingerprint(run, values, tmp_path))
    (tmp_path / "own_model.py").write_text("x = 2")
    seen.append(fingerprint(run, values, tmp_path))
    monkeypatch.setattr(module, "code_hash", lambda: "other code")
    seen.append(fingerprint(run, values, tmp_path))
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("name", ["plain.csv", "a;b.csv", "~/in home;x.csv", "folder/x.csv"])
def test_a_changed_file_is_seen_however_it_is_named(tmp_path, monkeypatch, name):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name.replace("~", "home")
    path.parent.mkdir(exist_ok=True)
    path.write_text("month,count\n2020-01,1\n")
    given = "folder" if name.startswith("folder") else name
    before = data_hash(given)
    assert data_hash(given) == before
    path.write_text("month,count\n2020-01,2\n")
    assert data_hash(given) != before
    assert data_hash(f"{given};other.csv") != data_hash(given)


def test_a_month_that_has_ended_since_is_seen(tmp_path, monkeypatch):
    path = tmp_path / "x.csv"
    path.write_text("1")
    before = data_hash(str(path))
    monkeypatch.setattr(module, "this_month", lambda: "2030-01")
    assert data_hash(str(path)) != before
    assert data_hash("") == ""


def test_a_device_has_no_hash_and_no_end():
    assert data_hash("/dev/zero") == data_hash("missing.csv") == "unreadable"
