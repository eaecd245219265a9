"""The effects: what each is, in which unit, and how it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis as its
from analysis import show
from analysis.design import rebuild
from analysis.effects import path
from analysis.effects.counterfactual import adding_up
from analysis.errors import InputError
from analysis.validation.published import published_design

EVENTS = ["title-42-end", "mexico-enforcement"]


@pytest.fixture(scope="module")
def design():
    outcome = its.load_outcome(component="usbp", start="2021-10", end="2024-12")
    return its.build_design(outcome, "asylum-restrictions", events=EVENTS, season=1)


@pytest.fixture(scope="module")
def fit(design):
    return its.fit(design, "ar1")


@pytest.fixture(scope="module")
def effects(fit):
    return its.estimate_effects(fit, at=(0, 1))


def made(values, first_post, *, shape="level+slope", scale="level", kind="measure", **options):
    periods = pd.period_range("2000-01", periods=len(values), freq="M")
    series = pd.Series(np.asarray(values, dtype=float), periods)
    outcome = its.make_outcome(series, name="made", unit="units", kind=kind)
    day = str(periods[first_post].start_time.date())
    return its.build_design(outcome, day, scale=scale, season=0, shape=shape, **options)


def test_all_are_there_in_order(effects):
    names = ["level", "slope", "posttrend", "at(0)", "at(1)", "average", "last"]
    names += ["cumulative", "relative"]

    assert list(effects.table.index) == names
    assert list(effects.table.columns[1:]) == [
        *("estimate", "std_error", "df", "lower", "upper", "p_value", "unit")
    ]


def test_effects_are_the_contrasts_they_say(fit, effects):
    b = fit.tabulate()["estimate"]

    # Contrasts of least squares would be exact sums; medians of a mixture nearly are.
    assert np.log1p(effects["level"].estimate / 100) == pytest.approx(b["level"])
    assert np.log1p(effects["slope"].estimate / 100) == pytest.approx(b["slope"])
    rows = {"at(0)": (26 / 30, 0), "at(1)": (1, 1), "last": (1, 6)}
    rows["average"] = ((26 / 30 + 6) / 7, 3)
    names = list(fit.design.X)
    for name, (level, slope) in rows.items():
        row = np.zeros(len(names))
        row[names.index("level")], row[names.index("slope")] = level, slope
        wanted = fit.contrast(row[None]).iloc[0]
        found = np.log1p(np.array([effects[name].lower, effects[name].upper]) / 100)
        np.testing.assert_allclose(found, wanted[["lower", "upper"]].astype(float), rtol=1e-9)


def test_every_interval_holds_its_estimate(effects):
    for effect in effects.effects:
        assert effect.lower < effect.estimate < effect.upper


def test_a_wider_interval_holds_a_narrower_one(fit):
    wide, narrow = its.estimate_effects(fit, alpha=0.01), its.estimate_effects(fit, alpha=0.2)

    for name in wide.table.index:
        assert wide[name].lower < narrow[name].lower
        assert wide[name].upper > narrow[name].upper


def test_an_interval_ends_at_zero_where_p_is_alpha(fit):
    """Both come from one distribution, so they cannot disagree."""
    p = its.estimate_effects(fit)["level"].p_value

    at_p = its.estimate_effects(fit, alpha=p)["level"]

    assert at_p.upper == pytest.approx(0.0, abs=1e-6)


def test_a_seed_moves_the_ends_of_a_total_a_little_and_no_estimate(fit, monkeypatch):
    first, again = (its.estimate_effects(fit)["cumulative"] for _ in range(2))
    monkeypatch.setattr(path, "SEED", 7)
    other = its.estimate_effects(fit)["cumulative"]

    assert first == again
    assert other.estimate == first.estimate
    assert other.upper != first.upper
    assert other.upper == pytest.approx(first.upper, rel=0.01)


@pytest.mark.parametrize(
    ("model", "total", "relative", "average"),
    [("ar1", 503_866, -55.6, -56.0), ("newey_west", 625_059, -60.8, -61.4)],
)
def test_the_worked_numbers_of_one_path(design, model, total, relative, average):
    """Computed by an independent script: medians of the rows, and what follows from them."""
    found = its.estimate_effects(its.fit(design, model))

    assert found["cumulative"].estimate == pytest.approx(total, abs=0.5)
    assert found["relative"].estimate == pytest.approx(relative, abs=0.05)
    assert found["average"].estimate == pytest.approx(average, abs=0.05)


def test_the_worked_rows_of_one_path(fit):
    rows = its.trace_counterfactual(fit).post["counterfactual"]

    worked = [122_822, 100_079, 116_984, 123_342, 146_923, 137_514, 158_457]
    np.testing.assert_allclose(rows, worked, atol=0.5)


def test_the_ends_of_a_total_are_those_of_many_draws(fit):
    """Against 400,000 draws of the path, no use made of the contrast that touches it."""
    total = its.estimate_effects(fit)["cumulative"]
    added = fit.scatter_added(400_000, np.random.default_rng(1))
    seen = fit.design.outcome.values.to_numpy()[-7:]

    drawn = (seen * np.expm1(-added)).sum(axis=1)

    ends = np.quantile(drawn, [0.025, 0.975])
    np.testing.assert_allclose([total.lower, total.upper], ends, atol=0.06 * total.std_error)
    assert total.p_value == pytest.approx(2 * (drawn < 0).mean(), rel=0.1)


def test_the_cumulative_effect_is_the_end_of_the_traced_path(fit, effects):
    traced = its.trace_counterfactual(fit).frame.iloc[-1]
    cumulative = effects["cumulative"]

    assert traced["cumulative"] == pytest.approx(cumulative.estimate)
    assert traced["cumulative_lower"] == pytest.approx(cumulative.lower)


def test_a_known_step_is_found_on_the_level_scale():
    noise = np.random.default_rng(1).standard_normal(80)
    truth = 50 + 0.2 * np.arange(80) - 8 * (np.arange(80) >= 60)
    design = made(truth + noise, 60, shape="level")

    effects = its.estimate_effects(its.fit(design, "ar1"))

    assert effects["level"].unit == "units"
    assert effects["level"].estimate == pytest.approx(-8, abs=1.5)
    assert effects["average"].estimate == pytest.approx(effects["level"].estimate)
    assert effects["cumulative"].estimate == pytest.approx(160, abs=40)
    assert effects.absent == {"slope": "The design has no slope term."}


def test_a_known_ratio_is_found_on_the_log_scale():
    noise = np.random.default_rng(2).standard_normal(80) / 50
    design = made(np.exp(3 + noise) * np.where(np.arange(80) >= 60, 0.5, 1), 60, scale="log")

    level = its.estimate_effects(its.fit(design, "ar1"))["level"]

    assert level.unit == "%"
    assert level.estimate == pytest.approx(-50, abs=3)
    # The delta method: 100 exp(b) times the error of b.
    row = its.fit(design, "ar1").tabulate().loc["level"]
    assert level.std_error == pytest.approx(100 * np.exp(row["estimate"]) * row["std_error"])


def test_the_path_has_all_its_columns_and_no_effect_before(fit):
    frame = its.trace_counterfactual(fit).frame
    before = frame[~fit.design.post]

    for name in ("fitted", "counterfactual", "effect", "cumulative"):
        assert {name, f"{name}_lower", f"{name}_upper"} <= set(frame)
    assert (before[["effect", "cumulative"]] == 0).all(axis=None)
    pd.testing.assert_series_equal(before["fitted"], before["counterfactual"], check_names=False)


def test_effects_of_another_model_need_no_other_code(design):
    tables = its.line_up({m: its.fit(design, m) for m in ("ar1", "newey_west")}).table

    assert tables.index.names == ["fit", "estimand"]
    assert len(tables) == 4


def test_periods_that_the_fit_has_not_are_absent_with_a_reason(fit):
    effects = its.estimate_effects(fit, at=(1, 12))

    assert "at(12)" in effects.absent
    assert "no month that is 12 after the start" in effects._repr_html_()


def test_a_pulse_has_only_its_own_period():
    values = np.random.default_rng(4).standard_normal(40)
    design = made(values, 30, shape="pulse")

    effects = its.estimate_effects(its.fit(design, "ar1"), at=(0,))

    assert list(effects.table.index) == ["at(0)", "average", "last", "cumulative"]
    assert effects["average"].estimate == effects["at(0)"].estimate


def test_a_slope_alone_has_no_effect_in_its_first_period():
    values = np.random.default_rng(4).standard_normal(40)
    effects = its.estimate_effects(its.fit(made(values, 30, shape="slope"), "ar1"), at=(0, 1))

    reason = "The design allows no effect there: in the first month, in July 2002."
    assert effects.absent["at(0)"] == reason
    assert "at(1)" in effects.table.index
    first = its.trace_counterfactual(effects.fit).post.iloc[0]
    assert (first[["effect_lower", "effect", "effect_upper", "cumulative_upper"]] == 0).all()


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, 5.0, np.nan])
def test_alpha_outside_its_bounds_is_refused(fit, alpha):
    with pytest.raises(InputError, match=f"alpha is {alpha}"):
        its.estimate_effects(fit, alpha=alpha)


def test_an_unknown_estimand_is_refused(effects):
    with pytest.raises(InputError, match=r"no estimand 'averge'[\s\S]*'average'"):
        effects["averge"]


def test_the_table_shows_itself_with_escaped_names(design):
    outcome = replace(design.outcome, name="<script>")
    fit = its.fit(replace(design, outcome=outcome), "newey_west")

    html = its.estimate_effects(fit)._repr_html_()

    assert "<script>" not in html
    assert "95% interval" in html


@pytest.mark.parametrize("scale", [1e-9, 1e12])
def test_effects_follow_the_scale_of_the_series(scale):
    values = 10 + np.random.default_rng(6).standard_normal(40)
    plain = its.estimate_effects(its.fit(made(values, 30), "ar1"))
    scaled = its.estimate_effects(its.fit(made(values * scale, 30), "ar1"))

    for name in plain.table.index:
        factor = 1 if name.startswith("relative") else scale
        assert scaled[name].estimate == pytest.approx(plain[name].estimate * factor, rel=1e-6)
        assert scaled[name].upper == pytest.approx(plain[name].upper * factor, rel=1e-6)


def test_one_post_period_gives_a_level():
    values = np.random.default_rng(7).standard_normal(30)
    effects = its.estimate_effects(its.fit(made(values, 29, shape="level"), "ar1"), at=())

    assert effects["level"].identified
    assert effects["last"].estimate == pytest.approx(effects["level"].estimate, rel=1e-12)


def test_two_groups_give_the_difference():
    t = np.arange(60)
    rng = np.random.default_rng(8)
    shared = np.where(t >= 40, 5.0, 0)
    treated = made(30 + shared - 8 * (t >= 40) + rng.standard_normal(60), 40).outcome
    other = made(10 + shared + rng.standard_normal(60), 40).outcome
    design = its.build_two_group_design(treated, other, "2003-05-01", scale="level", shape="level")

    fit = its.fit(design, "ar1")
    effects = its.estimate_effects(fit)

    assert effects["level"].estimate == pytest.approx(-8, abs=1.5)
    assert len(its.trace_counterfactual(fit).frame) == 60


def test_five_thousand_points_stay_within_memory_and_time():
    values = np.random.default_rng(9).standard_normal(5000)
    periods = pd.period_range("1925-01-05", periods=5000, freq="W-SUN")
    outcome = its.make_outcome(pd.Series(values, periods), name="long", unit="u", kind="measure")
    design = its.build_design(outcome, "1990-01-01", scale="level", season=2)

    fit = its.fit(design, "ar1")
    effects = its.estimate_effects(fit)

    assert effects["level"].identified
    assert effects["cumulative"].identified


def test_a_forecast_has_an_effect_in_every_period_whatever_the_shape():
    """A slope alone starts at 0, but a forecast has no such term."""
    values = np.random.default_rng(4).standard_normal(40)
    fit = its.fit(made(values, 30, shape="slope"), "forecast_trend")

    effects = its.estimate_effects(fit, at=(0, 1))

    first = its.trace_counterfactual(fit).post.iloc[0]
    assert effects["at(0)"].estimate == pytest.approx(first["effect"])
    assert list(effects.absent) == ["level", "slope", "relative"]


def test_the_path_is_told_in_counts_and_signed_differences(fit):
    traced = its.trace_counterfactual(fit)
    june = traced.post.iloc[0]

    html = traced._repr_html_()

    expected, low, high = (
        show.estimate(june[name])
        for name in ("counterfactual", "counterfactual_lower", "counterfactual_upper")
    )
    # To the thousand, as all rows are, so that they add up to a total of three digits.
    effect = show.number(round(june["effect"], -3), signed=True)
    cells = ["83,532", expected, f"{low} to {high}", effect]
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    assert f"<th scope='row'>June 2024</th>{row}" in html
    for name in ("Period", "Counted", "Expected without it", "95% interval", "Difference"):
        assert f"<th scope='col'>{name}</th>" in html
    assert html.count("<tr>") == 9
    assert "What was seen and what was expected, encounters" in html


def test_the_path_of_a_measure_is_observed_and_signed():
    values = 10 + 5 * (np.arange(40) >= 30) + np.random.default_rng(4).standard_normal(40) / 10
    traced = its.trace_counterfactual(its.fit(made(values, 30), "ar1"), alpha=0.1)

    html = traced._repr_html_()

    first = traced.post.iloc[0]
    assert f"<td>{first['observed']:.1f}</td>" in html
    assert f"<td>+{first['effect']:.2f}</td>" in html
    assert "<th scope='col'>Observed</th>" in html
    assert "90% interval" in html


def test_the_fitted_path_is_that_of_the_coefficients_with_its_interval(fit):
    frame = its.trace_counterfactual(fit, alpha=0.1).frame
    on_log = fit.contrast(fit.design.X.to_numpy(), alpha=0.1)

    for end, column in (("", "estimate"), ("_lower", "lower"), ("_upper", "upper")):
        wanted = np.exp(on_log[column].to_numpy()) * fit.design.exposure
        np.testing.assert_allclose(frame[f"fitted{end}"], wanted, rtol=1e-12)


def test_the_fitted_path_of_a_forecast_has_no_interval(design):
    fit = its.fit(design, "forecast_trend")
    frame = its.trace_counterfactual(fit).frame

    np.testing.assert_allclose(frame["fitted"], np.exp(fit.fitted) * design.exposure)
    assert frame[["fitted_lower", "fitted_upper"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("model", "options"), [("structural", {}), ("arima", {"order": (1, 0, 0)})]
)
def test_the_fitted_path_of_a_state_space_model_is_its_own(design, model, options):
    fit = its.fit(design, model, **options)
    frame = its.trace_counterfactual(fit).frame

    np.testing.assert_allclose(frame["fitted"], np.exp(fit.expected) * design.exposure)
    assert frame[["fitted_lower", "fitted_upper"]].isna().all(axis=None)


def test_each_period_is_named_and_a_missing_one_hides_no_other(fit):
    effects = its.estimate_effects(fit, at=(12, 0, 1, 2))

    labels = [effects[f"at({h})"].label for h in range(3)]
    assert labels == [
        "In the first month, in June 2024",
        "1 month later, in July 2024",
        "2 months later, in August 2024",
    ]
    assert effects["average"].label == "On average, June to December 2024"
    assert effects["cumulative"].label == "Expected less counted, in all, June to December 2024"
    assert list(effects.absent) == ["at(12)"]


@pytest.mark.parametrize(("draws", "made"), [(10_000, 4285), (2000, 2000), (10, 1000)])
def test_draws_are_as_many_as_memory_bears_and_enough(fit, monkeypatch, draws, made):
    monkeypatch.setattr(path, "MAX_CELLS", 30_000)
    monkeypatch.setattr(path, "DRAWS", draws)
    asked = []

    def counted(size, rng):
        asked.append(size)
        return its.Fit.scatter_added(fit, size, rng)

    noted = replace(fit)
    object.__setattr__(noted, "scatter_added", counted)
    its.estimate_effects(noted)

    assert asked == [made]


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60))
def test_what_is_printed_adds_up(values):
    *rows, total = (
        float(text.replace(",", "").replace(show.MINUS, "-"))
        for text in adding_up(np.array(values))
    )

    assert sum(rows) == pytest.approx(total, rel=1e-9, abs=1e-9)
    nearest = np.abs(np.array(rows) - values)
    largest = max(map(abs, values))
    assert (nearest <= 0.1 * largest).all()
    assert abs(total - sum(values)) <= 0.0051 * largest + 0.00051 * abs(sum(values))


@pytest.mark.parametrize("model", ["poisson", "quasi_poisson"])
def test_periods_without_a_count_add_nothing(model):
    """y exp(-d) of no count is none; a total of nothing has no interval and no per cent."""
    counts = np.random.default_rng(5).poisson(3, 60)
    counts[[50, 52]] = 0
    fit = its.fit(made(counts, 50, kind="count", scale="count", shape="level"), model)

    post = its.trace_counterfactual(fit).post

    assert (post["effect"].iloc[[0, 2]] == 0).all()
    assert np.isnan(post["cumulative_lower"].iloc[0])
    assert its.estimate_effects(fit)["relative"].identified


def test_a_total_that_is_no_share_says_so():
    """A standardised series has sums below 0."""
    effects = its.estimate_effects(its.fit(made(np.sin(np.arange(40.0)) - 5, 30), "ar1"))

    assert "goes below 0" in effects.absent["relative"]
    assert "goes below 0" in effects._repr_html_()


def test_no_per_cent_is_of_next_to_nothing():
    """Random levels, trends and noise, of which many cross 0 or are expected near it."""
    given, refused = 0, set()
    for seed in range(60):
        rng = np.random.default_rng(seed)
        ends = rng.uniform(-2, 10), rng.uniform(-2, 4)
        values = np.linspace(*ends, 48) + rng.normal(0, rng.uniform(0.01, 1), 48)
        values = np.abs(values) if seed % 2 else values
        values[40:] += rng.uniform(0, 5)
        effects = its.estimate_effects(its.fit(made(values, 40), "newey_west"))
        shares = [one for one in effects.effects if one.estimand.startswith("relative")]
        most = values[40:].max() / (0.1 * values[:40].mean())
        assert not shares or (values.min() >= 0 and max(e.upper for e in shares) < 100 * most)
        given, refused = given + len(shares), refused | set(effects.absent.values())
    assert given > 20
    assert all(any(why in one for one in refused) for why in ("below 0", "near 0", "not above 0"))


def ended(model, shape="level+slope", events=()):
    """A fall by 8 in 10 of 60 months."""
    t = np.arange(60)
    values = 50 + np.random.default_rng(8).standard_normal(60) - 8 * ((t >= 35) & (t < 45))
    outcome = made(values, 35).outcome
    it = its.Intervention(
        name="it", label="it", start=date(2002, 12, 1), end=date(2003, 9, 30), shape=shape
    )
    return its.fit(its.build_design(outcome, it, events=events, scale="level", season=0), model)


def test_an_intervention_that_ends_is_summed_over_what_it_reaches():
    fit = ended("ar1", "level")
    path, total = its.trace_counterfactual(fit), its.estimate_effects(fit)["cumulative"]

    assert len(path.post) == 10
    assert total.estimate == pytest.approx(80, abs=15)
    after = path.frame.loc["2003-10":]
    assert (after["effect"] == 0).all()
    np.testing.assert_allclose(after["cumulative"], total.estimate, rtol=1e-12)
    assert (after["cumulative_upper"] - total.upper).abs().max() < 1e-6
    assert "From 1 October 2003, after the end, no effect is allowed" in path._repr_html_()


def test_what_follows_an_end_may_have_a_level_of_its_own():
    fit = ended("ar1", "level", events=["2003-10-01"])

    assert fit.coefficients["2003-10-01"] == pytest.approx(0, abs=2)
    assert fit.coefficients["level"] == pytest.approx(-8, abs=2)


@pytest.mark.parametrize(
    ("model", "shape", "words"),
    [
        ("ar1", "level+slope", "the trend before the start and after its end."),
        ("ar1", "level", "the trend of the whole window: a shift does not bend it."),
        ("forecast_trend", "level", "a forecast from the pre-period alone."),
    ],
)
def test_what_the_expected_path_follows_is_said(model, shape, words):
    basis = its.trace_counterfactual(ended(model, shape)).basis

    assert words in basis[0]
    assert len(basis) == 2


def test_an_intervention_that_goes_on_says_nothing_of_an_end(fit):
    assert its.trace_counterfactual(fit).basis == (
        "What was expected follows the trend before the start.",
    )


def test_the_trend_after_the_start_is_that_of_statas_posttrend():
    """Linden (2015): Proposition 99, -3.274126 packs a year, by newey with one lag."""
    design = published_design("proposition-99")
    found = its.estimate_effects(its.fit(design, "newey_west", maxlags=1))["posttrend"]

    assert found.estimate == pytest.approx(-3.274126, abs=1e-6)
    assert found.std_error == pytest.approx(0.268804, abs=1e-6)
    assert (found.lower, found.upper) == pytest.approx((-3.8257, -2.7226), abs=1e-4)
    assert found.unit.endswith(" a year")


def test_the_trend_after_the_start_does_not_depend_on_how_the_trend_is_split(design):
    """With a slope that counts back from the end, the trend term itself is the later trend."""
    X = design.X.assign(slope=design.X["slope"] - design.X["trend"])
    turned = its.fit(replace(design, X=X), "ols").tabulate().loc["trend"]
    found = its.estimate_effects(its.fit(design, "ols"))["posttrend"]

    ends = 100 * np.expm1([turned["lower"], turned["upper"]])
    assert (found.lower, found.upper) == pytest.approx(tuple(ends), rel=1e-6)


@pytest.mark.parametrize("model", ["structural", "forecast_trend"])
def test_a_model_without_a_trend_of_its_own_has_none_afterwards(model, design):
    assert its.estimate_effects(its.fit(design, model)).find("posttrend") is None
    level = its.fit(rebuild(design, shape="level"))
    assert its.estimate_effects(level).find("posttrend") is None
