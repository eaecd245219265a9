"""What must hold for any series: units, dates, signs, order, and the effects among themselves.

The profile "fixed" tries the same few examples in every run (conftest.py), "thorough" five times
as many in `make test-slow`. A search for others:
python -m pytest tests/test_properties.py --hypothesis-profile=search
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis as its
from analysis.design import rebuild
from analysis.effects import path
from analysis.effects.estimands import contrast_of, linear_effect
from analysis.models.batch import METHODS, Problem, batch_contrasts

REGRESSIONS = ["ar1", "reml_ar1", "newey_west", "prais_winsten", "gls_ar1_ml"]
COUNTS = ["poisson", "quasi_poisson", "negative_binomial", "wandering_counts"]
NUMBERS = ["estimate", "std_error", "df", "lower", "upper", "p_value"]
LENGTHS = ["estimate", "std_error", "lower", "upper"]
TOTALS = ["cumulative", "relative"]
DRAWS = 1000
# In standard errors; the search for rho ends when it is nearer than this.
TIGHT = 1e-6


@pytest.fixture(scope="module", autouse=True)
def few_draws():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(path, "DRAWS", DRAWS)
        yield


@dataclass(frozen=True, kw_only=True)
class Case:
    """A series with AR(1) errors around a trend and a step, and how it is modelled."""

    values: np.ndarray
    first_post: int
    start: str = "2000-01"
    freq: str = "M"
    kind: str = "measure"
    options: dict[str, Any]

    @property
    def periods(self) -> pd.PeriodIndex:
        return pd.period_range(self.start, periods=len(self.values), freq=self.freq)

    @property
    def outcome(self) -> its.Outcome:
        series = pd.Series(self.values, self.periods)
        return its.make_outcome(series, name="made", unit="units", kind=self.kind)

    def design(self, **changes: Any) -> its.Design:
        day = str(self.periods[self.first_post].start_time.date())
        return its.build_design(self.outcome, day, **{**self.options, **changes})

    def times(self, factor: float) -> Case:
        return replace(self, values=self.values * factor)

    def plus(self, added: np.ndarray | float) -> Case:
        return replace(self, values=self.values + added)


def errors(rng: np.random.Generator, n: int, rho: float) -> np.ndarray:
    e = rng.standard_normal(n)
    for t in range(1, n):
        e[t] += rho * e[t - 1]
    return e


@st.composite
def cases(draw: st.DrawFn, *, scale: str = "level", gaps: bool = True, season: bool = True) -> Case:
    """Any length, break, shape, season and gap in time that a design can have."""
    n, post = draw(st.integers(26, 60)), draw(st.integers(4, 9))
    first = n - post
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = errors(rng, n, draw(st.sampled_from([-0.4, 0.0, 0.4, 0.7])))
    values += 0.05 * np.arange(n) - draw(st.sampled_from([0.0, 2.0])) * (np.arange(n) >= first)
    options = {
        "scale": scale,
        "season": draw(st.sampled_from([0, 1] if season else [0])),
        "shape": draw(st.sampled_from(["level", "slope", "level+slope"])),
        "trend": draw(st.booleans()),
    }
    if gaps and draw(st.booleans()):
        at = draw(st.integers(first - 6, first + 1))
        periods = pd.period_range("2000-01", periods=n, freq="M")
        options["washout"] = (str(periods[at]), str(periods[at + draw(st.integers(0, 1))]))
    if scale != "level":
        values = np.exp(5 + values / 10)
    return Case(values=values, first_post=first, options=options)


def effects_of(design: its.Design, model: str, **options: Any) -> pd.DataFrame:
    at = tuple(int(h) for h in design.time[design.post] - design.T0)
    fit = its.fit(design, model)
    table = its.estimate_effects(fit, at=at, **options).table
    # The later trend is no effect of the intervention alone: it holds what the trend takes up.
    table = table.drop("posttrend", errors="ignore")
    # On a level scale the per cent hangs on the unit and the height of the series, as it should.
    shares = table.index.str.startswith("relative") & (design.scale == "level")
    return table[~shares]


def assert_same(found: pd.DataFrame, wanted: pd.DataFrame, tolerance: float = TIGHT) -> None:
    """Equal tables of effects: lengths to a part of the standard error, the rest as they are.

    The ends of a total are helped by draws. A weight that differs in its last digit may send one
    of them to another component, so they are held to a small part of its standard error only.
    """
    assert list(found.index) == list(wanted.index)
    for name in wanted.index:
        loose = 0.05 if name in TOTALS else tolerance
        size = np.nan_to_num(wanted.loc[name, "std_error"], nan=1.0)
        for column in LENGTHS:
            pair = float(found.loc[name, column]), float(wanted.loc[name, column])
            np.testing.assert_allclose(*pair, rtol=1e-9, atol=loose * size, err_msg=f"{name}")
        np.testing.assert_allclose(found.loc[name, "df"], wanted.loc[name, "df"], rtol=1e-4)
        p = found.loc[name, "p_value"], wanted.loc[name, "p_value"]
        np.testing.assert_allclose(*p, atol=loose, err_msg=f"{name}")


def scaled(table: pd.DataFrame, factor: float) -> pd.DataFrame:
    return table.assign(**{column: table[column] * factor for column in LENGTHS})


def flipped(table: pd.DataFrame) -> pd.DataFrame:
    ends = {"estimate": -table["estimate"], "lower": -table["upper"], "upper": -table["lower"]}
    return table.assign(**ends)


# Units


@pytest.mark.parametrize("model", REGRESSIONS)
@given(case=cases(), power=st.integers(-6, 9))
def test_other_units_of_a_level_scale_the_effects_and_change_nothing_else(model, case, power):
    factor = 1.7 * 10.0**power
    plain, other = (effects_of(c.design(), model) for c in (case, case.times(factor)))
    assert_same(other, scaled(plain, factor))


@pytest.mark.parametrize("model", REGRESSIONS)
@given(case=cases(scale="log"), power=st.integers(-6, 9))
def test_other_units_change_no_ratio(model, case, power):
    factor = 1.7 * 10.0**power
    plain, other = (effects_of(c.design(), model) for c in (case, case.times(factor)))
    linear = [name for name in plain.index if name != "cumulative"]
    assert_same(other.loc[linear], plain.loc[linear])
    assert_same(other.loc[["cumulative"]], scaled(plain.loc[["cumulative"]], factor))


def counted(case: Case, times: int) -> Case:
    return replace(case, values=np.round(case.values) * times, kind="count")


@given(case=cases(scale="log", gaps=False), times=st.integers(2, 50))
def test_counting_each_event_k_times_narrows_poisson_and_leaves_quasi_poisson(case, times):
    """The ratios stay. Poisson takes k times as many events for more; a dispersion does not."""
    one, more = (counted(case, k).design(scale="count") for k in (1, times))
    for model, narrower in (("poisson", np.sqrt(times)), ("quasi_poisson", 1.0)):
        plain, other = (its.fit(design, model).tabulate() for design in (one, more))
        slopes = plain.index != "constant"
        np.testing.assert_allclose(other["estimate"][slopes], plain["estimate"][slopes], atol=1e-7)
        np.testing.assert_allclose(other["std_error"] * narrower, plain["std_error"], rtol=1e-6)
        moved = other["estimate"]["constant"] - plain["estimate"]["constant"]
        assert moved == pytest.approx(np.log(times), abs=1e-7)


@pytest.mark.parametrize(
    "model", [*COUNTS[:3], pytest.param("wandering_counts", marks=pytest.mark.slow)]
)
@given(case=cases(scale="log", gaps=False), factor=st.sampled_from([1e-3, 0.5, 7.0, 1e6]))
def test_the_unit_of_a_denominator_changes_no_effect(model, case, factor):
    design = counted(case, 1).design(scale="count")
    people = pd.Series(np.linspace(900.0, 1100.0, len(case.values)), case.periods)
    units = [replace(design.outcome, denominator=people * k) for k in (1.0, factor)]
    fits = [its.fit(rebuild(design, outcome=unit), model) for unit in units]
    plain, other = (its.estimate_effects(fit).table for fit in fits)
    assert_same(other, plain, tolerance=1e-4)


# Dates. In 28 years the calendar repeats: days of months, leap years, weekdays.


@pytest.mark.parametrize(("freq", "start"), [("M", "1994-05"), ("W-SUN", "1994-05-02")])
@pytest.mark.parametrize("model", ["ar1", "newey_west"])
@given(case=cases(scale="log", gaps=False), shift=st.sampled_from([-28, 28, 56]))
def test_moving_all_dates_by_28_years_changes_nothing(model, freq, start, case, shift):
    case = replace(counted(case, 1), start=start, freq=freq)
    moved = replace(case, start=f"{int(start[:4]) + shift}{start[4:]}")
    event, later = (partway(c, 12, days=11) for c in (case, moved))
    design, other = case.design(season=0), moved.design(season=0)
    assert str(moved.periods[0].start_time.date())[4:] == str(case.periods[0].start_time.date())[4:]
    np.testing.assert_array_equal(other.X, design.X)
    plain = effects_of(case.design(events=[event], season=0), model)
    assert_same(effects_of(moved.design(events=[later], season=0), model), plain)


def partway(case: Case, period: int, days: int, name: str = "other") -> its.Intervention:
    """An event some days into a period."""
    first = case.periods[period].start_time + pd.Timedelta(days=days % 7)
    return its.Intervention(name=name, start=first.date(), label=name)


@pytest.mark.parametrize("freq", ["M", "W-SUN"])
@given(case=cases(gaps=False), shift=st.sampled_from([-28, 28]))
def test_a_season_moves_with_the_calendar(freq, case, shift):
    start = "1996-01-01"
    case = replace(case, start=start, freq=freq, values=np.resize(case.values, 70), first_post=60)
    moved = replace(case, start=f"{1996 + shift}{start[4:]}")
    X, other = (c.design(season=1).X for c in (case, moved))
    np.testing.assert_allclose(other, X, atol=1e-9)


# Signs, constants and trends


@pytest.mark.parametrize("model", REGRESSIONS)
@given(case=cases())
def test_the_mirrored_series_has_the_mirrored_effects(model, case):
    plain, other = (effects_of(c.design(), model) for c in (case, case.times(-1.0)))
    linear = [name for name in plain.index if name != "cumulative"]
    assert_same(other.loc[linear], flipped(plain.loc[linear]))
    # Its draws are others, so their quantiles agree within the error of 1,000 draws.
    mirrored = -other.loc["cumulative", "estimate"]
    near = 0.25 * plain.loc["cumulative", "std_error"]
    assert mirrored == pytest.approx(plain.loc["cumulative", "estimate"], abs=near)


@pytest.mark.parametrize("model", REGRESSIONS)
@given(case=cases(), constant=st.floats(-1e3, 1e3), slope=st.floats(-10, 10))
def test_what_the_terms_take_up_changes_no_effect(model, case, constant, slope):
    case = replace(case, options=case.options | {"trend": True})
    added = constant + slope * np.arange(len(case.values))
    plain, other = (effects_of(c.design(), model) for c in (case, case.plus(added)))
    assert_same(other, plain, tolerance=1e-5)


@pytest.mark.parametrize("model", REGRESSIONS)
@given(case=cases(), step=st.floats(-50, 50))
def test_a_larger_step_is_a_larger_level_and_nothing_else(model, case, step):
    case = replace(case, options=case.options | {"shape": "level+slope"})
    added = np.where(np.arange(len(case.values)) >= case.first_post, step, 0.0)
    plain, other = (its.fit(c.design(), model).tabulate() for c in (case, case.plus(added)))
    wanted = plain["estimate"] + np.where(plain.index == "level", step, 0.0)
    size = plain["std_error"]
    assert (np.abs(other["estimate"] - wanted) <= 1e-5 * size + 1e-9 * abs(step)).all()
    np.testing.assert_allclose(other["std_error"], size, rtol=1e-5)


# Events


@pytest.mark.parametrize("model", REGRESSIONS)
@given(case=cases(season=False, gaps=False), at=st.integers(6, 14))
def test_an_event_without_effect_changes_no_estimate(model, case, at):
    """A series that the terms fit but for one part in ten million: so is the difference."""
    n, day = len(case.values), np.arange(len(case.values))
    case = replace(case, options=case.options | {"trend": True, "shape": "level+slope"})
    noise = 1e-7 * np.random.default_rng(n).standard_normal(n)
    after = np.clip(day - case.first_post, 0, None)
    values = 10 + 0.1 * day - 3 * (day >= case.first_post) + 0.2 * after + noise
    exact = replace(case, values=values)
    plain = its.fit(exact.design(), model).coefficients
    event = partway(exact, at, 0)
    other = its.fit(exact.design(events=[event]), model).coefficients
    for name, truth in {"level": -3.0, "slope": 0.2}.items():
        assert plain[name] == pytest.approx(truth, abs=1e-6)
        assert other[name] == pytest.approx(plain[name], abs=1e-6)


@pytest.mark.parametrize("model", METHODS)
def test_an_event_without_effect_keeps_the_estimate_unbiased_and_the_coverage(model):
    rng, replicates = np.random.default_rng(20240605), 1500
    noise = np.array([errors(rng, 60, 0.4) for _ in range(replicates)])
    case = Case(values=noise[0], first_post=45, options={"scale": "level", "season": 0})
    plain, other = (
        levels_of(noise, case.design(events=events), model)
        for events in ([], [partway(case, 20, 0)])
    )
    covered = [((t["lower"] < 0) & (t["upper"] > 0)).to_numpy(float) for t in (plain, other)]
    lost = covered[0] - covered[1]
    assert abs(other["estimate"].mean()) < 4 * other["estimate"].std() / np.sqrt(replicates)
    assert lost.mean() < 4 * lost.std() / np.sqrt(replicates)
    assert covered[1].mean() > 0.92


def levels_of(many: np.ndarray, design: its.Design, model: str) -> pd.DataFrame:
    """The level of each of many series on one design."""
    X, C = design.X.to_numpy(), np.array([contrast_of(design, "level")])
    problems = [Problem(y=y, X=X, time=design.time, C=C) for y in many]
    return batch_contrasts(problems, model=model)


@pytest.mark.parametrize("model", REGRESSIONS)
@given(case=cases(), first=st.integers(5, 8), second=st.integers(10, 14))
def test_the_order_of_events_does_not_matter(model, case, first, second):
    events = [partway(case, first, 3, "a"), partway(case, second, 5, "b")]
    orders = (events, events[::-1])
    plain, other = (effects_of(case.design(events=order), model) for order in orders)
    assert_same(other, plain, tolerance=1e-5)


@pytest.mark.parametrize("model", [*REGRESSIONS, "forecast_trend"])
@given(case=cases())
def test_the_same_fit_twice_is_the_same_to_the_last_bit(model, case):
    pd.testing.assert_frame_equal(
        effects_of(case.design(), model), effects_of(case.design(), model), check_exact=True
    )


# Effects among themselves


@pytest.mark.parametrize("model", REGRESSIONS)
@given(case=cases(), scale=st.sampled_from(["level", "log"]))
def test_each_effect_is_its_rows_of_the_path(model, case, scale):
    """In the unit of the model: at(h) is the h-th row, last the last, average their mean."""
    case = replace(case, values=np.exp(3 + case.values / 10))
    design = case.design(scale=scale)
    rows = design.difference[design.post]
    since = design.time[design.post] - design.T0
    shown = [h for h, row in zip(since, rows, strict=True) if row.any()]
    for h, row in zip(since, rows, strict=True):
        if h in shown:
            np.testing.assert_array_equal(contrast_of(design, f"at({h})"), row)
    np.testing.assert_array_equal(contrast_of(design, "last"), rows[-1])
    np.testing.assert_allclose(contrast_of(design, "average"), rows.mean(axis=0), atol=1e-14)
    if model != "ar1":
        table = effects_of(design, model)["estimate"]
        path = np.array([table.get(f"at({h})", 0.0) for h in since])
        logs = np.log1p(path / 100) if scale == "log" else path
        average = np.log1p(table["average"] / 100) if scale == "log" else table["average"]
        assert average == pytest.approx(logs.mean(), abs=1e-9)
        assert table["last"] == table[f"at({since[-1]})"]


@given(case=cases())
def test_effects_of_a_forecast_are_rows_of_its_traced_path(case):
    fit = its.fit(case.design(), "forecast_trend")
    at = tuple(int(h) for h in fit.design.time[fit.design.post] - fit.design.T0)
    effects = its.estimate_effects(fit, at=at)
    post = its.trace_counterfactual(fit).post
    for h, row in zip(at, post.to_dict("records"), strict=True):
        for end in ("", "_lower", "_upper"):
            found = getattr(effects[f"at({h})"], end.strip("_") or "estimate")
            assert found == pytest.approx(row[f"effect{end}"], abs=1e-9)
    assert effects["last"].estimate == effects[f"at({at[-1]})"].estimate


@pytest.mark.parametrize("model", [*REGRESSIONS, "forecast_trend"])
@given(data=st.data(), scale=st.sampled_from(["level", "log"]), seed=st.integers(0, 1000))
def test_every_number_follows_from_one_path(model, data, scale, seed):
    """Rows add up to the total, which with its per cent, rows and average is of one d(t)."""
    fit = its.fit(data.draw(cases(scale=scale)).design(), model)
    at = tuple(int(h) for h in fit.design.time[fit.design.post] - fit.design.T0)
    other = its.estimate_effects(fit, at=at)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(path, "SEED", seed)
        effects, post = its.estimate_effects(fit, at=at), its.trace_counterfactual(fit).post
    total, last = effects["cumulative"], post.iloc[-1]
    np.testing.assert_array_equal(effects.table["estimate"], other.table["estimate"])
    assert -post["effect"].sum() == pytest.approx(total.estimate, rel=1e-9, abs=1e-9)
    for end in ("", "_lower", "_upper"):
        found = getattr(total, end.strip("_") or "estimate")
        assert last[f"cumulative{end}"] == pytest.approx(found, rel=1e-6, abs=1e-9, nan_ok=True)
    if "relative" in effects.table.index:
        share = 100 * (post["observed"].sum() / post["counterfactual"].sum() - 1)
        assert effects["relative"].estimate == pytest.approx(share, rel=1e-9, abs=1e-9)
    average = effects["average"]
    if scale == "level":
        assert total.estimate == pytest.approx(-len(post) * average.estimate, rel=1e-6, abs=1e-9)
        assert total.lower == pytest.approx(-len(post) * average.upper, rel=1e-6, nan_ok=True)
        return
    mean = np.log(post["observed"] / post["counterfactual"]).mean()
    # Exactly, but for a mixture, whose medians do not add up.
    loose = 0.15 * average.std_error if model in ("ar1", "forecast_trend") else 1e-9
    assert average.estimate == pytest.approx(100 * np.expm1(mean), abs=loose)


@pytest.mark.parametrize("model", [*REGRESSIONS, "forecast_trend"])
@given(case=cases(), alphas=st.tuples(st.floats(0.01, 0.45), st.floats(0.5, 0.95)))
def test_a_larger_alpha_gives_a_narrower_interval_inside(model, case, alphas):
    wide, narrow = (effects_of(case.design(), model, alpha=alpha) for alpha in alphas)
    known = wide["lower"].notna()
    assert known["average"] or model == "reml_ar1"
    wide, narrow = wide[known], narrow[known]
    assert (wide["lower"] < narrow["lower"]).all()
    assert (narrow["lower"] <= narrow["estimate"]).all()
    assert (narrow["estimate"] <= narrow["upper"]).all()
    assert (narrow["upper"] < wide["upper"]).all()
    np.testing.assert_allclose(wide["p_value"], narrow["p_value"], rtol=1e-9)


@pytest.mark.parametrize("model", [*REGRESSIONS, "forecast_trend"])
@given(case=cases(), alpha=st.floats(0.01, 0.6))
def test_p_is_below_alpha_where_the_interval_leaves_zero_out(model, case, alpha):
    table = effects_of(case.design(), model, alpha=alpha).dropna(subset="lower")
    # The bend of a total is read off whole draws.
    drawn = table.index.isin(TOTALS)
    clear = np.abs(table["p_value"] - alpha) > np.where(drawn, 5 / DRAWS, 1e-7)
    outside = (table["lower"] > 0) | (table["upper"] < 0)
    assert (outside[clear] == (table["p_value"] < alpha)[clear]).all()


@pytest.mark.parametrize("model", COUNTS)
@given(case=cases(scale="log", gaps=False), alpha=st.floats(0.01, 0.6))
def test_ratios_of_counts_have_p_values_and_intervals_that_agree(model, case, alpha):
    table = effects_of(counted(case, 1).design(scale="count"), model, alpha=alpha)
    linear = table.drop(TOTALS)
    outside = (linear["lower"] > 0) | (linear["upper"] < 0)
    assert (outside == (linear["p_value"] < alpha)).all()
    assert ((table["lower"] < table["estimate"]) & (table["estimate"] < table["upper"])).all()


# Many at once, and a user's file


def problem_of(design: its.Design) -> Problem:
    C = np.array([contrast_of(design, name) for name in ("average", "last")])
    return Problem(y=design.y.to_numpy(), X=design.X.to_numpy(), time=design.time, C=C)


@pytest.mark.parametrize("model", METHODS)
@given(several=st.lists(cases(), min_size=1, max_size=6))
def test_a_batch_is_its_single_fits(model, several):
    designs = [case.design() for case in several]
    table = batch_contrasts([problem_of(design) for design in designs], model=model)
    for i, design in enumerate(designs):
        for j, name in enumerate(("average", "last")):
            single = linear_effect(its.fit(design, model), name)
            row = table.loc[(i, j)]
            size = single.std_error
            for column in ("estimate", "std_error"):
                assert abs(row[column] - getattr(single, column)) <= 1e-8 * size
            assert row["p_value"] == pytest.approx(single.p_value, abs=1e-8, nan_ok=True)
            for end in ("lower", "upper"):
                half = abs(getattr(single, end) - single.estimate)
                wanted = pytest.approx(getattr(single, end), abs=1e-8 * half, nan_ok=True)
                assert row[end] == wanted


@given(case=cases(gaps=False), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_of_a_file_does_not_matter(tmp_path_factory, case, seed):
    rows = [f"{p},{v!r}" for p, v in zip(case.periods, case.values.tolist(), strict=True)]
    shuffled = [rows[i] for i in np.random.default_rng(seed).permutation(len(rows))]
    folder = tmp_path_factory.mktemp("rows")
    found = []
    for name, lines in (("a", rows), ("b", shuffled)):
        path = folder / f"{name}.csv"
        path.write_text("\n".join(["month,claims", *lines, ""]))
        found.append(its.load_outcome(data=str(path)))
    pd.testing.assert_series_equal(found[0].values, found[1].values, check_exact=True)
    np.testing.assert_array_equal(found[0].values, case.values)
