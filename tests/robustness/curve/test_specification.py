"""The specification curve: each row equals a fit of its own, and what is invalid is named."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import build_design, estimate_effects, fit, load_outcome, make_outcome
from analysis.border.grid import default_grid, read_grid
from analysis.effects.estimands import linear_effect
from analysis.errors import DesignError, InputError
from analysis.outcome import ratio_outcome
from analysis.robustness.curve.assemble import assemble_grid, design_of
from analysis.robustness.curve.grid import make_grid
from analysis.robustness.curve.specification import run_specifications

EVENTS = "title-42-end+mexico-enforcement"
WIDE = {
    "outcome": {
        "all": {},
        "ratio": {
            "demographic": "family_unit+single_adult",
            "over": {"demographic": "unaccompanied_child"},
        },
    },
    "start": ["2021-10", "2023-06", "2024-02"],
    "end": ["2024-07", "2024-11"],
    "intervention": ["asylum-restrictions", "2024-06-01"],
    "shape": ["level+slope", "level", "pulse"],
    "phase_in": [0, 3],
    "events": ["none", "title-42-end", EVENTS, "asylum-restrictions"],
    "season": ["auto", 0, "months"],
    "scale": ["log", "level"],
}


@pytest.fixture(scope="module")
def grid():
    return read_grid(WIDE)


@pytest.fixture(scope="module")
def curve(grid):
    return run_specifications(grid)


def same(row, effect):
    found = [row[c] for c in ("estimate", "std_error", "lower", "upper", "p_value")]
    wanted = [effect.estimate, effect.std_error, effect.lower, effect.upper, effect.p_value]
    assert found == pytest.approx(wanted, rel=1e-5, abs=1e-6)
    assert row["unit"] == effect.unit


def test_every_combination_is_there_once_estimated_or_with_a_reason(curve, grid):
    keys = list(grid.choices | {"outcome": ()})
    both = pd.concat([curve.table[keys], curve.invalid[keys]])
    assert len(both) == len(grid)
    assert not both.duplicated().any()
    assert curve.invalid["reason"].str.len().min() > 20


def test_assembled_arrays_are_those_of_build_design(grid):
    """Every 11th combination: the same arrays, or the same refusal."""
    compared = 0
    for specification, one in list(assemble_grid(grid, "average"))[::11]:
        if isinstance(one, InputError):
            with pytest.raises(InputError) as refused:
                design_of(grid, specification)
            assert one.reason == refused.value.reason
            continue
        design = design_of(grid, specification)
        np.testing.assert_allclose(one.problem.X, design.X, atol=1e-9)
        np.testing.assert_allclose(one.problem.y, design.y, atol=1e-12)
        compared += 1
    assert compared > 50


def test_rows_equal_fits_of_their_own(curve, grid):
    rng = np.random.default_rng(1)
    for at in rng.choice(len(curve.table), 25, replace=False):
        row = curve.table.iloc[at]
        events = [] if row["events"] == "none" else row["events"].split("+")
        design = build_design(
            grid.outcomes[row["outcome"]].window(row["start"], row["end"]),
            row["intervention"],
            shape=row["shape"],
            phase_in=int(row["phase_in"]),
            events=events,
            season=row["season"],
            scale=row["scale"],
        )
        same(row, estimate_effects(fit(design))["average"])


@pytest.mark.parametrize("estimand", ["level", "slope", "last"])
def test_other_estimands_equal_fits_of_their_own(estimand):
    grid = {"start": ["2021-10", "2022-01"], "scale": ["log", "level"], "season": [0, 1]}
    curve = run_specifications(read_grid(grid), estimand=estimand)
    for _, row in curve.table.iterrows():
        outcome = load_outcome(start=row["start"], end="2024-12")
        design = build_design(
            outcome, "asylum-restrictions", season=row["season"], scale=row["scale"]
        )
        same(row, linear_effect(fit(design), estimand))


def test_models_without_a_batch_are_fitted_one_by_one():
    curve = run_specifications(
        read_grid({"start": "2021-10", "season": [0, 1], "model": ["newey_west", "reml_ar1"]}),
    )
    outcome = load_outcome(start="2021-10", end="2024-12")
    for _, row in curve.table.iterrows():
        design = build_design(outcome, "asylum-restrictions", season=row["season"])
        own = estimate_effects(fit(design, row["model"]))["average"]
        same(row, own)


def test_relative_to_what_would_have_been_on_the_level_scale():
    curve = run_specifications(read_grid({"start": "2021-10", "scale": "level"}))
    row = curve.table.iloc[0]
    observed = load_outcome(start="2024-06", end="2024-12").rate.mean()
    assert row["relative"] == pytest.approx(100 * row["estimate"] / (observed - row["estimate"]))
    assert row["relative_lower"] < row["relative"] < row["relative_upper"]


def test_an_event_on_the_same_day_is_refused_by_name(curve):
    same_day = curve.invalid[
        (curve.invalid["events"] == "asylum-restrictions")
        & (curve.invalid["intervention"] == "asylum-restrictions")
        & (curve.invalid["shape"] == "level")
        & (curve.invalid["phase_in"] == 0)
        & (curve.invalid["start"] == "2021-10")
    ]
    assert len(same_day)
    assert same_day["reason"].str.contains("cannot be told apart").all()


def test_a_season_without_a_year_before_is_named(curve):
    late = curve.invalid[
        (curve.invalid["start"] == "2024-02") & (curve.invalid["season"] == "auto")
    ]
    assert late["reason"].str.contains("at least 12").any()


def test_shares_and_quantiles_follow_from_the_table(curve):
    whole = curve.whole
    assert whole["share_negative"] == (curve.table["estimate"] < 0).mean()
    assert whole["share_clear"] == (curve.table["upper"] < 0).mean()
    assert whole["middle"] == pytest.approx(curve.table["relative"].median())
    assert curve.table["relative"].dropna().is_monotonic_increasing
    by = curve.by_choice
    assert by.loc["scale", "count"].sum() == len(curve.table)
    assert list(by.loc["start"].index) == ["2021-10", "2023-06", "2024-02"]
    assert set(by.index.get_level_values("choice")) == set(curve.grid.varied)


def test_shares_are_of_the_side_on_which_most_lie(curve):
    ends = {"estimate": "estimate", "lower": "upper", "upper": "lower"}
    turned = curve.table.assign(**{to: -curve.table[of] for to, of in ends.items()})
    rising = replace(curve, table=turned)

    assert (curve.side, rising.side) == ("below", "above")
    assert rising.whole["share_clear"] == curve.whole["share_clear"]
    assert "wholly above zero" in rising.sentence()
    assert "95% interval above zero" in rising._repr_html_()


def test_the_page_says_how_many_and_what(curve):
    html = curve._repr_html_()
    assert f"{len(curve.table):,} specifications" in curve.sentence()
    assert "Other events: Title 42 ends and Mexican enforcement rises" in html
    assert "combinations cannot be estimated" in curve.sentence()


def test_events_are_a_list_or_a_text():
    grid = read_grid({"events": ["none", ["title-42-end", "mexico-enforcement"], "title-42-end"]})
    assert grid.choices["events"] == (
        (),
        ("title-42-end", "mexico-enforcement"),
        ("title-42-end",),
    )


def test_a_series_of_the_user_is_taken():
    mine = load_outcome(component="ofo")
    grid = make_grid({"start": "2021-10", "intervention": "2024-06-05"}, {"mine": mine})
    curve = run_specifications(grid)
    assert list(curve.table["outcome"]) == ["mine"]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"begin": "2021-10"}, "There is no dimension of a specification 'begin'"),
        ({"start": []}, "no value for start"),
        ({"season": [1, 1]}, "has 1 twice for season"),
        ({"season": [1, "1"]}, "has 1 twice for season"),
        ({"model": "arr1"}, "There is no model 'arr1'"),
        ({"scale": "root"}, "There is no scale 'root'"),
        ({"phase_in": -1}, "has -1 for phase_in"),
        ({"phase_in": 1.5}, "has 1.5 for phase_in"),
        ({"events": "title-43-end"}, "There is no intervention 'title-43-end'"),
        ({"intervention": "never"}, "There is no intervention 'never'"),
        ({"outcome": {}}, "The grid is wrong: outcome {}"),
        ({"outcome": {"a": {"kind": "x"}}}, "There is no field of outcome 'a' 'kind'"),
    ],
)
def test_a_malformed_grid_is_refused(raw, message):
    with pytest.raises(InputError, match=message):
        run_specifications(read_grid(raw))


def test_an_unknown_estimand_is_refused():
    with pytest.raises(
        InputError, match=r"There is no estimand of a specification curve 'at\(1\)'"
    ):
        run_specifications(read_grid({}), estimand="at(1)")


def test_a_grid_without_a_valid_combination_is_refused_with_its_reason():
    with pytest.raises(InputError, match="None of the 2 combinations can be estimated"):
        run_specifications(read_grid({"start": ["2024-05", "2024-04"]}))


def test_a_window_outside_the_series_is_invalid_with_its_reason():
    curve = run_specifications(read_grid({"start": ["2021-10", "1980-01"]}))
    assert len(curve.invalid) == 1
    assert "is not covered" in curve.invalid["reason"].item()


def test_a_ratio_over_zeros_is_refused():
    adults, children = load_outcome(), load_outcome(demographic="unaccompanied_child")
    values = children.values.copy()
    values["2022-03"] = 0
    zero = type(children)(name="none", values=values, unit="encounters")
    with pytest.raises(InputError, match="'none' is 0 in 2022-03"):
        ratio_outcome(adults, zero)


def test_design_of_raises_as_build_design(grid):
    late = next(one for one in grid if one.start == "2024-02" and one.season == "auto")
    with pytest.raises(DesignError):
        design_of(grid, late)


def test_the_grid_of_the_package_holds_the_main_specification():
    grid = default_grid()
    assert len(grid) > 10_000
    main = {"start": "2021-10", "end": "2024-12", "season": 1, "phase_in": 0, "scale": "log"}
    held = [one for one in grid if main.items() <= one.keys.items()]
    assert {one.outcome for one in held} == set(grid.outcomes)


def test_an_intervention_that_ends_equals_its_own_fit():
    grid = {"start": "2021-10", "intervention": "chnv-pause", "shape": ["level", "level+slope"]}
    curve = run_specifications(read_grid(grid))
    for _, row in curve.table.iterrows():
        outcome = load_outcome(start="2021-10", end="2024-12")
        own = fit(build_design(outcome, "chnv-pause", shape=row["shape"]))
        same(row, linear_effect(own, "average"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"events": [True]}, "no intervention 'True'"),
        ({"outcome": {"a": 3}}, "The grid is wrong: outcome 'a' 3"),
        ({"outcome": {"a": {"over": ["x"]}}}, r"The grid is wrong: outcome 'a' \['x'\]"),
        ({"outcome": {"a": {"component": {"x": 1}}}}, "component {'x': 1}"),
        ({"outcome": {"a": {"sector": None}}}, "no sector"),
    ],
)
def test_a_grid_of_other_things_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        read_grid(given)


def test_per_cents_are_given_where_the_effects_of_a_fit_give_them():
    """Where next to nothing was expected, neither the curve nor the fit has per cents."""
    months = pd.period_range("2020-01", "2024-12", freq="M")
    falling = pd.Series(
        100 - 1.7 * np.arange(60) + np.random.default_rng(2).normal(size=60), months
    )
    choices = {"start": ["2020-01", "2021-01"], "end": ["2023-06", "2024-12"], "season": 0}
    how = {"intervention": "2023-01-01", "model": "newey_west", "scale": "level"}
    grid = make_grid(
        {**choices, **how}, {"a": make_outcome(falling, name="a", unit="m", kind="measure")}
    )
    table, given = run_specifications(grid).table.set_index(["start", "end"]), []
    for specification in grid:
        effects = estimate_effects(fit(design_of(grid, specification), "newey_west"))
        row = table.loc[(specification.start, specification.end)]
        ends = row[["relative", "relative_lower", "relative_upper"]].to_numpy(float)
        share = effects.find("relative(average)")
        given.append(share is not None)
        assert given[-1] == np.isfinite(ends).all()
        if share:
            assert ends == pytest.approx([share.estimate, share.lower, share.upper])
    assert set(given) == {True, False}
