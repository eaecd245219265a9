"""Breaks: the Nile as in R's strucchange, Bai's distribution, and a test that keeps its size."""

from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from statsmodels.datasets import nile

import analysis as its
from analysis import load_outcome, make_outcome
from analysis.errors import DesignError, InputError
from analysis.models.processes.autoregression import ar1_errors, whiten
from analysis.models.processes.search import Profile
from analysis.robustness.break_search import (
    Gains,
    best_breaks,
    break_columns,
    date_interval,
    date_quantiles,
    long_run_variance,
    squares_left,
    sup_f_p_value,
    with_breaks,
)
from analysis.robustness.breaks import find_breaks


def yearly(values, first):
    index = pd.period_range(str(first), periods=len(values), freq="Y")
    return make_outcome(pd.Series(values, index), name="s", unit="units", kind="measure")


@pytest.fixture(scope="module")
def river():
    return yearly(nile.load_pandas().data["volume"].to_numpy(), 1871)


@pytest.fixture(scope="module")
def river_break(river):
    return find_breaks(river, scale="level", terms="level", season=0, errors="independent")


def test_the_nile_breaks_after_1898_with_the_interval_of_strucchange(river_break):
    row = river_break.table.iloc[0]
    found = (row["first_after"], row["break_after"], row["last_after"])
    assert [period.year for period in found] == [1895, 1898, 1902]


def test_sup_f_of_the_nile_is_that_of_strucchange(river_break):
    """R 4.2: sctest(Fstats(Nile ~ 1)) gives sup.F = 75.93, p < 2.2e-16."""
    assert river_break.statistic == pytest.approx(75.93, abs=0.005)
    assert river_break.p_value == 1 / 1000
    assert river_break.path.idxmax() == pd.Period("1898", "Y")


def test_the_jump_of_the_nile_is_the_difference_of_the_means(river, river_break):
    after, before = river.values["1899":].mean(), river.values[:"1898"].mean()
    assert river_break.table["estimate"].item() == pytest.approx(after - before)


def test_the_quantiles_are_those_of_yao():
    """Yao 1987, Annals of Statistics 15:1321: 7.69 at 90%, 11.03 at 95%, 19.77 at 99%."""
    quantiles = date_quantiles(np.array([0.05, 0.95, 0.975, 0.995]), 1.0)
    assert quantiles == pytest.approx([-7.687, 7.687, 11.033, 19.767], abs=0.001)


def test_the_quantiles_of_unequal_sides_agree_with_simulation():
    rng = np.random.default_rng(3)
    step, reach, ratio = 0.01, 6000, 2.0
    places = []
    for _ in range(1500):
        moves = rng.standard_normal((2, reach)) * np.sqrt(step)
        drift = np.arange(1, reach + 1) * step / 2
        left = np.cumsum(moves[0]) - drift
        right = np.sqrt(ratio) * np.cumsum(moves[1]) - drift
        on_left = left.max() > right.max()
        places.append(-step * left.argmax() if on_left else step * right.argmax())
    low, high = date_quantiles(np.array([0.2, 0.8]), ratio)
    assert np.mean(np.array(places) < low) == pytest.approx(0.2, abs=0.035)
    assert np.mean(np.array(places) > high) == pytest.approx(0.2, abs=0.035)


def test_f_equals_that_of_two_regressions():
    rng = np.random.default_rng(5)
    y, base = rng.standard_normal(40), np.column_stack([np.ones(40), np.arange(40)])
    gain = Gains.of(base, "level+slope", np.array([17]), time=np.arange(40))

    def rss(X):
        return np.square(y - X @ np.linalg.lstsq(X, y)[0]).sum()

    wide = rss(np.hstack([base, break_columns(np.arange(40), 17, "level+slope")]))
    assert gain.f(y).item() == pytest.approx((rss(base) - wide) / (wide / 36))


def test_with_memory_f_is_that_of_the_whitened_regression():
    rng = np.random.default_rng(6)
    y, base, rho = rng.standard_normal(30), np.ones((30, 1)), 0.7
    gain = Gains.of(base, "level", np.array([12]), time=np.arange(30), rho=rho)
    columns = np.hstack([base, break_columns(np.arange(30), 12, "level")])
    time = np.arange(30)
    X, z = whiten(columns.T, time, rho).T, whiten(y, time, rho)

    def rss(columns):
        return np.square(z - columns @ np.linalg.lstsq(columns, z)[0]).sum()

    expected = (rss(X[:, :1]) - rss(X)) / (rss(X) / 28)
    assert gain.f(y).item() == pytest.approx(expected)


