"""The embedded figures beside the outcome: complete, as recorded, and in step with encounters."""

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.border import beside, facts
from analysis.errors import DataError, InputError
from analysis.outcome.source import sources_used

TABLES = list(facts("covariates.yml"))


@pytest.mark.parametrize("name", TABLES)
def test_every_month_is_there_once_for_each_citizenship(name):
    table = its.load_figures(name)
    groups = (
        [part for _, part in table.groupby("citizenship")] if "citizenship" in table else [table]
    )
    months = pd.period_range(table.index[0], table.index[-1], freq="M")
    assert all(part.index.equals(months.rename("month")) for part in groups)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_says_how_sure_it_is_and_its_use_is_noted(name):
    its.load_figures(name)
    source = next(one for one in sources_used() if one.name == name)
    assert source.caveats[0].startswith("Confidence ")
    assert source.vintage
    assert source.sha256 in beside.covariates_page()


def test_encounters_by_citizenship_add_up_to_the_border():
    parts = its.load_figures("ohss_citizenship_monthly").groupby("month")["encounters"].sum()
    whole = its.load_figures("ohss_outcomes_monthly")["encounters"]
    border = its.load_outcome(start=str(whole.index[0]), end="2021-09").values
    assert (parts - whole).abs().max() <= 60
    assert (whole[border.index] - border).abs().max() == 0


def test_published_totals_of_the_darien_and_of_mexico():
    years = its.load_figures("darien_monthly")["crossings"].groupby(lambda month: month.year).sum()
    assert years.loc[2021:].tolist() == [133_726, 248_284, 520_085, 302_203]
    events = its.load_figures("mexico_events_monthly")["events"]
    assert events["2019"].sum() == 182_940
    assert events["2024"].sum() == 1_005_321


def test_what_the_rule_may_move_is_marked_and_what_it_cannot_is_not():
    moved = {one.label: bool(one.moved_by) for one in its.covariates()}
    assert moved == {
        "Darien crossings": True,
        "Mexican events": True,
        "US job openings": False,
        "US unemployment rate": False,
    }


def test_a_month_without_crossings_has_no_log():
    darien = its.covariates()[0]
    assert np.isnan(darien.values["2020-04"])
    assert np.isfinite(darien.values["2020-10":]).all()


def test_an_altered_table_and_one_that_is_not_there_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(beside, "DATA", tmp_path)
    (tmp_path / "darien_monthly.csv").write_text("month,crossings\n2020-01,1\n")
    with pytest.raises(DataError, match="was altered"):
        its.load_figures("darien_monthly")
    with pytest.raises(InputError, match="dari"):
        its.load_figures("darien")
