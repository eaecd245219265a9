"""The figures beside the outcome, complete and as recorded; what became of people, and by dose."""

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.border import beside, facts
from analysis.errors import DataError, InputError
from analysis.outcome.source import sources_used
from analysis.pages import implementation as page

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


WINDOW = ("2021-10", "2024-08")
EVENTS = ["title-42-end", "mexico-enforcement"]
MAIN = "asylum-restrictions"


@pytest.fixture(scope="module")
def measured():
    parts = [its.became_of(what, *WINDOW) for what in ("fates", "fear", "ways")]
    return its.measured({**parts[0], **parts[1], **parts[2]}, MAIN)


@pytest.fixture(scope="module")
def found():
    return its.by_dose(MAIN, start=WINDOW[0], end="2024-12", events=EVENTS)


def test_the_published_shares_released(measured):
    released = measured.table.loc["Released"]
    assert released["before"] == pytest.approx(100 * 62210 / 117910)
    assert released["after"] == pytest.approx(100 * 10230 / 58010)
    assert measured.table.loc["Handed to other agencies", "after"] == pytest.approx(
        100 * (22370 + 5250) / 58010
    )
    assert measured.table.loc["CBP One appointments"].tolist()[:2] == [45630, 45500]
    assert "Expelled under Title 42" not in measured.table.index


def test_what_became_of_people_adds_up_to_all_of_them():
    parts = its.became_of("fates", *WINDOW)
    total = sum(one.values for one in parts.values())
    assert total.between(99, 100.1).all()
    assert parts["Expelled under Title 42"].values["2023-06":].max() < 0.1
    assert parts["Expelled under Title 42"].values["2022-01"] > 40


@pytest.mark.slow
def test_ten_citizenships_and_the_worked_line(found):
    assert len(found.units) == 10
    assert "Haiti" not in found.units.index
    ends = found.ends["estimate"]
    assert ends["zero"] == pytest.approx(4.0, abs=0.5)
    assert ends["one"] == pytest.approx(-72.6, abs=0.5)
    assert found.units.loc["Venezuela", "dose"] == pytest.approx(0.781, abs=0.001)
    assert len(found.slopes) > 30
    assert str(found.slopes.index[-1]) == "2024-06"
    assert 0 < found.as_steep < len(found.slopes) - 1


def test_a_window_without_the_months_around_the_start_is_refused():
    for window in (("2021-10", "2024-04"), ("2021-10", "2024-05"), ("2024-06", "2024-08")):
        with pytest.raises(InputError, match="whole month before"):
            its.measured(its.became_of("fates", *window), MAIN)


@pytest.mark.slow
def test_the_page_says_both_ends_of_the_line_and_what_it_cannot_tell(measured, found):
    headline = page.implementation_headline(measured, found)
    assert "released people after 53% of its encounters in May 2024, and 18% in August 2024" in (
        headline.sentence
    )
    assert "+4.0% (95% interval: \u221252% to +123%) where none" in headline.detail[0]
    assert "no proof" in headline.detail[1]
    note = page.dose_note(found)
    assert "none stands at a share of zero" in note.paragraphs[0]


def test_a_lawful_way_that_took_more_is_named(measured):
    names = list(its.became_of("ways", *WINDOW))
    assert "None of these ways took in more" in page.ways_note(measured, names).paragraphs[0]
    table = measured.table.copy()
    table.loc["CBP One appointments", "after"] = 60_000
    more = page.ways_note(
        type(measured)(table=table, before=measured.before, after=measured.after), names
    )
    assert "More than before came by CBP One appointments" in more.paragraphs[0]