def test_more_variance_widens_the_interval_of_the_date():
    plain, noisy = (date_interval(29, 1.5, v, v, n=60, alpha=0.05) for v in (1.0, 4.0))
    assert noisy[0] < plain[0] < 29 < plain[1] < noisy[1]


@pytest.mark.parametrize("ratio", [1e-6, 1, 1e6])
@pytest.mark.parametrize("last", [0, 9, 58])
def test_the_interval_holds_the_date_found_however_unlike_its_sides_are(ratio, last):
    first, final = date_interval(last, 0.1, 1.0, ratio, n=60, alpha=0.05)
    assert 0 <= first <= last <= final < 60


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_the_long_run_variance_is_that_of_a_mean(rho):
    """1 / (1 - rho)^2 for AR(1) errors with innovations of variance 1."""
    noise = ar1_errors(400, rho, 200, np.random.default_rng(11))
    found = np.mean([long_run_variance(e - e.mean()) for e in noise])
    assert found == pytest.approx(1 / (1 - rho) ** 2, rel=0.1)


@pytest.mark.parametrize(
    "known", [[28], [28, 83], [28, 68, 83], [28, 45, 68, 83], [15, 30, 45, 68, 83]]
)
def test_every_number_of_breaks_of_the_nile_is_that_of_strucchange(river, known):
    """R 4.2: summary(breakpoints(Nile ~ 1))."""
    y, time = river.values.to_numpy(), np.arange(100)
    found = best_breaks(y, np.ones((100, 1)), "level", time=time, count=len(known), least=15)
    assert list(found) == known


def squares(y, base, time, firsts, terms):
    return squares_left(y, with_breaks(base, time, np.array(firsts, int), terms))


def least_by_trying(y, base, time, count, terms, least):
    places = combinations(range(least, len(y) - least + 1), count)
    apart = (p for p in places if all(b - a >= least for a, b in pairwise(p)))
    return min(squares(y, base, time, p, terms) for p in apart)


@pytest.mark.parametrize("seed", range(6))
def test_no_other_breaks_leave_fewer_squares(seed):
    """Of any terms, gaps and number of breaks; with a season where there is one break."""
    rng = np.random.default_rng([20261128, seed])
    n, terms, seasonal = int(rng.integers(18, 24)), ("level", "level+slope")[seed % 2], seed > 3
    time = np.sort(rng.choice(n + 4, n, replace=False))
    base = np.column_stack([np.ones(n), time])[:, : 1 + (terms != "level")]
    if seasonal:
        base = np.column_stack([base, np.sin(time), np.cos(time)])
    y, least = rng.standard_normal(n).cumsum(), int(rng.integers(3, 5))
    for count in range(1, 2 if seasonal else 4):
        firsts = best_breaks(y, base, terms, time=time, count=count, least=least)
        assert len(firsts) == count
        assert np.diff([0, *firsts, n]).min() >= least
        left = squares(y, base, time, firsts, terms)
        assert left == pytest.approx(least_by_trying(y, base, time, count, terms, least))


def test_two_breaks_are_found_and_said():
    noise = np.random.default_rng(13).standard_normal(60)
    steps = 4.0 * ((np.arange(60) >= 20).astype(float) - (np.arange(60) >= 40))
    plain = {"scale": "level", "terms": "level", "season": 0, "errors": "hac", "draws": 99}
    two = find_breaks(yearly(noise + steps, 1950), breaks=2, **plain)
    assert [period.year for period in two.table["break_after"]] == [1969, 1989]
    assert two.contains("1990")
    assert "The 2 breaks are after 1969," in two.sentence("1960")
    assert "outside each of them" in two.sentence("1960")


def test_a_series_that_never_changes_is_refused():
    with pytest.raises(DesignError, match="is 5 throughout"):
        find_breaks(yearly(np.full(30, 5.0), 1950), scale="level")


def test_counts_on_their_own_scale_are_searched_by_their_logarithms():
    outcome, few = load_outcome(start="2021-10", end="2024-12"), {"terms": "level", "draws": 99}
    own, logs = (find_breaks(outcome, scale=scale, **few).table for scale in ("count", "log"))
    pd.testing.assert_frame_equal(own, logs)


