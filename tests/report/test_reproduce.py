import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.report.reproduce import near, reproduce

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def untouched():
    return reproduce(ROOT / "reports" / "effect", root=ROOT)


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(ROOT / "reports" / "effect", tmp_path / "effect"))


@pytest.mark.slow
def test_the_committed_report_comes_out_the_same(untouched):
    assert untouched.same_numbers, str(untouched)
    assert untouched.data == {}
    how = "digit for digit" if untouched.exact else "to 5 parts in 10,000"
    assert str(untouched).startswith(f"effect: the same numbers, {how}")


def test_what_rounding_changes_is_no_other_number():
    """As found between versions of numpy and scipy, and a change that is one."""
    changed = pd.DataFrame(
        {"report": ["-5.7199835", "0.0322", "ar1", "7.5"], "now": ["-5.72002", "0.0325", "x", ""]}
    )

    np.testing.assert_array_equal(near(changed), [True, False, False, False])
    assert near(changed.iloc[:0]).shape == (0,)


@pytest.mark.slow
def test_changed_numbers_data_and_versions_are_named(copy):
    numbers = copy / "effects.csv"
    table = pd.read_csv(numbers, dtype=str, keep_default_na=False)
    table.loc[1, "estimate"] = str(float(table.loc[1, "estimate"]) - 1)
    table.to_csv(numbers, index=False, lineterminator="\n")
    record = json.loads((copy / "run.json").read_text())
    record["data"][0]["sha256"] = "0" * 64
    record["libraries"]["numpy"] = "1.0"
    (copy / "run.json").write_text(json.dumps(record))
    found = reproduce(copy, root=ROOT)
    assert list(found.numbers.index) == ["row 2, estimate"]
    ((before, now),) = found.data.values()
    assert before == "0" * 12 != now
    assert found.versions["numpy"][0] == "1.0"
    assert "OTHER NUMBERS" in str(found)


def test_a_folder_that_is_no_report(tmp_path):
    with pytest.raises(InputError, match="There is no report"):
        reproduce(tmp_path, root=ROOT)


def test_a_run_that_is_gone(copy):
    record = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps({**record, "run": "gone"}))
    with pytest.raises(InputError, match="There is no run 'gone'"):
        reproduce(copy, root=ROOT)
