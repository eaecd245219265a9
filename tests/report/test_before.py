"""What is said of a run before a kernel starts."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import DataError
from analysis.report.before import refuse_series, say_if_long


@pytest.mark.parametrize(("periods", "said"), [(3_000, ""), (7_000, "7,000 days are many: a page")])
def test_a_long_series_is_said_with_what_it_takes(periods, said, tmp_path, capsys):
    days = pd.date_range("2001-01-01", periods=periods).strftime("%Y-%m-%d")
    values = 100 + np.random.default_rng(1).normal(size=periods)
    path = tmp_path / "days.csv"
    pd.DataFrame({"day": days, "value": values}).to_csv(path, index=False)
    say_if_long({"data": str(path), "intervention": "2005-01-01"})
    told = capsys.readouterr().err
    assert told.startswith(said)
    assert ("20 seconds and 1.1 GB" in told) == bool(said)


@pytest.mark.parametrize("data", ["", "\0", "a" * 5000, "missing.csv"])
def test_what_is_no_file_is_left_to_the_run(data, capsys):
    say_if_long({"data": data})
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("data", ["missing.csv", "/dev/zero", "pages.yml; missing.csv"])
def test_a_file_that_is_not_there_is_refused_before_a_kernel_starts(data):
    with pytest.raises(DataError, match=r"does not exist|not an ordinary file"):
        refuse_series({"data": data})