def test_several_breaks_beside_a_season_are_refused():
    with pytest.raises(DesignError, match="Use season=0, or look for one break"):
        find_breaks(load_outcome(start="2018-10", end="2024-12"), breaks=2, season=1)


def test_noise_is_stationary_with_the_autocorrelation_asked_for():
    noise = ar1_errors(50, 0.8, 4000, np.random.default_rng(8)).T
    assert noise[0].var() == pytest.approx(1 / 0.36, rel=0.1)
    assert noise[-1].var() == pytest.approx(1 / 0.36, rel=0.1)
    assert np.corrcoef(noise[20], noise[21])[0, 1] == pytest.approx(0.8, abs=0.03)


def test_the_sentence_says_whether_the_date_is_inside():
    found = find_breaks(load_outcome(start="2021-10", end="2024-12"), terms="level", draws=99)
    row = found.table.iloc[0]
    inside = row["first_after"] <= pd.Period("2024-05", "M") <= row["last_after"]
    assert found.contains("2024-06") == inside
    assert f"June 2024 is {'inside' if inside else 'outside'}" in found.sentence("2024-06")
    assert not found.contains("2022-02")
    assert "outside" in found.sentence("2022-02")


def test_an_interval_of_the_whole_series_is_said_to_tell_nothing():
    flat = yearly(np.random.default_rng(10).standard_normal(40), 1950)
    found = find_breaks(flat, scale="level", terms="level", season=0, draws=99)
    row = found.table.iloc[0]
    assert (row["first_after"].year, row["last_after"].year) == (1950, 1989)
    assert "the date cannot be told" in found.sentence("1970")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"trim": 0.5}, "The trim is 0.5"),
        ({"alpha": 1.0}, "The alpha is 1.0"),
        ({"draws": 10}, "The number of draws is 10"),
        ({"terms": "slope"}, "There is no value of terms 'slope'"),
        ({"errors": "hacc"}, "There is no value of errors 'hacc'"),
        ({"breaks": 0}, "The number of breaks is 0"),
        ({"breaks": "bic"}, r"breaks is 'bic' \(str\)"),
    ],
)
def test_options_out_of_bounds_are_refused(river, options, message):
    with pytest.raises(InputError, match=message):
        its.find_breaks(river, scale="level", **options)


def test_a_series_too_short_for_a_break_is_refused():
    with pytest.raises(DesignError, match="needs at least 7"):
        find_breaks(yearly(np.arange(6.0), 1950), season=0, scale="level")


def test_as_many_breaks_as_fit_and_no_more(river):
    plain = {"scale": "level", "terms": "level", "season": 0, "errors": "independent", "draws": 99}
    assert len(find_breaks(river, breaks=5, trim=1 / 6, **plain).table) == 5
    with pytest.raises(DesignError, match="each stretch of 10 or more, needs at least 110"):
        find_breaks(river, breaks=10, trim=0.1, **plain)


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_the_test_keeps_its_size(rho):
    """At most 5% (standard error 1.1%) of 400 series without a break have p <= 0.05."""
    noise, base = ar1_errors(60, rho, 400, np.random.default_rng(9)).T, np.ones((60, 1))
    p = []
    for y in noise.T:
        fitted = Profile.of(y[None], base[None], np.arange(60)).maximise(restricted=True)[0]
        gain = Gains.of(base, "level", np.arange(9, 52), time=np.arange(len(base)), rho=fitted)
        p.append(sup_f_p_value(gain, gain.f(y).max(), draws=199, seed=1))
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.08


EXACT = {
    "line": np.arange(30.0),
    "step": np.repeat([5.0, 9.0], 15),
    "steps": np.repeat([3.0, 8.0, 2.0], 10),
    "half": np.append(np.full(15, 5.0), 5 + np.random.default_rng(15).standard_normal(15)),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("errors", ["ar1", "hac", "independent"])
@pytest.mark.parametrize("name", EXACT)
def test_series_that_are_fitted_exactly_are_no_traceback(name, errors):
    series = yearly(EXACT[name], 1950)
    for terms in ("level", "level+slope"):
        found = find_breaks(
            series, breaks=1 + (name == "steps"), terms=terms, scale="level", season=0,
            errors=errors, draws=99,
        )  # fmt: skip
        assert 0 < found.p_value <= 1
        if (name, terms) in [("step", "level"), ("steps", "level")]:
            ends = np.flatnonzero(np.diff(EXACT[name]))
            assert [period.year - 1950 for period in found.table["break_after"]] == list(ends)
