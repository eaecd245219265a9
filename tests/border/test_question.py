"""What a run leaves open is decided by its series: the border's, or anybody's table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.border import audit
from analysis.border.question import AUTO, BORDER, KNOWN
from analysis.errors import InputError
from analysis.outcome import choices_made
from analysis.robustness.curve.of_series import STARTS, first_periods

OPEN = {"history_start": AUTO, "curve_starts": AUTO, "borders_end": AUTO}


def table(folder, periods, *, name="visits.csv", zeros=False):
    """A made-up table of two clinics and what else was counted there."""
    rng = np.random.default_rng(7)
    rows = [
        (f"{p.start_time:%Y-%m-%d}", clinic, rng.poisson(80) * (not zeros or i % 3), 40 + i % 5)
        for i, p in enumerate(periods)
        for clinic in ("North", "South")
    ]
    path = folder / name
    pd.DataFrame(rows, columns=["date", "clinic", "visits", "nurses"]).to_csv(path, index=False)
    return path


@pytest.fixture
def own(tmp_path):
    path = table(tmp_path, pd.period_range("2015-01", "2020-12", freq="M"))
    return {"data": str(path), "value_column": "visits", "where": "clinic=North"}


def test_the_border_has_its_own_defaults():
    asked = its.ask(OPEN)
    assert asked.borders
    assert asked.reading is None
    assert [event.name for event in asked.events] == its.split_names(BORDER["events"])
    assert (str(asked.outcome.periods[0]), str(asked.history.periods[0])) == ("2021-10", "1999-10")
    assert choices_made()["taken"] == {
        name: BORDER[name] for name in ("start", "end", "events", *OPEN)
    }
    assert not its.ask({"sector": "tucson", "end": "2024-11"}).borders


def test_a_table_gives_its_whole_span_and_no_events(own):
    asked = its.ask({**own, **OPEN, "kind": AUTO, "intervention": "2019-03-01"})
    assert len(asked.outcome.values) == len(asked.history.values) == 72
    assert asked.events == ()
    made = choices_made()
    assert made["own"]
    assert {"component", "borders_end"} <= set(made["idle"])
    assert made["taken"]["kind"] == "count"
    assert len(its.split_names(made["taken"]["curve_starts"])) == STARTS
    assert list(asked.outcome.catalogue) == ["2019-03-01"]


@pytest.mark.parametrize("given", [{}, {"intervention": "asylum-restrictions"}])
def test_a_table_without_an_intervention_is_refused(own, given):
    with pytest.raises(InputError, match="needs the first day of what it studies"):
        its.ask({**own, **given})


def test_what_is_given_stands(own):
    asked = its.ask({
        **own, **OPEN, "start": "2016-01", "intervention": "2019-03", "intervention_end": "2019-09",
        "intervention_label": "the trial", "events": "2017-05..2017-06 level a strike",
        "washout": "2018-01..2018-02", "model_options": "maxlags=4", "covariates": "nurses",
        "comparison": "clinic=South",
    })  # fmt: skip
    assert str(asked.outcome.periods[0]) == "2016-01"
    assert str(asked.history.periods[0]) == "2015-01"
    assert asked.intervention.called == "the trial"
    assert str(asked.intervention.end) == "2019-09-30"
    assert [event.label for event in asked.events] == ["A strike"]
    assert asked.options == {"maxlags": 4}
    assert list(asked.covariates) == ["nurses"]
    assert asked.comparison is not None
    assert "South" in asked.comparison.name
    assert asked.comparison.values.sum() != asked.outcome.values.sum()
    assert asked.not_in_curve == (
        "washout=2018-01..2018-02",
        "covariates=nurses",
        "model_options=maxlags=4",
    )
    design = its.build_design(
        asked.outcome, asked.intervention, events=asked.events, washout=asked.washout,
        controls=asked.covariates,
    )  # fmt: skip
    assert design.terms["controls"] == ("nurses",)
    assert len(design.y) == 58


@pytest.mark.parametrize("name", ["comparison", "covariates"])
def test_columns_of_official_figures_are_refused(name):
    with pytest.raises(InputError, match=f"{name}=x was asked for"):
        its.ask({name: "x"})


def test_names_that_no_question_has_are_passed_over():
    assert its.ask({"In": ["its.ask(vars())"], "exit": object()}).borders
    assert "In" not in KNOWN


@pytest.mark.parametrize(
    ("freq", "count", "intervention"),
    [("M", 72, "2019-03"), ("M", 26, "2016-06"), ("W-SUN", 160, "2017-06-05"), ("Q", 40, "2022"),
     ("Y", 30, "2035")],
)  # fmt: skip
@pytest.mark.parametrize("zeros", [False, True])
def test_the_grid_of_a_table_fits_its_series(tmp_path, freq, count, intervention, zeros):
    path = table(tmp_path, pd.period_range("2015-01", periods=count, freq=freq), zeros=zeros)
    how = {"data": str(path), "value_column": "visits", "where": "clinic=North"}
    asked = its.ask({**how, **OPEN, "intervention": intervention})
    grid = asked.grid()
    curve = its.run_specifications(grid)
    assert len(curve.table) > 0.9 * len(grid)
    assert {row.scale for row in curve.table.itertuples()} == (
        {"level"} if zeros else {"log", "level"}
    )
    starts = first_periods(asked.history, asked.intervention)
    assert 1 <= len(starts) <= STARTS
    assert pd.Period(starts[0], freq) == asked.history.periods[0]


def test_a_table_of_ones_own_rests_on_no_official_figures(own, monkeypatch):
    asked = its.ask({**own, "intervention": "2019-03"})
    effects = its.estimate_effects(its.fit(its.build_design(asked.outcome, asked.intervention)))
    monkeypatch.setattr(audit, "load_outcome", lambda **_: pytest.fail("figures were loaded"))
    assert its.find_news(asked, effects) is None


def test_a_comparison_that_cannot_be_made_is_its_refusal_and_leaves_the_rest(tmp_path):
    periods = pd.period_range("2015-01", periods=60, freq="M")
    path = table(tmp_path, periods, zeros=True)
    chosen = {"value_column": "nurses", "where": "clinic=North", "comparison": "visits, nurses"}
    asked = its.ask({"data": str(path), **chosen, **OPEN, "intervention": "2019-01-01"})
    refused = asked.beside()["compared"]
    assert isinstance(refused, InputError)
    assert "'visits (clinic: North)'" in refused.problem
