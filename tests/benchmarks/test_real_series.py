"""Placebo dates: how windows are cut, how shares are counted, and which models hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.datasets as datasets
from real_series import Window, cut_windows, lay_out, measure_rejections, read_pool

import analysis as its
from analysis.errors import DataError, InputError
from analysis.validation.rejections import RESULTS
from analysis.validation.simulate import ESTIMANDS

# Above this share of windows the intervals are not what they say; windows overlap, and series are
# few, so that 5% may come out as 9%.
TOO_OFTEN = 0.1
SECTORS = ("big_bend", "del_rio", "el_centro", "el_paso", "laredo", "san_diego", "tucson", "yuma")


def made_pool(rng, count=6, n=150):
    rows = [
        {
            "source": "made" if i % 2 else "up",
            "name": f"series {i}",
            "per_year": per_year,
            "values": np.exp(rng.normal(size=n).cumsum() / 20),
        }
        for per_year in (1, 4, 12, 52)
        for i in range(count)
    ]
    return pd.DataFrame(rows)


def regular(values, start, freq, name):
    series = pd.Series(
        np.asarray(values, dtype=float), pd.period_range(start, periods=len(values), freq=freq)
    )
    return its.make_outcome(series, name=name, unit="units", kind="measure")


def placebo_windows(outcome, *, length, step):
    """Every window of a series that is `length` long, `step` apart, with its middle as the date."""
    found, periods = [], outcome.periods
    for at in range(0, len(periods) - length + 1, step):
        part = outcome.window(str(periods[at]), str(periods[at + length - 1]))
        day = str(part.periods[length // 2].start_time.date())
        scale = "log" if (part.values > 0).all() else "level"
        try:
            design = its.build_design(part, day, scale=scale)
        except InputError:
            continue
        per_year = round(outcome.steps_per_year)
        found.append(Window(series=outcome.name, source="", per_year=per_year, design=design))
    return found


@pytest.fixture(scope="module")
def own_windows():
    """Windows of four years of series that come with this package and with statsmodels."""
    macro = datasets.macrodata.load_pandas().data
    names = ("realgdp", "realcons", "realinv", "realgovt", "realdpi", "cpi", "m1", "pop", "unemp")
    series = [regular(macro[name], "1959Q1", "Q", name) for name in names]
    sea = datasets.elnino.load_pandas().data.drop(columns="YEAR").to_numpy().ravel()
    series.append(regular(sea, "1950-01", "M", "sea"))
    air = datasets.co2.load_pandas().data["co2"].resample("MS").mean().interpolate()
    series.append(regular(air, "1958-03", "M", "air"))
    series += [
        its.load_outcome(component="usbp", sector=sector, start="1999-10", end="2019-12")
        for sector in SECTORS
    ]
    return [w for one in series for w in placebo_windows(one, length=48, step=24)]


@pytest.fixture(scope="module")
def own_table(own_windows):
    models = ("wandering_trend_calibrated", "ar1_calibrated", "newey_west")
    table = measure_rejections(own_windows, models)
    whole = table[table["by"] == "all"]
    return whole.pivot_table(index="model", columns="estimand", values="left_out")


def test_intervals_hold_on_series_in_which_nothing_is_known(own_table):
    assert (own_table.loc["wandering_trend_calibrated"] < TOO_OFTEN).all()


@pytest.mark.parametrize("model", ["newey_west", "ar1_calibrated"])
def test_a_worse_default_would_be_noticed(own_table, model):
    assert (own_table.loc[model, ["slope", "average", "last"]] > TOO_OFTEN).all()


def test_the_table_that_is_kept_says_that_intervals_hold():
    table = pd.read_csv(RESULTS, comment="#")
    ours = table[table["model"] == "wandering_trend_calibrated"]

    whole = ours[ours["by"] == "all"].set_index("estimand")
    assert whole["left_out"].between(0.04, 0.06).all()
    large = ours[(ours["by"] == "source") & (ours["windows"] >= 100)]
    assert large["left_out"].max() < 0.08
    assert "make honesty POOL=" in RESULTS.read_text().splitlines()[0]


def test_windows_are_cut_as_they_say():
    windows = list(cut_windows(made_pool(np.random.default_rng(1))))

    assert len(windows) == 6 * 3 * 2
    assert {w.per_year for w in windows} == {4, 12, 52}
    for window in windows:
        design = window.design
        n, before = len(design.y), design.pre.sum()
        assert 36 <= n <= 120
        assert before >= max(12, 0.3 * n)
        assert n - before >= 6
        assert design.step_columns == ["level", "slope"]
        assert design.scale == "log"
        if design.season:
            assert before > window.per_year


def test_at_most_so_many_series_of_a_kind_and_the_same_ones_again():
    pool = made_pool(np.random.default_rng(2))

    few = [list(cut_windows(pool, most=1)) for _ in range(2)]

    assert len({w.series for w in few[0]}) <= 3 * 2
    np.testing.assert_array_equal(few[0][0].design.y, few[1][0].design.y)


def test_series_of_zeros_or_of_few_values_are_left_out():
    pool = made_pool(np.random.default_rng(3), count=1)
    flat = pool.assign(values=[np.tile([1.0, 2.0], 75)] * len(pool))
    zeros = pool.assign(values=[np.where(np.arange(150) % 5, v, 0) for v in pool["values"]])

    assert not list(cut_windows(flat))
    assert not list(cut_windows(zeros))


def test_a_real_break_is_left_out_of_nearly_every_interval_of_zero():
    """The share counts what it says: with a break put in, intervals leave out zero."""
    rng, windows = np.random.default_rng(4), []
    for i in range(20):
        y = 100 + rng.normal(size=60)
        y[30:] += 10
        window = placebo_windows(regular(y, "2000-01", "M", f"{i}"), length=60, step=60)
        windows += window

    table = measure_rejections(windows, ("wandering_trend_calibrated",))

    found = table[table["by"] == "all"].set_index("estimand")["left_out"]
    assert found["level"] > 0.9


def test_errors_are_clustered_by_series():
    """Twenty copies of one series say no more than one."""
    rng = np.random.default_rng(5)
    one, other = (regular(100 + rng.normal(size=60), "2000-01", "M", name) for name in "ab")
    windows = [w for s in (one, other) for w in placebo_windows(s, length=40, step=20)]

    many = measure_rejections(windows * 20, ("newey_west",))
    few = measure_rejections(windows, ("newey_west",))

    np.testing.assert_allclose(many["error"], few["error"])
    np.testing.assert_allclose(many["left_out"], few["left_out"])
    assert list(many["estimand"].unique()) == list(ESTIMANDS)


def test_models_without_a_fast_way_are_fitted_one_by_one():
    rng = np.random.default_rng(6)
    windows = placebo_windows(
        regular(100 + rng.normal(size=40), "2000-01", "M", "x"), length=40, step=40
    )

    table = measure_rejections(windows, ("gls_ar1_ml", "wandering_trend"))

    assert table["left_out"].isin([0.0, 1.0]).all()
    assert (table["width"] > 0).all()


def test_a_value_of_zero_keeps_the_level_scale():
    values = 5 + np.random.default_rng(7).normal(size=40)
    values[3] = 0.0

    assert lay_out(values, 12, 20).scale == "level"
    assert lay_out(np.abs(values) + 1, 12, 20).scale == "log"


def test_a_pool_is_read_from_text(tmp_path):
    path = tmp_path / "pool.csv"
    path.write_text("source,name,per_year,kind,values\nmade,a,12,x,1 2.5 3\n")

    pool = read_pool(path)

    np.testing.assert_array_equal(pool["values"][0], [1, 2.5, 3])


@pytest.mark.parametrize("text", [None, "source,name,values\na,b,1 2\n"])
def test_what_is_no_pool_is_refused(tmp_path, text):
    path = tmp_path / "pool.csv"
    if text is not None:
        path.write_text(text)

    with pytest.raises(DataError, match="no file" if text is None else "no column per_year"):
        read_pool(path)


def test_no_windows_are_refused():
    with pytest.raises(InputError, match="no windows"):
        measure_rejections([])
