import json

import pytest

from analysis.errors import InputError
from analysis.report import record as module
from analysis.report.named import NamedRun
from analysis.report.record import fail_record, fingerprint, read_record


@pytest.fixture
def run(tmp_path):
    notebook = tmp_path / "n.ipynb"
    notebook.write_text("{}")
    return NamedRun(name="n", title="N", notebook=notebook, parameters={})


def test_fingerprint_follows_whatever_decides_the_numbers(run, tmp_path, monkeypatch):
    data = tmp_path / "given.csv"
    data.write_text("1")
    values = {"start": "2021-10", "data": str(data)}
    seen = [fingerprint(run, values)]
    assert fingerprint(run, values) == seen[0]
    seen.append(fingerprint(run, {**values, "start": "2022-01"}))
    data.write_text("2")
    seen.append(fingerprint(run, values))
    seen.append(fingerprint(run, {**values, "data": str(tmp_path)}))
    run.notebook.write_text("{ }")
    seen.append(fingerprint(run, values))
    monkeypatch.setattr(module, "_code", lambda: "other code")
    seen.append(fingerprint(run, values))
    monkeypatch.setattr(module, "_libraries", lambda: {"numpy": "0"})
    seen.append(fingerprint(run, values))
    assert len(set(seen)) == len(seen)


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
